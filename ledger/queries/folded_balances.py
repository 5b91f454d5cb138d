"""Balances folded from the log, to hold others against."""

from __future__ import annotations

from typing import Final

from ledger.eventstore.store import version_at
from ledger.queries.source import Point, Source, was_there

FOLDED: Final = 10
"""Accounts that are folded for one answer: enough to find a table that is wrong, and soon done."""


def folded_balance(source: Source, account_id: str, position: int, as_of: int | None) -> int:
    """What an account held, in minor units; 0 where it was not open.

    Args:
        position: what counts was recorded by then.
        as_of: what counts had happened by then (µs UTC); None for all that is recorded.
    """
    version = version_at(source.store, account_id, position)
    if not version:
        return 0
    account = source.repository.load_at(account_id, to_version=version, as_of=as_of).account
    return account.state.balance if was_there(account, Point(as_of)) else 0
