"""Rules and the next file: what may be kept of a format, and what no longer fits a file.

A rule that is true of one file only must not be kept, or it drops or garbles something in the next:
how many lines stand around the table, how amounts are written where none shows it. And a rule that
was kept all the same is held against each file that it is used for.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from ledger.bank_statements.cells.amounts import split_amount
from ledger.bank_statements.rows.left_out import LeftOut, find_entry
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.text.table import Row, Table, read_rows
from ledger.errors import InvalidLine

_SIGNS_OF_ITSELF: Final = ("utf-8", "utf-16")
"""Encodings of which a file shows by itself that it is in them."""


_DIGITS: Final = str.maketrans("23456789", "11111111")


def check_encoding(content: bytes, encoding: str | None) -> None:
    """Refuse a file that is in UTF-8 where the rule says otherwise: each text would be garbled.

    Raises:
        InvalidLine: it is; the error names the line of the first character that shows it.
    """
    name = "utf-8" if encoding is None else codecs.lookup(encoding).name
    if name.startswith("utf-8"):
        return
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return
    if name.startswith(("utf-16", "utf-32")):
        telling = -1 if "\0" in text else 0
    else:
        # Two letters of Chinese in its own encodings may look like two of Greek or Cyrillic.
        least = "\x80" if _is_of_single_bytes(name) else "\u0800"
        telling = next((place for place, mark in enumerate(text) if mark >= least), -1)
    if telling < 0:
        return
    before = text[:telling]
    raise InvalidLine(
        f"the file is in UTF-8, but the rule encoding says {encoding}",
        advice='write encoding = "utf-8" for this file, or remove the rule',
        rule="encoding",
    ).at_line(before.count("\n") + before.count("\r") - before.count("\r\n") + 1)


def _is_of_single_bytes(encoding: str) -> bool:
    return encoding.startswith(("iso8859", "cp125", "mac", "koi8", "ascii", "cp4", "cp8"))


def check_cut_lines(lines: Sequence[str], table: Table, given: StatementFormat) -> None:
    """Refuse rules by whose count of lines an entry would be cut off.

    Raises:
        InvalidLine: it would; the error names its line.
    """
    above, below = given.skip_top or 0, given.skip_bottom or 0
    for rule, start, end in (
        ("skip_top", 0, min(above, len(lines))),
        ("skip_bottom", max(len(lines) - below, 0), len(lines)),
    ):
        entry = find_entry(_rows(lines[:end], given, start), table, given)
        if entry is not None:
            raise InvalidLine(
                f"this line looks like an entry, but the rule {rule} = {getattr(given, rule)} "
                "leaves it out",
                advice=f"remove the rule {rule}; the table is found without it"
                if table.header
                else f"correct the rule {rule}",
                rule=rule,
            ).at_line(entry.line)


def rows_above(lines: Sequence[str], format: StatementFormat) -> list[Row]:
    """The rows above a table, by a format that says where it is, as far as they are rows."""
    return _rows(lines[: format.skip_top or 0], format, 0)


def _rows(lines: Sequence[str], format: StatementFormat, start: int) -> list[Row]:
    rows: list[Row] = []
    if start < len(lines):
        quote = '"' if format.quote is None else format.quote
        found = read_rows(lines, delimiter=format.delimiter or ",", quote=quote, skip_top=start)
        try:
            rows.extend(found)
        except InvalidLine:
            pass  # of texts around a table, some are no rows
    return rows


def rules_to_keep(
    table: Table, format: StatementFormat, given: StatementFormat, left_out: LeftOut
) -> StatementFormat:
    """The complete format of a file without what may be otherwise in the next one.

    The words for which rows were left out become a rule: these only, so that another word is asked
    about when it comes.
    """
    numbers = _numbers(table, format)
    kept = replace(
        format,
        skip_top=given.skip_top,
        skip_bottom=given.skip_bottom,
        encoding=given.encoding or _encoding_to_keep(format.encoding),
        decimal_mark=format.decimal_mark if given.decimal_mark or set(".,") & numbers else None,
    )
    if given.thousands_mark is None and format.thousands_mark not in numbers:
        kept = replace(kept, thousands_mark=None)
    for column, words in left_out.words.items():
        skip = dict(kept.skip or {})
        earlier = skip.get(str(column), [])
        skip[str(column)] = ([earlier] if isinstance(earlier, str) else earlier) + words
        kept = replace(kept, skip=skip)
    return kept


def _encoding_to_keep(encoding: str | None) -> str | None:
    return None if encoding is None or encoding.startswith(_SIGNS_OF_ITSELF) else encoding


def _numbers(table: Table, format: StatementFormat) -> set[str]:
    """The characters of the numbers in columns of amounts."""
    found: set[str] = set()
    for column in (format.amount, format.debit, format.credit, format.fee, format.balance):
        cells = table.cells(column) if column else ()
        for text in {text.translate(_DIGITS) for _, text in cells}:
            parts = split_amount(text)
            found.update("" if parts is None else parts.number)
    return found
