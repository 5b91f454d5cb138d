"""Publishing into a file: what is sent, from where, and by whom."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import (
    InvalidOption,
    LedgerError,
    LedgerMoved,
    NoSuchPublication,
    PublicationDiverged,
    PublicationMoved,
)
from tests.publishing.conftest import Books
from tests.support.publishing.judging import judged

BATCH = 8


@pytest.fixture
def path(books: Books, tmp_path: Path) -> Path:
    return books.copy(tmp_path)


def published(path: Path, target: str, **how: Any) -> int:
    """Publish what there is, and give how many events that was."""
    with Ledger.open(path) as ledger, ledger.publisher(target, batch=BATCH, **how) as publisher:
        publisher.run()
        return publisher.published


def bodies(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines()


def test_every_event_is_published_once_and_then_what_is_new(
    path: Path, books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    assert published(path, f"file:{file}") == len(books.events)
    assert published(path, f"file:{file}") == 0
    assert judged(books.events, [bodies(file)])["come again"] == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Ledger.open(path) as ledger:
        ledger.deposit("bank", "1")
        (before,) = ledger.publications()
        assert (before.checkpoint, before.lag) == (len(books.events), 1)
    assert published(path, f"file:{file}") == 1
    with Ledger.open(path) as ledger:
        judged(list(ledger.events(raw=True)), [bodies(file)])
        (after,) = ledger.publications()
    assert (after.lag, after.diverged) == (0, False)


def test_cloud_events_have_what_the_specification_wants(path: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    published(path, f"file:{file}")
    for body in bodies(file):
        found = json.loads(body)
        assert found["specversion"] == "1.0"
        assert all(found[name] for name in ("id", "source", "type", "subject", "time"))
        assert all(name.islower() and name.isalnum() and len(name) <= 20 for name in found)
    assert [json.loads(body)["previoushash"] for body in bodies(file)][1:] == [
        json.loads(body)["hash"] for body in bodies(file)[:-1]
    ]


def test_a_line_without_its_end_is_cut_off_and_sent_again(
    path: Path, books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    published(path, f"file:{file}")
    whole = file.read_bytes()
    with Ledger.open(path) as ledger:
        ledger.deposit("bank", "1")
        event = list(ledger.events(raw=True))[-1]
    for torn in (b"{", whole.splitlines()[-1][:90], b'{"specversion":"1.0","id":"'):
        file.write_bytes(whole + torn)
        with Ledger.open(path) as ledger, ledger.publisher(f"file:{file}", after=31) as publisher:
            assert "was cut off" in publisher.notes[0]
        assert file.read_bytes() == whole
    published(path, f"file:{file}", after=len(books.events))
    judged([*books.events, event], [bodies(file)])


def test_a_file_with_nothing_but_the_beginning_of_a_line_is_begun_anew(
    path: Path, books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    file.write_bytes(b'{"specversion":"1.0","id":"ab')
    assert published(path, f"file:{file}") == len(books.events)
    judged(books.events, [bodies(file)])


@pytest.mark.parametrize(
    "what",
    ["ledger", "log", "folder", "link", "pipe", "text", "other", "nowhere", "/dev/null"],
)
def test_what_is_no_file_of_published_events_is_left_alone(
    what: str, path: Path, tmp_path: Path
) -> None:
    place = tmp_path / "out.jsonl"
    match what:
        case "ledger":
            place = path
        case "log":
            place = Path(f"{path}-wal")
        case "folder":
            place.mkdir()
        case "link":
            place.symlink_to(path)
        case "pipe":
            os.mkfifo(place)
        case "text":
            place.write_text("Dear diary,\n")
        case "other":
            Ledger.open(tmp_path / "other.db").close()
            published(tmp_path / "other.db", f"file:{place}")
        case "nowhere":
            place = tmp_path / "none" / "out.jsonl"
        case _:
            place = Path(what)
    before = place.read_bytes() if place.is_file() else None
    with pytest.raises(InvalidOption):
        published(path, f"file:{place}")
    assert (place.read_bytes() if place.is_file() else None) == before
    with Ledger.open(path) as ledger:
        assert ledger.publications() == []


def test_a_file_that_was_moved_away_is_begun_anew(path: Path, books: Books, tmp_path: Path) -> None:
    file, older = tmp_path / "out.jsonl", tmp_path / "out.1.jsonl"
    with Ledger.open(path) as ledger, ledger.publisher(f"file:{file}", batch=10) as publisher:
        publisher.step()
        file.rename(older)
        publisher.run()
    assert len(bodies(older)) == 10
    judged(books.events, [bodies(older) + bodies(file)])


def test_two_publishers_do_not_mix_their_lines(path: Path, tmp_path: Path) -> None:
    target = f"file:{tmp_path / 'out.jsonl'}"
    with (
        Ledger.open(path) as ledger,
        ledger.publisher(target),
        pytest.raises(PublicationMoved, match="is publishing into"),
    ):
        published(path, target)


def test_the_slower_of_two_publishers_of_one_name_is_told(
    path: Path, books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    target = f"file:{file}"
    with Ledger.open(path) as ledger, ledger.publisher(target, batch=BATCH) as slower:
        messages = slower.read()
        slower.send(messages)
        slower.wait()
        with Ledger.open(path) as other:
            (before,) = other._store.publications.read()  # type: ignore[attr-defined] # of SQLite
            after = type(before)(before.name, before.target, 3, books.events[2].hash)
            assert other._store.publications.save(after, before)  # type: ignore[attr-defined]
        with pytest.raises(PublicationMoved, match="under the name"):
            slower.move_checkpoint(messages)
    assert published(path, target) == len(books.events) - 3
    judged(books.events, [bodies(file)])


def test_a_name_belongs_to_one_target_until_somebody_says_otherwise(
    path: Path, books: Books, tmp_path: Path
) -> None:
    one, other = f"file:{tmp_path / 'one'}", f"file:{tmp_path / 'other'}"
    published(path, one, name="archive")
    with pytest.raises(InvalidOption, match="is published to file:"):
        published(path, other, name="archive")
    assert not (tmp_path / "other").exists()
    assert published(path, other, name="archive", after=30) == len(books.events) - 30
    assert json.loads(bodies(tmp_path / "other")[0])["position"] == 31
    with Ledger.open(path) as ledger:
        ledger.forget_publication("archive")
        assert ledger.publications() == []
        with pytest.raises(NoSuchPublication):
            ledger.forget_publication("archive")


def test_a_restored_backup_publishes_again_until_it_has_another_log(
    path: Path, books: Books, tmp_path: Path
) -> None:
    file, backup = tmp_path / "out.jsonl", tmp_path / "backup.db"
    with Ledger.open(path) as ledger, ledger.publisher(f"file:{file}", batch=10) as publisher:
        publisher.step()
        ledger.backup(str(backup))
        publisher.run()
    assert published(backup, f"file:{file}") == len(books.events) - 10
    judged(books.events, [bodies(file)])
    with Ledger.open(path) as ledger:
        ledger.deposit("bank", "1", "the one")
    with Ledger.open(backup) as ledger:
        ledger.deposit("bank", "2", "the other")
    published(path, f"file:{file}")
    with pytest.raises(PublicationDiverged, match="another event at position"):
        published(backup, f"file:{file}")


def test_a_log_that_is_not_the_one_that_was_published_is_told(
    path: Path, books: Books, tmp_path: Path
) -> None:
    target, end = f"file:{tmp_path / 'out.jsonl'}", len(books.events)
    published(path, target)
    with Ledger.open(path) as ledger:
        kept = ledger._store.publications  # type: ignore[attr-defined] # of SQLite
        (before,) = kept.read()
        for position in (end, end + 5):
            wrong = type(before)(before.name, before.target, position, bytes(32))
            assert kept.save(wrong, before)
            before = wrong
            (status,) = ledger.publications()
            assert (status.diverged, status.lag) == (True, 0)
            (finding,) = ledger.verify(workers=1).findings
            assert (finding.check, finding.position) == ("head", position)
            with pytest.raises(PublicationDiverged) as refused, ledger.publisher(target):
                pass
            assert f"position {position} was published" in refused.value.message


@pytest.mark.parametrize(
    "target",
    [
        "",
        "books",
        "file:",
        "file://host/x",
        "http://host/x",
        "nats://host",
        "nats://host/",
        "nats:///S",
        "nats://host/a.b",
        "nats://host/*",
        "nats://host:0/S",
        "nats://host:99999/S",
        "nats://ho st/S",
        "kafka://host/a b",
        "kafka://host/..",
        "kafka://host,/t",
        "nats://ana:secret@host/S",
        "kafka://ana:secret@host/t",
        "nats://ana:secret@host/",
        "http://ana:secret@host/",
    ],
)
def test_what_is_no_target_is_refused_without_its_password(target: str, path: Path) -> None:
    with pytest.raises(InvalidOption) as refused:
        published(path, target)
    error: LedgerError = refused.value
    assert "secret" not in f"{error.message} {error.advice} {error.details}"


def test_a_checkpoint_goes_with_a_backup_and_stays_out_of_new_ledgers(
    path: Path, tmp_path: Path
) -> None:
    published(path, f"file:{tmp_path / 'out.jsonl'}", name="archive")
    with Ledger.open(path) as ledger:
        ledger.backup(str(tmp_path / "backup.db"))
        kept = ledger.publications()
        assert ledger.verify(workers=1).clean
        assert [each.name for each in ledger.projections() if not each.known] == []
        ledger.rebuild_projections(workers=1)
        assert ledger.publications() == kept
        exported = list(ledger.export_events())
    with Ledger.open(tmp_path / "backup.db") as backup:
        assert backup.publications() == kept
    with Ledger.in_memory(restoring=True) as copy:
        copy.import_events(exported)
        assert copy.publications() == []


def test_nothing_is_handed_out_of_a_ledger_that_is_not_there_any_more(
    path: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    with Ledger.open(path) as ledger, ledger.publisher(f"file:{file}") as publisher:
        path.rename(tmp_path / "moved.db")
        with pytest.raises(LedgerMoved):
            publisher.step()
        (tmp_path / "moved.db").rename(path)
    assert not file.exists()
