"""What the columns of a statement have in them: dates, numbers, a few words, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from ledger.bank_statements.cells.amounts import is_blank, split_amount
from ledger.bank_statements.cells.dates import looks_like_date
from ledger.bank_statements.text.table import Row, Table

_SAMPLE = 100
"""Cells that show what a column is."""


class Contents:
    """The cells of a table by column; what is asked of a column is worked out once.

    Args:
        table: its rows are as wide as it says.
    """

    def __init__(self, table: Table) -> None:
        self.rows: list[Row] = table.rows
        self.names: list[str] = table.header or [""] * table.width
        self._kinds: dict[tuple[str, int], bool] = {}

    def cells(self, index: int) -> list[str]:
        return [row.cells[index] for row in self.rows]

    def is_empty(self, index: int) -> bool:
        return all(is_blank(row.cells[index]) for row in self.rows)

    def has_dates(self, index: int) -> bool:
        """Whether most of the first cells are dates."""
        return self._is("dates", index, looks_like_date)

    def has_numbers(self, index: int) -> bool:
        """Whether most of the first cells are amounts."""
        return self._is("numbers", index, lambda text: split_amount(text) is not None)

    def has_digits(self, index: int) -> bool:
        """Whether any cell has a digit."""
        return any(any(map(str.isdigit, row.cells[index])) for row in self.rows)

    def has_text(self, index: int) -> bool:
        """Whether most of the first cells are neither dates nor amounts."""
        return not (self.has_dates(index) or self.has_numbers(index) or self.is_empty(index))

    def is_constant(self, index: int) -> bool:
        """Whether all of several rows have the same in a column."""
        return len(self.rows) > 1 and len(set(self.cells(index))) == 1

    def words(self, index: int, most: int) -> list[str] | None:
        """The different texts of a column, in order; None where there are more than ``most``."""
        found: dict[str, None] = {}
        for row in self.rows:
            if row.cells[index]:
                found.setdefault(row.cells[index])
                if len(found) > most:
                    return None
        return list(found)

    def _is(self, kind: str, index: int, test: Callable[[str], bool]) -> bool:
        known = self._kinds.get((kind, index))
        if known is None:
            filled = (row.cells[index] for row in self.rows if not is_blank(row.cells[index]))
            sample = list(islice(filled, _SAMPLE))
            known = 2 * sum(map(test, sample)) > len(sample)
            self._kinds[kind, index] = known
        return known
