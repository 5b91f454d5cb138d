"""Whether a write-ahead log that was left beside a ledger goes on where that ledger ends.

SQLite cannot tell: it applies whatever log bears the database's name, to any database. So a ledger
that was put in the place of another one, whose last writer was killed, would become a mixture of
both. The hash chain can tell: a log of its own adds events that follow from the ledger's last one.

That it does not is no proof of the contrary. The writer may have been killed while he carried the
log over, or have written no events. Then the ledger is looked at as a whole, with the log: a
mixture is no ledger.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import starmap
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, NamedTuple

import apsw

from ledger.errors import DamagedLedger, ForeignFile, LockTimeout
from ledger.eventstore.hash_chain import expected_hash
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.sqlite.beside import quoted
from ledger.eventstore.sqlite.interrupting import let_interrupt
from ledger.eventstore.sqlite.schema import guard

if TYPE_CHECKING:
    from ledger.eventstore.sqlite.files import IsWhole

_PAUSE: Final = 0.01
"""Seconds between two attempts to have a turn."""

_HEAD: Final = """
    SELECT (SELECT ledger_id FROM ledger), position, hash
    FROM events ORDER BY position DESC LIMIT 1
"""
_FROM: Final = f"""
    SELECT {", ".join(RecordedEvent.__struct_fields__)}
    FROM events JOIN streams USING (stream_no) WHERE position >= ? ORDER BY position
"""


@contextmanager
def own_log(real: str, is_whole: IsWhole, lock_timeout: float, *, doubtful: bool) -> Iterator[None]:
    """See that a database's log is its own, and keep others from looking within the block.

    The caller begins to use the database within it, so that the next one sees that it is in use.

    Args:
        real: path of the database, without links; this process has not opened it.
        is_whole: asked where the hash chain does not tell.
        lock_timeout: seconds to wait for another process that is looking.
        doubtful: whether to go on where nobody can tell, since nothing is to be carried over.

    Raises:
        ForeignFile: the log goes on from another ledger, or from another state of this one.
        LockTimeout: another process is looking for too long.
        DamagedLedger: the ledger is damaged with the log and without, so nobody can tell.
        OSError, apsw.Error: one of the files cannot be opened.
    """
    with _turn(f"{real}-wal", lock_timeout):
        its_own = _is_its_own(real, is_whole)
        if its_own is None and not doubtful:
            raise DamagedLedger(
                f"{real} is damaged, and nobody can tell whether {real}-wal holds writes to it",
                advice="keep both files as they are, and have the ledger diagnosed",
            )
        if its_own is False:
            raise ForeignFile(
                f"{real}-wal holds writes to another file than {real}, and nothing was read of it",
                advice="if this ledger was put there from elsewhere, move what lies beside it "
                "away; else put the file back that was there before",
                path=f"{real}-wal",
            )
        yield


@contextmanager
def _turn(path: str, lock_timeout: float) -> Iterator[None]:
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # not on this system
        yield
        return
    try:
        log = open(path, "rb")  # noqa: SIM115 - closed below, where there is one
    except FileNotFoundError:  # the last one who used it has closed the file meanwhile
        yield
        return
    with log:
        end, ours = monotonic() + lock_timeout, False
        while not ours:
            try:
                flock(log, LOCK_EX | LOCK_NB)  # SQLite takes no locks on it
                ours = True
            except BlockingIOError:
                sleep(_PAUSE)
            if not ours and monotonic() >= end:
                raise LockTimeout(
                    f"another process holds {path} for too long",
                    advice="try again later, or wait longer for the lock",
                )
        yield


def _is_its_own(real: str, is_whole: IsWhole) -> bool | None:
    """None where nobody can tell."""
    before = _end(real)
    try:
        with closing(_with_log(real)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
            if before and not _was_replaced(real) and _goes_on(connection, before):
                return True
            if is_whole(connection):
                return True
    except apsw.BusyError:  # whoever has it open has seen to it
        return True
    except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError):  # with the log it is no database
        pass
    with closing(_without_log(real)) as connection:
        return False if is_whole(connection) else None


class _End(NamedTuple):
    ledger_id: str
    position: int
    hash: bytes


def _was_replaced(real: str) -> bool:
    """Whether the database's file came there, or was written to, after the log was."""
    try:
        written = os.stat(f"{real}-wal").st_mtime_ns
    except FileNotFoundError:
        return False
    return os.stat(real).st_ctime_ns > written


def _end(real: str) -> _End | None:
    """Where the ledger ends without the log; None where that cannot be read."""
    with closing(_without_log(real)) as connection:
        try:
            guard(connection)
            row = connection.execute(_HEAD).fetchone()
        except (apsw.Error, UnicodeDecodeError):
            return None
    return None if row is None else _End(*row)


def _goes_on(connection: apsw.Connection, before: _End) -> bool:
    """Whether there are more events than before, and each follows from the one before it."""
    try:
        guard(connection)
        row = connection.execute(_HEAD).fetchone()
        if row is None:
            return False
        ledger_id, last, _ = row
        events = starmap(RecordedEvent, connection.execute(_FROM, (before.position,)))
        event = next(events)
        if _End(ledger_id, event.position, event.hash) != before:
            return False
        for later in events:
            if later.position != event.position + 1:
                return False
            if later.hash != expected_hash(event.hash, later):
                return False
            event = later
    except (apsw.Error, TypeError, ValueError, StopIteration):  # of values that cannot be
        return False
    return bool(before.position < event.position == last)


def _with_log(real: str) -> apsw.Connection:
    """The database and its log, of which nothing is carried over, nor shared with others."""
    connection = apsw.Connection(real, flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        _run_nothing(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _without_log(real: str) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"file:{quoted(real)}?immutable=1", flags=flags)
    _run_nothing(connection)
    return connection


def _run_nothing(connection: apsw.Connection) -> None:
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_VIEW, 0)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.execute("PRAGMA trusted_schema = OFF")
    let_interrupt(connection)
