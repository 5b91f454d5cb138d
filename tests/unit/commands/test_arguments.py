from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ledger import Ledger, Money
from ledger.commands.arguments import amount_text, instant_of, time_text
from ledger.errors import InvalidAmount, InvalidTime
from tests.support.clock import Clock, utc


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
    assert ledger.head().position == 1


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (None, None),
        (utc("2026-01-31T08:00"), utc("2026-01-31T08:00")),
        (-1, -1),
        ("2026-01-31T08:00Z", utc("2026-01-31T08:00")),
        (datetime(2026, 1, 31, 8, tzinfo=UTC), utc("2026-01-31T08:00")),
        (
            datetime(2026, 1, 31, 8, 0, 0, 7, timezone(timedelta(hours=2))),
            utc("2026-01-31T06:00") + 7,
        ),
        (datetime.fromisoformat("2026-01-31T08:00"), utc("2026-01-31T07:00")),
        ("2026-01-31", utc("2026-01-30T23:00")),
    ],
)
def test_times_come_as_text_datetime_or_microseconds(
    time: str | datetime | int | None, expected: int | None, zone: Callable[[str], None]
) -> None:
    zone("CET-1")
    assert instant_of(time) == expected
    said = time_text(time)
    assert said is None or isinstance(said, str)
    assert instant_of(said) == expected


def test_a_bare_date_of_a_question_means_the_whole_day(zone: Callable[[str], None]) -> None:
    zone("CET-1")
    assert instant_of("2026-01-31", end_of_day=True) == utc("2026-01-31T23:00") - 1


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
