"""``find``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion_of_entries import complete_actor, complete_prefix, complete_tag
from ledger.cli.options import KnownAt, LedgerCommand, environment, whole_number
from ledger.cli.output.results import note_to_come
from ledger.cli.shown_columns import Show, parse_columns

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "find",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger find rent
      ledger find --account acc- --from 2026-01 --to 2026-03
      ledger find --tag category=rent --min 500
      ledger find --without-tag category --without-receipt --json
      ledger find --limit 10
    """,
)
def find(
    ctx: typer.Context,
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT]",
            help="Only entries with this in the description, or in the id of the other account of "
            "a transfer, in capitals or not. An entry and its reversal are found together.",
            show_default=False,
        ),
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PREFIX",
            help="Only this account, or where there is no account of that id, those whose ids "
            "start so; may be given several times.",
            autocompletion=complete_prefix,
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=VALUE]",
            help="Only entries with this tag; of several, with all of them.",
            autocompletion=complete_tag,
        ),
    ] = None,
    without_tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=VALUE]",
            help="Only entries without this tag, openings left out; may be given several times.",
            autocompletion=complete_tag,
        ),
    ] = None,
    least: Annotated[
        str | None,
        typer.Option("--min", metavar="AMOUNT", help="Only this amount and more, in or out."),
    ] = None,
    most: Annotated[
        str | None,
        typer.Option("--max", metavar="AMOUNT", help="Only this amount and less, in or out."),
    ] = None,
    from_time: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TIME", help="Start of the period. A date or month means its start."
        ),
    ] = None,
    to_time: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="TIME", help="End of the period. A date or month means its end."
        ),
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only what this person or program recorded.",
            autocompletion=complete_actor,
        ),
    ] = None,
    without_receipt: Annotated[
        bool,
        typer.Option(
            "--without-receipt",
            help="Only what could have a receipt and has none, and its reversal.",
        ),
    ] = False,
    with_reversed: Annotated[
        bool,
        typer.Option(
            "--with-reversed",
            help="Show entries that were reversed at their own moment, too, and their reversals.",
        ),
    ] = False,
    known_at: KnownAt = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole_number(0), help="Show only the last N entries."),
    ] = None,
    show: Show = None,
) -> None:
    """Find entries in all accounts, in the order in which they happened.

    All that is asked for must hold. Without any of it, all entries are shown; an account that was
    opened with nothing has no entry of that.
    """
    env = environment(ctx)
    more = parse_columns(show)
    with env.ledger() as ledger:
        found = ledger.find(
            text,
            accounts=account or (),
            tags=tag or (),
            without_tags=without_tag or (),
            least=least,
            most=most,
            from_time=from_time,
            to_time=to_time,
            actor=actor,
            without_receipt=without_receipt,
            with_reversed=with_reversed,
            known_at=known_at,
            limit=limit,
        )
        note_to_come(env, found.known_us)

        from ledger.cli.output.found import show_found

        show_found(env, ledger, found, more)
