"""What every aggregate is: an identity, a version, and a fold over its events."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from ledger.domain.events import Event


class Aggregate:
    """A consistency boundary: one stream, one set of rules.

    Its command methods check the rules against the current state and *produce* events; they change
    nothing. `apply` is the fold, the only place where state changes, and it never refuses: what is
    recorded has happened.

    Attributes:
        stream_id: the id of its stream.
        version: how many of its events have been applied; 0 is *no stream*.
    """

    aggregate_type: ClassVar[str]

    __slots__ = ("stream_id", "version")

    def __init__(self, stream_id: str, version: int = 0) -> None:
        self.stream_id = stream_id
        self.version = version

    @abstractmethod
    def apply(self, event: Event, effective_at: int) -> None:
        """Fold one event, effective at an instant (µs UTC), into the state."""
