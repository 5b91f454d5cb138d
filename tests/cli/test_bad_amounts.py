"""Amounts that are none: each is refused with the reason, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.program import Refused, Run

BAD_AMOUNTS = {
    "": "it is empty",
    "abc": "not a plain decimal number",
    "-5": "amounts carry no sign",
    "-5.00": "amounts carry no sign",
    "-.5": "amounts carry no sign",
    "0": "must be more than zero",
    "0.00": "must be more than zero",
    "1e3": "scientific notation",
    "NaN": "not a plain decimal number",
    "Infinity": "not a plain decimal number",
    "1,000": "digits are not grouped",
    "0.001": "USD has 2 decimals",
    "123456789012345678901234567890": "the largest amount is 92233720368547758.07 USD",
    "٥٠": "only the digits 0 to 9",
    "0x10": "not a plain decimal number",
}


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(("amount", "why"), BAD_AMOUNTS.items())
def test_a_bad_amount_is_refused_with_the_reason(refused: Refused, amount: str, why: str) -> None:
    error = refused(2, "invalid_amount", "deposit", "acc-001", amount)
    assert why in error["message"]
    assert amount in error["message"]


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    "arguments",
    [
        ("deposit", "acc-001", "--", "-5"),
        ("withdraw", "acc-001", "1e3"),
        ("transfer", "acc-001", "acc-002", "-5"),
        ("open", "new", "--owner", "Nia", "--initial-balance", "1,000"),
        ("open", "new", "--owner", "Nia", "--initial-balance", "-5"),
    ],
    ids=" ".join,
)
def test_every_command_refuses_a_bad_amount(refused: Refused, arguments: tuple[str, ...]) -> None:
    refused(2, "invalid_amount", *arguments)


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("account", "amount", "why"),
    [("jp-camp", "1.5", "JPY has no decimals"), ("kw-fund", "0.0005", "KWD has 3 decimals")],
)
def test_the_currency_says_how_many_decimals_there_are(
    refused: Refused, account: str, amount: str, why: str
) -> None:
    assert why in refused(2, "invalid_amount", "deposit", account, amount)["message"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("deposit", "acc-001", "abc"), "invalid_amount"),
        (("deposit", "acc-001", "-5"), "invalid_amount"),
        (("deposit", "acc-001", "5", "--at", "someday"), "invalid_time"),
        (("deposit", "nobody", "5"), "no_such_account"),
        (("withdraw", "acc-001", "5000"), "insufficient_funds"),
        (("deposit", "acc-001", "5", "--expected-version", "9"), "version_conflict"),
        (("depost", "acc-001", "5"), "invalid_usage"),
        (("deposit", "acc-001", "5", "--db", "."), "not_a_ledger"),
    ],
    ids=str,
)
def test_people_read_the_message_and_the_hint_that_programs_get(
    run: Run, refused: Refused, small_books: Path, arguments: tuple[str, ...], code: str
) -> None:
    outcome = run(*arguments)
    error = refused(outcome.status, code, *arguments)
    assert outcome.out == ""
    assert outcome.err.splitlines() == [f"error: {error['message']}", f"hint: {error['hint']}"]
