"""What a projection is."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.tables import ProjectionTable


class Projection(Protocol):
    """A name, a version, a table (all three in its spec), and a fold with one row a stream.

    The runner gives each event to a projection once: it skips positions at or below the checkpoint,
    and writes rows and checkpoint in one transaction. Raise the spec's version when the fold or the
    row comes to mean something else; the view then asks to be rebuilt.
    """

    @property
    def spec(self) -> ProjectionTable:
        """Its name, version and row."""

    def fold(self, row: Any | None, event: Any, recorded: RecordedEvent) -> msgspec.Struct | None:
        """The stream's row after an event; None is *no row*. It may change the row it is given."""
