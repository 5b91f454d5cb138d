"""New ledgers: whole at their path from the first moment, or never there."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from shutil import rmtree

import pytest

from ledger.errors import LedgerAppeared, StorageFailure
from ledger.eventstore.opening import draft_store, open_store
from ledger.eventstore.store import DraftStore
from tests.support.appends import LEDGER_ID, appended, deposits, log_of
from tests.support.clock import Clock
from tests.support.contract.store_kinds import location_of
from tests.support.eventstore.file_size_limit import no_file_beyond
from tests.support.eventstore.interrupts import interrupted
from tests.support.eventstore.store_files import made, opened
from tests.support.file_content import tree
from tests.support.permissions import BOUND
from tests.support.program import PROJECT

OTHER = "the other ledger"


def draft(path: Path, ledger_id: str = LEDGER_ID) -> DraftStore:
    return draft_store(str(path), ledger_id, Clock())


def test_a_draft_is_nowhere_until_it_is_published_and_then_whole(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    new = draft(path)
    recorded = appended(new, "a", *deposits(1_500))
    assert not path.exists()
    assert location_of(new) is None

    new.publish()

    assert list(tree(tmp_path)) == ["books.db"]
    with opened(path) as store:
        assert log_of(store) == recorded
        assert (store.ledger_id, store.location) == (LEDGER_ID, str(path))


def test_a_draft_that_is_closed_leaves_nothing(tmp_path: Path) -> None:
    new = draft(tmp_path / "books.db")
    appended(new, "a")

    new.close()
    new.close()

    assert tree(tmp_path) == {}


def test_closing_a_published_draft_leaves_the_ledger(tmp_path: Path) -> None:
    new = draft(tmp_path / "books.db")
    new.publish()

    new.close()

    assert list(tree(tmp_path)) == ["books.db"]


def test_publishing_a_store_that_is_no_draft_just_closes_it(books: Path) -> None:
    with opened(books) as store:
        appended(store, "a")
        store.publish()

    assert list(tree(books.parent)) == ["books.db"]
    with opened(books) as store:
        assert len(log_of(store)) == 4


def test_of_two_drafts_for_one_path_the_second_finds_the_first_there(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    first, second = draft(path), draft(path, OTHER)
    appended(first, "a", *deposits(2))
    appended(second, "b")

    first.publish()
    with pytest.raises(LedgerAppeared, match="another process made a ledger at") as appeared:
        second.publish()
    second.close()

    assert appeared.value.advice == "repeat the command: it will use that ledger"
    assert list(tree(tmp_path)) == ["books.db"]
    with opened(path) as store:
        assert (store.ledger_id, len(log_of(store))) == (LEDGER_ID, 2)


def test_a_draft_does_not_take_the_place_of_any_file(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    new = draft(path)
    path.write_text("somebody's notes")

    with pytest.raises(LedgerAppeared):
        new.publish()

    assert tree(tmp_path) == {"books.db": b"somebody's notes"}


def test_a_draft_for_a_dangling_link_is_published_where_the_link_leads(tmp_path: Path) -> None:
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
    link = tmp_path / "here" / "books.db"
    link.symlink_to(tmp_path / "there" / "real.db")

    draft(link).publish()

    assert list(tree(tmp_path / "there")) == ["real.db"]
    assert link.is_symlink()
    with opened(link) as store:
        assert store.ledger_id == LEDGER_ID


@pytest.mark.parametrize("path", ["no/such/folder/books.db", "file/books.db"])
def test_where_no_ledger_can_be_made_none_is(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageFailure, match="no ledger can be made at") as failure:
        draft(tmp_path / path)

    assert "in a folder that exists" in failure.value.advice
    assert list(tree(tmp_path)) == ["file"]


def test_a_draft_that_fails_for_any_other_reason_leaves_nothing_either(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        draft(tmp_path / "books.db", "\ud800")

    assert tree(tmp_path) == {}


@pytest.mark.parametrize("size", [0, 4_096, 20_000])
def test_a_draft_that_the_disk_has_no_room_for_leaves_nothing(tmp_path: Path, size: int) -> None:
    with no_file_beyond(size), pytest.raises(StorageFailure, match=r"books\.db could not be"):
        draft(tmp_path / "books.db")

    assert tree(tmp_path) == {}


# The standard library leaves the schema's file to the collector where it is interrupted.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_anywhere_in_the_making_of_a_draft_leaves_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "books.db")

    for call in range(1, 10_000):
        struck, new = interrupted(lambda: draft_store(path, LEDGER_ID, Clock()), call)
        if new is not None:
            new.close()
        assert tree(tmp_path) == {}, f"interrupted at call {call}"
        if not struck:
            break

    assert call > 30


def test_an_interrupt_anywhere_in_publishing_leaves_the_whole_ledger_or_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "books.db"
    found = set()
    for call in range(1, 10_000):
        new = draft(path)
        appended(new, "a", *deposits(3))
        struck, _ = interrupted(new.publish, call)
        new.close()
        found.add(path.exists())
        if path.exists():
            assert list(tree(tmp_path)) == ["books.db"], f"interrupted at call {call}"
            with opened(path) as store:
                assert len(log_of(store)) == 3
            path.unlink()
        assert tree(tmp_path) == {}, f"interrupted at call {call}"
        if not struck:
            break

    assert found == {True, False}


def test_a_draft_whose_events_did_not_all_get_into_the_file_is_not_published(
    tmp_path: Path,
) -> None:
    """Closing moves them there, and says nothing where it could not."""
    path = tmp_path / "books.db"
    new = draft(path)
    (file,) = [name for name in tree(tmp_path) if not name.endswith(("-wal", "-shm"))]
    appended(new, "a", *deposits(500))

    with (
        no_file_beyond((tmp_path / file).stat().st_size),
        pytest.raises(StorageFailure, match=r"books\.db"),
    ):
        new.publish()
    assert not path.exists()
    new.close()

    assert tree(tmp_path) == {}


def test_a_draft_whose_folder_is_gone_is_not_published(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    new = draft(folder / "books.db")
    rmtree(folder)

    with pytest.raises(StorageFailure):
        new.publish()

    assert not folder.exists()


def test_a_draft_that_somebody_removed_is_not_published_as_an_empty_file(tmp_path: Path) -> None:
    new = draft(tmp_path / "books.db")
    for path in tmp_path.iterdir():
        path.unlink()

    with pytest.raises(StorageFailure):
        new.publish()
    new.close()

    assert tree(tmp_path) == {}


def test_a_draft_that_somebody_removed_does_not_take_a_ledger_along(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    new = draft(path, OTHER)
    for found in tmp_path.iterdir():
        found.unlink()
    before = tree(made(path).parent)

    with pytest.raises(LedgerAppeared):
        new.publish()

    assert tree(tmp_path) == before


WITHOUT_LINKS = """
import os, sys
from ledger.eventstore.opening import draft_store
from tests.support.appends import LEDGER_ID, appended
from tests.support.clock import Clock

path = sys.argv[1]
draft = draft_store(path, LEDGER_ID, Clock())
appended(draft, "a")
(file,) = [name for name in os.listdir(os.path.dirname(path)) if name[-4:] not in ("-wal", "-shm")]
file = os.path.join(os.path.dirname(path), file)
os.chown(file, 12_345, -1)
try:
    os.link(file, path + ".link")
except PermissionError:
    print("links are refused")
draft.publish()
os.chown(path, os.geteuid(), -1)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give files away")
def test_where_there_are_no_hard_links_a_draft_is_renamed(tmp_path: Path) -> None:
    """Linux refuses to link what belongs to others, which does for a file system without links."""
    done = subprocess.run(
        [*BOUND, sys.executable, "-c", WITHOUT_LINKS, str(tmp_path / "books.db")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.returncode and done.stdout != "links are refused\n":
        pytest.skip("fs.protected_hardlinks is off")

    assert done.stderr == ""
    assert list(tree(tmp_path)) == ["books.db"]
    with opened(tmp_path / "books.db") as store:
        assert len(log_of(store)) == 1


HALFWAY = """
import sys, time
from ledger.eventstore.opening import draft_store
from tests.support.appends import LEDGER_ID, appended, deposits
from tests.support.clock import Clock

draft = draft_store(sys.argv[1], LEDGER_ID, Clock())
appended(draft, "a", *deposits(100))
print("drafted", flush=True)
time.sleep(60)
"""


def test_a_process_that_is_killed_with_a_draft_open_leaves_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    with subprocess.Popen(
        [sys.executable, "-c", HALFWAY, str(path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "drafted\n"
        process.kill()

    assert not path.exists()
    with closing(open_store(str(made(path)), Clock())) as store:
        assert len(log_of(store)) == 3
