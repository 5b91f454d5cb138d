"""``history``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import Account, AsOf, KnownAt, LedgerCommand, environment, whole_number
from ledger.cli.output import documents
from ledger.cli.output.answer import ENTRY, answer
from ledger.cli.output.results import note_to_come
from ledger.cli.shown_columns import Show, parse_columns

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "history",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger history acc-001
      ledger history acc-001 --as-of 2026-06-30
      ledger history acc-001 --as-of 2026-06-30 --known-at 2026-07-15T12:00:00Z
      ledger history acc-001 --limit 10
      ledger history acc-001 --show actor,recorded
    """,
)
def history(
    ctx: typer.Context,
    account: Account,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    at_version: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole_number(), help="Count only the first N entries."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole_number(0), help="Show only the last N entries."),
    ] = None,
    show: Show = None,
) -> None:
    """Show an account's entries up to any point in time, with a running balance.

    Entries are listed in the order in which they were recorded.
    """
    env = environment(ctx)
    more = parse_columns(show)
    with env.ledger() as ledger:
        report = ledger.history(
            account, as_of=as_of, known_at=known_at, at_version=at_version, limit=limit
        )
    note_to_come(env, report.known_us)

    def draw() -> None:
        from ledger.cli.output.history import show_history

        show_history(env, report, more)

    answer(
        env,
        document=lambda: documents.history(report),
        rows=map(documents.history_entry, report.entries),
        columns=ENTRY,
        person=draw,
    )
