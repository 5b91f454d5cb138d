"""From the bytes of a file in a format of its own to the statements in it."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import Final

from msgspec.structs import replace

from ledger.bank_statements.cells.amounts import currency_mismatch
from ledger.bank_statements.formats.money import Money
from ledger.bank_statements.formats.recognising import ISO_20022, MT940, OFX, QIF, recognise
from ledger.bank_statements.rules.format_checks import check_format
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.statement import Statement
from ledger.bank_statements.text.decoding import LARGEST
from ledger.errors import InvalidLine, InvalidOption

_ALWAYS: Final = ("time_zone", "newest_first", "tag", "transfer")
_RULES: Final = {
    OFX: ("encoding",),
    ISO_20022: (),
    MT940: ("encoding",),
    QIF: ("encoding", "date_format", "decimal_mark", "thousands_mark", "currency"),
}
"""The rules that a format leaves something to, besides those that apply always."""


def read_other_format(
    content: bytes, given: StatementFormat, currency: str, decimals: int
) -> list[Statement] | None:
    """The statements in a file that is no table; None for a table.

    A file of one account has to be in the currency of the account that it is for. Of several, each
    statement is in a currency of its own, which is to be compared once one is chosen.

    Args:
        given: rules; few apply.
        currency, decimals: of the account that they are for.

    Raises:
        InvalidInput: a line cannot be read (the error names it), the file is damaged or does not
            add up, or a rule does not apply to its format.
        CurrencyMismatch: its only account is in another currency.
    """
    format = recognise(content)
    if format is None:
        return None
    if len(content) > LARGEST:
        raise InvalidLine(
            f"the file has over {LARGEST // 1_048_576} MB",
            advice="download the statement of a shorter time from the bank",
        )
    _check_rules(format, check_format(given))
    statements = _read(format, content, given, Money(currency, decimals))
    if len(statements) == 1 and statements[0].currency not in (None, currency):
        raise currency_mismatch("the statement", str(statements[0].currency), currency)
    return [_by_rules(each, given) for each in statements]


def _read(format: str, content: bytes, given: StatementFormat, money: Money) -> list[Statement]:
    # Each reader is loaded for its own files alone.
    if format == OFX:
        from ledger.bank_statements.formats.ofx import read_ofx

        return read_ofx(content, money, given.encoding)
    if format == ISO_20022:
        from ledger.bank_statements.formats.camt import read_camt

        return read_camt(content, money)
    if format == MT940:
        from ledger.bank_statements.formats.mt940 import read_mt940

        return read_mt940(content, money, given.encoding)
    from ledger.bank_statements.formats.qif import read_qif

    return read_qif(content, money, given)


def _check_rules(format: str, given: StatementFormat) -> None:
    fitting = (*_RULES[format], *_ALWAYS)
    for rule in given.rules:
        if rule not in fitting:
            raise InvalidOption(
                f"the rule {rule} says how to read a table, and the file is {format}",
                advice=f"leave it out; of the rules, {', '.join(fitting)} apply to such a file",
                rule=rule,
            )


def _by_rules(statement: Statement, given: StatementFormat) -> Statement:
    zone = given.zone
    if zone is not None:
        entries = [replace(each, moment=_in_zone(each.moment, zone)) for each in statement.entries]
        statement = replace(statement, entries=entries)
    return replace(statement, newest_first=given.newest_first)


def _in_zone(moment: date | datetime, zone: tzinfo) -> datetime:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), zone)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
