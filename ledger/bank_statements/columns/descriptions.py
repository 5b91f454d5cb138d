"""Which columns describe an entry, where the rules do not say."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.bank_statements.columns.columns import find_column, find_columns, template_field
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.words.currency_signs import possible_currencies

_UNUSED = (
    *("fee", "time", "balance", "currency", "direction", "own account", "account"),
    *("amount", "debit", "credit"),
)
"""Roles of columns that describe nothing."""


def describe(contents: Contents, taken: frozenset[int]) -> tuple[str, str]:
    """The template of the description, and a note where no column is known to be one.

    Args:
        taken: indexes of columns that are used otherwise.
    """
    names = ["" if index in taken else name for index, name in enumerate(contents.names)]
    known = [[found.index for found in find_columns(role, names)] for role in ("payee", "memo")]
    filled = [[index for index in found if not contents.is_empty(index)] for found in known]
    chosen = [found[0] for found in (filled if contents.rows else known) if found]
    if chosen or not contents.rows:
        return _template(contents, chosen, ": "), ""
    numbered = [
        index
        for index, name in enumerate(names)
        if not contents.is_empty(index)
        and find_column("memo", [name.rstrip("0123456789 ")]) is not None
    ]
    if numbered:
        return _template(contents, numbered, ", "), ""
    free = [
        index
        for index in range(len(contents.names))
        if index not in taken and not contents.is_empty(index) and not contents.has_dates(index)
    ]
    columns = next(filter(None, _choices(contents, free)), [])
    if not columns:
        return "", ""
    template = _template(contents, columns, ", ")
    return template, (
        f"no column is known to describe the entries, so the description is {template}; to change "
        "it, write the rule description"
    )


def _choices(contents: Contents, free: list[int]) -> Iterable[list[int]]:
    """The columns that may describe an entry, the better choice first."""
    free = [
        index
        for index in free
        if not any(find_column(role, [contents.names[index]]) for role in _UNUSED)
        and not _has_currencies(contents, index)
    ]
    texts = [index for index in free if not contents.has_numbers(index)]
    # An account's number, or a BIC, is one word with digits, or without small letters.
    yield [index for index in texts if _has_prose(contents, index)]
    yield texts
    yield [index for index in free if not contents.is_constant(index)]


def _has_prose(contents: Contents, index: int) -> bool:
    return any(
        " " in cell or any(mark.isalpha() and not mark.isupper() for mark in cell)
        for cell in contents.cells(index)
    )


def _has_currencies(contents: Contents, index: int) -> bool:
    words = contents.words(index, 20)
    return bool(words) and all(possible_currencies(word) for word in words or ())


def _template(contents: Contents, columns: Iterable[int], between: str) -> str:
    fields = [template_field(index, contents.names) for index in dict.fromkeys(columns)]
    return between.join(fields)
