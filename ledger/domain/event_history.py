"""What events looked like before, and how each version became the next.

Version 1 is the older world's, where amounts were decimal JSON numbers and all accounts were in US
dollars. Decimals arrive here as `decimal.Decimal`, read from the JSON text and never through a
binary float; they are rounded half-even to the currency's minor unit. Fields that the older world's
program gave a default may be missing from the data, whatever their version: an empty description
or reason, an initial balance of zero, and an unknown owner. Texts get their default from the event
itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ledger.domain.currency import DECIMALS, decimals_of

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.domain.aggregate import JsonObject

LEGACY_CURRENCY: Final = "USD"

DECIMAL_AMOUNTS: Final = {
    "AccountOpened": ("initial_balance", 3),
    "MoneyDeposited": ("amount", 1),
    "MoneyWithdrawn": ("amount", 1),
}
"""The fields that once held decimals, and the last schema version in which they did."""


UNKNOWN_OWNER: Final = "Unknown"
"""Whose an account was in the older world where nobody was named."""


def rename_name_to_owner(data: JsonObject) -> JsonObject:
    others = {field: value for field, value in data.items() if field != "name"}
    return {"owner": data.get("name", UNKNOWN_OWNER), **others}


def add_currency(data: JsonObject) -> JsonObject:
    return {"currency": LEGACY_CURRENCY, **data}


def count_initial_balance_in_minor_units(data: JsonObject) -> JsonObject:
    balance = minor_units(data.get("initial_balance", 0), data["currency"])
    return {**data, "initial_balance": balance}


def pin_decimals(data: JsonObject) -> JsonObject:
    defaults = {"owner": UNKNOWN_OWNER, "initial_balance": 0}
    return {**defaults, **data, "decimals": decimals_of(data["currency"])}


def count_amount_in_minor_units(data: JsonObject) -> JsonObject:
    currency = data.get("currency", LEGACY_CURRENCY)
    return {**data, "currency": currency, "amount": minor_units(data["amount"], currency)}


def keep_data(data: JsonObject) -> JsonObject:
    """The version only moved the free text out of the data; what is stored before it stays."""
    return data


def unrounded_amount(event_type: str, schema_version: int, data: JsonObject) -> Decimal | None:
    """An event's decimal amount in minor units, with whatever fraction it has.

    Args:
        data: as it is stored, its decimals exact.

    Returns:
        None where its amount was in minor units already, or is left out.

    Raises:
        ValueError: it is not a JSON number of a sane size, or not in an ISO 4217 currency.
    """
    field, last_version = DECIMAL_AMOUNTS.get(event_type, ("", 0))
    if schema_version > last_version or field not in data:
        return None
    return exact_minor_units(data[field], data.get("currency", LEGACY_CURRENCY))


def rounds_to_nothing(unrounded: Decimal) -> bool:
    """Whether an amount in minor units is so small that nothing of it is left.

    An amount of exactly zero is not: the older world knew no such movements either.
    """
    return bool(unrounded) and not whole_units(unrounded)


def was_rounded_to_nothing(amount: str, currency: str) -> bool:
    """Whether a decimal amount, as it was written, is so small that nothing of it is left."""
    from decimal import Decimal

    try:
        return rounds_to_nothing(exact_minor_units(Decimal(amount), currency))
    except (ValueError, ArithmeticError):
        return False


def whole_units(unrounded: Decimal) -> int:
    """An amount in minor units without its fraction, rounded half-even."""
    from decimal import ROUND_HALF_EVEN

    return int(unrounded.to_integral_value(rounding=ROUND_HALF_EVEN))


def minor_units(amount: Any, currency: Any) -> int:
    """A decimal amount in minor units, rounded half-even.

    Raises:
        ValueError: it is not a JSON number of a sane size, or not in an ISO 4217 currency.
    """
    return whole_units(exact_minor_units(amount, currency))


def exact_minor_units(amount: Any, currency: Any) -> Decimal:
    """A decimal amount in minor units with whatever fraction it has, without loss.

    Raises:
        ValueError: it is not a JSON number of a sane size, or not in an ISO 4217 currency.
    """
    from decimal import Decimal

    if not isinstance(currency, str) or currency not in DECIMALS:
        raise ValueError(f"{currency!r} is not an ISO 4217 currency")
    if isinstance(amount, bool) or not isinstance(amount, (int, Decimal)):
        raise ValueError(f"the amount {amount!r} is not a decimal number")
    decimal = Decimal(amount)
    sign, digits, exponent = decimal.as_tuple()
    if not isinstance(exponent, int) or decimal.adjusted() > 30:
        raise ValueError(f"the amount {amount} is out of range")
    # Not `scaleb`, which rounds to the precision of its context.
    return Decimal((sign, digits, exponent + DECIMALS[currency]))
