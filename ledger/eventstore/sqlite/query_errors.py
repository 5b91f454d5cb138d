"""What is wrong with a query that somebody typed, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Self

import apsw

from ledger.errors import InvalidQuery
from ledger.eventstore.sql_views import too_long

_ACTIONS: Final = {
    apsw.SQLITE_INSERT: "INSERT",
    apsw.SQLITE_UPDATE: "UPDATE",
    apsw.SQLITE_DELETE: "DELETE",
    apsw.SQLITE_PRAGMA: "PRAGMA",
    apsw.SQLITE_ATTACH: "ATTACH",
    apsw.SQLITE_DETACH: "DETACH",
    apsw.SQLITE_TRANSACTION: "a transaction",
    apsw.SQLITE_SAVEPOINT: "a savepoint",
    apsw.SQLITE_ANALYZE: "ANALYZE",
    apsw.SQLITE_REINDEX: "REINDEX",
    apsw.SQLITE_ALTER_TABLE: "ALTER",
}

_NO_SUCH: Final = re.compile(r"no such (column|table|function): (.*)")
_NEAR: Final = re.compile(r'near "(.*)": syntax error', re.DOTALL)
_FIRST_WORD: Final = re.compile(r"(?:\s|;|--[^\n]*(?:\n|$)|/\*.*?\*/)*([A-Za-z]+)", re.DOTALL)
_WORD: Final = re.compile(r"\w+")
_SHOWN: Final = 60


class Unreadable(NamedTuple):
    """What a query wanted and must not have.

    Attributes:
        instead: the names of what it could have read.
    """

    what: str
    instead: Sequence[str] = ()

    @classmethod
    def action(cls, operation: int) -> Self:
        """An action by SQLite's number for it."""
        word = _ACTIONS.get(operation)
        if word is None:
            name = str(apsw.mapping_authorizer_function.get(operation, "SQLITE_that"))
            word = name.removeprefix("SQLITE_").split("_")[0]
        return cls(word)

    def refusal(self) -> InvalidQuery:
        if self.instead:
            return InvalidQuery(
                f"{self.what} cannot be read here",
                advice=f"there are: {', '.join(self.instead)}",
            )
        return InvalidQuery(
            f"a query can only read, and {self.what} is not allowed",
            advice="write one SELECT over what there is to read",
        )


def first_word(query: str) -> str:
    """The word that a statement begins with, in capitals, comments left out; empty for none."""
    found = _FIRST_WORD.match(query)
    return found[1].upper() if found else ""


def explained(
    error: apsw.Error, connection: apsw.Connection, names: Sequence[str], query: str
) -> InvalidQuery:
    """SQLite's objection to a query.

    Args:
        names: what it could have read.
    """
    text = str(error)
    text = text.removeprefix(f"{type(error).__name__}: ")
    if isinstance(error, apsw.TooBigError):
        return too_long("a text or blob in it would be too long")
    found = _NO_SUCH.fullmatch(text)
    if found:
        kind, name = found.groups()
        name = name.partition(" - ")[0].strip('"')
        likely = _nearest(name, kind, connection, names, query)
        advice = f"did you mean {' or '.join(likely)}?" if likely else ""
        if not advice and kind == "table":
            advice = f"there are: {', '.join(names)}"
        elif not advice:
            advice = "a text stands in single quotes" if kind == "column" else "check the name"
        return InvalidQuery(f"there is no {kind} {name!a}", advice=advice)
    found = _NEAR.fullmatch(text)
    if found:
        near = found[1] if len(found[1]) <= _SHOWN else f"{found[1][:_SHOWN]}…"
        return InvalidQuery(
            f"the query cannot be understood at {near!a}{_place(error, query)}",
            advice="compare it with the examples",
        )
    if "incomplete input" in text:
        return InvalidQuery("the query ends too early", advice="complete it")
    return InvalidQuery(f"the query cannot be answered: {text}", advice="change it")


def _place(error: apsw.Error, query: str) -> str:
    offset = getattr(error, "error_offset", -1)
    if offset < 0:
        return ""
    return f", character {len(query.encode()[:offset].decode(errors='replace')) + 1}"


def _nearest(
    name: str, kind: str, connection: apsw.Connection, names: Sequence[str], query: str
) -> list[str]:
    """Names like one that there is not: of tables, or of columns of the tables in the query."""
    from difflib import get_close_matches

    known: dict[str, str] = {}
    if kind == "table":
        known = {each: each for each in names}
    elif kind == "column":
        words = {word.lower() for word in _WORD.findall(query)}
        asked = [each for each in names if each.lower() in words]
        known = {column.lower(): column for column in _columns(connection, asked or names)}
    wanted = name.rpartition(".")[2].lower()
    known.pop(wanted, None)  # it is a column of another table
    return [known[each] for each in get_close_matches(wanted, known, n=3, cutoff=0.6)]


def _columns(connection: apsw.Connection, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        try:
            for (column,) in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (name,)):
                yield str(column)
        except apsw.Error:
            continue
