"""The balance column as a witness of the amounts, the order, and what is missing."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.bank_statements.statement import StatedBalance
from tests.support.bank_statements.reading import only, statement, statements

HEADER = "Date,Description,Amount,Balance"
DAYS = (
    "2025-02-13,Pay,1000.00,1100.00",
    "2025-02-14,Shop,-10.00,1090.00",
    "2025-02-15,Shop,-40.00,1050.00",
)


@pytest.mark.parametrize("step", [1, -1])
def test_balances_that_agree_in_either_order_open_and_close_the_statement(step: int) -> None:
    found = only(statement(HEADER, *DAYS[::step]))
    assert found.notes == ()
    assert found.opening is not None
    assert found.opening.amount_minor == 10000
    assert found.closing == StatedBalance(4 if step == 1 else 2, 105000, date(2025, 2, 15))
    assert found.newest_first is (step == -1)
    assert [entry.balance_minor for entry in found.entries] == [110000, 109000, 105000][::step]


@pytest.mark.parametrize("step", [1, -1])
def test_what_is_missing_is_told_with_lines_and_amount(step: int) -> None:
    content = statement(HEADER, *(DAYS[0], DAYS[2])[::step])
    assert only(content).notes == (
        "the Balance column does not agree: 10.00 are missing between lines 2 and 3 (money out)",
    )


def test_only_the_first_gaps_are_told_one_by_one() -> None:
    lines = [f"2025-02-{day:02},x,-1.00,{500 - day - day // 2}.00" for day in range(1, 28)]
    notes = only(statement(HEADER, *lines)).notes
    assert len(notes) == 11
    assert notes[-1] == "the Balance column does not agree in 3 more places"


def test_balances_that_have_nothing_to_do_with_the_amounts_are_told_once_and_not_used() -> None:
    lines = [f"2025-02-{day:02},x,-1.00,{500 + 7 * day}.00" for day in range(1, 9)]
    found = only(statement("Date,Description,Amount,Available balance", *lines))
    (note,) = found.notes
    assert note.startswith("no line of the Available balance column agrees with the amounts")
    assert (found.opening, found.closing, found.newest_first) == (None, None, None)
    assert {entry.balance_minor for entry in found.entries} == {None}
    assert found.format is not None
    assert only(statement(HEADER, *lines), "balance = ''").notes == ()


@pytest.mark.parametrize(
    ("lines", "newest_first"),
    [
        (["2025-02-13,c,-4.00,90.00", "2025-02-13,b,-3.00,94.00", "2025-02-13,a,1.00,97.00"], True),
        (
            ["2025-02-13,a,1.00,97.00", "2025-02-13,b,-3.00,94.00", "2025-02-13,c,-4.00,90.00"],
            False,
        ),
        (
            [
                *("2025-02-13,b,-3.00,94.00", "2025-02-13,a,1.00,97.00"),
                *("2025-02-14,d,-4.00,85.00", "2025-02-14,c,-5.00,89.00"),
            ],
            True,
        ),
        (
            [
                *("2025-02-14,c,-5.00,89.00", "2025-02-14,d,-4.00,85.00"),
                *("2025-02-13,a,1.00,97.00", "2025-02-13,b,-3.00,94.00"),
            ],
            False,
        ),
    ],
)
def test_the_balances_show_the_order_within_a_day(lines: list[str], newest_first: bool) -> None:
    found = only(statement(HEADER, *lines))
    assert (found.newest_first, found.notes) == (newest_first, ())
    assert only(statement(HEADER, *lines), "newest_first = false").newest_first is False


def test_a_balance_for_the_last_line_of_each_day_is_enough() -> None:
    found = only(
        statement(
            HEADER,
            *("2025-02-13,a,-1.00,", "2025-02-13,b,-2.00,97.00"),
            *("2025-02-14,c,-3.00,", "2025-02-14,d,-4.00,-", "2025-02-14,e,-1.00,89.00"),
        )
    )
    assert found.notes == ()
    assert found.opening is not None
    assert (found.opening.amount_minor, found.closing) == (
        10000,
        StatedBalance(6, 8900, date(2025, 2, 14)),
    )


@pytest.mark.parametrize("step", [1, -1])
def test_the_balance_of_a_day_may_stand_beside_each_of_its_entries(step: int) -> None:
    lines = [
        *("2025-02-13,a,-1.00,97.00", "2025-02-13,b,-2.00,97.00"),
        *("2025-02-14,c,-3.00,90.00", "2025-02-14,d,-4.00,90.00", "2025-02-15,e,1.00,91.00"),
    ]
    found = only(statement(HEADER, *lines[::step]))
    assert found.notes == ()
    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.amount_minor, found.closing.amount_minor) == (10000, 9100)


def test_lines_that_move_no_money_do_not_break_the_chain() -> None:
    found = only(statement(HEADER, DAYS[0], "2025-02-13,Note,0.00,1100.00", *DAYS[1:]))
    assert ([skipped.line for skipped in found.skipped], found.notes) == ([3], ())


def test_an_entry_without_a_balance_leaves_the_end_open() -> None:
    found = only(statement(HEADER, *DAYS, "2025-02-16,Shop,-1.00,"))
    assert (found.closing, found.notes) == (None, ())


def test_each_account_of_a_file_has_its_own_balances() -> None:
    found = statements(
        statement(
            "Date,Account,Text,Amount,Balance",
            "2025-02-13,A,a,-1.00,99.00",
            "2025-02-13,B,b,5.00,5.00",
            "2025-02-14,A,c,-2.00,97.00",
            "2025-02-14,B,d,5.00,11.00",
        )
    )
    assert [
        (each.account_number, each.closing and each.closing.amount_minor) for each in found
    ] == [
        ("A", 9700),
        ("B", 1100),
    ]
    assert [len(each.notes) for each in found] == [0, 1]


def test_a_balance_column_may_be_named_by_a_rule() -> None:
    content = statement("Date,Text,Amount,Stand", *DAYS)
    assert only(content).closing is None
    found = only(content, "balance = 'Stand'")
    assert found.closing is not None
    assert found.closing.amount_minor == 105000
