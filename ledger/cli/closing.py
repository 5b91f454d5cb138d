"""``confirm``, ``lock`` and ``unlock``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.completion import complete_confirmation
from ledger.cli.environment import Environment
from ledger.cli.options import (
    ExpectedVersion,
    IdempotencyKey,
    LedgerCommand,
    OpenAccount,
    Yes,
    as_whole_number,
    environment,
)
from ledger.cli.output.book import show_change
from ledger.cli.output.results import show_result
from ledger.cli.retyped import command, typed_again
from ledger.domain.events import BalanceConfirmed
from ledger.domain.instant import format_instant, to_instant
from ledger.domain.money import format_minor_units
from ledger.errors import InvalidUsage

if TYPE_CHECKING:
    from ledger.commands.book import UnlockPlan
    from ledger.commands.ledger_events import LedgerEvent

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "confirm",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger confirm acc-001 300.00
      ledger confirm acc-001 300.00 --as-of 2026-02-28 --source "statement 2"
      ledger confirm acc-001 --as-of 2026-02 -- 300.00
      ledger confirm acc-001 --withdraw --reason "it was another account"
    """,
)
def confirm(
    ctx: typer.Context,
    account: OpenAccount,
    amount: Annotated[
        str | None,
        typer.Argument(
            metavar="[AMOUNT]",
            help="The balance that the bank states; below zero after two dashes: -- -12.50. "
            "With --withdraw, the version of the confirmation.",
            autocompletion=complete_confirmation,
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When it was that (default: now). A date or month means its end.",
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Who states it, such as a bank statement.")
    ] = None,
    withdraw: Annotated[
        bool,
        typer.Option(
            "--withdraw", help="Withdraw a confirmation (default: the last one that stands)."
        ),
    ] = False,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it is withdrawn.")] = None,
    idempotency_key: IdempotencyKey = None,
    expected_version: ExpectedVersion = None,
) -> None:
    """Confirm that the balance of an account is what the bank states.

    It changes no figure. Where the balances differ it is refused, and entries that may be the
    reason are named. Whatever changes the confirmed balance later says so, and verify notes it.
    """
    env = environment(ctx)
    _check_goes_together(env, withdraw, as_of=as_of, source=source, reason=reason)
    if not withdraw and amount is None:
        raise InvalidUsage(
            "no balance was given",
            advice=f"give the one that the bank states: {command(env, 'confirm', account)} AMOUNT",
        )
    version = _version(env, account, amount) if withdraw else None
    with env.ledger() as ledger:
        if withdraw:
            result = ledger.withdraw_confirmation(
                account,
                version,
                reason or "",
                idempotency_key=idempotency_key,
                expected_version=expected_version,
            )
        else:
            assert amount is not None
            result = ledger.confirm(
                account,
                amount,
                source or "",
                at=as_of,
                idempotency_key=idempotency_key,
                expected_version=expected_version,
            )
    event, held = result.produced[0], result.balance
    if isinstance(event, BalanceConfirmed):
        stated = f"{env.amount(format_minor_units(event.balance, held.decimals))} {held.currency}"
        summary = f"confirmed {stated} at {env.show_end(event.until)}"
    else:
        until = env.show_end(result.recorded[0].effective_at)
        summary = f"withdrew the confirmation of {until}"
    show_result(env, result, summary)


def _check_goes_together(env: Environment, withdraw: bool, **given: str | None) -> None:
    wrong = ("as_of", "source") if withdraw else ("reason",)
    for name in wrong:
        if given[name] is not None:
            option = f"--{name.replace('_', '-')}"
            raise InvalidUsage(
                f"{option} {'does not go' if withdraw else 'goes only'} with --withdraw",
                advice=f"leave it out: {typed_again(env, {name: None})}",
            )


def _version(env: Environment, account: str, text: str | None) -> int | None:
    if text is None:
        return None
    version = as_whole_number(text)
    if version is None or version < 1:
        raise InvalidUsage(
            f"{text!a} is no version of a confirmation",
            advice="leave it out for the last one, or see which there are: "
            + command(env, "history", account),
        )
    return version


@commands.command(
    "lock",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger lock 2026-02-28
      ledger lock 2026-02 --reason "closed for February" --yes
    """,
)
def lock(
    ctx: typer.Context,
    until: Annotated[
        str,
        typer.Argument(metavar="TIME", help="The last day or month to be locked, or a moment."),
    ],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept.")] = "",
    yes: Yes = False,
) -> None:
    """Lock a period, so that nothing in it can change.

    No command, batch or import can enter, correct or reverse anything at or before that time,
    whoever gives it. Confirmations and receipts can still be added, and personal texts erased.
    """
    env = environment(ctx)
    with env.ledger() as ledger:
        end = to_instant(ledger.plan_lock(until))
        if not yes:
            _ask(
                env,
                f"Nothing up to {env.show_end(end)} can be entered or changed any more then, "
                "by anybody.",
                "Lock it?",
            )
        recorded = ledger.lock(end, reason)
    _show(env, "lock", recorded, end)


@commands.command(
    "unlock",
    cls=LedgerCommand,
    epilog="""
    \b
    Examples:
      ledger unlock --reason "an invoice of January was found"
      ledger unlock 2025-12-31 --reason "January is corrected" --yes
    """,
)
def unlock(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept.")],
    until: Annotated[
        str | None,
        typer.Argument(
            metavar="[TIME]",
            help="The last day or month that stays locked (default: nothing does).",
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """Unlock a period, or a part of it, so that it can be changed again."""
    env = environment(ctx)
    with env.ledger() as ledger:
        plan, agreed = ledger.plan_unlock(reason, until), None
        while not yes and plan != agreed:  # another period was locked while they thought
            _ask(env, _unlocked(env, plan), "Unlock it?")
            plan, agreed = ledger.plan_unlock(reason, until), plan
        recorded = ledger.unlock(reason, plan.until_us)
    _show(env, "unlock", recorded, plan.until_us)
    env.note(f"note: to see what changes from now on: {command(env, 'diff')}")


def _unlocked(env: Environment, plan: UnlockPlan) -> str:
    """What is going to be unlocked."""
    since = "" if plan.until_us is None else f" after {env.show_end(plan.until_us)} and"
    return (
        f"Everything{since} up to {env.show_end(plan.locked_until_us)} can be changed again then, "
        "by anybody."
    )


def _ask(env: Environment, what: str, question: str) -> None:
    """Have the person who types agree, where there is one.

    Raises:
        typer.Exit: the answer was no.
    """
    if not env.can_ask:
        return
    env.say(what)
    env.confirm(question)


def _show(env: Environment, name: str, recorded: LedgerEvent, until: int | None) -> None:
    if until is None:
        summary = "nothing is locked now"
    else:
        summary = f"the books are locked up to {env.show_end(until)}"
    locked_until = None if until is None else format_instant(until)
    show_change(env, name, recorded, summary, locked_until=locked_until)
