"""Reading all that a command is going to look at together, where each question costs a trip."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import msgspec

from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.tables import Key, ProjectionTable


class Touched(msgspec.Struct, frozen=True):
    """What a command is going to look at, as far as it is known before.

    Attributes:
        streams: the ids of streams, each with the version that the caller has it at: what came
            after that is wanted. With 0 that is the newest usable snapshot and what came after it.
        fingerprint: of the fold whose snapshots can be used.
        key: the idempotency key, where there is one.
        rows: the keys of the rows of projections.
    """

    streams: Mapping[str, int]
    fingerprint: str
    key: str | None
    rows: Mapping[ProjectionTable, Collection[Key]]


class Overtaken(Exception):
    """What a proposal rests on is not so any more, or it holds what cannot be proposed.

    Nothing was written; to decide again under the write lock is always right.
    """


class Proposal(Protocol):
    """What was appended in its block, once that is over.

    Attributes:
        recorded: the events as they are stored. In the block their positions, hashes and recorded
            times are not known yet: those of `ledger.eventstore.store.EventStore.append` are what
            they would be if nobody else wrote. Their versions and effective times are theirs.
    """

    recorded: Sequence[RecordedEvent]


@runtime_checkable
class ReadsTogether(Protocol):
    """A store in which it is faster to name beforehand what a transaction reads.

    So a command is best decided inside of its transaction, or as a proposal to the store.
    """

    def transaction_touching(self, touched: Touched) -> AbstractContextManager[None]:
        """A transaction like any other; what is named is read as it begins.

        What is not named can be read as usual, and what is written inside is seen as usual.
        """

    def proposal(self, touched: Touched) -> AbstractContextManager[Proposal]:
        """The same, decided while others may write: nobody waits for what is decided in the block.

        At its end the store takes the write lock, sees that the streams, the key and the
        projections are as they were read, and gives the events their place after all others.

        Raises:
            Overtaken: they are not, or more was written than events in streams that are there and
                rows of projections that are there.
        """
