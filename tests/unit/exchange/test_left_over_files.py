"""Files of an archive that no ledger refers to: who removes them, and who names them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.commands.erasing import Eraser
from ledger.errors import LockTimeout, StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.archive.left_over import left_over
from tests.support.archiving import Hook, archive
from tests.support.clock import SECOND, Clock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def lived(books: Ledger, clock: Clock) -> Ledger:
    """A ledger with one entry a second."""
    books.open_account("a", "Ana", initial_balance="100")
    for number in range(12):
        clock.now += SECOND
        books.deposit("a", "1", f"number {number}")
    return books


@pytest.fixture
def other(path: str, clock: Clock, lived: Ledger) -> Iterator[Ledger]:
    """Another process with the ledger, so to say."""
    with Ledger.open(path, clock=clock, create=False) as ledger:
        yield ledger


@pytest.fixture
def copy(path: str, clock: Clock, lived: Ledger, tmp_path: Path) -> Iterator[Ledger]:
    """A copy of the ledger's file, from before anything was archived."""
    lived.backup(tmp_path / "copy.db")
    with Ledger.open(tmp_path / "copy.db", clock=clock, create=False) as ledger:
        yield ledger


def at_step(wanted: str, action: Callable[[], object]) -> Hook:
    todo = [action]

    def reached(step: str) -> None:
        if step == wanted and todo:
            todo.pop()()

    return reached


def stop() -> None:
    raise KeyboardInterrupt


def names_in(folder: Path) -> set[str]:
    return set(os.listdir(folder))


def names_of(ledger: Ledger) -> set[str]:
    """Those of the files that a ledger refers to."""
    segments = [each.segment.file for each in ledger.book().archive]
    return {*segments, *(each.replace(".jsonl.gz", ".manifest.json") for each in segments)}


@pytest.mark.parametrize("step", ["segment written", "manifest written", "verified", "recorded"])
def test_a_run_that_fails_removes_what_it_wrote(lived: Ledger, folder: Path, step: str) -> None:
    with suppress(KeyboardInterrupt):
        archive(lived, folder, lived.head().recorded_us, at_step(step, stop))
    assert names_in(folder) == set()


def test_a_run_whose_ledger_has_no_room_removes_what_it_wrote(
    lived: Ledger, folder: Path, path: str
) -> None:
    with closing(sqlite3.connect(path)) as file:
        (pages,) = file.execute("PRAGMA page_count").fetchone()
    connection = lived._store._session.connection  # type: ignore[attr-defined]
    connection.pragma("max_page_count", pages)
    with pytest.raises(StorageFailure, match="the disk is full"):
        archive(lived, folder, lived.head().recorded_us)
    assert names_in(folder) == set()


def test_a_run_that_is_overtaken_removes_what_it_wrote_and_nothing_else(
    lived: Ledger, other: Ledger, folder: Path
) -> None:
    def overtake(until: int) -> Hook:
        return at_step("verified", lambda: archive(other, folder, until))

    end = lived.head().recorded_us
    with pytest.raises(LockTimeout):
        archive(lived, folder, end - 4 * SECOND, overtake(end - 6 * SECOND))
    assert names_in(folder) == names_of(lived)
    # Both write the same files now.
    with pytest.raises(LockTimeout):
        archive(lived, folder, end, overtake(end))
    assert names_in(folder) == names_of(lived)
    assert len(names_of(lived)) == 4
    assert lived.verify(archive=str(folder)).clean


def test_texts_that_are_erased_meanwhile_are_in_no_file(
    lived: Ledger, other: Ledger, folder: Path
) -> None:
    erase = at_step("verified", lambda: other.erase("a", "asked for it"))
    archive(lived, folder, lived.head().recorded_us, erase)
    assert names_in(folder) == names_of(lived)


def test_an_erasure_that_fails_removes_what_it_wrote(lived: Ledger, folder: Path) -> None:
    lived.archive(folder, lived.head().recorded_us)
    eraser = Eraser(lived._store, lived._repository, lived._projector, at_step("verified", stop))
    with suppress(KeyboardInterrupt):
        eraser.erase("a", "asked for it", lived._run_context())
    assert names_in(folder) == names_of(lived)
    assert lived.verify(archive=str(folder)).clean


@pytest.mark.parametrize("step", ["verified", "recorded"])
def test_what_a_copy_of_the_ledger_refers_to_stays(
    lived: Ledger, copy: Ledger, folder: Path, step: str
) -> None:
    end = lived.head().recorded_us
    copy.archive(folder, end)
    with suppress(KeyboardInterrupt):  # of the same files
        archive(lived, folder, end, at_step(step, stop))
    assert copy.verify(archive=str(folder)).clean


def test_what_a_copy_writes_at_the_same_time_stays(
    lived: Ledger, copy: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "saves", lambda: 0)  # that another process counts by itself

    def copy_is_faster() -> None:
        archive(copy, folder, lived.head().recorded_us)
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        archive(lived, folder, lived.head().recorded_us, at_step("verified", copy_is_faster))
    assert copy.verify(archive=str(folder)).clean


def test_what_the_ledger_refers_to_stays_though_the_run_fails_then(
    lived: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for saves in (lambda: 0, standing.saves):
        monkeypatch.setattr(standing, "saves", saves)
        lived.deposit("a", "1")
        with suppress(KeyboardInterrupt):
            archive(lived, folder, lived.head().recorded_us, at_step("deleted", stop))
        assert names_in(folder) == names_of(lived)
    assert lived.verify(archive=str(folder)).clean


def test_what_was_only_begun_is_removed_by_the_next_run_and_by_an_erasure(
    lived: Ledger, folder: Path
) -> None:
    end = lived.head().recorded_us

    def leave() -> None:
        begin = lived._store.ledger_id[:8]
        (folder / f"{begin}.new-0123456789ab").write_text("half")
        (folder / f"{begin}-000000000001-000000000009-01234567.jsonl.gz").write_text("alone")

    folder.mkdir()
    leave()
    (folder / "01234567.new-0123456789ab").write_text("of another ledger")
    lived.archive(folder, end - 4 * SECOND)
    assert names_in(folder) == {*names_of(lived), "01234567.new-0123456789ab"}
    leave()
    assert lived.erase("a", "asked for it").left_over == ()
    assert names_in(folder) == {*names_of(lived), "01234567.new-0123456789ab"}


def test_a_whole_pair_of_nobody_is_named_with_the_command_that_removes_it(
    lived: Ledger, copy: Ledger, folder: Path, path: str
) -> None:
    """It could be of a copy, as it is here, so nothing but a person can know."""
    end = lived.head().recorded_us
    copy.archive(folder, end - 4 * SECOND)
    pair = tuple(sorted(str(folder / name) for name in names_in(folder)))

    assert lived.archive(folder, end - 2 * SECOND).left_over == pair
    assert lived.erase("a", "asked for it").left_over == pair
    command = f"rm {' '.join(pair)}"
    (note,) = (each for each in lived.verify(archive=str(folder)).notes if "rm " in each)
    assert note.endswith(command)
    lived.close()
    for archive_folder in (None, str(folder)):
        notes = Ledger.diagnose(path, archive=archive_folder).notes
        assert [each for each in notes if "rm " in each] == [note]
    assert copy.verify(archive=str(folder)).clean


def test_a_pair_of_a_copy_that_went_on_otherwise_is_not_named(
    lived: Ledger, copy: Ledger, folder: Path, clock: Clock
) -> None:
    copy.deposit("a", "7")
    lived.deposit("a", "8")
    copy.archive(folder, copy.head().recorded_us)
    assert lived.archive(folder, lived.head().recorded_us).left_over == ()


def test_files_that_are_being_written_are_not_taken_for_left_ones(
    lived: Ledger, other: Ledger, folder: Path
) -> None:
    found: list[list[str]] = []

    def look(step: str) -> None:
        if step in ("segment written", "manifest written", "verified", "recorded"):
            assert names_in(folder)
            found.append(left_over(other._store, str(folder)))

    archive(lived, folder, lived.head().recorded_us, look)
    assert found == [[]] * 4


def test_nothing_is_committed_whose_files_somebody_removed(lived: Ledger, folder: Path) -> None:
    head = lived.head()
    with pytest.raises(StorageFailure, match="somebody has removed"):
        archive(lived, folder, head.recorded_us, at_step("verified", lambda: shutil.rmtree(folder)))
    assert lived.head() == head
