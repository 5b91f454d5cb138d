"""All that exports say of accounts: who they are, what moved, and what was confirmed.

Everything is as it was known at one position of the log, so that a long export can be read page by
page while others write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Event
from ledger.domain.events import BalanceConfirmed, ConfirmationWithdrawn
from ledger.domain.instant import EARLIEST, LATEST
from ledger.errors import ErasedMeanwhile
from ledger.eventstore.codec import decode_event
from ledger.eventstore.store import EventStore, version_at
from ledger.projections.entries import AccountEntries
from ledger.projections.projector import SUMMARIES
from ledger.projections.summaries import SummaryRow
from ledger.queries.account_sets import AccountSet
from ledger.queries.chosen_accounts import is_prefix
from ledger.queries.entry_rows import KNOWN, TABLE, EntryRows
from ledger.queries.source import Source

PAGE: Final = 5_000
"""Rows of which no more are in memory at a time."""

_NEAR: Final = 16
"""Events that are no further apart are read together with those between them."""

_ACCOUNTS: Final = f"""
    SELECT account_id, currency, decimals, effective_at, day
    FROM {TABLE}
    WHERE version = 1 AND {KNOWN} AND effective_at <= ? AND {{chosen}}
    ORDER BY position
"""
_CHANGES: Final = f"""
    SELECT account_id, version, closes, day, description
    FROM {TABLE}
    WHERE closes IS NOT NULL AND {KNOWN} AND effective_at <= ? AND {{chosen}}
    ORDER BY account_id, version
"""
_WITHDRAWALS: Final = f"""
    SELECT position
    FROM {TABLE}
    WHERE event_type = '{ConfirmationWithdrawn.__name__}' AND {KNOWN} AND effective_at <= ?
    ORDER BY position
"""
_COLUMNS: Final = (
    "effective_at, account_id, version, position, day, amount, currency, decimals, event_type, "
    "counterparty, description, tags, receipts, actor, recorded_at, backdated, erased, undone, "
    "reverses, reversed_by"
)
_ENTRIES: Final = f"""
    SELECT {_COLUMNS}
    FROM {TABLE}
    WHERE {KNOWN} AND (is_entry = 1 OR event_type = '{BalanceConfirmed.__name__}')
        AND effective_at BETWEEN ? AND ? AND (effective_at, account_id, version) > (?, ?, ?)
        AND {{chosen}}
    ORDER BY effective_at, account_id, version
    LIMIT {PAGE}
"""


class StatusChange(msgspec.Struct, frozen=True, gc=False):
    """A closing of an account, or a reopening.

    Attributes:
        day: the local day in the book's zone, as ``YYYY-MM-DD``.
    """

    closes: bool
    day: str
    reason: str


class ExportedAccount(msgspec.Struct, frozen=True, gc=False):
    """An account as an export tells of it.

    Attributes:
        decimals: of ``currency``, in which all its entries are that were not undone.
        opened_us: since when it is open (µs UTC).
        opened_on: the local day of that in the book's zone, as ``YYYY-MM-DD``.
        changes: its closings and reopenings, in the order in which they count.
    """

    account_id: str
    owner: str
    currency: str
    decimals: int
    opened_us: int
    opened_on: str
    changes: Sequence[StatusChange] = ()

    @property
    def closed_on(self) -> str | None:
        """The local day since which it is closed; None where it is open."""
        last = self.changes[-1] if self.changes else None
        return last.day if last and last.closes else None


class ExportedRow(msgspec.Struct, gc=False):
    """An entry, or a confirmation, as it is known.

    Attributes:
        day: the local day in the book's zone, as ``YYYY-MM-DD``.
        amount: signed minor units of ``currency``; 0 of a confirmation.
        currency, decimals: the account's, unless it was opened anew in another one since, once all
            of its entries were undone.
        tags: a JSON object; of a reversal, those of what it reverses.
        receipts: a JSON array.
        undone: 1 of an entry and its reversal of the same moment, else 0.
        transfer_id: of both sides of a transfer, and of their reversals.
        confirmed: minor units that a confirmation says; None of an entry.
        withdrawn: whether a confirmation was.
    """

    effective_us: int
    account_id: str
    version: int
    position: int
    day: str
    amount: int
    currency: str
    decimals: int
    event_type: str
    counterparty: str | None
    description: str
    tags: str
    receipts: str
    actor: str
    recorded_us: int
    backdated: int
    erased: int
    undone: int
    reverses: int | None
    reversed_by: int | None
    transfer_id: str | None = None
    confirmed: int | None = None
    withdrawn: bool = False


def chosen_set(accounts: Iterable[str]) -> AccountSet:
    """The accounts of ids and of prefixes such as ``club:``; all where there are none."""
    prefixes: list[str] = []
    ids: list[str] = []
    for each in sorted(set(accounts)):
        if not each.startswith(tuple(prefixes)):
            (prefixes if is_prefix(each) else ids).append(each)
    return AccountSet(tuple(prefixes), tuple(ids))


def accounts_until(
    source: Source, rows: EntryRows, until: int | None, chosen: AccountSet
) -> list[ExportedAccount]:
    """Accounts that there were at the end of a period, in the order in which they were recorded.

    Args:
        until: µs UTC; None for all that is recorded.
    """
    condition, bounds = chosen.condition("account_id")
    bindings: list[str | int | None] = [*rows.known, LATEST if until is None else until, *bounds]
    changes: dict[str, list[StatusChange]] = {}
    for account_id, _, closes, *told in rows.ask(_CHANGES.format(chosen=condition), bindings):
        changes.setdefault(account_id, []).append(StatusChange(bool(closes), *told))
    owners = _owners(source, rows.position)
    return [
        ExportedAccount(
            account_id,
            owners.get(account_id, ""),
            currency,
            decimals,
            opened_us,
            opened_on,
            changes.get(account_id, ()),
        )
        for account_id, currency, decimals, opened_us, opened_on in rows.ask(
            _ACCOUNTS.format(chosen=condition), bindings
        )
    ]


def _owners(source: Source, position: int) -> dict[str, str]:
    """The owners of all accounts, as they were known at a position."""
    store, projector = source.store, source.projector
    with store.transaction(read_only=True):
        seen = store.head().position - projector.lag(SUMMARIES)
        summaries = cast(Iterator[SummaryRow], store.tables.rows(SUMMARIES.table))
        owners = {row.account_id: row.owner for row in summaries}
        first, last = sorted((seen, position))
        between = store.read_all(after_position=first, to_position=last, bare=True)
        kind = BankAccount.aggregate_type
        for account_id in {event.stream_id for event in between if event.aggregate_type == kind}:
            version = version_at(store, account_id, position)
            if version:
                account = source.repository.load_at(account_id, to_version=version).account
                owners[account_id] = account.state.owner
    return owners


def entries_between(
    source: Source, rows: EntryRows, from_us: int | None, until: int | None, chosen: AccountSet
) -> Iterator[ExportedRow]:
    """All entries and confirmations of a period, by effective time, account and version.

    Args:
        from_us, until: the period (µs UTC), both ends included; None for no such end.

    Raises:
        ErasedMeanwhile: the table was emptied since the first page was read.
    """
    condition, bounds = chosen.condition("(account_id || '')")  # the index gives the order
    sql = _ENTRIES.format(chosen=condition)
    period = EARLIEST if from_us is None else from_us, LATEST if until is None else until
    withdrawn = _withdrawn(source.store, rows, period[1])
    before = rows.tables.checkpoints().get(AccountEntries.name)
    after: Sequence[Any] = (period[0], "", 0)
    while True:
        with source.store.transaction(read_only=True):
            now = rows.tables.checkpoints().get(AccountEntries.name)
            if before is not None and (now is None or now.position < before.position):
                raise ErasedMeanwhile(
                    "the entries were made anew while they were read",
                    advice="nothing was lost; ask again",
                )
            first = max(period[0], after[0])
            found = rows.ask(sql, (*rows.known, first, period[1], *after, *bounds))
            page = [ExportedRow(*row) for row in found]
            _complete(source.store, page, withdrawn)
        yield from page
        if len(page) < PAGE:
            return
        after = found[-1][:3]


def _withdrawn(store: EventStore, rows: EntryRows, until: int) -> set[tuple[str, int]]:
    """The confirmations that were withdrawn, by account and version."""
    found = rows.ask(_WITHDRAWALS, (*rows.known, until))
    events = _events_at(store, [position for (position,) in found])
    return {
        (account_id, event.confirms)
        for account_id, event in events.values()
        if isinstance(event, ConfirmationWithdrawn)
    }


def _complete(
    store: EventStore, page: Sequence[ExportedRow], withdrawn: set[tuple[str, int]]
) -> None:
    """Add what only the events say."""
    incomplete = {
        row.position: row
        for row in page
        if row.counterparty is not None or row.event_type == BalanceConfirmed.__name__
    }
    events = _events_at(store, incomplete)
    for position, row in incomplete.items():
        _, event = events[position]
        if isinstance(event, BalanceConfirmed):
            row.confirmed = event.balance
            row.withdrawn = (row.account_id, row.version) in withdrawn
        else:
            row.transfer_id = getattr(event, "transfer_id", None)


def _events_at(store: EventStore, positions: Iterable[int]) -> Mapping[int, tuple[str, Event]]:
    """The streams and events at some positions."""
    wanted = sorted(positions)
    found: dict[int, tuple[str, Event]] = {}
    start = 0
    for place, position in enumerate(wanted, 1):
        if place < len(wanted) and wanted[place] - position <= _NEAR:
            continue
        asked = set(wanted[start:place])
        for recorded in store.read_all(after_position=wanted[start] - 1, to_position=position):
            if recorded.position in asked:
                found[recorded.position] = recorded.stream_id, decode_event(recorded)
        start = place
    return found
