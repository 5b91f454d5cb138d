"""Logs on their way out and in: an erasure goes with them, and never back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.cli.output import event_documents
from ledger.errors import BrokenChain, ErasedMeanwhile, InvalidLine
from ledger.eventstore.hash_chain import text_digest
from tests.support.clock import Clock
from tests.support.erasure.members import OF_ANNE, OF_OTHERS, texts_of, write
from tests.support.erasure.traces import traces


@pytest.fixture
def copy(tmp_path: Path) -> str:
    return str(tmp_path / "copy.db")


def imported(path: str, lines: list[bytes], clock: Clock) -> Ledger:
    with Ledger.draft(path, restoring=True, clock=clock) as ledger:
        ledger.import_events(lines)
    return Ledger.open(path, clock=clock)


def test_an_export_has_digests_in_the_place_of_erased_texts(members: Ledger) -> None:
    before = {event.position: event for event in members.events(raw=True)}
    members.erase("anne", "asked for it")
    for line in list(members.export_events())[1:-1]:
        document = json.loads(line)
        event = before[document["position"]]
        if event.text in OF_ANNE:
            assert event.salt is not None
            assert document["text_sha256"] == text_digest(event.text, event.salt).hex()
            assert not {"text", "salt"} & set(document)
        elif event.salt is not None:
            assert (document["text"], document["salt"]) == (event.text, event.salt.hex())
        else:
            assert not {"text", "salt", "text_sha256"} & set(document)


def test_an_export_of_before_makes_the_old_ledger(members: Ledger, copy: str, clock: Clock) -> None:
    lines, head = list(members.export_events()), members.head()
    members.erase("anne", "asked for it")
    with imported(copy, lines, clock) as ledger:
        assert ledger.head() == head
        assert texts_of(ledger) >= {*OF_ANNE, *OF_OTHERS}
        assert ledger.verify(workers=1).findings == ()
        assert ledger.erase("anne", "there as well").texts == 9
        assert ledger.verify(workers=1).findings == ()


def test_events_published_before_an_erasure_are_read_back_without_their_texts(
    members: Ledger, copy: str, clock: Clock
) -> None:
    """What a broker still has: events as they were when they came, and then the erasure."""
    before = list(members.export_events())[1:]
    members.erase("anne", "asked for it")
    header, *_, erasure = members.export_events()
    with Ledger.draft(copy, restoring=True, clock=clock) as ledger:
        report = ledger.import_events([header, *before, erasure])
        assert report.erased == 13
    with Ledger.open(copy, clock=clock) as ledger:
        assert ledger.head() == members.head()
        assert list(ledger.export_events()) == list(members.export_events())
        assert ledger.verify(workers=1).findings == ()
        assert {row.owner for row in ledger.accounts()} == {row.owner for row in members.accounts()}
    assert traces(copy, OF_ANNE) == set()
    assert traces(copy, OF_OTHERS) == {*OF_OTHERS}


@pytest.mark.parametrize(
    "change",
    [
        {"text_sha256": "00" * 32},
        {"text_sha256": "00" * 31},
        {"salt": "00" * 16},
        {"text": "put in its place", "text_sha256": None, "salt": "00" * 16},
        {"text": "put beside it"},
        {"text_sha256": None},
    ],
)
def test_a_changed_digest_is_refused(
    members: Ledger, copy: str, clock: Clock, change: dict[str, str | None]
) -> None:
    members.erase("anne", "asked for it")
    lines = list(members.export_events())
    place = next(place for place, line in enumerate(lines) if b'"text_sha256"' in line)
    document = json.loads(lines[place]) | change
    lines[place] = json.dumps({k: v for k, v in document.items() if v is not None}).encode()
    with (
        pytest.raises((BrokenChain, InvalidLine), match=f"line {place + 1}"),
        Ledger.draft(copy, restoring=True, clock=clock) as ledger,
    ):
        ledger.import_events(lines)
    assert not Path(copy).exists()


def test_an_export_in_which_texts_were_erased_half_way_is_refused(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger, Ledger.open(path, clock=clock) as other:
        write(ledger)
        lines = ledger.export_events()
        assert json.loads(next(lines))["events"] == ledger.head().position
        next(lines)
        other.erase("anne", "meanwhile")
        with pytest.raises(ErasedMeanwhile) as refusal:
            list(lines)
        assert refusal.value.exit_status == 5
        assert list(ledger.export_events())[-1].count(b"PersonalDataErased") == 1


def test_a_part_of_the_log_can_be_exported_after_an_erasure(members: Ledger) -> None:
    members.erase("anne", "asked for it")
    lines = list(members.export_events(to_position=3))
    assert len(lines) == 4
    assert b"text_sha256" in lines[2]


def test_whoever_follows_sees_null(members: Ledger) -> None:
    members.erase("anne", "asked for it")
    shown = [event_documents.event(lifted) for lifted in members.events()]
    data = [document["data"] for document in shown]
    assert data[1]["owner"] is None
    words = {each["description"] for each in data if each.get("description", "") != ""}
    assert words == {None, *OF_OTHERS[1:]}
    assert data[-1] == {"reason": "asked for it"}
    followed: Iterator[object] = members.follow(raw=True)
    assert [next(followed) for _ in shown] == list(members.events(raw=True))
