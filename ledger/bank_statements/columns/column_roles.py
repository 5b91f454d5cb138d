"""Completing a format with the columns of a statement: what each is, and which way money goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec.structs import replace

from ledger.bank_statements.cells.dates import infer_date_format
from ledger.bank_statements.columns.amount_columns import (
    AmountColumns,
    amount_columns,
    currency_beside,
)
from ledger.bank_statements.columns.balance_check import moments_of
from ledger.bank_statements.columns.columns import (
    column_at,
    find_columns,
    words_of,
)
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.columns.descriptions import describe
from ledger.bank_statements.columns.direction import direction_of
from ledger.bank_statements.columns.direction_columns import is_memo
from ledger.bank_statements.columns.own_accounts import find_own_account
from ledger.bank_statements.columns.plain_numbers import PlainNumbers, plain_numbers
from ledger.bank_statements.columns.signed_values import signed_values
from ledger.bank_statements.columns.two_columns import direction_of_two
from ledger.bank_statements.columns.witness import Witness
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.text.table import Row, Table
from ledger.bank_statements.words.column_names import BALANCE_WORDS, EARLIER
from ledger.errors import LedgerError

_COLUMN_RULES: Final = (
    *("date", "amount", "debit", "credit", "direction", "currency_column", "balance"),
    *("own_account", "fee", "time", "id"),
)


def with_columns(
    table: Table, format: StatementFormat, currency: str | None, unbooked: Sequence[Row] = ()
) -> tuple[StatementFormat, list[str]]:
    """The format with the columns that the table shows, and notes on them.

    Args:
        format: given rules stay as they are.
        currency: the account's, where it is known.
        unbooked: rows that are left out, but show how amounts are written.

    Raises:
        InvalidInput: the table does not settle which columns are meant, or which way money goes.
    """
    try:
        return _Roles(table, format, currency, unbooked).complete()
    except LedgerError as refusal:
        raise refusal.at_line(table.header_line) from None


class _Roles:
    def __init__(
        self,
        table: Table,
        format: StatementFormat,
        currency: str | None,
        unbooked: Sequence[Row],
    ) -> None:
        self._unbooked = unbooked
        self._is_currency_given = bool(format.currency or format.currency_column)
        self._table = table
        self._format = format
        self._currency = currency
        self._contents = Contents(table)
        self._notes: list[str] = []
        self._readers: dict[tuple[int, ...], PlainNumbers | None] = {}

    def complete(self) -> tuple[StatementFormat, list[str]]:
        """Find one column after the other; each may depend on those before it."""
        self._find_date()
        self._find_currency()
        self._find_balance()
        self._find_own_account()
        named = self._find_amounts()
        self._name_currency(named)
        self._find_direction()
        self._check_two_columns()
        self._find_fee()
        if self._format.description is None:
            template, note = describe(
                self._contents,
                self._taken() - self._describing(),
                self._columns(("amount", "debit", "credit")),
            )
            self._format = replace(self._format, description=template)
            self._notes.append(note)
        return self._format, self._notes

    def _set(self, rule: str, index: int | None) -> None:
        if index is not None:
            column = column_at(index, self._contents.names)
            self._format = replace(self._format, **{rule: column})

    def _find_date(self) -> None:
        if self._format.date is not None:
            return
        found = [column.index for column in find_columns("date", self._contents.names)]
        dated = [index for index in found if self._contents.has_dates(index)]
        filled = [index for index in found if not self._contents.is_empty(index)]
        self._set("date", next(iter(dated or filled or found), None))

    def _find_currency(self) -> None:
        if self._format.currency is None and self._format.currency_column is None:
            found = find_columns("currency", self._contents.names)
            telling = (c.index for c in found if not self._contents.has_dates(c.index))
            self._set("currency_column", next(telling, None))

    def _find_balance(self) -> None:
        if self._format.balance is not None:
            return
        names = self._contents.names
        found = [column.index for column in find_columns("balance", names)]
        for index, name in enumerate(names):
            words = words_of(name)
            if index not in found and words & BALANCE_WORDS and not words & EARLIER:
                found.append(index)
        taken = self._taken()
        numbers = (
            index for index in found if index not in taken and self._contents.has_numbers(index)
        )
        self._set("balance", next(numbers, None))

    def _find_own_account(self) -> None:
        if self._format.own_account is None:
            self._set("own_account", find_own_account(self._contents))

    def _find_amounts(self) -> AmountColumns | None:
        if self._format.amount is not None or self._format.debit is not None:
            return None
        found = amount_columns(self._contents, self._format, self._currency, self._witness)
        if found is not None:
            rules = found.rules(self._contents.names)
            self._format = replace(self._format, **rules)
            if not (found.exact or self._is_currency_given):
                # The one of another name, since it is in the account's currency.
                self._set("currency_column", currency_beside(self._contents, found))
        return found

    def _name_currency(self, named: AmountColumns | None) -> None:
        """The currency that the amounts' columns name, unless there is a column of currencies."""
        format = self._format
        if named is None or not named.currencies or format.currency or format.currency_column:
            return
        if len(named.currencies) == 1:
            self._format = replace(format, currency=next(iter(named.currencies)))

    def _find_direction(self) -> None:
        format = self._format
        if format.amount is None or format.money_out is not None or format.direction is not None:
            return
        amount = self._table.index_of(format.amount)
        found = direction_of(
            self._contents,
            amount,
            numbers=self._numbers(),
            # Balances show nothing of amounts that are not there, or not readable.
            witness=self._witness() if self._contents.has_numbers(amount) else None,
            taken=self._taken(),
            unbooked=[row.cells[amount] for row in self._unbooked],
        )
        self._format = replace(format, **found.rules)
        self._notes.append(found.note)

    def _check_two_columns(self) -> None:
        format = self._format
        if format.debit is None or format.credit is None or format.money_out is not None:
            return
        debit, credit = self._table.index_of(format.debit), self._table.index_of(format.credit)
        found = direction_of_two(self._contents, debit, credit, self._numbers(), self._witness())
        if found is not None:
            self._format = replace(format, money_out=found)

    def _find_fee(self) -> None:
        """A fee that is taken besides the amount, if the balances agree only then."""
        if self._format.fee is not None:
            return
        for column in find_columns("fee", self._contents.names):
            numbers = self._numbers(column.index)
            fees = numbers and numbers.read_all(self._contents.cells(column.index))
            if not numbers or not fees or not any(fees) or column.index in self._taken():
                continue
            amounts, witness = self._signed(numbers), self._witness()
            if amounts is None or witness is None:
                return
            less = [
                None if amount is None else amount - abs(fee or 0)
                for amount, fee in zip(amounts, fees, strict=True)
            ]
            without, with_fees = witness.agreement(amounts), witness.agreement(less)
            name = column_at(column.index, self._contents.names)
            if with_fees > without:
                self._set("fee", column.index)
                self._notes.append(
                    f"the fees in the column {name!r} are taken besides the amounts, as the "
                    "balance column shows"
                )
            elif not without.is_most:
                self._notes.append(
                    f"the column {name!r} has fees, and nothing shows whether the amounts include "
                    "them; if they do not, write the rule fee"
                )
            return

    def _signed(self, numbers: PlainNumbers) -> list[int | None] | None:
        """The signed amounts; None where their signs are not known here."""
        return signed_values(self._table, self._format, numbers)

    def _columns(self, rules: Sequence[str]) -> list[int]:
        given = [getattr(self._format, rule) for rule in rules]
        return [self._table.index_of(column) for column in given if column not in (None, "")]

    def _numbers(self, *more: int) -> PlainNumbers | None:
        columns = (*self._columns(("amount", "debit", "credit", "balance")), *more)
        if columns not in self._readers:
            self._readers[columns] = plain_numbers(
                self._contents, columns, self._format, self._currency
            )
        return self._readers[columns]

    def _witness(self) -> Witness | None:
        """The balances, if there are any."""
        if not self._format.balance or not self._contents.rows:
            return None
        index = self._table.index_of(self._format.balance)
        numbers = self._numbers()
        if numbers is None:
            return None
        balances = numbers.read_all(self._contents.cells(index))
        own = self._columns(("own_account",))
        accounts = self._contents.cells(own[0]) if own else None
        return Witness(balances, self._moments(), accounts)

    def _taken(self) -> frozenset[int]:
        """The columns that the format uses already."""
        return frozenset(self._columns(_COLUMN_RULES))

    def _describing(self) -> frozenset[int]:
        """A column of directions that describes the entries, too."""
        names = self._contents.names
        return frozenset(i for i in self._columns(("direction",)) if is_memo(names[i]))

    def _moments(self) -> list[date | None]:
        """The moments of the rows, if the dates show how they are written."""
        format = self._format
        if format.date is not None and format.date_format is None:
            try:
                date_format = infer_date_format(self._table.cells(format.date))
            except LedgerError:
                date_format = None
            format = replace(format, date_format=date_format)
        return moments_of(self._table, format)
