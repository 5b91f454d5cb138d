"""Reading the log where a transaction was told as it began what it is going to read."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.eventstore.appending import Tail
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.reader import PostgresqlReader
from ledger.eventstore.records import KeyRecord, RecordedEvent


class ForeseeingReader(PostgresqlReader):
    """A reader that asks the server only for what the transaction was not told already."""

    def read_stream(
        self,
        stream_id: str,
        *,
        after_version: int = 0,
        to_version: int | None = None,
        effective_to: int | None = None,
        effective_after: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[RecordedEvent]:
        if to_version is effective_to is effective_after is None and not newest_first:
            events = self._session.foreseen.events_after(stream_id, after_version)
            if events is not None:
                return iter(events)
        return super().read_stream(
            stream_id,
            after_version=after_version,
            to_version=to_version,
            effective_to=effective_to,
            effective_after=effective_after,
            newest_first=newest_first,
        )

    def key_records(self, key: str | None = None, *, prefix: str = "") -> Iterator[KeyRecord]:
        found = None if key is None else self._session.foreseen.key_record(key)
        return super().key_records(key, prefix=prefix) if found is None else iter(found)

    def _read_tail(self, stream_id: str) -> Tail:
        found = self._session.foreseen.streams.get(stream_id)
        if found is None:
            return super()._read_tail(stream_id)
        number, tail = found
        if number:
            self._stream_nos[stream_id] = number
        return tail

    def recorded_of(
        self, rows: list[Row], streams: dict[int, tuple[str, str]]
    ) -> list[RecordedEvent]:
        """The events that rows hold, from the id and type of each stream by its number."""
        self._streams |= streams
        return self._recorded(rows)
