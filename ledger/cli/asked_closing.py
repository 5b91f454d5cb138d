"""Asking whether an account is to be closed."""

from __future__ import annotations

from ledger.cli.environment import Environment
from ledger.cli.output.counted import counted
from ledger.domain.money import Money
from ledger.ledger import Ledger
from ledger.visible import visible


def ask(env: Environment, ledger: Ledger, account: str) -> None:
    """Have the person agree; where it cannot be closed there is nothing to ask.

    Raises:
        NoSuchAccount: there is none.
        typer.Exit: the answer was no.
    """
    state = ledger.history(account, limit=0).state
    if state.status != "active" or state.balance_minor:
        return
    env.say(
        f"{account} of {visible(state.owner)} holds {Money(0, state.currency, state.decimals)} "
        f"after {counted(state.transaction_count, 'entry')}."
    )
    env.confirm("Close it?")
