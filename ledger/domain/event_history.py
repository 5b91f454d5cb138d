"""What events looked like before, and how each version became the next.

Version 1 is the older world's, where amounts were decimal JSON numbers and all accounts were in US
dollars. Decimals arrive here as `decimal.Decimal`, read from the JSON text and never through a
binary float; they are rounded half-even to the currency's minor unit. Fields that the older world's
program gave a default may be missing from its data.
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


def rename_name_to_owner(data: JsonObject) -> JsonObject:
    others = {field: value for field, value in data.items() if field != "name"}
    return {"owner": data.get("name", UNKNOWN_OWNER), **others}


def add_currency(data: JsonObject) -> JsonObject:
    return {"currency": LEGACY_CURRENCY, **data}


def count_initial_balance_in_minor_units(data: JsonObject) -> JsonObject:
    balance = minor_units(data.get("initial_balance", 0), data["currency"])
    return {**data, "initial_balance": balance}


def pin_decimals(data: JsonObject) -> JsonObject:
    return {**data, "decimals": decimals_of(data["currency"])}


def count_amount_in_minor_units(data: JsonObject) -> JsonObject:
    currency = data.get("currency", LEGACY_CURRENCY)
    return {**data, "currency": currency, "amount": minor_units(data["amount"], currency)}


def keep_data(data: JsonObject) -> JsonObject:
    """The version only moved the free text out of the data; what is stored before it stays."""
    return data


def minor_units(amount: Any, currency: Any) -> int:
    """A decimal amount in minor units, rounded half-even.

    Raises:
        ValueError: it is not a JSON number of a sane size, or not in an ISO 4217 currency.
    """
    from decimal import ROUND_HALF_EVEN

    return int(exact_minor_units(amount, currency).to_integral_value(rounding=ROUND_HALF_EVEN))


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
