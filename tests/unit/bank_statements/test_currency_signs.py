from __future__ import annotations

import pytest

from ledger.bank_statements.words.currency_signs import can_mean, meaning, possible_currencies
from ledger.errors import CurrencyMismatch
from tests.support.bank_statements.reading import amounts, read, statement


@pytest.mark.parametrize(
    ("text", "currencies"),
    [
        ("EUR", "EUR"),
        ("eur", "EUR"),
        ("€", "EUR"),
        ("Euro", "EUR"),
        ("US$", "USD"),
        ("R$", "BRL"),
        ("CAD$", "CAD"),
        ("$ cad", "CAD"),
        ("zł", "PLN"),
        ("Złoty", "PLN"),
        ("Fr.", "CHF"),
        ("kr", "SEK NOK DKK ISK"),
        ("¥", "JPY CNY"),
    ],
)
def test_a_sign_a_name_or_a_code_has_its_currencies(text: str, currencies: str) -> None:
    assert possible_currencies(text) == frozenset(currencies.split())


@pytest.mark.parametrize("text", ["", "HOURS", "XYZ", "Betrag", "$$", "EUR USD", "x" * 1000])
def test_other_texts_have_none(text: str) -> None:
    assert possible_currencies(text) is None
    assert meaning(text) == text


def test_a_unit_of_ones_own_is_itself_alone() -> None:
    assert can_mean("HOURS", "HOURS")
    assert can_mean("KM", "KM")  # also the sign of a currency
    assert not can_mean("hours", "HOURS")
    assert not can_mean("€", "HOURS")


@pytest.mark.parametrize(
    ("cell", "account"),
    [
        ("eur", "EUR"),
        ("€", "EUR"),
        ("Euro", "EUR"),
        ("kr", "SEK"),
        ("kr", "DKK"),
        ("$", "CAD"),
        ("zł", "PLN"),
        ("USD", "USD"),
    ],
)
def test_a_currency_column_may_have_signs_and_names(cell: str, account: str) -> None:
    content = statement("Date,Amount,Currency", f"2025-03-14,1.00,{cell}")
    assert amounts(content, currency=account) == [100]


@pytest.mark.parametrize(
    ("cell", "account", "named"),
    [
        ("usd", "EUR", r"USD \(usd\)"),
        ("kr", "EUR", r"DKK or ISK or NOK or SEK \(kr\)"),
        ("US$", "CAD", r"USD \(US\$\)"),
        ("points", "EUR", "points"),
        ("", "EUR", "no currency"),
    ],
)
def test_a_currency_column_of_another_currency_is_refused(
    cell: str, account: str, named: str
) -> None:
    content = statement("Date,Amount,Currency", "2025-03-13,0.00,", f"2025-03-14,1.00,{cell}")
    with pytest.raises(CurrencyMismatch, match=rf"^line 3: the entry is in {named}, but"):
        read(content, currency=account)


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("Amount ($)", "CAD"),
        ("Betrag (€)", "EUR"),
        ("Valor (R$)", "BRL"),
        ("Betrag in CHF", "CHF"),
        ("Amount (£)", "GBP"),
        ("Amount kr", "NOK"),
        ("Amount (eur)", "EUR"),
    ],
)
def test_the_name_of_a_column_may_have_a_sign(name: str, account: str) -> None:
    content = statement(f"Date,{name}", "2025-03-14,1.00")
    assert amounts(content, currency=account) == [100]


@pytest.mark.parametrize(("name", "account"), [("Amount ($)", "EUR"), ("Amount kr", "USD")])
def test_a_sign_in_the_name_of_a_column_must_be_able_to_mean_the_currency(
    name: str, account: str
) -> None:
    content = statement("Statement", f"Date,{name}", "2025-03-14,1.00")
    with pytest.raises(CurrencyMismatch, match=r"^line 2: the statement is in .*, as the column"):
        read(content, currency=account)
    assert amounts(content, f"currency = '{account}'", account) == [100]
