"""Saying which owners and overdraft limits of later moments an amendment takes the place of."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.cli.corrected import as_typed
from ledger.cli.entries import Entries, entries_of_account
from ledger.cli.environment import Environment
from ledger.cli.retyped import command, once_there
from ledger.commands.results import WriteResult
from ledger.domain.aggregate import ERASED, Dated
from ledger.domain.events import AccountAmended, AccountEvent
from ledger.domain.money import UNLIMITED, limit_text
from ledger.domain.overdraft_limits import Limit, replaced_limits
from ledger.errors import LedgerError
from ledger.visible import visible

_Replaced = tuple[str, int, tuple[str, str]]
"""What is replaced, from when on (µs UTC), and the option that sets it."""


def note_replaced_amendments(env: Environment, result: WriteResult) -> None:
    """Say, once an account is amended, what of later moments that replaces; that fails no
    command."""
    recorded, event = result.recorded[-1], result.produced[-1]
    if (
        not isinstance(event, AccountAmended)
        or recorded.effective_at >= recorded.recorded_at
        or result.replayed
        or env.quiet
    ):
        return
    account, since = recorded.stream_id, recorded.effective_at
    try:
        with env.ledger() as ledger:
            found = entries_of_account(ledger, account).before(recorded.version)
    except LedgerError as failure:
        env.note(
            "note: this may also replace owners or limits of later moments, which could not be "
            f"looked up: {visible(failure.message)}; {once_there(env, failure, 'history', account)}"
        )
        return
    for what, later, option in (*_owners(found, since, event), *_limits(found, since, event)):
        keep = command(env, "amend", account, *option, "--at", as_typed(later))
        day = env.table_time(later).removesuffix(" 00:00:00")
        env.note(f"note: this also replaces the {what} from {day} on; to keep it: {keep}")


def _owners(found: Entries, since: int, by: AccountAmended) -> Iterator[_Replaced]:
    if by.owner is None:
        return
    owners: dict[int, str] = {}
    newest = 0
    for version, effective_at, event in sorted(found.events.values(), key=_in_order_of_time):
        if isinstance(event, AccountAmended) and event.owner is not None and version > newest:
            newest, owners[effective_at] = version, event.owner
    counts = by.owner
    for later, owner in owners.items():
        if later > since:
            if owner not in (counts, ERASED):
                yield f"owner {visible(owner)}", later, ("--owner", owner)
            counts = owner


def _in_order_of_time(dated: Dated[AccountEvent]) -> tuple[int, int]:
    return dated.effective_at, dated.version


def _limits(found: Entries, since: int, by: AccountAmended) -> Iterator[_Replaced]:
    if by.overdraft_limit is None:
        return
    for later, amount in replaced_limits(
        list(found.events.values()), Limit(since, by.overdraft_limit)
    ):
        limit = limit_text(amount, found.decimals)
        words = "unlimited overdraft" if limit == UNLIMITED else f"overdraft of {limit}"
        yield words, later, ("--overdraft", limit)
