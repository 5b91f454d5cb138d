"""Which columns describe an entry, where the rules do not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger.bank_statements.cells.amounts import is_blank
from ledger.bank_statements.columns.columns import find_column, find_columns, template_field
from ledger.bank_statements.columns.contents import Contents
from ledger.bank_statements.text.table import Row
from ledger.bank_statements.words.currency_signs import possible_currencies

_UNUSED = (
    *("fee", "time", "balance", "currency", "direction", "own account", "account"),
    *("amount", "debit", "credit"),
)
"""Roles of columns that describe nothing."""
_MOST_COMPLETING = 2


def describe(contents: Contents, taken: frozenset[int], amounts: Sequence[int]) -> tuple[str, str]:
    """The template of the description, and a note where no column is known to be one.

    Args:
        taken: indexes of columns that are used otherwise.
        amounts: indexes of those of the amounts; a row without any is no entry.
    """
    names = ["" if index in taken else name for index, name in enumerate(contents.names)]
    known = [[found.index for found in find_columns(role, names)] for role in ("payee", "memo")]
    filled = [[index for index in found if not contents.is_empty(index)] for found in known]
    chosen = [_best(contents, found) for found in (filled if contents.rows else known) if found]
    free = [
        index
        for index in range(len(contents.names))
        if index not in taken and not contents.is_empty(index) and not contents.has_dates(index)
    ]
    if chosen or not contents.rows:
        template = _template(contents, chosen, ": ")
        rows = [row for row in contents.rows if not all(is_blank(row.cells[i]) for i in amounts)]
        described = [index for found in filled for index in found]
        more = _completing(contents, rows, chosen, described, free)
        if not more:
            return template, ""
        template += "".join(f", {_template(contents, [index], '')}" for index in more)
        return template, (
            f"some lines have no text where others have their description, so this is {template}; "
            "to change it, write the rule description"
        )
    numbered = [
        index
        for index, name in enumerate(names)
        if not contents.is_empty(index)
        and find_column("memo", [name.rstrip("0123456789 ")]) is not None
    ]
    if numbered:
        return _template(contents, numbered, ", "), ""
    columns = next(filter(None, _choices(contents, free)), [])
    if not columns:
        return "", ""
    template = _template(contents, columns, ", ")
    return template, (
        f"no column is known to describe the entries, so the description is {template}; to change "
        "it, write the rule description"
    )


def _best(contents: Contents, found: list[int]) -> int:
    """The first column that has more than codes, if there is one."""
    texts = (i for i in found if not all(map(_says_nothing, contents.cells(i))))
    return next(texts, found[0])


def _completing(
    contents: Contents,
    rows: Sequence[Row],
    chosen: list[int],
    described: list[int],
    free: list[int],
) -> list[int]:
    """Columns that have a text for the rows where the chosen ones have none, or a code alone.

    Args:
        rows: the entries.
        described: the columns that describe entries by their names.
        free: columns that are used for nothing else.
    """
    bare = [row for row in rows if all(_says_nothing(row.cells[i]) for i in chosen)]
    empty = [row for row in bare if not any(row.cells[i] for i in chosen)]
    others = [index for index in described if index not in chosen and index in free]
    prose = next(iter(_choices(contents, [i for i in free if i not in chosen])))
    for lacking, columns in ((bare, others), (empty, prose)):
        found = [
            index
            for index in columns
            if any(not _says_nothing(row.cells[index]) for row in lacking)
        ]
        if found:
            return found[:_MOST_COMPLETING]
    return []


def _says_nothing(text: str) -> bool:
    """Whether a text is empty or a code, such as the number of an account."""
    if " " in text:
        return False
    letters = sum(map(str.isalnum, text))
    return 2 * sum(map(str.isdigit, text)) >= letters


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
