"""What a Python caller passes of the wrong type is refused in words, not with a TypeError."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from ledger import Ledger, LedgerError
from ledger.domain.receipts import Receipt


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("cash", None), {}),
        (("cash", b"5"), {}),
        (("cash", True), {}),
        ((None, "5"), {}),
        ((5, "5"), {}),
        (("cash", "5", None), {}),
        (("cash", "5", 5), {}),
        (("cash", "5"), {"at": time(12)}),
        (("cash", "5"), {"idempotency_key": 5}),
        (("cash", "5"), {"expected_version": "1"}),
        (("cash", "5"), {"expected_version": True}),
        (("cash", "5"), {"tags": {"a": 5}}),
        (("cash", "5"), {"tags": {5: "a"}}),
        (("cash", "5"), {"tags": {"a": 5}, "idempotency_key": "k"}),
        (("cash", "5"), {"receipts": "x"}),
        (("cash", "5"), {"receipts": [("60" * 32, 4)]}),
        (("cash", "5"), {"receipts": [Receipt("4", "60" * 32)]}),  # type: ignore[arg-type]
        (("cash", "5"), {"receipts": [Receipt(True, "60" * 32)], "idempotency_key": "k"}),
    ],
)
def test_a_deposit_of_wrong_types_is_refused(
    arguments: tuple[Any, ...], options: dict[str, Any]
) -> None:
    with Ledger.in_memory() as ledger:
        ledger.open_account("cash", "Ana", initial_balance="5")
        with pytest.raises(LedgerError) as refusal:
            ledger.deposit(*arguments, **options)
        assert refusal.value.exit_status in (2, 4)
        assert refusal.value.code != "version_conflict"
        assert str(ledger.balance("cash").balance) == "5.00 USD"


@pytest.mark.parametrize(("owner", "currency"), [(None, "USD"), (5, "USD"), ("Ana", None)])
def test_an_opening_of_wrong_types_is_refused(owner: Any, currency: Any) -> None:
    with Ledger.in_memory() as ledger, pytest.raises(LedgerError, match="cannot be"):
        ledger.open_account("cash", owner, currency)


@pytest.mark.parametrize("decimals", [True, False, 2.0, "2"])
def test_an_opening_with_decimals_that_are_no_int_is_refused(decimals: Any) -> None:
    """`True` is 1 to Python; stored, it would be an account that nobody can read."""
    with Ledger.in_memory() as ledger:
        with pytest.raises(LedgerError) as refusal:
            ledger.open_account("cash", "Ana", "BTC", decimals=decimals)
        assert refusal.value.exit_status == 2
        assert ledger.account_ids() == []


def test_a_question_about_no_text_is_refused() -> None:
    with Ledger.in_memory() as ledger, pytest.raises(LedgerError, match="not a text"):
        ledger.balance(None)  # type: ignore[arg-type] # that is the question
