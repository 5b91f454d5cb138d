"""``balance``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion import complete_beginning
from ledger.cli.environment import Environment
from ledger.cli.options import SEVERAL, AsOf, KnownAt, LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.answer import BALANCE_AT, answer
from ledger.cli.output.results import note_to_come, warn_of_lag
from ledger.queries.balances import BalanceReport

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "balance",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger balance acc-001
      ledger balance acc-001 acc-002
      ledger balance --tree
      ledger balance --as-of 2026-06-30
      total=$(ledger balance acc-001)
    """,
)
def balance(
    ctx: typer.Context,
    accounts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=SEVERAL[1],
            help="Ids of accounts, and prefixes such as club: for all open accounts below club "
            "(default: all open accounts).",
            autocompletion=complete_beginning,
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Add up what belongs together: ids have parts, a:b:c.")
    ] = False,
) -> None:
    """Show balances, now or in the past.

    In a pipe, the balance of one account is printed as a bare amount.
    """
    env = environment(ctx)
    chosen = list(dict.fromkeys(accounts or ()))
    one = len(chosen) == 1 and not chosen[0].endswith(":")
    with env.ledger() as ledger:
        if one:
            reports = [ledger.balance(chosen[0], as_of=as_of, known_at=known_at)]
        else:
            reports = ledger.balances(chosen or None, as_of=as_of, known_at=known_at)
            if as_of is None and known_at is None:
                warn_of_lag(env, ledger, "account_balances")
    note_to_come(env, reports[0].known_us if reports else None)
    if tree:
        from ledger.cli.output.balances import answer_tree

        answer_tree(env, reports)
        return
    found = map(documents.balance, reports)
    answer(
        env,
        document=lambda: next(found) if one else list(found),
        rows=found,
        columns=("balance",) if one and env.shown_as.value != "csv" else BALANCE_AT,
        person=lambda: _show(env, reports, one=one),
    )


def _show(env: Environment, reports: list[BalanceReport], *, one: bool) -> None:
    from ledger.cli.output.balances import show_balance, show_balances

    if one:
        show_balance(env, reports[0])
    else:
        show_balances(env, reports)
