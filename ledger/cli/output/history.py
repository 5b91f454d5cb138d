"""Entries, drawn for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output.counted import listed
from ledger.cli.output.extra_columns import extra_cells, extra_columns
from ledger.cli.output.knowledge import known_at
from ledger.cli.output.notes import amount_cell, notes_of, notes_of_terms, with_notes
from ledger.cli.output.tables import (
    Cell,
    Column,
    money_cell,
    show_line,
    show_origin,
    show_table,
)
from ledger.domain.money import format_minor_units
from ledger.queries.history import HistoryEntry, HistoryReport

ENTRY_COLUMNS: Final = (
    Column("#", number=True),
    Column("When", time=True),
    Column("What", words=True, whole=True),
    Column("Amount", number=True),
    Column("Balance", number=True),
    Column("Description", words=True),
)


def show_history(env: Environment, report: HistoryReport, more: Sequence[str] = ()) -> None:
    """The entries as a table, and the state under it.

    Args:
        more: the names of columns that it is to have as well.
    """
    state = report.state
    point = "now"
    if report.as_of_us is not None:
        point = f"as of {env.table_time(report.as_of_us)}"
    if report.known_us is not None:
        point += f", {known_at(env, report.known_us, report.known_position)}"
    show_line(
        env,
        Cell(report.account_id, "bold"),
        f"  {state.owner}  ",
        Cell(f"{state.status}, last # {report.version}, {point}", "dim"),
    )
    if report.omitted:
        show_line(env, Cell(f"({report.omitted} earlier entries are not shown)", "dim"))
    show_table(
        env,
        (*ENTRY_COLUMNS, *extra_columns(more)),
        (entry_cells(env, entry, more) for entry in report.entries),
    )
    balance = env.amount(format_minor_units(state.balance_minor, state.decimals))
    backdated = any(entry.backdated for entry in report.entries)
    show_line(
        env,
        "balance ",
        Cell(f"{balance} {state.currency}", "bold"),
        Cell("   * recorded after an entry of a later date" if backdated else "", "dim"),
    )
    show_origin(env)


def entry_cells(
    env: Environment, entry: HistoryEntry, more: Sequence[str] = (), *, changed: bool = False
) -> tuple[Cell | str, ...]:
    """An entry as a row below `ENTRY_COLUMNS` and some `extra_columns`.

    Args:
        changed: whether it is a confirmation that no longer holds.
    """
    return (
        str(entry.version),
        env.table_time(entry.effective_us) + ("*" if entry.backdated else ""),
        entry.what,
        amount_cell(env, entry.event, entry.amount_minor, entry.decimals),
        money_cell(env, entry.balance_minor, entry.decimals),
        _described(env, entry, changed),
        *extra_cells(env, more, entry.actor, entry.recorded_us),
    )


def _described(env: Environment, entry: HistoryEntry, changed: bool) -> str:
    """The description, and in brackets what else the entry has."""
    notes = notes_of_terms(entry)
    notes += notes_of(env, entry.event, entry.decimals)
    if changed:
        notes.append("no longer holds")
    if entry.amended_by:
        notes.append(f"amended by {listed(entry.amended_by)}")
    notes += [
        f"{words} {version}"
        for words, version in (
            ("reversed by", entry.reversed_by),
            ("corrected by", entry.corrected_by),
            ("corrects", entry.corrects),
            ("withdrawn by", entry.withdrawn_by),
        )
        if version is not None
    ]
    notes += [
        f"{words} {entry.version} of {entry.account_id}"
        for words, entry in (
            ("corrected by", entry.corrected_elsewhere),
            ("corrects", entry.corrects_elsewhere),
        )
        if entry is not None
    ]
    return with_notes(entry.description, notes)
