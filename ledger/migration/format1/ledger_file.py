"""A ledger file of format 1."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import apsw

from ledger.errors import DamagedLedger, LedgerError, NotALedger, StorageFailure
from ledger.migration.format1.events import Format1Event, SourceHead, genesis
from ledger.migration.format1.read_only_files import connect_for_reading
from ledger.migration.format1.source import FileState, Source, Unreadable, written_to

APPLICATION_ID: Final = 0x4C444752
FORMAT: Final = 1
ARCHIVED_FORMAT: Final = FORMAT + 2
"""Of a file of today's that has an archive."""

MOVE: Final = "there is nothing to migrate; its log can be moved as it is, archive and all"

_BEFORE_ALL: Final = -(2**63)
"""Before any position, those included that no log should have."""

_SINGLE_STEPS: Final = 2_048
"""Positions; past one that cannot be read, so many are tried one by one."""

_TABLES: Final = {
    "ledger": """CREATE TABLE ledger (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    ledger_id  TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT""",
    "streams": """CREATE TABLE streams (
    stream_no      INTEGER PRIMARY KEY,
    stream_id      TEXT NOT NULL UNIQUE,
    aggregate_type TEXT NOT NULL
) STRICT""",
    "events": """CREATE TABLE events (
    position       INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_no      INTEGER NOT NULL REFERENCES streams (stream_no),
    version        INTEGER NOT NULL CHECK (version > 0),
    event_type     TEXT    NOT NULL,
    schema_version INTEGER NOT NULL CHECK (schema_version > 0),
    data           TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    effective_at   INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL CHECK (recorded_at >= effective_at),
    backdated      INTEGER NOT NULL CHECK (backdated IN (0, 1)),
    hash           BLOB    NOT NULL CHECK (length(hash) = 32),
    UNIQUE (stream_no, version)
) STRICT""",
}
"""The tables that are read. The rest of such a file is made from them, and of no account here."""

_EVENTS: Final = (
    "SELECT position, stream_no, version, event_type, schema_version, data, metadata, "
    "effective_at, recorded_at, backdated, hash FROM events"
)
_EVENT_TYPES: Final = (int, int, int, str, int, str, str, int, int, int, bytes)


class LedgerFile(Source):
    """A ledger file, read without changing it or anything beside it.

    Args:
        path: of a regular file, not an empty one.

    Raises:
        NotALedger: it is another application's, or of another format.
        DamagedLedger: it is a ledger with parts missing.
        StorageFailure: it cannot be opened.
        apsw.NotADBError: it is no SQLite file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._real = os.path.realpath(path)
        self._streams: dict[int, tuple[str, str]] = {}
        self._states = self._look()
        try:
            self._connection = connect_for_reading(self._real)
        except apsw.NotADBError:
            raise
        except apsw.Error as error:
            raise self._translated(error) from error
        try:
            self._check_format()
            self._check_tables()
            self.ledger_id, self.created_at = self._identity()
            self.head = self._last()
        except (apsw.Error, UnicodeDecodeError) as error:
            self.close()
            raise self._translated(error) from error
        except BaseException:
            self.close()
            raise

    def records(self) -> Iterator[Format1Event | Unreadable]:
        after, last = _BEFORE_ALL, self.head.position
        while after < last:
            with suppress(DamagedLedger):  # which is looked for below
                for row in self._rows(f"{_EVENTS} WHERE position > ? ORDER BY position", after):
                    yield self._record(row)
                    after = row[0]
                return
            after = max(after, 0)
            end = min(after + _SINGLE_STEPS, last)
            for position in range(after + 1, end + 1):
                yield from self._single(position)
            after = end

    def stream_ids(self) -> Iterator[str]:
        with suppress(DamagedLedger):  # the events that need what is damaged tell of it
            for (stream_id,) in self._rows("SELECT stream_id FROM streams"):
                yield str(stream_id)

    def longest(self) -> int:
        # SQLite keeps count of the positions that it has given out, and gives none out twice.
        sql = "SELECT max(seq) FROM sqlite_sequence WHERE name = 'events'"
        with suppress(DamagedLedger):  # the log itself is read anyway
            for (given,) in self._rows(sql):
                if isinstance(given, int):
                    return max(given, self.head.position)
        return self.head.position

    def check_unchanged(self) -> None:
        if self._look() != self._states:
            raise written_to(self.path)

    def close(self) -> None:
        self._connection.close()

    def _look(self) -> tuple[FileState | None, FileState | None]:
        return self._state(self._real), self._state(f"{self._real}-wal")

    def _state(self, path: str) -> FileState | None:
        """The state of a file; an empty log is none, since readers leave such a one."""
        try:
            found = os.stat(path)
        except OSError:
            return None
        return FileState.of(found) if found.st_size else None

    def _check_format(self) -> None:
        if self._connection.pragma("application_id") != APPLICATION_ID:
            raise NotALedger(
                f"{self.path} is an SQLite file of another application",
                advice="check the path; the file was left as it is",
            )
        check_format(self.path, self._connection.pragma("user_version"))

    def _check_tables(self) -> None:
        found = dict(
            self._connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        )
        missing = sorted(_TABLES.keys() - found.keys())
        if missing:
            raise self._damaged(f"{', '.join(missing)} missing from its schema")
        for name, statement in _TABLES.items():
            if str(found[name]).split() != statement.split():
                raise self._damaged(f"the table {name} differs from the one that ledger makes")

    def _identity(self) -> tuple[str, int]:
        row = self._connection.execute("SELECT ledger_id, created_at FROM ledger").fetchone()
        if row is None:
            raise self._damaged("the ledger's id is missing")
        if (type(row[0]), type(row[1])) != (str, int):
            raise self._damaged("the ledger's id cannot be read")
        return row[0], row[1]

    def _last(self) -> SourceHead:
        row = self._connection.execute(
            "SELECT position, hash FROM events ORDER BY position DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return SourceHead(0, genesis(self.ledger_id))
        if type(row[1]) is not bytes:
            raise self._damaged(f"event {row[0]} has no hash")
        return SourceHead(row[0], row[1])

    def _single(self, position: int) -> Iterator[Format1Event | Unreadable]:
        try:
            for row in self._rows(f"{_EVENTS} WHERE position = ?", position):
                yield self._record(row)
        except DamagedLedger as error:
            yield Unreadable(error.message, position, span=True)

    def _record(self, row: tuple[Any, ...]) -> Format1Event | Unreadable:
        position, stream_no = row[0], row[1]
        try:
            stream = self._streams.get(stream_no) or self._stream(stream_no)
        except DamagedLedger as error:
            return Unreadable(error.message, position, span=True)
        if tuple(map(type, row)) != _EVENT_TYPES:
            return Unreadable("the event is not stored as events are", position, None, stream[0])
        return Format1Event(
            position,
            stream[0],
            stream[1],
            row[2],
            row[3],
            row[4],
            row[5],
            row[6],
            row[7],
            row[8],
            row[9] == 1,
            row[10],
        )

    def _stream(self, stream_no: int) -> tuple[str, str]:
        sql = "SELECT stream_id, aggregate_type FROM streams WHERE stream_no = ?"
        for stream_id, aggregate_type in self._rows(sql, stream_no):
            if (type(stream_id), type(aggregate_type)) == (str, str):
                self._streams[stream_no] = (stream_id, aggregate_type)
                return stream_id, aggregate_type
        raise self._damaged(f"stream number {stream_no} has no id")

    def _rows(self, sql: str, *bindings: int) -> Iterator[tuple[Any, ...]]:
        """The rows of a query.

        Raises:
            DamagedLedger: the file is damaged where they are.
            StorageFailure: the disk fails, or somebody has written to the file.
        """
        try:
            yield from self._connection.execute(sql, bindings)
        except (apsw.Error, UnicodeDecodeError) as error:
            raise self._translated(error) from error

    def _translated(self, error: apsw.Error | UnicodeDecodeError) -> LedgerError:
        if self._look() != self._states:
            return written_to(self.path)
        if isinstance(error, UnicodeDecodeError):
            return self._damaged(f"a text in it is not UTF-8 ({error.reason})")
        if isinstance(error, (apsw.CorruptError, apsw.SQLError)):
            return self._damaged(_words(error))
        if isinstance(error, apsw.ReadOnlyError):
            return StorageFailure(
                f"a change of {self.path} was cut off, and must be undone from {self.path}-journal",
                advice="copy both files to a folder of their own, open the copy with the release "
                "that wrote it, then migrate the copy",
            )
        if isinstance(error, apsw.CantOpenError):
            return StorageFailure(
                f"{self.path} cannot be opened: {_words(error)}",
                advice="check that you may read the file and what lies beside it",
            )
        return StorageFailure(
            f"{self.path} could not be read: {_words(error)}",
            advice="check the disk; nothing was changed",
        )

    def _damaged(self, why: str) -> DamagedLedger:
        return damaged(self.path, why)


def check_format(path: str, found: int) -> None:
    """See that a ledger or an export says that it is of format 1.

    Raises:
        NotALedger: it is not; the error says what it is.
    """
    if found == FORMAT:
        return
    if found == FORMAT + 1:
        why = f"of format {found} already, which is today's"
        advice = (
            "there is nothing to migrate, unless it has events that an older program wrote; these "
            "can be written anew in their current form"
        )
    elif found == ARCHIVED_FORMAT:
        raise NotALedger(
            f"{path} is of today's format already, and has an archive",
            advice=MOVE,
            file_format=found,
            as_it_is=True,
        )
    elif found > FORMAT:
        why, advice = f"of format {found}, which is newer", "install the release that wrote it"
    else:
        why, advice = f"of format {found}, which no release has written", "check the path"
    raise NotALedger(f"{path} is {why}", advice=advice, file_format=found)


def damaged(path: str, why: str) -> DamagedLedger:
    """The error of a file that is a ledger, but not a whole one."""
    return DamagedLedger(
        f"{path} is damaged: {why}",
        advice="keep the file as it is, and go back to a backup",
        path=path,
    )


def _words(error: apsw.Error) -> str:
    return str(error).removeprefix(f"{type(error).__name__}: ")
