"""Times in the future: who tells of them, and how little is read for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ledger import Ledger
from ledger.commands.future import dated_ahead, future_notes, recorded_ahead
from ledger.commands.known import position_known_by
from ledger.eventstore.records import RecordedEvent
from tests.support.clock import DAY, HOUR, NOON, SECOND, Clock

MINUTE = 60 * SECOND
MANY = 4_000


class Counting:
    """Passes everything on to a store, and counts the events that are read from it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def read_all(self, **bounds: Any) -> Iterator[RecordedEvent]:
        for event in self._store.read_all(**bounds):
            self.read += 1
            yield event


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON - MANY * SECOND)


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    ledger = Ledger.in_memory(clock=clock)
    ledger.open_account("a", "Ana")
    ledger.open_account("b", "Ben")
    deposit = b'{"command": "deposit", "account": "a", "amount": "1"}'
    for _ in range(8):
        clock.now += MANY // 8 * SECOND
        ledger.batch([deposit] * (MANY // 8))
    return ledger


def counted(ledger: Ledger) -> Counting:
    return Counting(ledger._source.store)


def test_a_log_of_the_past_is_not_read(ledger: Ledger, clock: Clock) -> None:
    store = counted(ledger)
    for now in (clock.now, clock.now - 4 * MINUTE, clock.now + DAY):
        assert future_notes(store, now) == []
    assert store.read < 100


def test_the_end_that_was_recorded_too_late_is_not_read(ledger: Ledger, clock: Clock) -> None:
    store = counted(ledger)
    now = clock.now - 1_000 * SECOND
    ahead = recorded_ahead(store, now)
    assert ahead is not None
    assert ahead.events == 2 * MANY // 8
    assert (ahead.to_position, ahead.until_us) == (ledger.head().position, clock.now)
    assert position_known_by(store, now) == ahead.from_position - 1
    (note,) = future_notes(store, now)
    assert note.startswith(f"{ahead.events} changes are recorded from position")
    assert store.read < 150


def test_of_a_corrected_clock_only_its_stretch_is_read(ledger: Ledger, clock: Clock) -> None:
    before = clock.now
    clock.now += 30 * DAY
    ledger.deposit("b", "1")
    ledger.transfer("b", "a", "1")
    clock.now = before + HOUR
    ledger.correct_clock()
    for _ in range(50):
        ledger.deposit("b", "1")
    store = counted(ledger)
    found = dated_ahead(store, clock.now)
    assert found is not None
    assert (found.events, found.account_id, found.until_us) == (3, "b", before + 30 * DAY)
    assert next(iter(ledger.events(raw=True, from_position=found.position))).stream_id == "b"
    assert store.read < 150
    assert ledger.verify().notes == tuple(future_notes(store, clock.now))
    assert ledger.book().dated_ahead == found
    assert future_notes(store, before + 30 * DAY - 5 * MINUTE) == []


def test_a_test_ledger_is_asked_by_its_own_clock(tmp_path: Any) -> None:
    from ledger.domain.book_events import TestLedger

    test = TestLedger("2099-01-01T00:00:00Z+1h", "7")
    with Ledger.open(tmp_path / "books.db", test=test) as ledger:
        ledger.open_account("a", "Ana")
        ledger.deposit("a", "1")
        assert ledger.verify().notes == ()
        assert ledger.book().recorded_ahead is None
    assert Ledger.diagnose(tmp_path / "books.db").notes == ()
