"""What a Python caller passes of the wrong type is refused in words, not with a TypeError."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ledger import Ledger, LedgerError


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
        (("cash", "5"), {"at": date(2026, 2, 1)}),
        (("cash", "5"), {"idempotency_key": 5}),
        (("cash", "5"), {"expected_version": "1"}),
        (("cash", "5"), {"expected_version": True}),
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


def test_a_question_about_no_text_is_refused() -> None:
    with Ledger.in_memory() as ledger, pytest.raises(LedgerError, match="not a text"):
        ledger.balance(None)  # type: ignore[arg-type] # that is the question
