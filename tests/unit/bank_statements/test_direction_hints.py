"""Which way the money goes, where no sign and no word of a direction tells: a question."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidLine
from tests.support.bank_statements.reading import amounts, guess, statement


@pytest.mark.parametrize(
    ("header", "out", "into"),
    [
        ("D/K", "D", "K"),
        ("Deebet/Kreedit", "D", "K"),
        ("Segno", "D", "A"),
        ("Ab/An", "Ab", "An"),
        ("Movement", "Decrease", "Increase"),
        ("Debit/Kredit", "Debit", "Kredit"),
    ],
)
def test_words_of_more_banks_give_the_direction(header: str, out: str, into: str) -> None:
    content = statement(
        f"Date,Details,Amount,{header}",
        f"2025-02-13,Shop,20.00,{out}",
        f"2025-02-14,Pay,5.00,{into}",
    )
    assert amounts(content) == [-2000, 500]


@pytest.mark.parametrize(
    ("header", "out", "into"),
    [("D/K", "D", "K"), ("Deebet/Kreedit", "D", "K"), ("Segno", "A", "D"), ("D/C", "D", "C")],
)
def test_one_word_implies_the_other_of_its_columns_name(header: str, out: str, into: str) -> None:
    rules = guess(statement(f"Date,Details,Amount,{header}", f"2025-02-13,Shop,20.00,{out}")).format
    assert {rules.direction_out, rules.direction_in} == {out, into}


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Date,Transaction,Details,Amount", ["POS,SHOP,20.00", "ACH,PAYROLL,500.00"]),
        ("Date,Category,Text,Amount", ["Food,Shop,20.00", "Income,Firm,500.00"]),
        ("Date,Strona,Opis,Kwota", ["Ct,Sklep,20.00", "Dt,Praca,500.00"]),
        ("Date,Buchungsschlüssel,Text,Betrag", ["105,Strom,20.00", "166,Lohn,500.00"]),
        ("Date,Kind,,Amount", ["A,x,1.00", "B,y,2.00", "B,z,3.00", "A,w,4.00"]),
    ],
)
def test_a_column_of_few_words_that_varies_is_asked_about(header: str, rows: list[str]) -> None:
    content = statement(header, *(f"2025-02-13,{row}" for row in rows))
    name = header.split(",")[1]
    with pytest.raises(InvalidLine, match=rf"^line 2: .* in the column '{name}' may say") as asked:
        amounts(content)
    for rule in ("direction_out", "direction_in", 'money_out = "negative"'):
        assert rule in asked.value.advice
    assert all(amount > 0 for amount in amounts(content, "money_out = 'negative'"))


@pytest.mark.parametrize(
    "text",
    [
        *("Withdrawal ATM", "Card payment", "Purchase SHOP", "Kartenzahlung REWE", "CARTE ACHAT"),
        *("Compra tienda", "Prélèvement EDF", "Betaalautomaat", "Zakup", "Варианты: Покупка"),
    ],
)
def test_a_description_of_money_out_is_asked_about(text: str) -> None:
    content = statement(
        "Date,Description,Amount", "2025-02-13,Interest,5.00", f"2025-02-14,{text},20.00"
    )
    with pytest.raises(InvalidLine, match=r"^line 3: .* looks like money out") as asked:
        amounts(content)
    assert asked.value.details["rule"] == "money_out"
    assert amounts(content, "money_out = 'negative'") == [500, 2000]


@pytest.mark.parametrize(
    "lines",
    [
        ["Date,Description,Status,Amount", "2025-02-13,a,Booked,5.00", "2025-02-14,b,Done,7.00"],
        ["Date,Text,Kind,Amount", "2025-02-13,a,Interest,5.00", "2025-02-14,b,Bonus,7.00"],
        ["Date,Description,Branch,Amount", "2025-02-13,a,North,5.00", "2025-02-14,b,North,7.00"],
        ["Date,Description,Account,Amount", "2025-02-13,a,Ab1,5.00", "2025-02-14,b,Ab1,7.00"],
        ["Date,Description,Transaction ID,Amount", "2025-02-13,a,xx,5.00", "2025-02-14,b,yy,7.00"],
    ],
)
def test_columns_that_say_something_else_are_not_asked_about(lines: list[str]) -> None:
    assert amounts(statement(*lines)) == [500, 700]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("Date,Type,Text,Amount", ["Sale,Shop,20.00", "Payment,x,-100.00"]),
        ("Date,Category,Text,Amount", ["Merchandise,Shop,20.00", "Payments and Credits,x,-100.00"]),
        ("Date,Text,Amount", ["Shop,20.00", "PAYMENT RECEIVED - THANK YOU,-100.00"]),
        ("Date,title,Amount", ["Shop,20.00", "Pagamento recebido,-100.00"]),
        ("Date,Text,Amount", ["Shop,20.00", "ZAHLUNG ERHALTEN. BESTEN DANK,-100.00"]),
    ],
)
def test_a_card_that_lists_purchases_as_plus_is_asked_about(header: str, rows: list[str]) -> None:
    content = statement(header, *(f"2025-02-13,{row}" for row in rows))
    with pytest.raises(InvalidLine, match=r"^line 3: the amount '-100.00' is negative") as asked:
        amounts(content)
    assert 'money_out = "positive"' in asked.value.advice
    assert amounts(content, "money_out = 'positive'") == [-2000, 10000]
    assert amounts(content, "money_out = 'negative'") == [2000, -10000]


def test_a_first_line_of_money_out_is_asked_about_though_the_balances_are_of_money_in() -> None:
    content = statement(
        "Date,Text,Amount,Balance", "2025-02-13,Withdrawal x,9.00,90.00", "2025-02-14,b,9.00,99.00"
    )
    with pytest.raises(InvalidLine, match=r"^line 2: .* but not which way this one went"):
        amounts(content)
    assert amounts(content, 'money_out = "negative"') == [900, 900]


def test_balances_settle_what_a_card_lists() -> None:
    header = "Date,Description,Amount,Balance"
    turned = statement(
        header, "2025-02-13,Shop,20.00,-20.00", "2025-02-14,PAYMENT - THANK YOU,-15.00,-5.00"
    )
    assert amounts(turned) == [-2000, 1500]
    usual = statement(
        header, "2025-02-13,Gift,20.00,120.00", "2025-02-14,Payment received,-15.00,105.00"
    )
    assert amounts(usual) == [2000, -1500]


@pytest.mark.parametrize(
    "rows",
    [
        ["Sale,Shop,-20.00", "Payment,Payment Thank You,100.00"],
        ["Sale,Order 1,20.00", "Payout,Bank,-15.00"],
        ["Transfer,Mum,20.00", "Payment,Shop,-15.00"],
        ["x,Pay,500.00", "x,Shop,-5.00", "x,POWER CO - THANK YOU FOR YOUR PAYMENT,-20.00"],
        ["x,Pay,500.00", "x,Votre paiement CB SHOP,-5.00"],
        ["x,Pay,500.00", "x,CARD CO AUTOPAY PAYMENT,-5.00"],
    ],
)
def test_signs_that_the_words_fit_are_taken(rows: list[str]) -> None:
    content = statement("Date,Type,Text,Amount", *(f"2025-02-13,{row}" for row in rows))
    assert [amount > 0 for amount in amounts(content)] == ["-" not in row for row in rows]
