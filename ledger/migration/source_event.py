"""An event of an older ledger, as it is understood today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from ledger.domain.instant import to_datetime


class SourceEvent(msgspec.Struct, frozen=True, gc=False):
    """An event of the ledger that is migrated, which a transformation may replace by others.

    Where the ledger is of today's format, events of its book are not given; and what an event says
    of another one's version (`EntryReversed.reverses`) is that of the ledger that is migrated: it
    is changed to where that one has gone.

    Attributes:
        stream_id: the account's id.
        event: what happened, as the domain knows it today, with its free text, which is
            ``(erased)`` where that was erased. Of an aggregate that
            this process does not know it is None; such an event can be kept or left out.
        effective_us, recorded_us: µs UTC.
    """

    stream_id: str
    aggregate_type: str
    event: Any
    effective_us: int
    recorded_us: int

    @property
    def effective_at(self) -> datetime:
        """When it happened (UTC)."""
        return to_datetime(self.effective_us)

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded (UTC)."""
        return to_datetime(self.recorded_us)


Transform = Callable[[SourceEvent], Iterable[SourceEvent]]
"""Gives the events that take the place of one: the very same object to keep it as it is, changed
copies of it, or none. They follow one another in the log in the order in which they are given."""
