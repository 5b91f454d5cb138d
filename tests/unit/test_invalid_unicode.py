"""A lone surrogate, which a program may make of bytes that are no text, is refused everywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger import Ledger
from ledger.errors import InvalidInput

LONE = "\udc80"

CALLS: dict[str, Callable[[Ledger], object]] = {
    "account of a deposit": lambda ledger: ledger.deposit(LONE, "5"),
    "account of a keyed deposit": lambda ledger: ledger.deposit(LONE, "5", idempotency_key="k"),
    "account to open": lambda ledger: ledger.open_account(LONE, "Bo"),
    "owner": lambda ledger: ledger.open_account("b", LONE),
    "amount with a key": lambda ledger: ledger.deposit("a", LONE, idempotency_key="k"),
    "description with a key": lambda ledger: ledger.deposit("a", "5", LONE, idempotency_key="k"),
    "key": lambda ledger: ledger.deposit("a", "5", idempotency_key=LONE),
    "account asked for": lambda ledger: ledger.balance(LONE),
    "account of a history": lambda ledger: ledger.history(LONE),
    "account of events": lambda ledger: list(ledger.events(raw=True, account_id=LONE)),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_it_is_refused_and_nothing_is_written(call: Callable[[Ledger], object]) -> None:
    with Ledger.in_memory() as ledger:
        ledger.open_account("a", "Ana")
        before = ledger.head()
        with pytest.raises(InvalidInput):
            call(ledger)
        assert ledger.head() == before
