"""Columns of words for money out and money in, whatever they are called."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import msgspec

from ledger.bank_statements.columns.columns import column_at, find_column
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.text.table import Row
from ledger.bank_statements.words.column_names import CODES
from ledger.bank_statements.words.direction_words import (
    INTO,
    KINDS_IN,
    OUT,
    PAIRS_OF_NAMED_COLUMNS,
    normal,
    partner,
)
from ledger.bank_statements.words.plain import plain
from ledger.bank_statements.words.row_words import state_in

_MOST_WORDS: Final = 20
_LONGEST_WORD: Final = 40
_FEW: Final = 4
"""Different words that are few even where no two rows have the same."""
_OF_SOMETHING_ELSE: Final = (
    *("date", "time", "payee", "memo", "currency", "fee", "id", "balance"),
    *("own account", "account", "other account", "other party"),
)
"""Roles of columns that say nothing of the direction."""
_INTO_IF_NAMED: Final = frozenset(normal(into) for _, into in PAIRS_OF_NAMED_COLUMNS)
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
        name = names[self.index]
        out = self.out or [partner(self.into[0], name)]
        into = self.into or [partner(self.out[0], name)]
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
        strength = _strength(name)
        meaning_in = INTO | _INTO_IF_NAMED if strength is Strength.NAMED else INTO
        column = DirectionColumn(
            index,
            strength,
            [word for word in words if normal(word) in OUT],
            [word for word in words if normal(word) in meaning_in],
            [word for word in words if normal(word) not in OUT | meaning_in],
        )
        if column.strength is Strength.OTHER or is_memo(name):
            found += _by_its_words(column, rows)
        elif _counts(column):
            found.append(column)
    return sorted(found, key=lambda each: (each.is_understood, each.strength), reverse=True)


def varying_columns(
    contents: Contents, rows: Sequence[Row], taken: frozenset[int]
) -> list[DirectionColumn]:
    """Columns of a few words that may be those of directions, since they vary with the rows.

    Args:
        rows: those with an amount.
        taken: indexes of columns that are known to be something else.
    """
    is_described = any(
        is_memo(name) and not contents.is_empty(index) for index, name in enumerate(contents.names)
    )
    found = []
    for index, name in enumerate(contents.names):
        if index in taken or any(find_column(role, [name]) for role in _OF_SOMETHING_ELSE):
            continue
        words = _words(rows, index) or []
        few = len(words) <= len(rows) // 2 or (is_described and bool(name) and len(words) <= _FEW)
        if len(words) < 2 or not few or any(map(state_in, words)):
            continue
        if all(normal(word) in KINDS_IN for word in words):
            continue
        are_codes = bool(CODES.intersection(plain(name).split()))
        if all(_is_word(word) or (are_codes and word.isdigit()) for word in words):
            found.append(DirectionColumn(index, Strength.OTHER, [], [], words, sure=False))
    return found


def _is_word(text: str) -> bool:
    return len(text) <= _LONGEST_WORD and not any(map(str.isdigit, text)) and text[0].isalpha()


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
