"""The ids that events had in the older world: no event comes in twice."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from ledger.errors import ImportRefused
from ledger.eventstore.store import EventStore

_LENGTH: Final = 16
"""Bytes that are kept of an id: a whole UUID, or a digest of what is none."""


class OlderIds:
    """The ids in one log, each with its line.

    A log of a million events takes some 150 MB here.
    """

    def __init__(self) -> None:
        self._lines: dict[bytes, int] = {}

    def add(self, event_id: str, line: int) -> None:
        """Take note of an event.

        Args:
            line: 1-based.

        Raises:
            ImportRefused: an earlier line has its id.
        """
        earlier = self._lines.setdefault(_key(event_id), line)
        if earlier != line:
            raise ImportRefused(
                f"the event_id {_shown(event_id)} is already on line {earlier}",
                advice="each event has an id of its own; remove the duplicate line, or correct "
                "its id",
                event_id=_shown(event_id),
                earlier_line=earlier,
            )

    def check_stored(self, store: EventStore, to_position: int) -> None:
        """See that none of them was imported before; that reads the log once.

        Args:
            to_position: where the log ended before this import.

        Raises:
            ImportRefused: the event at a position has the id of a line.
        """
        for event in store.read_all(to_position=to_position):
            event_id = _imported_id(event.metadata)
            line = None if event_id is None else self._lines.get(_key(event_id))
            if event_id is not None and line is not None:
                raise ImportRefused(
                    f"the event_id {_shown(event_id)} was imported before: the event at position "
                    f"{event.position} has it",
                    advice="each event is imported once; remove the line, or correct its id",
                    event_id=_shown(event_id),
                    position=event.position,
                ).at_line(line)


class _Older(msgspec.Struct, frozen=True, gc=False):
    event_id: str | None = None


class _Metadata(msgspec.Struct, frozen=True, gc=False):
    imported: _Older | None = None


_decode: Final = msgspec.json.Decoder(_Metadata).decode


def _imported_id(metadata: str) -> str | None:
    """The id that an event had in the older world; None where it does not come from there."""
    if '"imported"' not in metadata:
        return None
    try:
        older = _decode(metadata).imported
    except msgspec.MsgspecError:  # which a verification tells
        return None
    return None if older is None else older.event_id


def _key(event_id: str) -> bytes:
    """The same for all spellings of a UUID."""
    if len(event_id) in (32, 36):
        try:
            number = bytes.fromhex(event_id.replace("-", ""))
        except ValueError:
            number = b""
        if len(number) == _LENGTH:
            return number
    return blake2b(event_id.encode(), digest_size=_LENGTH).digest()


def _shown(event_id: str) -> str:
    return event_id if len(event_id) <= 40 else event_id[:37] + "..."
