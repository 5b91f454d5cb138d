"""The source is the same afterwards, byte for byte, with what lies beside it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from ledger.errors import StorageFailure
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.opening import open_source
from ledger.migration.format1.verification import verified_events, verify_source
from tests.support.child_process import child
from tests.support.format1.folders import snapshot
from tests.support.format1.golden import BOOKS, DAMAGED, EXPORT, GOLDEN, HEAD
from tests.support.format1.writing import append_deposit
from tests.support.permissions import run_bound
from tests.support.program import PROJECT


def read(path: Path) -> list[Format1Event]:
    with open_source(str(path)) as source:
        return list(verified_events(source))


@pytest.fixture
def books(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return Path(shutil.copyfile(BOOKS, folder / "books.db"))


@pytest.fixture
def writer(books: Path) -> Iterator[tuple[apsw.Connection, Format1Event]]:
    """A connection that uses the file, with a deposit that is not in the file itself yet."""
    connection = apsw.Connection(str(books))
    connection.pragma("wal_autocheckpoint", 0)
    new = append_deposit(connection)
    assert Path(f"{books}-wal").stat().st_size > 0
    yield connection, new
    connection.close()


def left_behind(books: Path, folder: Path, *, shm: bool) -> Path:
    """The files as a process leaves them that was killed."""
    folder.mkdir()
    for suffix in ("", "-wal", "-shm") if shm else ("", "-wal"):
        shutil.copyfile(f"{books}{suffix}", folder / f"books.db{suffix}")
    return folder / "books.db"


@pytest.mark.parametrize("name", [BOOKS.name, EXPORT.name, DAMAGED.name])
def test_reading_changes_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copyfile(GOLDEN / name, path)
    before = snapshot(tmp_path)
    with open_source(str(path)) as source:
        verify_source(source)
        assert snapshot(tmp_path) == before
    assert snapshot(tmp_path) == before


def test_writes_that_are_beside_the_file_are_read(
    books: Path, writer: tuple[apsw.Connection, Format1Event]
) -> None:
    before = snapshot(books.parent)
    events = read(books)
    assert events[-1] == writer[1]
    assert len(events) == 128
    assert snapshot(books.parent) == before


@pytest.mark.parametrize("shm", [True, False])
def test_so_are_those_that_a_killed_process_has_left(
    tmp_path: Path, books: Path, writer: tuple[apsw.Connection, Format1Event], shm: bool
) -> None:
    path = left_behind(books, tmp_path / "left", shm=shm)
    before = snapshot(path.parent)
    assert read(path)[-1] == writer[1]
    assert snapshot(path.parent) == before


def test_a_log_of_another_file_counts_for_nothing(books: Path) -> None:
    Path(f"{books}-wal").write_bytes(b"\x37\x7f\x06\x82" + os.urandom(9_000))
    before = snapshot(books.parent)
    assert len(read(books)) == 127
    assert snapshot(books.parent) == before


def test_an_empty_log_that_a_reader_left_is_no_change(books: Path) -> None:
    with open_source(str(books)) as source:
        Path(f"{books}-wal").touch()
        assert verify_source(source).clean
    assert sorted(os.listdir(books.parent)) == ["books.db", "books.db-wal"]


def test_a_change_that_was_cut_off_is_not_read(books: Path, tmp_path: Path) -> None:
    connection = apsw.Connection(str(books))
    connection.pragma("journal_mode", "delete")
    connection.execute("BEGIN")
    connection.execute("DROP TRIGGER events_are_never_updated")
    connection.execute("UPDATE events SET metadata = metadata || ' '")
    connection.cache_flush()
    folder = tmp_path / "cut off"
    folder.mkdir()
    for suffix in ("", "-journal"):
        shutil.copyfile(f"{books}{suffix}", folder / f"books.db{suffix}")
    connection.execute("ROLLBACK")
    connection.close()
    before = snapshot(folder)
    with pytest.raises(StorageFailure, match=r"books\.db-journal"):
        open_source(str(folder / "books.db"))
    assert snapshot(folder) == before


def test_a_read_only_folder_can_be_read(
    books: Path, writer: tuple[apsw.Connection, Format1Event], tmp_path: Path
) -> None:
    path = left_behind(books, tmp_path / "left", shm=False)
    before = snapshot(path.parent)
    for file in path.parent.iterdir():
        file.chmod(0o400)
    path.parent.chmod(0o500)
    code = (
        f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n"
        "from ledger.migration.format1.opening import open_source\n"
        "from ledger.migration.format1.verification import verify_source\n"
        f"with open_source({str(path)!r}) as source: print(verify_source(source).events)\n"
        f"open({str(path)!r} + '-shm', 'x')"
    )
    done = run_bound([sys.executable, "-c", code])
    path.parent.chmod(0o700)
    assert done.stdout == "128\n"
    assert "PermissionError" in done.stderr  # else the folder was not read-only
    assert {name: each[0] for name, each in snapshot(path.parent).items()} == {
        name: each[0] for name, each in before.items()
    }


def test_who_uses_the_file_is_not_kept_from_it(
    books: Path, writer: tuple[apsw.Connection, Format1Event]
) -> None:
    connection = writer[0]
    with open_source(str(books)) as source:
        events = source.events()
        next(events)
        append_deposit(connection)
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    assert connection.execute("SELECT count(*) FROM events").get == 129


@pytest.mark.parametrize("checkpoint", [False, True])
def test_a_source_that_is_written_to_meanwhile_is_refused(
    books: Path, writer: tuple[apsw.Connection, Format1Event], checkpoint: bool
) -> None:
    connection = writer[0]
    for read_all in (verify_source, lambda source: list(verified_events(source))):
        with open_source(str(books)) as source:
            append_deposit(connection)
            if checkpoint:
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            with pytest.raises(StorageFailure, match="was written to while it was read"):
                read_all(source)


def test_a_log_that_appears_meanwhile_is_a_change(books: Path) -> None:
    with open_source(str(books)) as source:
        connection = apsw.Connection(str(books))
        append_deposit(connection)
        with pytest.raises(StorageFailure, match="was written to"):
            verify_source(source)
        connection.close()


def test_the_state_at_the_opening_is_the_one_that_is_read(
    books: Path, writer: tuple[apsw.Connection, Format1Event]
) -> None:
    with open_source(str(books)) as source:
        append_deposit(writer[0])
        assert source.head.position == 128
        assert len(list(source.events())) == 128


def test_the_locks_of_this_process_stay(books: Path) -> None:
    """A process that closes a file loses its locks on it, unless SQLite closes it."""
    connection = apsw.Connection(str(books))
    connection.execute("BEGIN IMMEDIATE")
    with open_source(str(books)) as source:
        assert verify_source(source).clean
    with child(try_to_have_it_alone, books) as process:
        out, err = process.communicate(timeout=60)
    connection.execute("ROLLBACK")
    connection.close()
    assert out.strip() == "BusyError", err


def try_to_have_it_alone(path: str) -> None:
    connection = apsw.Connection(path)
    try:
        connection.pragma("locking_mode", "EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
    except apsw.BusyError as error:
        print(type(error).__name__)
    connection.close()


def test_the_golden_files_are_what_they_were() -> None:
    before = snapshot(GOLDEN)
    assert read(BOOKS)[-1].hash.hex() == read(EXPORT)[-1].hash.hex() == HEAD[1]
    assert snapshot(GOLDEN).keys() == before.keys()
    assert snapshot(GOLDEN) == before
