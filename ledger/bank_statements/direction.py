"""Which way the money goes: signs, a column of words, or what the balances show."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import msgspec

from ledger.bank_statements.amounts import check_directions, split_amount
from ledger.bank_statements.column_names import SPENDING
from ledger.bank_statements.columns import column_at, find_column, in_rules, words_of
from ledger.bank_statements.contents import Contents
from ledger.bank_statements.direction_words import INTO, KINDS_IN, OUT, normal, partner
from ledger.bank_statements.plain_numbers import BareDigits, PlainNumbers
from ledger.bank_statements.table import Row
from ledger.bank_statements.witness import Agreement, Witness
from ledger.errors import InvalidLine, LedgerError

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
    """

    index: int
    strength: Strength
    out: list[str]
    into: list[str]
    unknown: list[str]

    @property
    def is_understood(self) -> bool:
        return not self.unknown and bool(self.out or self.into)

    def rules(self, names: Sequence[str]) -> Rules:
        """The rules for it, all of whose words are known."""
        out = self.out or [partner(self.into[0])]
        into = self.into or [partner(self.out[0])]
        return {
            "direction": column_at(self.index, names),
            "direction_out": out[0] if len(out) == 1 else out,
            "direction_in": into[0] if len(into) == 1 else into,
        }


class Direction(msgspec.Struct, frozen=True):
    """The rules for the direction, and what a person should know about them."""

    rules: Rules
    note: str = ""


ALL_IN: Final = (
    "no amount is negative, so all are taken as money in; if another column says which way "
    "the money goes, name it with the rules direction, direction_out and direction_in"
)


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
        if _counts(column, name, rows):
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


def _counts(column: DirectionColumn, name: str, rows: Sequence[Row]) -> bool:
    """Whether a column is one of directions, or so like one that it has to be asked about."""
    known = len(column.out) + len(column.into)
    is_memo = find_column("memo", [name]) is not None or find_column("payee", [name]) is not None
    if column.strength is Strength.NAMED:
        return True
    if column.strength is Strength.TYPE and not is_memo:
        return column.is_understood or any(normal(w) not in KINDS_IN for w in column.unknown)
    if column.strength is Strength.TYPE and known >= len(column.unknown):
        return known > 0
    filled = sum(1 for row in rows if row.cells[column.index])
    if column.unknown or 2 * filled < len(rows):
        return False
    # Words for money in alone say what is taken for granted anyway.
    return bool(column.out) and (bool(column.into) or any(len(word) > 1 for word in column.out))


def direction_of(
    contents: Contents,
    amount: int,
    *,
    numbers: PlainNumbers | None,
    witness: Witness | None,
    taken: frozenset[int],
) -> Direction:
    """The rules for the direction of amounts in one column.

    Args:
        amount: index of the column.
        numbers: reads the amounts; None where their marks are not known.
        witness: the balances, if the statement has them.
        taken: indexes of columns that are known to be something else.

    Raises:
        InvalidLine: the statement does not settle it.
    """
    rows = [row for row in contents.rows if split_amount(row.cells[amount]) is not None]
    found = find_directions(contents, rows, taken)
    if numbers is None:
        numbers, witness = BareDigits(), None
    values = numbers.read_all(contents.cells(amount))
    case = _Case(contents, amount, rows, values, witness)
    parts = [each for row in rows if (each := split_amount(row.cells[amount])) is not None]
    if any(each.negative for each in parts) or (parts and all(each.signed for each in parts)):
        return case.signed(found)
    return case.unsigned(found)


class _Case:
    def __init__(
        self,
        contents: Contents,
        amount: int,
        rows: Sequence[Row],
        values: list[int | None],
        witness: Witness | None,
    ) -> None:
        self._contents = contents
        self._names = contents.names
        self._amount = amount
        self._rows = rows
        self._values = values
        self._witness = witness

    def signed(self, found: Sequence[DirectionColumn]) -> Direction:
        """The direction of amounts some of which have a minus."""
        usual, turned = self._agreement(self._values), self._agreement(self._turned())
        if turned.is_most and turned > usual:
            return Direction(
                {"money_out": "positive"},
                "positive amounts are taken as money out, as the balance column shows",
            )
        if usual.is_most or usual > turned:
            return Direction({"money_out": "negative"})
        check_directions((row.line, row.cells[self._amount]) for row in self._rows)
        understood = next((each for each in found if each.is_understood), None)
        if understood is not None:
            self._check_signs(understood)
        return Direction({"money_out": "negative"})

    def _check_signs(self, column: DirectionColumn) -> None:
        """Refuse words that contradict the signs: either could be the direction."""
        for row in self._rows:
            word = normal(row.cells[column.index])
            parts = split_amount(row.cells[self._amount])
            if (
                not word
                or word == "payment"
                or parts is None
                or not any(digit in "123456789" for digit in parts.number)
            ):
                continue
            if (word in OUT) != parts.negative:
                rules = column.rules(self._names)
                raise InvalidLine(
                    f"the amount {row.cells[self._amount]!r} contradicts "
                    f"{row.cells[column.index]!r} in the column {rules['direction']!r}",
                    advice='if the sign is right, add the rule: money_out = "negative", or '
                    f'"positive"; if the word is right, add: {_written(rules)}',
                    rule="money_out",
                ).at_line(row.line)

    def unsigned(self, found: Sequence[DirectionColumn]) -> Direction:
        """The direction of amounts none of which has a minus."""
        best = found[0] if found else None
        if best is not None and best.is_understood:
            by_words = self._agreement(self._by_words(best))
            if not by_words.links or by_words.is_most:
                return Direction(best.rules(self._names))
        all_in, all_out = self._agreement(self._values), self._agreement(self._turned())
        signs, by_balance = (
            ([], Agreement(0, 0)) if self._witness is None else self._witness.signs(self._values)
        )
        if all_in.is_full and best is None:
            return Direction({"money_out": "negative"})
        if by_balance.is_most:
            for column in found:
                learned = self._learned(column, signs)
                if learned is not None:
                    return learned
            if all_in.is_most:
                return Direction({"money_out": "negative"})
            if all_out.is_most:
                return Direction(
                    {"money_out": "positive"},
                    "all amounts are taken as money out, as the balance column shows",
                )
            return Direction(
                {"money_out": "balance"},
                "no amount has a sign, so the balance column decides which way the money goes",
            )
        if best is not None:
            raise self._ask(best)
        self._check_hints()
        return Direction({"money_out": "negative"}, ALL_IN if self._rows else "")

    def _learned(self, column: DirectionColumn, signs: list[int | None]) -> Direction | None:
        """The words of a column with the direction that the balances show for each of them."""
        seen: dict[str, set[int]] = {word: set() for word in (*column.out, *column.into)}
        spelled: dict[str, str] = {}
        for row, sign, value in zip(self._contents.rows, signs, self._values, strict=True):
            if not value:
                continue
            word = spelled.setdefault(row.cells[column.index].casefold(), row.cells[column.index])
            directions = seen.setdefault(word, set())
            if sign is not None:
                directions.add(sign)
        for word, directions in seen.items():
            if not directions and normal(word) in OUT | INTO:
                directions.add(-1 if normal(word) in OUT else 1)
        if any(len(directions) != 1 for directions in seen.values()):
            return None
        out = [word for word, directions in seen.items() if directions == {-1}]
        into = [word for word, directions in seen.items() if directions == {1}]
        if not out or not into:
            return None
        rules = DirectionColumn(column.index, column.strength, out, into, []).rules(self._names)
        return Direction(
            rules,
            f"what the words in the column {rules['direction']!r} mean is seen from the "
            "balance column",
        )

    def _check_hints(self) -> None:
        """Ask where the amounts' column, or a plus among amounts without a sign, says otherwise."""
        name = self._names[self._amount]
        check_directions((row.line, row.cells[self._amount]) for row in self._rows)
        plus = [row for row in self._rows if "+" in row.cells[self._amount]]
        bare = [row for row in self._rows if "+" not in row.cells[self._amount]]
        if plus and bare:
            row = bare[0]
            raise InvalidLine(
                f"some amounts have a plus, and {row.cells[self._amount]!r} has no sign",
                advice='if all are money in, add the rule: money_out = "negative"; if those '
                "without a sign are money out, write a minus before them in the file",
                rule="money_out",
            ).at_line(row.line)
        if self._rows and words_of(name) & SPENDING:
            raise InvalidLine(
                f"no amount has a sign, and the column {name!r} may be of money out",
                advice='add one of these rules: money_out = "positive" (all amounts are money '
                'out) or money_out = "negative" (all are money in)',
                rule="money_out",
            ).at_line(self._rows[0].line)

    def _ask(self, column: DirectionColumn) -> LedgerError:
        unknown = next(
            (
                row
                for row in self._rows
                if normal(row.cells[column.index]) not in OUT | INTO and row.cells[column.index]
            ),
            self._rows[0],
        )
        name = column_at(column.index, self._names)
        shown = f"{name!r}" if isinstance(name, str) else f"{name}"
        known = DirectionColumn(column.index, column.strength, column.out, column.into, [])
        rules: Rules = {"direction": name, "direction_out": "\u2026", "direction_in": "\u2026"}
        if known.is_understood:
            rules = known.rules(self._names)
        word = unknown.cells[column.index]
        return InvalidLine(
            f"no amount has a sign, and {word!r} in the column {shown} "
            + (
                "means neither money out nor money in"
                if column.unknown
                else "does not agree with the balance column"
            ),
            advice=f"say which words mean what with rules such as: {_written(rules)}; several "
            f'words are a list, as in direction_out = ["Debit", "Fee"]; or, if the column does '
            'not give the direction, add: money_out = "negative" or "positive"',
            rule="direction",
        ).at_line(unknown.line)

    def _agreement(self, values: Sequence[int | None]) -> Agreement:
        return Agreement(0, 0) if self._witness is None else self._witness.agreement(values)

    def _turned(self) -> list[int | None]:
        return [None if value is None else -value for value in self._values]

    def _by_words(self, column: DirectionColumn) -> list[int | None]:
        return [
            -value if value and normal(row.cells[column.index]) in OUT else value
            for row, value in zip(self._contents.rows, self._values, strict=True)
        ]


def _written(rules: Rules) -> str:
    return " and ".join(f"{rule} = {in_rules(value)}" for rule, value in rules.items())
