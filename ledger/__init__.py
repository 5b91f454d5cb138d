"""A money ledger on event sourcing, embedded in one SQLite file.

::

    from ledger import Ledger

    with Ledger.open("books.db") as ledger:
        ledger.open_account("acc-001", owner="Ana Souza")
        ledger.deposit("acc-001", "50.00", description="Paycheck")
        print(ledger.balance("acc-001").balance)

All that is public is in `__all__`: `Ledger`, `Money`, what a ledger answers, the bases `Projection`
and `StreamProjection` for projections and `Aggregate` for events of your own, and the modules
`ledger.errors`, `ledger.events` and `ledger.testing`.

In what a ledger answers, amounts are `Money` and times are datetimes in UTC. The integers that they
are made of stand beside them, under names that say so: ``balance_minor`` holds the minor units of
``balance``, and ``recorded_us`` is ``recorded_at`` in microseconds since 1970.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; an import of `typing` would take milliseconds
if TYPE_CHECKING:
    from ledger import errors, events, testing
    from ledger.bank_statements.importing import StatementReport
    from ledger.bank_statements.planning import Plan
    from ledger.bank_statements.rules.statement_format import StatementFormat
    from ledger.commands.book import UnlockPlan
    from ledger.commands.corrections import CommandOptions, EntryChanges
    from ledger.commands.erasing import ErasurePlan, ErasureReport
    from ledger.commands.ledger_events import LedgerEvent
    from ledger.commands.results import AccountFigures, BatchReport, WriteResult
    from ledger.commands.undoing import UndoPlan
    from ledger.domain.aggregate import Aggregate
    from ledger.domain.book import ZoneChange
    from ledger.domain.book_events import TestLedger
    from ledger.domain.money import Money
    from ledger.domain.receipts import Receipt
    from ledger.errors import LedgerError
    from ledger.eventstore.records import Head, RecordedEvent
    from ledger.exchange.restoring import ImportReport
    from ledger.ledger import Ledger, NewBook, WiringOptions
    from ledger.migration.report import MigrationReport
    from ledger.projections.projection import Projection, StreamProjection
    from ledger.projections.projector import ProjectionStatus
    from ledger.projections.rebuild import RebuildReport
    from ledger.queries.account_details import AccountDetails
    from ledger.queries.balances import AccountReport, BalanceReport
    from ledger.queries.book import BookReport
    from ledger.queries.confirmations import ChangedBalance
    from ledger.queries.history import HistoryEntry, HistoryReport
    from ledger.queries.replay import Agreement, ReplayStep
    from ledger.queries.snapshots import SnapshotInfo
    from ledger.queries.statements import Statement
    from ledger.verification.backup import BackupReport
    from ledger.verification.findings import ControlTotals, Finding, Verification
    from ledger.verification.problems import Diagnosis, Problem

__version__ = "0.2.0.dev0"

__all__ = [
    "AccountDetails",
    "AccountFigures",
    "AccountReport",
    "Aggregate",
    "Agreement",
    "BackupReport",
    "BalanceReport",
    "BatchReport",
    "BookReport",
    "ChangedBalance",
    "CommandOptions",
    "ControlTotals",
    "Diagnosis",
    "EntryChanges",
    "ErasurePlan",
    "ErasureReport",
    "Finding",
    "Head",
    "HistoryEntry",
    "HistoryReport",
    "ImportReport",
    "Ledger",
    "LedgerError",
    "LedgerEvent",
    "MigrationReport",
    "Money",
    "NewBook",
    "Plan",
    "Problem",
    "Projection",
    "ProjectionStatus",
    "RebuildReport",
    "Receipt",
    "RecordedEvent",
    "ReplayStep",
    "SnapshotInfo",
    "Statement",
    "StatementFormat",
    "StatementReport",
    "StreamProjection",
    "TestLedger",
    "UndoPlan",
    "UnlockPlan",
    "Verification",
    "WiringOptions",
    "WriteResult",
    "ZoneChange",
    "__version__",
    "errors",
    "events",
    "testing",
]

_HOMES = {
    "ledger.bank_statements.importing": "StatementReport",
    "ledger.bank_statements.planning": "Plan",
    "ledger.bank_statements.rules.statement_format": "StatementFormat",
    "ledger.commands.book": "UnlockPlan",
    "ledger.commands.corrections": "CommandOptions EntryChanges",
    "ledger.commands.erasing": "ErasurePlan ErasureReport",
    "ledger.commands.ledger_events": "LedgerEvent",
    "ledger.commands.results": "AccountFigures BatchReport WriteResult",
    "ledger.commands.undoing": "UndoPlan",
    "ledger.domain.aggregate": "Aggregate",
    "ledger.domain.book": "ZoneChange",
    "ledger.domain.book_events": "TestLedger",
    "ledger.domain.money": "Money",
    "ledger.domain.receipts": "Receipt",
    "ledger.errors": "LedgerError",
    "ledger.eventstore.records": "Head RecordedEvent",
    "ledger.exchange.restoring": "ImportReport",
    "ledger.ledger": "Ledger NewBook WiringOptions",
    "ledger.migration.report": "MigrationReport",
    "ledger.projections.projection": "Projection StreamProjection",
    "ledger.projections.projector": "ProjectionStatus",
    "ledger.projections.rebuild": "RebuildReport",
    "ledger.queries.account_details": "AccountDetails",
    "ledger.queries.balances": "AccountReport BalanceReport",
    "ledger.queries.book": "BookReport",
    "ledger.queries.confirmations": "ChangedBalance",
    "ledger.queries.history": "HistoryEntry HistoryReport",
    "ledger.queries.replay": "Agreement ReplayStep",
    "ledger.queries.snapshots": "SnapshotInfo",
    "ledger.queries.statements": "Statement",
    "ledger.verification.backup": "BackupReport",
    "ledger.verification.findings": "ControlTotals Finding Verification",
    "ledger.verification.problems": "Diagnosis Problem",
}
"""Which names are where. They are imported when asked for: the command line would pay for what it
may not need."""


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in ("errors", "events", "testing"):
        return import_module(f"{__name__}.{name}")
    for module, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
