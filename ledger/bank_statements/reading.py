"""From the bytes of a file to the statements in it, whatever its format."""

from __future__ import annotations

from msgspec.structs import replace

from ledger.bank_statements.cells.amounts import currency_mismatch
from ledger.bank_statements.columns.balance_check import check_balances, with_signs
from ledger.bank_statements.formats.reading import read_other_format
from ledger.bank_statements.formats.recognising import recognise
from ledger.bank_statements.inference import infer_format
from ledger.bank_statements.rows.entries import read_entries
from ledger.bank_statements.rows.entry_tags import EntryMarks
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.stated_balances import (
    StatedBalances,
    note_of_missing,
    stated_balances,
)
from ledger.bank_statements.statement import Entry, Statement
from ledger.bank_statements.text.table import Table
from ledger.errors import InvalidLine, InvalidTag, InvalidUsage


def read_statements(
    content: bytes, given: StatementFormat, currency: str, decimals: int
) -> list[Statement]:
    """The statements in a file, one for each account that it is about.

    Args:
        given: rules for files that need them; what they leave open is inferred.
        currency, decimals: of the account that they are for.

    Raises:
        InvalidInput: a line cannot be read (the error names it), or the file does not settle how to
            read it.
        CurrencyMismatch: it is in another currency.
    """
    statements = read_other_format(content, given, currency, decimals)
    if statements is None:
        return _read_table(content, given, currency, decimals)
    marks = EntryMarks(None, given)
    return [
        replace(each, entries=[_marked(entry, marks) for entry in each.entries])
        for each in statements
    ]


def rules_for(content: bytes, given: StatementFormat, currency: str | None) -> StatementFormat:
    """The rules that a file and the next ones like it are read by.

    Args:
        currency: of the account that it is for, where it is known.

    Raises:
        InvalidInput: it is no statement, or does not settle how to read it.
        InvalidUsage: its format needs no rules.
    """
    format = recognise(content)
    if format is not None:
        raise InvalidUsage(
            f"the file is {format}, which says itself how it is to be read",
            advice="import it without rules",
        )
    return infer_format(content, given, currency).kept


def _marked(entry: Entry, marks: EntryMarks) -> Entry:
    try:
        tags = marks.tags([], entry.description)
    except InvalidTag as refusal:
        raise refusal.at_line(entry.line) from None
    account = marks.transfer_with(entry.description)
    return replace(entry, tags=tags, transfer_with=account) if tags or account else entry


def _read_table(
    content: bytes, given: StatementFormat, currency: str, decimals: int
) -> list[Statement]:
    inferred = infer_format(content, given, currency)
    format, table = inferred.format, inferred.table
    if format.currency not in (None, currency):
        source = "as its columns say" if "currency" in inferred.guessed else "as the rules say"
        raise currency_mismatch("the statement", f"{format.currency}, {source}", currency)
    if format.money_out == "balance":
        table = with_signs(table, format)
    entries, skipped = read_entries(table, format, currency, decimals)
    skipped = sorted(inferred.left_out.skipped + skipped, key=lambda each: each.line)
    accounts = _account_numbers(table, format)
    numbers = list(dict.fromkeys(accounts.values())) or [""]
    stated, missing = StatedBalances(None, None), ""
    if len(numbers) == 1:
        stated = stated_balances(inferred, entries, currency, decimals)
        missing = note_of_missing(stated, entries, decimals)
    statements = []
    for number in numbers:
        of_account = [each for each in entries if accounts.get(each.line, "") == number]
        checked = check_balances(table, format, of_account, decimals)
        statements.append(
            Statement(
                account_number=number,
                currency=format.currency,
                entries=checked.entries,
                skipped=[e for e in skipped if accounts.get(e.line, numbers[0]) == number],
                opening=stated.opening or checked.opening,
                closing=stated.closing or checked.closing,
                newest_first=checked.newest_first
                if format.newest_first is None
                else format.newest_first,
                format=inferred.kept,
                guessed=inferred.guessed,
                notes=(*inferred.notes, *checked.notes, *filter(None, [missing])),
            )
        )
    return statements


def _account_numbers(table: Table, format: StatementFormat) -> dict[int, str]:
    """By line, the account that a row is of; empty where the statement names none.

    Raises:
        InvalidLine: it is of several accounts, and a row names none.
    """
    if not format.own_account:
        return {}
    index = table.index_of(format.own_account)
    numbers = list(dict.fromkeys(row.cells[index] for row in table.rows if row.cells[index]))
    if len(numbers) == 1:
        return {row.line: numbers[0] for row in table.rows}
    for row in table.rows:
        if not row.cells[index]:
            raise InvalidLine(
                f"the statement is of several accounts ({', '.join(numbers[:2])} \u2026), and this "
                "line does not say which one it is of",
                advice="if another column has the account's number, name it with the rule "
                'own_account; if the file is of one account, add: own_account = ""',
                rule="own_account",
            ).at_line(row.line)
    return {row.line: row.cells[index] for row in table.rows}
