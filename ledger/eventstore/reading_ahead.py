"""Reading many streams together, for commands that are about to be carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import Snapshot


class StreamEnd(NamedTuple):
    """A stream from its newest usable snapshot on; of one that is not there, nothing.

    Attributes:
        events: what a fold needs of them; position, metadata, salt and hash are empty or 0.
    """

    stream_id: str
    snapshot: Snapshot | None
    events: Sequence[RecordedEvent]


@runtime_checkable
class ReadsAhead(Protocol):
    """A store in which many streams are read faster together than one by one."""

    def read_ahead(self, stream_ids: Sequence[str], fingerprint: str) -> Iterator[StreamEnd]:
        """Streams that are going to be appended to, in the caller's transaction.

        Those that are long since their snapshot may be left out.

        Args:
            fingerprint: of the fold whose snapshots can be used.
        """
