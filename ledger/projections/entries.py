"""The projection `account_entries`: what moved money, and how it was known at any time.

Every row is known over a stretch of the log. What takes the place of something (an amendment, a
reversal) ends the stretch of a row and begins that of another one, so that the table answers
questions on both clocks: what counts at a point are the rows whose stretch has the position that
the knowledge goes to, and whose effective time has come.

Beside the entries there is a row of no amount for every other event of an account: by those the
version of an account and its closing are known at any point. One row more keeps the book's time
zones, since a row has the day that it belongs to there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ledger.domain.account import BankAccount
from ledger.domain.book import BOOK_STREAM, ZoneChange
from ledger.domain.book_events import BookCreated, TimeZoneChanged
from ledger.domain.events import (
    AccountClosed,
    AccountOpened,
    AccountReopened,
    EntryAmended,
    EntryReversed,
    Movement,
    OpeningAmended,
)
from ledger.eventstore.metadata import actor_in
from ledger.eventstore.records import RecordedEvent
from ledger.projections.projection import DecodedEvent, Projection, Rows
from ledger.times.book_zone import BookZone

FOREVER: Final = 2**63 - 1
"""The position at which a stretch ends that has not ended yet."""

_OPENING: Final = 1
_ZONES: Final = (BOOK_STREAM, 0, FOREVER)

_NO_TAGS: Final = "{}"
_NO_RECEIPTS: Final = "[]"

_to_json: Final = msgspec.json.Encoder().encode
_zones_of: Final = msgspec.json.Decoder(list[ZoneChange]).decode


class EntryRow(msgspec.Struct, gc=False):
    """An entry, or another event of an account, as it was known over a stretch of the log.

    Attributes:
        version: of the event in its account.
        known_until: the position from which on it is known otherwise; `FOREVER` for not yet.
        known_from: the first position from which on it is known so.
        position: of the event.
        effective_at: µs UTC; of an opening, when the account is open from.
        day: the local day in the book's time zone, as ``YYYY-MM-DD``.
        amount: signed minor units; 0 where it is no entry.
        is_entry: 1 or 0.
        undone: 1 of an entry and its reversal of the same moment, which lists leave out; else 0.
        counterparty: the other account of a transfer, and of its reversal.
        tags: a JSON object; of a reversal, those of what it reverses.
        receipts: a JSON array.
        recorded_at: µs UTC.
        backdated, erased: 1 or 0.
        reverses, reversed_by: versions.
        closes: 1 of a closing, 0 of a reopening, else None.
    """

    account_id: str
    version: int
    known_until: int
    known_from: int
    position: int
    effective_at: int
    day: str
    amount: int
    currency: str
    decimals: int
    is_entry: int
    undone: int
    event_type: str
    counterparty: str | None
    description: str
    tags: str
    receipts: str
    actor: str
    recorded_at: int
    backdated: int
    erased: int
    reverses: int | None = None
    reversed_by: int | None = None
    closes: int | None = None


class AccountEntries(Projection[EntryRow]):
    """Account, version and end of knowledge → what is known of an entry until then."""

    name = "account_entries"
    version = 1
    row = EntryRow
    key_columns = ("account_id", "version", "known_until")
    on_demand = True
    indexes = (
        (
            "account_id",
            "effective_at",
            "known_from",
            "known_until",
            "version",
            "amount",
            "currency",
            "decimals",
            "closes",
        ),
        ("effective_at", "account_id", "version", "known_until", "known_from", "is_entry"),
    )

    def __init__(self) -> None:
        self._days = _Days("")

    def keys_before(self, events: Sequence[DecodedEvent]) -> tuple[set[Any], set[Any]]:
        wanted: set[Any] = {_ZONES}
        begun: set[Any] = set()
        for recorded, event in events:
            if recorded.aggregate_type != BankAccount.aggregate_type:
                continue
            account_id = recorded.stream_id
            wanted.add((account_id, _OPENING, FOREVER))
            if recorded.version == _OPENING:
                begun.add((account_id, _OPENING, FOREVER))
            elif type(event) is EntryReversed:
                wanted.add((account_id, event.reverses, FOREVER))
            elif type(event) is EntryAmended:
                wanted.add((account_id, event.amends, FOREVER))
        return wanted, begun

    def fold_all(self, rows: Rows[EntryRow], events: Iterable[DecodedEvent]) -> None:
        days = self._days_of(rows)
        for recorded, event in events:
            if recorded.aggregate_type != BankAccount.aggregate_type:
                if type(event) is BookCreated or type(event) is TimeZoneChanged:
                    _note_zone(rows, recorded, event)
                    days = self._days_of(rows)
                continue
            account_id, version = recorded.stream_id, recorded.version
            day = days.day_of(recorded.effective_at)
            if type(event) is AccountOpened:
                row = _row(recorded, event, day, event.currency, event.decimals)
                row.is_entry = int(event.initial_balance != 0)
                rows[account_id, version, FOREVER] = row
                continue
            opening = rows[account_id, _OPENING, FOREVER]
            if opening is None:
                raise ValueError(f"account {account_id} is not open")
            row = _row(recorded, event, day, opening.currency, opening.decimals)
            if isinstance(event, Movement):
                row.is_entry = 1
                if event.tags:
                    row.tags = _to_json(event.tags).decode()
                if event.receipts:
                    row.receipts = _to_json(event.receipts).decode()
            elif type(event) is EntryReversed:
                _reverse(rows, row, event)
            elif type(event) is EntryAmended:
                _amend(rows, row, event)
            elif type(event) is OpeningAmended:
                _amend_opening(rows, opening, row, event, days.day_of(event.opened_at))
            elif type(event) is AccountClosed:
                row.closes = 1
            elif type(event) is AccountReopened:
                row.closes = 0
            rows[account_id, version, FOREVER] = row

    def _days_of(self, rows: Rows[EntryRow]) -> _Days:
        zones = rows[_ZONES]
        told = "" if zones is None else zones.description
        if told != self._days.told:
            self._days = _Days(told)
        return self._days


def _row(recorded: RecordedEvent, event: Any, day: str, currency: str, decimals: int) -> EntryRow:
    return EntryRow(
        recorded.stream_id,
        recorded.version,
        FOREVER,
        recorded.position,
        recorded.position,
        recorded.effective_at,
        day,
        event.signed_amount,
        currency,
        decimals,
        0,
        0,
        recorded.event_type,
        event.counterparty,
        event.words,
        _NO_TAGS,
        _NO_RECEIPTS,
        actor_in(recorded.metadata),
        recorded.recorded_at,
        int(recorded.backdated),
        int(isinstance(recorded.text, bytes)),
    )


def _succeed(rows: Rows[EntryRow], row: EntryRow, position: int, **changes: Any) -> None:
    """Let a row be known otherwise from a position on."""
    rows[row.account_id, row.version, position] = replace(row, known_until=position)
    rows[row.account_id, row.version, FOREVER] = replace(row, known_from=position, **changes)


def _reverse(rows: Rows[EntryRow], row: EntryRow, event: EntryReversed) -> None:
    row.is_entry, row.reverses = 1, event.reverses
    reversed_row = rows[row.account_id, event.reverses, FOREVER]
    if reversed_row is None:
        return  # of a damaged log: the sum is right all the same
    row.tags, row.counterparty = reversed_row.tags, reversed_row.counterparty
    row.undone = int(row.effective_at == reversed_row.effective_at)
    _succeed(rows, reversed_row, row.position, reversed_by=row.version, undone=row.undone)


def _amend(rows: Rows[EntryRow], row: EntryRow, event: EntryAmended) -> None:
    amended = rows[row.account_id, event.amends, FOREVER]
    if amended is None:
        return
    changes: dict[str, Any] = {}
    if event.description is not None:
        changes |= {"description": event.description, "erased": row.erased}
    if event.tags is not None:
        changes["tags"] = _to_json(event.tags).decode()
    if event.receipts is not None:
        changes["receipts"] = _to_json(event.receipts).decode()
    _succeed(rows, amended, row.position, **changes)
    reversal = amended.reversed_by and rows[row.account_id, amended.reversed_by, FOREVER]
    if reversal and event.tags is not None:
        _succeed(rows, reversal, row.position, tags=changes["tags"])


def _amend_opening(
    rows: Rows[EntryRow], opening: EntryRow, row: EntryRow, event: OpeningAmended, day: str
) -> None:
    row.amount = 0  # what it adds is in the opening
    row.currency, row.decimals = event.currency, event.decimals
    _succeed(
        rows,
        opening,
        row.position,
        effective_at=event.opened_at,
        day=day,
        amount=event.initial_balance,
        currency=event.currency,
        decimals=event.decimals,
        is_entry=int(event.initial_balance != 0),
    )


def _note_zone(
    rows: Rows[EntryRow], recorded: RecordedEvent, event: BookCreated | TimeZoneChanged
) -> None:
    """Remember the book's time zones, as its own fold does.

    It takes another one only for times of which nothing is recorded, so no row changes its day.
    """
    before = rows[_ZONES]
    zones: list[ZoneChange] = [ZoneChange(None, event.time_zone)]
    if type(event) is TimeZoneChanged and event.since is not None and before is not None:
        zones = [*_zones_of(before.description), ZoneChange(event.since, event.time_zone)]
    row = _row(recorded, event, "", "", 0)
    row.version, row.description, row.erased = 0, _to_json(zones).decode(), 0
    rows[_ZONES] = row


class _Days:
    """Local days in the book's time zones.

    Attributes:
        told: the zones, as their row keeps them.
    """

    def __init__(self, told: str) -> None:
        self.told = told
        self._zone = BookZone(_zones_of(told) if told else [(None, "UTC")])
        self._first, self._last, self._day = 1, 0, ""

    def day_of(self, instant: int) -> str:
        """The day to which an instant (µs UTC) belongs; most are the one before's."""
        if not self._first <= instant <= self._last:
            day = self._zone.day_of(instant)
            self._first, self._last = self._zone.day_start(day), self._zone.day_end(day)
            self._day = str(day)
        return self._day
