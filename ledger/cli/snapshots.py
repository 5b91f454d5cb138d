"""``snapshot`` and ``snapshots``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion import complete_account, complete_more_accounts
from ledger.cli.environment import Environment
from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import SNAPSHOT, answer
from ledger.errors import InvalidUsage
from ledger.queries.snapshots import SnapshotInfo

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "snapshot",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger snapshot acc-001
      ledger snapshot --all
    """,
)
def snapshot(
    ctx: typer.Context,
    accounts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ACCOUNT …", help="Ids of accounts.", autocompletion=complete_more_accounts
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All accounts.")] = False,
) -> None:
    """Take a snapshot of accounts as they are now, so that they load faster.

    One is taken automatically at every 100th event of an account.
    """
    env = environment(ctx)
    if bool(accounts) == every:
        raise InvalidUsage(
            "name one or more accounts, or use --all", advice=f"see: {ctx.command_path} --help"
        )
    with env.ledger() as ledger:
        taken = ledger.snapshot(ledger.account_ids() if every else accounts or [])
    _show_snapshots(env, taken)


@commands.command(
    "snapshots",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger snapshots
      ledger snapshots acc-001 --json
    """,
)
def snapshots(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACCOUNT]",
            help="Only the snapshots of this account.",
            autocompletion=complete_account,
            show_default=False,
        ),
    ] = None,
) -> None:
    """List the snapshots. Those made by another version of ledger are not used."""
    env = environment(ctx)
    with env.ledger() as ledger:
        if account is not None:
            ledger.balance(account)
        found = ledger.snapshots(account)
    _show_snapshots(env, found)
    unusable = sum(not info.usable for info in found)
    if unusable:
        from ledger.cli.retyped import command

        env.note(
            f"note: {unusable} of {len(found)} snapshots were made by another version of ledger "
            f"and are not used; to take new ones: {command(env, 'snapshot', '--all')}"
        )


def _show_snapshots(env: Environment, found: list[SnapshotInfo]) -> None:
    rows = map(documents.snapshot, found)

    def draw() -> None:
        from ledger.cli.output.tables import Cell, Column, show_table

        if not found:
            env.note("no snapshots yet")
            return
        show_table(
            env,
            (
                Column("Account"),
                Column("Version", number=True),
                Column("Last happened", time=True),
                Column("Last recorded", time=True),
                Column(""),
            ),
            (
                (
                    Cell(info.account_id, "bold"),
                    str(info.version),
                    env.table_time(info.highest_effective_us),
                    env.table_time(info.last_recorded_us),
                    Cell("usable", "green") if info.usable else Cell("not used", "yellow"),
                )
                for info in found
            ),
        )

    answer(env, document=lambda: list(rows), rows=rows, columns=SNAPSHOT, person=draw)
