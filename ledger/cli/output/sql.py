"""The rows of a query, in every format: written as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output.answer import write_array
from ledger.cli.output.rows import write_csv_cells, write_tsv_cells
from ledger.cli.output.tables import Column, show_head, show_table
from ledger.cli.retyped import command
from ledger.cli.streams import Format
from ledger.eventstore.sql_views import SqlAnswer, Value
from ledger.projections.projector import OUR_NAMES
from ledger.visible import visible

_AT_ONCE: Final = 20
"""Rows, of which one may have megabytes."""

_LONGEST_CELL: Final = 1_000
"""Characters of a text that people are shown."""

_LOOKED_AT: Final = 100
"""Rows by which it is told which columns hold numbers."""

Cell = int | str | None


def show_answer(env: Environment, answer: SqlAnswer) -> None:
    """Write the rows of a query, and say where a figure in them is not exact or may be old."""
    inexact: set[str] = set()
    rows = _exact(answer, inexact)
    match env.shown_as:
        case Format.JSON:
            names = _different(answer.columns)
            documents = (dict(zip(names, row, strict=True)) for row in rows)
            write_array(env, documents, between=b",\n", at_once=_AT_ONCE)
        case Format.CSV:
            write_csv_cells(env, answer.columns, map(_texts, rows))
        case Format.PLAIN:
            write_tsv_cells(env, map(_texts, rows))
        case Format.TABLE:
            with env.paged():
                _draw(env, answer, rows)
    if inexact:
        env.note(
            f"warning: {', '.join(map(visible, sorted(inexact)))}: floating-point numbers, which "
            "are no exact figures"
        )
    for name, lag in answer.behind.items():
        _note_lag(env, name, lag)


def _note_lag(env: Environment, name: str, lag: int) -> None:
    """Say that a table which the query reads has not seen the whole log."""
    to_include = "to include them"
    if name not in (*OUR_NAMES, *(each.name for each in env.projections)):
        to_include = f"{to_include}, name its class in LEDGER_PROJECTIONS, then"
    env.note(
        f"note: {lag} change{' is' if lag == 1 else 's are'} not included in {visible(name)} yet; "
        f"{to_include}: {command(env, 'projections', '--catch-up')}"
    )


def _exact(answer: SqlAnswer, inexact: set[str]) -> Iterator[list[Cell]]:
    """Rows of integers and texts; a floating-point number is shown as one, and its column noted."""
    for row in answer.rows:
        cells: list[Cell] = []
        for name, value in zip(answer.columns, row, strict=True):
            if isinstance(value, float):
                inexact.add(name)
            cells.append(_cell(value))
        yield cells


def _cell(value: Value) -> Cell:
    if isinstance(value, bytes):
        return value.hex()
    return repr(value) if isinstance(value, float) else value


def _texts(row: Sequence[Cell]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in row]


def _different(names: Sequence[str]) -> list[str]:
    """Names of which no two are the same, as members of an object must be."""
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name}_{number}"
        found.append(unique)
    return found


def _cut(cells: list[str]) -> list[str]:
    return [
        cell if len(cell) <= _LONGEST_CELL else f"{cell[: _LONGEST_CELL - 1]}…" for cell in cells
    ]


def _draw(env: Environment, answer: SqlAnswer, rows: Iterator[list[Cell]]) -> None:
    first = list(islice(rows, _LOOKED_AT))
    if first:
        columns = [
            Column(name, number=_are_numbers([row[place] for row in first]), words=True)
            for place, name in enumerate(answer.columns)
        ]
        columns = [each._replace(words=not each.number) for each in columns]
        show_table(env, columns, (_cut(_texts(row)) for row in chain(first, rows)))
    else:
        env.write("no rows\n")
    show_head(env, answer.head)


def _are_numbers(cells: Sequence[Cell]) -> bool:
    """Whether a column is to stand to the right: amounts are texts."""
    known = [cell for cell in cells if cell is not None]
    return bool(known) and all(isinstance(cell, int) or _is_decimal(cell) for cell in known)


def _is_decimal(text: str) -> bool:
    whole, _, fraction = text.removeprefix("-").partition(".")
    return whole.isdecimal() and (fraction.isdecimal() or whole == text.removeprefix("-"))
