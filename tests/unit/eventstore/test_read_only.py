"""Ledgers that may be read but not written: asked all the same, and left without a trace."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from tests.support.appends import appended
from tests.support.eventstore.store_files import made, opened
from tests.support.file_content import tree
from tests.support.permissions import run_bound
from tests.support.program import PROJECT


def visit(path: Path) -> dict[str, Any]:
    """Have a process whom modes bind read the ledger and then write to it."""
    done = run_bound(
        [sys.executable, "-m", "tests.support.eventstore.access_probe", str(path)], cwd=PROJECT
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a ledger, which can be removed afterwards whatever was done to its mode."""
    folder = tmp_path / "folder"
    folder.mkdir()
    made(folder / "books.db")
    yield folder
    folder.chmod(0o700)


def test_modes_bind_the_visitor(folder: Path) -> None:
    """The tests below would prove nothing otherwise."""
    (folder / "books.db").chmod(0)

    answer = visit(folder / "books.db")

    assert answer["reading"]["error"] == "StorageFailure"
    assert "cannot be opened" in answer["reading"]["message"]
    assert "read and written" in answer["reading"]["hint"]


def test_a_folder_that_cannot_be_entered_is_named(folder: Path) -> None:
    folder.chmod(0)

    answer = visit(folder / "books.db")

    assert answer["reading"]["error"] == "StorageFailure"
    assert "Permission denied" in answer["reading"]["message"]


@pytest.mark.parametrize(
    ("file_mode", "folder_mode"), [(0o600, 0o500), (0o400, 0o700), (0o400, 0o500), (0o400, 0o300)]
)
def test_it_is_read_and_not_written_and_nothing_is_left_beside_it(
    folder: Path, file_mode: int, folder_mode: int
) -> None:
    before = tree(folder)
    (folder / "books.db").chmod(file_mode)
    folder.chmod(folder_mode)

    answer = visit(folder / "books.db")

    folder.chmod(0o700)
    assert answer["reading"] == {"events": 3}
    assert answer["writing"]["error"] == "StorageFailure"
    assert "the file or its folder is read-only" in answer["writing"]["message"]
    assert tree(folder) == before


def test_a_read_only_ledger_may_have_any_name(folder: Path) -> None:
    odd = (folder / "books.db").rename(folder / "50%25 off?mode=rw#1 ü.db")
    folder.chmod(0o500)

    assert visit(odd)["reading"] == {"events": 3}


def test_a_file_that_was_read_while_it_was_read_only_can_be_written_once_it_is_not(
    folder: Path,
) -> None:
    """SQLite makes its -wal and -shm with the mode of the file; left there, they would stay so."""
    books = folder / "books.db"
    books.chmod(0o400)
    visit(books)
    books.chmod(0o600)

    assert visit(books) == {"reading": {"events": 3}, "writing": {"position": 4}}


def test_a_ledger_that_others_are_writing_is_read_up_to_date_from_a_read_only_folder(
    folder: Path,
) -> None:
    books = folder / "books.db"
    with opened(books) as store:
        appended(store, "a")
        for path in folder.iterdir():
            path.chmod(0o400)
        folder.chmod(0o500)

        answer = visit(books)

        folder.chmod(0o700)
    assert answer["reading"] == {"events": 4}
    assert answer["writing"]["error"] == "StorageFailure"


@pytest.fixture
def unfinished(tmp_path: Path, folder: Path) -> Iterator[Path]:
    """A ledger copied while it was open: its last event is in the -wal file alone."""
    copy = tmp_path / "copy"
    copy.mkdir()
    with opened(folder / "books.db") as store:
        appended(store, "a")
        for name in ("books.db", "books.db-wal"):
            copyfile(folder / name, copy / name)
    yield copy / "books.db"
    copy.chmod(0o700)


def test_last_writes_that_cannot_be_read_from_a_read_only_folder_are_not_passed_over(
    unfinished: Path,
) -> None:
    unfinished.parent.chmod(0o500)

    answer = visit(unfinished)

    assert answer["reading"]["error"] == "StorageFailure"
    assert "are still in" in answer["reading"]["message"]
    assert "copy both files" in answer["reading"]["hint"]


def test_they_are_read_where_the_folder_can_be_written(unfinished: Path) -> None:
    assert visit(unfinished) == {"reading": {"events": 4}, "writing": {"position": 5}}


def test_an_empty_write_ahead_log_is_nothing_that_could_be_missed(folder: Path) -> None:
    (folder / "books.db-wal").touch()
    folder.chmod(0o500)

    assert visit(folder / "books.db")["reading"] == {"events": 3}


def test_through_a_link_in_a_read_only_folder_a_ledger_is_written_where_it_is(
    tmp_path: Path, folder: Path
) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "books.db").symlink_to(folder / "books.db")
    links.chmod(0o500)

    answer = visit(links / "books.db")

    links.chmod(0o700)
    assert answer == {"reading": {"events": 3}, "writing": {"position": 4}}


def test_no_ledger_is_made_where_nothing_may_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)

    answer = visit(folder / "books.db")

    assert answer["reading"]["error"] == "NoSuchLedger"
    assert answer["drafting"]["error"] == "StorageFailure"
    assert "Permission denied" in answer["drafting"]["message"]
    assert tree(folder) == {}


def test_a_ledger_is_made_in_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    folder.chmod(0o300)

    answer = visit(folder / "books.db")

    folder.chmod(0o700)
    assert answer["drafting"] == {"published": True}
    assert list(tree(folder)) == ["books.db"]
