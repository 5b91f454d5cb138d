"""The ledgers to be damaged: small, but with a page of every kind that SQLite has.

There are 400 events in nine accounts, long texts that overflow their page, backdated entries,
snapshots, idempotency keys, pages that are free again, and in one of the two the last commits only
in the write-ahead log.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import apsw

from ledger import Ledger
from ledger.commands.context import Context
from ledger.eventstore.opening import open_store
from tests.support.clock import HOUR, Clock

LONG = "long"
"""The account with the most events; snapshots shorten the way to it."""

LAST_COMMITS = 4
"""How many of them are in the write-ahead log alone, in the specimen that has one."""


@dataclass(frozen=True)
class UndamagedLedger:
    """A ledger file, with its write-ahead log where it has one, and its head."""

    path: Path
    head: str

    @property
    def files(self) -> list[Path]:
        log = self.path.with_name(self.path.name + "-wal")
        return [self.path, log] if log.exists() else [self.path]

    def copy_to(self, folder: Path) -> Path:
        for file in self.files:
            shutil.copyfile(file, folder / file.name)
        return folder / self.path.name


class _TickingClock(Clock):
    """Goes on by an hour at each look."""

    def __call__(self) -> int:
        self.now += HOUR
        return self.now


def make_undamaged_ledgers(folder: Path) -> dict[str, UndamagedLedger]:
    """Make a ledger that is all in its file, those after each further commit, and an old one.

    Returns:
        ``settled``, ``after 1`` to ``after 4`` and ``stale``.
    """
    clock = _TickingClock("2024-03-01T09:00")
    path = folder / "live" / "books.db"
    path.parent.mkdir()
    Ledger.open(path, clock=clock).close()
    store = open_store(str(path), clock)
    with Ledger(store, clock=clock, context=Context("clerk", "run-1")) as books:
        _begin(books, clock)
        stale = _copied(books, path, folder / "stale")
        _go_on(books, clock)
        _checkpoint(path)
        settled = _copied(books, path, folder / "settled")
        undamaged = {"stale": stale, "settled": settled}
        for number in range(1, LAST_COMMITS + 1):
            books.deposit(LONG, f"{number}.01", f"late {number}", idempotency_key=f"l{number}")
            name = f"after {number}"
            undamaged[name] = _copied(books, path, folder / name)
    return undamaged


def _checkpoint(path: Path) -> None:
    """Move the write-ahead log into the file, as the last process to close it does.

    By the same SQLite as has it open: two of them in one process lose each other's locks.
    """
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _copied(books: Ledger, path: Path, folder: Path) -> UndamagedLedger:
    folder.mkdir()
    for suffix in ("", "-wal"):
        source = Path(f"{path}{suffix}")
        if source.exists() and (not suffix or source.stat().st_size):
            shutil.copyfile(source, folder / source.name)
    head = books.head()
    return UndamagedLedger(folder / path.name, f"{head.position}:{head.hash.hex()}")


def _begin(books: Ledger, clock: Clock) -> None:
    books.open_account(LONG, "Ana Souza", "USD", "100.00")
    for number in range(6):
        books.open_account(f"acc-{number}", f"Zoë {number}", initial_balance="50.00")
    books.open_account("jp-camp", "Camp fund 東京", "JPY", "20000")
    books.open_account("old-box", "Nobody")
    books.close_account("old-box", "moved")
    for number in range(130):
        books.deposit(LONG, f"{number}.25", f"week {number}", idempotency_key=f"k{number}")


def _go_on(books: Ledger, clock: Clock) -> None:
    for number in range(110):
        sender, recipient = f"acc-{number % 6}", f"acc-{(number + 1) % 6}"
        if number % 3 == 0:
            books.transfer(LONG, sender, f"{number % 7 + 1}.10", f"rent {number}")
        elif number % 3 == 1:
            books.transfer(sender, recipient, "0.05", "" if number % 2 else "é" * 40)
        else:
            books.withdraw(sender, "0.07", at=clock.now - 5 * HOUR)
    books.deposit("acc-1", "1.00", "x" * 9_000)
    books.deposit("acc-2", "1.00", "ß" * 3_000)
    books.snapshot(["acc-1", "acc-2", "jp-camp", LONG])
    books.rebuild_projections()
    books.rebuild_projections(["account_balances"])  # leaves pages that are free
