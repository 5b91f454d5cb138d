"""The ledger that every case begins with, the same in the model, and the folder it runs in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger import Ledger
from ledger.commands.context import Context
from ledger.eventstore.opening import open_store
from tests.support.clock import utc
from tests.support.fork_server import ForkServer
from tests.support.model import Intent, Model
from tests.support.program import Outcome, environment

INTENTS = (
    Intent("open", "a", "100.00", "Ana Souza", at=utc("2024-03-01T09:00:00")),
    Intent("open", "b", "0", "Ben", at=utc("2024-03-01T09:00:00")),
    Intent("open", "yen", "500", "東京", currency="JPY", at=utc("2024-03-02T09:00:00")),
    Intent("open", "shut", "0", "Nobody", at=utc("2024-03-02T09:00:00")),
    Intent("close", "shut", text="moved", at=utc("2024-03-03T09:00:00")),
    Intent("deposit", "a", "7.25", "found", at=utc("2024-03-05T12:00:00"), key="used"),
    Intent("withdraw", "a", "90.00", "rent", at=utc("2024-03-09T12:00:00")),
    Intent("transfer", "a", "5.00", "half", to="b", at=utc("2024-03-10T12:00:00")),
)


def carry_out(books: Ledger, intent: Intent) -> None:
    """Give the product the command of an intent."""
    how: dict[str, object] = {"at": intent.at, "idempotency_key": intent.key}
    if intent.command == "open":
        books.open_account(intent.account, intent.text, intent.currency, intent.amount, **how)  # type: ignore[arg-type] # the names are right, whatever their types
    elif intent.command == "close":
        books.close_account(intent.account, intent.text, **how)  # type: ignore[arg-type] # as above
    elif intent.command == "transfer":
        books.transfer(intent.account, intent.to, intent.amount, intent.text, **how)  # type: ignore[arg-type] # as above
    else:
        move = books.deposit if intent.command == "deposit" else books.withdraw
        move(intent.account, intent.amount, intent.text, **how)  # type: ignore[arg-type] # as above


@dataclass(frozen=True)
class StartingLedger:
    """A ledger file and what the model says of it."""

    path: Path
    model: Model


def make_starting_ledger(folder: Path) -> StartingLedger:
    now = utc("2024-04-01T00:00:00")
    path, model = folder / "books.db", Model(began=now)
    with Ledger.draft(path, keep_empty=True, book={"time_zone": "UTC"}, clock=lambda: now):
        pass
    store = open_store(str(path), lambda: now)
    with Ledger(store, clock=lambda: now, context=Context("clerk", "run-1")) as books:
        for intent in INTENTS:
            carry_out(books, intent)
            model.carry_out(intent, now)
    return StartingLedger(path, model)


class CaseRunner:
    """A folder with a fresh copy of a ledger for each case, and runs in it."""

    def __init__(self, fork_server: ForkServer, folder: Path, start: StartingLedger) -> None:
        self._server = fork_server
        self._folder = folder
        self.start = start
        self.cwd = folder / "case"
        self.books = self.cwd / "books.db"
        self.env = environment(folder, "books.db", LEDGER_ACTOR="tester")

    def clear(self) -> None:
        """Empty the folder, and put the starting ledger in it."""
        shutil.rmtree(self.cwd, ignore_errors=True)
        self.cwd.mkdir()
        shutil.copyfile(self.start.path, self.books)

    def run(
        self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> Outcome:
        return self._server.run(
            *arguments, cwd=self.cwd, env={**self.env, **(env or {})}, stdin=stdin
        )
