"""The log, drawn for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ledger.cli.environment import Environment
from ledger.cli.output.extra_columns import extra_cells, extra_columns
from ledger.cli.output.notes import NOTHING, amount_cell, notes_of, notes_of_terms, with_notes
from ledger.cli.output.tables import Cell, Column, show_line, show_table
from ledger.domain.events import OpeningAmended
from ledger.eventstore.metadata import actor_in

if TYPE_CHECKING:
    from ledger.commands.ledger_events import LedgerEvent


def show_events(
    env: Environment, events: Iterable[LedgerEvent], more: Sequence[str], *, follow: bool
) -> None:
    """The log as a table; when it is followed, line by line.

    Args:
        more: the names of columns that it is to have as well.
    """
    if follow:
        for event in events:
            number, when, account, what, amount, words = _event(env, event)
            show_line(
                env,
                f"{number:>8}  {when}  ",
                Cell(account, "bold"),
                f"  {what}  ",
                amount,
                "  ".join(["", words, *_extra(env, event, more)]),
            )
            env.stdout.flush()
        return
    show_table(
        env,
        (
            Column("Position", number=True),
            Column("When", time=True),
            Column("Account"),
            Column("Event", words=True),
            Column("Amount", number=True),
            Column("Description", words=True),
            *extra_columns(more),
        ),
        ((*_event(env, event), *_extra(env, event, more)) for event in events),
    )


def _event(env: Environment, lifted: LedgerEvent) -> tuple[str, str, str, str, Cell, str]:
    event, decoded, decimals = lifted.recorded, lifted.event, lifted.decimals
    return (
        str(event.position),
        env.table_time(event.effective_at) + ("*" if event.backdated else ""),
        event.stream_id,
        decoded.label or event.event_type,
        NOTHING
        if decimals is None or isinstance(decoded, OpeningAmended)
        else amount_cell(env, decoded, decoded.signed_amount, decimals),
        with_notes(
            decoded.words, [*notes_of_terms(decoded), *notes_of(env, decoded, decimals or 0)]
        ),
    )


def _extra(env: Environment, lifted: LedgerEvent, more: Sequence[str]) -> tuple[str, ...]:
    recorded = lifted.recorded
    return extra_cells(env, more, actor_in(recorded.metadata) if more else "", recorded.recorded_at)
