"""``--show``: columns that a table has only where they are asked for."""

# No `annotations` of the future: Typer would compile each of them from its text, at every start.

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from ledger.errors import InvalidOption

NAMES: Final = ("actor", "recorded")


def complete_columns(incomplete: str) -> list[str]:
    """The names that may follow those that are typed, after a comma too."""
    before, comma, last = incomplete.rpartition(",")
    taken = before.split(",")
    return [
        f"{before}{comma}{name}" for name in NAMES if name.startswith(last) and name not in taken
    ]


Show = Annotated[
    list[str] | None,
    typer.Option(
        "--show",
        metavar="actor,recorded",
        help="Columns that the table is to have as well: who recorded it, and when.",
        autocompletion=complete_columns,
    ),
]


def parse_columns(given: Sequence[str] | None) -> tuple[str, ...]:
    """The names of columns, each once, from lists with commas.

    Raises:
        InvalidOption: there is no such column.
    """
    names = [name.strip().lower() for each in given or () for name in each.split(",")]
    for name in names:
        if name not in NAMES:
            raise InvalidOption(
                f"{name!a} is not a column that --show knows", advice=f"use {' or '.join(NAMES)}"
            )
    return tuple(dict.fromkeys(names))
