"""From an event of format 1 to what is stored of it today."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ledger.domain.aggregate import Event
from ledger.eventstore.codec import UNFIT, decode_data, encode_event
from ledger.eventstore.records import NewEvent
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.findings import Finding
from ledger.migration.format1.texts import ACCOUNT, came_from_the_older_world
from ledger.migration.source_event import SourceEvent, Transform
from ledger.migration.todays_metadata import todays_metadata


class Unreadable(Exception):
    """An event that is as it was written, and means nothing today.

    Attributes:
        finding: what is wrong with it.
    """

    def __init__(self, event: Format1Event, why: str) -> None:
        super().__init__(why)
        self.finding = Finding(
            check="unreadable",
            message=f"{event.event_type} version {event.version} cannot be read: {why}",
            position=event.position,
            account_id=event.stream_id,
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
        key: gives the idempotency key of today for an event with one; None to keep it.

    Attributes:
        kept: how many events of the older world were kept as they came.
    """

    def __init__(
        self,
        *,
        lift: bool,
        transform: Transform | None,
        key: Callable[[Format1Event, str], str] | None = None,
    ) -> None:
        self._lift = lift
        self._transform = transform
        self._key = key
        self.kept = 0

    def translate(self, event: Format1Event) -> list[TodaysEvent]:
        """The events that take the place of one.

        Raises:
            Unreadable: it cannot be read as what it says that it is.
        """
        known = meaning(event)
        if self._transform is None:
            return [self._kept(event, known)]
        given = SourceEvent(
            event.stream_id, event.aggregate_type, known, event.effective_at, event.recorded_at
        )
        return [
            self._kept(event, known) if each is given else self._anew(event, each)
            for each in self._transform(given)
        ]

    def _kept(self, event: Format1Event, known: Event | None) -> TodaysEvent:
        as_it_came = not self._lift and came_from_the_older_world(event)
        if as_it_came:
            self.kept += 1
        if known is None or as_it_came:
            new = NewEvent(
                event.event_type,
                event.schema_version,
                event.data,
                self._metadata(event, lifted=False),
                event.effective_at,
            )
            return TodaysEvent(event.stream_id, event.aggregate_type, new, event.recorded_at)
        return self._stored(event, event, known)

    def _anew(self, event: Format1Event, changed: SourceEvent) -> TodaysEvent:
        if not isinstance(changed.event, Event):
            raise TypeError(f"a transformation gave {changed.event!r}, which is no event")
        return self._stored(event, changed, changed.event)

    def _stored(
        self, event: Format1Event, place: Format1Event | SourceEvent, known: Event
    ) -> TodaysEvent:
        data, text = encode_event(known)
        new = NewEvent(
            type(known).__name__,
            known.schema_version,
            data,
            self._metadata(event, lifted=True),
            place.effective_at,
            text,
        )
        return TodaysEvent(place.stream_id, place.aggregate_type, new, place.recorded_at)

    def _metadata(self, event: Format1Event, *, lifted: bool) -> str:
        key = self._key
        return todays_metadata(
            event,
            key=None if key is None else lambda given: key(event, given),
            lifted=lifted,
        )


def meaning(event: Format1Event) -> Any:
    """What an event of an account means today, its text included; None of other aggregates.

    Raises:
        Unreadable: its data does not fit its type and schema version.
    """
    if event.aggregate_type != ACCOUNT:
        return None
    try:
        return decode_data(event.event_type, event.schema_version, event.data)
    except KeyError as error:
        raise Unreadable(event, f"the field {error} is missing") from None
    except UNFIT as error:
        raise Unreadable(event, str(error)) from None
