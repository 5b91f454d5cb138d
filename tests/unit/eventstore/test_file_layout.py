"""What the file is to SQLite, to its owner, and to other programs."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.sqlite import SqliteStore
from ledger.eventstore.sqlite.drafts import Draft
from ledger.eventstore.sqlite.files import connect
from ledger.eventstore.sqlite.schema import (
    ARCHIVED_DIGEST,
    ARCHIVED_OBJECTS,
    DIGEST,
    OBJECTS,
    digest,
    our_parts,
)
from tests.support.appends import LEDGER_ID, appended, deposit, log_of
from tests.support.clock import NOON
from tests.support.eventstore.store_files import foreign, made, opened
from tests.support.file_content import tree
from tests.support.independent_chain import hashes

FULL = 2
CONTENT = (
    "event_type, schema_version, data, text, salt, metadata, effective_at, recorded_at, "
    "backdated, hash"
)
REST = f"stream_no, version, {CONTENT}"
TABLES = {
    "ledger",
    "streams",
    "events",
    "idempotency_keys",
    "snapshots",
    "projections",
    "local_days",
}


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
        "REPLACE INTO events SELECT * FROM events WHERE position = 1",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 3",
        f"REPLACE INTO events SELECT position + 9, {REST} FROM events WHERE version = 2",
        f"REPLACE INTO events SELECT 0, stream_no, 9, {CONTENT} FROM events WHERE version = 1",
        f"REPLACE INTO events SELECT NULL, stream_no, 9, {CONTENT} FROM events WHERE version = 1",
        "REPLACE INTO streams SELECT * FROM streams",
        "REPLACE INTO streams SELECT 9, stream_id, 'Piggy' FROM streams",
        "REPLACE INTO streams SELECT stream_no, 'b', aggregate_type FROM streams",
        "UPDATE OR REPLACE streams SET stream_no = 9",
        "UPDATE OR IGNORE events SET data = '{}'",
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


@pytest.fixture
def with_texts(books: Path) -> Path:
    """Event 4 has a text, 5 an empty one, 6 was erased."""
    with opened(books) as store:
        appended(store, "a", *(deposit(text=text) for text in ("rent", "", "gift")))
    with foreign(books) as connection:
        connection.execute(f"UPDATE events SET {ERASED} WHERE position = 6")
    return books


ERASED = "text = zeroblob(32), salt = NULL"


@pytest.mark.parametrize(
    "change",
    [
        f"{ERASED} WHERE position = 1",
        f"{ERASED} WHERE position = 6",
        "text = 'gift' WHERE position = 4",
        "text = '' WHERE position = 4",
        "text = NULL WHERE position = 4",
        "text = NULL, salt = NULL WHERE position = 4",
        "text = NULL, salt = NULL WHERE position = 5",
        "text = 'words', salt = zeroblob(16) WHERE position = 1",
        "text = 'gift', salt = zeroblob(16) WHERE position = 6",
        "text = randomblob(32) WHERE position = 6",
        "text = NULL WHERE position = 6",
        "text = zeroblob(32) WHERE position = 4",
        "text = zeroblob(31), salt = NULL WHERE position = 4",
        "text = 5, salt = NULL WHERE position = 4",
        "salt = NULL WHERE position = 4",
        "salt = zeroblob(16) WHERE position = 4",
        "salt = zeroblob(16) WHERE position = 6",
        *(
            f"{ERASED}, {more} WHERE position = 4"
            for more in (
                "position = 9",
                "stream_no = 9",
                "version = 9",
                "event_type = 'MoneyWithdrawn'",
                "schema_version = 9",
                "data = '{}'",
                "metadata = '{}'",
                "effective_at = 0",
                "recorded_at = 0",
                "backdated = 1",
                "hash = zeroblob(32)",
            )
        ),
    ],
)
def test_nothing_but_an_erasure_changes_an_event(with_texts: Path, change: str) -> None:
    with opened(with_texts) as store:
        before = log_of(store)

    with (
        foreign(with_texts) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only: they are never updated"),
    ):
        connection.execute(f"UPDATE events SET {change}")

    with opened(with_texts) as store:
        assert log_of(store) == before


@pytest.mark.parametrize("position", [4, 5])
def test_a_text_gives_way_to_its_digest_and_no_hash_changes(
    with_texts: Path, position: int
) -> None:
    with opened(with_texts) as store:
        before = log_of(store)
    erased = before[position - 1]
    assert isinstance(erased.text, str)
    assert erased.salt is not None
    digest = hashlib.sha256(erased.salt + erased.text.encode()).digest()

    with foreign(with_texts) as connection:
        connection.execute(
            "UPDATE events SET text = ?, salt = NULL WHERE position = ?", (digest, position)
        )

    with opened(with_texts) as store:
        after = log_of(store)
        assert after[position - 1] == replace(erased, text=digest, salt=None)
        assert hashes(store.ledger_id, after[:5])[1:] == [event.hash for event in before[:5]]
        assert after[: position - 1] == before[: position - 1]
        assert after[position:] == before[position:]


@pytest.mark.parametrize(
    "row",
    [
        "(NULL, 1, 'four', 'T', 1, '', NULL, NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, x'00', NULL, NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', NULL, NULL, '', 0, 0, 0, 'thirty-two characters, but text!')",
        "(9, 1, 4, 'T', 1, '', NULL, NULL, '', 0.5, 1, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', NULL, NULL, '', 0, 0, 0, zeroblob(31))",
        "(9, 1, 4, 'T', 1, '', NULL, NULL, '', 0, 0, 2, zeroblob(32))",
        "(9, 1, 4, 'T', 0, '', NULL, NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 0, 'T', 1, '', NULL, NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 3, 'T', 1, '', NULL, NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', 5, NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', 1.5, NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', 'rent', NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', 'rent', zeroblob(15), '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', 'rent', 'sixteen letters!', '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', NULL, zeroblob(16), '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', zeroblob(32), zeroblob(16), '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, 'T', 1, '', zeroblob(31), NULL, '', 0, 0, 0, zeroblob(32))",
        "(3, 1, 4, 'T', 1, '', NULL, NULL, '', 0, 0, 0, zeroblob(32))",
        "(9, 1, 4, NULL, 1, '', NULL, NULL, '', 0, 0, 0, zeroblob(32))",
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

    assert (application_id.to_bytes(4, "big"), schema_version) == (b"LDGR", 2)
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


@pytest.mark.parametrize("table", ["events", "streams", "snapshots"])
def test_a_strangers_trigger_does_not_run_when_the_ledger_writes(books: Path, table: str) -> None:
    """Though it was put there while the ledger was open: at its opening it would be refused."""
    with opened(books) as store:
        with foreign(books) as connection:
            connection.execute("CREATE TABLE noted (what)")
            connection.execute(
                f"CREATE TRIGGER sly AFTER INSERT ON {table} "
                "BEGIN INSERT INTO noted VALUES (1); END"
            )
        appended(store, "a")
        appended(store, "b")
        store.snapshots.save(Snapshot("a", 4, "{}", "f", NOON, NOON))

    with foreign(books) as connection:
        assert connection.execute("SELECT * FROM noted").fetchall() == []
        connection.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
        assert connection.execute("SELECT count(*) FROM kept").fetchone() != (0,)


def test_the_fingerprint_is_of_todays_schema() -> None:
    """Else each opening compares the schema statement by statement."""
    parts = our_parts().values()
    assert (digest(parts), len(parts)) == (DIGEST, OBJECTS)
    parts = our_parts(archived=True).values()
    assert (digest(parts), len(parts)) == (ARCHIVED_DIGEST, ARCHIVED_OBJECTS)
