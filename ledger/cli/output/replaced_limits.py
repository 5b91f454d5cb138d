"""Saying which overdraft limits of later moments another one takes the place of."""

from __future__ import annotations

from ledger.cli.corrected import as_typed
from ledger.cli.entries import entries_of_account
from ledger.cli.environment import Environment
from ledger.cli.output.visible import visible
from ledger.cli.retyped import command
from ledger.commands.results import WriteResult
from ledger.domain.events import AccountAmended
from ledger.domain.money import UNLIMITED, limit_text
from ledger.domain.overdraft_limits import Limit, replaced_limits
from ledger.errors import LedgerError


def note_replaced_limits(env: Environment, result: WriteResult) -> None:
    """Say, once an account is amended, which limits that replaces; that fails no command."""
    recorded, event = result.events[-1], result.produced[-1]
    if (
        not isinstance(event, AccountAmended)
        or event.overdraft_limit is None
        or recorded.effective_at >= recorded.recorded_at
        or result.replayed
        or env.quiet
    ):
        return
    account = recorded.stream_id
    try:
        with env.ledger() as ledger:
            found = entries_of_account(ledger, account).before(recorded.version)
    except LedgerError as failure:
        env.note(
            "note: this may also replace limits of later moments, which could not be looked up: "
            f"{visible(failure.message)}; to see them: {command(env, 'history', account)}"
        )
        return
    by = Limit(recorded.effective_at, event.overdraft_limit)
    for since, amount in replaced_limits(list(found.events.values()), by):
        limit = limit_text(amount, found.decimals)
        keep = command(env, "amend", account, "--overdraft", limit, "--at", as_typed(since))
        words = "unlimited overdraft" if limit == UNLIMITED else f"overdraft of {limit}"
        day = env.table_time(since).removesuffix(" 00:00:00")
        env.note(f"note: this also replaces the {words} from {day} on; to keep it: {keep}")
