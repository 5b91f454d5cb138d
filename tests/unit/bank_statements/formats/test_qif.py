"""QIF: what the file leaves open is asked, and what it says is taken as it is."""

from __future__ import annotations

import pytest

from ledger.errors import LedgerError
from tests.support.bank_statements.formats import qif, read_all, read_one, refusal


def days(*written: str, rules: str = "") -> list[str]:
    lines = [line for day in written for line in (f"D{day}", "T1.00", "^")]
    return [str(entry.moment) for entry in read_one(qif(*lines), rules=rules).entries]


def test_the_order_of_a_date_is_asked() -> None:
    error = refusal(qif("D01/02/2025", "T1.00", "^"))
    assert error.details["rule"] == "date_format"
    assert error.details["line"] == 2
    rule = 'date_format = "%d/%m/%Y"'
    assert days("01/02/2025", rules=rule) == ["2025-02-01"]


def test_a_date_that_can_be_only_one_settles_it() -> None:
    assert days("01/02/2025", "01/13/2025") == ["2025-01-02", "2025-01-13"]
    assert days("2025-01-02") == ["2025-01-02"]
    assert days("02 Jan 2025") == ["2025-01-02"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1/ 5'25", "2025-01-05"),
        ("1/ 5' 5", "2005-01-05"),
        ("1/5/'25", "2025-01-05"),
        ("12/31/99", "1999-12-31"),
        ("1.5'25", None),
    ],
)
def test_years_after_an_apostrophe_are_of_this_century(written: str, day: str | None) -> None:
    if day is None:
        assert (
            refusal(qif("D1/13'25", "T1.00", "^", f"D{written}", "T1.00", "^")).details["line"] == 5
        )
    else:
        assert days("1/13'25", written)[1] == day


def test_amounts_show_their_marks_or_it_is_asked() -> None:
    assert read_one(qif("D2025-01-05", "T1,234.50", "^")).entries[0].amount_minor == 123_450
    ambiguous = qif("D2025-01-05", "T1,234", "^")
    assert refusal(ambiguous, "KWD").details["rule"] == "decimal_mark"
    assert read_one(ambiguous, rules='decimal_mark = "."').entries[0].amount_minor == 123_400


def test_a_transfer_is_told() -> None:
    statement = read_one(qif("D2025-01-05", "T5", "L[Savings]", "PSelf", "^"))
    assert statement.entries[0].description == "Self"
    assert statement.notes[0].startswith("line 2: by its category")


def test_splits_that_do_not_make_up_the_amount_are_told() -> None:
    split = ("D2025-01-05", "T-5.00", "SFood", "EBread", "$-3.00", "SFun", "$-{}.00", "^")
    right = read_one(qif(*(line.format(2) for line in split)))
    assert (right.entries[0].amount_minor, right.notes) == (-500, ())
    wrong = read_one(qif(*(line.format(3) for line in split)))
    assert wrong.entries[0].amount_minor == -500
    assert wrong.notes[0].startswith("line 2: the splits do not make up the amount")


def test_an_opening_balance_is_not_booked() -> None:
    statement = read_one(qif("D2025-01-05", "T100", "POpening Balance", "L[Any]", "^"))
    assert statement.entries == []
    assert statement.opening is not None
    assert statement.opening.amount_minor == 100_00
    assert statement.skipped[0].guessed


def test_accounts_are_kept_apart() -> None:
    record = "D2025-01-05\nT1.00\n^\n"
    named = "".join(f"!Account\nN{name}\n^\n!Type:Bank\n{record}" for name in ("A", "B", "A"))
    found = [(each.account_number, len(each.entries)) for each in read_all(named)]
    assert found == [("A", 2), ("B", 1)]
    kinds = f"!Type:Bank\n{record}!Type:CCard\n{record}"
    assert [each.account_number for each in read_all(kinds)] == ["bank", "ccard"]


REFUSED = {
    "no date": (("T1.00", "^"), "has no date (D)", 2),
    "no amount": (("D2025-01-05", "^"), "has no amount (T)", 2),
    "two entries in one": (("D2025-01-05", "T1", "D2025-01-06"), "the end (^) of one", 4),
    "two amounts": (("D2025-01-05", "T1", "U2"), "has another amount, '1'", 4),
    "an unknown line": (("D2025-01-05", "T1", "Zoo", "^"), "is not a line of QIF", 4),
    "no end": (("D2025-01-05", "T1"), "cut off or damaged", 4),
    "decimals": (("D2025-01-05", "T1.0005", "^"), "EUR has 2 decimals", 2),
    "an unknown part": (("!Type:Loans",), "is not a part of QIF", 2),
}


@pytest.mark.parametrize(("lines", "message", "line"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused(lines: tuple[str, ...], message: str, line: int) -> None:
    error = refusal(qif(*lines))
    assert message in error.message
    assert error.details["line"] == line


def test_investments_are_refused_or_left_out() -> None:
    assert "about investments only" in refusal("!Type:Invst\nD1/1/25\n^\n").message
    both = qif("D2025-01-05", "T1.00", "^") + "!Type:Invst\nNBuy\n^\n"
    assert "investments (line 5) is left out" in read_one(both).notes[0]


def test_lists_of_categories_are_not_entries() -> None:
    both = "!Type:Cat\nNFood\nE\n^\n" + qif("D2025-01-05", "T1.00", "^")
    assert len(read_one(both).entries) == 1


def test_a_file_that_is_cut_off_says_nothing_wrong() -> None:
    whole = qif("D2025-01-05", "T123.45", "PA", "^", "D2025-01-06", "T-67.89", "PB", "^")
    for end in range(len(whole)):
        try:
            statement = read_one(whole[:end])
        except LedgerError:
            continue
        found = [(entry.amount_minor, entry.description) for entry in statement.entries]
        assert found == [(123_45, "A"), (-67_89, "B")][: len(found)]
        assert whole[:end].rstrip("\n").endswith(("^", "Bank"))
