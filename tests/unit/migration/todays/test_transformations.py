"""A function that replaces events of today's format on their way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec.structs import replace

from ledger import Ledger
from ledger.domain.events import MoneyDeposited, MoneyWithdrawn, PersonalDataErased
from ledger.errors import VerificationFailed
from ledger.eventstore.codec import decode_event
from ledger.migration.source_event import SourceEvent
from tests.support.clock import Clock
from tests.unit.migration.todays.conftest import ERASED, LIFTED


def same(given: SourceEvent) -> Iterable[SourceEvent]:
    return [given]


def test_the_very_same_events_are_kept(path: Path, clock: Clock, tmp_path: Path) -> None:
    report = Ledger.migrate(path, tmp_path / "new.db", clock=clock, transform=same)
    assert (report.kept, report.lifted) == (LIFTED, 0)


def test_corrections_of_the_clock_go_with_their_events(
    path: Path, clock: Clock, tmp_path: Path
) -> None:
    def without_small(given: SourceEvent) -> Iterable[SourceEvent]:
        return [] if given.stream_id == "small" else [given]

    Ledger.migrate(path, tmp_path / "new.db", clock=clock, transform=without_small)
    marked = []
    for each in (path, tmp_path / "new.db"):
        with Ledger.open(each, create=False, clock=clock) as ledger:
            assert ledger.verify().findings == ()
            log = list(ledger.events(raw=True))
        wrong = [
            json.loads(e.data)["from_position"] for e in log if e.event_type == "ClockCorrected"
        ]
        marked.append([log[position - 1].text for position in wrong])
    assert marked[0] == marked[1] == ["1 days ahead", "365 days ahead"]


def test_an_erased_text_stays_so_in_a_changed_event(
    path: Path, clock: Clock, tmp_path: Path
) -> None:
    def tagged(given: SourceEvent) -> Iterable[SourceEvent]:
        if given.stream_id == "gone" and isinstance(given.event, MoneyDeposited):
            return [replace(given, event=replace(given.event, tags={"category": "fee"}))]
        return [given]

    Ledger.migrate(path, tmp_path / "new.db", clock=clock, transform=tagged)
    with Ledger.open(tmp_path / "new.db", create=False, clock=clock) as ledger:
        (fee,) = [
            e for e in ledger.events(raw=True) if e.stream_id == "gone" and "category" in e.data
        ]
        assert fee.erased
        assert ledger.verify().findings == ()


def put_back(given: SourceEvent) -> Iterable[SourceEvent]:
    if given.stream_id == "gone" and isinstance(given.event, MoneyDeposited):
        return [replace(given, event=replace(given.event, description=ERASED))]
    return [given]


def without_the_erasure(given: SourceEvent) -> Iterable[SourceEvent]:
    return [] if isinstance(given.event, PersonalDataErased) else [given]


def into_the_past(given: SourceEvent) -> Iterable[SourceEvent]:
    return [replace(given, recorded_us=0, effective_us=0)] if given.stream_id == "gone" else [given]


def into_the_book(given: SourceEvent) -> Iterable[SourceEvent]:
    return [replace(given, stream_id="$book")]


@pytest.mark.parametrize("transform", [put_back, without_the_erasure, into_the_past, into_the_book])
def test_what_makes_no_sound_ledger_is_refused(
    path: Path, clock: Clock, tmp_path: Path, transform: object
) -> None:
    with pytest.raises(VerificationFailed, match="no sound ledger"):
        Ledger.migrate(path, tmp_path / "new.db", clock=clock, transform=transform)  # type: ignore[arg-type]
    assert not (tmp_path / "new.db").exists()


def amend(path: Path, clock: Clock, version: int) -> None:
    """Record that an entry of account ``keyed`` was amended."""
    with Ledger.open(path, create=False, clock=clock) as ledger:
        ledger.amend_entry("keyed", version, {"description": "as it should be"})


def test_what_refers_to_an_entry_goes_with_it(path: Path, clock: Clock, tmp_path: Path) -> None:
    amend(path, clock, 3)

    def twice(given: SourceEvent) -> Iterable[SourceEvent]:
        if given.stream_id == "keyed" and given.event.label == "opened":
            nothing = MoneyDeposited(1, "USD"), MoneyWithdrawn(1, "USD")
            return [given, *(replace(given, event=event) for event in nothing)]
        return [given]

    Ledger.migrate(path, tmp_path / "new.db", clock=clock, transform=twice)
    with Ledger.open(tmp_path / "new.db", create=False, clock=clock) as ledger:
        amended = [e for e in ledger.events(raw=True) if e.event_type == "EntryAmended"][-1]
        entry = decode_event(amended).amends
        assert entry == 5
        (found,) = [
            e for e in ledger.events(raw=True) if (e.stream_id, e.version) == ("keyed", entry)
        ]
        assert found.text == "later, about before"

    def without_it(given: SourceEvent) -> Iterable[SourceEvent]:
        return [] if given.event.words == "later, about before" else [given]

    with pytest.raises(VerificationFailed, match="version 3 of keyed, which it refers to"):
        Ledger.migrate(path, tmp_path / "other.db", clock=clock, transform=without_it)
