"""The one module of the benchmarks that imports the product: its public API, and the fold of an
account that a question is measured by.

What the benchmarks need of it are these few functions; whoever renames something has to look here
and nowhere else.
"""

from __future__ import annotations

import json
import shutil
import sysconfig
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from importlib.metadata import distributions
from pathlib import Path

from msgspec.structs import replace as copy_of

from ledger import Ledger as Ledger
from ledger.commands.repository import AccountRepository
from ledger.domain.account_state import fold
from ledger.eventstore.codec import decode_event

DURABILITY = "WAL, synchronous=FULL"

SOURCES = Path(__file__).parents[2]

Question = Callable[[Ledger], object]


def open_ledger(path: Path, *, snapshots: bool = True) -> Ledger:
    """A ledger at a path, new or not, with a snapshot every so many events or none."""
    return Ledger.open(path) if snapshots else Ledger.open(path, snapshot_interval=0)


def make(path: Path, *batches: Iterable[bytes], snapshots: bool = True) -> Path:
    """A new ledger of some batches, closed."""
    with open_ledger(path, snapshots=snapshots) as ledger:
        for lines in batches:
            ledger.batch(lines)
    return path


def copy(source: Path, path: Path) -> Path:
    """A closed ledger again, at another path."""
    return Path(shutil.copy(source, path))


def size(path: Path) -> int:
    """Bytes on disk of a ledger, whatever files it has."""
    return sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))


def event_count(ledger: Ledger) -> int:
    return ledger.head().position


def deposits(ledger: Ledger, account: str, count: int) -> None:
    """So many commands, each a durable commit of its own."""
    for number in range(1, count + 1):
        ledger.deposit(account, "1234.56", f"movement {number}")


def batch(ledger: Ledger, lines: Iterable[bytes]) -> None:
    ledger.batch(lines)


def load_stream(ledger: Ledger, account: str) -> None:
    """Fold an account from its first event, as a command does that comes to it first.

    The command is rehearsed, so that nothing is written; beside a long stream it costs nothing.
    """
    line = json.dumps({"command": "deposit", "account": account, "amount": "1.00"})
    ledger.batch([line.encode()], dry_run=True)


def rebuild(ledger: Ledger, workers: int) -> None:
    ledger.rebuild_projections(workers=workers)


def verify(ledger: Ledger, workers: int) -> None:
    verification = ledger.verify(workers=workers)
    assert not verification.findings, verification.findings


def questions(account: str, middle: str) -> dict[str, Question]:
    """What must not grow with a stream, by name; ``middle`` is a moment half-way along it."""
    return {
        "balance": lambda ledger: ledger.balance(account),
        "balance --as-of": lambda ledger: ledger.balance(account, as_of=middle),
        "history --as-of --limit 10": lambda ledger: ledger.history(
            account, as_of=middle, limit=10
        ),
    }


def questions_of_a_period(account: str, as_of: datetime, first: datetime) -> dict[str, Question]:
    """What is asked about a stream with much that came late."""
    until, since = as_of.isoformat(), first.isoformat()
    last_hours = (as_of - timedelta(hours=8)).isoformat()
    return {
        "balance --as-of": lambda ledger: ledger.balance(account, as_of=until),
        "history --as-of": lambda ledger: ledger.history(account, as_of=until),
        "statement of most": lambda ledger: ledger.statement(
            account, from_time=since, to_time=until
        ),
        "statement of 8 hours": lambda ledger: ledger.statement(
            account, from_time=last_hours, to_time=until
        ),
    }


def open_earlier(ledger: Ledger, account: str, at: str) -> None:
    ledger.amend_account(account, opened_at=at)


def plain_fold(ledger: Ledger, account: str, as_of: datetime) -> Callable[[], int]:
    """Read what counts at a moment from the newest snapshot on that can be used for it, and fold
    it event by event; the balance in minor units is what `Ledger.balance` says."""
    until = int(as_of.timestamp()) * 1_000_000
    usable = [
        each
        for each in ledger.snapshots()
        if each.account_id == account and each.usable and each.highest_effective_us <= until
    ]
    covered = max((each.version for each in usable), default=0)
    repository = AccountRepository(ledger._store)
    beginning = repository.load_at(account, to_version=covered).account.state if covered else None

    def fold_on() -> int:
        state = None if beginning is None else copy_of(beginning)
        for recorded in ledger.events(raw=True, account_id=account):
            if recorded.version > covered and recorded.effective_at <= until:
                state = fold(state, decode_event(recorded), recorded.effective_at)
        assert state is not None
        return state.balance

    assert fold_on() == ledger.balance(account, as_of=as_of.isoformat()).balance.minor_units
    return fold_on


def all_balances(ledger: Ledger, as_of: str) -> int:
    """The sum of all balances at a moment, in minor units."""
    return sum(report.balance.minor_units for report in ledger.balances(as_of=as_of))


def is_editable() -> bool:
    """Whether the product is installed in place, which slows the start of every program there."""
    installed = distributions(name="ledger", path=[sysconfig.get_path("purelib")])
    origins = [each.read_text("direct_url.json") for each in installed]
    return any(json.loads(told).get("dir_info", {}).get("editable") for told in origins if told)
