"""``statement``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import Account, KnownAt, LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import ENTRY, answer

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
            help="Begin then (ISO 8601; a date includes its first instant); else at the opening.",
        ),
    ] = None,
    to_time: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="TIME",
            help="End then (a date includes its last instant); else with the last entry.",
        ),
    ] = None,
    known_at: KnownAt = None,
) -> None:
    """Show what happened to an account in a period, between its opening and closing balance.

    Entries stand in the order in which they happened, whenever they were recorded.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        found = ledger.statement(account, from_time=from_time, to_time=to_time, known_at=known_at)

    def draw() -> None:
        from ledger.cli.output.statements import show_statement

        show_statement(env, found)

    document = documents.statement(found)
    answer(env, document=document, rows=document["entries"], columns=ENTRY, person=draw)
