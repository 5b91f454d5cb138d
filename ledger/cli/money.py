"""``deposit``, ``withdraw`` and ``transfer``."""

# No `annotations` of the future: Typer would compile each of them from its text, at every start.

from typing import Annotated

import typer

from ledger.cli.completion import complete_side
from ledger.cli.environment import Environment
from ledger.cli.options import (
    Amount,
    At,
    Description,
    ExpectedVersion,
    IdempotencyKey,
    LedgerCommand,
    OpenAccount,
    Receipts,
    Tags,
    environment,
)
from ledger.cli.output.results import show_result
from ledger.cli.receipts import read_receipts
from ledger.commands.results import WriteResult
from ledger.domain.money import Money
from ledger.domain.tags import parse_tags

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "deposit",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger deposit acc-001 50.00 -m "Paycheck"
      ledger deposit acc-001 12.50 -m "Receipt found later" --at 2026-03-31
      ledger deposit acc-001 50.00 --idempotency-key payroll-2026-03
      ledger deposit acc-001 120.00 -m "Hall hire" --tag category=hire
    """,
)
def deposit(
    ctx: typer.Context,
    account: OpenAccount,
    amount: Amount,
    description: Description = "",
    tag: Tags = None,
    receipt: Receipts = None,
    at: At = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Deposit money into an account."""
    env = environment(ctx)
    tags, receipts = parse_tags(tag or ()), read_receipts(env, receipt)
    with env.ledger() as ledger:
        result = ledger.deposit(
            account,
            amount,
            description,
            tags=tags,
            receipts=receipts,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    show_result(env, result, f"deposited {_moved(env, result)}")


@commands.command(
    "withdraw",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger withdraw acc-001 12.50 -m "Stamps"
      ledger withdraw acc-001 12.50 --expected-version 3
    """,
)
def withdraw(
    ctx: typer.Context,
    account: OpenAccount,
    amount: Amount,
    description: Description = "",
    tag: Tags = None,
    receipt: Receipts = None,
    at: At = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Withdraw money from an account, no further than its overdraft limit."""
    env = environment(ctx)
    tags, receipts = parse_tags(tag or ()), read_receipts(env, receipt)
    with env.ledger() as ledger:
        result = ledger.withdraw(
            account,
            amount,
            description,
            tags=tags,
            receipts=receipts,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    show_result(env, result, f"withdrew {_moved(env, result)}")


@commands.command(
    "transfer",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger transfer acc-001 acc-002 20.00 -m "Half the rent"
    """,
)
def transfer(
    ctx: typer.Context,
    from_account: Annotated[
        str,
        typer.Argument(metavar="FROM", help="Account that pays.", autocompletion=complete_side),
    ],
    to_account: Annotated[
        str,
        typer.Argument(metavar="TO", help="Account that is paid.", autocompletion=complete_side),
    ],
    amount: Amount,
    description: Description = "",
    tag: Tags = None,
    receipt: Receipts = None,
    at: At = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Transfer money between two accounts of the same currency."""
    env = environment(ctx)
    tags, receipts = parse_tags(tag or ()), read_receipts(env, receipt)
    with env.ledger() as ledger:
        result = ledger.transfer(
            from_account,
            to_account,
            amount,
            description,
            tags=tags,
            receipts=receipts,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    show_result(env, result, f"transferred {_moved(env, result)}")


def _moved(env: Environment, result: WriteResult) -> str:
    """The amount that was moved; of a repeated command it may have been typed in another way."""
    balance = result.balance
    moved = Money(abs(result.produced[0].signed_amount), balance.currency, balance.decimals)
    return env.amount(str(moved))
