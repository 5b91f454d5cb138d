"""The book: the fold of its events, and its rules."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Event
from ledger.domain.book import BOOK_STREAM, Book, BookState, ZoneChange
from ledger.domain.book_events import (
    BookCreated,
    BookEvent,
    BookRenamed,
    ClockCorrected,
    ClockCorrectionWithdrawn,
    LedgerMigrated,
    LogArchived,
    PeriodLocked,
    PeriodUnlocked,
    TestLedger,
    TimeZoneChanged,
)
from ledger.domain.validation import check_account_id
from ledger.errors import DamagedLedger, InvalidAccountId, InvalidOption, InvalidText, InvalidTime

CREATED = BookCreated("5f0c1c2e", "Europe/Berlin", None, "Club")
STATE = BookState("5f0c1c2e", "Club", [ZoneChange(None, "Europe/Berlin")], None, [], None, 10, 10)


def book(*events: BookEvent) -> Book:
    """The book after its creation and these events, each a µs later."""
    folded = Book(BOOK_STREAM)
    for number, event in enumerate((CREATED, *events)):
        folded.apply(event, 10 + number)
    return folded


def test_a_creation_is_the_first_state() -> None:
    created = book()
    assert (created.version, created.state) == (1, STATE)
    assert created.highest_effective_at == 10


def test_a_test_ledger_keeps_the_clock_and_the_seed_that_it_was_created_with() -> None:
    test = TestLedger("2026-01-01T09:00:00Z+1s", "7")
    created = Book(BOOK_STREAM)
    created.apply(replace(CREATED, test=test), 10)
    assert created.state == replace(STATE, test=test)


MIGRATED = LedgerMigrated("0d6f3f8f", 1, "41:9c1f")

GOLDEN: list[tuple[BookEvent, BookState]] = [
    (BookRenamed("Club 1907"), replace(STATE, name="Club 1907")),
    (BookRenamed(""), replace(STATE, name="")),
    (TimeZoneChanged("America/Lima"), replace(STATE, time_zones=[(None, "America/Lima")])),
    (
        TimeZoneChanged("America/Lima", 20),
        replace(STATE, time_zones=[(None, "Europe/Berlin"), (20, "America/Lima")]),
    ),
    (PeriodLocked(30, "audited"), replace(STATE, locked_until=30)),
    (ClockCorrected(17, "a year ahead"), replace(STATE, corrections=[2])),
    (MIGRATED, replace(STATE, migrated_from=MIGRATED)),
    (LogArchived(1_000, "9c1f", "aa", "bb"), STATE),
]


@pytest.mark.parametrize(("event", "state"), GOLDEN)
def test_what_an_event_changes(event: BookEvent, state: BookState) -> None:
    changed = book(event)
    assert changed.version == 2
    assert changed.state == replace(state, highest=11)


def test_an_unlocking_goes_back_to_an_earlier_moment_or_altogether() -> None:
    assert book(PeriodLocked(30), PeriodUnlocked(20)).state.locked_until == 20
    assert book(PeriodLocked(30), PeriodUnlocked()).state.locked_until is None


def test_a_correction_of_the_clock_can_be_withdrawn_and_others_stand() -> None:
    corrected = book(ClockCorrected(17), ClockCorrected(19), ClockCorrectionWithdrawn(2))
    assert corrected.state.corrections == [3]
    corrected.apply(ClockCorrectionWithdrawn(2), 20)
    assert corrected.state.corrections == [3]


def test_time_zones_are_kept_in_the_order_that_they_hold_in() -> None:
    changed = book(TimeZoneChanged("America/Lima", 20), TimeZoneChanged("Asia/Tokyo", 30))
    assert changed.state.time_zones == [
        (None, "Europe/Berlin"),
        (20, "America/Lima"),
        (30, "Asia/Tokyo"),
    ]


def test_the_highest_effective_time_stays_though_a_corrected_clock_steps_back() -> None:
    corrected = book()
    corrected.apply(ClockCorrected(1), 3)
    assert corrected.highest_effective_at == 10


def test_every_event_of_the_book_has_its_say_here() -> None:
    folded: set[type[Event]] = {type(event) for event, _ in GOLDEN}
    folded |= {BookCreated, PeriodUnlocked, ClockCorrectionWithdrawn}
    assert folded == set(Book.event_types)


@pytest.mark.parametrize("event", [event for event, _ in GOLDEN])
def test_nothing_comes_before_the_creation(event: BookEvent) -> None:
    empty = Book(BOOK_STREAM)
    with pytest.raises(AttributeError, match="before the creation of the book"):
        empty.apply(event, 10)
    with pytest.raises(DamagedLedger):
        empty.check(event, 10)
    with pytest.raises(DamagedLedger, match="does not begin with the creation of its book"):
        _ = empty.state


def test_a_book_is_created_once() -> None:
    Book(BOOK_STREAM).check(CREATED, 10)
    with pytest.raises(InvalidOption, match="the book was created before"):
        book().check(CREATED, 11)


@pytest.mark.parametrize("event", [event for event, _ in GOLDEN])
def test_what_may_follow_a_creation_passes(event: BookEvent) -> None:
    book().check(event, 1_000)


def test_no_account_can_have_the_stream_of_the_book() -> None:
    assert BOOK_STREAM == "$book"
    with pytest.raises(InvalidAccountId):
        check_account_id(BOOK_STREAM)


def test_a_book_and_an_account_share_no_event() -> None:
    assert not set(Book.event_types) & set(BankAccount.event_types)


# ── commands ────────────────────────────────────────────────────────────────────────────────────


def test_a_book_is_created_with_what_it_is_told() -> None:
    test = TestLedger("2026-01-01T09:00:00Z+1s", "7")
    empty = Book(BOOK_STREAM)
    assert empty.create("5f0c1c2e", "Europe/Berlin", "Club") == CREATED
    assert empty.create("5f0c1c2e", "UTC", test=test) == BookCreated("5f0c1c2e", "UTC", test, "")
    assert empty.version == 0


def test_a_book_can_be_renamed_and_its_name_taken_away() -> None:
    assert book().rename("Club 1907") == BookRenamed("Club 1907")
    assert book().rename("") == BookRenamed("")


@pytest.mark.parametrize("name", ["a\0", "a\udc80"])
def test_a_name_that_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(InvalidText):
        book().rename(name)
    with pytest.raises(InvalidText):
        Book(BOOK_STREAM).create("5f0c1c2e", "UTC", name)


def test_the_time_zone_changes_for_always_while_nothing_is_recorded() -> None:
    assert book().change_time_zone("Asia/Tokyo", None, None) == TimeZoneChanged("Asia/Tokyo")


def test_the_time_zone_changes_after_all_that_is_recorded() -> None:
    changed = book().change_time_zone("Asia/Tokyo", 101, 100)
    assert changed == TimeZoneChanged("Asia/Tokyo", 101)


@pytest.mark.parametrize(
    ("since", "reason"),
    [
        (None, "what is recorded already keeps its time zone"),
        (99, "something is recorded already of a later time"),
        (100, "something is recorded already of a later time"),
    ],
)
def test_what_is_recorded_keeps_its_time_zone(since: int | None, reason: str) -> None:
    with pytest.raises(InvalidTime, match=reason) as refusal:
        book().change_time_zone("Asia/Tokyo", since, 100)
    assert refusal.value.advice


@pytest.mark.parametrize("since", [199, 200])
def test_a_change_of_the_time_zone_comes_after_the_one_before(since: int) -> None:
    changed = book(TimeZoneChanged("America/Lima", 200))
    with pytest.raises(InvalidTime, match="was changed for a later time already"):
        changed.change_time_zone("Asia/Tokyo", since, 100)
    assert changed.change_time_zone("Asia/Tokyo", 201, 100) == TimeZoneChanged("Asia/Tokyo", 201)
