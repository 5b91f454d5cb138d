"""From the lines of a statement to its table, by CSV, or else by the one way to cut that works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import Final

from ledger.bank_statements.rules.statement_format import LEAVE_OUT, StatementFormat
from ledger.bank_statements.text.quoting import cut, cut_lines, unwrapped
from ledger.bank_statements.text.table import QUOTE, Row, Table, read_rows, table_of, wrong_quotes
from ledger.errors import InvalidLine, LedgerError

_FORMULA_START: Final = '="'


def read_table(lines: Sequence[str], format: StatementFormat) -> tuple[Table, str]:
    """The table in the lines of a statement, and its quotation mark.

    Args:
        format: one that says at least where the table is. Without a quotation mark, ``"`` is tried,
            and none.

    Raises:
        InvalidLine: a row cannot be read, or several ways to read the table give different ones.
    """
    delimiter = format.delimiter
    assert delimiter is not None
    skip_top = format.skip_top or 0
    lines = lines[: max(len(lines) - (format.skip_bottom or 0), 0)]
    quote = QUOTE if format.quote is None else format.quote
    has_header = bool(format.header)

    def by_csv(quote: str = quote, lines: Sequence[str] = lines) -> list[Row]:
        return list(read_rows(lines, delimiter=delimiter, quote=quote, skip_top=skip_top))

    try:
        table = table_of(by_csv(), has_header=has_header)
    except InvalidLine as refusal:
        if not quote or refusal.details.get("rule") != "quote" or "characters" in refusal.message:
            raise
        failure: LedgerError | None = refusal
    else:
        failure = None
        if not quote or not any(_too_wide(row, table) for row in table.rows):
            runs_on = _run_on(table) if format.quote is None else None
            if runs_on is not None:
                _check_joined(table, runs_on, by_csv(""), has_header)
            return table, quote

    ways: list[tuple[str, Callable[[], list[Row]]]] = [
        (quote, lambda: _tolerantly(lines, delimiter, quote, skip_top, backslash=False)),
        (quote, lambda: _tolerantly(lines, delimiter, quote, skip_top, backslash=True)),
    ]
    if any(
        map(re.compile(rf"\\{re.escape(quote)}(?!\s*(?:{re.escape(delimiter)}|\Z))").search, lines)
    ):
        ways.reverse()
    if any(_FORMULA_START in line for line in lines):
        bare = [_without_formulas(line, delimiter) for line in lines]
        ways.append((quote, lambda: by_csv(lines=bare)))
    if format.quote is None:
        ways.append(("", lambda: by_csv("")))
    found = _the_one(ways, has_header)
    if found is not None:
        return found
    if failure is not None:
        raise failure
    return table, quote


def first_rows(lines: Sequence[str], delimiter: str, quote: str, skip_top: int) -> Iterator[Row]:
    """The rows of lines among which the header is looked for, whatever quotes they have."""
    line = skip_top
    try:
        for row in read_rows(lines, delimiter=delimiter, quote=quote, skip_top=skip_top):
            line = row.line
            yield row
    except InvalidLine as refusal:
        start = int(str(refusal.details.get("line", line + 1)))
        for number, text in enumerate(lines[start - 1 :], start):
            yield Row(number, cut(text, delimiter, quote, backslash=False).cells)


def _tolerantly(
    lines: Sequence[str], delimiter: str, quote: str, skip_top: int, *, backslash: bool
) -> list[Row]:
    rows: list[Row] = []
    for index, cells in cut_lines(lines[skip_top:], delimiter, quote, backslash=backslash):
        if rows and any(islice(cells, len(rows[0].cells), None)):  # so this is not the way
            raise _unclear(skip_top + index + 1)
        rows.append(Row(skip_top + index + 1, list(map(unwrapped, cells))))
    return rows


def _without_formulas(line: str, delimiter: str) -> str:
    line = line.replace(delimiter + _FORMULA_START, delimiter + QUOTE)
    return line[1:] if line.startswith(_FORMULA_START) else line


def _the_one(
    ways: Sequence[tuple[str, Callable[[], list[Row]]]], has_header: bool
) -> tuple[Table, str] | None:
    """The table by the first way in which no row is too wide and the fewest are too short.

    Raises:
        InvalidLine: another way is as good, and has other cells.
    """
    found: list[tuple[int, Table, str]] = []
    for quote, read in ways:
        try:
            table = table_of(read(), has_header=has_header)
        except LedgerError:
            continue
        if not any(_too_wide(row, table) for row in table.rows):
            found.append((sum(1 for row in table.rows if row.missing), table, quote))
    if not found:
        return None
    fewest, table, quote = min(found, key=lambda each: each[0])
    for short, other, _ in found:
        if short == fewest:
            _check_same(table, other)
    return table, quote


def _check_same(table: Table, other: Table) -> None:
    for row, otherwise in zip(table.rows, other.rows, strict=False):
        if _letters(row) != _letters(otherwise):
            raise _unclear(min(row.line, otherwise.line))
    if len(table.rows) != len(other.rows):
        raise _unclear(table.header_line)


def _letters(row: Row) -> list[str]:
    """The cells without what may be marks around them."""
    return ["".join(cell.split()).replace(QUOTE, "").replace("\\", "") for cell in row.cells]


def _check_joined(table: Table, row: Row, plainly: list[Row], has_header: bool) -> None:
    """Check that a row over several lines is not several rows, each of which has a stray quote."""
    plain = table_of(plainly, has_header=has_header)
    if plain.width == table.width and not any(
        each.missing or _too_wide(each, plain) for each in plain.rows
    ):
        raise _unclear(row.line)


def _run_on(table: Table) -> Row | None:
    """The first row that runs over several lines."""
    ends = ("\n", "\r")
    return next(
        (
            row
            for row, after in zip_longest(table.rows, islice(table.rows, 1, None))
            if (after is None or after.line > row.line + 1)
            and any(end in cell for cell in row.cells for end in ends)
        ),
        None,
    )


def _too_wide(row: Row, table: Table) -> bool:
    return len(row.cells) > table.width and any(islice(row.cells, table.width, None))


def _unclear(line: int) -> LedgerError:
    error = wrong_quotes(line, "the quotation marks do not show where the cells begin and end")
    error.advice += "; if they are marks around cells, correct this line in the file"
    return error


def check_widths(table: Table, format: StatementFormat) -> None:
    """Check that each row has the columns of dates and amounts, and no more than the table has.

    Empty cells may follow, and cells at the end may be missing.

    Raises:
        InvalidLine: a row has fewer, or more.
    """
    amounts = [
        table.index_of(column)
        for column in (format.amount, format.debit, format.credit)
        if column is not None
    ]
    date = 0 if format.date is None else table.index_of(format.date)
    for row in table.rows:
        has = len(row.cells) - row.missing
        if _too_wide(row, table) or (
            row.missing and (date >= has or not any(row.cells[each] for each in amounts))
        ):
            raise InvalidLine(
                f"there {'is 1 column' if has == 1 else f'are {has} columns'} here, but "
                f"{table.width} in the first line of the table",
                advice=LEAVE_OUT,
                rule="skip_bottom",
            ).at_line(row.line)
