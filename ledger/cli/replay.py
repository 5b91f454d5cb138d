"""``replay``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import Account, LedgerCommand, environment, whole_number
from ledger.cli.output import documents
from ledger.cli.output.answer import AGREEMENT, STEP, answer, answer_each
from ledger.cli.streams import Format
from ledger.errors import DamagedLedger

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "replay",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger replay acc-001
      ledger replay acc-001 --step
      ledger replay acc-001 --to-version 3 --step
    """,
)
def replay(
    ctx: typer.Context,
    account: Account,
    to_version: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole_number(), help="Stop after the first N events."),
    ] = None,
    step: Annotated[
        bool, typer.Option("--step", help="Show the state before and after each event.")
    ] = False,
) -> None:
    """Replay an account from its first event, without a snapshot, and compare the result.

    Reports whether the replay, the newest snapshot and the projections agree (exit status 6 if
    not).
    """
    env = environment(ctx)

    def draw() -> None:
        from ledger.cli.output.replay import show_agreement

        show_agreement(env, found)

    with env.paged():
        with env.ledger() as ledger:
            if step:
                steps = ledger.replay(account, to_version)

                def draw_steps() -> None:
                    from ledger.cli.output.replay import show_steps

                    show_steps(env, steps)

                answer_each(env, map(documents.replay_step, steps), STEP, draw_steps)
            found = ledger.agreement(account, to_version)
        document = documents.agreement(found)
        if not (step and env.shown_as in (Format.PLAIN, Format.CSV)):
            answer(env, document=document, rows=[document], columns=AGREEMENT, person=draw)
    if not found.holds:
        from ledger.cli.retyped import command

        raise DamagedLedger(
            f"the replay, the snapshot and the projections of account {account} do not agree",
            advice="the replay is right; to rebuild the rest from the log: "
            + command(env, "doctor", "--repair"),
            account_id=account,
        )
