"""Tables for people. Rich is imported only here, and only when one is drawn."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledger.cli.environment import Environment
from ledger.cli.output.visible import visible
from ledger.domain.money import format_minor_units
from ledger.eventstore.records import Head

_UNBOUNDED: Final = 1_000_000
"""Columns of a table that goes into a pipe or file: it is never wrapped or cut there."""
_GAP: Final = 2
"""Spaces between two columns."""
_FEWEST: Final = 8
"""Columns that words get at least, before a table is given up."""
_LONG_WORD: Final = 12
"""Columns; up to here no word is broken."""


class Column(NamedTuple):
    """A column's heading, and what its cells are: numbers, words that may run over several lines,
    or else something short that stays on one line, such as an id or a time."""

    heading: str
    number: bool = False
    words: bool = False


class Cell(NamedTuple):
    """A text, and the style it is shown in where there are colours."""

    text: str
    style: str = ""


def show_table(
    environment: Environment,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell | str]],
    *,
    caption: str = "",
) -> None:
    """Draw a table on stdout; where the terminal is too narrow for it, a block of lines a row.

    Data is shown as stored: Rich's markup and emoji codes are off.
    """
    console = _console(environment)
    cells = [[_text(cell) for cell in row] for row in rows]
    room = console.width - _GAP * (len(columns) - 1)
    widths = _widths(columns, cells, room)
    if widths is None:
        _show_blocks(console, columns, cells)
    else:
        table = Table(
            box=SIMPLE_HEAD,  # it has a space between columns, to which one is padded
            padding=(0, _GAP - 1, 0, 0),
            show_edge=False,
            pad_edge=False,
            header_style="bold",
        )
        for column, width in zip(columns, widths, strict=True):
            table.add_column(
                column.heading,
                justify="right" if column.number else "left",
                overflow="fold",
                width=width,
            )
        for row in cells:
            table.add_row(*row)
        console.print(table)
    if caption:
        console.print(Text(caption, style="dim"))


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], room: int
) -> list[int] | None:
    """How wide each column is; None where there is too little room for a table."""
    longest = [max((row[n].cell_len for row in rows), default=0) for n in range(len(columns))]
    wanted = [max(len(each.heading), long) for each, long in zip(columns, longest, strict=True)]
    if sum(wanted) <= room:
        return wanted
    least = []
    for number, column in enumerate(columns):
        shortest = longest[number]
        if column.words:
            words = (cell_len(word) for row in rows for word in row[number].plain.split())
            shortest = max(min(shortest, _FEWEST), min(max(words, default=0), _LONG_WORD))
        least.append(max(shortest, *map(len, column.heading.split()), 0))
    return _shared(least, wanted, room) if sum(least) <= room else None


def _shared(least: Sequence[int], wanted: Sequence[int], room: int) -> list[int]:
    """How wide each column is: what it wants, or where there is too little room, its even share.

    Args:
        least: fits into the room.
    """
    widths, spare = list(least), room - sum(least)
    short = sorted(range(len(widths)), key=lambda number: wanted[number] - least[number])
    for done, number in enumerate(short):
        more = min(wanted[number] - least[number], spare // (len(short) - done))
        widths[number] += more
        spare -= more
    return widths


def _show_blocks(
    console: Console, columns: Sequence[Column], rows: Sequence[Sequence[Text]]
) -> None:
    for number, row in enumerate(rows):
        lines: list[Text] = []
        for column, cell in zip(columns, row, strict=True):
            if not cell:
                continue
            if column.heading:
                lines.append(Text(f"{column.heading}: ").append_text(cell))
            else:
                lines[-1].append(" ").append_text(cell)
        if number:
            console.print()
        for line in lines:
            console.print(line, overflow="fold")


def show_line(environment: Environment, *parts: Cell | str) -> None:
    """Draw one line of differently styled parts."""
    console = _console(environment)
    console.print(Text.assemble(*(_text(part) for part in parts)), soft_wrap=True)


def show_head(environment: Environment, head: Head) -> None:
    """Say which log an answer comes from."""
    zone = environment.foreign_zone
    times = f"; times are shown in {zone}" if zone else ""
    show_line(
        environment, Cell(f"head {head.short}{times}", "dim"), Cell(environment.mark, "bold yellow")
    )


def _text(cell: Cell | str) -> Text:
    if isinstance(cell, str):
        return Text(visible(cell))
    return Text(visible(cell.text), style=cell.style)


def _console(environment: Environment) -> Console:
    coloured = environment.colours(environment.stdout)
    return Console(
        file=environment.stdout,
        force_terminal=coloured,
        # Without a colour system Rich sends no escape at all; its own NO_COLOR still sends bold.
        color_system="standard" if coloured else None,
        markup=False,
        emoji=False,
        highlight=False,
        width=_width(environment),
        height=24,  # without both, Rich looks for itself, and takes 80 columns where TERM=dumb
        legacy_windows=False,
    )


def _width(environment: Environment) -> int:
    if environment.stdout.isatty():
        return shutil.get_terminal_size().columns
    return _UNBOUNDED


def money_cell(minor_units: int, decimals: int, *, signed: bool = False) -> Cell:
    """An amount, in red where money is less."""
    text = format_minor_units(minor_units, decimals)
    if signed and minor_units > 0:
        text = f"+{text}"
    return Cell(text, "red" if minor_units < 0 else "")
