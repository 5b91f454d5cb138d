"""``reverse``, ``correct``, ``amend-entry`` and ``undo``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.completion import (
    complete_open_account,
    complete_other_account,
    complete_side,
    complete_transfer,
    complete_version,
)
from ledger.cli.environment import Environment
from ledger.cli.options import (
    Account,
    ExpectedVersion,
    IdempotencyKey,
    LedgerCommand,
    NoReceipts,
    OpenAccount,
    Reason,
    Receipts,
    TagChanges,
    Version,
    Yes,
    environment,
    whole_number,
)
from ledger.cli.output.results import show_result
from ledger.cli.receipts import read_receipts
from ledger.cli.streams import Format
from ledger.commands.corrections import EntryChanges
from ledger.commands.results import WriteResult
from ledger.domain.tags import parse_tag_changes
from ledger.errors import InvalidUsage
from ledger.ledger import Ledger

commands = typer.Typer(rich_markup_mode=None)

NewDescription = Annotated[
    str | None,
    typer.Option("--description", "-m", metavar="TEXT", help='What to say instead; "" for none.'),
]


@commands.command(
    "reverse",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger reverse acc-001 2
      ledger reverse acc-001 2 --reason "entered twice"
      ledger reverse acc-001 2 --at 2026-03-31
    """,
)
def reverse(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACCOUNT]",
            help="The account's id.",
            autocompletion=complete_open_account,
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        int | None,
        typer.Argument(
            metavar="[VERSION]",
            parser=whole_number(1),
            help="The entry's version: its # in the account's history.",
            autocompletion=complete_version,
            show_default=False,
        ),
    ] = None,
    transfer: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="A transfer, by the id that --json gave it.",
            autocompletion=complete_transfer,
        ),
    ] = None,
    reason: Reason = "",
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="From when on it counts no more (default: ever)."),
    ] = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Reverse an entry, of a transfer on both accounts.

    Balances and reports then read as if it had never been, also those of the past;
    its history shows both. An entry is reversed only once, and a reversal never:
    record the entry again instead.
    """
    env = environment(ctx)
    if (account is None) == (transfer is None) or (account is None) != (version is None):
        raise InvalidUsage(
            "an entry is named by its account and version, or by its transfer",
            advice="give one of the two",
        )
    with env.ledger() as ledger:
        if transfer is not None:
            result = ledger.reverse_transfer(
                transfer,
                reason,
                at=at,
                idempotency_key=idempotency_key,
                expected_version=expected_version,
            )
        else:
            result = ledger.reverse(
                account or "",
                version or 0,
                reason,
                at=at,
                idempotency_key=idempotency_key,
                expected_version=expected_version,
            )
        summary = _summary(env, ledger, result)
    show_result(env, result, summary, "; ")


@commands.command(
    "correct",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger correct acc-001 2 --amount 15.00
      ledger correct acc-001 2 --at 2026-03-31 -m "Receipt found later"
      ledger correct acc-001 2 --account acc-002
      ledger correct acc-001 2 --amount 15.00 --tag category=hire --tag project=
    """,
)
def correct(
    ctx: typer.Context,
    account: OpenAccount,
    version: Version,
    amount: Annotated[str | None, typer.Option(metavar="AMOUNT", help="The right amount.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it happened (default: as it was).")
    ] = None,
    description: NewDescription = None,
    tag: TagChanges = None,
    receipt: Receipts = None,
    no_receipt: NoReceipts = None,
    into: Annotated[
        str | None,
        typer.Option(
            "--account",
            metavar="ACCOUNT",
            help="The account that a deposit or withdrawal belongs to.",
            autocompletion=complete_other_account,
        ),
    ] = None,
    from_account: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="ACCOUNT",
            help="The account that a transfer came from.",
            autocompletion=complete_side,
        ),
    ] = None,
    to_account: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ACCOUNT",
            help="The account that a transfer went to.",
            autocompletion=complete_side,
        ),
    ] = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Reverse an entry and record the right one, both or neither.

    What you do not give stays as it was. Of a transfer both sides are corrected.
    """
    env = environment(ctx)
    changes = _changes(env, description, tag, receipt, no_receipt)
    with env.ledger() as ledger:
        result = ledger.correct(
            account,
            version,
            amount=amount,
            into=into or "",
            from_account=from_account or "",
            to_account=to_account or "",
            changes=changes,
            at=at,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
        summary = _summary(env, ledger, result)
    show_result(env, result, summary, "; ")


@commands.command(
    "amend-entry",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger amend-entry acc-001 2 -m "Paycheck, March"
      ledger amend-entry acc-001 2 --tag category=hire --tag project=
    """,
)
def amend_entry(
    ctx: typer.Context,
    account: Account,
    version: Version,
    description: NewDescription = None,
    tag: TagChanges = None,
    receipt: Receipts = None,
    no_receipt: NoReceipts = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Describe an entry anew: its text, tags and receipts; of a transfer on both accounts.

    No figure changes. In a locked period only receipts may be added.
    """
    env = environment(ctx)
    changes = _changes(env, description, tag, receipt, no_receipt)
    with env.ledger() as ledger:
        result = ledger.amend_entry(
            account,
            version,
            changes,
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )
        summary = _summary(env, ledger, result)
    show_result(env, result, summary, "; ")


@commands.command(
    "undo",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger undo --yes
      ledger undo --yes --reason "the wrong statement"
    """,
)
def undo(
    ctx: typer.Context,
    yes: Yes = False,
    reason: Reason = "",
) -> None:
    """Reverse all entries of your last run of the program, or none of them.

    A run is one command, a whole batch, or an import. Only entries can be undone:
    where the run did something else, the command to type instead is named. It goes
    no further back than one run, and what was undone is not undone again.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        if env.can_ask and not yes:
            from ledger.cli.asked_undo import ask

            ask(env, ledger)
        result = ledger.undo(reason)
        summary = _summary(env, ledger, result)
    show_result(env, result, summary, "; ")


def _changes(
    env: Environment,
    description: str | None,
    tags: list[str] | None,
    receipts: list[str] | None,
    without_receipts: list[str] | None,
) -> EntryChanges:
    """What is to be different about an entry; what was not typed stays as it was."""
    changes: EntryChanges = {"description": description}
    if tags:
        changes["tags"] = parse_tag_changes(tags)
    if receipts:
        changes["receipts"] = read_receipts(env, receipts)
    if without_receipts:
        changes["without_receipts"] = without_receipts
    return changes


def _summary(env: Environment, ledger: Ledger, result: WriteResult) -> str:
    """What was done, where a person reads it."""
    if env.shown_as is not Format.TABLE:
        return ""
    from ledger.cli.output.mistakes import summary

    return summary(env, ledger, result)
