"""Balances that a file states in words, above its table, in it and below it."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.bank_statements.statement import StatedBalance
from tests.support.bank_statements.reading import read_whole, statement
from tests.unit.bank_statements.test_left_out import BRASIL, COMDIRECT, DEUTSCHE, DKB, VOLKSBANK


@pytest.mark.parametrize(
    ("content", "given", "currency", "opening", "closing"),
    [
        (
            BRASIL,
            "",
            "BRL",
            StatedBalance(2, 100000, date(2025, 1, 31)),
            StatedBalance(4, 87655, None),
        ),
        (COMDIRECT, "", "EUR", StatedBalance(9, 200000, None), StatedBalance(3, 191405, None)),
        (DKB, "", "EUR", None, StatedBalance(2, 300101, date(2026, 1, 17))),
        (
            VOLKSBANK,
            'direction = "S/H"\ndirection_out = "S"\ndirection_in = "H"',
            "EUR",
            StatedBalance(5, 0, date(2019, 6, 1)),
            StatedBalance(6, 159355, date(2019, 6, 19)),
        ),
        (
            DEUTSCHE,
            "",
            "EUR",
            StatedBalance(1, 100000, None),
            StatedBalance(6, 304600, date(2024, 2, 29)),
        ),
    ],
)
def test_balances_are_read_where_they_are_plain(
    content: bytes,
    given: str,
    currency: str,
    opening: StatedBalance | None,
    closing: StatedBalance | None,
) -> None:
    found = read_whole(content, given, currency)
    assert (found.opening, found.closing) == (opening, closing)


HEADER = "Date,Text,Amount"


@pytest.mark.parametrize(
    "lines",
    [
        ["Kontostand,100.00", HEADER, "2025-03-14,a,-1.00"],
        ["Closing balance,100.00,200.00", HEADER, "2025-03-14,a,-1.00"],
        ["Closing balance,EUR 100.00", HEADER, "2025-03-14,a,-1.00"],
        [HEADER, "2025-03-13,Saldo,5.00", "2025-03-14,a,-1.00"],
        [HEADER, "2025-03-14,a,-1.00", "Total,,-1.00"],
        [
            HEADER,
            "2025-03-13,Closing balance,5.00",
            "2025-03-14,a,-1.00",
            "2025-03-14,Closing balance,4.00",
        ],
    ],
)
def test_what_is_not_plain_is_no_balance(lines: list[str]) -> None:
    found = read_whole(statement(*lines))
    assert [entry.amount_minor for entry in found.entries] == [-100]
    assert (found.opening, found.closing) == (None, None)
