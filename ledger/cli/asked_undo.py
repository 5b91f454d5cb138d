"""Asking whether the last run is to be undone."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.cli.environment import Environment
from ledger.cli.output.counted import counted, listed
from ledger.cli.output.visible import visible
from ledger.commands.undoing import UndoPlan
from ledger.ledger import Ledger


def ask(env: Environment, ledger: Ledger) -> None:
    """Have the person agree to what is going to be reversed.

    Raises:
        LedgerError: it cannot be undone.
        typer.Exit: the answer was no.
    """
    agreed = None
    while (plan := ledger.undo_plan()) != agreed:  # something was recorded while they thought
        env.say(visible(_told(env, plan)))
        env.confirm(f"Reverse {'it' if plan.entries == 1 else 'them all'}?")
        agreed = plan


def _told(env: Environment, plan: UndoPlan) -> str:
    """How much of what is going to be reversed."""
    return (
        f"Your last run, {plan.command} on {env.table_time(plan.recorded_at)}, recorded "
        f"{counted(plan.entries, 'entry')}: {', '.join(_sums(plan))}."
    )


def _sums(plan: UndoPlan) -> Iterator[str]:
    for word, sums in (
        ("in", plan.money_in),
        ("out", plan.money_out),
        ("transferred", plan.transferred),
    ):
        if sums:
            yield f"{listed(sums)} {word}"
