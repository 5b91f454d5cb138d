"""Events as rows of a table have them, in the order of columns that `EventColumns` names.

The text of an event is its digest where it was erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.eventstore.paging import Row
from ledger.eventstore.records import RecordedEvent

Streams = Mapping[int, tuple[str, str]]
"""The id and aggregate type of each stream, by its number."""


def events_in(rows: Sequence[Row], streams: Streams) -> list[RecordedEvent]:
    """The events that whole rows hold."""
    return [
        RecordedEvent(
            position,
            streams[stream_no][0],
            streams[stream_no][1],
            version,
            event_type,
            schema_version,
            data,
            text,
            salt,
            metadata,
            effective_at,
            recorded_at,
            backdated == 1,
            digest,
        )
        for (
            position,
            stream_no,
            version,
            event_type,
            schema_version,
            data,
            text,
            salt,
            metadata,
            effective_at,
            recorded_at,
            backdated,
            digest,
        ) in rows
    ]


def bare_events_in(rows: Sequence[Row], streams: Streams) -> list[RecordedEvent]:
    """The events that rows without what most folds do not need hold; that is empty, 0 or False."""
    return [
        RecordedEvent(
            position,
            streams[stream_no][0],
            streams[stream_no][1],
            version,
            event_type,
            schema_version,
            data,
            text,
            None,
            "",
            effective_at,
            0,
            False,
            b"",
        )
        for (
            position,
            stream_no,
            version,
            event_type,
            schema_version,
            data,
            text,
            effective_at,
        ) in rows
    ]
