"""Archiving and erasing, killed at each step: the ledger is whole, and a next run goes on."""

from __future__ import annotations

import json
from pathlib import Path

from ledger import Ledger
from ledger.errors import NothingToArchive
from ledger.eventstore.records import RecordedEvent
from tests.support.child_process import child
from tests.support.crash import killed_archiver
from tests.support.crash.killed_archiver import FOLDER, LEDGER, archive, erase, opened, written
from tests.support.erasure.members import OF_ANNE, OF_OTHERS
from tests.support.erasure.traces import traces_in

STEPS = ("segment written", "manifest written", "verified", "recorded")


def killed(work: str, folder: Path, until: int) -> list[str]:
    """The points at which the work was killed in copies of a folder."""
    with child(killed_archiver.main, work, folder, until) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    points: list[str] = json.loads(out.splitlines()[-1])
    return points


def answers(folder: Path) -> object:
    """What the ledger says of its accounts, from its projections and from its log."""
    with opened(str(folder)) as ledger:
        return (
            [(each.account_id, each.balance_minor, each.version) for each in ledger.balances()],
            [ledger.history(account).entries for account in ledger.account_ids()],
        )


def accounts_log(folder: Path) -> list[RecordedEvent]:
    """The whole log without the book's events."""
    with opened(str(folder)) as ledger:
        events = list(ledger.events(raw=True))
    return [event for event in events if not event.stream_id.startswith("$")]


def check_sound(folder: Path) -> int:
    """See that the ledger and its archive are whole; gives where the archive ends."""
    with opened(str(folder)) as ledger:
        alone = ledger.verify()
        assert alone.findings == ()
        both = ledger.verify(archive=str(folder / FOLDER))
        assert (both.findings, both.archive_looked_at) == ((), bool(alone.archived))
    return alone.archived


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_archiving_that_is_killed_has_lost_nothing_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "club"
    folder.mkdir()
    until = written(str(folder))
    wanted, log = answers(folder), accounts_log(folder)
    points = killed("archive", folder, until)
    assert [point for point in points if not point.startswith("before")] == [
        *[*STEPS, "deleted"] * 2,
        "shrunk",
    ]
    whole = tmp_path / "undisturbed"
    end, ends = check_sound(whole), set()
    for number, point in enumerate(points):
        copy = tmp_path / str(number)
        ends.add(check_sound(copy))
        assert answers(copy) == wanted, point
        try:
            archive(str(copy), until)
        except NothingToArchive:
            assert number > points.index("deleted"), point
        assert check_sound(copy) == end, point
        assert answers(copy) == wanted
        assert accounts_log(copy) == log
        assert names_in(copy / FOLDER) == names_in(whole / FOLDER), point
    assert len(ends) == 3


def test_erasing_what_is_archived_that_is_killed_can_be_repeated(tmp_path: Path) -> None:
    folder = tmp_path / "club"
    folder.mkdir()
    archive(str(folder), written(str(folder)))
    before = names_in(folder / FOLDER)
    points = killed("erase", folder, 0)
    steps = [point for point in points if not point.startswith("before")]
    assert steps == [*STEPS[:3] * 2, "recorded", "erased", "removed"]
    assert points.count("before os.unlink") >= 4
    done = set()
    for number, point in enumerate(points):
        copy = tmp_path / str(number)
        check_sound(copy)
        with Ledger.open(copy / LEDGER) as ledger:
            erased = any(
                each.event_type == "PersonalDataErased" for each in ledger.events(raw=True)
            )
        done.add(erased)
        assert erased == (number > points.index("recorded")), point
        erase(str(copy))
        check_sound(copy)
        left = names_in(copy / FOLDER)
        assert len(left) == len(before), point
        assert not set(left) & set(before)
        content = b"".join(
            each.read_bytes() for each in copy.iterdir() if each.name.startswith(LEDGER)
        )
        for name in left:
            content += unpacked(copy / FOLDER / name)
        assert traces_in(content, OF_ANNE) == set(), point
        assert traces_in(content, OF_OTHERS) == set(OF_OTHERS)
    assert done == {False, True}


def unpacked(file: Path) -> bytes:
    import gzip

    return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
