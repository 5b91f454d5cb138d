"""``open``, ``close`` and ``accounts``."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

import typer

from ledger.cli.completion_of_entries import complete_prefix
from ledger.cli.environment import Environment
from ledger.cli.options import (
    At,
    ExpectedVersion,
    IdempotencyKey,
    LedgerCommand,
    OpenAccount,
    Overdraft,
    Yes,
    environment,
    whole_number,
)
from ledger.cli.output import documents
from ledger.cli.output.answer import SUMMARY, answer
from ledger.cli.output.results import show_result, warn_of_lag
from ledger.cli.streams import Format
from ledger.commands.results import WriteResult
from ledger.domain.instant import format_instant, to_instant
from ledger.ledger import Ledger
from ledger.queries.balances import AccountReport

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "open",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger open acc-001 --owner "Ana Souza"
      ledger open jp-camp --owner "Camp fund" --currency JPY --initial-balance 20000
      ledger open acc-002 --owner "Ben Okafor" --at 2026-01-01
      ledger open hours --owner "Volunteers" --currency HOURS --decimals 2
      ledger open bank --owner "Rowing club" --overdraft 500
    """,
)
def open_account(
    ctx: typer.Context,
    account: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="A new id: letters, digits and . _ : -")
    ],
    owner: Annotated[str, typer.Option(metavar="NAME", help="Name of the owner.")],
    currency: Annotated[
        str, typer.Option(metavar="CODE", help="ISO 4217 code such as EUR, or a unit of your own.")
    ] = "USD",
    initial_balance: Annotated[
        str, typer.Option(metavar="AMOUNT", help="Balance to start with.")
    ] = "0",
    decimals: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=whole_number(),
            help="How many decimals a unit of your own has, such as 8 for BTC or 0 for POINTS.",
        ),
    ] = None,
    overdraft: Overdraft = None,
    at: At = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Open an account. Opening the first one creates the ledger."""
    env = environment(ctx)

    def open_it(ledger: Ledger) -> tuple[WriteResult, str | None]:
        result = ledger.open_account(
            account,
            owner,
            currency,
            initial_balance,
            decimals=decimals,
            overdraft="0" if overdraft is None else overdraft,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
        return result, _earlier_day(ledger, result.recorded[0].effective_at)

    result, earlier = env.change_or_create(open_it)
    show_result(env, result, f"opened {account} for {owner}")
    if at is None and not result.replayed and env.shown_as is not Format.JSON:
        note = f"note: {account} is open from now on"
        if earlier is not None:
            from ledger.cli.retyped import command

            amended = command(env, "amend", account, "--opened-at", earlier)
            note += f"; for earlier entries, open it earlier: {amended}"
        env.note(note)


def _earlier_day(ledger: Ledger, opened_at: int) -> str | None:
    """The day to open it on for what happened before, such as the rest of the year.

    It is the first day after a lock where that is later; None where none comes before the opening.
    """
    # Half a day earlier it was the same year everywhere, or the one before.
    new_year = f"{format_instant(opened_at - 12 * 3_600_000_000)[:4]}-01-01"
    locked_until = ledger.locked_until
    if locked_until is None:
        return new_year
    from datetime import timedelta

    zone, unlocked = ledger.time_zone, to_instant(locked_until) + 1
    first = zone.day_of(unlocked)
    if zone.day_start(first) < unlocked:
        first += timedelta(days=1)
    return max(new_year, str(first)) if zone.day_start(first) < opened_at else None


@commands.command(
    "close",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger close acc-001 --reason "moved to another bank"
      ledger close acc-001 --yes
    """,
)
def close_account(
    ctx: typer.Context,
    account: OpenAccount,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Reason for closing it.")] = "",
    yes: Yes = False,
    at: At = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Close an account. Its balance must be zero."""
    env = environment(ctx)
    with env.ledger() as ledger:
        if env.can_ask and not yes:
            from ledger.cli.asked_closing import ask

            ask(env, ledger, account)
        result = ledger.close_account(
            account,
            reason,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    show_result(env, result, f"closed {account}")


@commands.command(
    "accounts",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger accounts
      ledger accounts acc
      ledger accounts --status active --json
    """,
)
def list_accounts(
    ctx: typer.Context,
    prefix: Annotated[
        str,
        typer.Argument(
            metavar="[PREFIX]",
            help="Only this account, or where there is no account of that id, those whose ids "
            "start so.",
            autocompletion=complete_prefix,
            show_default=False,
        ),
    ] = "",
    status: Annotated[
        str,
        typer.Option(
            metavar="active|closed|all",
            help="Only accounts with this status.",
            autocompletion=lambda: ["active", "closed", "all"],
        ),
    ] = "all",
) -> None:
    """List the accounts with owner, balance and last activity."""
    env = environment(ctx)
    with env.ledger() as ledger:
        rows = ledger.accounts(status, prefix=prefix)
        warn_of_lag(env, ledger, "account_summaries")
    found = map(documents.summary, rows)
    answer(
        env,
        document=lambda: list(found),
        rows=found,
        columns=SUMMARY,
        person=lambda: _show_accounts(env, rows),
    )


def _show_accounts(env: Environment, rows: list[AccountReport]) -> None:
    from ledger.cli.output.tables import (
        Cell,
        Column,
        money_cell,
        show_origin,
        show_table,
    )

    if not rows:
        env.note("no accounts")
        return

    @lru_cache(maxsize=1_000)  # many are the same
    def day(instant: int) -> str:
        return env.table_time(instant)[:10]

    show_table(
        env,
        (
            Column("Account"),
            Column("Owner", words=True),
            Column("Balance", number=True),
            Column(""),
            Column("Entries", number=True),
            Column("Status"),
            Column("Opened", spare=True),
            Column("Last activity"),
        ),
        (
            (
                Cell(row.account_id, "bold"),
                row.owner,
                money_cell(env, row.balance_minor, row.decimals),
                row.currency,
                str(row.transaction_count),
                Cell(row.status, "dim" if row.status == "closed" else "green"),
                day(row.opened_us),
                day(row.last_activity_us),
            )
            for row in rows
        ),
    )
    show_origin(env)
