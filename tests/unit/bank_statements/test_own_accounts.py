"""Statements of several accounts, and numbers of accounts that are the payees'."""

from __future__ import annotations

import pytest

from ledger import Ledger
from ledger.errors import InvalidLine, InvalidUsage
from tests.support.bank_statements.reading import only, statement, statements

TWO = statement(
    "Date,Account number,Description,Amount",
    "2025-02-13,NL01,Salary,1000.00",
    "2025-02-14,NL02,Savings interest,5.00",
    "2025-02-15,NL01,Shop,-10.00",
)


def test_a_file_of_several_accounts_is_a_statement_of_each() -> None:
    found = statements(TWO)
    assert [
        (each.account_number, [entry.amount_minor for entry in each.entries]) for each in found
    ] == [
        ("NL01", [100000, -1000]),
        ("NL02", [500]),
    ]
    assert [entry.line for entry in found[0].entries] == [2, 4]


def test_lines_that_are_left_out_stay_with_their_account() -> None:
    content = TWO + statement("2025-02-16,NL02,Nothing,0.00")
    assert [[each.line for each in found.skipped] for found in statements(content)] == [[], [5]]


def test_an_import_of_several_accounts_into_one_is_refused(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", at="2025-01-01")
    with pytest.raises(InvalidUsage, match=r"the entries of 2 accounts .*NL01 \(2\), NL02 \(1\)"):
        ledger.import_statement("a", TWO)
    assert len(ledger.history("a").entries) == 1


def test_the_bank_s_accounts_are_imported_into_those_that_they_are(ledger: Ledger) -> None:
    for account in ("a", "b"):
        ledger.open_account(account, "Ana", at="2025-01-01")
    first, second = ledger.import_plans(ledger.plan_statement({"NL01": "a", "nl 02": "b"}, TWO))
    assert (first.account_id, first.imported) == ("a", 2)
    assert (second.account_id, second.imported) == ("b", 1)
    only = ledger.plan_statement({"NL02": "b"}, TWO)
    assert [(plan.account_id, plan.new) for plan in only] == [("b", [])]
    with pytest.raises(InvalidUsage, match="the file has no account NL03 of the bank"):
        ledger.plan_statement({"NL03": "b"}, TWO)


@pytest.mark.parametrize(
    ("header", "number"),
    [
        ("Date,Account number,Text,Amount", "A1"),
        ("Datum,Auftragskonto,Text,Betrag", "A1"),
        ("Datum,IBAN Auftragskonto,Begünstigter,Betrag", "A1"),
        ("Datum,Rekening,Omschrijving,Bedrag", "A1"),
        ("Date,Numéro de compte,Libellé,Montant", "A1"),
        ("Data,Conta,Descrição,Valor", "A1"),
        ("Date,Own account,Text,Amount", "A1"),
        ("Date,IBAN,Text,Amount", "A1"),
    ],
)
def test_the_number_of_the_account_is_known(header: str, number: str) -> None:
    content = statement(header, "2025-02-13,A1,Shop,-1.00", "2025-02-14,A1,Bank,5.00")
    assert only(content).account_number == number


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        ("Date,Payee,Account number,Amount", ["Shop,A1,-1.00", "Bank,A2,5.00", "Shop,A1,-1.00"]),
        ("Date,Payee,Account number,Amount", ["Shop,A1,-1.00", "Cash,,5.00"]),
        ("Date,Text,Account number,Amount", ["Shop,A1,-1.00", "Cash,,5.00"]),
        ("Date,Payee,IBAN,Amount", ["Shop,A1,-1.00", "Bank,A1,5.00", "Shop,A2,-1.00"]),
        ("Date,Text,Tegenrekening,Amount", ["Shop,A1,-1.00", "Bank,A2,5.00"]),
        ("Date,Text,Kontonummer/IBAN,Amount", ["Shop,A1,-1.00", "Bank,A2,5.00"]),
    ],
)
def test_numbers_of_payees_make_no_accounts(header: str, lines: list[str]) -> None:
    content = statement(header, *(f"2025-02-{day},{line}" for day, line in enumerate(lines, 13)))
    found = only(content)
    assert (found.account_number, len(found.entries)) == ("", len(lines))


@pytest.mark.parametrize("header", ["Date,IBAN,Text,Amount", "Date,Account,Payee,Amount"])
def test_numbers_that_may_be_anybodys_are_asked_about(header: str) -> None:
    content = statement(
        header, "2025-02-13,A1,Shop,-1.00", "2025-02-14,A2,Bank,5.00", "2025-02-15,A1,Bar,-1.00"
    )
    name = header.split(",")[1]
    with pytest.raises(InvalidLine, match=r"^line 3: .* it is unclear whose") as asked:
        statements(content)
    rule = f'own_account = "{name}"'
    assert rule in asked.value.advice
    assert asked.value.details["column"] == name
    assert 'own_account = ""' in asked.value.advice
    assert [each.account_number for each in statements(content, rule)] == ["A1", "A2"]
    assert len(only(content, 'own_account = ""').entries) == 3


def test_a_line_of_no_account_among_several_is_refused() -> None:
    content = TWO + statement("2025-02-16,,Gift,1.00")
    with pytest.raises(InvalidLine, match=r"^line 5: .*does not say which one"):
        statements(content, "own_account = 'Account number'")
