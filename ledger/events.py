"""The types of events, for whoever reads or transforms a log: amounts in minor units, times in µs
UTC. `LedgerEvent.event` is one of them."""

from __future__ import annotations

from ledger.domain.aggregate import Event
from ledger.domain.book_events import (
    BookCreated,
    BookRenamed,
    ClockCorrected,
    ClockCorrectionWithdrawn,
    LedgerMigrated,
    LogArchived,
    PeriodLocked,
    PeriodUnlocked,
    TimeZoneChanged,
)
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountOpened,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    OpeningAmended,
    PersonalDataErased,
    TransferReceived,
    TransferSent,
)

__all__ = [
    "AccountAmended",
    "AccountClosed",
    "AccountOpened",
    "AccountReopened",
    "BalanceConfirmed",
    "BookCreated",
    "BookRenamed",
    "ClockCorrected",
    "ClockCorrectionWithdrawn",
    "ConfirmationWithdrawn",
    "EntryAmended",
    "EntryReversed",
    "Event",
    "LedgerMigrated",
    "LogArchived",
    "MoneyDeposited",
    "MoneyWithdrawn",
    "OpeningAmended",
    "PeriodLocked",
    "PeriodUnlocked",
    "PersonalDataErased",
    "TimeZoneChanged",
    "TransferReceived",
    "TransferSent",
]
