"""From the rows of a statement to its entries: dated, signed, described."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from ledger.bank_statements.cells.amounts import (
    AmountReader,
    currency_mismatch,
    direction_of,
    is_blank,
    split_amount,
)
from ledger.bank_statements.cells.clock_times import at_time
from ledger.bank_statements.cells.dates import read_date
from ledger.bank_statements.cells.thousandths import have_thousandths
from ledger.bank_statements.columns.columns import in_rules
from ledger.bank_statements.rows.entry_tags import EntryMarks
from ledger.bank_statements.rules.statement_format import OF_TWO_COLUMNS, StatementFormat, in_toml
from ledger.bank_statements.rules.template import fill_template, parse_template
from ledger.bank_statements.statement import Entry, Skipped
from ledger.bank_statements.text.table import Row, Table
from ledger.bank_statements.words.currency_signs import can_mean, meaning
from ledger.errors import InvalidLine, InvalidTime, LedgerError

_NOT_ZERO = frozenset("123456789")


def read_entries(
    table: Table, format: StatementFormat, currency: str, decimals: int
) -> tuple[list[Entry], list[Skipped]]:
    """The entries of a statement in the order of the file, and the lines that move no money.

    Args:
        format: a complete one.
        currency, decimals: the account's.

    Raises:
        InvalidInput: a line cannot be read; the error names it.
        CurrencyMismatch: an amount is in another currency.
    """
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    if not table.rows:
        return entries, skipped
    reader = EntryReader(table, format, currency, decimals)
    for row in table.rows:
        try:
            read = reader.read(row)
        except LedgerError as refusal:
            raise refusal.at_line(row.line) from None
        if isinstance(read, Entry):
            entries.append(read)
        else:
            skipped.append(read)
    return entries, skipped


class EntryReader:
    """Reads rows by a format; what is the same for all rows is worked out once."""

    def __init__(self, table: Table, format: StatementFormat, currency: str, decimals: int) -> None:
        assert format.date is not None
        self._currency = currency
        self._amount = amount_reader(table, format, currency, decimals)
        self._time = table.index_of(format.time) if format.time else None
        self._id = table.index_of(format.id) if format.id else None
        self._marks = EntryMarks(table, format)
        self._date_rule = format.date
        self._date = table.index_of(format.date)
        # No format is inferred where no entry has a date, so every such entry is refused.
        self._date_format = format.date_format or "%Y-%m-%d"
        self._moments: dict[str, date | datetime] = {}
        self._currency_rule = format.currency_column
        self._currency_column = (
            None if format.currency_column is None else table.index_of(format.currency_column)
        )
        self._rows = table.rows
        self._pieces, self._end = parse_template(format.description or "")
        self._fields = [_field(table, piece.field) for piece in self._pieces]
        if len(set(self._fields)) < len(self._fields):
            raise InvalidLine(
                "the rule description names a column twice",
                advice="name each column once",
                rule="description",
            ).at_line(table.header_line)

    def read(self, row: Row) -> Entry | Skipped:
        """The entry in a row, or why there is none.

        Raises:
            InvalidInput: the row cannot be read.
            CurrencyMismatch: it is in another currency.
        """
        cells = row.cells
        amount = self._amount(cells)
        if amount is None:
            return Skipped(row.line, "it has no amount")
        moment = self._moment(cells[self._date])
        if self._time is not None:
            moment = at_time(moment, cells[self._time])
        if amount == 0:
            return Skipped(row.line, "its amount is zero")
        if self._currency_column is not None:
            currency = cells[self._currency_column]
            if not can_mean(currency, self._currency):
                named = meaning(currency) or "no currency"
                way = self._leaving_out_currencies()
                raise currency_mismatch("the entry", named, self._currency, other_way=way)
        values = list(map(cells.__getitem__, self._fields))
        description = fill_template(self._pieces, self._end, values)
        return Entry(
            row.line,
            moment,
            amount,
            description,
            reference="" if self._id is None else cells[self._id],
            tags=self._marks.tags(cells, description),
            transfer_with=self._marks.transfer_with(description),
        )

    def _leaving_out_currencies(self) -> str:
        """How to import the entries in the account's currency alone, where there are some."""
        assert self._currency_column is not None
        found = list(dict.fromkeys(row.cells[self._currency_column] for row in self._rows))
        others = [text for text in found if not can_mean(text, self._currency)]
        if len(others) == len(found):
            return ""
        rule = in_toml({str(self._currency_rule): others})
        return (
            f"to import the lines in {self._currency} alone, add the rule skip = {rule}, and "
            "import the others into an account in their currency"
        )

    def _moment(self, day: str) -> date | datetime:
        if not day:
            rule = in_toml({str(self._date_rule): ""})
            raise InvalidTime(
                "there is an amount here, but no date",
                advice="if it is not booked yet, or no entry at all, leave such rows out with the "
                f"rule skip = {rule}",
                rule="skip",
            )
        moment = self._moments.get(day)
        if moment is None:
            moment = self._moments[day] = read_date(day, self._date_format)
        return moment


def _field(table: Table, field: str) -> int:
    """The index of the column that a description template names, or numbers."""
    if field.isdigit() and field.isascii() and field not in (table.header or ()):
        return table.index_of(int(field))
    return table.index_of(field)


# ── amounts ─────────────────────────────────────────────────────────────────────────────────────

SignedAmount = Callable[[list[str]], int | None]
"""Reads the signed amount of a row in minor units; None where there is none."""


def amount_reader(
    table: Table, format: StatementFormat, currency: str, decimals: int
) -> SignedAmount:
    """What reads the amounts of a table's rows by its columns.

    Raises:
        InvalidLine: a column is not there.
    """
    marks = format.decimal_mark or ".", format.thousands_mark or ""
    columns = [each for each in (format.amount, format.debit, format.credit) if each is not None]
    cells = (row.cells[index] for index in map(table.index_of, columns) for row in table.rows)
    thousandths = decimals == 2 and have_thousandths(cells, *marks)
    read = AmountReader(*marks, currency, decimals, has_thousandths=thousandths).read
    signed = _without_fee(read, table, format)
    if not format.fee:
        return signed
    fee = table.index_of(format.fee)

    def with_fee(cells: list[str]) -> int | None:
        amount = signed(cells)
        if not cells[fee]:
            return amount
        # A fee is money out, whichever sign the bank gives it.
        return (amount or 0) - abs(read(cells[fee]))

    return with_fee


def _without_fee(read: Callable[[str], int], table: Table, format: StatementFormat) -> SignedAmount:
    if format.debit is not None and format.credit is not None:
        debit, credit = table.index_of(format.debit), table.index_of(format.credit)
        if format.money_out in OF_TWO_COLUMNS:
            usual = usual_sign(row.cells[debit] for row in table.rows)
            return _with_contra_entries(read, debit, credit, usual, format.money_out == "sign")
        return _in_two_columns(read, debit, credit)
    assert format.amount is not None
    amount = table.index_of(format.amount)
    if format.direction is not None:
        words = _words(format.direction_out), _words(format.direction_in)
        return _with_direction(read, amount, table.index_of(format.direction), *words)
    return _in_one_column(read, amount, -1 if format.money_out == "positive" else 1)


def _in_one_column(read: Callable[[str], int], amount: int, sign: int) -> SignedAmount:
    def signed(cells: list[str]) -> int | None:
        text = cells[amount]
        if is_blank(text):
            return None
        minor_units = read(text)
        return minor_units if sign == 1 or direction_of(text) else -minor_units

    return signed


def _words(given: str | list[str] | None) -> list[str]:
    return given if isinstance(given, list) else [str(given)]


def _in_two_columns(read: Callable[[str], int], debit: int, credit: int) -> SignedAmount:
    earlier_debit = 0

    def signed(cells: list[str]) -> int | None:
        nonlocal earlier_debit
        no_out, no_in = is_blank(cells[debit]), is_blank(cells[credit])
        out = 0 if no_out else read(cells[debit])
        into = 0 if no_in else read(cells[credit])
        if out and direction_of(cells[debit]) == 1:
            raise _unclear_sign("debit", cells[debit], "it says that it is a credit")
        if out and into:
            raise _both(cells[debit], cells[credit])
        # Some banks write debits with a minus. A minus among debits without one would be a debit
        # taken back, and so would one among credits.
        if out and earlier_debit and (out > 0) != (earlier_debit > 0):
            raise _contra_entry("debit", cells[debit], "the debits before it have another")
        if into < 0:
            raise _contra_entry("credit", cells[credit], "credits mostly have no minus")
        earlier_debit = out or earlier_debit
        return None if no_out and no_in else into - abs(out)

    return signed


def _both(debit: str, credit: str) -> InvalidLine:
    return InvalidLine(
        f"there is both a debit, {debit!r}, and a credit, {credit!r}",
        advice="check that the rules debit and credit name the right columns",
        rule="debit",
    )


def usual_sign(debits: Iterable[str]) -> int:
    """The sign that most debits of a table have: some banks write them with a minus."""
    parts = [split_amount(text) for text in debits if not is_blank(text)]
    known = [each.negative for each in parts if each and set(each.number) & _NOT_ZERO]
    return -1 if 2 * sum(known) > len(known) else 1


def _with_contra_entries(
    read: Callable[[str], int], debit: int, credit: int, usual: int, do_signs_count: bool
) -> SignedAmount:
    """Amounts in two columns some of which have an unusual sign, of which a rule says what it is.

    Args:
        usual: the sign that debits have.
        do_signs_count: whether an amount of another sign takes one back.
    """

    def signed(cells: list[str]) -> int | None:
        no_out, no_in = is_blank(cells[debit]), is_blank(cells[credit])
        out = 0 if no_out else read(cells[debit])
        into = 0 if no_in else read(cells[credit])
        if out and into:
            raise _both(cells[debit], cells[credit])
        if no_out and no_in:
            return None
        return into - out * usual if do_signs_count else abs(into) - abs(out)

    return signed


def _with_direction(
    read: Callable[[str], int],
    amount: int,
    direction: int,
    words_out: list[str],
    words_in: list[str],
) -> SignedAmount:
    signs = {word.casefold(): 1 for word in words_in}
    signs |= {word.casefold(): -1 for word in words_out}
    earlier_out = 0

    def signed(cells: list[str]) -> int | None:
        if is_blank(cells[amount]):
            return None
        nonlocal earlier_out
        minor_units = read(cells[amount])
        word = cells[direction]
        sign = signs.get(word.casefold())
        if sign is None:
            raise InvalidLine(
                f"{word!r} means neither money out nor money in",
                advice="check the rules direction_out and direction_in; several words are a list, "
                f"as in direction_out = {in_rules([*words_out, word])}",
                rule="direction_out",
            )
        said = direction_of(cells[amount])
        if said not in (0, sign):
            raise _unclear_sign("amount", cells[amount], f"{cells[direction]!r} contradicts it")
        if minor_units and not said:
            # Some banks write money out with a minus as well; a minus among amounts without one
            # would take something back.
            if sign > 0 > minor_units:
                raise _unclear_sign("amount", cells[amount], f"{word!r} is money in")
            if sign < 0 and earlier_out and (minor_units > 0) != (earlier_out > 0):
                reason = "the money out before it has another"
                raise _unclear_sign("amount", cells[amount], reason)
            earlier_out = minor_units if sign < 0 else earlier_out
        return sign * abs(minor_units)

    return signed


def _contra_entry(column: str, text: str, reason: str) -> InvalidLine:
    back = "money in" if column == "debit" else "money out"
    way = "money out" if column == "debit" else "money in"
    return InvalidLine(
        f"the sign of the {column} {text!r} is unclear: {reason}",
        advice=f"if all in this column is {way}, whatever its sign, add the rule: money_out = "
        f'"column"; if it takes a {column} back, and is {back}: money_out = "sign"',
        rule="money_out",
    )


def _unclear_sign(column: str, text: str, reason: str) -> InvalidLine:
    return InvalidLine(
        f"the sign of the {column} {text!r} is unclear: {reason}",
        advice="correct the line in the file, or remove it and record the entry by hand",
    )
