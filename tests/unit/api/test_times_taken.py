"""A time may be a date, a datetime, a text or µs UTC, and means the same each way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ledger import Ledger, NewBook
from ledger.errors import InvalidTime
from tests.support.clock import Clock, utc

BERLIN = ZoneInfo("Europe/Berlin")
OPENING_DAY = date(2026, 1, 5)
DAY = date(2026, 2, 14)


@pytest.fixture
def books() -> Ledger:
    books = Ledger.in_memory(
        clock=Clock("2026-12-01T12:00"), book=NewBook(time_zone="Europe/Berlin")
    )
    books.open_account("a", "Ana", initial_balance="1", at="2026-01-05T10:00")
    return books


@pytest.mark.parametrize(
    "at",
    [
        DAY,
        "2026-02-14",
        datetime(2026, 2, 14),  # noqa: DTZ001 - in the book's zone
        datetime(2026, 2, 14, tzinfo=BERLIN),
        datetime(2026, 2, 13, 23, tzinfo=UTC),
        utc("2026-02-13T23:00Z"),
    ],
)
def test_a_command_is_effective_at_the_start_of_a_date(books: Ledger, at: object) -> None:
    (event,) = books.deposit("a", "5", at=at).events  # type: ignore[arg-type]  # of every kind
    assert event.effective_at == datetime(2026, 2, 13, 23, tzinfo=UTC)


@pytest.mark.parametrize("at", [OPENING_DAY, "2026-01-05"])
def test_the_day_of_the_opening_is_the_opening(books: Ledger, at: date | str) -> None:
    (event,) = books.deposit("a", "5", at=at).events
    assert event.effective_at == datetime(2026, 1, 5, 9, tzinfo=UTC)


Question = Callable[[Ledger, date | str], object]


@pytest.mark.parametrize(
    "ask",
    [
        lambda books, day: books.balance("a", as_of=day).as_of,
        lambda books, day: books.balances(as_of=day)[0].as_of,
        lambda books, day: books.history("a", as_of=day).as_of,
        lambda books, day: books.statement("a", to_time=day).to_time,
        lambda books, day: books.plan_lock(day),
    ],
)
@pytest.mark.parametrize("day", [date(2026, 3, 29), "2026-03-29", date(2026, 11, 30)])
def test_a_period_ends_with_the_last_instant_of_a_date(
    books: Ledger, ask: Question, day: date | str
) -> None:
    assert ask(books, day) == last_instant(day)


@pytest.mark.parametrize("day", [date(2026, 12, 1), "2026-12-01"])
def test_what_was_known_on_a_date_was_known_at_its_end(books: Ledger, day: date | str) -> None:
    assert books.balance("a", known_at=day).known_at == last_instant(day)


def last_instant(day: date | str) -> datetime:
    midnight = datetime.combine(date.fromisoformat(str(day)) + timedelta(1), time(), BERLIN)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def test_a_period_begins_with_the_first_instant_of_a_date(books: Ledger) -> None:
    books.deposit("a", "5", at=DAY)
    statement = books.statement("a", from_time=DAY, to_time=DAY)
    assert statement.from_time == datetime(2026, 2, 13, 23, tzinfo=UTC)
    assert [str(entry.amount) for entry in statement.entries] == ["5.00 USD"]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 3, 29, 2, 30), "does not exist"),  # noqa: DTZ001
        ("2026-03-29T02:30", "does not exist"),
        (datetime(2026, 10, 25, 2, 30), "comes twice"),  # noqa: DTZ001
        ("2026-10-25T02:30", "comes twice"),
    ],
)
def test_a_time_that_the_clocks_skip_or_repeat_is_refused(
    books: Ledger, moment: datetime | str, words: str
) -> None:
    for ask in (
        lambda: books.deposit("a", "1", at=moment),
        lambda: books.balance("a", as_of=moment),
    ):
        with pytest.raises(InvalidTime, match=words):
            ask()


def test_a_time_with_a_zone_is_never_skipped(books: Ledger) -> None:
    summer, winter = (timezone(timedelta(hours=each)) for each in (2, 1))
    for zone, hour in ((summer, 0), (winter, 1)):
        (event,) = books.deposit("a", "1", at=datetime(2026, 10, 25, 2, 30, tzinfo=zone)).events
        assert event.effective_at == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("moment", [time(12), 1.5, True, b"2026"])
def test_what_is_no_time_is_refused(books: Ledger, moment: object) -> None:
    for ask in (
        lambda: books.deposit("a", "1", at=moment),  # type: ignore[arg-type]
        lambda: books.balance("a", as_of=moment),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidTime, match="is no time"):
            ask()


def test_other_commands_take_dates_too(books: Ledger) -> None:
    books.amend_account("a", opened_at=date(2026, 1, 2))
    assert books.history("a").state.opened_at == datetime(2026, 1, 1, 23, tzinfo=UTC)
    books.confirm("a", "1", "the bank", at=DAY)
    books.lock(DAY)
    assert books.locked_until == datetime(2026, 2, 14, 22, 59, 59, 999999, UTC)
    books.unlock("again", until=date(2026, 1, 31))
    assert books.locked_until == datetime(2026, 1, 31, 22, 59, 59, 999999, UTC)
