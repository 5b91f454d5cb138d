"""``amend`` and ``reopen``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from ledger.cli.completion import complete_closed_account
from ledger.cli.environment import Environment
from ledger.cli.options import (
    Account,
    ExpectedVersion,
    IdempotencyKey,
    LedgerCommand,
    Overdraft,
    Reason,
    environment,
    whole_number,
)
from ledger.cli.output.results import show_result
from ledger.commands.results import WriteResult
from ledger.domain.events import AccountAmended, OpeningAmended
from ledger.domain.money import MAX_MINOR_UNITS, UNLIMITED, Money

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "amend",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger amend acc-001 --owner "Ana Souza-Lima"
      ledger amend acc-001 --opened-at 2023-01-01
      ledger amend acc-001 --initial-balance 120.00
      ledger amend acc-001 --overdraft 500
      ledger amend acc-001 --overdraft unlimited --at 2026-01-01
    """,
)
def amend(
    ctx: typer.Context,
    account: Account,
    owner: Annotated[
        str | None, typer.Option(metavar="NAME", help="Another name of the owner.")
    ] = None,
    overdraft: Overdraft = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When owner or overdraft begin to count (default: now)."),
    ] = None,
    opened_at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When it was opened: earlier, or later."),
    ] = None,
    initial_balance: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="What it was opened with.")
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="What it is kept in, while it has no entries."),
    ] = None,
    decimals: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=whole_number(),
            help="How many decimals a unit of your own has, while it has no entries.",
        ),
    ] = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Change an account: its owner, its overdraft limit, or how it was opened.

    An opening is amended as if the account had been opened so at once. Every
    balance since then must still be possible; the first bad moment is named.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        result = ledger.amend_account(
            account,
            owner=owner,
            overdraft=overdraft,
            opened_at=opened_at,
            initial_balance=initial_balance,
            currency=currency,
            decimals=decimals,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    show_result(env, result, f"amended {account}: {', '.join(_told(env, result))}", "; ")
    if at is not None:
        from ledger.cli.output.replaced_amendments import note_replaced_amendments

        note_replaced_amendments(env, result)


@commands.command(
    "reopen",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger reopen acc-001 --reason "closed by mistake"
    """,
)
def reopen(
    ctx: typer.Context,
    account: Annotated[
        str,
        typer.Argument(
            metavar="ACCOUNT", help="The account's id.", autocompletion=complete_closed_account
        ),
    ],
    reason: Reason = "",
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="From when on (default: since it was closed)."),
    ] = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Open a closed account again."""
    env = environment(ctx)
    with env.ledger() as ledger:
        result = ledger.reopen_account(
            account,
            reason,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    since = env.table_time(result.recorded[0].effective_at)
    show_result(env, result, f"reopened {account} from {since} on", "; ")


def _told(env: Environment, result: WriteResult) -> Iterator[str]:
    """What is different now."""
    unit = result.balance.currency, result.balance.decimals
    for recorded, event in zip(result.recorded, result.produced, strict=True):
        if isinstance(event, OpeningAmended):
            opened = env.amount(str(Money(event.initial_balance, *unit)))
            yield f"opened on {env.table_time(event.opened_at)} with {opened}"
        elif isinstance(event, AccountAmended):
            if event.owner is not None:
                yield f"its owner is {event.owner}"
            if (limit := event.overdraft_limit) is not None:
                most = UNLIMITED
                if limit != MAX_MINOR_UNITS:
                    most = env.amount(str(Money(limit, *unit)))
                yield f"its overdraft limit is {most} from {env.table_time(recorded.effective_at)}"
