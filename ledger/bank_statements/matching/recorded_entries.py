"""The entries of an account that stand, as a statement is compared with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from unicodedata import normalize

import msgspec

from ledger.domain.events import EntryAmended, EntryReversed, Movement
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import keyed_part
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.times.book_zone import BookZone


class RecordedEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry of an account that was not taken back, or that is going to be recorded.

    Attributes:
        version: in the account; 0 for one that is going to be.
        day: of the ledger's zone.
        amount: signed minor units.
        what: what people call it, with its counterparty.
        text: its description as it stands now; None where that was erased.
        counterparty: the other account of a transfer, else empty.
        key: the idempotency key that it was recorded with, else empty.
        line: of the statement that it is in, where it is going to be recorded.
    """

    version: int
    day: date
    amount: int
    what: str
    text: str | None
    counterparty: str
    key: str = ""
    line: int = 0

    @property
    def told(self) -> str:
        """What it is, in a sentence."""
        text = f" ({self.text})" if self.text else ""
        if self.line:
            return f"the {self.what} of {self.day} in line {self.line}{text}"
        return f"version {self.version}, the {self.what} of {self.day}{text}"


def entries_within(
    store: EventStore, account_id: str, first: date, last: date, book_zone: BookZone
) -> list[RecordedEntry]:
    """The entries that stand of some days, in version order; the opening is none of them.

    Args:
        first, last: days, both ends included.
    """
    found: dict[int, RecordedEntry] = {}
    events = store.read_stream(
        account_id,
        effective_after=book_zone.day_start(first) - 1,
        effective_to=book_zone.day_end(last),
    )
    for recorded in events:
        event = decode_event(recorded)
        if isinstance(event, Movement):
            found[recorded.version] = _recorded_entry(recorded, event, book_zone)
        elif isinstance(event, EntryReversed):
            found.pop(event.reverses, None)
        elif isinstance(event, EntryAmended) and event.description is not None:
            amended = found.get(event.amends)
            if amended is not None:
                found[event.amends] = msgspec.structs.replace(amended, text=event.description)
    return list(found.values())


def entry_at(
    store: EventStore, account_id: str, version: int, book_zone: BookZone
) -> RecordedEntry | None:
    """The entry with a version; None where that is none."""
    events = store.read_stream(account_id, after_version=version - 1, to_version=version)
    for recorded in events:
        event = decode_event(recorded)
        if isinstance(event, Movement):
            return _recorded_entry(recorded, event, book_zone)
    return None


def _recorded_entry(recorded: RecordedEvent, event: Movement, book_zone: BookZone) -> RecordedEntry:
    return RecordedEntry(
        recorded.version,
        book_zone.day_of(recorded.effective_at),
        event.signed_amount,
        event.what,
        None if recorded.erased else event.words,
        (event.counterparty or "") if event.between_accounts else "",
        keyed_part(recorded.metadata).idempotency_key or "",
    )


def days_around(days: Iterable[date], margin: int) -> tuple[date, date]:
    """The first and the last of some days, with so many days more at either end.

    Raises:
        ValueError: there are no days.
    """
    ordered = sorted(days)
    first, last = ordered[0].toordinal(), ordered[-1].toordinal()
    return (
        date.fromordinal(max(first - margin, 1)),
        ordered[-1] + timedelta(days=min(margin, date.max.toordinal() - last)),
    )


def words_of(text: str) -> str:
    """A text as it is compared: spaces, case and Unicode's spellings make no difference."""
    return " ".join(normalize("NFKC", text).casefold().split())
