"""From an event of format 1 to what is stored of it today."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from ledger.domain.aggregate import Event
from ledger.domain.book import BOOK_STREAM
from ledger.domain.safe_ids import safe_id, with_safe_ids
from ledger.eventstore.codec import UNFIT, decode_data, encode_event
from ledger.eventstore.migrated_events import mark_of
from ledger.eventstore.records import NewEvent
from ledger.json_text import what_is_wrong
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.findings import Finding
from ledger.migration.format1.texts import ACCOUNT, came_from_the_older_world
from ledger.migration.source_event import SourceEvent, Transform
from ledger.migration.statement_keys import StatementKeys, TodaysKey
from ledger.migration.todays_metadata import todays_metadata


class NotTranslatable(Exception):
    """An event that is as it was written, and cannot be in a ledger of today.

    Attributes:
        finding: what is wrong with it.
    """

    def __init__(self, event: Format1Event, check: str, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(
            check=check, message=message, position=event.position, account_id=event.stream_id
        )


class TodaysEvent(msgspec.Struct, frozen=True, gc=False):
    """What takes the place of an event: the stream it goes to, and all but its version there."""

    stream_id: str
    aggregate_type: str
    new: NewEvent
    recorded_at: int


class Translator:
    """Translates the events of a log, one after the other.

    Args:
        lift: store what came from the older world in today's schema versions, too.
        transform: replaces events; None to keep all.
        time_zone: IANA name of the new book's.
        mark_key: the salt of the event that says where the new ledger came from.

    Attributes:
        kept: how many events of the older world were kept as they came.
        lifted: how many of them were stored in today's schema versions instead.
        renamed: the accounts whose ids cannot be ids any more, each with its new one.
    """

    def __init__(
        self, *, lift: bool, transform: Transform | None, time_zone: str, mark_key: bytes
    ) -> None:
        self._lift = lift
        self._transform = transform
        self._keys = StatementKeys(time_zone)
        self._mark_key = mark_key
        self.kept = 0
        self.lifted = 0
        self.renamed: dict[str, str] = {}

    def translate(self, event: Format1Event) -> list[TodaysEvent]:
        """The events that take the place of one.

        Raises:
            NotTranslatable: it cannot be read as what it says that it is, or has no place.
        """
        known = meaning(event)
        self._keys.see(event, known)
        given = SourceEvent(
            event.stream_id, event.aggregate_type, known, event.effective_at, event.recorded_at
        )
        replaced = [given] if self._transform is None else list(self._transform(given))
        if not replaced:
            return []
        if any(each.stream_id == BOOK_STREAM for each in replaced):
            message = f"no account can have the id {BOOK_STREAM}, which the ledger itself has"
            raise NotTranslatable(event, "streams", message)
        todays = [self._with_safe_ids(each) for each in replaced]
        key = self._keys.todays_key(event, known, todays[0].stream_id)
        return [
            self._kept(event, each, key)
            if before is given and each.event is given.event
            else self._stored(event, each, key)
            for before, each in zip(replaced, todays, strict=True)
        ]

    def _with_safe_ids(self, given: SourceEvent) -> SourceEvent:
        """The older world took any text for an id; what cannot be one here gets another."""
        if given.aggregate_type != ACCOUNT:
            return given
        stream_id, event = safe_id(given.stream_id), with_safe_ids(given.event)
        if stream_id == given.stream_id and event is given.event:
            return given
        if stream_id != given.stream_id:
            self.renamed[given.stream_id] = stream_id
        return replace(given, stream_id=stream_id, event=event)

    def _kept(self, event: Format1Event, given: SourceEvent, key: TodaysKey | None) -> TodaysEvent:
        """An event that is to be what it was, in its stream of today."""
        as_it_came = not self._lift and came_from_the_older_world(event)
        if as_it_came:
            self.kept += 1
        elif given.event is not None:
            return self._stored(event, given, key)
        new = NewEvent(
            event.event_type,
            event.schema_version,
            event.data,
            self._metadata(event, key, lifted=False),
            event.effective_at,
        )
        return TodaysEvent(given.stream_id, event.aggregate_type, new, event.recorded_at)

    def _stored(
        self, event: Format1Event, todays: SourceEvent, key: TodaysKey | None
    ) -> TodaysEvent:
        """What takes the place of an event, in its current schema version."""
        if not isinstance(todays.event, Event):
            raise TypeError(f"a transformation gave {todays.event!r}, which is no event")
        self.lifted += came_from_the_older_world(event)
        data, text = encode_event(todays.event)
        new = NewEvent(
            type(todays.event).__name__,
            todays.event.schema_version,
            data,
            self._metadata(event, key, lifted=True),
            todays.effective_us,
            text,
        )
        return TodaysEvent(todays.stream_id, todays.aggregate_type, new, todays.recorded_us)

    def _metadata(self, event: Format1Event, key: TodaysKey | None, *, lifted: bool) -> str:
        mark = mark_of(event.position, event.hash.hex(), self._mark_key)
        return todays_metadata(event, mark, key, lifted=lifted)


def meaning(event: Format1Event) -> Any:
    """What an event of an account means today, its text included; None of other aggregates.

    Raises:
        NotTranslatable: its data does not fit its type and schema version.
    """
    if event.aggregate_type != ACCOUNT:
        return None
    try:
        return decode_data(event.event_type, event.schema_version, event.data)
    except UNFIT as error:
        why = what_is_wrong(error, event.data)
        message = f"{event.event_type} version {event.version} cannot be read: {why}"
        raise NotTranslatable(event, "unreadable", message) from None
