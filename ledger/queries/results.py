"""What questions are answered with. Amounts are `Money` or minor units, times µs UTC."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ledger.domain.account_state import AccountState
from ledger.domain.events import Event
from ledger.domain.money import Money
from ledger.eventstore.records import Head, RecordedEvent
from ledger.projections.summaries import SummaryRow


class BalanceReport(msgspec.Struct, frozen=True):
    """What an account held at a point. ``as_of`` and ``known_at`` are None for *now*.

    ``head`` is the end of the log that the figures come from.
    """

    account_id: str
    balance: Money
    version: int
    head: Head
    as_of: int | None = None
    known_at: int | None = None


class AccountReport(SummaryRow, gc=False):
    """An account's summary, and the end of the log that it comes from."""

    head: Head


class HistoryEntry(msgspec.Struct, frozen=True, gc=False):
    """One event of an account as a line of its history.

    Attributes:
        amount: signed minor units.
        balance: minor units, after it, in the order that the entries stand in.
        counterparty: the other account of a transfer.
    """

    version: int
    event_type: str
    amount: int
    balance: int
    description: str
    effective_at: int
    recorded_at: int
    counterparty: str | None
    backdated: bool


class HistoryReport(msgspec.Struct, frozen=True):
    """An account at a point, and the entries that led there.

    Attributes:
        version: of the last event that counts.
        entries: in recorded order; the last ones, where there was a limit.
        omitted: how many earlier entries a limit left out.
        head: the end of the log that all this comes from.
    """

    account_id: str
    state: AccountState
    version: int
    entries: tuple[HistoryEntry, ...]
    omitted: int
    head: Head
    as_of: int | None = None
    known_at: int | None = None


class ReplayStep(NamedTuple):
    """One event, and the state before and after it."""

    recorded: RecordedEvent
    event: Event
    before: AccountState | None
    after: AccountState


class Agreement(msgspec.Struct, frozen=True):
    """Whether the ways to a state lead to the same one.

    Attributes:
        fold: from event 1, without a snapshot.
        snapshot: from the newest usable snapshot on; None where there is none.
        snapshot_version: of that snapshot.
        projection: from the summary projection; None where the replay stopped earlier than that is,
            the projection lags, or it does not have the account.
        projected_balance: from the balance projection, in minor units; None likewise, and 0 for a
            closed account, which has left it.
        disagreements: what says something else than the fold: ``snapshot``, or the name of a
            projection.
    """

    account_id: str
    version: int
    fold: AccountState
    snapshot: AccountState | None
    snapshot_version: int | None
    projection: AccountState | None
    projected_balance: int | None
    projection_lag: int
    disagreements: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.disagreements


class SnapshotInfo(msgspec.Struct, frozen=True):
    """A stored snapshot; ``usable`` says whether today's fold made it."""

    account_id: str
    version: int
    highest_effective_at: int
    last_recorded_at: int
    usable: bool
