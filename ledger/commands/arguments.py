"""What Python callers may pass for an amount and a time, as the texts that commands are made of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ledger.domain.instant import EARLIEST, format_instant
from ledger.domain.money import Money, format_minor_units
from ledger.errors import InvalidAmount, InvalidTime
from ledger.times import parse_instant

if TYPE_CHECKING:
    from decimal import Decimal

TimeLike = str | datetime | int | None
"""ISO 8601 text, a datetime (without a zone: local time), or integer µs UTC."""


def amount_text(amount: str | int | Decimal | Money) -> str:
    """An amount as a decimal.

    Raises:
        InvalidAmount: it is a float, which cannot hold most decimal amounts exactly.
    """
    if isinstance(amount, str):
        return amount
    if isinstance(amount, Money):
        return format_minor_units(amount.minor_units, amount.currency)
    if isinstance(amount, float):
        raise InvalidAmount(
            f"{amount!r} is a float, and floats do not hold money exactly",
            advice='pass a string such as "50.00", an int, a Decimal or a Money',
        )
    return f"{amount:f}" if not isinstance(amount, int) else str(amount)


def currency_of(amount: str | int | Decimal | Money) -> str:
    """The currency that an amount names; empty where it names none."""
    return amount.currency if isinstance(amount, Money) else ""


def time_text(time: TimeLike) -> str | None:
    """A time as ISO 8601 text.

    Raises:
        InvalidTime: it is out of range.
    """
    if time is None or isinstance(time, str):
        return time
    if isinstance(time, datetime):
        return time.isoformat()
    instant = instant_of(time)
    assert instant is not None
    if instant < EARLIEST or "T" not in format_instant(instant):
        raise InvalidTime(f"{time} µs is before the year 1, or past 9999", advice="")
    return format_instant(instant)


def instant_of(time: TimeLike, *, end_of_day: bool = False) -> int | None:
    """A time as µs UTC.

    Raises:
        InvalidTime: it is no such time.
    """
    if time is None:
        return None
    if isinstance(time, int):
        if abs(time) >= 2**63:
            raise InvalidTime(f"{time} µs is out of range", advice="give µs since 1970, UTC")
        return time
    text = time.isoformat() if isinstance(time, datetime) else time
    return parse_instant(text, end_of_day=end_of_day)
