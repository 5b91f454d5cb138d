"""Tables for people. Rich is imported only here, and only when one is drawn."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ledger.cli.environment import Environment
from ledger.cli.output.visible import visible
from ledger.domain.instant import EPOCH, format_instant
from ledger.domain.money import format_minor_units

_UNBOUNDED: Final = 10_000
"""Columns of a table that goes into a pipe or file: it is never wrapped or cut there."""


class Column(NamedTuple):
    """A column's heading, and whether its cells are numbers."""

    heading: str
    number: bool = False
    fixed: bool = True
    """Whether its cells are kept on one line as long as there is room."""


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
    """Draw a table on stdout. Data is shown as stored: Rich's markup and emoji codes are off."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(
            column.heading,
            justify="right" if column.number else "left",
            no_wrap=column.fixed and column.number,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    console = _console(environment)
    console.print(table)
    if caption:
        console.print(Text(caption, style="dim"))


def show_line(environment: Environment, *parts: Cell | str) -> None:
    """Draw one line of differently styled parts."""
    console = _console(environment)
    console.print(Text.assemble(*(_text(part) for part in parts)), soft_wrap=True)


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
        legacy_windows=False,
    )


def _width(environment: Environment) -> int:
    if environment.stdout.isatty():
        return shutil.get_terminal_size().columns
    return _UNBOUNDED


def money_cell(minor_units: int, currency: str, *, signed: bool = False) -> Cell:
    """An amount, in red where money is less."""
    text = format_minor_units(minor_units, currency)
    if signed and minor_units > 0:
        text = f"+{text}"
    return Cell(text, "red" if minor_units < 0 else "")


def local_time(instant: int | None) -> str:
    """A time for people: local, to the second."""
    if instant is None:
        return ""
    try:
        moment = (EPOCH + timedelta(microseconds=instant)).astimezone()
    except (OverflowError, ValueError, OSError):
        return format_instant(instant)
    return f"{moment:%Y-%m-%d %H:%M:%S}"
