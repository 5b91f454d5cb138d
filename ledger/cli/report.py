"""``report``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion_of_entries import complete_prefix
from ledger.cli.options import AsOf, KnownAt, LedgerCommand, environment
from ledger.cli.output.answer import answer
from ledger.cli.output.results import note_to_come
from ledger.cli.report_completion import complete_by

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "report",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger report --by month
      ledger report --by quarter --by account --from 2026-01-01 --to 2026-12-31
      ledger report acc- --by year
      ledger report --by month --known-at 2026-07-15 --format csv > months.csv
    """,
)
def report(
    ctx: typer.Context,
    prefixes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PREFIX …]",
            help="Only this account, or where there is no account of that id, those whose ids "
            "start so, such as club: (default: all accounts).",
            autocompletion=complete_prefix,
            show_default=False,
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="GROUP",
            help="day, week, month, quarter, year, account, or tag:KEY such as tag:category; a "
            "second one divides the first.",
            autocompletion=complete_by,
        ),
    ] = None,
    from_time: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TIME",
            help="Start of the period (default: the first entry). A date or month means its start.",
        ),
    ] = None,
    to_time: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="TIME",
            help="End of the period (default: the last entry). A date or month means its end.",
        ),
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Report money in, money out and balances, by period, account and tag.

    A transfer between accounts of the report is neither money in nor money out, entries that were
    reversed are left out, and currencies are never added up.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        found = ledger.report(
            prefixes or (),
            by=by or (),
            from_time=from_time,
            to_time=to_time,
            as_of=as_of,
            known_at=known_at,
        )
    note_to_come(env, found.known_us)
    from ledger.cli.output import reports

    answer(
        env,
        document=lambda: reports.document(found),
        rows=(reports.row(found, line) for line in found.rows),
        columns=reports.columns(found),
        person=lambda: reports.show_report(env, found),
    )
