"""Statements, drawn for people."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import chain
from shutil import get_terminal_size
from typing import Final, TextIO

from ledger.cli.environment import Environment
from ledger.cli.output.counted import left_out
from ledger.cli.output.extra_columns import extra_columns
from ledger.cli.output.history import ENTRY_COLUMNS, entry_cells
from ledger.cli.output.knowledge import known_at
from ledger.cli.output.tables import Cell, money_cell, show_line, show_origin, show_table
from ledger.domain.money import format_minor_units
from ledger.queries.statements import Statement

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_ASCII: Final = "_.-:=+*#"
_MOST_MARKS: Final = 32
_FEWEST_MARKS: Final = 8


def show_statement(env: Environment, found: Statement, more: Sequence[str] = ()) -> None:
    """A statement, and which log it comes from.

    Args:
        more: the names of columns that the table is to have as well.
    """
    draw_statement(env, found, more)
    show_origin(env)


def draw_statement(env: Environment, found: Statement, more: Sequence[str] = ()) -> None:
    """The entries between the two balances, the totals, and on a terminal how the balance went."""
    none, changed = ("",) * len(more), found.changed_confirmations
    show_line(
        env,
        Cell(found.account_id, "bold"),
        f"  {found.owner}  ",
        Cell(_period(env, found), "dim"),
    )
    show_table(
        env,
        (*ENTRY_COLUMNS, *extra_columns(more)),
        chain(
            [
                (
                    *_balance_row(
                        env, "opening balance", found.opening_balance_minor, found.decimals
                    ),
                    *none,
                )
            ],
            (
                entry_cells(env, entry, more, changed=entry.version in changed)
                for entry in found.entries
            ),
            [
                (
                    *_balance_row(
                        env, "closing balance", found.closing_balance_minor, found.decimals
                    ),
                    *none,
                )
            ],
        ),
    )
    backdated = any(entry.backdated for entry in found.entries)
    show_line(
        env,
        "in ",
        Cell(env.amount(format_minor_units(found.total_in_minor, found.decimals)), "bold"),
        ", out ",
        Cell(env.amount(format_minor_units(found.total_out_minor, found.decimals)), "bold"),
        f" {found.currency}",
        Cell("   * recorded after an entry of a later date" if backdated else "", "dim"),
    )
    if found.left_out:
        show_line(env, Cell(f"({left_out(found.left_out)})", "dim"))
    if env.stdout.isatty():
        _show_balance_line(env, found)


def _period(env: Environment, found: Statement) -> str:
    ends = [
        f"{word} {env.table_time(instant)}"
        for word, instant in (("from", found.from_us), ("to", found.to_us))
        if instant is not None
    ]
    if found.known_us is not None:
        ends.append(known_at(env, found.known_us, found.known_position))
    return ", ".join(ends) or "all entries"


def _balance_row(
    env: Environment, words: str, minor_units: int, decimals: int
) -> tuple[Cell | str, ...]:
    return "", Cell(words, "bold"), "", "", money_cell(env, minor_units, decimals), ""


def _show_balance_line(env: Environment, found: Statement) -> None:
    """How the balance went: before the period, then evenly spread from its first entry to its last.

    Nothing is drawn where it stayed as it was.
    """
    # What the last entry of an instant leaves is the balance then; between them was no time.
    balances = {entry.effective_us: entry.balance_minor for entry in found.entries}
    opened = any(entry.version == 1 for entry in found.entries)
    before = [] if opened else [found.opening_balance_minor]
    lowest = min(before + list(balances.values()))
    highest = max(before + list(balances.values()))
    if lowest == highest:
        return
    room = get_terminal_size().columns - len("balance ")
    count = max(_FEWEST_MARKS, min(_MOST_MARKS, room))
    marks = _marks(env.stdout)
    line = "".join(
        marks[(balance - lowest) * (len(marks) - 1) // (highest - lowest)]
        for balance in before + _spread(balances, count - len(before))
    )
    ends = (
        f"{word} {env.amount(format_minor_units(balance, found.decimals))}"
        for word, balance in (("lowest", lowest), ("highest", highest))
    )
    show_line(env, f"balance {line}", Cell(f"  {', '.join(ends)}", "dim"))


def _spread(balances: Mapping[int, int], count: int) -> list[int]:
    """The balances at so many moments, spread evenly from the first instant to the last.

    Args:
        balances: by instant, in their order.
        count: at least two.
    """
    instants = list(balances)
    first, span = instants[0], instants[-1] - instants[0]
    moments = (first + span * place // (count - 1) for place in range(count))
    return [balances[instants[bisect_right(instants, moment) - 1]] for moment in moments]


def _marks(stream: TextIO) -> str:
    """Blocks, or plain ASCII where the stream's encoding has none."""
    try:
        _BLOCKS.encode(stream.encoding)
    except UnicodeEncodeError:
        return _ASCII
    return _BLOCKS
