"""``deposit``, ``withdraw``, ``transfer`` and ``batch``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion import complete_account
from ledger.cli.environment import Environment, Format, opened_for_reading
from ledger.cli.options import (
    Account,
    Amount,
    At,
    Description,
    ExpectedVersion,
    IdempotencyKey,
    LedgerCommand,
    environment,
)
from ledger.cli.output import documents
from ledger.cli.output.results import show_result
from ledger.domain.money import Money
from ledger.service.ledger import Ledger
from ledger.service.results import BatchReport, WriteResult

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
    """,
)
def deposit(
    ctx: typer.Context,
    account: Account,
    amount: Amount,
    description: Description = "",
    at: At = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Take money into an account, from outside the ledger."""
    env = environment(ctx)
    with env.ledger() as ledger:
        result = ledger.deposit(
            account,
            amount,
            description,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    show_result(env, result, f"deposited {_in_full(amount, result)}")


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
    account: Account,
    amount: Amount,
    description: Description = "",
    at: At = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Let money out of an account, and out of the ledger. There is no overdraft."""
    env = environment(ctx)
    with env.ledger() as ledger:
        result = ledger.withdraw(
            account,
            amount,
            description,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    show_result(env, result, f"withdrew {_in_full(amount, result)}")


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
        typer.Argument(metavar="FROM", help="Who pays.", autocompletion=complete_account),
    ],
    to_account: Annotated[
        str,
        typer.Argument(metavar="TO", help="Who is paid.", autocompletion=complete_account),
    ],
    amount: Amount,
    description: Description = "",
    at: At = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Move money between two accounts of one currency: both sides, or neither."""
    env = environment(ctx)
    with env.ledger() as ledger:
        result = ledger.transfer(
            from_account,
            to_account,
            amount,
            description,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
    show_result(env, result, f"transferred {_in_full(amount, result)}")


@commands.command(
    "batch",
    cls=LedgerCommand,
    epilog="""
    \b
    A line is one command, with the names that its options have:
      {"command": "open", "account": "acc-001", "owner": "Ana Souza", "currency": "USD"}
      {"command": "deposit", "account": "acc-001", "amount": "50.00", "description": "Paycheck"}
      {"command": "transfer", "from": "acc-001", "to": "acc-002", "amount": "20.00"}
      {"command": "close", "account": "acc-001", "reason": "moved"}
    Each may also have "at", "idempotency_key" and "expected_version".

    \b
    Examples:
      ledger batch sample_data/club_year.jsonl
      echo '{"command": "open", "account": "a", "owner": "Ana"}' | ledger batch -
    """,
)
def batch(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file of JSON Lines, or - for stdin.")
    ],
    defer_projections: Annotated[
        bool,
        typer.Option("--defer-projections", help="Leave the read models behind for now."),
    ] = False,
) -> None:
    """Carry out commands from a file in one transaction: all of them, or none."""
    env = environment(ctx)
    answers = bytearray()

    def keep(line: int, result: WriteResult) -> None:
        # Nothing is committed before the last line, so nothing is acknowledged before it either.
        import msgspec

        document = {**documents.write_result(result), "line": line}
        answers.extend(msgspec.json.encode(document) + b"\n")

    with opened_for_reading(file) as lines:

        def run(ledger: Ledger) -> BatchReport:
            return ledger.batch(lines, keep if env.shown_as is Format.JSON else None)

        report = env.change_or_create(run, repeatable=False, defer_projections=defer_projections)
    env.write_bytes(bytes(answers))
    _tell(env, report)


def _in_full(amount: str, result: WriteResult) -> Money:
    """An amount that was accepted, with all decimals of its currency."""
    return Money.parse(amount, result.balance.currency)


def _tell(env: Environment, report: BatchReport) -> None:
    replayed = f", {report.replayed} of them done before" if report.replayed else ""
    env.say(f"{report.commands} commands carried out{replayed}: {report.events} events recorded")
