"""The balances that a file states in words, above its table, in it or below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import product
from typing import Final, NamedTuple

from ledger.bank_statements.cells.amounts import AmountReader
from ledger.bank_statements.cells.dates import looks_like_date, read_date
from ledger.bank_statements.inference import InferredFormat
from ledger.bank_statements.rows.entries import SignedAmount, amount_reader
from ledger.bank_statements.rows.left_out import BalanceRow
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.statement import Entry, StatedBalance
from ledger.bank_statements.text.table import Row
from ledger.bank_statements.words.row_words import BalanceKind, balance_in
from ledger.domain.money import format_minor_units
from ledger.errors import LedgerError

_DATE: Final = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}")


class StatedBalances(NamedTuple):
    """The balances before the first entry and after the last one, where a file states them."""

    opening: StatedBalance | None
    closing: StatedBalance | None


def stated_balances(
    inferred: InferredFormat, entries: Sequence[Entry], currency: str, decimals: int
) -> StatedBalances:
    """What a file states in words; two figures that differ settle nothing.

    Args:
        currency, decimals: the account's.
    """
    table, format = inferred.table, inferred.format
    read = AmountReader(
        format.decimal_mark or ".", format.thousands_mark or "", currency, decimals
    ).read
    signed = amount_reader(table, format, currency, decimals)
    found: dict[BalanceKind, list[StatedBalance]] = {"opening": [], "closing": []}
    last = max((entry.line for entry in entries), default=0)
    above = [BalanceRow(row, kind) for row in inferred.above if (kind := _kind(row))]
    for each in above + inferred.left_out.balances:
        row, kind = each.row, each.kind
        in_table = each not in above and not row.missing
        amount = _amount(row, read, signed if in_table else None)
        day = _day(row.cells, format)
        if kind in ("current", "bare") and (row.line > last or (each in above and day)):
            kind = "closing"  # the last word of a file, or one with a date
        if amount is not None and kind in found:
            found[kind].append(StatedBalance(row.line, amount, day))
    return StatedBalances(_agreed(found["opening"]), _agreed(found["closing"]))


def note_of_missing(stated: StatedBalances, entries: Sequence[Entry], decimals: int) -> str:
    """The note where the entries do not make up the balances around them; empty where they do.

    Args:
        decimals: the account's.
    """
    opening, closing = stated
    if opening is None or closing is None:
        return ""
    moved = sum(entry.amount_minor for entry in entries)
    missing = closing.amount_minor - opening.amount_minor - moved
    # A card may state what is owed.
    if not missing or closing.amount_minor - opening.amount_minor == -moved:
        return ""
    return (
        f"the balances that the file states in lines {opening.line} and {closing.line} do not "
        f"agree with its entries: {format_minor_units(abs(missing), decimals)} are missing (money "
        f"{'in' if missing > 0 else 'out'})"
    )


def _kind(row: Row) -> BalanceKind | None:
    return next((kind for cell in row.cells if (kind := balance_in(cell))), None)


def _agreed(stated: Iterable[StatedBalance]) -> StatedBalance | None:
    found = list(stated)
    return found[-1] if len({each.amount_minor for each in found}) == 1 else None


def _amount(row: Row, read: Callable[[str], int], by_columns: SignedAmount | None) -> int | None:
    """The amount by the table's columns, or the only one that the row has."""
    if by_columns is not None:
        try:
            amount = by_columns(row.cells)
        except (LedgerError, IndexError):
            amount = None
        if amount is not None:
            return amount
    amounts = []
    for cell in row.cells:
        if cell and not looks_like_date(cell):
            try:
                amounts.append(read(cell))
            except LedgerError:
                continue
    return amounts[0] if len(amounts) == 1 else None


def _day(cells: Sequence[str], format: StatementFormat) -> date | None:
    """The only date in a row, by the format of the table's dates."""
    texts = {text for cell in cells if cell for text in (cell, *_DATE.findall(cell))}
    written = format.date_format or ""
    formats = (written, written.replace("%y", "%Y"))  # around a table years often have four digits
    days = set()
    for text, date_format in product(texts, formats):
        try:
            moment = read_date(text, date_format)
        except LedgerError:
            continue
        days.add(moment.date() if isinstance(moment, datetime) else moment)
    return days.pop() if len(days) == 1 else None
