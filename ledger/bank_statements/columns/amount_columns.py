"""Which column of a statement is the amount, or which two are debits and credits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from ledger.bank_statements.columns.columns import (
    NamedColumn,
    column_at,
    find_column,
    find_columns,
    in_rules,
    lone_amounts,
    loose_amounts,
    words_of,
)
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.columns.plain_numbers import BareDigits, plain_numbers
from ledger.bank_statements.columns.witness import Agreement, Witness
from ledger.bank_statements.rules.statement_format import OF_TWO_COLUMNS, Column, StatementFormat
from ledger.bank_statements.text.table import Row, listed
from ledger.bank_statements.words.column_names import FOREIGN
from ledger.bank_statements.words.currency_signs import can_mean, possible_currencies
from ledger.bank_statements.words.plain import plain
from ledger.errors import InvalidLine, LedgerError

_CURRENCY_WORDS: Final = frozenset(
    ["currency", "ccy", "curr", "devise", "divisa", "moneda", "moeda", "munt"]
)

_MOST_CANDIDATES: Final = 12


class AmountColumns(msgspec.Struct, frozen=True):
    """A way to read the amounts: from one column, or from two.

    Attributes:
        amount, debit, credit: indexes; either the first, or the others.
        currencies: what the names can mean for the currency, if they say something.
        exact: whether banks that are known call them so.
    """

    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    currencies: frozenset[str] | None = None
    exact: bool = True

    @property
    def indexes(self) -> list[int]:
        return [index for index in (self.amount, self.debit, self.credit) if index is not None]

    def rules(self, names: Sequence[str]) -> dict[str, Column]:
        """The rules that name the columns."""
        return {
            rule: column_at(index, names)
            for rule in ("amount", "debit", "credit")
            if (index := getattr(self, rule)) is not None
        }


Values = list[int | None]


def amount_columns(
    contents: Contents,
    format: StatementFormat,
    currency: str | None,
    find_witness: Callable[[], Witness | None],
) -> AmountColumns | None:
    """The columns of the amounts; None where the header has none.

    Args:
        format: without a rule for them.
        currency: the account's, where it is known.
        find_witness: finds the balances, where they are needed.

    Raises:
        InvalidLine: several columns could be the amount, and they differ; or there are columns of
            debits and credits alone, and a rule that is for a single column.
    """
    found = _candidates(contents)
    rule = "direction" if format.direction is not None else "money_out"
    if getattr(format, rule) not in (None, *OF_TWO_COLUMNS):
        found = _single(found, rule)
    if len(found) < 2:
        return found[0] if found else None
    if len(found) > _MOST_CANDIDATES:  # each would be compared with each other one
        raise _too_many(contents, found)
    indexes = sorted({index for each in found for index in each.indexes})
    numbers = plain_numbers(contents, indexes, format, currency)
    are_known = numbers is not None
    if numbers is None:
        numbers = BareDigits()
    cells = {index: numbers.read_all(contents.cells(index)) for index in indexes}
    values = {each: _values(each, cells) for each in found}
    found = _different(found, values)
    if len(found) > 1:
        found = _in_currency(contents, found, values, currency or format.currency)
    witness = find_witness() if are_known and len(found) > 1 else None
    if witness is not None:
        found = _agreeing(found, values, witness)
    differing = (
        row
        for row, *cells in zip(contents.rows, *(values[each] for each in found), strict=True)
        if len(set(cells)) > 1
    )
    row = next(differing, None)
    if row is not None:
        raise _ask(contents, found, row)
    return found[0]  # where several are left, none of them has an amount that is readable


def _single(found: list[AmountColumns], rule: str) -> list[AmountColumns]:
    single = [each for each in found if each.amount is not None]
    if found and not single:
        raise InvalidLine(
            f"the rule {rule} is for amounts in one column, and this table has one of debits and "
            "one of credits",
            advice=f"remove {rule}, or name the column of the amounts with the rule amount",
            rule=rule,
        )
    return single


def _candidates(contents: Contents) -> list[AmountColumns]:
    """The columns that a name makes the amounts, without those that their cells rule out."""
    names = contents.names
    exact = find_columns("amount", names)
    seen = {column.index for column in exact}
    loose = [column for column in loose_amounts(names) if column.index not in seen]
    one = [_one(column, exact=True) for column in exact]
    debit, credit = (_first_numbers(contents, role) for role in ("debit", "credit"))
    two = []
    if debit is not None and credit is not None and debit.index != credit.index:
        currencies = debit.currencies or credit.currencies
        two = [AmountColumns(None, debit.index, credit.index, currencies)]
    everything = one + two + [_one(column, exact=False) for column in loose]
    everything = everything or [_one(column, exact=False) for column in lone_amounts(names)]
    filled = [each for each in everything if _has_amounts(contents, each)]
    return filled or everything[:1]


def _first_numbers(contents: Contents, role: str) -> NamedColumn | None:
    """The first column of a role with numbers, or else without texts, or else of any cells."""
    named = find_columns(role, contents.names)
    filled = [column for column in named if contents.has_numbers(column.index)]
    without_texts = [column for column in named if not contents.has_text(column.index)]
    return next(iter(filled or without_texts or named), None)


def _has_amounts(contents: Contents, columns: AmountColumns) -> bool:
    filled = [index for index in columns.indexes if not contents.is_empty(index)]
    if columns.exact and columns.amount is not None:  # amounts that are not readable are refused
        return contents.has_numbers(columns.amount) or (
            contents.has_digits(columns.amount) and not contents.has_dates(columns.amount)
        )
    return bool(filled) and all(map(contents.has_numbers, filled))


def _one(column: NamedColumn, *, exact: bool) -> AmountColumns:
    return AmountColumns(column.index, currencies=column.currencies, exact=exact)


def _values(columns: AmountColumns, cells: dict[int, Values]) -> Values:
    if columns.amount is not None:
        return cells[columns.amount]
    assert columns.debit is not None
    assert columns.credit is not None
    return [
        None if out is None and into is None else (into or 0) - abs(out or 0)
        for out, into in zip(cells[columns.debit], cells[columns.credit], strict=True)
    ]


def _different(
    found: list[AmountColumns], values: dict[AmountColumns, Values]
) -> list[AmountColumns]:
    """The columns without those that say the same as others; the ones that say more stay."""
    kept: list[AmountColumns] = []
    for each in found:
        if not each.exact and kept and not any(_differ(values[each], values[k]) for k in kept):
            continue  # it has what others have, or rows that they leave empty, such as details
        for number, other in enumerate(kept):
            if _same(values[each], values[other]):
                if _filled(values[each]) > _filled(values[other]):
                    kept[number] = each
                break
            # Unsigned amounts beside debits and credits of the same size: these have the sign.
            if each.amount is None and _same_size(values[each], values[other]):
                kept[number] = each
                break
        else:
            kept.append(each)
    return kept


def _differ(values: Values, others: Values) -> bool:
    """Whether a row has both, and they are not the same."""
    pairs = zip(values, others, strict=True)
    return any(one != other for one, other in pairs if None not in (one, other))


def _filled(values: Values) -> int:
    return len(values) - values.count(None)


def _same(values: Values, others: Values) -> bool:
    pairs = [pair for pair in zip(values, others, strict=True) if None not in pair]
    return bool(pairs) and all(one == other for one, other in pairs)


def _same_size(values: Values, others: Values) -> bool:
    """Whether they differ in their signs alone: the others have none, or only the wrong ones."""

    def sizes(those: Values) -> Values:
        return [None if value is None else abs(value) for value in those]

    turned = [None if other is None else -other for other in others]
    return _same(sizes(values), sizes(others)) and (
        all((other or 0) >= 0 for other in others) or _same(values, turned)
    )


def _in_currency(
    contents: Contents,
    found: list[AmountColumns],
    values: dict[AmountColumns, Values],
    currency: str | None,
) -> list[AmountColumns]:
    """The columns that may be in the account's currency; all of them where nothing tells."""
    names = contents.names
    left = [each for each in found if not _is_foreign(each, names, currency)] or found
    if len(left) < 2:
        return left
    first = values[left[0]]
    differing = [
        row
        for index, row in enumerate(contents.rows)
        if any(values[each][index] != first[index] for each in left[1:])
    ]
    beside = {each: currency_beside(contents, each) for each in left}
    if currency is None:  # the account has one currency only
        constant = [
            each
            for each, column in beside.items()
            if column is not None and len(contents.words(column, 1) or ()) == 1
        ]
        return constant if len(constant) == 1 else left
    telling = [
        each
        for each, column in beside.items()
        if column is not None and all(can_mean(row.cells[column], currency) for row in differing)
    ]
    others = [
        each
        for each, column in beside.items()
        if column is not None
        and not any(can_mean(row.cells[column], currency) for row in differing)
    ]
    if len(telling) == 1 and len(others) == len(left) - 1:
        return telling
    return [each for each in left if each not in others] or left


def _is_foreign(columns: AmountColumns, names: Sequence[str], currency: str | None) -> bool:
    if currency is not None and columns.currencies is not None:
        return currency not in columns.currencies
    return not columns.exact and any(words_of(names[i]) & FOREIGN for i in columns.indexes)


def currency_beside(contents: Contents, columns: AmountColumns) -> int | None:
    """The column with the currency of an amount: the one after it, or before it."""
    for index in (columns.indexes[-1] + 1, columns.indexes[0] - 1):
        if 0 <= index < len(contents.names) and _has_currencies(contents, index):
            return index
    return None


def _has_currencies(contents: Contents, index: int) -> bool:
    words = contents.words(index, 50)
    named = bool(find_column("currency", [contents.names[index]])) or bool(
        set(plain(contents.names[index]).split()) & _CURRENCY_WORDS
    )
    return bool(words) and named and all(possible_currencies(word) for word in words or ())


def _agreeing(
    found: list[AmountColumns], values: dict[AmountColumns, Values], witness: Witness
) -> list[AmountColumns]:
    """The columns that agree with the balances best; all of them where several do, or none."""
    scores = {each: _score(values[each], witness) for each in found}
    best = max(scores.values())
    if not best.agreeing:
        return found
    return [each for each, score in scores.items() if score == best]


def _score(values: Values, witness: Witness) -> Agreement:
    turned = [None if value is None else -value for value in values]
    return max(witness.agreement(values), witness.agreement(turned), witness.signs(values)[1])


def _ask(contents: Contents, found: Sequence[AmountColumns], row: Row) -> LedgerError:
    names = contents.names

    def shown(each: AmountColumns) -> str:
        return " and ".join(
            f"{column!r} ({row.cells[index]!r} here)"
            for column, index in zip(each.rules(names).values(), each.indexes, strict=True)
        )

    def rule(each: AmountColumns) -> str:
        return " and ".join(
            f"{name} = {in_rules(value)}" for name, value in each.rules(names).items()
        )

    return InvalidLine(
        "several columns could be the amount, and they differ: "
        + listed(list(map(shown, found)), ", "),
        advice="add one of these rules: " + listed(list(map(rule, found)), " or "),
        rule="amount",
    ).at_line(row.line)


def _too_many(contents: Contents, found: Sequence[AmountColumns]) -> LedgerError:
    names = [repr(column) for each in found for column in each.rules(contents.names).values()]
    return InvalidLine(
        f"{len(found)} columns could be the amount: {listed(names, ', ')}",
        advice="name the right one with the rule amount",
        rule="amount",
    )
