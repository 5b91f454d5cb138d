"""What events looked like before, and how each version became the next.

Version 1 is the older world's, where amounts were decimal JSON numbers and all accounts were in US
dollars. Decimals arrive here as `decimal.Decimal`, read from the JSON text and never through a
binary float; they are rounded half-even to the currency's minor unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ledger.domain.currency import DECIMALS
from ledger.eventstore.upcasters import JsonObject, UpcasterRegistry

if TYPE_CHECKING:
    from decimal import Decimal

OLDER_WORLD_CURRENCY: Final = "USD"

registry: Final = UpcasterRegistry()


@registry.register("AccountOpened", 1)
def rename_name_to_owner(data: JsonObject) -> JsonObject:
    return {"owner" if field == "name" else field: value for field, value in data.items()}


@registry.register("AccountOpened", 2)
def add_currency(data: JsonObject) -> JsonObject:
    return {"currency": OLDER_WORLD_CURRENCY, **data}


@registry.register("AccountOpened", 3)
def count_initial_balance_in_minor_units(data: JsonObject) -> JsonObject:
    return {**data, "initial_balance": _minor_units(data["initial_balance"], data["currency"])}


@registry.register("MoneyDeposited", 1)
@registry.register("MoneyWithdrawn", 1)
def count_amount_in_minor_units(data: JsonObject) -> JsonObject:
    currency = data.get("currency", OLDER_WORLD_CURRENCY)
    return {**data, "currency": currency, "amount": _minor_units(data["amount"], currency)}


def rounded_fields(event_type: str, schema_version: int, data: JsonObject) -> int:
    """How many amounts of an old event have more decimals than its currency, and are rounded."""
    if event_type == "AccountOpened" and schema_version < 4:
        amount = data.get("initial_balance")
    elif event_type in ("MoneyDeposited", "MoneyWithdrawn") and schema_version < 2:
        amount = data.get("amount")
    else:
        return 0
    currency = data.get("currency", OLDER_WORLD_CURRENCY)
    return int(_exact(amount, currency) != _minor_units(amount, currency))


def _minor_units(amount: Any, currency: Any) -> int:
    from decimal import ROUND_HALF_EVEN

    return int(_exact(amount, currency).to_integral_value(rounding=ROUND_HALF_EVEN))


def _exact(amount: Any, currency: Any) -> Decimal:
    """An amount in minor units with whatever fraction it has, without loss.

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
