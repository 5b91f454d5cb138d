"""``statement``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ledger.cli.completion import complete_beginning
from ledger.cli.environment import Environment
from ledger.cli.options import SEVERAL, KnownAt, LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import answer
from ledger.cli.output.results import note_to_come
from ledger.cli.shown_columns import Show, parse_columns
from ledger.errors import InvalidUsage
from ledger.queries.statements import Statement

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
      ledger statement acc-001 acc-002 --from 2026-01-01
      ledger statement --all --json
    """,
)
def statement(
    ctx: typer.Context,
    accounts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=SEVERAL[0],
            help="Ids of accounts, and prefixes such as club: for all accounts below club.",
            autocompletion=complete_beginning,
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All accounts that were open in the period.")
    ] = False,
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
    """Show accounts over a period, with their opening and closing balances.

    Entries are listed in the order in which they happened, whenever they were recorded.
    """
    env = environment(ctx)
    more = parse_columns(show)
    chosen = list(dict.fromkeys(accounts or ()))
    if bool(chosen) == every:
        raise InvalidUsage(
            "name one or more accounts, or use --all", advice=f"see: {ctx.command_path} --help"
        )
    one = len(chosen) == 1 and not chosen[0].endswith(":")
    with env.ledger() as ledger:
        if one:
            found = ledger.statement(
                chosen[0], from_time=from_time, to_time=to_time, known_at=known_at
            )
        else:
            from ledger.cli.output.several_statements import answer_statements

            statements = ledger.statements(
                chosen or None, from_time=from_time, to_time=to_time, known_at=known_at
            )
            note_to_come(env, statements.known_us)
            answer_statements(env, statements, more)
            return
    note_to_come(env, found.known_us)
    _answer_one(env, found, more)


def _answer_one(env: Environment, found: Statement, more: Sequence[str]) -> None:
    from ledger.cli.output.several_statements import STATEMENT_ENTRY, rows_of

    def draw() -> None:
        from ledger.cli.output.statements import show_statement

        show_statement(env, found, more)

    answer(
        env,
        document=lambda: documents.statement(found),
        rows=rows_of([found]),
        columns=STATEMENT_ENTRY,
        person=draw,
    )
