"""Balances folded from the log, to hold others against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.commands.repository import fold, fold_decoded
from ledger.domain.account import BankAccount
from ledger.domain.instant import LATEST
from ledger.eventstore.codec import decode_events
from ledger.eventstore.store import EventStore, archive_of, archived_version, version_at
from ledger.queries.source import Point, Source, was_there

if TYPE_CHECKING:
    from ledger.eventstore.archive.records import KeptArchive

FOLDED: Final = 10
"""Accounts that are folded for one answer: enough to find a table that is wrong, and soon done."""


class Moment(NamedTuple):
    """An account at a moment.

    Attributes:
        as_of: what counts had happened by then (µs UTC); None for all that is recorded.
    """

    account_id: str
    as_of: int | None


def folded_balances(source: Source, moments: Iterable[Moment], position: int) -> dict[Moment, int]:
    """What accounts held at moments, in minor units; 0 where one was not open.

    Where that takes archived entries, they are read once for all of them.

    Args:
        position: what counts was recorded by then.
    """
    wanted, archive = dict.fromkeys(moments), archive_of(source.store)
    accounts: dict[Moment, BankAccount] = {}
    if archive is not None:
        archived = [each for each in wanted if _takes_archive(archive, each, position)]
        accounts = _folded_from_first(source.store, archive, archived, position)
    return {
        each: _balance(accounts.get(each) or _folded(source, each, position), each)
        for each in wanted
    }


def _balance(account: BankAccount, moment: Moment) -> int:
    return account.state.balance if was_there(account, Point(moment.as_of)) else 0


def _folded(source: Source, moment: Moment, position: int) -> BankAccount:
    """An account folded from the newest snapshot on that can be used."""
    version = version_at(source.store, moment.account_id, position)
    if not version:
        return BankAccount(moment.account_id)
    return source.repository.load_at(
        moment.account_id, to_version=version, as_of=moment.as_of
    ).account


def _takes_archive(archive: KeptArchive, moment: Moment, position: int) -> bool:
    """Whether an account cannot be begun with what was kept of it when it was archived."""
    stream = archive.stream(moment.account_id)
    return stream is not None and (
        position < archive.position
        or (moment.as_of is not None and moment.as_of < stream.highest_effective_at)
    )


def _folded_from_first(
    store: EventStore, archive: KeptArchive, moments: Sequence[Moment], position: int
) -> dict[Moment, BankAccount]:
    """Accounts folded from their first events on, which are archived."""
    if not moments:
        return {}
    from ledger.eventstore.archive.read_through import archived_together

    accounts = {each: BankAccount(each.account_id) for each in moments}
    by_id: dict[str, list[tuple[int, BankAccount]]] = {}
    for each, account in accounts.items():
        until = LATEST if each.as_of is None else each.as_of
        by_id.setdefault(each.account_id, []).append((until, account))
    # First: more may be archived meanwhile, and what is read twice then is left out below.
    versions = {account_id: archived_version(store, account_id) for account_id in by_id}
    segments = archive.segments()
    end = min(position, segments[-1].last_position)
    events = archived_together(
        archive.access,
        segments,
        by_id.keys(),
        to_position=end,
        effective_to=max(until for ends in by_id.values() for until, _ in ends),
    )
    for recorded, event in decode_events(events):
        for until, account in by_id[recorded.stream_id]:
            if recorded.effective_at <= until:
                fold_decoded(account, ((recorded, event),))
    for each, account in accounts.items() if end < position else ():
        later = store.read_stream(
            each.account_id, after_version=versions[each.account_id], effective_to=each.as_of
        )
        known = takewhile(lambda event: event.position <= position, later)
        fold(account, (event for event in known if event.position > end))
    return accounts
