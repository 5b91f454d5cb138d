"""How far the log has been published, and where to; kept by the store beside the log.

Nothing else is kept of what is published: the log itself is what is still to be sent. A checkpoint
is not made from the log, but to lose one costs only that events are published once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import msgspec


class Publication(msgspec.Struct, frozen=True):
    """A place that the log is published to, and how far.

    Attributes:
        name: what tells it from the others.
        target: where to, without any secret.
        position: the last one that the target has acknowledged; 0 for none.
        hash: of the event there, or of the ledger's id for none.
    """

    name: str
    target: str
    position: int
    hash: bytes


class PublicationStore(Protocol):
    """Where checkpoints are kept; part of an event store. Each write is a transaction, or joins."""

    def read(self) -> Sequence[Publication]:
        """All publications, by name."""

    def save(self, publication: Publication, before: Publication | None) -> bool:
        """Keep a publication, by compare-and-set.

        Args:
            before: what is kept under the name now; None for nothing.

        Returns:
            False where something else is; nothing was written then.
        """

    def forget(self, name: str) -> bool:
        """Keep nothing of a publication any more; gives whether there was one."""


@runtime_checkable
class Publishes(Protocol):
    """A store that remembers how far its log has been published."""

    @property
    def publications(self) -> PublicationStore:
        """The checkpoints."""
