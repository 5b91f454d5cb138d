"""Finding the columns of a statement: by name, by number, and by the names that banks use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

import msgspec

from ledger.bank_statements.rules.statement_format import Column, StatementFormat
from ledger.bank_statements.rules.template import in_braces
from ledger.bank_statements.words.column_names import AMOUNT_WORDS, NAMES, NOT_AN_ENTRY, SPENDING
from ledger.bank_statements.words.currency_signs import possible_currencies, sign_in
from ledger.bank_statements.words.plain import plain

_IN_CAMELS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Between the words of *dateOp*."""
_LONGEST: Final = 200
"""Characters; no bank calls a column by so many, and each of the first rows may be the header."""


_MOST_WORDS: Final = 6

_RANKS: Final = {
    role: {name: rank for rank, name in enumerate(names)} for role, names in NAMES.items()
}

_KNOWN: Final = frozenset(name for names in NAMES.values() for name in names)


class NamedColumn(msgspec.Struct, frozen=True):
    """A column by its index, and the currencies that its name can mean for its amounts, if any."""

    index: int
    currencies: frozenset[str] | None = None


def column_at(index: int, header: Sequence[str]) -> Column:
    """How a format names a column: by its name if no other column has it, else by its number."""
    name = header[index]
    folded = [each.casefold() for each in header]
    return name if name and folded.count(name.casefold()) == 1 else index + 1


def template_field(index: int, header: Sequence[str]) -> str:
    """How a description template names a column."""
    column = column_at(index, header)
    named = in_braces(column) if isinstance(column, str) and not column.isdigit() else None
    return named or f"{{{index + 1}}}"


def find_column(role: str, header: Sequence[str]) -> NamedColumn | None:
    """The column of a header that has a role by its name, the better name first."""
    found = find_columns(role, header)
    if role == "amount":
        found = found or loose_amounts(header) or lone_amounts(header)
    return next(iter(found), None)


def find_columns(role: str, header: Sequence[str]) -> list[NamedColumn]:
    """All columns of a header that have a role by their names, the better names first."""
    ranks = _RANKS[role]
    if role == "credit" and not any(words_of(name) & SPENDING for name in header):
        # Beside purchases, payments are money in; beside receipts, they are money out.
        ranks = {name: rank for name, rank in ranks.items() if name != "payments"}
    found: list[tuple[int, int, NamedColumn]] = []
    for index, name in enumerate(header):
        ranked = [
            (ranks[spelled], index, NamedColumn(index, currencies))
            for spelled, currencies in spellings(name).items()
            if spelled in ranks
        ]
        found += [min(ranked, key=itemgetter(0))] if ranked else []
    return [column for _, _, column in sorted(found, key=itemgetter(0, 1))]


def loose_amounts(header: Sequence[str]) -> list[NamedColumn]:
    """Columns that may be amounts although their names are not known.

    Such are *Local amount*, *Betrag in Kontowährung*, and a currency alone, such as ``CAD$``.
    """
    found = []
    for index, name in enumerate(header):
        if len(name) > _LONGEST:
            continue
        words = words_of(name)
        if any(spelled in _KNOWN for spelled in spellings(name)):
            continue
        if len(words) <= _MOST_WORDS and words & AMOUNT_WORDS and not words & NOT_AN_ENTRY:
            found.append(NamedColumn(index, next(reversed(spellings(name).values()))))
        elif currencies := (possible_currencies(name) if len(name) > 2 else None):
            found.append(NamedColumn(index, currencies))
    return found


def lone_amounts(header: Sequence[str]) -> list[NamedColumn]:
    """Columns that may be amounts if a header has no others, such as *Charge*."""
    return [
        NamedColumn(index)
        for index, name in enumerate(header)
        if any(spelled in SPENDING for spelled in spellings(name))
    ]


def words_of(name: str) -> frozenset[str]:
    """The words of a column's name, without accents and punctuation."""
    return frozenset(next(iter(spellings(name)), "").split())


def is_header(cells: Sequence[str], format: StatementFormat) -> bool:
    """Whether a row has a date column and an amount column, or two, as the format or banks call
    them."""

    if len(cells) < 2:  # most lines, where another delimiter is tried
        return False

    def has(role: str) -> bool:
        column = getattr(format, role)
        if column is None:
            return find_column(role, cells) is not None
        if isinstance(column, int):
            return column <= len(cells)
        return column.casefold() in (name.casefold() for name in cells)

    def differ(role: str, other: str) -> bool:
        """Whether there are a column for each, not one whose name may mean either: *Valor*."""
        if (getattr(format, role), getattr(format, other)) != (None, None):
            return True
        named = find_columns(role, cells) + find_columns(other, cells) + loose_amounts(cells)
        named += lone_amounts(cells)
        return len({column.index for column in named}) > 1

    wants_two = format.debit is not None
    return has("date") and (
        (not wants_two and has("amount") and differ("date", "amount"))
        or (format.amount is None and has("debit") and has("credit"))
    )


def spellings(name: str) -> dict[str, frozenset[str] | None]:
    """The ways to read a column's name, without accents and punctuation, each with its currencies.

    ``Betrag (EUR)`` and ``Umsatz in €`` are read as *betrag* and *umsatz*.
    """
    if len(name) > _LONGEST:
        return {}
    bare = plain(name)
    sign = sign_in(name)
    if sign is None:
        return {bare: None, plain(_IN_CAMELS.sub(" ", name)): None}
    possible = possible_currencies(sign.group())
    rest = plain(name[: sign.start()] + name[sign.end() :])
    return {bare: possible, rest: possible, rest.removesuffix(" in"): possible}


def in_rules(value: str | int | list[str]) -> str:
    """A value as rules write it, for messages."""
    if isinstance(value, list):
        return f"[{', '.join(map(in_rules, value))}]"
    return str(value) if isinstance(value, int) else f'"{value}"'
