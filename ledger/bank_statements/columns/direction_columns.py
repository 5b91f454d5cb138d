"""Columns of words for money out and money in, whatever they are called."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import msgspec

from ledger.bank_statements.columns.columns import column_at, find_column
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.text.table import Row
from ledger.bank_statements.words.direction_words import INTO, KINDS_IN, OUT, normal, partner

_MOST_WORDS: Final = 20
_SIGN_NAMES: Final = ("+/-", "-/+", "+-", "-+", "\u00b1")

Rules = dict[str, str | int | list[str]]


class Strength(IntEnum):
    """How surely a column is one of directions."""

    OTHER = 1
    TYPE = 2
    NAMED = 3


class DirectionColumn(msgspec.Struct, frozen=True):
    """A column that gives the direction, or may give it.

    Attributes:
        out, into: its words, each in the first of its spellings.
        unknown: words that mean neither.
        sure: whether it gives the direction beyond doubt, but for its unknown words.
    """

    index: int
    strength: Strength
    out: list[str]
    into: list[str]
    unknown: list[str]
    sure: bool = True

    @property
    def is_understood(self) -> bool:
        """Whether it decides the direction of every row that has a word."""
        return self.sure and not self.unknown and bool(self.out or self.into)

    def rules(self, names: Sequence[str]) -> Rules:
        """The rules for it, all of whose words are known."""
        out = self.out or [partner(self.into[0])]
        into = self.into or [partner(self.out[0])]
        return {
            "direction": column_at(self.index, names),
            "direction_out": out[0] if len(out) == 1 else out,
            "direction_in": into[0] if len(into) == 1 else into,
        }


def find_directions(
    contents: Contents, rows: Sequence[Row], taken: frozenset[int]
) -> list[DirectionColumn]:
    """The columns that give the direction, or may give it, the surest first.

    Args:
        rows: those with an amount.
        taken: indexes of columns that are known to be something else.
    """
    found = []
    for index, name in enumerate(contents.names):
        words = None if index in taken else _words(rows, index)
        if not words:
            continue
        column = DirectionColumn(
            index,
            _strength(name),
            [word for word in words if normal(word) in OUT],
            [word for word in words if normal(word) in INTO],
            [word for word in words if normal(word) not in OUT | INTO],
        )
        if column.strength is Strength.OTHER or is_memo(name):
            found += _by_its_words(column, rows)
        elif _counts(column):
            found.append(column)
    return sorted(found, key=lambda each: (each.is_understood, each.strength), reverse=True)


def _words(rows: Sequence[Row], index: int) -> list[str] | None:
    """The different words of a column; None where there are more than a direction has."""
    found: dict[str, str] = {}
    for row in rows:
        if row.cells[index]:
            found.setdefault(row.cells[index].casefold(), row.cells[index])
            if len(found) > _MOST_WORDS:
                return None
    return list(found.values())


def _strength(name: str) -> Strength:
    if name.replace(" ", "") in _SIGN_NAMES or find_column("direction", [name]) is not None:
        return Strength.NAMED
    return Strength.OTHER if find_column("type", [name]) is None else Strength.TYPE


def is_memo(name: str) -> bool:
    """Whether a column describes entries, by its name."""
    return find_column("memo", [name]) is not None or find_column("payee", [name]) is not None


def _counts(column: DirectionColumn) -> bool:
    """Whether a column whose name may be that of directions is to be taken for one, or asked about.

    A column of types whose words all say that money comes in says what is taken for granted anyway.
    """
    if column.strength is Strength.NAMED or column.is_understood:
        return True
    return any(normal(word) not in KINDS_IN for word in column.unknown)


def _by_its_words(column: DirectionColumn, rows: Sequence[Row]) -> list[DirectionColumn]:
    """A column whose name says nothing, if its words do."""
    known = [*column.out, *column.into]
    if len(known) < len(column.unknown) or not known:
        return []
    blank = sum(not row.cells[column.index] for row in rows)
    if column.out and column.into:
        return [msgspec.structs.replace(column, sure=2 * blank < len(rows))]
    if column.unknown:
        return []
    # Some statements have a word for money in alone, or for money out alone.
    if blank or (column.out and (len(known[0]) > 1 or not known[0].isalpha())):
        return [msgspec.structs.replace(column, sure=False)]
    return []
