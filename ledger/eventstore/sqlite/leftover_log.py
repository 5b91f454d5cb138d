"""Whether a write-ahead log that was left beside a ledger goes on where that ledger ends.

SQLite cannot tell: it applies whatever log bears the database's name, to any database. So a ledger
that was put in the place of another one, whose last writer was killed, would become a mixture of
both. A hash chain can tell: the first event follows from the ledger's id, and each later one from
the event before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

import apsw

from ledger.errors import ForeignFile
from ledger.eventstore.hash_chain import chain_hash, genesis, text_digest
from ledger.eventstore.sqlite.beside import quoted
from ledger.eventstore.sqlite.schema import guard

_SMALLEST_EVENT: Final = 100
"""Bytes that an event takes in a log, at least."""

_ANYWHERE: Final = (b"", b"")
"""In the place of two hashes: something cannot be read."""

_NEWEST_EVENTS: Final = """
    SELECT
        hash, position, stream_id, aggregate_type, version, event_type, schema_version, data, text,
        salt, metadata, effective_at, recorded_at, backdated
    FROM events JOIN streams USING (stream_no) ORDER BY position DESC LIMIT ?
"""


@contextmanager
def own_log(real: str) -> Iterator[None]:
    """See that a database's log is its own, and keep others from looking within the block.

    The caller begins to use the database within it, so that the next one sees that it is in use.

    Args:
        real: path of the database, without links; this process has not opened it.

    Raises:
        ForeignFile: the log goes on from another ledger, or from another state of this one.
        OSError, apsw.Error: one of the files cannot be opened.
    """
    with _turn(f"{real}-wal"):
        if not _goes_on(real):
            raise ForeignFile(
                f"{real}-wal holds writes to another file than {real}, and nothing was read of it",
                advice="if this ledger was put there from elsewhere, move what lies beside it "
                "away; else put the file back that was there before",
                path=f"{real}-wal",
            )
        yield


@contextmanager
def _turn(path: str) -> Iterator[None]:
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:  # not on this system
        yield
        return
    with open(path, "rb") as log:
        flock(log, LOCK_EX)  # SQLite takes no locks on it
        yield


def _goes_on(real: str) -> bool:
    """Whether the log fits; what is wrong without it already says nothing against it."""
    count = os.stat(f"{real}-wal").st_size // _SMALLEST_EVENT + 1
    try:
        ledger_id, broken = _look(_with_log(real), count)
    except apsw.BusyError:  # whoever has it open has seen to it
        return True
    id_without, broken_without = _look(_without_log(real), count)
    if broken_without == _ANYWHERE:  # its writer was killed while he carried the log over
        return broken != _ANYWHERE or ledger_id is None
    return ledger_id == id_without and broken in (None, broken_without)


def _look(connection: apsw.Connection, count: int) -> tuple[str | None, tuple[bytes, bytes] | None]:
    """A ledger's id, and the hashes of the newest two events that do not follow, if there are any.

    Raises:
        apsw.BusyError: somebody else uses the file.
    """
    with closing(connection):
        ledger_id = None
        try:
            guard(connection)
            ledger_id = str(connection.execute("SELECT ledger_id FROM ledger").get)
            return ledger_id, _broken(connection, ledger_id, count)
        except apsw.BusyError:
            raise
        except (apsw.Error, TypeError, ValueError):  # of damaged values
            return ledger_id, _ANYWHERE


def _broken(connection: apsw.Connection, ledger_id: str, count: int) -> tuple[bytes, bytes] | None:
    later: Sequence[Any] | None = None
    for row in connection.execute(_NEWEST_EVENTS, (count,)):
        if later is not None and not _follows(later, row[0], row[1]):
            return row[0], later[0]
        later, count = row, count - 1
    if later is not None and count and not _follows(later, genesis(ledger_id), 0):
        return genesis(ledger_id), later[0]
    return None


def _follows(event: Sequence[Any], hash_before: bytes, position_before: int) -> bool:
    digest, position, stream_id, aggregate_type, version, event_type, schema_version = event[:7]
    data, text, salt, metadata, effective_at, recorded_at, backdated = event[7:]
    return bool(position == position_before + 1) and digest == chain_hash(
        hash_before,
        position,
        stream_id,
        aggregate_type,
        version,
        event_type,
        schema_version,
        data,
        text_digest(text, salt),
        metadata,
        effective_at,
        recorded_at,
        backdated,
    )


def _with_log(real: str) -> apsw.Connection:
    """The database and its log, of which nothing is carried over, nor shared with others."""
    connection = apsw.Connection(real, flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        _as_data(connection)
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    except BaseException:
        connection.close()
        raise
    return connection


def _without_log(real: str) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"file:{quoted(real)}?immutable=1", flags=flags)
    _as_data(connection)
    return connection


def _as_data(connection: apsw.Connection) -> None:
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0)
    connection.execute("PRAGMA trusted_schema = OFF")
