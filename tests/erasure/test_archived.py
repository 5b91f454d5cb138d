"""Erasing what is archived: no file of the archive has the texts any more, and all still fits."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import ArchiveMissing, DamagedArchive
from ledger.exchange import archiving
from tests.support.crash.killed_archiver import TickingClock
from tests.support.erasure.members import OF_ANNE, OF_OTHERS, write
from tests.support.erasure.traces import traces, traces_in


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def archived(
    path: str, folder: Path, clock: TickingClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ledger]:
    """A ledger whose first events are archived in two files; a new account came after that."""
    monkeypatch.setattr(archiving, "SEGMENT_EVENTS", 14)
    with Ledger.open(path, clock=clock, snapshot_interval=2) as ledger:
        write(ledger)
        ledger.archive(folder, ledger.head().recorded_us)
        ledger.open_account("dora", "Dora Neumann")
        ledger.transfer("ben", "dora", "2", "Für Dora")
        yield ledger


def content_of(folder: Path) -> bytes:
    return b"".join(
        gzip.decompress(each.read_bytes()) if each.suffix == ".gz" else each.read_bytes()
        for each in folder.iterdir()
    )


def check(ledger: Ledger, folder: Path) -> None:
    assert ledger.verify().findings == ()
    found = ledger.verify(archive=str(folder))
    assert (found.findings, found.archive_looked_at) == ((), True)


def test_no_file_has_the_texts_any_more(archived: Ledger, path: str, folder: Path) -> None:
    assert traces_in(content_of(folder), OF_ANNE) == set(OF_ANNE)
    balances = archived.balances()
    report = archived.erase("anne", "asked for it")
    assert len(report.rewritten) == 2
    assert report.traces is None
    assert len(list(folder.iterdir())) == 4
    assert traces_in(content_of(folder), [*OF_ANNE, *OF_OTHERS]) == set(OF_OTHERS)
    assert [each.balance for each in archived.balances()] == [each.balance for each in balances]
    assert archived.history("anne").state.owner == "(erased)"
    check(archived, folder)
    archived.close()
    assert traces(path, OF_ANNE) == set()


def test_what_is_left_can_be_erased_and_archived_further(archived: Ledger, folder: Path) -> None:
    archived.erase("anne", "asked for it")
    archived.erase("ben", "asked, too")
    check(archived, folder)
    archived.archive(folder, archived.head().recorded_us)
    check(archived, folder)
    assert traces_in(content_of(folder), [*OF_ANNE, *OF_OTHERS]) == set()


def test_without_the_archive_nothing_is_erased(archived: Ledger, folder: Path) -> None:
    head = archived.head()
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(ArchiveMissing) as refused:
        archived.erase("anne", "asked for it")
    assert str(folder) in refused.value.message
    assert archived.head() == head
    assert traces_in(content_of(away), OF_ANNE) == set(OF_ANNE)


def test_an_account_that_is_younger_than_the_archive_needs_none(
    archived: Ledger, folder: Path
) -> None:
    shutil.rmtree(folder)
    report = archived.erase("dora", "asked for it")
    assert (report.texts, report.elsewhere, report.rewritten) == (2, {"ben": 1}, ())
    assert archived.verify().findings == ()


def test_a_damaged_file_is_not_written_anew(archived: Ledger, folder: Path) -> None:
    first = min(folder.glob("*.gz"))
    first.write_bytes(first.read_bytes()[:-9])
    head = archived.head()
    with pytest.raises(DamagedArchive, match=first.name):
        archived.erase("anne", "asked for it")
    assert archived.head() == head


def test_an_archive_elsewhere_is_written_anew_there_and_remembered(
    archived: Ledger, path: str, folder: Path, clock: TickingClock
) -> None:
    archived.close()
    away = folder.rename(folder.with_name("away"))
    with Ledger.open(path, clock=clock, archive=str(away)) as ledger:
        ledger.erase("anne", "asked for it")
        check(ledger, away)
    assert traces_in(content_of(away), OF_ANNE) == set()
    assert not folder.exists()
    with Ledger.open(path, clock=clock) as ledger:
        assert {each.folder for each in ledger.book().archive} == {str(away)}


def test_of_a_copy_that_went_on_differently_only_the_same_events_are_removed(
    archived: Ledger, path: str, folder: Path, clock: TickingClock, tmp_path: Path
) -> None:
    copy = str(tmp_path / "copy.db")
    lines = list(archived.export_events(to_position=15))
    with Ledger.draft(copy, restoring=True, clock=clock) as other:
        other.import_events(lines)
    with Ledger.open(copy, clock=clock) as other:
        for _ in range(6):
            other.deposit("club", "1", "Anders")
        other.archive(folder, other.head().recorded_us)
        archived.erase("anne", "asked for it")
        check(archived, folder)
        same, different = other.book().archive
        assert (same.is_there, different.is_there) == (False, True)
