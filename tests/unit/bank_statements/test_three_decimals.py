"""Amounts with three decimals in currencies that have two; several currencies in one file."""

from __future__ import annotations

import pytest

from ledger.errors import CurrencyMismatch, InvalidAmount
from tests.support.bank_statements.reading import amounts, read, statement


def table(*texts: str, header: str = "Date;Text;Amount") -> bytes:
    return statement(header, *(f"2025-02-14;x;{text}" for text in texts))


@pytest.mark.parametrize(
    ("texts", "right"),
    [
        (["-20,000", "1500,000"], [-2000, 150000]),
        (["-20,500", "1.500,000"], [-2050, 150000]),
        (["0.250", "-3.000"], [25, -300]),
    ],
)
def test_three_decimals_are_read_where_the_file_proves_the_mark(
    texts: list[str], right: list[int]
) -> None:
    assert amounts(table(*texts), currency="SEK") == right


def test_debits_and_credits_with_three_decimals_are_read() -> None:
    content = table("20,000;", ";1500,000", header="Date;Text;Debit;Credit")
    assert amounts(content, currency="SEK") == [-2000, 150000]


@pytest.mark.parametrize(
    ("texts", "given"),
    [
        (["-20,000", "15,000"], ""),
        (["-20,000", "15,000"], 'decimal_mark = ","'),
        (["-20,005", "1500,000"], ""),
        (["-20,000", "1500,00"], ""),
    ],
)
def test_three_decimals_that_may_be_thousands_are_refused(texts: list[str], given: str) -> None:
    with pytest.raises(InvalidAmount, match=r"^line 2: "):
        read(table(*texts), given, "SEK")


def test_of_several_currencies_the_others_can_be_left_out() -> None:
    content = statement(
        "Date,Text,Amount,Currency",
        "2025-02-13,a,-1.00,EUR",
        "2025-02-14,b,-2.00,GBP",
        "2025-02-15,c,-3.00,USD",
    )
    with pytest.raises(CurrencyMismatch, match=r"^line 3: ") as refused:
        read(content, currency="EUR")
    rule = 'skip = {Currency = ["GBP","USD"]}'
    assert rule in refused.value.advice
    assert amounts(content, rule, "EUR") == [-100]
    with pytest.raises(CurrencyMismatch) as refused:
        read(content, currency="CHF")
    assert "skip" not in refused.value.advice
