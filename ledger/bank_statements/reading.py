"""From the bytes of a file to the statements in it."""

from __future__ import annotations

from ledger.bank_statements.amounts import currency_mismatch
from ledger.bank_statements.entries import read_entries
from ledger.bank_statements.formats.reading import read_other_format
from ledger.bank_statements.inference import infer_format
from ledger.bank_statements.statement import Statement
from ledger.bank_statements.statement_format import StatementFormat


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
    if statements is not None:
        return statements
    return [_read_table(content, given, currency, decimals)]


def _read_table(content: bytes, given: StatementFormat, currency: str, decimals: int) -> Statement:
    inferred = infer_format(content, given, currency)
    format = inferred.format
    if format.currency not in (None, currency):
        source = "as its columns say" if "currency" in inferred.guessed else "as the rules say"
        raise currency_mismatch("the statement", f"{format.currency}, {source}", currency)
    entries, skipped = read_entries(inferred.table, format, currency, decimals)
    return Statement(
        currency=format.currency,
        entries=entries,
        skipped=skipped,
        newest_first=format.newest_first,
        format=format,
        guessed=inferred.guessed,
        notes=inferred.notes,
    )
