"""Debits and credits in two columns: exchanged ones, and those with unusual signs."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidInput, InvalidLine, InvalidOption
from tests.support.bank_statements.reading import amounts, only, rules, statement

HEADER = "Date,Text,Debit,Credit,Balance"


def test_balances_that_fit_exchanged_columns_only_are_asked_about() -> None:
    content = statement(
        HEADER,
        "2025-02-13,Salary,1000.00,,1100.00",
        "2025-02-14,Shop,,10.00,1090.00",
        "2025-02-15,Shop,,20.00,1070.00",
    )
    with pytest.raises(InvalidLine, match=r"^line 2: the balances fit the amounts only") as asked:
        amounts(content)
    assert 'debit = "Credit" and credit = "Debit"' in asked.value.advice
    assert 'balance = ""' in asked.value.advice
    found = only(content, 'debit = "Credit"\ncredit = "Debit"')
    assert [entry.amount_minor for entry in found.entries] == [100000, -1000, -2000]
    assert found.notes == ()
    assert amounts(content, 'balance = ""') == [-100000, 1000, 2000]


@pytest.mark.parametrize(
    ("lines", "right"),
    [
        (["a,20.00,,980.00", "b,,-100.00,1080.00", "c,5.00,,1075.00"], [-2000, 10000, -500]),
        (["a,,20.00,1020.00", "b,,-100.00,920.00", "c,5.00,,915.00"], [2000, -10000, -500]),
        (["a,20.00,,980.00", "b,-20.00,,1000.00", "c,5.00,,995.00"], [-2000, 2000, -500]),
        (["a,-20.00,,980.00", "b,20.00,,1000.00", "c,-5.00,,995.00"], [-2000, 2000, -500]),
    ],
)
def test_balances_show_what_an_unusual_sign_means(lines: list[str], right: list[int]) -> None:
    found = only(statement(HEADER, *(f"2025-02-13,{line}" for line in lines)))
    assert [entry.amount_minor for entry in found.entries] == right
    assert found.format is not None
    assert found.format.money_out in ("column", "sign")
    again = statement(HEADER, *(f"2025-02-13,{line}" for line in lines))
    assert amounts(again, found.format.to_toml()) == right


@pytest.mark.parametrize(
    ("lines", "by_column", "by_sign"),
    [
        (["a,20.00,", "b,,-100.00"], [-2000, 10000], [-2000, -10000]),
        (["a,20.00,", "b,-20.00,"], [-2000, -2000], [-2000, 2000]),
    ],
)
def test_an_unusual_sign_that_nothing_explains_needs_a_rule(
    lines: list[str], by_column: list[int], by_sign: list[int]
) -> None:
    content = statement("Date,Text,Debit,Credit", *(f"2025-02-13,{line}" for line in lines))
    with pytest.raises(InvalidLine, match=r"^line 3: the sign of the (debit|credit)") as asked:
        amounts(content)
    assert 'money_out = "column"' in asked.value.advice
    assert amounts(content, 'money_out = "column"') == by_column
    assert amounts(content, 'money_out = "sign"') == by_sign


def test_the_rule_is_for_two_columns() -> None:
    with pytest.raises((InvalidOption, InvalidInput), match="two columns"):
        amounts(
            statement("Date,Amount", "2025-02-13,1.00"), 'amount = "Amount"\nmoney_out = "sign"'
        )
    assert rules('debit = "A"\ncredit = "B"\nmoney_out = "sign"').money_out == "sign"
