"""What describes an entry where no column is known to."""

from __future__ import annotations

import pytest

from tests.support.bank_statements.reading import descriptions, guess, statement


@pytest.mark.parametrize(
    ("header", "line", "right"),
    [
        ("Date,Amount,Foo", "-1.00,hello there", "hello there"),
        ("Date,Amount,Foo,Bar", "-1.00,hello,World", "hello, World"),
        ("Date,Amount,Foo,Number,IBAN", "-1.00,hello,12,DE11", "hello"),
        ("Date,Amount,Foo,Balance,Currency,Value date", "-1.00,hello,9.00,USD,2025-01-14", "hello"),
        ("Date,Amount,Description,Foo", "-1.00,,hello", "hello"),
        ("Date,Amount,Payee,Memo,Foo", "-1.00,Shop,,hello", "Shop"),
        ("Date,Amount,Code", "-1.00,POS", "POS"),
        ("Date,Amount,Number", "-1.00,17", "17"),
        ("Date,Amount,Description 1,Description 2,Type", "-1.00,Shop,Rome,Card", "Shop, Rome"),
        ("Date,Amount,,Foo", "-1.00,hello,World", "hello, World"),
    ],
)
def test_an_entry_is_described_by_what_there_is(header: str, line: str, right: str) -> None:
    content = statement(header, f"2025-01-13,{line}")
    assert descriptions(content) == [right]


def test_a_description_of_unknown_columns_is_noted() -> None:
    (note,) = guess(statement("Date,Amount,Foo,Bar", "2025-01-13,-1.00,hello,World")).notes
    assert "the description is {Foo}, {Bar}; to change it, write the rule description" in note
    assert guess(statement("Date,Amount,Text", "2025-01-13,-1.00,hello")).notes == ()


def test_a_table_without_names_is_described_too() -> None:
    content = statement("2025-01-13,Shop,-1.00", "2025-01-14,Pay,5.00")
    assert descriptions(content, "date = 1\namount = 3") == ["Shop", "Pay"]


def test_a_number_that_is_always_the_same_describes_nothing() -> None:
    content = statement("Date,Amount,Branch", "2025-01-13,-1.00,17", "2025-01-14,5.00,17")
    assert descriptions(content) == ["", ""]
