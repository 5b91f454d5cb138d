"""What a server finds wrong with a query that somebody typed, in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Final

import psycopg
from psycopg import errors

from ledger.errors import InvalidQuery, LedgerError
from ledger.eventstore.postgresql.errors import translate, words
from ledger.eventstore.postgresql.place import ServerPlace

_MISSING: Final = {
    errors.UndefinedTable: ("table", re.compile(r'relation "(.*)" does not exist')),
    errors.UndefinedColumn: ("column", re.compile(r'column "?([^"]*)"? does not exist')),
    errors.UndefinedFunction: ("function", re.compile(r"function (\w+)\(.* does not exist")),
}
_WORD: Final = re.compile(r"\w+")


def explained(
    error: psycopg.Error,
    place: ServerPlace,
    query: str,
    names: Sequence[str],
    columns_of: Callable[[Sequence[str]], Sequence[str]],
) -> LedgerError:
    """The server's objection to a query, or its failure.

    Args:
        names: what the query could have read; those of functions with brackets behind them.
        columns_of: gives the columns of some of the names.
    """
    told = words(error)
    if isinstance(error, (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege)):
        return InvalidQuery(
            f"a query can only read, and the server says: {told}",
            advice="write one SELECT over what there is to read",
        )
    if "multiple commands" in told:
        return InvalidQuery(
            "there is more than one statement in it", advice="ask one thing at a time"
        )
    if isinstance(error, (errors.ProtocolViolation, errors.UndefinedParameter)):
        return InvalidQuery(
            "it has a parameter, and nothing gives that a value",
            advice="write the value in its place",
        )
    if error.sqlstate is None or error.sqlstate[:2] in ("08", "53", "57", "58", "XX"):
        return translate(error, place)
    if isinstance(error, errors.DatatypeMismatch) and "must be type boolean" in told:
        return InvalidQuery(
            f"the query cannot be answered: {told}",
            advice="marks are numbers, 1 for yes and 0 for no: write reversed = 0",
        )
    for kind, (what, pattern) in _MISSING.items():
        found = pattern.fullmatch(told)
        if isinstance(error, kind) and found:
            return _missing(what, found[1], query, names, columns_of, error)
    return InvalidQuery(f"the query cannot be answered: {told}", advice=_hint(error))


def _missing(
    what: str,
    name: str,
    query: str,
    names: Sequence[str],
    columns_of: Callable[[Sequence[str]], Sequence[str]],
    error: psycopg.Error,
) -> InvalidQuery:
    if what == "function" and f"{name}()" in names:
        return InvalidQuery(
            f"the function {name} takes two times at most, each of which is a text",
            advice=f"write them as texts: {name}('2026-01', '2026-02'), or {name}(day::text)",
        )
    likely: Sequence[str] = ()
    wanted = name.rpartition(".")[2]
    if what == "table":
        likely = get_close_matches(wanted, names, n=3, cutoff=0.6)
        advice = f"there are: {', '.join(names)}"
    elif what == "column":
        asked = {word.lower() for word in _WORD.findall(query)}.intersection(names)
        known = sorted(set(columns_of(sorted(asked) or names)) - {wanted})
        likely = get_close_matches(wanted, known, n=3, cutoff=0.6)
        advice = "a text stands in single quotes"
    else:
        functions = [each for each in names if each.endswith("()")]
        likely = get_close_matches(f"{wanted}()", functions, n=1, cutoff=0.6)
        advice = _hint(error)
    if likely:
        advice = f"did you mean {' or '.join(likely)}?"
    return InvalidQuery(f"there is no {what} {name!a}", advice=advice)


def _hint(error: psycopg.Error) -> str:
    hint = error.diag.message_hint or "compare it with the examples"
    return hint[:1].lower() + hint[1:].rstrip(".")
