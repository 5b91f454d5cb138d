"""Which rows of a statement are no entries: by rules, by words of a state, and stated balances."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

import msgspec
from msgspec.structs import replace

from ledger.bank_statements.cells.amounts import split_amount
from ledger.bank_statements.cells.dates import looks_like_date
from ledger.bank_statements.columns.columns import column_at, find_column
from ledger.bank_statements.rows.state_questions import not_understood, shown, unknown_state
from ledger.bank_statements.rules.patterns import matches
from ledger.bank_statements.rules.statement_format import Column, StatementFormat
from ledger.bank_statements.statement import Skipped
from ledger.bank_statements.text.table import Row, Table
from ledger.bank_statements.words.row_words import (
    STATE_COLUMNS,
    BalanceKind,
    State,
    balance_in,
    begins_as_balance,
    folded,
    is_unbooked,
    may_begin,
    speaks_of_pending,
    state_in,
    states_by_name,
)

_NO_DATE: Final = re.compile(r"[0\s./-]*")
"""What stands for a date where there is none, such as ``00/00/0000``."""
_LETTER: Final = re.compile(r"[^\W\d_]{2}")
_MOST_NOTED: Final = 3


class BalanceRow(msgspec.Struct, frozen=True):
    """A row that states a balance, and of which kind."""

    row: Row
    kind: BalanceKind


class LeftOut(msgspec.Struct, frozen=True):
    """The rows of a table that are no entries.

    Attributes:
        table: without them.
        skipped: why, for each.
        balances: those that state a balance.
        words: by column, the words for which rows were left out without a rule that says so.
        notes: what a person should know about the rows that were kept.
    """

    table: Table
    skipped: list[Skipped]
    balances: list[BalanceRow]
    words: dict[Column, list[str]]
    notes: list[str]


def leave_out(table: Table, given: StatementFormat) -> LeftOut:
    """Set the rows apart that are no entries.

    Raises:
        InvalidLine: a rule names a column that is not there, or a word in a column of states is not
            known.
    """
    columns = _Columns(table, given)
    skip, take = _by_index(table, given.skip), _by_index(table, given.take)
    skipped: list[Skipped] = []
    balances: list[BalanceRow] = []
    rest: list[Row] = []
    ruled: list[Row] = []
    taken: list[Row] = []
    telling: set[int] = set()
    for row in table.rows:
        by_rule = _named_by(skip, row)
        if by_rule is not None:
            index, value = by_rule
            column = columns.name(index)
            skipped.append(Skipped(row.line, f"{column} is {shown(value) or 'empty'}"))
            ruled.append(row)
        elif _named_by(take, row) is not None:
            taken.append(row)
        else:
            found = None
            if any(map(may_begin, row.cells)):
                telling.add(row.line)
                found = columns.balance(row)
            if found is None:
                rest.append(row)
                continue
            text, kind = found
            balances.append(BalanceRow(row, kind))
            is_guess = looks_like_date(columns.date_of(row)) or balance_in(text) is None
            what = "a total" if kind == "turnover" else "a balance"
            skipped.append(Skipped(row.line, f'it states {what} ("{shown(text)}")', is_guess))
    words: dict[Column, list[str]] = {}
    rest, below = _without_footer(rest, columns)
    skipped += [Skipped(row.line, "it stands below the table, without a date") for row in below]
    states = columns.of_states(rest, ruled + taken)
    kept: list[Row] = []
    for row in rest:
        index, reason = columns.unbooked(row, states)
        if not reason:
            kept.append(row)
            continue
        skipped.append(Skipped(row.line, reason, guessed=True))
        cell = _cell(row, index)
        listed = words.setdefault(columns.name_in_rules(index), [])
        if cell not in listed and not _NO_DATE.fullmatch(cell):
            listed.append(cell)
    return LeftOut(
        replace(table, rows=sorted(kept + taken, key=lambda row: row.line)),
        sorted(skipped, key=lambda each: each.line),
        balances,
        {column: cells for column, cells in words.items() if cells},
        [*columns.notes, *columns.marked_elsewhere(kept, telling)],
    )


class _Columns:
    """The columns that say whether a row is an entry."""

    def __init__(self, table: Table, given: StatementFormat) -> None:
        self._table = table
        self._header = table.header or ()
        self.notes: list[str] = []
        self._date = self._index(given.date, "date", default=0)
        self._payee = self._index(None, "payee")
        self._memo = self._index(None, "memo")
        wanted = ((given.amount, "amount"), (given.debit, "debit"), (given.credit, "credit"))
        self._amounts = {
            index
            for column, role in wanted
            if (index := self._index(column, role)) is not None and index != self._date
        }
        self._numbers = set(self._amounts)
        # A cell that only says what the amounts are, or which way they go, names nobody.
        for column, role in ((given.direction, "direction"), (given.currency_column, "currency")):
            index = self._index(column, role)
            self._numbers |= set() if index is None else {index}

    def _index(self, column: Column | None, role: str, default: int | None = None) -> int | None:
        if column is not None:
            return self._table.index_of(column)
        found = find_column(role, self._header)
        return default if found is None else found.index

    def name(self, index: int) -> str:
        name = self._header[index] if index < len(self._header) else ""
        return name or f"column {index + 1}"

    def name_in_rules(self, index: int) -> Column:
        return column_at(index, self._header) if index < len(self._header) else index + 1

    def date_of(self, row: Row) -> str:
        return _cell(row, self._date or 0)

    def has_amount(self, row: Row) -> bool:
        return any(_cell(row, index) for index in self._amounts)

    def balance(self, row: Row) -> tuple[str, BalanceKind] | None:
        """The cell in which a row says that it states a balance, and of which kind."""
        is_dated = looks_like_date(self.date_of(row))
        for index, cell in enumerate(row.cells):
            # Where a row has no date, its amount may be the name of the balance beside it.
            kind = None if is_dated and index in self._amounts else balance_in(cell)
            if kind is not None and self._states_balance(row, index, kind):
                return cell, kind
        for cell in () if self.date_of(row)[:1].isdigit() else row.cells:
            # Nothing without a date is an entry, so the first word is enough.
            if begins_as_balance(cell):
                return (cell, "total") if self._states_balance(row, -1, "total") else None
        return None

    def _states_balance(self, row: Row, index: int, kind: BalanceKind) -> bool:
        date = self.date_of(row)
        full = not row.missing
        if full and not self.has_amount(row):
            return False  # it moves no money, and is told so
        if looks_like_date(date):
            return kind != "total" and not self._may_be_payment(row, index, kind, full=full)
        # What begins with a digit is a part of a date: an entry that was cut off.
        return not date[:1].isdigit() or _NO_DATE.fullmatch(date) is not None

    def _may_be_payment(self, row: Row, index: int, kind: BalanceKind, *, full: bool) -> bool:
        """Whether a row may be an entry all the same: a payment of what was due, say."""
        if kind == "bare":
            if not full:
                return True
            others = set(range(len(row.cells))) - self._numbers - {index}
            return any(_LETTER.search(row.cells[other]) for other in others)
        if kind == "turnover" and self._payee is None:
            return True
        return self._payee not in (None, index) and bool(_cell(row, self._payee or 0))

    def of_states(
        self, rows: Sequence[Row], ruled: Sequence[Row]
    ) -> dict[int, dict[str, State | None]]:
        """The columns of states, and of each, what its texts mean.

        Args:
            ruled: rows that rules decide about. They show what a column is of, all the same.

        Raises:
            InvalidLine: a word in one of them is not known.
        """
        found: dict[int, dict[str, State | None]] = {}
        moving = [row for row in rows if self.has_amount(row)]
        for index in range(self._table.width):
            if index == self._date or index in self._amounts:
                continue
            cells = [(row.line, _cell(row, index)) for row in moving]
            all_cells = chain((cell for _, cell in cells), (_cell(row, index) for row in ruled))
            texts = list(dict.fromkeys(filter(None, all_cells)))
            states = self._states(index, texts)
            # `OK` alone may be a part of the United States.
            known = {state for text, state in states.items() if state and folded(text) != "ok"}
            if states and not known:
                self.notes.append(not_understood(self.name(index), texts))
            if not known:
                continue
            found[index] = states
            for line, cell in cells:
                if states.get(cell) is None and (cell or "booked" in known):
                    raise unknown_state(line, cell, str(self.name_in_rules(index)))
        return found

    def _states(self, index: int, texts: Sequence[str]) -> dict[str, State | None]:
        """The states in a column; none if it is of something else."""
        name = self.name(index)
        if folded(name) in STATE_COLUMNS:
            return {text: state_in(text) for text in texts}
        answers = states_by_name(name, texts)
        if answers is not None:
            return dict(answers)
        # A column of any name may have nothing but words of states, if one of them matters.
        if index not in (self._payee, self._memo) and all(map(state_in, texts)):
            states = {text: state_in(text) for text in texts}
            return states if {"pending", "failed"}.intersection(states.values()) else {}
        return {}

    def unbooked(self, row: Row, columns: dict[int, dict[str, State | None]]) -> tuple[int, str]:
        """The column that says that a row is not booked, and why; no reason where it is."""
        for index, states in columns.items():
            cell = _cell(row, index)
            if cell and states.get(cell, state_in(cell)) in ("pending", "failed"):
                if state_in(cell) is None:
                    return index, f'{self.name(index)} is "{shown(cell)}"'
                return index, f'it is marked "{shown(cell)}"'
        date = self.date_of(row)
        if _is_usual_date(date):
            return 0, ""
        if is_unbooked(date) or (date and _NO_DATE.fullmatch(date) and self.has_amount(row)):
            return self._date or 0, f'its date is "{shown(date)}"'
        return 0, ""

    def marked_elsewhere(self, rows: Sequence[Row], telling: set[int]) -> Iterator[str]:
        """A note of rows that speak of being pending where it does not count.

        Args:
            telling: the lines of those that may have nothing but such a word in a cell.
        """
        texts = [index for index in (self._payee, self._memo) if index is not None]
        marked = []
        for row in rows:
            cells = [cell for index in texts if speaks_of_pending(cell := _cell(row, index))]
            if row.line in telling:
                cells += filter(is_unbooked, row.cells)
            marked += [f'line {row.line} says "{shown(cell)}"' for cell in cells[:1]]
        if marked:
            more = f" and {len(marked) - _MOST_NOTED} more" if len(marked) > _MOST_NOTED else ""
            yield (
                f"{', '.join(marked[:_MOST_NOTED])}{more}, in no column of states, and is taken as "
                "booked; to leave such rows out, use the rule skip"
            )

    def is_below(self, row: Row) -> bool:
        """Whether a row is too short for an entry, and has no date or part of one."""
        date = self.date_of(row)
        return row.missing > 0 and not (date[:1].isdigit() or looks_like_date(date))

    def is_entry(self, row: Row) -> bool:
        """Whether a row has a date and an amount."""
        amounts = (split_amount(_cell(row, index)) for index in self._amounts)
        return looks_like_date(self.date_of(row)) and any(amounts) and self.balance(row) is None


def find_entry(rows: Sequence[Row], table: Table, given: StatementFormat) -> Row | None:
    """The first of some rows that stand outside of a table and look like one of its entries."""
    columns = _Columns(table, given)
    return next((row for row in rows if columns.is_entry(row)), None)


def _by_index(
    table: Table, rule: dict[str, str | list[str]] | None
) -> list[tuple[int, Sequence[str]]]:
    return [
        (table.index_of(_column(name, table)), [texts] if isinstance(texts, str) else texts)
        for name, texts in (rule or {}).items()
    ]


def _column(name: str, table: Table) -> Column:
    """A column as it is named where TOML takes nothing but texts."""
    is_number = name.isdigit() and name.isascii() and name not in (table.header or ())
    return int(name) if is_number else name


def _named_by(rule: list[tuple[int, Sequence[str]]], row: Row) -> tuple[int, str] | None:
    """The first column, and its value, for which a rule names a row."""
    for index, texts in rule:
        if index < len(row.cells) and matches(texts, row.cells[index]):
            return index, row.cells[index]
    return None


def _without_footer(rows: list[Row], columns: _Columns) -> tuple[list[Row], list[Row]]:
    """The rows without the last ones that are no entries, and those."""
    end = len(rows)
    while end and columns.is_below(rows[end - 1]):
        end -= 1
    return rows[:end], rows[end:]


@lru_cache(maxsize=1_000)
def _is_usual_date(text: str) -> bool:
    """Whether a text says neither that a row is not booked, nor that it has no date."""
    return not is_unbooked(text) and _NO_DATE.fullmatch(text) is None


def _cell(row: Row, index: int) -> str:
    return row.cells[index] if index < len(row.cells) else ""
