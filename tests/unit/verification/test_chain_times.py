"""Times in the log: which events may be recorded or effective out of order, and no others."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Event
from ledger.domain.book import Book
from ledger.eventstore.hash_chain import expected_hash, genesis
from ledger.eventstore.records import RecordedEvent
from ledger.verification.chain import ChainCheck
from tests.support.appends import LEDGER_ID
from tests.support.clock import NOON
from tests.support.eventstore.recorded_events import recorded

KINDS: list[type[Event]] = [*BankAccount.event_types, *Book.event_types]
UNKNOWN = "MoneyBurnt"


def found(*events: RecordedEvent) -> list[tuple[str, int | None]]:
    """What is found of events whose places and hashes are right."""
    previous, log = genesis(LEDGER_ID), []
    for position, event in enumerate(events, 1):
        placed = replace(event, position=position)
        previous = expected_hash(previous, placed)
        log.append(replace(placed, hash=previous))
    check = ChainCheck(0, genesis(LEDGER_ID), 0)
    findings = [*check.check(log), *check.end(len(log))]
    return [(each.check, each.position) for each in findings]


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_dated_by_another_event_may_lie_ahead(kind: type[Event]) -> None:
    ahead = recorded(event_type=kind.__name__, effective_at=NOON + 1, recorded_at=NOON)

    assert found(ahead) == ([] if kind.dated_by_another else [("recorded_times", 1)])


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_the_clock_alone_stamps_may_step_back(kind: type[Event]) -> None:
    first = recorded(effective_at=0, recorded_at=NOON)
    back = recorded(event_type=kind.__name__, effective_at=0, recorded_at=NOON - 1)
    after = recorded(effective_at=0, recorded_at=NOON - 1)

    wrong = [] if kind.stamped_by_clock_alone else [("recorded_times", 2)]
    assert found(first, back, after) == wrong


def test_an_event_of_an_unknown_type_may_do_neither() -> None:
    first = recorded(effective_at=0, recorded_at=NOON)
    ahead = recorded(event_type=UNKNOWN, effective_at=NOON + 1, recorded_at=NOON)
    back = recorded(event_type=UNKNOWN, effective_at=0, recorded_at=NOON - 1)

    assert found(first, ahead, back) == [("recorded_times", 2), ("recorded_times", 3)]


def test_which_ones_these_are() -> None:
    assert {kind.__name__ for kind in KINDS if kind.dated_by_another} == {
        "EntryReversed",
        "EntryAmended",
        "OpeningAmended",
        "AccountReopened",
        "ConfirmationWithdrawn",
    }
    assert [kind.__name__ for kind in KINDS if kind.stamped_by_clock_alone] == ["ClockCorrected"]


def test_a_right_text_and_an_erased_one_are_no_findings() -> None:
    assert found(
        recorded(text="rent", salt=bytes(16)),
        recorded(text="", salt=bytes(16)),
        recorded(text=bytes(32), salt=None),
        recorded(),
    ) == []  # fmt: skip
