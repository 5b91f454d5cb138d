"""What is inferred and refused by a rule."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.program import Refused

pytestmark = pytest.mark.usefixtures("small_books")


@pytest.mark.parametrize(
    ("arguments", "code", "details"),
    [
        (
            "withdraw acc-001 124.76",
            "insufficient_funds",
            {"balance": "124.75", "requested": "124.76", "currency": "USD"},
        ),
        (
            "transfer acc-002 acc-001 20.01",
            "insufficient_funds",
            {"account_id": "acc-002", "balance": "20.00", "requested": "20.01"},
        ),
        # On 5 March it held 157.25; of 130.00 less, the transfer of 7 March could not be paid.
        (
            "withdraw acc-001 130 --at 2024-03-05T10:00:00Z",
            "insufficient_funds",
            {"at": "2024-03-07T09:00:00.000000Z", "balance": "124.75"},
        ),
        (
            "transfer acc-001 acc-002 110 --at 2024-03-01T10:00:00Z",
            "insufficient_funds",
            {"at": "2024-03-01T10:00:00.000000Z", "balance": "100.00"},
        ),
        ("close acc-001", "balance_not_zero", {"balance": "124.75", "currency": "USD"}),
        ("deposit old-box 5", "account_closed", {"closed_at": "2024-03-12T09:00:00.000000Z"}),
        ("transfer acc-001 old-box 5", "account_closed", {"account_id": "old-box"}),
        ("close old-box", "account_closed", {"account_id": "old-box"}),
        ("open old-box --owner Nia", "account_already_open", {"account_id": "old-box"}),
        ("open acc-001 --owner Nia", "account_already_open", {"account_id": "acc-001"}),
        (
            "transfer acc-001 jp-camp 5",
            "currency_mismatch",
            {"from_currency": "USD", "to_currency": "JPY"},
        ),
        ("transfer acc-001 acc-001 5", "same_account", {"account_id": "acc-001"}),
        (
            "deposit acc-001 5 --at 2024-02-29",
            "before_opening",
            {"opened_at": "2024-03-01T09:00:00.000000Z"},
        ),
        (
            "transfer acc-001 acc-002 5 --at 2024-03-01T12:00:00Z",
            "before_opening",
            {"account_id": "acc-002"},
        ),
        (
            "deposit acc-001 92233720368547758.07",
            "balance_too_large",
            {"account_id": "acc-001"},
        ),
    ],
)
def test_a_rule_refuses_with_the_facts_and_nothing_changes(
    refused: Refused, arguments: str, code: str, details: dict[str, Any]
) -> None:
    error = refused(3, code, *arguments.split())
    assert {name: error["details"].get(name) for name in details} == details


def test_a_backdated_overdraft_names_the_first_moment_that_it_would_overdraw(
    refused: Refused,
) -> None:
    at = "2024-03-05T10:00:00Z"
    error = refused(3, "insufficient_funds", "withdraw", "acc-001", "130", "--at", at)
    assert "at -5.25 on 2024-03-07T09:00:00" in error["message"]
    assert "the most that can leave it is 124.75" in error["hint"]
