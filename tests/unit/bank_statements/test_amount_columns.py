"""Which column is the amount, where several could be, or the likeliest one is empty."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidAmount, InvalidLine
from tests.support.bank_statements.reading import amounts, guess, only, read, statement


def chosen(*lines: str, currency: str | None = "EUR") -> tuple[object, object, object]:
    rules = guess(statement(*lines), currency=currency).format
    return rules.amount, rules.debit, rules.credit


@pytest.mark.parametrize(
    ("lines", "columns", "right"),
    [
        (
            ["Buchungstag;Betrag;Soll;Haben", "13.01.2025;;-5,00;"],
            (None, "Soll", "Haben"),
            [-500],
        ),
        (
            ["Fecha;Valor;Concepto;Cargo;Abono", "14/02/2025;15/02/2025;CAFE;23,85;"],
            (None, "Cargo", "Abono"),
            [-2385],
        ),
        (
            ["Date,Amount,Money Out,Money In", "2025-01-13,-3.40,-3.40,", "2025-01-14,5.00,,5.00"],
            ("Amount", None, None),
            [-340, 500],
        ),
        (
            ["Date,Amount,Debit,Credit", "2025-01-13,3.40,3.40,", "2025-01-14,5.00,,5.00"],
            (None, "Debit", "Credit"),
            [-340, 500],
        ),
        (
            ["Date,Amount,Debit,Credit", "2025-01-13,,3.40,", "2025-01-14,5.00,,5.00"],
            (None, "Debit", "Credit"),
            [-340, 500],
        ),
        (
            ["Date,Amount,Amount", "2025-01-13,-3.40,-3.40"],
            (2, None, None),
            [-340],
        ),
        (
            ["Date,Amount,Local amount", "2025-01-13,-3.40,-3.40"],
            ("Amount", None, None),
            [-340],
        ),
        (
            ["Date,Local amount,Text", "2025-01-13,-3.40,x"],
            ("Local amount", None, None),
            [-340],
        ),
        (
            ["Date,Amount,Original amount", "2025-01-13,-3.40,-4.00"],
            ("Amount", None, None),
            [-340],
        ),
        (
            ["Date,Amount,Fee amount,Balance amount", "2025-01-13,-3.40,0.00,4.00"],
            ("Amount", None, None),
            [-340],
        ),
        (
            ["Datum;Betrag Detail;Belastung;Gutschrift", "13.01.2025;;3,40;", ";1,40;;"],
            (None, "Belastung", "Gutschrift"),
            [-340],
        ),
        (["Date,Value,Saldo", "2025-01-13,-3.40,4.00"], ("Value", None, None), [-340]),
        (["Date,Text,EUR,USD", "2025-01-13,x,-3.40,-4.00"], ("EUR", None, None), [-340]),
        (
            ["Date,Amount USD,Amount EUR", "2025-01-13,-4.00,-3.40"],
            ("Amount EUR", None, None),
            [-340],
        ),
    ],
)
def test_the_column_with_the_amounts_is_found(
    lines: list[str], columns: tuple[object, object, object], right: list[int]
) -> None:
    assert chosen(*lines) == columns
    assert amounts(statement(*lines), currency="EUR") == right


@pytest.mark.parametrize("currency", ["GBP", None])
def test_of_two_amounts_the_one_in_the_currency_of_the_account_is_taken(
    currency: str | None,
) -> None:
    lines = (
        "Date,Local amount,Local currency,Amount,Currency",
        "2025-01-13,-4.10,EUR,-3.40,GBP",
        "2025-01-14,5.00,GBP,5.00,GBP",
    )
    assert chosen(*lines, currency=currency) == ("Amount", None, None)


def test_the_currency_is_that_beside_the_amount_that_is_taken() -> None:
    content = statement(
        "Date,Amount,Currency,Settled amount,Settled currency", "2025-01-13,-5.00,EUR,-4.00,GBP"
    )
    assert amounts(content, currency="GBP") == [-400]
    assert amounts(content, currency="EUR") == [-500]


@pytest.mark.parametrize(
    ("lines", "rules"),
    [
        (
            ["Date,Amount,Amount,Text", "2025-01-13,-5.00,-5.00,x", "2025-01-14,-5.00,-5.50,y"],
            ["amount = 2", "amount = 3"],
        ),
        (
            ["Date,Amount,Local amount", "2025-01-13,-1.00,-1.00", "2025-01-13,-3.40,-4.00"],
            ['amount = "Amount"', 'amount = "Local amount"'],
        ),
        (
            [
                "Date,Name,Gross,Fee,Net",
                "2025-01-13,x,5.00,0.00,5.00",
                "2025-01-13,x,5.00,-0.50,4.50",
            ],
            ['amount = "Net"', 'amount = "Gross"'],
        ),
        (
            ["Date,Amount,Debit,Credit", "2025-01-13,-3.40,3.40,", "2025-01-14,5.00,,6.00"],
            ['amount = "Amount"', 'debit = "Debit" and credit = "Credit"'],
        ),
    ],
)
def test_amounts_that_differ_are_asked_about(lines: list[str], rules: list[str]) -> None:
    content = statement(*lines)
    with pytest.raises(InvalidLine, match=r"^line 3: several columns could be the amount") as asked:
        read(content)
    assert all(rule in asked.value.advice for rule in rules)
    for rule in rules:
        assert read(content, rule.replace(" and ", "\n") + '\nfee = ""')


def test_the_balances_show_which_column_is_the_amount() -> None:
    content = statement(
        "Date,Name,Gross,Fee,Net,Balance",
        "2025-01-13,x,5.00,-0.50,4.50,104.50",
        "2025-01-14,y,-7.00,0.00,-7.00,97.50",
        "2025-01-15,z,10.00,-0.80,9.20,106.70",
    )
    assert [entry.amount_minor for entry in only(content).entries] == [450, -700, 920]


def test_a_balance_is_never_the_amount() -> None:
    for name in ("Balance", "Running Bal.", "Kontostand", "Saldo (EUR)", "Solde", "Balance after"):
        content = statement(f"Date,{name},Text,Amount", "2025-01-13,90.00,x,-10.00")
        rules = guess(content).format
        assert (rules.balance, rules.amount) == (name, "Amount")


def test_one_name_is_not_both_the_date_and_the_amount() -> None:
    content = statement("Saldo,Valor", "1,00", "Fecha,Valor,Concepto", "14/02/2025,-1.00,x")
    assert amounts(content) == [-100]


def test_columns_without_an_amount_are_no_internal_error() -> None:
    for header in ("Date,Amount,Text", "Date,Debit,Credit", "Date,Amount,Debit,Credit"):
        width = header.count(",")
        assert read(statement(header, "2025-01-13" + "," * width)) == []
        assert read(statement(header)) == []


# ── fees ────────────────────────────────────────────────────────────────────────────────────────

FEES = (
    "Date,Text,Amount,Fee,Balance",
    "2025-02-10,Top-Up,500.00,0.00,500.00",
    "2025-02-11,Café,-3.50,0.00,496.50",
)


def test_the_balances_show_whether_a_fee_is_taken_besides_the_amount() -> None:
    besides = guess(statement(*FEES, "2025-02-12,Cash,-100.00,2.00,394.50"))
    assert besides.format.fee == "Fee"
    assert "taken besides the amounts" in besides.notes[0]
    included = guess(statement(*FEES, "2025-02-12,Cash,-102.00,2.00,394.50"))
    assert (included.format.fee, included.notes) == (None, ())
    assert guess(statement(*FEES)).format.fee is None


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        (
            [
                "Datum,Text,Belastung,Gutschrift,Saldo",
                "27.08.2024,Lohn,-,412.75,1900.00",
                "24.08.2024,Miete,500.00,?,-",
            ],
            r"line 3: '\?' is not an amount",
        ),
        (["Date,Debit,Credit", "2025-01-13,?,?"], r"line 2: '\?' is not an amount"),
        (["Date,Description,Amount,Amount", "2025-01-13,Coffee,5/1,5/1"], "line 2: '5/1' is not"),
    ],
)
def test_columns_of_amounts_that_are_not_readable_are_refused_with_the_line(
    lines: list[str], refused: str
) -> None:
    content = statement(*lines)
    with pytest.raises(InvalidAmount, match=refused):
        read(content)
    kept = guess(content).kept
    assert kept.amount is not None or kept.debit is not None


@pytest.mark.parametrize(
    "rule",
    [
        'money_out = "balance"\nbalance = "Balance"',
        'money_out = "positive"',
        'direction = "Text"\ndirection_out = "x"\ndirection_in = "y"',
    ],
)
def test_a_rule_for_one_column_of_amounts_does_not_fit_two(rule: str) -> None:
    lines = ("Date,Text,Debit,Credit,Balance", "2025-01-13,x,3.40,,96.60")
    with pytest.raises(InvalidLine, match="is for amounts in one column") as refused:
        read(statement(*lines), rule)
    assert refused.value.details["rule"] == rule.partition(" ")[0]
    assert guess(statement("Amount," + lines[0], "-3.40," + lines[1]), rule).format.debit is None


def test_many_columns_that_could_be_the_amount_are_refused_at_once_and_told_in_short() -> None:
    names = [f"Amount {number}" for number in range(900)]
    cells = [f"{number}.00" for number in range(1, 901)]
    content = statement(",".join(["Date", *names]), *[",".join(["2025-01-13", *cells])] * 200)
    with pytest.raises(InvalidLine, match=r"900 columns could .*'Amount 9' and 890 more") as asked:
        read(content)
    assert (asked.value.details["rule"], len(asked.value.message) < 250) == ("amount", True)
    with pytest.raises(InvalidLine, match="there is no column 'Text'") as missing:
        read(content, 'amount = "Amount 7"\ndescription = "{Text}"')
    assert "'Amount 8' and 891 more" in missing.value.advice
