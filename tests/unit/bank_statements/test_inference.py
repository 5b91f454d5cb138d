from __future__ import annotations

import pytest

from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.errors import InvalidInput, InvalidLine
from tests.support.bank_statements.reading import (
    amounts,
    descriptions,
    guess,
    moments,
    read,
    read_all,
    statement,
)

BY_ITSELF = statement("Date,Description,Amount", "2025-03-14,Café,-4.25", "2025-03-15,Pay,100.00")


def test_a_plain_statement_needs_no_rules() -> None:
    found = guess(BY_ITSELF)
    assert found.kept == StatementFormat(
        delimiter=",",
        quote='"',
        header=True,
        date="Date",
        date_format="%Y-%m-%d",
        time_zone="local",
        amount="Amount",
        money_out="negative",
        decimal_mark=".",
        description="{Description}",
    )
    assert found.notes == ()
    assert set(found.guessed) == set(found.kept.rules)


@pytest.mark.parametrize("currency", ["USD", None])
def test_saved_rules_leave_nothing_to_guess(currency: str | None) -> None:
    saved = guess(BY_ITSELF, currency=currency).kept.to_toml()
    again = guess(BY_ITSELF, saved, currency="USD")
    assert (again.guessed, again.format) == ((), guess(BY_ITSELF).format)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_and_line_ends_make_no_difference(encoding: str, end: str) -> None:
    content = BY_ITSELF.decode().replace("\n", end).encode(encoding)
    assert read(content) == read(BY_ITSELF)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_separates_known_columns(delimiter: str) -> None:
    content = BY_ITSELF.decode().replace(",", delimiter).encode()
    assert guess(content).format.delimiter == delimiter
    assert amounts(content) == [-425, 10000]


@pytest.mark.parametrize(
    ("header", "date", "amount", "description"),
    [
        ("Booking Date,Value Date,Payee,Memo,Amount", "Booking Date", "Amount", "{Payee}: {Memo}"),
        ("Value date,Transaction date,Narrative,Value", "Transaction date", "Value", "{Narrative}"),
        (
            "Buchungstag,Valutadatum,Buchungstext,Verwendungszweck,Betrag",
            "Buchungstag",
            "Betrag",
            "{Verwendungszweck}",
        ),
        (
            "Wertstellung,Beguenstigter/Zahlungspflichtiger,Umsatz",
            "Wertstellung",
            "Umsatz",
            "{Beguenstigter/Zahlungspflichtiger}",
        ),
        ("Date de l'opération,Libellé,Montant", "Date de l'opération", "Montant", "{Libellé}"),
        ("FECHA,CONCEPTO,IMPORTE", "FECHA", "IMPORTE", "{CONCEPTO}"),
        ("Data Lançamento,Histórico,Valor", "Data Lançamento", "Valor", "{Histórico}"),
        ("Date,Amount", "Date", "Amount", ""),
    ],
)
def test_columns_are_found_by_the_names_that_banks_use(
    header: str, date: str, amount: str, description: str
) -> None:
    width = header.count(",") + 1
    cells = ["2025-03-14"] * (width - 1) + ["1.50"]
    rules = guess(statement(header, ",".join(cells))).format
    assert (rules.date, rules.amount, rules.description) == (date, amount, description)


@pytest.mark.parametrize(
    ("debit", "credit"),
    [
        ("Debit", "Credit"),
        ("Paid out (£)", "Paid in (£)"),
        ("Withdrawals", "Deposits"),
        ("Soll", "Haben"),
        ("Débit euros", "Crédit euros"),
        ("Cargo", "Abono"),
        ("Débito", "Crédito"),
    ],
)
def test_debits_and_credits_may_have_separate_columns(debit: str, credit: str) -> None:
    content = statement(f"Date,{debit},{credit}", "2025-03-14,4.25,", "2025-03-15,,100.00")
    rules = guess(content, currency=None).format
    assert (rules.debit, rules.credit, rules.amount, rules.money_out) == (debit, credit, None, None)
    assert amounts(content, 'currency = "USD"') == [-425, 10000]


@pytest.mark.parametrize(
    ("name", "currency"),
    [
        ("Betrag (EUR)", "EUR"),
        ("Umsatz in €", "EUR"),
        ("Montant euros", "EUR"),
        ("Amount GBP", "GBP"),
        ("Betrag in CHF", "CHF"),
        ("Valor (R$)", "BRL"),
        ("Amount ($)", None),
        ("Amount", None),
    ],
)
def test_a_column_may_name_the_currency(name: str, currency: str | None) -> None:
    found = guess(statement(f"Date,{name}", "2025-03-14,-4.25"))
    assert (found.format.amount, found.format.currency) == (name, currency)
    assert ("currency" in found.guessed) == (currency is not None)


def test_a_currency_column_is_used_instead() -> None:
    rules = guess(statement("Date,Amount,Währung", "2025-03-14,-4.25,USD")).format
    assert (rules.currency, rules.currency_column) == (None, "Währung")


def test_a_column_whose_name_is_not_unique_is_given_by_number() -> None:
    rules = guess(statement("Date,Amount,Memo,memo,date", "2025-03-14,-1.00,a,b,c")).format
    assert (rules.date, rules.amount, rules.description) == (1, "Amount", "{3}")


# ── where the table is ──────────────────────────────────────────────────────────────────────────


def test_lines_around_the_table_are_skipped() -> None:
    content = statement(
        "Account;12345",
        "From 01.03.2025",
        "",
        "Datum;Betrag;Text",
        "14.03.2025;-4,25;Café",
        "",
        "Balance: 100,00",
        "Created by the bank",
        "",
    )
    entries, skipped = read_all(content)
    assert [entry.line for entry in entries] == [5]
    assert [each.line for each in skipped] == [7, 8]


def test_a_last_line_with_all_columns_or_a_date_is_not_a_footer() -> None:
    for last in ("Rest,,12.00", "2025-03-16,Cut", "2025-0", '"Mar 16, 2025",Cut'):
        with pytest.raises(InvalidInput, match=r"^line 4: "):
            guess(BY_ITSELF + statement(last))


def test_a_trailing_delimiter_makes_no_column() -> None:
    content = statement("Date;Amount;Text;", "2025-03-14;-4.25;Café;", "2025-03-15;1.00;Pay;")
    assert amounts(content) == [-425, 100]


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ("date = 1\namount = 3", False),
        ("date = 1\namount = 3\nheader = false", False),
        ("date = 1\ndebit = 3\ncredit = 4", False),
    ],
)
def test_a_table_without_a_header_is_read_by_column_numbers(given: str, header: bool) -> None:
    content = statement("14.03.2025;Café;-4,25;", "15.03.2025;Pay;-100,00;")
    assert guess(content, given).format.header is header
    assert [entry.line for entry in read(content, given + '\ndescription = "{2}"')] == [1, 2]


def test_columns_can_be_given_by_number_despite_a_header() -> None:
    content = statement("Wann;Was;Wieviel", "14.03.2025;Café;-4,25")
    for given in (
        "date = 1\namount = 3",
        "date = 1\namount = 'Wieviel'",
        "date = 'wann'\namount=3",
    ):
        assert amounts(content, given) == [-425]


@pytest.mark.parametrize(
    "given",
    ["skip_top = 3", "skip_top = 9", "skip_bottom = 3", "skip_bottom = 4", "skip_bottom = 9"],
)
def test_rules_that_skip_every_line_are_refused(given: str) -> None:
    with pytest.raises(InvalidLine, match="the file has no table"):
        guess(BY_ITSELF, given)


def test_a_table_without_a_header_has_no_column_of_a_name() -> None:
    content = statement("14.03.2025;Café;-4,25")
    with pytest.raises(InvalidLine, match=r"^line 1: there is no column 'Text': the table has"):
        read(content, "date = 1\namount = 3\ndescription = '{Text}'")


def test_a_header_can_be_required() -> None:
    content = statement("2025;2026", "14.03.2025;-4,25")
    with pytest.raises(InvalidLine, match="no header has a date column"):
        guess(content, "date = 1\namount = 2\nheader = true\nskip_top = 0\ndelimiter = ','")
    assert amounts(content, "date = 1\namount = 2\nskip_top = 1\ndelimiter = ';'") == [-425]


@pytest.mark.parametrize(
    "content",
    [
        statement("When,What,How much", "2025-03-14,Café,-4.25"),
        statement("Date,What", "2025-03-14,Café"),
        statement("Amount,What", "-4.25,Café"),
        statement("2025-03-14,Café,-4.25"),
        statement("just a text"),
    ],
)
def test_a_table_that_is_not_recognised_is_refused_with_the_rules_to_write(content: bytes) -> None:
    with pytest.raises(
        InvalidLine, match=r"^line 1: no header has a date column and an amount column"
    ) as refused:
        guess(content)
    assert "date = … and amount = …" in refused.value.advice
    first = content.decode().splitlines()[0].split(",")
    assert all(repr(cell) in refused.value.message for cell in first)


def test_a_missing_column_of_the_rules_is_named_with_the_line() -> None:
    with pytest.raises(InvalidLine, match=r"^line 1: .*date = 'Tag'"):
        guess(BY_ITSELF, "date = 'Tag'")
    with pytest.raises(InvalidLine, match=r"^line 1: there is no column 'Payee'") as refused:
        read(BY_ITSELF, "description = '{Payee}'")
    assert refused.value.advice == "the columns are 'Date', 'Description', 'Amount'"
    with pytest.raises(InvalidLine, match=r"^line 1: there is no column 9; the statement has 3"):
        read(BY_ITSELF, "description = '{9}'")
    with pytest.raises(InvalidLine, match=r"^line 1: there is no column 0"):
        read(BY_ITSELF, "description = '{0}'")


def test_a_column_whose_name_is_ambiguous_must_be_given_by_number() -> None:
    content = statement("Date,Amount,Text,Text", "2025-03-14,1.00,a,b")
    with pytest.raises(InvalidLine, match="there are 2 columns 'Text'") as refused:
        read(content, "description = '{Text}'")
    assert refused.value.advice.endswith("3 or 4")
    assert descriptions(content, "description = '{4}'") == ["b"]


def test_a_column_name_may_be_a_number() -> None:
    content = statement("Date,Amount,1", "2025-03-14,1.00,one")
    assert descriptions(content, "description = '{1}'") == ["one"]


# ── given rules ─────────────────────────────────────────────────────────────────────────────────


def test_given_rules_are_not_guessed() -> None:
    found = guess(BY_ITSELF, "description = 'bank'\nmoney_out = 'positive'")
    assert (found.format.description, found.format.money_out) == ("bank", "positive")
    assert not {"description", "money_out"} & set(found.guessed)
    assert amounts(BY_ITSELF, "money_out = 'positive'") == [425, -10000]


def test_one_rule_settles_ambiguous_dates() -> None:
    content = statement("Date,Amount", "03/04/2025,1.00")
    with pytest.raises(InvalidInput, match="the dates do not show which part is the day"):
        guess(content)
    assert [str(each) for each in moments(content, "date_format = '%d/%m/%Y'")] == ["2025-04-03"]
    assert [str(each) for each in moments(content, "date_format = '%m/%d/%Y'")] == ["2025-03-04"]


def test_one_rule_settles_ambiguous_amounts() -> None:
    content = statement("Date;Amount", "2025-03-14;1.234")
    with pytest.raises(InvalidInput, match="the amounts do not show which decimal mark"):
        guess(content)
    assert amounts(content, "decimal_mark = ','") == [123400]


# ── which way the money goes ────────────────────────────────────────────────────────────────────

BY_WORD = statement("Date,Amount,D/C", "2025-03-14,4.25,D", "2025-03-15,100.00,C")


def test_a_column_of_words_may_give_the_direction() -> None:
    rules = guess(BY_WORD).format
    assert (rules.direction, rules.direction_out, rules.direction_in) == ("D/C", "D", "C")
    assert amounts(BY_WORD) == [-425, 10000]


def test_direction_words_are_ignored_beside_signed_amounts() -> None:
    content = statement("Date,Amount,Type", "2025-03-14,-4.25,Debit", "2025-03-15,100.00,Credit")
    assert guess(content).format.direction is None
    assert amounts(content) == [-425, 10000]


def test_one_direction_word_implies_the_other() -> None:
    rules = guess(statement("Datum,Betrag,S/H", "2025-03-14,4.25,S")).format
    assert (rules.direction_out, rules.direction_in) == ("S", "H")


def test_the_direction_words_may_be_given() -> None:
    given = "direction = 'Flow'\ndirection_out = 'weg'\ndirection_in = 'her'"
    content = statement("Date,Amount,Flow", "2025-03-14,4.25,WEG", "2025-03-15,100.00,her")
    assert amounts(content, given) == [-425, 10000]
    unclear = content + statement("2025-03-16,1.00,quer")
    with pytest.raises(InvalidLine, match=r"^line 4: 'quer' means neither"):
        read(unclear, given)


def test_amounts_without_a_minus_are_noted() -> None:
    content = statement("Date,Amount", "2025-03-14,4.25")
    (note,) = guess(content).notes
    assert "no amount is negative" in note
    assert guess(content, "money_out = 'negative'").notes == ()


def test_a_last_resort_encoding_is_noted() -> None:
    (note,) = guess("Date,Amount,Text\n2025-03-14,-1.00,Café\n".encode("cp1252")).notes
    assert "cp1252" in note
