"""Which way the money goes: signs, a column of words, or what the balances show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

import msgspec

from ledger.bank_statements.cells.amounts import check_directions, split_amount
from ledger.bank_statements.columns.columns import column_at, in_rules, words_of
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.columns.direction_columns import (
    DirectionColumn,
    Rules,
    Strength,
    find_directions,
    is_memo,
    varying_columns,
)
from ledger.bank_statements.columns.direction_hints import check_card, check_descriptions
from ledger.bank_statements.columns.plain_numbers import BareDigits, PlainNumbers
from ledger.bank_statements.columns.witness import Agreement, Witness
from ledger.bank_statements.text.table import Row
from ledger.bank_statements.words.column_names import SPENDING
from ledger.bank_statements.words.direction_words import INTO, OUT, normal
from ledger.bank_statements.words.spending_words import speaks_of_spending
from ledger.errors import InvalidLine, LedgerError


class Direction(msgspec.Struct, frozen=True):
    """The rules for the direction, and what a person should know about them."""

    rules: Rules
    note: str = ""


ALL_IN: Final = (
    "no amount is negative, so all are taken as money in; if some are money out, say which way "
    "the money goes with the rules direction, direction_out and direction_in, or, if all are, "
    'with money_out = "positive"'
)
TURNED: Final = (
    "positive amounts are taken as money out, as the balance column shows; if its balances are "
    'what is owed, write the rule money_out = "negative"'
)


def direction_of(
    contents: Contents,
    amount: int,
    *,
    numbers: PlainNumbers | None,
    witness: Witness | None,
    taken: frozenset[int],
    unbooked: Sequence[str] = (),
) -> Direction:
    """The rules for the direction of amounts in one column.

    Args:
        amount: index of the column.
        numbers: reads the amounts; None where their marks are not known.
        witness: the balances, if the statement has them.
        taken: indexes of columns that are known to be something else.
        unbooked: amounts of rows that are left out, whose signs tell all the same.

    Raises:
        InvalidLine: the statement does not settle it.
    """
    parts = {row.line: split_amount(row.cells[amount]) for row in contents.rows}
    rows = [row for row in contents.rows if parts[row.line] is not None]
    found = find_directions(contents, rows, taken)
    if numbers is None:
        numbers, witness = BareDigits(), None
    values = numbers.read_all(contents.cells(amount))
    case = _Case(contents, amount, rows, values, witness)
    known = [each for each in parts.values() if each is not None]
    left_out = (each for text in unbooked if (each := split_amount(text)) is not None)
    if any(each.negative for each in chain(known, left_out)) or (
        known and all(each.signed for each in known)
    ):
        return case.signed(found)
    return case.unsigned(found, varying_columns(contents, rows, taken))


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
        usual = self._agreement(self._values)
        turned = Agreement(0, 0) if usual.is_full else self._agreement(self._turned())
        by_words = next((each for each in found if each.is_understood), None)
        contradictory = [] if by_words is None else self._contradictory(by_words)
        if usual.is_most and usual >= turned:
            return Direction({"money_out": "negative"})
        if turned.is_most and (by_words is None or len(contradictory) == len(self._rows)):
            return Direction({"money_out": "positive"}, TURNED)
        if by_words is not None and contradictory:
            raise self._contradiction(by_words, contradictory[0])
        if check_directions((row.line, row.cells[self._amount]) for row in self._rows):
            return Direction({})  # a rule would be for amounts without a word
        check_card(self._contents, self._rows, self._amount)
        return Direction({"money_out": "negative"})

    def _contradictory(self, column: DirectionColumn) -> list[Row]:
        """The rows whose word contradicts the sign of the amount."""
        rows = []
        for row in self._rows:
            word = normal(row.cells[column.index])
            parts = split_amount(row.cells[self._amount])
            # A payment to a card is money in, one from an account is money out.
            if not word or word in ("payment", "card payment") or parts is None:
                continue
            if set(parts.number) & set("123456789") and (word in OUT) != parts.negative:
                rows.append(row)
        return rows

    def _contradiction(self, column: DirectionColumn, row: Row) -> LedgerError:
        rules = column.rules(self._names)
        return InvalidLine(
            f"the amount {row.cells[self._amount]!r} contradicts {row.cells[column.index]!r} in "
            f"the column {rules['direction']!r}",
            advice='if the sign is right, add the rule: money_out = "negative", or "positive"; if '
            f"the word is right, add: {_written(rules)}",
            rule="money_out",
        ).at_line(row.line)

    def unsigned(
        self, found: Sequence[DirectionColumn], varying: Sequence[DirectionColumn]
    ) -> Direction:
        """The direction of amounts none of which has a minus.

        Args:
            varying: columns whose words may be directions, though nothing else says so.
        """
        best = found[0] if found else None
        if not self._rows:
            return Direction({"money_out": "negative"})
        signs, agreement = (
            ([], Agreement(0, 0)) if self._witness is None else self._witness.signs(self._values)
        )
        if best is not None and best.is_understood:
            values = by_words(self._values, self._contents.cells(best.index))
            # The balance of a card may be what is owed.
            owed = self._agreement([None if value is None else -value for value in values])
            blank = agreement.is_most and not all(row.cells[best.index] for row in self._rows)
            if owed.is_most or not (blank or _contradict(values, signs)):
                return Direction(best.rules(self._names))
        if agreement.is_most:
            return self._by_balance(found, signs)
        if best is not None:
            raise self._ask(best)
        self._check_hints()
        as_out = self._agreement(self._turned()).agreeing
        if as_out and as_out >= self._agreement(self._values).agreeing:
            raise self._unclear_balances()
        for column in varying:
            raise self._ask(column)
        check_descriptions(self._contents, self._rows)
        return Direction({"money_out": "negative"}, ALL_IN if self._rows else "")

    def _by_balance(self, found: Sequence[DirectionColumn], signs: list[int | None]) -> Direction:
        """The direction that the balances show, for each word of a column or for each row.

        They do not show it for the first row.
        """
        for column in found:
            learned = self._learned(column, signs)
            if learned is not None:
                return learned
        pairs = zip(self._values, signs, strict=True)
        first = next((i for i, (value, sign) in enumerate(pairs) if value and sign is None), None)
        if -1 not in signs and not found:
            self._check_hints()
            if first is not None and (self._would_overdraw(first) or self._is_spent(first)):
                raise self._ask_about_first(self._contents.rows[first], "in", "out")
            return Direction({"money_out": "negative"}, ALL_IN)
        if 1 not in signs and first is not None and not self._is_signed(first):
            raise self._ask_about_first(self._contents.rows[first], "out", "in")
        return Direction(
            {"money_out": "balance"},
            "no amount has a sign, so the balance column decides which way the money goes",
        )

    def _would_overdraw(self, first: int) -> bool:
        """Whether the account was overdrawn before an amount only if this is money in."""
        assert self._witness is not None
        balance, amount = self._witness.balances[first], self._values[first]
        return None not in (balance, amount) and (balance or 0) < (amount or 0)

    def _is_spent(self, index: int) -> bool:
        """Whether a row is described as money out."""
        return any(map(speaks_of_spending, self._contents.rows[index].cells))

    def _is_signed(self, index: int) -> bool:
        parts = split_amount(self._contents.rows[index].cells[self._amount])
        return parts is not None and parts.signed

    def _ask_about_first(self, row: Row, others: str, way: str) -> LedgerError:
        sign = {"in": ("plus", "negative"), "out": ("minus", "positive")}
        return InvalidLine(
            "the balance column shows that the amounts after "
            f"{row.cells[self._amount]!r} are money {others}, but not which way this one went",
            advice=f"if it is money {others}, too, add the rule: money_out = "
            f'"{sign[others][1]}"; if it is money {way}, write a {sign[way][0]} before it in the '
            'file, and add: money_out = "balance"',
            rule="money_out",
        ).at_line(row.line)

    def _unclear_balances(self) -> LedgerError:
        return InvalidLine(
            "no amount has a sign, and the balance column does not show plainly which way the "
            "money went",
            advice='add one of these rules: money_out = "negative" (all amounts are money in) or '
            'money_out = "positive" (all are money out)',
            rule="money_out",
        ).at_line(self._rows[0].line)

    def _learned(self, column: DirectionColumn, signs: list[int | None]) -> Direction | None:
        """The words of a column with the direction that the balances show for each of them."""
        if column.strength is Strength.OTHER or is_memo(self._names[column.index]):
            return None  # its words may be other ones in the next statement
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
        what = f"the column {shown} does not agree with the balance column"
        if not column.sure:
            what = f"{word!r} in the column {shown} may say which way the money goes"
        elif column.unknown:
            what = f"{word!r} in the column {shown} means neither money out nor money in"
        return InvalidLine(
            f"no amount has a sign, and {what}",
            advice=f"say which words mean what with rules such as: {_written(rules)}; several "
            f'words are a list, as in direction_out = ["Debit", "Fee"]; or, if the column does '
            'not give the direction, add: money_out = "negative" or "positive"',
            rule="direction",
        ).at_line(unknown.line)

    def _agreement(self, values: Sequence[int | None]) -> Agreement:
        return Agreement(0, 0) if self._witness is None else self._witness.agreement(values)

    def _turned(self) -> list[int | None]:
        return [None if value is None else -value for value in self._values]


def by_words(values: Sequence[int | None], words: Sequence[str]) -> list[int | None]:
    """Amounts with the signs that words beside them have."""
    return [
        -abs(value) if value and normal(word) in OUT else value
        for value, word in zip(values, words, strict=True)
    ]


def _contradict(values: Sequence[int | None], signs: Sequence[int | None]) -> bool:
    """Whether amounts have the other sign than the one shown more often than that."""
    pairs = [(value, sign) for value, sign in zip(values, signs, strict=False) if value and sign]
    return 2 * sum((value > 0) != (sign > 0) for value, sign in pairs) > len(pairs)


def _written(rules: Rules) -> str:
    return " and ".join(f"{rule} = {in_rules(value)}" for rule, value in rules.items())
