"""What the file is to SQLite, to its owner, and to other programs."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import apsw
import pytest

from ledger.eventstore.sqlite import SqliteStore
from ledger.eventstore.sqlite.files import Draft, connect
from tests.support.appends import LEDGER_ID, appended, log_of
from tests.support.eventstore.store_files import foreign, made, opened
from tests.support.file_content import tree

FULL = 2
TABLES = {"ledger", "streams", "events", "idempotency_keys", "snapshots", "projections"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET data = '{}'",
        "UPDATE events SET hash = hash WHERE position = 1",
        "UPDATE OR REPLACE events SET position = 9 WHERE position = 1",
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 3",
        "UPDATE streams SET stream_id = 'b'",
        "DELETE FROM streams",
    ],
)
def test_the_log_refuses_to_be_changed_whoever_asks(books: Path, statement: str) -> None:
    with opened(books) as store:
        before = log_of(store)

    with (
        foreign(books) as connection,
        pytest.raises(sqlite3.IntegrityError, match=r"append-only: they are never"),
    ):
        connection.execute(statement)

    with opened(books) as store:
        assert log_of(store) == before


@pytest.mark.parametrize(
    "row",
    [
        "(NULL, 1, 'four', 'T', 1, '', '', 0, 0, 0, zeroblob(32))",
        "(NULL, 1, 4, 'T', 1, x'00', '', 0, 0, 0, zeroblob(32))",
        "(NULL, 1, 4, 'T', 1, '', '', 0, 0, 0, 'thirty-two characters, but text!')",
        "(NULL, 1, 4, 'T', 1, '', '', 0.5, 1, 0, zeroblob(32))",
        "(NULL, 1, 4, 'T', 1, '', '', 0, 0, 0, zeroblob(31))",
        "(NULL, 1, 4, 'T', 1, '', '', 0, 0, 2, zeroblob(32))",
        "(NULL, 1, 4, 'T', 1, '', '', 1, 0, 0, zeroblob(32))",
        "(NULL, 1, 4, 'T', 0, '', '', 0, 0, 0, zeroblob(32))",
        "(NULL, 1, 0, 'T', 1, '', '', 0, 0, 0, zeroblob(32))",
        "(NULL, 1, 3, 'T', 1, '', '', 0, 0, 0, zeroblob(32))",
        "(3, 1, 4, 'T', 1, '', '', 0, 0, 0, zeroblob(32))",
        "(NULL, 1, 4, NULL, 1, '', '', 0, 0, 0, zeroblob(32))",
    ],
)
def test_the_schema_itself_refuses_what_cannot_be_an_event(books: Path, row: str) -> None:
    with foreign(books) as connection:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(f"INSERT INTO events VALUES {row}")

        assert connection.execute("SELECT count(*) FROM events").fetchone() == (3,)


def test_every_table_is_strict(books: Path) -> None:
    with foreign(books) as connection:
        tables = {
            name: strict
            for _, name, kind, _, _, strict in connection.execute("PRAGMA table_list")
            if kind == "table" and not name.startswith("sqlite_")
        }

    assert tables == dict.fromkeys(TABLES, 1)


def test_the_file_says_whose_it_is(books: Path) -> None:
    with foreign(books) as connection:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (schema_version,) = connection.execute("PRAGMA user_version").fetchone()

    assert (application_id.to_bytes(4, "big"), schema_version) == (b"LDGR", 1)
    assert books.read_bytes()[68:72] == b"LDGR"


def test_the_file_keeps_a_write_ahead_log(books: Path) -> None:
    with foreign(books) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("umask", [0o022, 0o000])
def test_only_its_owner_may_read_or_write_a_new_file(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        books = made(tmp_path / "books.db")
    finally:
        os.umask(before)

    assert stat.S_IMODE(books.stat().st_mode) == 0o600
    with opened(books) as store:
        appended(store, "a")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("books.db", "books.db-wal", "books.db-shm"), 0o600)


def test_every_commit_is_durable_and_references_are_kept(books: Path) -> None:
    connection = connect(str(books), lock_timeout=0)
    try:
        assert connection.pragma("synchronous") == FULL
        assert connection.pragma("foreign_keys") == 1
        with pytest.raises(apsw.ConstraintError, match="FOREIGN KEY"):
            connection.execute("INSERT INTO idempotency_keys VALUES ('k', x'00', 1, 99)")
    finally:
        connection.close()


def test_a_draft_is_written_as_durably_as_the_file_it_becomes(tmp_path: Path) -> None:
    draft = Draft(str(tmp_path / "books.db"))
    connection = draft.create(LEDGER_ID)
    try:
        assert connection.pragma("synchronous") == FULL
        assert connection.pragma("foreign_keys") == 1
        assert connection.pragma("journal_mode") == "wal"
    finally:
        connection.close()
        draft.discard()


def test_a_closed_ledger_is_one_file(books: Path) -> None:
    with opened(books) as store:
        appended(store, "a")

    assert list(tree(books.parent)) == ["books.db"]


def test_a_store_knows_where_it_is(store: SqliteStore, books: Path) -> None:
    assert store.location == str(books)
