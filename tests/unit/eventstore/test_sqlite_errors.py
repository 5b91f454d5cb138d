"""SQLite's failures, each brought about for real, as the ledger's errors."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import msgspec
import pytest

from ledger.errors import DamagedLedger, LedgerError, LockTimeout, NotALedger, StorageFailure
from ledger.eventstore.sqlite import SqliteStore
from ledger.eventstore.sqlite.errors import translate
from ledger.eventstore.sqlite.files import connect
from ledger.eventstore.sqlite.session import Session
from ledger.eventstore.store import stream_version, version_at
from ledger.eventstore.tables import ProjectionTable
from tests.support.appends import appended, deposit, deposits, log_of
from tests.support.clock import Clock
from tests.support.eventstore.file_size_limit import no_file_beyond
from tests.support.eventstore.store_files import made, opened
from tests.support.lock_holder import locked
from tests.support.log_editing import edit_file

Fault = Callable[[apsw.Connection, Path], object]


def busy(connection: apsw.Connection, path: Path) -> None:
    with locked(path, "BEGIN IMMEDIATE"):
        connection.execute("BEGIN IMMEDIATE")


def table_locked(connection: apsw.Connection, _: Path) -> None:
    unfinished = connection.execute("SELECT * FROM streams, events")
    next(unfinished)
    connection.execute("DROP TABLE snapshots")


def disk_full(connection: apsw.Connection, _: Path) -> None:
    connection.pragma("max_page_count", 1)
    connection.execute("CREATE TABLE more (x); INSERT INTO more VALUES (zeroblob(1000000))")


def file_too_large(connection: apsw.Connection, _: Path) -> None:
    with no_file_beyond(4_096):
        connection.execute("CREATE TABLE more (x); INSERT INTO more VALUES (zeroblob(1000000))")


def read_only(connection: apsw.Connection, _: Path) -> None:
    connection.pragma("query_only", True)
    connection.execute("DELETE FROM snapshots")


def not_openable(_: apsw.Connection, path: Path) -> None:
    apsw.Connection(str(path.parent / "no" / "such" / "folder.db"))


def not_a_database(_: apsw.Connection, path: Path) -> None:
    text = path.parent / "notes.txt"
    text.write_text("not a database, by far\n" * 100)
    with closing(apsw.Connection(str(text))) as connection:
        connection.pragma("user_version")


def overwritten(_: apsw.Connection, path: Path) -> None:
    copy = path.parent / "copy.db"
    copy.write_bytes(path.read_bytes()[:4_096] + b"\xff" * (path.stat().st_size - 4_096))
    with closing(apsw.Connection(str(copy))) as connection:
        connection.execute("SELECT * FROM events").fetchall()


def wrong_sql(connection: apsw.Connection, _: Path) -> None:
    connection.execute("SELECT nowhere FROM events")


def broken_constraint(connection: apsw.Connection, _: Path) -> None:
    connection.execute("INSERT INTO ledger VALUES (1, 'twice')")


def wrong_type(connection: apsw.Connection, _: Path) -> None:
    connection.execute("INSERT INTO streams VALUES ('one', 'b', '')")


def too_big(connection: apsw.Connection, _: Path) -> None:
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, 1_000)
    connection.execute("SELECT zeroblob(2000)").fetchall()


def closed(connection: apsw.Connection, _: Path) -> None:
    connection.close()
    connection.execute("SELECT 1")


SQLITE_ERRORS: list[tuple[Fault, type[apsw.Error], type[LedgerError], str]] = [
    (busy, apsw.BusyError, LockTimeout, "holds the write lock of"),
    (table_locked, apsw.LockedError, LockTimeout, "holds the write lock of"),
    (disk_full, apsw.FullError, StorageFailure, "the disk is full: .* nothing was changed"),
    (file_too_large, apsw.IOError, StorageFailure, "could not be read or written: disk I/O error"),
    (read_only, apsw.ReadOnlyError, StorageFailure, "the file or its folder is read-only"),
    (not_openable, apsw.CantOpenError, StorageFailure, "cannot be opened: unable to open"),
    (not_a_database, apsw.NotADBError, NotALedger, "is not a ledger"),
    (overwritten, apsw.CorruptError, DamagedLedger, "is damaged: database disk image"),
    (wrong_sql, apsw.SQLError, DamagedLedger, "is damaged: no such column: nowhere"),
    (broken_constraint, apsw.ConstraintError, DamagedLedger, "is damaged: UNIQUE constraint"),
    (wrong_type, apsw.MismatchError, DamagedLedger, "is damaged: datatype mismatch"),
    (too_big, apsw.TooBigError, StorageFailure, "SQLite failed on .*: string or blob too big"),
    (closed, apsw.ConnectionClosedError, StorageFailure, "SQLite failed on .*closed"),
]


@pytest.fixture
def connection(books: Path) -> Iterator[apsw.Connection]:
    with closing(connect(str(books), lock_timeout=0)) as connection:
        yield connection


@pytest.mark.parametrize(
    ("bring_about", "sqlite_error", "error", "message"),
    SQLITE_ERRORS,
    ids=[case[0].__name__ for case in SQLITE_ERRORS],
)
def test_each_failure_of_sqlite_has_its_error(
    connection: apsw.Connection,
    books: Path,
    bring_about: Fault,
    sqlite_error: type[apsw.Error],
    error: type[LedgerError],
    message: str,
) -> None:
    with pytest.raises(sqlite_error) as raised:
        bring_about(connection, books)

    translated = translate(raised.value, str(books))

    assert type(translated) is error
    assert str(books) in translated.message
    assert not translated.message.endswith(".")
    assert "Error:" not in translated.message
    with pytest.raises(error, match=message):
        raise translated


def test_a_failed_write_changes_nothing_and_the_next_one_can_succeed(
    connection: apsw.Connection, books: Path
) -> None:
    with SqliteStoreOver(connection, books) as store:
        pages = connection.pragma("page_count")
        connection.pragma("max_page_count", pages)
        with pytest.raises(StorageFailure, match="disk is full"):
            appended(store, "b", *deposits(1_000))
        assert (store.head().position, list(store.stream_ids())) == (3, ["a"])

        connection.pragma("max_page_count", 10 * pages)
        (event,) = appended(store, "b")

    assert (event.position, event.version) == (4, 1)


class SqliteStoreOver:
    """A store over a connection that the test keeps a hand on."""

    def __init__(self, connection: apsw.Connection, path: Path) -> None:
        self._store = SqliteStore(Session(connection, str(path)), Clock())

    def __enter__(self) -> SqliteStore:
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def test_after_a_failure_that_was_caught_nothing_more_of_a_transaction_is_written(
    connection: apsw.Connection, books: Path
) -> None:
    """SQLite ends a transaction by itself when the disk is full; writes would then stand alone."""

    class Row(msgspec.Struct):
        key: str

    with SqliteStoreOver(connection, books) as store:
        pages = connection.pragma("page_count")
        connection.pragma("max_page_count", pages)

        def transaction() -> None:
            with store.transaction():
                appended(store, "b", *deposits(900))
                with pytest.raises(StorageFailure):
                    log_of(store)
                connection.pragma("max_page_count", 10 * pages)
                for write in (
                    lambda: appended(store, "c"),
                    lambda: store.tables.create(ProjectionTable("rows", 1, Row)),
                    lambda: store.head(),
                ):
                    with pytest.raises(StorageFailure, match="has rolled back the transaction"):
                        write()

        with pytest.raises(RuntimeError):
            transaction()

        assert (store.head().position, list(store.stream_ids())) == (3, ["a"])
        assert store.tables.checkpoints().get("rows") is None
        assert appended(store, "b")[0].position == 4


def test_a_flush_that_failed_dooms_the_transaction_even_where_sqlite_goes_on(
    connection: apsw.Connection, books: Path
) -> None:
    """Its events have left the buffer; a commit would lose them silently."""
    connection.execute(
        "CREATE UNIQUE INDEX one_alone ON events ((version >= 4)) WHERE version >= 4"
    )
    with SqliteStoreOver(connection, books) as store:

        def transaction() -> None:
            with store.transaction():
                appended(store, "a", *deposits(2))
                with pytest.raises(DamagedLedger, match="UNIQUE"):
                    log_of(store)
                assert store.head().position == 4

        with pytest.raises(RuntimeError, match="was ignored"):
            transaction()

        assert store.head().position == 3


def test_a_page_that_was_overwritten_is_damage_and_not_a_wrong_answer(tmp_path: Path) -> None:
    books = made(tmp_path / "books.db", events=2_000)
    content = bytearray(books.read_bytes())
    for page in range(len(content) // 4_096 // 2, len(content) // 4_096):
        content[page * 4_096 : page * 4_096 + 64] = b"\xee" * 64
    books.write_bytes(content)

    with opened(books) as store, pytest.raises(DamagedLedger, match="malformed"):
        log_of(store)


def test_an_event_of_a_stream_that_is_gone_is_damage(books: Path) -> None:
    edit_file(books, "DELETE FROM streams")

    with opened(books) as store, pytest.raises(DamagedLedger, match="stream number 1 has no id"):
        log_of(store)


def test_a_version_that_is_gone_is_damage(books: Path) -> None:
    edit_file(books, "DELETE FROM events WHERE version = 2")

    with opened(books) as store, pytest.raises(DamagedLedger, match="version 2 of 'a' is missing"):
        version_at(store, "a", 1)


def test_a_stream_that_lost_its_events_is_written_to_as_a_new_one(books: Path) -> None:
    edit_file(books, "DELETE FROM events")

    with opened(books) as store:
        assert stream_version(store, "a") == 0
        (event,) = appended(store, "a", deposit(), expected=0)

    assert event.version == 1


def test_a_checkpoint_that_cannot_be_finished_is_an_error(
    connection: apsw.Connection, books: Path
) -> None:
    session = Session(connection, str(books))
    with closing(connect(str(books), lock_timeout=0)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM events").fetchall()
        session.run("INSERT INTO streams VALUES (2, 'b', '')")

        with pytest.raises(LockTimeout):
            session.checkpoint()
        session.close()


def test_a_block_that_ends_after_its_store_was_closed_fails_no_more(store: SqliteStore) -> None:
    """So it is where an interrupt ends the program in the middle of one."""

    def block() -> Generator[None, None, None]:
        with store.transaction():
            appended(store, "a")
            yield

    suspended = block()
    next(suspended)
    store.close()

    suspended.close()

    with opened(Path(store.location or "")) as again:
        assert again.head().position == 3


def test_a_session_needs_no_buffer(connection: apsw.Connection, books: Path) -> None:
    session = Session(connection, str(books))

    def add(*streams: tuple[int, str, str]) -> None:
        with session.transaction():
            for stream in streams:
                session.run("INSERT INTO streams VALUES (?, ?, ?)", stream)

    add((2, "b", ""))
    with pytest.raises(DamagedLedger, match="UNIQUE"):
        add((3, "c", ""), (3, "d", ""))

    assert session.rows("SELECT stream_id FROM streams ORDER BY 1") == [("a",), ("b",)]


def test_a_table_is_not_said_to_be_missing_because_of_the_name_of_the_file(tmp_path: Path) -> None:
    class Row(msgspec.Struct):
        key: str

    class Wide(msgspec.Struct):
        key: str
        number: int

    with opened(made(tmp_path / "no such.db")) as store:
        store.tables.create(ProjectionTable("rows", 1, Row))

        with pytest.raises(DamagedLedger, match="has 1 columns but 2 values"):
            store.tables.write(ProjectionTable("rows", 1, Wide), {"a": Wide("a", 1)})


def test_a_disk_too_full_to_read_is_reported_as_a_full_disk() -> None:
    sqlite_error = apsw.IOError("disk I/O error")
    vars(sqlite_error)["extendedresult"] = (
        apsw.SQLITE_IOERR_SHMSIZE
    )  # as apsw does, unknown to its stub
    failure = translate(sqlite_error, "books.db")
    assert isinstance(failure, StorageFailure)
    assert failure.message.startswith("books.db could not be read: the disk is full")
