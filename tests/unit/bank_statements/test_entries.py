from __future__ import annotations

from datetime import date, datetime

import pytest

from ledger.bank_statements.statement import Entry, Skipped
from ledger.errors import CurrencyMismatch, InvalidInput, LedgerError
from tests.support.bank_statements.reading import (
    amounts,
    descriptions,
    guess,
    moments,
    read,
    read_all,
    statement,
)

HEADER = "Date,Description,Amount"


def test_an_entry_has_its_line_day_amount_and_description() -> None:
    content = statement(HEADER, "2025-03-14,Café,-4.25")
    assert read(content) == [Entry(2, date(2025, 3, 14), -425, "Café")]


def test_a_time_of_day_is_kept() -> None:
    content = statement(HEADER, "2025-03-14 18:30,Café,-4.25")
    assert moments(content) == [datetime.fromisoformat("2025-03-14T18:30")]


def test_quoted_texts_may_contain_delimiters_quotes_and_line_ends() -> None:
    content = statement(
        HEADER,
        '2025-03-14,"Café, ""Zum Eck""",-4.25',
        '2025-03-15,"two',
        'lines",1.00',
        "2025-03-16,six,1.00",
    )
    entries = read(content)
    assert [entry.description for entry in entries] == ['Café, "Zum Eck"', "two\nlines", "six"]
    assert [entry.line for entry in entries] == [2, 3, 5]


def test_without_quoting_a_quote_is_a_character() -> None:
    content = statement(HEADER, '2025-03-14,12" pizza,-4.25', '2025-03-15,"bread,-1.00')
    for given in ("", 'quote = ""'):
        assert descriptions(content, given) == ['12" pizza', '"bread']
    content = statement(HEADER, '2025-03-14,"a",-4.25', '2025-03-15,"bread, butter,-1.00')
    with pytest.raises(InvalidInput, match=r"^line 3: the row that starts here cannot be read"):
        read(content)


def test_another_quote_can_be_given() -> None:
    assert descriptions(statement(HEADER, "2025-03-14,'a, b',1.00"), 'quote = "\'"') == ["a, b"]


def test_descriptions_keep_everything_but_surrounding_spaces() -> None:
    content = statement(HEADER, "2025-03-14,  =HYPERLINK [red]  &  :smile: ,1.00")
    assert descriptions(content) == ["=HYPERLINK [red]  &  :smile:"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2025-03-14,Nothing,0.00", "its amount is zero"),
        ("2025-03-14,Nothing,-0", "its amount is zero"),
        ("2025-03-14,Balance brought forward,", "it has no amount"),
        (",Only words,", "it has no amount"),
    ],
)
def test_lines_that_move_no_money_are_skipped_with_a_reason(line: str, reason: str) -> None:
    content = statement(HEADER, "2025-03-13,Pay,5.00", line)
    entries, skipped = read_all(content)
    assert [entry.line for entry in entries] == [2]
    assert skipped == [Skipped(3, reason)]


def test_blank_lines_are_ignored() -> None:
    content = statement(HEADER, "", "2025-03-13,Pay,5.00", ",,", " , ,", "2025-03-14,Pay,6.00", "")
    entries, skipped = read_all(content)
    assert ([entry.line for entry in entries], skipped) == ([3, 6], [])


def test_a_statement_may_have_no_entries() -> None:
    assert read_all(statement(HEADER)) == ([], [])


def test_a_statement_may_have_no_line_with_a_date_and_an_amount() -> None:
    assert read_all(statement(HEADER, "2025-03-14,Opening balance,")) == (
        [],
        [Skipped(2, "it has no amount")],
    )
    with pytest.raises(InvalidInput, match=r"^line 2: there is an amount here, but no date"):
        read(statement(HEADER, ",Café,-4.25"))


COLUMNS = "Date,Debit,Credit"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["2025-03-14,4.25,", "2025-03-14,,5.00"], [-425, 500]),
        (["2025-03-14,4.25,0.00", "2025-03-14,0.00,5.00"], [-425, 500]),
        (["2025-03-14,-4.25,", "2025-03-14,-1.00,", "2025-03-14,,5.00"], [-425, -100, 500]),
    ],
)
def test_debits_go_out_and_credits_come_in(lines: list[str], expected: list[int]) -> None:
    assert amounts(statement(COLUMNS, *lines)) == expected


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        (["2025-03-14,4.25,5.00"], 2, "there is both a debit, '4.25', and a credit, '5.00'"),
        (["2025-03-14,4.25,", "2025-03-14,-1.00,"], 3, "the sign of the debit '-1.00'"),
        (["2025-03-14,-4.25,", "2025-03-14,1.00,"], 3, "the sign of the debit '1.00'"),
        (["2025-03-14,,-5.00"], 2, "the sign of the credit '-5.00'"),
    ],
)
def test_unclear_debits_and_credits_are_refused(lines: list[str], line: int, reason: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^line {line}: {reason}"):
        read(statement(COLUMNS, *lines))


def test_a_sign_that_contradicts_a_direction_or_the_signs_before_it_is_refused() -> None:
    given = "direction = 'D/C'\ndirection_out = 'D'\ndirection_in = 'C'"
    header = "Date,Amount,D/C"
    signed = statement(header, "2025-03-14,-1.00,D", "2025-03-15,2.00,C", "2025-03-16,-3.00,D")
    assert amounts(signed, given) == [-100, 200, -300]
    for lines in (["-1.00,C"], ["1.00,D", "-1.00,D"], ["-1.00,D", "1.00,D"]):
        content = statement(header, *(f"2025-03-14,{line}" for line in lines))
        with pytest.raises(InvalidInput, match=rf"^line {len(lines) + 1}: the sign of the amount"):
            read(content, given)


def test_a_direction_without_an_amount_moves_no_money() -> None:
    content = statement("Date,Amount,D/C", "2025-03-14,1.00,D", ",,C")
    assert read_all(content)[1] == [Skipped(3, "it has no amount")]


def test_each_entry_must_be_in_the_currency_of_the_account() -> None:
    content = statement("Date,Amount,Currency", "2025-03-14,1.00,USD", "2025-03-15,1.00,EUR")
    with pytest.raises(CurrencyMismatch, match=r"^line 3: the entry is in EUR, but the account is"):
        read(content)
    assert amounts(content, "currency = 'USD'") == [100, 100]


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        ("2025-03-14,Café", "invalid_line", "there are 2 columns here, but 3 in the first line"),
        ("2025-03-14", "invalid_line", "there is 1 column here"),
        ("2025-03-14,Café, and more,-4.25", "invalid_line", "there are 4 columns here"),
        ("2025-02-30,Café,-4.25", "invalid_time", "'2025-02-30' is not a date"),
        (",Café,-4.25", "invalid_time", "there is an amount here, but no date"),
        ("2025-03-14,Café,four", "invalid_amount", "'four' is not an amount in USD"),
        ("2025-03-14,Café,-4.255", "invalid_amount", "USD has 2 decimals"),
        ("2025-03-14,Café," + "9" * 30, "invalid_amount", "the largest amount is"),
        ('2025-03-14,"Café, bar,-4.25', "invalid_line", "the row that starts here cannot be read"),
        ('2025-03-14,"Ca"f,é,-4.25', "invalid_line", "the row that starts here cannot be read"),
        (
            "2025-03-14," + "x" * 200_000 + ",1.00",
            "invalid_line",
            "a cell has over 131,072 characters",
        ),
        ("2025-03-14,EUR,EUR 4.25", "currency_mismatch", "'EUR 4.25' is in EUR"),
    ],
)
def test_an_unreadable_line_is_refused_with_its_number(line: str, code: str, reason: str) -> None:
    content = statement(
        HEADER, "2025-03-01,A,1.50", '2025-03-02,"b', 'c",2.50', line, "2025-03-09,C,3.50"
    )
    with pytest.raises(LedgerError, match=rf"^line 5: .*{reason}") as refused:
        read(content)
    assert (refused.value.code, refused.value.details["line"]) == (code, 5)


# ── words for money out and in beside the amounts ───────────────────────────────────────────────


def test_words_beside_amounts_say_which_way_the_money_goes() -> None:
    content = statement("Date,Amount", "2025-03-14,4.25 DR", "2025-03-15,100.00 Cr.")
    assert amounts(content) == [-425, 10000]
    assert amounts(content, "money_out = 'positive'") == [-425, 10000]
    saved = guess(content).format.to_toml()
    later = statement("Date,Amount", "2025-04-14,4.25", "2025-04-15,100.00 CR")
    with pytest.raises(InvalidInput, match=r"^line 2: '4.25' does not say"):
        read(later, saved)


def test_words_at_some_amounts_alone_are_asked_about() -> None:
    content = statement("Date,Amount", "2025-03-14,4.25", "2025-03-15,100.00 CR")
    with pytest.raises(InvalidInput, match=r"^line 2: '4.25' does not say") as refused:
        read(content)
    assert refused.value.details["rule"] == "money_out"
    assert amounts(content, "money_out = 'positive'") == [-425, 10000]
    assert amounts(content, "money_out = 'negative'") == [425, 10000]


def test_words_that_contradict_a_column_are_refused() -> None:
    given = "direction = 'D/C'\ndirection_out = 'D'\ndirection_in = 'C'"
    content = statement("Date,Amount,D/C", "2025-03-14,1.00 DR,D", "2025-03-15,2.00 CR,C")
    assert amounts(content, given) == [-100, 200]
    with pytest.raises(InvalidInput, match=r"^line 4: the sign of the amount '3.00 CR'"):
        read(content + statement("2025-03-16,3.00 CR,D"), given)
    for line in ("2025-03-14,4.25 CR,", "2025-03-14,,4.25 DR"):
        with pytest.raises(InvalidInput, match=r"^line 2: the sign of the"):
            read(statement(COLUMNS, line))
    assert amounts(statement(COLUMNS, "2025-03-14,4.25 DR,-", "2025-03-14,–,5.00 CR")) == [
        -425,
        500,
    ]


def test_a_dash_is_no_amount() -> None:
    entries, skipped = read_all(statement(HEADER, "2025-03-14,Waived, - ", "2025-03-14,Pay,5.00"))
    assert [entry.amount_minor for entry in entries] == [500]
    assert skipped == [Skipped(2, "it has no amount")]
