"""What is said of states that are not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.bank_statements.rules.statement_format import in_toml
from ledger.errors import InvalidLine, LedgerError

_MOST_SHOWN: Final = 3
_LONGEST_SHOWN: Final = 60


def shown(text: str) -> str:
    """A cell, cut where it is long."""
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


def not_understood(column: str, values: Sequence[str]) -> str:
    """The note on a column of states of which no value is known."""
    said = ", ".join(f'"{shown(value)}"' for value in values[:_MOST_SHOWN])
    return (
        f'the column "{column}" is not understood ({said}), and all rows are taken as booked; to '
        "leave rows out by it, use the rule skip"
    )


def unknown_state(line: int, cell: str, column: str) -> LedgerError:
    """The error for a value that is not known among others that are."""
    said = (
        f"{shown(cell)!r} is not known as a state (in {column!r})"
        if cell
        else f"the state is empty (in {column!r}), but not in other rows"
    )
    rule = in_toml({column: [cell]})
    return InvalidLine(
        f"{said}: the entry may be booked or not",
        advice=f"to leave such rows out, add the rule skip = {rule}; to book them, take = {rule}",
        rule="skip",
    ).at_line(line)
