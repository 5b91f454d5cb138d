"""Amounts before it is known how many decimals they have: to compare them, and add them up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ledger.bank_statements.cells.amounts import infer_marks, split_amount
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.domain.money import MAX_MINOR_UNITS
from ledger.errors import InvalidAmount

_SCALE: Final = 12
"""Decimals; no currency has more."""


_USUAL: Final = 30
"""Characters of a number that is read without looking for signs of currencies."""


class PlainNumbers:
    """Reads cells as whole numbers of 10**-12."""

    def __init__(self, decimal_mark: str, thousands_mark: str) -> None:
        self._thousands_mark = thousands_mark
        point = re.escape(decimal_mark)
        self._number: Final = re.compile(rf"([0-9]*)(?:{point}([0-9]+))?")
        self._plain: Final = re.compile(rf"(-?[0-9]+)(?:{point}([0-9]{{1,{_SCALE}}}))?")

    def read(self, text: str) -> int | None:
        """A signed number; None for a text that is not a number."""
        return self._parsed(text) if text else None

    def read_all(self, texts: Iterable[str]) -> list[int | None]:
        return list(map(self.read, texts))

    def minor_units(self, text: str, decimals: int) -> int | None:
        """An amount in minor units; None for a text that is none, or has more decimals."""
        number = self.read(text)
        if number is None or number % 10 ** (_SCALE - decimals):
            return None
        amount = int(number // 10 ** (_SCALE - decimals))
        return amount if abs(amount) <= MAX_MINOR_UNITS else None

    def _parsed(self, text: str) -> int | None:
        plain = self._plain.fullmatch(text)
        if plain is not None and len(text) <= _USUAL:
            return int(plain[1] + (plain[2] or "").ljust(_SCALE, "0"))
        parts = split_amount(text)
        if parts is None:
            return None
        found = self._number.fullmatch(parts.number.replace(self._thousands_mark, ""))
        if found is None or len(found[2] or "") > _SCALE:
            return None
        number = int((found[1] or "0") + (found[2] or "").ljust(_SCALE, "0"))
        return -number if parts.negative else number


class BareDigits(PlainNumbers):
    """Reads cells without regard to their marks, to see whether two columns have the same."""

    def __init__(self) -> None:
        super().__init__(".", "")

    def _parsed(self, text: str) -> int | None:
        parts = split_amount(text)
        if parts is None:
            return None
        number = int("".join(filter(str.isdigit, parts.number)))
        return -number if parts.negative else number


def plain_numbers(
    contents: Contents, columns: Iterable[int], format: StatementFormat, currency: str | None
) -> PlainNumbers | None:
    """A reader for the numbers in some columns; None where their marks do not show, or differ."""
    cells = sorted((row.line, row.cells[index]) for row in contents.rows for index in columns)
    try:
        marks = infer_marks(
            cells,
            format.currency or currency,
            decimal_mark=format.decimal_mark,
            thousands_mark=format.thousands_mark,
        )
    except InvalidAmount:
        return None
    return PlainNumbers(*marks)
