"""What events looked like before, and how each version became the next.

Version 1 is the older world's, where amounts were decimal JSON numbers and all accounts were in US
dollars. Decimals arrive here as `decimal.Decimal`, read from the JSON text and never through a
binary float; they are rounded half-even to the currency's minor unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ledger.domain.currency import decimals_of
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
    return {
        **data,
        "amount": _minor_units(data["amount"], OLDER_WORLD_CURRENCY),
        "currency": OLDER_WORLD_CURRENCY,
    }


def rounded_fields(event_type: str, schema_version: int, data: JsonObject) -> int:
    """How many amounts of an old event have more decimals than its currency, and are rounded."""
    if event_type == "AccountOpened" and schema_version < 4:
        amount, currency = data.get("initial_balance"), data.get("currency", OLDER_WORLD_CURRENCY)
    elif event_type in ("MoneyDeposited", "MoneyWithdrawn") and schema_version < 2:
        amount, currency = data.get("amount"), OLDER_WORLD_CURRENCY
    else:
        return 0
    return int(_exact(amount, currency) != _minor_units(amount, currency))


def _minor_units(amount: Any, currency: str) -> int:
    from decimal import ROUND_HALF_EVEN

    return int(_exact(amount, currency).to_integral_value(rounding=ROUND_HALF_EVEN))


def _exact(amount: Any, currency: str) -> Decimal:
    """An amount in minor units with whatever fraction it has, without loss.

    Raises:
        ValueError: it is not a finite JSON number of a sane size.
    """
    from decimal import Context, Decimal

    if isinstance(amount, bool) or not isinstance(amount, (int, Decimal)):
        raise ValueError(f"the amount {amount!r} is not a decimal number")
    decimal = Decimal(amount)
    if not decimal.is_finite() or decimal.adjusted() > 30:
        raise ValueError(f"the amount {amount} is out of range")
    # `scaleb` rounds to its context's precision, so it is given all the digits there are.
    return decimal.scaleb(
        decimals_of(currency), Context(prec=max(len(decimal.as_tuple().digits), 1))
    )
