from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ledger import Ledger, Money
from ledger.commands.arguments import amount_text, time_text
from ledger.errors import InvalidAmount, InvalidTime
from tests.support.clock import NOON, Clock, utc


@pytest.mark.parametrize(
    ("amount", "minor_units"),
    [
        ("50", 5000),
        ("50.00", 5000),
        (50, 5000),
        (Decimal("50"), 5000),
        (Decimal("5E+1"), 5000),
        (Decimal("0.05"), 5),
        (Decimal("5E-2"), 5),
        (Money(5000, "USD"), 5000),
    ],
)
def test_amounts_come_as_text_int_decimal_or_money(
    amount: str | int | Decimal | Money, minor_units: int, ledger: Ledger
) -> None:
    ledger.open_account("a", "Ana")
    assert ledger.deposit("a", amount).balance == Money(minor_units, "USD")


@pytest.mark.parametrize("amount", [50.0, 0.1, float("nan"), float("inf")])
def test_a_float_is_refused_with_what_to_pass_instead(amount: float) -> None:
    with pytest.raises(InvalidAmount, match="is a float") as refusal:
        amount_text(amount)
    assert "Decimal" in refusal.value.advice


@pytest.mark.parametrize(
    "amount", [-5, True, Decimal("NaN"), Decimal("Infinity"), Decimal("-0.01"), Decimal("0.001")]
)
def test_what_is_no_amount_of_money_is_refused(amount: int | Decimal, ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="1")
    with pytest.raises(InvalidAmount):
        ledger.deposit("a", amount)
    assert ledger.head().position == 2


@pytest.fixture
def berlin(clock: Clock, zone: Callable[[str], None]) -> Ledger:
    """The ledger of a club in Berlin, used by somebody in Tokyo."""
    zone("JST-9")
    ledger = Ledger.in_memory(clock=clock, book={"time_zone": "Europe/Berlin"})
    ledger.open_account("a", "Ana", at="2025-01-01")
    return ledger


TIMES = [
    (utc("2026-01-31T08:00"), utc("2026-01-31T08:00")),
    ("2026-01-31T08:00Z", utc("2026-01-31T08:00")),
    (datetime(2026, 1, 31, 8, tzinfo=UTC), utc("2026-01-31T08:00")),
    (
        datetime(2026, 1, 31, 8, 0, 0, 7, timezone(timedelta(hours=2))),
        utc("2026-01-31T06:00") + 7,
    ),
    (datetime.fromisoformat("2026-01-31T08:00"), utc("2026-01-31T07:00")),
    ("2026-01-31T08:00", utc("2026-01-31T07:00")),
]


@pytest.mark.parametrize(
    ("time", "expected"), [*TIMES, (None, NOON), ("2026-01-31", utc("2026-01-30T23:00"))]
)
def test_times_of_commands_come_as_text_datetime_or_microseconds(
    time: str | datetime | int | None, expected: int, berlin: Ledger
) -> None:
    (event,) = berlin.deposit("a", "1", at=time).recorded
    assert event.effective_at == expected


@pytest.mark.parametrize(
    ("time", "expected"), [*TIMES, (-1, -1), ("2026-01-31", utc("2026-01-31T23:00") - 1)]
)
def test_times_of_questions_come_as_text_datetime_or_microseconds(
    time: str | datetime | int, expected: int, berlin: Ledger
) -> None:
    berlin.deposit("a", "1", at=expected if expected > 0 else None)
    if expected < 0:
        assert berlin.balances(as_of=time) == []
        return
    assert berlin.balance("a", as_of=time).as_of_us == expected
    assert berlin.history("a", as_of=time).entries[-1].effective_us == expected
    assert berlin.statement("a", to_time=time).to_us == expected


def test_a_bare_date_that_a_period_begins_with_is_its_first_instant(berlin: Ledger) -> None:
    found = berlin.statement("a", from_time="2026-01-31", to_time="2026-01-31")
    assert found.from_us == utc("2026-01-30T23:00")
    assert found.to_us == utc("2026-01-31T23:00") - 1


def test_a_bare_date_of_an_opening_is_followed_by_what_happens_on_it(ledger: Ledger) -> None:
    """On the day of the opening a bare date means the opening, not the day's first instant."""
    (opened,) = ledger.open_account("a", "Ana", at="2026-02-01T10:00Z").recorded
    (event,) = ledger.deposit("a", "1", at="2026-02-01").recorded
    assert event.effective_at == opened.effective_at


def test_no_time_is_no_text() -> None:
    assert time_text(None) is None
    assert time_text("2026-01-31") == "2026-01-31"
    assert time_text(NOON) == "2026-03-01T12:00:00.000000Z"


@pytest.mark.parametrize("time", [2**63, -(2**63), 10**30])
def test_microseconds_beyond_what_can_be_stored_are_refused(time: int, ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    with pytest.raises(InvalidTime, match="out of range"):
        ledger.balance("a", as_of=time)
    with pytest.raises(InvalidTime, match="out of range"):
        ledger.history("a", known_at=time)
    with pytest.raises(InvalidTime, match="out of range"):
        ledger.deposit("a", "1", at=time)


@pytest.mark.parametrize("time", [2**63 - 1, -(2**63) + 1])
def test_all_other_microseconds_can_be_asked_about(time: int, ledger: Ledger, clock: Clock) -> None:
    ledger.open_account("a", "Ana", initial_balance="7")
    clock.now += 1
    ledger.deposit("a", "1", at=clock.now - 1)
    found = ledger.balances(as_of=time)
    assert [report.balance.minor_units for report in found] == ([800] if time > 0 else [])
