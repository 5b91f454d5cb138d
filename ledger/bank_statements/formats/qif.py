"""QIF: one statement for each account in a file.

The format says neither the currency nor in which order day and month stand, nor whose decimal mark
it has: what the file does not settle is asked for with a rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Final

from ledger.bank_statements.cells.amounts import AmountReader, currency_mismatch, infer_marks
from ledger.bank_statements.cells.dates import infer_date_format, read_date
from ledger.bank_statements.formats.joining import described, joined, told_lines
from ledger.bank_statements.formats.money import Money
from ledger.bank_statements.formats.qif_records import Account, Record, read_accounts
from ledger.bank_statements.formats.source import read_source
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.statement import Entry, Skipped, StatedBalance, Statement
from ledger.errors import LedgerError

_BLANKS: Final = re.compile(r"(?<=[/.'-])\s+|\s+(?=[/.'-])", re.ASCII)
"""Those beside a mark between the numbers: Quicken writes ``1/ 5' 5``."""
_SHORT_YEAR: Final = re.compile(r"([0-9]{1,2}[/.-][0-9]{1,2}[/.-])([0-9]{2})", re.ASCII)
_QUOTED_YEAR: Final = re.compile(r"([0-9]{1,2}([/.-])[0-9]{1,2})[/.-]?'([0-9]{1,4})", re.ASCII)


def read_qif(content: bytes, money: Money, given: StatementFormat) -> list[Statement]:
    """The statements in a QIF file.

    Args:
        given: its rules ``encoding``, ``date_format``, ``decimal_mark``, ``thousands_mark`` and
            ``currency``.

    Raises:
        InvalidInput: a line cannot be read, or the file does not settle how to read it; the error
            names the line, and the rule to write.
    """
    if given.currency not in (None, money.currency):
        raise currency_mismatch(
            "the statement", f"{given.currency}, as the rules say", money.currency
        )
    source = read_source(content, given.encoding)
    found = read_accounts(source.text)
    records = [record for account in found.accounts for record in account.records]
    notes = list(source.notes)
    if found.investments:
        lines = told_lines(found.investments)
        notes.append(f"what the file says of investments ({lines}) is left out")
    read_day = _days(records, given)
    read_amount = _amounts(records, given, money)
    statements = [_statement(each, read_day, read_amount, notes) for each in found.accounts]
    return joined(
        [each for each in statements if each.entries or each.skipped] or statements, money
    )


def _statement(
    account: Account,
    read_day: Callable[[Record], date | datetime],
    read_amount: Callable[[str], int],
    notes: list[str],
) -> Statement:
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    transfers: list[int] = []
    uneven: list[int] = []
    opening = None
    for record in account.records:
        try:
            amount = read_amount(record.amount)
            moment = read_day(record)
            parts = [read_amount(part) for part in record.parts]
        except LedgerError as refusal:
            raise refusal.at_line(record.line) from None
        if parts and sum(parts) != amount:
            uneven.append(record.line)
        if amount == 0:
            skipped.append(Skipped(record.line, "its amount is zero"))
            continue
        if not entries and _is_opening(record, account.name):
            opening = StatedBalance(record.line, amount, None)
            skipped.append(Skipped(record.line, "it is the opening balance", guessed=True))
            continue
        if any(category.startswith("[") for category in record.categories):
            transfers.append(record.line)
        text = described(record.payee, record.memo) or record.number
        entries.append(Entry(record.line, moment, amount, text))
    return Statement(
        account_number=account.name,
        entries=entries,
        skipped=skipped,
        opening=opening,
        notes=(*notes, *_notes(transfers, uneven)),
    )


def _is_opening(record: Record, account: str) -> bool:
    """Whether a record states what an account began with: as a transfer from the account itself."""
    own = f"[{account}]".casefold()
    return (bool(account) and own in map(str.casefold, record.categories)) or (
        record.payee.casefold() == "opening balance"
    )


def _notes(transfers: list[int], uneven: list[int]) -> Iterator[str]:
    if transfers:
        yield (
            f"{told_lines(transfers)}: by its category, the file takes this for a transfer between "
            "its own accounts; categories are not imported"
        )
    if uneven:
        yield (
            f"{told_lines(uneven)}: the splits do not make up the amount, which is taken as it is"
        )


def _days(records: list[Record], given: StatementFormat) -> Callable[[Record], date | datetime]:
    has_quoted_years = any("'" in record.day for record in records)

    def plain(text: str) -> str:
        text = _BLANKS.sub("", text)
        found = _QUOTED_YEAR.fullmatch(text)
        if found is not None:  # an apostrophe stands before the years from 2000
            return f"{found[1]}{found[2]}{int(found[3]) % 100 + 2000}"
        short = _SHORT_YEAR.fullmatch(text) if has_quoted_years else None
        return f"{short[1]}19{short[2]}" if short else text

    date_format = given.date_format
    if date_format is None:
        date_format = infer_date_format((record.line, plain(record.day)) for record in records)

    def read(record: Record) -> date | datetime:
        assert date_format is not None
        if date_format == given.date_format:
            try:
                return read_date(record.day, date_format)
            except LedgerError:
                pass
        return read_date(plain(record.day), date_format)

    return read


def _amounts(records: list[Record], given: StatementFormat, money: Money) -> Callable[[str], int]:
    written = [(record.line, text) for record in records for text in (record.amount, *record.parts)]
    decimal_mark, thousands_mark = infer_marks(
        written,
        money.currency,
        decimal_mark=given.decimal_mark,
        thousands_mark=given.thousands_mark,
    )
    decimals = money.decimals_of(money.currency)
    return AmountReader(decimal_mark, thousands_mark, money.currency, decimals).read
