"""What Python callers may pass for an amount and a time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ledger.domain.money import Money
from ledger.errors import InvalidAmount, InvalidTime
from ledger.times import parse_instant

if TYPE_CHECKING:
    from decimal import Decimal

AmountLike = "str | int | Decimal | Money"
TimeLike = str | datetime | int | None


def amount_of(amount: str | int | Decimal | Money) -> str | Money:
    """An amount as the domain takes it.

    Raises:
        InvalidAmount: it is a float, which cannot hold most decimal amounts exactly.
    """
    if isinstance(amount, (str, Money)):
        return amount
    if isinstance(amount, float):
        raise InvalidAmount(
            f"{amount!r} is a float, and floats do not hold money exactly",
            advice='pass a string such as "50.00", an int, a Decimal or a Money',
        )
    return f"{amount:f}" if not isinstance(amount, int) else str(amount)


def instant_of(time: TimeLike, *, end_of_day: bool = False) -> int | None:
    """A time as µs UTC: ISO 8601 text, a datetime (without a zone: local time), or µs UTC itself.

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
