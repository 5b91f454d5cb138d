"""``statement``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import Account, KnownAt, LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import ENTRY, answer
from ledger.cli.output.results import note_to_come
from ledger.cli.shown_columns import Show, parse_columns

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "statement",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger statement acc-001
      ledger statement acc-001 --from 2026-01-01 --to 2026-01-31
      ledger statement acc-001 --from 2026-02-01T12:00:00Z --json
      ledger statement acc-001 --show actor
      ledger statement acc-001 --to 2026-01-31 --format csv > january.csv
    """,
)
def statement(
    ctx: typer.Context,
    account: Account,
    from_time: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help="Start of the period (default: the opening). ISO 8601; a date means its start.",
        ),
    ] = None,
    to_time: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="TIME",
            help="End of the period (default: the last entry). A date means its end.",
        ),
    ] = None,
    known_at: KnownAt = None,
    show: Show = None,
) -> None:
    """Show an account over a period, with its opening and closing balance.

    Entries are listed in the order in which they happened, whenever they were recorded.
    """
    env = environment(ctx)
    more = parse_columns(show)
    with env.ledger() as ledger:
        found = ledger.statement(account, from_time=from_time, to_time=to_time, known_at=known_at)

    note_to_come(env, found.known_us)

    def draw() -> None:
        from ledger.cli.output.statements import show_statement

        show_statement(env, found, more)

    answer(
        env,
        document=lambda: documents.statement(found),
        rows=map(documents.history_entry, found.entries),
        columns=ENTRY,
        person=draw,
    )
