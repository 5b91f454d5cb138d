"""The log, drawn for people."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.cli.environment import Environment
from ledger.cli.output.described import event_described
from ledger.cli.output.tables import Cell, Column, money_cell, show_line, show_table
from ledger.queries.lifted import LiftedEvent


def show_events(env: Environment, events: Iterable[LiftedEvent], *, follow: bool) -> None:
    """The log as a table; when it is followed, line by line."""
    if follow:
        for event in events:
            number, when, account, what, amount, words = _event(env, event)
            show_line(
                env,
                f"{number:>8}  {when}  ",
                Cell(account, "bold"),
                f"  {what}  ",
                amount,
                f"  {words}",
            )
            env.stdout.flush()
        return
    show_table(
        env,
        (
            Column("Position", number=True),
            Column("When"),
            Column("Account"),
            Column("Event"),
            Column("Amount", number=True),
            Column("Description", words=True),
        ),
        (_event(env, event) for event in events),
    )


def _event(env: Environment, lifted: LiftedEvent) -> tuple[str, str, str, str, Cell, str]:
    event, decoded, decimals = lifted
    return (
        str(event.position),
        env.table_time(event.effective_at) + ("*" if event.backdated else ""),
        event.stream_id,
        decoded.label,
        Cell("") if decimals is None else money_cell(decoded.signed_amount, decimals, signed=True),
        event_described(decoded.words, decoded),
    )
