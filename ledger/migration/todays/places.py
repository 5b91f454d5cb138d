"""Where the events of a source have gone, so that what refers to one of them still does.

Without a transformation every event keeps its place, and none of this is needed.
"""

from __future__ import annotations

from array import array
from typing import Any, Final

from msgspec.structs import replace

from ledger.domain.book_events import ClockCorrected
from ledger.domain.events import ConfirmationWithdrawn, EntryAmended, EntryReversed
from ledger.eventstore.records import RecordedEvent

_VERSIONS_IN: Final[dict[type, str]] = {
    EntryReversed: "reverses",
    EntryAmended: "amends",
    ConfirmationWithdrawn: "confirms",
}
"""The events that name a version of their own stream, and where."""


class NoSuchPlace(Exception):
    """What an event refers to is not in its stream any more."""


class Places:
    """Learns of the events in the order of the log."""

    def __init__(self) -> None:
        self._positions = array("q", [0])
        self._versions: dict[str, array[int]] = {}

    def begin(self, position: int) -> None:
        """The next event of the source has what takes its place from a position on."""
        self._positions.append(position)

    def note(self, source: RecordedEvent, first: RecordedEvent | None) -> None:
        """The first event of what took an event's place; None where nothing did."""
        stays = first is not None and first.stream_id == source.stream_id
        versions = self._versions.setdefault(source.stream_id, array("q"))
        versions.append(first.version if first is not None and stays else 0)

    def moved(self, event: Any, stream_id: str) -> Any:
        """An event with what it refers to where that is now; the same one where that is nothing.

        Raises:
            NoSuchPlace: that was left out, or went to another stream.
        """
        if isinstance(event, ClockCorrected):
            known = 0 < event.from_position < len(self._positions)
            place = self._positions[event.from_position] if known else event.from_position
            return event if place == event.from_position else replace(event, from_position=place)
        field = _VERSIONS_IN.get(type(event))
        if field is None:
            return event
        was = getattr(event, field)
        versions = self._versions.get(stream_id, ())
        version = versions[was - 1] if 0 < was <= len(versions) else 0
        if not version:
            raise NoSuchPlace(f"version {was} of {stream_id}, which it refers to, is not there")
        return event if version == was else replace(event, **{field: version})
