"""Whether a file breaks off in its last line, as downloads do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.text.table import Row, Table
from ledger.errors import InvalidLine

_ADVICE: Final = (
    "download the statement again; if the line is complete, put a line end after it in the file"
)

_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGIT: Final = re.compile(r"\d")
_LONE_DIGIT: Final = re.compile(r"(?<!\d)\d(?!\d)")


def check_last_date(lines: Sequence[str], table: Table, is_moment: Callable[[str], bool]) -> None:
    """Check a date or time at the end of the last row, where no line end follows it.

    This goes before dates are read: a part of one may be another one.

    Args:
        is_moment: whether a text looks like a date or time.

    Raises:
        InvalidLine: it is the beginning of what others are.
    """
    row = _without_line_end(lines, table)
    if row is None or row.missing:
        return
    cells = [each.cells[table.width - 1] for each in table.rows]
    last, others = cells[-1], list(filter(None, cells[:-1]))
    if not last or not others or not lines[-1].rstrip().endswith(last):
        return
    if not all(map(is_moment, others)):
        return
    shapes = set(map(_shape, others))
    shape = _shape(last)
    longer = next((each for each in sorted(shapes) if each.startswith(shape)), None)
    if longer is None or shape in shapes:
        return
    ends_alone = last[-1].isdigit() and not last[-2:-1].isdigit()
    if ends_alone and any(map(_LONE_DIGIT.search, others)):
        return  # where a day may be written with one digit, this one may be whole
    raise _cut_off(row, f"{last!r} is the beginning of a date or time such as {others[0]!r}")


def _shape(text: str) -> str:
    return _DIGIT.sub("0", _LETTER.sub("a", text))


def check_not_cut_off(lines: Sequence[str], table: Table, format: StatementFormat) -> None:
    """Check the last row, where no line end follows it though other lines have one.

    Raises:
        InvalidLine: cells are missing there, or the amount at its end lacks decimals that all other
            amounts have.
    """
    row = _without_line_end(lines, table)
    if row is None:
        return
    if row.missing:
        raise _cut_off(row, "it has fewer columns than the first line of the table")
    amounts = [
        table.index_of(column)
        for column in (format.amount, format.debit, format.credit)
        if column is not None
    ]
    if table.width - 1 not in amounts or not lines[-1].rstrip()[-1:].isdigit():
        return
    mark = format.decimal_mark or "."
    others = {
        _decimals(each.cells[index], mark)
        for each in table.rows[:-1]
        for index in amounts
        if any(map(str.isdigit, each.cells[index]))
    }
    decimals = _decimals(row.cells[table.width - 1], mark)
    if len(others) == 1 and decimals < min(others):
        why = f"its amount has {decimals} decimals, and all others have {min(others)}"
        raise _cut_off(row, why)


def _without_line_end(lines: Sequence[str], table: Table) -> Row | None:
    """The last row, if no line end follows it though other lines have one."""
    if len(lines) < 2 or lines[-1][-1:] in "\r\n" or not table.rows:
        return None
    row = table.rows[-1]
    return row if row.line == len(lines) else None


def _decimals(amount: str, decimal_mark: str) -> int:
    return (
        sum(map(str.isdigit, amount.rpartition(decimal_mark)[2])) if decimal_mark in amount else 0
    )


def _cut_off(row: Row, why: str) -> InvalidLine:
    error = InvalidLine(f"the file seems to be cut off in this line: {why}", advice=_ADVICE)
    error.at_line(row.line)
    return error
