"""Reading all that a command is going to look at together, where each question costs a trip."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import msgspec

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


@runtime_checkable
class ReadsTogether(Protocol):
    """A store in which it is faster to name beforehand what a transaction reads.

    So a command is best decided inside of its transaction.
    """

    def transaction_touching(self, touched: Touched) -> AbstractContextManager[None]:
        """A transaction like any other; what is named is read as it begins.

        What is not named can be read as usual, and what is written inside is seen as usual.
        """
