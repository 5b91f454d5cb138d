"""Which way the money goes, where amounts have no sign, or one that others contradict."""

from __future__ import annotations

import pytest

from ledger.errors import InvalidInput, InvalidLine
from tests.support.bank_statements.reading import (
    amounts,
    descriptions,
    guess,
    only,
    read,
    statement,
)

TYPED = (
    "Date,Description,Amount,Type",
    "2023-01-13,Pay,500.00,Credit",
    "2023-01-14,Shop,5.00,Debit",
)
BALANCED = (
    "Date,Description,Amount,Type,Balance",
    "2023-01-13,Pay,500.00,Credit,600.00",
    "2023-01-14,Shop,5.00,Debit,595.00",
)
HEADER = "Date,Description,Amount,Balance"


# ── words ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("out", "into"),
    [
        ("Debit", "Credit"),
        ("DBIT", "CRDT"),
        ("Dr.", "Cr."),
        ("Af", "Bij"),
        ("Ausgang", "Eingang"),
        ("S", "H"),
        ("-", "+"),
        ("Ut", "Inn"),
        ("Obciążenie", "Uznanie"),
        ("Dare", "Avere"),
        ("Débito", "Crédito"),
        ("支出", "收入"),
    ],
)
@pytest.mark.parametrize("name", ["Type", "D/C", "Foo", ""])
def test_words_of_many_banks_give_the_direction_whatever_their_column_is_called(
    name: str, out: str, into: str
) -> None:
    content = statement(
        f"Date,{name},Amount,Text", f"2023-01-13,{out},5.00,a", f"2023-01-14,{into},7.00,b"
    )
    assert amounts(content) == [-500, 700]
    rules = guess(content).format
    assert (rules.direction, rules.direction_out) == (name or 2, out)


def test_several_words_may_mean_the_same() -> None:
    content = statement(*TYPED, "2023-01-15,Fee,1.00,Dr", "2023-01-16,Tax,2.00,DEBIT")
    assert amounts(content) == [50000, -500, -100, -200]
    rules = guess(content).format
    assert (rules.direction_out, rules.direction_in) == (["Debit", "Dr"], "Credit")
    assert amounts(content, rules.to_toml()) == [50000, -500, -100, -200]


def test_a_word_that_means_neither_is_asked_about() -> None:
    content = statement(*TYPED, "2023-01-15,Fee,1.00,Fee")
    with pytest.raises(InvalidLine, match=r"^line 4: no amount has a sign, and 'Fee'") as asked:
        read(content)
    for rule in ('direction = "Type"', 'direction_out = "Debit"', 'direction_in = "Credit"'):
        assert rule in asked.value.advice
    given = "direction = 'Type'\ndirection_out = ['Debit', 'Fee']\ndirection_in = 'Credit'"
    assert amounts(content, given) == [50000, -500, -100]
    assert amounts(content, "money_out = 'negative'") == [50000, 500, 100]


def test_a_line_without_a_word_is_refused_and_a_rule_can_say_what_it_means() -> None:
    content = statement(*TYPED, "2023-01-15,Fee,1.00,")
    with pytest.raises(InvalidLine, match=r"^line 4: '' means neither money out nor money in"):
        read(content)
    given = "direction = 'Type'\ndirection_out = ['Debit', '']\ndirection_in = 'Credit'"
    assert amounts(content, given) == [50000, -500, -100]


@pytest.mark.parametrize(
    ("header", "lines", "line"),
    [
        ("Date,Text,Amount,Type", ["2023-01-13,x,1.00,Card", "2023-01-14,y,5.00,Credit"], 2),
        ("Date,Text,Amount,Type", ["2023-01-13,x,1.00,Card"], 2),
        ("Date,Text,Amount,D/C", ["2023-01-13,x,1.00,Q"], 2),
        ("Date,Text,Amount,Foo", ["2023-01-13,x,1.00,CR", "2023-01-14,y,5.00,"], 2),
        (
            "Date,Text,Amount,Foo",
            ["2023-01-13,x,1.00,D", "2023-01-13,x,1.00,C", "2023-01-14,y,5.00,Q"],
            4,
        ),
        ("Date,Text,Amount", ["2023-01-13,Payment,1.00"], 2),
        ("Date,Text,Amount", ["2023-01-13,a,+1.00", "2023-01-14,b,2.00"], 3),
        ("Date,Text,Purchase amount", ["2023-01-13,a,1.00"], 2),
    ],
)
def test_a_column_that_may_give_the_direction_is_asked_about(
    header: str, lines: list[str], line: int
) -> None:
    content = statement(header, *lines)
    with pytest.raises(InvalidLine, match=rf"^line {line}: ") as asked:
        read(content)
    assert "money_out" in asked.value.advice
    assert all(amount > 0 for amount in amounts(content, "money_out = 'negative'"))
    assert all(amount < 0 for amount in amounts(content, "money_out = 'positive'"))


@pytest.mark.parametrize(
    "lines",
    [
        ["Date,Text,Amount", "2023-01-13,Pay,5.00"],
        ["Date,Text,Amount", "2023-01-13,Deposit,5.00"],
        ["Date,Type,Text,Amount", "2023-01-13,Salary,Pay,5.00"],
        ["Date,Type,Text,Amount", "2023-01-13,TOPUP,Pay,5.00"],
        ["Date,Foo,Text,Amount", "2023-01-13,Credit,Pay,5.00"],
        ["Date,Details,Amount", "2023-01-13,Interest,5.00", "2023-01-14,Pay,5.00"],
        ["Date,Text,Amount", "2023-01-13,a,+1.00", "2023-01-14,b,+2.00"],
    ],
)
def test_amounts_without_a_minus_are_money_in_where_nothing_says_otherwise(
    lines: list[str],
) -> None:
    assert all(amount > 0 for amount in amounts(statement(*lines)))


def test_the_signs_of_lines_that_are_left_out_tell_how_amounts_are_written() -> None:
    content = statement(
        "Date,Text,Type,Amount,State",
        "2023-01-13,Shop,Debit,-5.00,PENDING",
        "2023-01-12,Pay,Credit,7.00,COMPLETED",
    )
    found = guess(content)
    assert (found.kept.direction, found.kept.money_out, found.notes) == (None, "negative", ())


def test_what_is_only_taken_for_granted_is_no_rule_for_the_next_statement() -> None:
    january = statement("Date,Text,Amount", "2023-01-13,Pay,5.00")
    found = only(january)
    assert found.format is not None
    assert (found.format.money_out, "money_out" in found.guessed) == (None, True)
    february = statement("Date,Text,Amount,Type", "2023-02-13,Shop,5.00,Debit")
    assert amounts(february, found.format.to_toml()) == [-500]


def test_a_rule_for_the_amount_alone_leaves_the_direction_to_the_words() -> None:
    content = statement(
        "Datum;Af Bij;Bedrag;Tekst", "14-02-2025;Af;23,45;x", "13-02-2025;Bij;1,00;y"
    )
    assert amounts(content, "amount = 'Bedrag'") == [-2345, 100]
    bare = statement("14-02-2025;Af;23,45;x", "13-02-2025;Bij;1,00;y")
    assert amounts(bare, "date = 1\namount = 3") == [-2345, 100]


def test_words_in_the_description_give_the_direction_and_describe() -> None:
    content = statement("Date,Text,Amount", "2023-01-13,Withdrawal,1.00", "2023-01-14,Deposit,2.00")
    assert amounts(content) == [-100, 200]
    assert descriptions(content) == ["Withdrawal", "Deposit"]


def test_words_that_contradict_the_signs_are_asked_about() -> None:
    reversal = statement(
        "Date,Amount,D/C", "2023-01-13,5.00,D", "2023-01-14,-2.00,D", "2023-01-15,100.00,C"
    )
    with pytest.raises(InvalidLine, match=r"^line 2: the amount '5.00' contradicts 'D'"):
        read(reversal)
    card = statement("Date,Amount,Type", "2023-01-13,-5.00,Debit", "2023-01-14,50.00,Payment")
    assert amounts(card) == [-500, 5000]


# ── balances ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("word", "rule"), [("Fee", ["Debit", "Fee"]), ("", ["Debit", ""])])
def test_the_balances_show_what_a_word_means(word: str, rule: list[str]) -> None:
    content = statement(*BALANCED, f"2023-01-15,Fee,1.00,{word},594.00")
    found = only(content)
    assert [entry.amount_minor for entry in found.entries] == [50000, -500, -100]
    assert found.format is not None
    assert (found.format.direction_out, found.format.direction_in) == (rule, "Credit")
    assert "is seen from the balance column" in found.notes[0]


@pytest.mark.parametrize("turned", [False, True])
def test_the_balances_show_the_direction_of_each_line(turned: bool) -> None:
    lines = [
        "2023-01-12,Opening balance,,100.00",
        "2023-01-13,Shop,20.00,80.00",
        "2023-01-14,Pay,50.00,130.00",
        "2023-01-14,Shop,30.00,100.00",
    ]
    content = statement(HEADER, *(lines[::-1] if turned else lines))
    found = only(content)
    right = [-2000, 5000, -3000]
    assert [entry.amount_minor for entry in found.entries] == (right[::-1] if turned else right)
    assert found.format is not None
    assert found.format.money_out == "balance"
    assert [entry.amount_minor for entry in only(content, found.format.to_toml()).entries] == (
        right[::-1] if turned else right
    )


def test_the_first_line_begins_at_zero_or_is_asked_about() -> None:
    rest = ["2023-01-14,Shop,5.00,495.00", "2023-01-15,Fee,1.00,494.00"]
    content = statement(HEADER, "2023-01-13,Pay,500.00,500.00", *rest)
    assert [entry.amount_minor for entry in only(content).entries] == [50000, -500, -100]
    unclear = statement(HEADER, "2023-01-13,Pay,400.00,500.00", *rest)
    with pytest.raises(InvalidLine, match=r"^line 2: .* but not which way this one went") as asked:
        only(unclear)
    assert 'money_out = "positive"' in asked.value.advice
    signed = statement(HEADER, "2023-01-13,Pay,+400.00,500.00", *rest)
    assert [entry.amount_minor for entry in only(signed).entries] == [40000, -500, -100]
    both = statement(
        HEADER,
        "2023-01-12,Rent,400.00,500.00",
        "2023-01-13,A,9.00,509.00",
        "2023-01-14,B,9.00,500.00",
    )
    with pytest.raises(InvalidLine, match=r"^line 2: the balance column does not show which way"):
        only(both)


def test_money_in_that_would_begin_overdrawn_is_asked_about() -> None:
    content = statement(HEADER, "2023-01-12,Rent,500.00,200.00", "2023-01-13,Pay,1000.00,1200.00")
    with pytest.raises(InvalidLine, match=r"^line 2: "):
        only(content)
    fine = statement(HEADER, "2023-01-12,Gift,500.00,700.00", "2023-01-13,Pay,1000.00,1700.00")
    assert [entry.amount_minor for entry in only(fine).entries] == [50000, 100000]


def test_balances_that_fit_both_directions_are_asked_about() -> None:
    content = statement(HEADER, "2023-01-13,A,5.00,100.00", "2023-01-13,B,5.00,95.00")
    with pytest.raises(InvalidInput, match="does not show plainly"):
        only(content)


def test_the_balances_show_that_positive_amounts_are_money_out() -> None:
    content = statement(
        HEADER,
        "2023-01-13,Shop,5.00,100.00",
        "2023-01-14,Shop,7.00,93.00",
        "2023-01-15,Pay,-80.00,173.00",
    )
    found = only(content)
    assert [entry.amount_minor for entry in found.entries] == [-500, -700, 8000]
    assert "positive amounts are taken as money out" in found.notes[0]


def test_balances_of_what_is_owed_do_not_turn_words_round() -> None:
    content = statement(
        "Date,Amount,D/C,Balance", "2023-01-13,5.00,D,105.00", "2023-01-14,7.00,C,98.00"
    )
    found = only(content)
    assert [entry.amount_minor for entry in found.entries] == [-500, 700]
    assert found.closing is not None
    assert found.closing.amount_minor == -9800
    assert any("only as what is owed" in note for note in found.notes)


@pytest.mark.parametrize(
    "lines",
    [
        ["2025-02-10,a,50.00,950.00", "2025-02-11,b,50.00,900.00", "2025-02-14,c,23.85,400.00"],
        ["2025-02-11,a,50.00,900.00", "2025-02-12,b,20.00,880.00", "2025-02-16,c,10.00,90.00"],
        ["2025-02-14,a,23.85,100.00", "2025-02-13,x,,0.00", "2025-02-13,b,1486.27,123.85"],
    ],
)
def test_balances_with_gaps_that_fit_money_out_better_are_asked_about(lines: list[str]) -> None:
    with pytest.raises(InvalidInput, match="does not show plainly") as asked:
        read(statement("Date,Description,Amount,Balance", *lines))
    assert asked.value.details["rule"] == "money_out"


def test_columns_of_amounts_that_are_all_empty_are_no_reason_to_fail() -> None:
    lines = ("14/02/2025,CAFE,,100.00", "13/02/2025,LUZ,,100.00")
    assert read(statement("Date,Text,Amount,Balance", *lines)) == []
