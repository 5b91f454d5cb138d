"""Events of somebody's own, beside the accounts in the same log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ledger.api.wiring import Wired
from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Aggregate, Event
from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.instant import effective_time
from ledger.domain.validation import is_id
from ledger.errors import InvalidOption

if TYPE_CHECKING:
    from ledger.commands.arguments import TimeLike
    from ledger.commands.ledger_events import LedgerEvent

AnyAggregate = TypeVar("AnyAggregate", bound=Aggregate[Any, Any])


class OwnAggregates(Wired):
    """Aggregates of other kinds than accounts: what they are, their class says."""

    def load(self, kind: type[AnyAggregate], stream_id: str) -> AnyAggregate:
        """An aggregate of one's own as it is now; at version 0 where nothing has happened to it.

        Args:
            kind: its class; accounts have methods of their own.
            stream_id: its id: a dollar sign, and then what an account could be called.

        Raises:
            InvalidOption: it can have no such id, or another kind of aggregate has it.
        """
        from ledger.commands.repository import fold

        if issubclass(kind, BankAccount | Book):
            raise InvalidOption(
                f"a {kind.aggregate_type} is changed by commands alone",
                advice="derive a class of your own",
            )
        if not stream_id.startswith("$") or not is_id(stream_id[1:]):
            raise InvalidOption(
                f"{stream_id!a} cannot be the id of a {kind.aggregate_type}",
                advice="use $ and then letters, digits and . _ : -, so that it is no account's",
            )
        first = next(self._store.read_stream(stream_id, to_version=1), None)
        found = kind.aggregate_type if first is None else first.aggregate_type
        if found != kind.aggregate_type or stream_id == BOOK_STREAM:
            raise InvalidOption(
                f"{stream_id} is a {found}, not a {kind.aggregate_type}", advice="use another id"
            )
        aggregate = kind(stream_id)
        fold(aggregate, self._store.read_stream(stream_id))
        return aggregate

    def append(
        self, aggregate: Aggregate[Any, Any], *events: Event, at: TimeLike = None
    ) -> list[LedgerEvent]:
        """Record what has happened to an aggregate of one's own, all or nothing.

        Its rules are asked again, under the write lock. A locked period does not matter to them.

        Args:
            aggregate: as it was loaded; the events are applied to it.
            events: of its types, in their order.
            at: when they happened; now if left out.

        Raises:
            VersionConflict: something has happened to it since it was loaded.
            RuleViolation: its rules refuse an event.
            InvalidOption: an event is of no type of this kind of aggregate.
            InvalidTime: the time lies in the future.
        """
        from ledger.commands.ledger_events import LedgerEvent
        from ledger.eventstore.appending import version_conflict
        from ledger.eventstore.codec import new_event
        from ledger.eventstore.records import StreamWrite

        times = self._source.times
        happened = times.period_start(at)
        with self._store.transaction():
            now = times.now()
            if happened is not None:
                effective_time(happened, now)
            fresh = self.load(type(aggregate), aggregate.stream_id)
            if fresh.version != aggregate.version:
                raise version_conflict(fresh.stream_id, aggregate.version, fresh.version)
            for event in events:
                if type(event) not in fresh.event_types:
                    raise InvalidOption(
                        f"a {fresh.aggregate_type} has no events {type(event).__name__}",
                        advice="name the type in its event_types",
                    )
                fresh.check(event, now if happened is None else happened)
                fresh.apply(event, now if happened is None else happened)
            metadata = self._run_context().metadata("append")
            new = tuple(new_event(event, metadata, happened) for event in events)
            recorded = self._store.append(
                [StreamWrite(fresh.stream_id, fresh.aggregate_type, aggregate.version, new)],
                not_before=now,
            )
            self._dispatcher.project(recorded, events)
        for each, event in zip(recorded, events, strict=True):
            aggregate.apply(event, each.effective_at)
        self._dispatcher.publish(recorded)
        return [LedgerEvent(each, event) for each, event in zip(recorded, events, strict=True)]
