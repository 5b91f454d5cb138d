"""Asking whether the last run is to be undone."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.cli.entries import entries_of_account, told
from ledger.cli.environment import Environment
from ledger.cli.output.counted import counted, listed
from ledger.commands.undoing import UndoPlan
from ledger.ledger import Ledger
from ledger.visible import visible


def ask(env: Environment, ledger: Ledger) -> None:
    """Have the person agree to what is going to be reversed.

    Raises:
        LedgerError: it cannot be undone.
        typer.Exit: the answer was no.
    """
    agreed = None
    while (plan := ledger.undo_plan()) != agreed:  # something was recorded while they thought
        env.say(visible(_told(env, ledger, plan)))
        env.confirm(f"Reverse {'it' if plan.entries == 1 else 'them all'}?")
        agreed = plan


def _told(env: Environment, ledger: Ledger, plan: UndoPlan) -> str:
    """What is going to be reversed: an entry, or how much of what."""
    run = f"Your last run, {plan.command} on {env.table_time(plan.recorded_us)}, recorded"
    account, *others = plan.account_ids
    if plan.entries == 1:
        found, version = entries_of_account(ledger, account), plan.last_version
        text = found.entries[version].description
        words = f" ({text})" if text else ""
        return f"{run} version {version} of {account}: {told(env, found, version)}{words}."
    where = counted(len(plan.account_ids), "account") if others else account
    return f"{run} {counted(plan.entries, 'entry')} on {where}: {', '.join(_sums(plan))}."


def _sums(plan: UndoPlan) -> Iterator[str]:
    for word, sums in (
        ("in", plan.money_in),
        ("out", plan.money_out),
        ("transferred", plan.transferred),
    ):
        if sums:
            yield f"{listed(sums)} {word}"
