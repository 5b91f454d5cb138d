"""What Python callers may pass for an amount and a time, as the texts that commands are made of."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from ledger.domain.instant import EARLIEST, check_instant, format_instant, to_instant
from ledger.domain.money import Money, format_minor_units
from ledger.errors import InvalidAmount, InvalidTime, InvalidUsage

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.commands.amendments import AnyCommand

TimeLike = str | date | datetime | int | None
"""ISO 8601 text, a date (which means what its text does), a datetime (without a zone: in the
book's), or integer µs UTC."""


def amount_text(amount: object) -> str:
    """An amount as a decimal.

    Raises:
        InvalidAmount: it is none of str, int, Decimal and Money. A float cannot hold most decimal
            amounts exactly.
    """
    if isinstance(amount, str):
        return amount
    if isinstance(amount, Money):
        return format_minor_units(amount.minor_units, amount.decimals)
    if isinstance(amount, float):
        raise InvalidAmount(
            f"{amount!r} is a float, and floats do not hold money exactly",
            advice='pass a string such as "50.00", an int, a Decimal or a Money',
        )
    from decimal import Decimal

    if isinstance(amount, Decimal):
        return f"{amount:f}"
    if isinstance(amount, int) and not isinstance(amount, bool):
        return str(amount)
    raise InvalidAmount(
        f"{amount!r} is not an amount",
        advice='pass a string such as "50.00", an int, a Decimal or a Money',
    )


def currency_of(amount: str | int | Decimal | Money) -> str:
    """The currency that an amount names; empty where it names none."""
    return amount.currency if isinstance(amount, Money) else ""


def check_types(command: AnyCommand) -> None:
    """See that each field of a command is of its type, which nobody asks of a Python caller.

    Raises:
        InvalidUsage: one of them is not.
    """
    for field in msgspec.structs.fields(command):
        value = getattr(command, field.name)
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError as error:
            from ledger.json_text import what_is_wrong

            raise InvalidUsage(
                f"{field.encode_name} cannot be {value!r}: {what_is_wrong(error)}",
                advice="pass texts, and an int as the expected version",
            ) from None


def version_of(version: object) -> int | None:
    """An expected version.

    Raises:
        InvalidUsage: it is neither an int nor None.
    """
    if version is None or (isinstance(version, int) and not isinstance(version, bool)):
        return version
    raise InvalidUsage(f"{version!r} is no version", advice="pass an int, or None for any version")


def time_text(time: object) -> str | None:
    """A time as ISO 8601 text.

    Raises:
        InvalidTime: it is out of range.
    """
    if time is None or isinstance(time, str):
        return time
    if isinstance(time, date) and (not isinstance(time, datetime) or time.utcoffset() is None):
        return time.isoformat()
    instant = to_instant(time) if isinstance(time, datetime) else check_instant(time)
    if instant < EARLIEST or "T" not in format_instant(instant):
        raise InvalidTime(f"{time} µs is before the year 1, or past 9999", advice="")
    return format_instant(instant)
