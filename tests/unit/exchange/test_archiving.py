"""Archiving: what goes, what stays, and what others may do meanwhile."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from ledger import Ledger
from ledger.commands.erasing import Eraser
from ledger.commands.erasing_archived import segments_of
from ledger.errors import (
    ArchiveMissing,
    IdempotencyKeyReused,
    InvalidOption,
    InvalidTime,
    InvalidUsage,
    LockTimeout,
    NothingToArchive,
)
from ledger.eventstore.publications import Publication, Publishes
from ledger.eventstore.records import RecordedEvent
from ledger.exchange import archiving
from tests.support.archiving import Hook, archive
from tests.support.budget import Budget, BudgetSet
from tests.support.clock import HOUR, SECOND, Clock
from tests.support.memory_store import MemoryStore


@pytest.fixture
def other(path: str, clock: Clock, books: Ledger) -> Iterator[Ledger]:
    """Another process with the ledger, so to say."""
    with Ledger.open(path, clock=clock, create=False) as ledger:
        yield ledger


def lived(ledger: Ledger, clock: Clock, entries: int = 40) -> None:
    """Two accounts, and one entry after the other."""
    ledger.open_account("a", "Ana", initial_balance="100")
    ledger.open_account("b", "Bo")
    for number in range(entries):
        clock.now += SECOND
        ledger.transfer("a", "b", "1", f"number {number}")


def archived(ledger: Ledger, folder: Path, until: int, reached: Hook = lambda step: None) -> int:
    """Archive, and give the last position that is archived."""
    return archive(ledger, folder, until, reached).to_position


def answers(ledger: Ledger) -> object:
    return (
        [(each.account_id, each.balance_minor, each.version) for each in ledger.balances()],
        [ledger.history(account).entries for account in ledger.account_ids()],
        [entry.description for entry in ledger.find("number")],
    )


def at_step(wanted: str, action: Callable[[], object]) -> Hook:
    """Does something once, when a step is reached."""
    todo = [action]

    def reached(step: str) -> None:
        if step == wanted and todo:
            todo.pop()()

    return reached


# ── what goes ───────────────────────────────────────────────────────────────────────────────────


def test_the_entries_up_to_a_moment_leave_and_everything_is_answered_as_before(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock)
    before, head = answers(books), books.head()
    moment = clock.now - 10 * SECOND

    report = books.archive(tmp_path / "archive", moment)

    assert report.to_position == head.position - 20
    assert report.events == report.to_position
    assert answers(books) == before
    assert books.head().position == head.position + 1
    (noted,) = books.events(from_position=head.position + 1)
    assert noted.event_type == "LogArchived"
    with books.sql("SELECT count(*) FROM event_log WHERE account_id <> '$book'") as answer:
        assert [*answer.rows] == [(20,)]
    assert books.verify(workers=1).clean


@pytest.mark.files
def test_the_file_shrinks(clock: Clock, tmp_path: Path, path: str) -> None:
    line = b'{"command":"deposit","account":"a","amount":"1","description":"twenty characters of"}'
    with Ledger.open(path, clock=clock) as ledger:
        ledger.open_account("a", "Ana")
        ledger.batch([line] * 3_000)
    before = os.path.getsize(path)
    with Ledger.open(path, clock=clock) as ledger:
        ledger.archive(tmp_path / "archive", clock.now)
    assert os.path.getsize(path) < before // 4
    assert sorted(os.listdir(tmp_path)) == ["archive", "books.db"]


def test_several_files_are_written_of_a_long_log(
    books: Ledger, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "SEGMENT_EVENTS", 21)
    lived(books, clock)
    before = answers(books)

    report = books.archive(tmp_path / "archive", clock.now)

    ends = [each.last_position for each in report.segments]
    # The creation of the book and two openings come first, then pairs: a pair is never divided.
    assert ends == [21, 41, 61, 81, 83]
    assert answers(books) == before
    assert [event.position for event in books.events()] == list(range(1, 89))
    assert books.verify(workers=1).clean


def test_a_further_run_goes_on_where_the_last_one_ended(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock)
    before = answers(books)
    first = books.archive(tmp_path / "archive", clock.now - 20 * SECOND)
    second = books.archive(tmp_path / "archive", clock.now)

    assert second.segments[0].first_position == first.to_position + 1
    assert answers(books) == before
    with pytest.raises(NothingToArchive, match="is archived already"):
        books.archive(tmp_path / "archive", clock.now - 20 * SECOND)
    with pytest.raises(NothingToArchive, match="nothing was recorded by"):
        books.archive(tmp_path / "archive", clock.now - HOUR)


def test_without_a_moment_the_locked_period_goes(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock)
    with pytest.raises(InvalidTime, match="no period is locked"):
        books.archive(tmp_path / "archive")
    moment = clock.now - 10 * SECOND
    books.lock(moment)
    assert books.archive(tmp_path / "archive").to_position == 63
    with pytest.raises(NothingToArchive):
        books.archive(tmp_path / "archive", clock.now - HOUR)


def test_nothing_goes_that_is_not_published(books: Ledger, clock: Clock, tmp_path: Path) -> None:
    lived(books, clock)
    store = books._store
    assert isinstance(store, Publishes)
    event = next(store.read_all(after_position=41))
    publication = Publication("elsewhere", "file:x", event.position, event.hash)
    assert store.publications.save(publication, None)

    report = books.archive(tmp_path / "archive", clock.now)

    assert (report.to_position, report.published) == (41, "elsewhere")  # 42 and 43 are one append
    with pytest.raises(NothingToArchive, match="still to be published by elsewhere"):
        books.archive(tmp_path / "archive", clock.now)


def test_events_of_an_aggregate_whose_state_is_not_kept_stay(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    assert Budget.state_version == 0
    lived(books, clock, entries=3)
    books.append(Budget("$food"), BudgetSet(500))
    clock.now += SECOND
    books.archive(tmp_path / "archive", clock.now)
    books._store.archive_folder = "/nowhere"  # type: ignore[attr-defined]

    assert books.load(Budget, "$food").state.amount == 500
    assert books.verify(workers=1).clean


def test_a_snapshot_of_what_is_archived_is_no_finding(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock, entries=3)
    clock.now += SECOND
    books.archive(tmp_path / "archive", clock.now)
    books.transfer("a", "b", "1")
    books.open_account("c", "Cy")
    assert [each.version for each in books.snapshot(["a", "b", "c"])] == [5, 5, 1]
    books.archive(tmp_path / "archive", clock.now)
    assert [each.version for each in books.snapshot(["a", "b", "c"])] == [5, 5, 1]

    assert books.verify(workers=1).clean
    assert books.snapshots() == []


def test_who_goes_on_finds_the_files_that_an_erasure_has_written_anew(
    books: Ledger, other: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock, entries=3)
    books.archive(tmp_path / "archive", clock.now)
    assert len(other.history("a").entries) == 4
    books.erase("a", "asked for")

    assert {each.description for each in other.history("a").entries} == {
        "(erased)",
        "",
        "asked for",
    }
    assert other.verify(workers=1).clean


# ── what is not at hand ─────────────────────────────────────────────────────────────────────────


def test_a_key_is_answered_from_the_archive_or_refused(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock, entries=3)
    first = books.deposit("a", "5", idempotency_key="k")
    clock.now += SECOND
    books.archive(tmp_path / "archive", clock.now)

    again = books.deposit("a", "5", idempotency_key="k")
    assert (again.replayed, again.accounts) == (True, first.accounts)
    with pytest.raises(IdempotencyKeyReused):
        books.deposit("a", "6", idempotency_key="k")
    shutil.move(tmp_path / "archive", tmp_path / "elsewhere")
    books._store.archive_folder = str(tmp_path / "archive")  # type: ignore[attr-defined]
    with pytest.raises(ArchiveMissing):
        books.deposit("a", "5", idempotency_key="k")
    books._store.archive_folder = str(tmp_path / "elsewhere")  # type: ignore[attr-defined]
    assert books.deposit("a", "5", idempotency_key="k").replayed


@pytest.mark.files
def test_the_folder_is_found_again_if_it_moves_with_the_ledger(
    clock: Clock, path: str, tmp_path: Path
) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        lived(ledger, clock)
        before = answers(ledger)
        ledger.archive(tmp_path / "archive", clock.now)
    moved = tmp_path / "elsewhere" / "deep"
    moved.mkdir(parents=True)
    shutil.move(path, moved / "books.db")
    shutil.move(tmp_path / "archive", moved / "archive")

    with Ledger.open(moved / "books.db", clock=clock, create=False) as ledger:
        assert answers(ledger) == before


def test_a_batch_goes_on_from_what_is_archived(books: Ledger, clock: Clock, tmp_path: Path) -> None:
    lived(books, clock)
    books.archive(tmp_path / "archive", clock.now)
    books._store.archive_folder = "/nowhere"  # type: ignore[attr-defined]
    lines = [
        b'{"command":"open","account":"c","owner":"Cy"}',
        b'{"command":"transfer","from":"b","to":"c","amount":"1"}',
        b'{"command":"transfer","from":"a","to":"c","amount":"1"}',
        b'{"command":"deposit","account":"a","amount":"1"}',
    ]
    assert books.batch(lines).commands == 4
    assert [(each.balance_minor, each.version) for each in books.balances()] == [
        (6000, 43),
        (3900, 42),
        (200, 3),
    ]
    assert books.verify(workers=1).clean


def test_a_run_after_archiving_can_be_undone_without_the_archive(
    books: Ledger, clock: Clock, tmp_path: Path, path: str
) -> None:
    lived(books, clock, entries=3)
    books.archive(tmp_path / "archive", clock.now)
    shutil.rmtree(tmp_path / "archive")
    with Ledger.open(path, clock=clock, create=False) as later:
        later.deposit("a", "5")
        later.undo()
        assert later.balance("a").balance_minor == 9700


def test_a_run_that_may_have_begun_in_what_is_archived_is_not_undone_without_it(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    books.open_account("a", "Ana")
    clock.now += SECOND
    books.deposit("a", "1")
    clock.now += SECOND
    books.deposit("a", "2")
    books.archive(tmp_path / "archive", clock.now - SECOND)
    shutil.rmtree(tmp_path / "archive")
    with pytest.raises(ArchiveMissing):
        books.undo()


def test_a_right_entry_just_after_the_archive_is_told_without_it(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    books.open_account("a", "Ana")
    books.open_account("b", "Bo")
    clock.now += SECOND
    until = clock.now
    clock.now += SECOND
    wrong = books.deposit("a", "5")
    books.archive(tmp_path / "archive", until)
    books.correct("a", wrong.accounts[0].version, into="b")
    books._store.archive_folder = "/nowhere"  # type: ignore[attr-defined]
    (entry,) = books.history("b", limit=1).entries
    assert (entry.version, entry.corrects_elsewhere is not None) == (2, True)


# ── who else is there ───────────────────────────────────────────────────────────────────────────


def test_others_write_while_files_are_written(
    books: Ledger, other: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock)
    other.balance("a")
    end = books.head().position
    step = at_step("verified", lambda: other.deposit("a", "7"))

    assert archived(books, tmp_path / "archive", clock.now, step) == end
    other.deposit("a", "8")
    assert other.balance("a").balance_minor == books.balance("a").balance_minor == 7500
    assert [event.position for event in other.events()] == list(range(1, end + 4))


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("stream_id", ["b", None])
def test_a_reader_misses_nothing_that_is_archived_meanwhile(
    books: Ledger,
    other: Ledger,
    clock: Clock,
    tmp_path: Path,
    stream_id: str | None,
    newest_first: bool,
) -> None:
    lived(books, clock, entries=99)
    expected = list(read(books, stream_id, newest_first))
    reading = read(other, stream_id, newest_first)
    found = [next(reading)]

    books.archive(tmp_path / "archive", clock.now)

    found += reading
    assert found[: len(expected)] == expected
    assert {event.stream_id for event in found[len(expected) :]} <= {"$book"}


def read(ledger: Ledger, stream_id: str | None, newest_first: bool) -> Iterator[RecordedEvent]:
    if stream_id is None:
        return ledger._store.read_all()
    return ledger._store.read_stream(stream_id, newest_first=newest_first)


def test_texts_that_are_erased_meanwhile_are_not_archived(
    books: Ledger, other: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock)
    step = at_step("verified", lambda: other.erase("a", "asked for"))

    archived(books, tmp_path / "archive", clock.now, step)

    texts = {event.text for event in books._store.read_all() if event.stream_id == "a"}
    assert all(isinstance(text, bytes) or text in (None, "asked for") for text in texts)
    assert books.verify(workers=1).clean


def erase(ledger: Ledger, account: str, reached: Hook) -> None:
    eraser = Eraser(ledger._store, ledger._repository, ledger._projector, reached)
    eraser.erase(account, "asked for", ledger._run_context())


def check_archive(ledger: Ledger, folder: Path) -> None:
    """All files of the archive are there and right, and nothing of anybody else's."""
    assert ledger.verify(archive=str(folder), workers=1).clean
    named = {each.file for each in segments_of(ledger._store)}
    assert {each.name for each in folder.glob("*.gz")} == named


def test_an_erasure_leaves_the_files_of_one_that_came_after_it(
    books: Ledger, other: Ledger, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    lived(books, clock, entries=3)
    books.archive(folder, clock.now)

    erase(books, "a", at_step("erased", lambda: other.erase("b", "asked for")))

    check_archive(books, folder)


def test_an_erasure_whose_new_files_another_removes_writes_them_again(
    books: Ledger, other: Ledger, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    lived(books, clock, entries=3)
    books.archive(folder, clock.now)
    erased, written = Event(), Event()

    def wait_before_removing() -> None:
        erased.set()
        assert written.wait(30)

    def let_remove() -> None:
        written.set()
        first.join()

    first = Thread(target=erase, args=(books, "a", at_step("erased", wait_before_removing)))
    first.start()
    assert erased.wait(30)
    erase(other, "b", at_step("verified", let_remove))

    check_archive(other, folder)


def test_of_two_who_archive_one_is_told(
    books: Ledger, other: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock)
    before = answers(books)
    step = at_step("verified", lambda: other.archive(tmp_path / "archive", clock.now))

    with pytest.raises(LockTimeout, match="archived entries meanwhile") as told:
        archived(books, tmp_path / "archive", clock.now, step)
    assert told.value.details["archived_to"] == 83  # so that no longer wait is advised

    assert answers(books) == before
    assert books.verify(workers=1).clean


def test_who_has_the_file_open_before_the_first_archiving_reads_on(
    books: Ledger, other: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock)
    before = answers(other)
    books.archive(tmp_path / "archive", clock.now)

    assert answers(other) == before
    other.deposit("a", "1")
    other.archive(tmp_path / "archive", clock.now)
    assert books.balance("a").balance_minor == 6100
    assert books.verify(workers=1).clean


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", ["segment written", "manifest written", "verified", "recorded"])
def test_nothing_has_changed_where_it_stops_before_the_commit(
    books: Ledger, clock: Clock, tmp_path: Path, step: str
) -> None:
    lived(books, clock)
    before, head = answers(books), books.head()

    def stop() -> None:
        raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        archived(books, tmp_path / "archive", clock.now, at_step(step, stop))

    assert (answers(books), books.head()) == (before, head)
    archived(books, tmp_path / "archive", clock.now)
    assert answers(books) == before
    assert len(os.listdir(tmp_path / "archive")) == 2
    assert books.verify(workers=1).clean


@pytest.mark.files
def test_a_file_that_cannot_shrink_now_is_told(
    books: Ledger, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(books, clock)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**9, 10**9, 1_000))

    report = books.archive(tmp_path / "archive", clock.now)

    assert "no room to write" in report.not_shrunk
    assert books.verify(workers=1).clean


def test_a_folder_that_cannot_be_written_is_told(
    books: Ledger, clock: Clock, tmp_path: Path
) -> None:
    lived(books, clock)
    before = answers(books)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InvalidOption):
        books.archive(tmp_path / "taken", clock.now)
    with pytest.raises(InvalidOption):
        books.archive(tmp_path / "taken" / "archive", clock.now)
    assert answers(books) == before


def test_a_store_without_an_archive_says_so(clock: Clock, tmp_path: Path) -> None:
    store = MemoryStore("0f0e0d0c-0b0a-4908-8706-050403020100", clock)
    ledger = Ledger(store, clock=clock)
    ledger._projector.create()
    with pytest.raises(InvalidUsage, match="neither in a file nor on a server"):
        ledger.archive(tmp_path / "archive", clock.now)
    assert not os.listdir(tmp_path)
