"""Columns that tables for people have where they are asked for; programs have them always."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output.tables import Column

_COLUMNS: Final = {
    "actor": Column("Actor", words=True, whole=True),
    "recorded": Column("Recorded", time=True),
}


def extra_columns(names: Sequence[str]) -> tuple[Column, ...]:
    """The columns of these names, which come after all others."""
    return tuple(_COLUMNS[name] for name in names)


def extra_cells(
    env: Environment, names: Sequence[str], actor: str, recorded_at: int
) -> tuple[str, ...]:
    """What stands in these columns.

    Args:
        recorded_at: µs UTC.
    """
    cells = {"actor": actor, "recorded": env.table_time(recorded_at)} if names else {}
    return tuple(cells[name] for name in names)
