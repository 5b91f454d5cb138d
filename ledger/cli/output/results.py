"""Showing what a command did, and notes that go with an answer."""

from __future__ import annotations

from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output import documents
from ledger.cli.output.answer import BALANCE, answer
from ledger.commands.results import WriteResult
from ledger.ledger import Ledger
from ledger.times import system_clock
from ledger.visible import visible

_SHOWN: Final = 10
"""Accounts; of more, the rest is counted."""


def show_result(env: Environment, result: WriteResult, summary: str, before: str = ": ") -> None:
    """Answer a command: on a terminal in a sentence, elsewhere one row per account.

    Args:
        summary: what was done, in the past tense.
        before: what stands between that and the balances.
    """

    def draw() -> None:
        held = [
            f"{each.account_id} now holds {env.amount(str(each.balance))}"
            for each in result.accounts
        ]
        if len(held) > _SHOWN:
            from ledger.cli.output.counted import counted

            held = [*held[:_SHOWN], counted(len(held) - _SHOWN, "more account")]
        again = " (done before under this key; nothing was written)" if result.replayed else ""
        env.write(f"{visible(summary)}{before}{'; '.join(held)}{again}\n")

    answer(
        env,
        document=documents.write_result(result),
        rows=[documents.figures(account) for account in result.accounts],
        columns=BALANCE,
        person=draw,
    )
    if result.replayed:
        from ledger.cli.output.replayed import note_what_came_of_it

        note_what_came_of_it(env, result)
    if any(account.confirmed_until_us for account in result.accounts):
        from ledger.cli.output.changed_balances import ChangedBalances

        changed = ChangedBalances(env)
        changed.see(result)
        changed.tell()


def note_to_come(env: Environment, known_at: int | None) -> None:
    """Say where what is known by a moment is not settled yet, since that moment is to come."""
    if known_at is not None and known_at > system_clock() and not env.test:
        env.note(
            f"note: {env.show_second(known_at)} has not come yet: what is recorded until then will "
            "count, too"
        )


def warn_of_lag(env: Environment, ledger: Ledger, name: str) -> None:
    """Say on stderr where a projection has not seen the whole log."""
    (status,) = ledger.projections([name])
    lag = status.lag
    if lag:
        from ledger.cli.retyped import command

        env.note(
            f"note: {lag} change{' is' if lag == 1 else 's are'} not included yet; "
            f"to include them: {command(env, 'projections', '--catch-up')}"
        )
