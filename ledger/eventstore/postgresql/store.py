"""The event store in a schema of a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from ledger.eventstore.postgresql.appender import PostgresqlAppender
from ledger.eventstore.postgresql.connecting import connect
from ledger.eventstore.postgresql.opening import look
from ledger.eventstore.postgresql.pending import Target
from ledger.eventstore.postgresql.place import ServerPlace
from ledger.eventstore.postgresql.publications import PostgresqlPublications
from ledger.eventstore.postgresql.session import Session
from ledger.eventstore.records import Clock, Head, Progress
from ledger.eventstore.store import LOCK_TIMEOUT, EventStore

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import ArchivedStream, SegmentRecord
    from ledger.eventstore.sql_views import SqlAnswer, SqlFunction

_DAYS: Final = Target(
    "local_days",
    (
        ("since", "int8"),
        ("utc_offset", "int8"),
        ("earliest_day", "int8"),
        ("book_version", "int8"),
    ),
)


class PostgresqlStore(PostgresqlAppender):
    """Implements `ledger.eventstore.store.EventStore`, and what only some stores have."""

    @classmethod
    def open(
        cls,
        url: str,
        clock: Clock,
        *,
        lock_timeout: float = LOCK_TIMEOUT,
        as_it_is: bool = False,
    ) -> PostgresqlStore:
        """Open the ledger at a URL.

        Args:
            as_it_is: open it though something in the schema is not the ledger's.

        Raises:
            InvalidOption: the URL is none.
            NoSuchLedger: there is none.
            NotALedger: it is another program's, or a newer release's.
            DamagedLedger: a part is missing, or something in the schema is not the ledger's.
            StorageFailure: the server cannot be reached, or refuses.
        """
        place = ServerPlace(url)
        connection = connect(place)
        try:
            number, now = look(connection, place, as_it_is=as_it_is)
        except BaseException:
            connection.close()
            raise
        return cls(Session(connection, place, number, now, lock_timeout), clock)

    @classmethod
    def draft(
        cls, url: str, ledger_id: str, clock: Clock, *, lock_timeout: float = LOCK_TIMEOUT
    ) -> PostgresqlStore:
        """Begin a new ledger at a URL where there is none; `publish` lets it be seen.

        Raises:
            LedgerAppeared: there is one.
            StorageFailure: it cannot be made.
        """
        from ledger.eventstore.postgresql.drafts import begin  # few commands make a ledger

        place = ServerPlace(url)
        connection = connect(place)
        number, now = begin(connection, place, ledger_id, lock_timeout)
        return cls(Session(connection, place, number, now, lock_timeout, is_draft=True), clock)

    @property
    def own_clock(self) -> Clock:
        """The server's, by which all who write to it go."""
        return self._session.clock

    @property
    def location(self) -> str | None:
        return None if self._session.is_draft else self._session.place.shown

    @property
    def publications(self) -> PostgresqlPublications:
        """How far the log has been published."""
        return PostgresqlPublications(self._session)

    def publish(self) -> None:
        """Commit a draft and close it; a store that is none is just closed."""
        try:
            if self._session.is_draft:
                self._session.publish()
        finally:
            self.close()

    def close(self) -> None:
        self.archive.close()
        self._session.close()

    # ── what is made from the log ───────────────────────────────────────────────────────────────

    def backup(
        self,
        destination: str,
        *,
        replace: bool,
        check: Callable[[EventStore], None],
        progress: Progress | None = None,
    ) -> Head:
        from ledger.eventstore.postgresql.file_copy import copy_to_file  # most commands make none

        return copy_to_file(self, destination, replace=replace, check=check, progress=progress)

    def repair(self) -> list[str]:
        from ledger.eventstore.postgresql.repair import repair  # most commands repair nothing

        with self._session.transaction():
            self.tables.forget()
            return repair(self._session)

    def erase_texts(self, positions: Iterable[int]) -> int:
        from ledger.eventstore.postgresql.erasing import erase_texts  # most erase nothing

        with self._session.transaction():
            return erase_texts(self._session, positions)

    def empty_projection(self, name: str) -> None:
        from ledger.eventstore.postgresql.erasing import empty_projection

        with self._session.transaction():
            self.tables.forget()
            empty_projection(self._session, name)

    def scrub(self) -> None:
        from ledger.eventstore.postgresql.erasing import scrub

        scrub(self._session)

    def answer_sql(
        self, query: str, functions: Sequence[SqlFunction] = (), *, timeout: float
    ) -> AbstractContextManager[SqlAnswer]:
        from ledger.eventstore.postgresql.queries import answer_sql  # few commands ask in SQL

        return answer_sql(self._session.place, self.ledger_id, query, functions, timeout)

    def keep_local_days(self, rows: Iterable[Sequence[int | None]]) -> None:
        with self._session.transaction():
            self._session.run("DELETE FROM local_days")
            days = [tuple(row) for row in rows]
            if days:
                self._session.copy(_DAYS, days)

    # ── what leaves the log ─────────────────────────────────────────────────────────────────────

    def check_may_put_away(self) -> None:
        from ledger.eventstore.postgresql.archiving import check_may_put_away

        with self._session.transaction():
            check_may_put_away(self._session)

    def put_away(self, segment: SegmentRecord, streams: Iterable[ArchivedStream]) -> None:
        from ledger.eventstore.postgresql.archiving import put_away  # few commands archive

        with self._session.transaction():
            put_away(self._session, segment, streams, self.archive.position)

    def replace_segment(self, segment: SegmentRecord) -> None:
        from ledger.eventstore.postgresql.archiving import replace_segment

        with self._session.transaction():
            replace_segment(self._session, segment)

    def replace_state(self, stream: ArchivedStream) -> None:
        from ledger.eventstore.postgresql.archiving import replace_state

        with self._session.transaction():
            replace_state(self._session, stream)

    def shrink(self) -> None:
        from ledger.eventstore.postgresql.archiving import shrink

        shrink(self._session)

    def size(self) -> int:
        from ledger.eventstore.postgresql.archiving import size

        return size(self._session)
