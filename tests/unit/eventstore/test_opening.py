"""Telling a ledger from what is none, without leaving a trace on what is looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile

import pytest

from ledger.errors import (
    DamagedLedger,
    InvalidOption,
    LedgerError,
    NoSuchLedger,
    NotALedger,
    OlderFormat,
    StorageFailure,
)
from ledger.eventstore.opening import draft_store, open_store
from tests.support.appends import LEDGER_ID, appended, log_of
from tests.support.clock import Clock
from tests.support.eventstore.store_files import foreign, made, opened
from tests.support.file_content import tree

OBJECTS = {
    "table": [
        "ledger",
        "streams",
        "events",
        "idempotency_keys",
        "snapshots",
        "projections",
        "local_days",
    ],
    "index": ["events_backdated", "events_beside_movements", "snapshots_by_effective_time"],
    "view": [
        "event_log",
        "older_amounts",
        "account_openings",
        "account_owners",
        "event_amounts",
        "entries",
        "accounts",
    ],
    "trigger": [
        "events_are_never_updated",
        "events_are_never_deleted",
        "events_are_never_replaced",
        "streams_are_never_updated",
        "streams_are_never_deleted",
        "streams_are_never_replaced",
    ],
}


def refusal(path: Path) -> LedgerError:
    """The error of opening a path, which leaves everything in its folder as it was."""
    before = tree(path.parent)
    with pytest.raises(LedgerError) as refused:
        open_store(str(path), Clock()).close()
    assert tree(path.parent) == before
    return refused.value


def nothing(path: Path) -> None:
    pass


def dangling_link(path: Path) -> None:
    path.symlink_to(path.with_name("gone.db"))


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def empty(path: Path) -> None:
    path.touch()


def one_byte(path: Path) -> None:
    path.write_bytes(b"S")


def text(path: Path) -> None:
    path.write_text("2024-01-01 opening balances\n" * 400)


def nearly_sqlite(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0")


def other_application(path: Path) -> None:
    with foreign(path) as connection:
        connection.execute("CREATE TABLE events (position INTEGER)")


def other_application_with_wal(path: Path) -> None:
    with foreign(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA application_id = 1")
        connection.execute("CREATE TABLE events (position INTEGER)")


def empty_database(path: Path) -> None:
    with foreign(path) as connection:
        connection.execute("VACUUM")


def newer_ledger(path: Path) -> None:
    with foreign(made(path)) as connection:
        connection.execute("PRAGMA user_version = 4")


def older_ledger(path: Path) -> None:
    with foreign(made(path)) as connection:
        connection.execute("PRAGMA user_version = 1")


def cut_short(path: Path) -> None:
    path.write_bytes(made(path).read_bytes()[:4_096])


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (nothing, NoSuchLedger, "there is no ledger at"),
        (dangling_link, NoSuchLedger, "there is no ledger at"),
        (link_to_itself, StorageFailure, "cannot be opened: .* symbolic links"),
        (folder, NotALedger, "is a folder, not a ledger"),
        (pipe, NotALedger, "is not a regular file"),
        (empty, NotALedger, "is an empty file, not a ledger"),
        (one_byte, NotALedger, "books.db is "),
        (text, NotALedger, "is not a ledger"),
        (nearly_sqlite, NotALedger, "is not a ledger"),
        (empty_database, NotALedger, "is an SQLite file of another application"),
        (other_application, NotALedger, "is an SQLite file of another application"),
        (other_application_with_wal, NotALedger, "is an SQLite file of another application"),
        (newer_ledger, NotALedger, "has file format 4, and this program knows 3"),
        (older_ledger, OlderFormat, "was written by an older release, in file format 1"),
        (cut_short, DamagedLedger, "is damaged: "),
    ],
)
def test_what_is_no_ledger_is_refused_by_name_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], kind: type[LedgerError], message: str
) -> None:
    path = tmp_path / "books.db"
    make(path)

    refused = refusal(path)

    assert type(refused) is kind
    assert str(path) in refused.message
    assert refused.advice
    with pytest.raises(kind, match=message):
        raise refused


def test_a_path_through_a_file_leads_to_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    assert type(refusal_of(tmp_path / "file" / "books.db")) is NoSuchLedger


def refusal_of(path: Path | str) -> LedgerError:
    with pytest.raises(LedgerError) as refused:
        open_store(str(path), Clock())
    return refused.value


@pytest.mark.parametrize("path", ["nul\0byte.db", "x" * 5_000, "lone\ud800surrogate.db"])
def test_a_path_that_no_file_can_have_is_refused(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert isinstance(refusal_of(path), (StorageFailure, NoSuchLedger))
    with pytest.raises(StorageFailure, match="no ledger can be made at"):
        draft_store(path, LEDGER_ID, Clock())
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in OBJECTS.items() for name in names]
)
def test_a_ledger_with_a_part_missing_is_damaged_and_left_as_it_is(
    books: Path, kind: str, name: str
) -> None:
    with foreign(books) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(f"DROP {kind} {name}")

    refused = refusal(books)

    assert type(refused) is DamagedLedger
    assert f"the {kind} {name} is missing" in refused.message


def test_the_parts_listed_above_are_all_there_are(books: Path) -> None:
    with foreign(books) as connection:
        found = connection.execute(
            "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()

    listed = [(kind, name) for kind, names in OBJECTS.items() for name in names]
    assert sorted(found) == sorted(listed)


def test_a_ledger_without_its_id_is_damaged(books: Path) -> None:
    with foreign(books) as connection:
        connection.execute("DELETE FROM ledger")

    refused = refusal(books)

    assert type(refused) is DamagedLedger
    assert "the ledger's id is missing" in refused.message


def test_a_ledger_whose_table_of_itself_is_another_one_is_damaged(books: Path) -> None:
    with foreign(books) as connection:
        connection.execute("ALTER TABLE ledger RENAME COLUMN ledger_id TO something_else")

    assert type(refusal(books)) is DamagedLedger


def test_a_ledger_is_opened_through_a_link_and_under_any_name(
    tmp_path: Path, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.db"
    link.symlink_to(books)
    with opened(link) as store:
        appended(store, "a")
        assert sorted(tree(tmp_path)) == ["books.db", "books.db-shm", "books.db-wal", "elsewhere"]
    assert os.listdir(link.parent) == ["link.db"]

    monkeypatch.chdir(tmp_path)
    for name in (":memory:", "file:x?mode=memory", "50%?#.db", "ünï.db"):
        copyfile(books, name)
        with opened(Path(name)) as store:
            assert store.head().position == 4


def test_reading_changes_no_byte_of_a_ledger(books: Path) -> None:
    before = tree(books.parent)

    with opened(books) as store:
        assert len(log_of(store)) == 3

    assert tree(books.parent) == before


def test_a_ledger_is_opened_with_any_lock_timeout(books: Path) -> None:
    for seconds in (0, -1, 1e-9, 1e300, float("inf"), float("nan")):
        with opened(books, lock_timeout=seconds) as store:
            assert store.head().position == 3


def test_a_path_too_long_for_sqlite_cannot_be_used(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(3):
        folder /= "x" * 200
    folder.mkdir(parents=True)
    books = folder / "books.db"
    with pytest.raises(StorageFailure, match="cannot be opened: unable to open database file"):
        draft_store(str(books), LEDGER_ID, Clock())
    assert tree(folder) == {}

    copyfile(made(tmp_path / "books.db"), books)

    assert type(refusal(books)) is StorageFailure


def test_a_scheme_may_be_written_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    made(path)
    open_store(f"SQLITE://{path}", Clock()).close()


@pytest.mark.parametrize("location", ["http://host/books.db", "sqlite://", "FILE:///books.db"])
def test_what_names_no_kind_of_ledger_is_refused(location: str) -> None:
    with pytest.raises(InvalidOption, match="names no ledger"):
        open_store(location, Clock())
