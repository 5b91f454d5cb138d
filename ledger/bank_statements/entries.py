"""From the rows of a statement to its entries: dated, signed, described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec

from ledger.bank_statements.amounts import AmountReader
from ledger.bank_statements.columns import place_of
from ledger.bank_statements.dates import read_date
from ledger.bank_statements.rows import QUOTE, Row, no_table, rows_of
from ledger.bank_statements.statement_format import Column, StatementFormat
from ledger.bank_statements.template import fields_of, fill
from ledger.errors import CurrencyMismatch, InvalidLine, LedgerError


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A line of a statement that moves money.

    Attributes:
        line: of the file, from 1.
        moment: its day, or its day and time.
        amount: signed minor units, never 0; negative for money out.
    """

    line: int
    moment: date | datetime
    amount: int
    description: str


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A line of a statement that moves no money, and why."""

    line: int
    reason: str


class Table(msgspec.Struct, frozen=True):
    """The rows below a statement's names of columns, and those names, where it has them."""

    header: list[str] | None
    header_line: int
    rows: list[Row]

    @property
    def width(self) -> int:
        """How many columns it has."""
        if self.header is not None:
            return len(self.header)
        return len(self.rows[0].cells) if self.rows else 0

    def place(self, column: Column) -> int:
        """The place of a column, from 0.

        Raises:
            InvalidLine: there is none; the line of the names is named.
        """
        try:
            return place_of(column, self.header, self.width)
        except LedgerError as refusal:
            raise refusal.at_line(self.header_line) from None


def read_table(lines: Sequence[str], rules: StatementFormat) -> Table:
    """The table in the lines of a statement, by rules that say at least where and how it stands.

    Raises:
        InvalidLine: a row cannot be read.
    """
    assert rules.delimiter is not None
    rows = list(
        rows_of(
            lines,
            delimiter=rules.delimiter,
            quote=QUOTE if rules.quote is None else rules.quote,
            skip_top=rules.skip_top or 0,
            skip_bottom=rules.skip_bottom or 0,
        )
    )
    if not rows:
        raise no_table()
    if not rules.header:
        return Table(None, rows[0].line, rows)
    header = rows[0].cells
    while header and not header[-1]:  # a delimiter at the end of each line
        header = header[:-1]
    return Table(header, rows[0].line, rows[1:])


def read_entries(
    table: Table, rules: StatementFormat, currency: str
) -> tuple[list[Entry], list[Skipped]]:
    """The entries of a statement in the order of the file, and the lines that are none.

    Args:
        rules: complete ones.
        currency: the account's.

    Raises:
        InvalidInput: a line cannot be read; it is named.
        CurrencyMismatch: an amount is in another currency.
    """
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    if not table.rows:
        return entries, skipped
    reader = EntryReader(table, rules, currency)
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
    """Reads rows by rules."""

    def __init__(self, table: Table, rules: StatementFormat, currency: str) -> None:
        assert rules.date is not None
        assert rules.date_format is not None
        self._rules = rules
        self._currency = currency
        self._amounts = AmountReader(
            rules.decimal_mark or ".", rules.thousands_mark or "", currency
        )
        self._date = table.place(rules.date)
        self._date_format = rules.date_format
        self._dates: dict[str, date | datetime] = {}
        self._amount = self._amount_reader(table)
        self._currency_place = (
            None if rules.currency_column is None else table.place(rules.currency_column)
        )
        self._pieces, self._end = fields_of(rules.description or "")
        self._fields = [self._field(table, piece.field) for piece in self._pieces]

    def read(self, row: Row) -> Entry | Skipped:
        """The entry that a row is, or why it is none.

        Raises:
            InvalidInput: it cannot be read.
            CurrencyMismatch: it is in another currency.
        """
        amount = self._amount(row.cells)
        if amount is None:
            return Skipped(row.line, "it has no amount")
        moment = self._moment(row.cells[self._date])
        if amount == 0:
            return Skipped(row.line, "its amount is zero")
        if self._currency_place is not None:
            self._check_currency(row.cells[self._currency_place])
        values = [row.cells[place] for place in self._fields]
        return Entry(row.line, moment, amount, fill(self._pieces, self._end, values))

    def _moment(self, text: str) -> date | datetime:
        moment = self._dates.get(text)
        if moment is None:
            moment = self._dates[text] = read_date(text, self._date_format)
        return moment

    def _check_currency(self, currency: str) -> None:
        if currency != self._currency:
            raise CurrencyMismatch(
                f"the entry is in {currency or 'no currency'}, and the account in {self._currency}",
                advice="ledger does not convert: import it into an account of its currency",
                currency=self._currency,
            )

    def _field(self, table: Table, field: str) -> int:
        if field.isdigit() and field.isascii() and field not in (table.header or ()):
            return table.place(int(field))
        return table.place(field)

    # ── amounts ─────────────────────────────────────────────────────────────────────────────────

    def _amount_reader(self, table: Table) -> Callable[[list[str]], int | None]:
        """What reads the signed amount of a row; it gives None where there is none."""
        rules = self._rules
        if rules.debit is not None and rules.credit is not None:
            return self._in_two_columns(table.place(rules.debit), table.place(rules.credit))
        assert rules.amount is not None
        place = table.place(rules.amount)
        if rules.direction is not None:
            return self._with_direction(place, table.place(rules.direction))
        sign = -1 if rules.money_out == "positive" else 1

        def signed(cells: list[str]) -> int | None:
            return sign * self._amounts.read(cells[place]) if cells[place] else None

        return signed

    def _in_two_columns(self, debit: int, credit: int) -> Callable[[list[str]], int | None]:
        debit_sign = 0

        def read(cells: list[str]) -> int | None:
            nonlocal debit_sign
            out = self._amounts.read(cells[debit]) if cells[debit] else 0
            into = self._amounts.read(cells[credit]) if cells[credit] else 0
            if out and into:
                raise InvalidLine(
                    f"there is a debit, {cells[debit]!r}, and a credit, {cells[credit]!r}",
                    advice="name the two columns by the rules debit and credit",
                )
            # Some banks write debits with a minus; a minus among debits without one would be a
            # debit taken back, and so would one among credits.
            if out and debit_sign and (out > 0) != (debit_sign > 0):
                raise _sign_in_column("debit", cells[debit])
            if into < 0:
                raise _sign_in_column("credit", cells[credit])
            debit_sign = out or debit_sign
            return into - abs(out) if cells[debit] or cells[credit] else None

        return read

    def _with_direction(self, amount: int, direction: int) -> Callable[[list[str]], int | None]:
        signs = {
            str(self._rules.direction_in).casefold(): 1,
            str(self._rules.direction_out).casefold(): -1,
        }

        def read(cells: list[str]) -> int | None:
            if not cells[amount]:
                return None
            minor_units = self._amounts.read(cells[amount])
            sign = signs.get(cells[direction].casefold())
            if sign is None:
                raise InvalidLine(
                    f"{cells[direction]!r} says neither money out nor money in",
                    advice="see direction_out and direction_in in the rules",
                )
            if minor_units < 0:
                raise _sign_in_column("amount", cells[amount])
            return sign * minor_units

        return read


def _sign_in_column(column: str, text: str) -> InvalidLine:
    return InvalidLine(
        f"the sign of the {column} {text!r} is not clear: others have another, or it has none",
        advice="correct it in the file, or leave the line out and type the command for it",
    )
