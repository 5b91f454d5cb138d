"""Rows called as balances and totals are: what they state, and what proves them to be entries."""

from __future__ import annotations

import pytest

from tests.support.bank_statements.reading import amounts, only, statement

SWEDBANK = (
    "Account No,,Date,Beneficiary,Details,Amount,Currency,D/K,Record ID,Code",
    "LV1,10,13.02.2025,,{opening},0.00,EUR,K,,AS",
    "LV1,20,13.02.2025,FIRMA,Salary,1500.00,EUR,K,A1,MK",
    "LV1,20,14.02.2025,SHOP,x,20.00,EUR,D,A2,K",
    "LV1,82,14.02.2025,,{turnover},20.00,EUR,D,,K2",
    "LV1,82,14.02.2025,,{turnover},1500.00,EUR,K,,K2",
    "LV1,86,14.02.2025,,{closing},1480.00,EUR,K,,LS",
)


@pytest.mark.parametrize(
    ("opening", "turnover", "closing"),
    [
        ("Opening balance", "Turnover", "Closing balance"),
        ("Algsaldo", "Käive", "lõppsaldo"),
        ("Pradinis likutis", "Apyvarta", "Galutinis likutis"),
        ("Sākuma atlikums", "Apgrozījums", "Beigu atlikums"),
    ],
)
def test_totals_and_balances_of_a_file_are_no_entries(
    opening: str, turnover: str, closing: str
) -> None:
    lines = [line.format(opening=opening, turnover=turnover, closing=closing) for line in SWEDBANK]
    found = only(statement(*lines), currency="EUR")
    assert [entry.amount_minor for entry in found.entries] == [150000, -2000]
    assert [each.line for each in found.skipped] == [2, 5, 6, 7]
    assert 'it states a total ("' in found.skipped[1].reason
    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.amount_minor, found.closing.amount_minor, found.notes) == (0, 148000, ())


def test_a_payee_of_the_name_of_a_total_is_paid() -> None:
    content = statement("Date,Payee,Details,Amount", "2025-02-13,Club,Turnover,-5.00")
    assert amounts(content) == [-500]
    assert amounts(statement("Date,Details,Amount", "2025-02-13,Turnover,-5.00")) == [-500]


def test_balances_that_the_entries_do_not_make_up_are_noted() -> None:
    lines = [
        "Date,Description,Amount",
        "2025-02-01,Opening balance,100.00",
        "2025-02-02,A,-10.00",
        "2025-02-28,Closing balance,{}",
    ]
    (note,) = only(statement(*lines[:3], lines[3].format("80.00"))).notes
    assert note == (
        "the balances that the file states in lines 2 and 4 do not agree with its entries: 10.00 "
        "are missing (money out)"
    )
    for right in ("90.00", "110.00"):  # what is there, or what is owed
        assert only(statement(*lines[:3], lines[3].format(right))).notes == ()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    "phrase", ["Balance", "Saldo", "Opening Balance", "Carried forward", "Balance brought forward"]
)
def test_rows_that_change_the_running_balance_are_entries(phrase: str, turned: bool) -> None:
    lines = [
        "2025-02-01,Shop,-1.00,999.00",
        f"2025-02-02,{phrase},-4.00,995.00",
        "2025-02-03,Shop,-2.00,993.00",
        f"2025-02-04,{phrase},-3.00,990.00",
    ]
    content = statement("Date,Description,Amount,Balance", *(lines[::-1] if turned else lines))
    found = only(content)
    right = [-100, -400, -200, -300]
    assert [entry.amount_minor for entry in found.entries] == (right[::-1] if turned else right)
    assert (found.skipped, found.notes) == ([], ())
    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.amount_minor, found.closing.amount_minor) == (100000, 99000)
    assert found.format is not None
    assert [each.amount_minor for each in only(content, found.format.to_toml()).entries] == (
        right[::-1] if turned else right
    )


def test_rows_that_state_the_running_balance_are_no_entries() -> None:
    content = statement(
        "Date,Description,Amount,Balance",
        "2025-02-01,Opening balance,100.00,100.00",
        "2025-02-02,Shop,-1.00,99.00",
        "2025-02-03,Closing balance,99.00,99.00",
    )
    assert amounts(content) == [-100]


def test_a_balance_below_the_table_may_be_named_in_the_column_of_amounts() -> None:
    found = only(
        statement(
            "#Data operacji;#Data księgowania;#Tytuł;#Kwota;#Saldo po operacji;",
            "2025-02-13;2025-02-13;Pensja;1 500,00;1 500,00;",
            "2025-02-14;2025-02-14;SHOP;-20,00;1 480,00;",
            "",
            ";;;#Saldo końcowe;1 480,00 PLN;",
        ),
        currency="PLN",
    )
    assert [entry.amount_minor for entry in found.entries] == [150000, -2000]
    assert [each.line for each in found.skipped] == [5]
    assert found.closing is not None
    assert (found.closing.line, found.closing.amount_minor) == (5, 148000)


@pytest.mark.parametrize("state", ["Berechnet", "Belastet", "Gutgeschrieben"])
def test_more_words_of_booked_entries_are_known(state: str) -> None:
    content = statement(
        "Datum,Text,Betrag,Status", f"2025-02-13,a,-5.00,{state}", "2025-02-14,b,-6.00,Vorgemerkt"
    )
    assert amounts(content) == [-500]
