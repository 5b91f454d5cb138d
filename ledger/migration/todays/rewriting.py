"""The log of a ledger of today's format, event by event as it is in the new one.

The new log has the events of the old one at the same positions, and at its end says where they came
from. An event that needs no other data keeps its bytes, its text and the salt of that; of an erased
text the digest goes along, and with it the erasure that it follows from. Hashes are new: the log
begins with another id.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ledger.commands.context import Context
from ledger.domain.aggregate import ERASED, Event
from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.book_events import BookCreated, LedgerMigrated, LogArchived
from ledger.eventstore.appending import Tail, no_tail
from ledger.eventstore.codec import decode_event, encode_event
from ledger.eventstore.hash_chain import expected_hash, genesis
from ledger.eventstore.migrated_events import add_mark, mark_of
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.eventstore.surroundings import Surroundings
from ledger.migration.format1.findings import Finding
from ledger.migration.format1.json_members import rewrite_members
from ledger.migration.metadata_members import keep_of_imported, unrounded_members, with_members
from ledger.migration.opening import TODAYS_FORMAT
from ledger.migration.report import refuse_archived
from ledger.migration.source_event import SourceEvent, Transform
from ledger.migration.todays.places import NoSuchPlace, Places

COMMAND: Final = "migrate"

_NO_HASH: Final = bytes(32)


class NotCarriedOver(Exception):
    """What a transformation gave cannot be in a log.

    Attributes:
        finding: why.
    """

    def __init__(self, event: RecordedEvent, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(
            check="streams", message=message, position=event.position, account_id=event.stream_id
        )


class Rewriter:
    """Gives the events of a new log.

    Args:
        source: verified, and not changing any more.
        ledger_id: of the new ledger.
        surroundings: of the new ledger.
        lift: store every event in its current schema version.
        transform: replaces the events of accounts; None to keep all.

    Attributes:
        kept: how many events of older schema versions were kept as they came.
        lifted: how many were stored in their current one instead.
        versions: the last one of each stream.
    """

    def __init__(
        self,
        source: EventStore,
        ledger_id: str,
        surroundings: Surroundings,
        *,
        lift: bool,
        transform: Transform | None,
    ) -> None:
        self._source = source
        self._head = source.head()
        self._ledger_id = ledger_id
        self._surroundings = surroundings
        self._lift = lift
        self._transform = transform
        self._places = None if transform is None else Places()
        self._mark_key = surroundings.draw(self._head.position, "origin")
        self._position = 0
        self._hash = genesis(ledger_id)
        self._recorded_at = 0
        self._tails: dict[str, Tail] = {}
        self.kept = 0
        self.lifted = 0

    @property
    def versions(self) -> dict[str, int]:
        return {stream_id: tail.version for stream_id, tail in self._tails.items()}

    def replacing(self, recorded: RecordedEvent) -> Iterator[RecordedEvent]:
        """The events that take the place of the source's next one.

        Raises:
            NotCarriedOver: they cannot be in a log.
            InvalidUsage: parts of the source are in an archive.
        """
        places = self._places
        first: RecordedEvent | None = None
        if places is not None:
            places.begin(self._position + 1)
        for each in self._todays(recorded):
            placed = self._place(each)
            first = placed if first is None else first
            yield placed
        if places is not None:
            places.note(recorded, first)

    def origin(self, context: Context) -> RecordedEvent:
        """The last event, which says where the others came from.

        It has no run: whatever acts on the events of a run must not take it for a part of one.
        """
        source, head = self._source, self._head
        event = LedgerMigrated(
            source.ledger_id, TODAYS_FORMAT, f"{head.position}:{head.hash.hex()}"
        )
        metadata = msgspec.json.encode(
            {"actor": context.actor, "command": COMMAND}
            | {
                name: value
                for name, value in (
                    ("correlation_id", context.correlation_id),
                    ("causation_id", context.causation_id),
                )
                if value is not None
            }
        ).decode()
        data, text = encode_event(event)
        now = max(self._surroundings.now(self._position + 1), self._recorded_at)
        return self._place(
            RecordedEvent(
                0,
                BOOK_STREAM,
                Book.aggregate_type,
                0,
                type(event).__name__,
                event.schema_version,
                data,
                text,
                self._mark_key,
                metadata,
                now,
                now,
                False,
                _NO_HASH,
            )
        )

    def _todays(self, recorded: RecordedEvent) -> Iterator[RecordedEvent]:
        known = decode_event(recorded)
        if isinstance(known, LogArchived):
            refuse_archived()
        if isinstance(known, BookCreated):
            known = replace(known, ledger_id=self._ledger_id)
            yield self._stored(recorded, known, recorded)
            return
        if self._transform is None or recorded.stream_id == BOOK_STREAM:
            yield self._kept(recorded, known)
            return
        given = SourceEvent(
            recorded.stream_id,
            recorded.aggregate_type,
            known,
            recorded.effective_at,
            recorded.recorded_at,
        )
        for each in self._transform(given):
            if each is given:
                yield self._kept(recorded, known)
                continue
            if not isinstance(each.event, Event):
                raise TypeError(f"a transformation gave {each.event!r}, which is no event")
            if each.stream_id == BOOK_STREAM:
                message = f"no account can have the id {BOOK_STREAM}, which the ledger itself has"
                raise NotCarriedOver(recorded, message)
            moved = replace(
                recorded,
                stream_id=each.stream_id,
                aggregate_type=each.aggregate_type,
                effective_at=each.effective_us,
                recorded_at=each.recorded_us,
            )
            yield self._stored(recorded, self._referring(recorded, each.event), moved)

    def _kept(self, recorded: RecordedEvent, known: Any) -> RecordedEvent:
        """An event that is to be what it was."""
        todays = self._referring(recorded, known)
        if todays is not known:
            return self._stored(recorded, todays, recorded)
        if recorded.schema_version < known.schema_version:
            if self._lift:
                return self._stored(recorded, known, recorded)
            self.kept += 1
        # The older world's events that name ids of today's are stored in today's form already.
        return replace(recorded, metadata=self._metadata(recorded, lifted=self._lift))

    def _referring(self, recorded: RecordedEvent, event: Any) -> Any:
        """The event with what it refers to in its new place."""
        if self._places is None:
            return event
        try:
            return self._places.moved(event, recorded.stream_id)
        except NoSuchPlace as error:
            raise NotCarriedOver(recorded, str(error)) from None

    def _stored(
        self, recorded: RecordedEvent, event: Event, placed: RecordedEvent
    ) -> RecordedEvent:
        """An event as it is stored today, in the stream and at the times of ``placed``."""
        self.lifted += recorded.schema_version < event.schema_version
        data, words = encode_event(event)
        text: str | bytes | None = words
        salt = None
        if words == ERASED and recorded.erased:
            text = recorded.text
        elif words is not None:
            salt = recorded.salt if words == recorded.text else None
            salt = salt or next(self._surroundings.salts(self._position + 1, 1))
        return replace(
            placed,
            event_type=type(event).__name__,
            schema_version=event.schema_version,
            data=data,
            text=text,
            salt=salt,
            metadata=self._metadata(recorded, lifted=True),
        )

    def _metadata(self, recorded: RecordedEvent, *, lifted: bool) -> str:
        metadata = recorded.metadata
        if lifted and '"imported"' in metadata:
            metadata = rewrite_members(metadata, _without_people)
        added = (
            unrounded_members(recorded.event_type, recorded.schema_version, recorded.data)
            if lifted
            else []
        )
        mark = mark_of(recorded.position, recorded.hash.hex(), self._mark_key)
        if '"migrated"' in metadata:
            metadata = rewrite_members(
                metadata,
                lambda name, value: add_mark(value, mark) if name == "migrated" else value,
            )
        else:
            added.append(f'"migrated":"{mark}"')
        return with_members(metadata, added) if added else metadata

    def _place(self, event: RecordedEvent) -> RecordedEvent:
        """The event at the end of the log."""
        tail = self._tails.get(event.stream_id)
        if tail is None:
            tail = self._tails[event.stream_id] = no_tail()
        self._position += 1
        tail.version += 1
        placed = replace(
            event,
            position=self._position,
            version=tail.version,
            backdated=event.effective_at < tail.highest_effective_at,
        )
        tail.highest_effective_at = max(tail.highest_effective_at, event.effective_at)
        self._hash = expected_hash(self._hash, placed)
        self._recorded_at = event.recorded_at
        return replace(placed, hash=self._hash)


def _without_people(name: str, value: str) -> str:
    return rewrite_members(value, keep_of_imported) if name == "imported" else value
