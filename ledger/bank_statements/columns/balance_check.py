"""The balances that a statement states beside its entries, and whether they agree with these."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from ledger.bank_statements.cells.amounts import split_amount
from ledger.bank_statements.cells.dates import day_of, read_date
from ledger.bank_statements.columns.plain_numbers import PlainNumbers
from ledger.bank_statements.columns.witness import Link, Order, Witness, links, orders
from ledger.bank_statements.rules.statement_format import Column, StatementFormat
from ledger.bank_statements.statement import Entry, StatedBalance
from ledger.bank_statements.text.table import Row, Table
from ledger.domain.money import format_minor_units
from ledger.errors import InvalidLine, LedgerError

_MOST_GAPS = 10
_ENOUGH = 3
"""Links none of which agrees, so that the balances are no witness."""


class CheckedBalances(msgspec.Struct, frozen=True):
    """What the balances of one account's entries say.

    Attributes:
        entries: with their balances, in the order of the file.
        newest_first: the order that the balances show; None where they show none.
        opening, closing: the balances before the first entry and after the last one.
        notes: where the balances do not agree.
    """

    entries: list[Entry]
    newest_first: bool | None = None
    opening: StatedBalance | None = None
    closing: StatedBalance | None = None
    notes: tuple[str, ...] = ()


def with_signs(table: Table, format: StatementFormat) -> Table:
    """A table whose amounts have the signs that the balances show.

    Raises:
        InvalidLine: an amount has no sign, and the balances show none; the error names the line.
    """
    assert format.amount is not None
    assert format.balance is not None
    amount, balance = table.index_of(format.amount), table.index_of(format.balance)
    numbers = PlainNumbers(format.decimal_mark or ".", format.thousands_mark or "")
    amounts = numbers.read_all(row.cells[amount] for row in table.rows)
    balances = numbers.read_all(row.cells[balance] for row in table.rows)
    accounts = None
    if format.own_account:
        own = table.index_of(format.own_account)
        accounts = [row.cells[own] for row in table.rows]
    signs, _ = Witness(balances, moments_of(table, format), accounts).signs(amounts)
    rows = []
    for row, sign, value in zip(table.rows, signs, amounts, strict=True):
        text = row.cells[amount]
        parts = split_amount(text)
        if value and parts is not None and not parts.signed:
            if sign is None:
                raise InvalidLine(
                    f"the balance column does not show which way the {text!r} went",
                    advice="write a plus or a minus before it in the file, or use a statement that "
                    "begins earlier",
                    rule="money_out",
                ).at_line(row.line)
            signed = ("-" if sign < 0 else "") + text
            row = Row(row.line, [*row.cells[:amount], signed, *row.cells[amount + 1 :]])
        rows.append(row)
    return msgspec.structs.replace(table, rows=rows)


def moments_of(table: Table, format: StatementFormat) -> list[date | None]:
    """The moment of each row; None where there is none that can be read."""
    if format.date is None or format.date_format is None:
        return [None] * len(table.rows)
    index = table.index_of(format.date)
    read: dict[str, date | None] = {}
    for row in table.rows:
        text = row.cells[index]
        if text not in read:
            try:
                read[text] = read_date(text, format.date_format)
            except LedgerError:
                read[text] = None
    return [read[row.cells[index]] for row in table.rows]


def check_balances(
    table: Table,
    format: StatementFormat,
    entries: Sequence[Entry],
    decimals: int,
) -> CheckedBalances:
    """Compare the balances with the entries of one account.

    Args:
        format: a complete one.
        decimals: the account's.
    """
    entries = list(entries)
    if not format.balance:
        return CheckedBalances(entries)
    index = table.index_of(format.balance)
    lines = {row.line: row.cells[index] for row in table.rows}
    numbers = PlainNumbers(format.decimal_mark or ".", format.thousands_mark or "")
    balances = [numbers.minor_units(lines[entry.line], decimals) for entry in entries]
    entries = _with_balances(entries, balances)
    if all(entry.balance_minor is None for entry in entries):
        return CheckedBalances(entries)
    chain = _best_chain(entries)
    if not chain.agrees:
        entries = _once_a_day(entries)
        chain = _best_chain(entries)
    notes: list[str] = []
    if not chain.agrees:
        owed = _with_balances(
            entries, [each.balance_minor and -each.balance_minor for each in entries]
        )
        other = _best_chain(owed)
        if other.agrees:
            entries, chain = owed, other
            notes.append(
                f"{_shown(format.balance)} agrees with the amounts only as what is owed, and is "
                "taken for that; if it is what is there, the direction of the amounts is wrong"
            )
    if not chain.agreeing and len(chain.links) >= _ENOUGH:
        return CheckedBalances(
            _with_balances(entries, [None] * len(entries)),
            notes=(
                f"no line of {_shown(format.balance)} agrees with the amounts, so it is not used; "
                'if it has no balances, add the rule: balance = ""',
            ),
        )
    notes += _gaps(entries, chain, format.balance, decimals)
    return CheckedBalances(
        entries,
        chain.newest_first if chain.agreeing else None,
        _opening(entries, chain.order),
        _closing(entries, chain.order),
        tuple(notes),
    )


def _with_balances(entries: Sequence[Entry], balances: Sequence[int | None]) -> list[Entry]:
    pairs = zip(entries, balances, strict=True)
    return [msgspec.structs.replace(entry, balance_minor=balance) for entry, balance in pairs]


def _once_a_day(entries: list[Entry]) -> list[Entry]:
    """The entries with a balance for the last one of a day only, if all of each day have the same.

    Which of a day is the last one, such a statement does not say: it is taken to be in the order of
    its days.
    """
    balances: dict[date, set[int | None]] = {}
    for entry in entries:
        balances.setdefault(day_of(entry.moment), set()).add(entry.balance_minor)
    if len(balances) in (1, len(entries)) or any(len(each) > 1 for each in balances.values()):
        return entries
    days = list(balances)
    last: dict[date, int] = {}
    for index, entry in enumerate(entries):
        if days[0] <= days[-1]:
            last[day_of(entry.moment)] = index
        else:
            last.setdefault(day_of(entry.moment), index)
    kept = set(last.values())
    return _with_balances(
        entries, [entry.balance_minor if i in kept else None for i, entry in enumerate(entries)]
    )


class _Chain(NamedTuple):
    """The balances in an order; newest first is None where several orders agree as well."""

    order: Order
    newest_first: bool | None
    links: list[Link]
    agreeing: int

    @property
    def agrees(self) -> bool:
        return 2 * self.agreeing > len(self.links)


def _best_chain(entries: Sequence[Entry]) -> _Chain:
    """The order in which the balances agree with the amounts best."""
    amounts = [entry.amount_minor for entry in entries]
    balances = [entry.balance_minor for entry in entries]
    chains = []
    for newest_first, order in orders([entry.moment for entry in entries]):
        found = list(links(order, amounts, balances))
        agreeing = sum(link.change == link.expected for link in found)
        chains.append(_Chain(order, newest_first, found, agreeing))
    best = max(chains, key=lambda each: each.agreeing)
    rivals = {each.newest_first for each in chains if each.agreeing == best.agreeing}
    return best if len(rivals) == 1 else best._replace(newest_first=None)


def _opening(entries: Sequence[Entry], order: Order) -> StatedBalance | None:
    """The balance before the first entry: the first one that is stated, without what led to it."""
    passed = 0
    for index in order:
        entry = entries[index]
        passed += entry.amount_minor
        if entry.balance_minor is not None:
            return StatedBalance(entry.line, entry.balance_minor - passed, None)
    return None


def _closing(entries: Sequence[Entry], order: Order) -> StatedBalance | None:
    last = entries[order[-1]]
    if last.balance_minor is None:
        return None
    return StatedBalance(last.line, last.balance_minor, day_of(last.moment))


def _gaps(entries: Sequence[Entry], chain: _Chain, column: Column, decimals: int) -> list[str]:
    """Where money is missing between two balances, the first ten of them with lines and amounts."""
    gaps = [link for link in chain.links if link.change != link.expected]
    notes = []
    for gap in gaps[:_MOST_GAPS]:
        missing = gap.change - gap.expected
        first, second = sorted((entries[gap.before].line, entries[gap.row].line))
        amount = format_minor_units(abs(missing), decimals)
        way = "in" if missing > 0 else "out"
        notes.append(
            f"{_shown(column)} does not agree: {amount} are missing between lines {first} and "
            f"{second} (money {way})"
        )
    if len(gaps) > _MOST_GAPS:
        notes.append(f"{_shown(column)} does not agree in {len(gaps) - _MOST_GAPS} more places")
    return notes


def _shown(column: Column) -> str:
    return f"the {column} column" if isinstance(column, str) else f"column {column}"
