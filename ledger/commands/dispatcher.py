"""Where events go once they are appended: to the projections inside the transaction, to subscribers
after it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from ledger.domain.aggregate import Event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.subscriptions import Subscribers
from ledger.eventstore.tables import ProjectionTable
from ledger.projections.projection import DecodedEvent
from ledger.projections.projector import Projector

PROJECT_EVERY: Final = 10_000
"""Events, some 10 MB of them: of many accounts in order, more neighbours are written together."""


class EventDispatcher:
    """Hands events on at once, or, while a bulk write is on, in runs.

    Args:
        defer_projections: leave the projections alone.
    """

    def __init__(
        self, projector: Projector, subscribers: Subscribers, *, defer_projections: bool
    ) -> None:
        self._projector = projector
        self._subscribers = subscribers
        self._deferred = defer_projections
        self._in_bulk = False
        self._unprojected: list[DecodedEvent] = []
        self._unpublished: list[RecordedEvent] = []

    def rows_of(self, stream_ids: Collection[str]) -> Mapping[ProjectionTable, Collection[str]]:
        """The keys of the rows that events of some streams are going to change, as far as known."""
        return {} if self._deferred else self._projector.rows_of(stream_ids)

    @property
    def foresees_rows(self) -> bool:
        """Whether those are all that events change, and hang on nothing but what a fold may see."""
        return self._deferred or not self._projector.own

    def project(self, recorded: Sequence[RecordedEvent], events: Sequence[Event]) -> None:
        """Take events that were just appended; the caller is inside their transaction."""
        if self._deferred:
            self._projector.keep_days(list(zip(recorded, events, strict=True)))
            return
        if not self._in_bulk:
            self._projector.project(list(zip(recorded, events, strict=True)))
            return
        self._unprojected.extend(zip(recorded, events, strict=True))
        if len(self._unprojected) >= PROJECT_EVERY:
            self._project_rest()

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Take events for the subscribers; the caller has left their transaction."""
        if not self._subscribers:
            return
        if self._in_bulk:
            self._unpublished += events
        else:
            self._subscribers.publish(events)

    def catch_up(self) -> None:
        """Bring the projections up after an append that handed no events over.

        As after any other append, a projection that has to be rebuilt stays as it is.
        """
        if self._deferred:
            self._projector.keep_days()
        else:
            self._projector.keep_up()

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Collect; the projections get the rest at the end of the block, in the transaction."""
        self._in_bulk = True
        self._unpublished.clear()  # a commit that failed may have left something
        try:
            with self._projector.holding():
                yield
                self._project_rest()
        except BaseException:
            self._unpublished.clear()
            raise
        finally:
            self._in_bulk = False
            self._unprojected.clear()

    def publish_rest(self) -> None:
        """Tell the subscribers what a bulk write did, now that it is committed."""
        events, self._unpublished = self._unpublished, []
        if events:
            self._subscribers.publish(events)

    def _project_rest(self) -> None:
        decoded, self._unprojected = self._unprojected, []
        self._projector.project(decoded)
