"""Where answers come from, and the accounts as they were at any point."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ledger.commands.book_times import BookTimes
from ledger.commands.repository import AccountRepository, LoadedAccount
from ledger.domain.account import BankAccount
from ledger.domain.instant import format_instant
from ledger.domain.validation import check_account_id
from ledger.errors import InvalidOption, NoSuchAccount, moment, second
from ledger.eventstore.store import EventStore, stream_version, version_at
from ledger.projections.projector import Projector


class Point(NamedTuple):
    """A point on both clocks (µs UTC): what was effective by one, and recorded by the other.

    None is *now*. What was known at an instant is the log up to a position, which is found once and
    then used everywhere; see `known_position`.
    """

    as_of: int | None = None
    known_at: int | None = None
    known_position: int | None = None


NOW = Point()


class Source(msgspec.Struct, frozen=True):
    """What questions are put to."""

    store: EventStore
    repository: AccountRepository
    projector: Projector
    times: BookTimes


def account_at(
    source: Source, account_id: str, point: Point, at_version: int | None = None
) -> LoadedAccount:
    """An account at a point.

    Args:
        at_version: count versions up to this one.

    Raises:
        NoSuchAccount: there is none, or there was none then.
    """
    loaded = source.repository.load_at(
        account_id,
        to_version=last_version(source, account_id, point, at_version),
        as_of=point.as_of,
    )
    check_there(source, loaded.account, point)
    return loaded


def account_ids(source: Source, prefix: str = "") -> list[str]:
    """The ids of all accounts that ever were and start with a prefix, sorted."""
    return [each for each in source.store.stream_ids(prefix) if not each.startswith("$")]


def last_version(
    source: Source, account_id: str, point: Point, at_version: int | None = None
) -> int | None:
    """The last version that counts; None for all."""
    if point.known_position is None:
        return at_version
    known = version_at(source.store, account_id, point.known_position)
    return known if at_version is None else min(known, at_version)


def check_there(source: Source, account: BankAccount, point: Point = NOW) -> None:
    """See that an account has any event at a point.

    Raises:
        NoSuchAccount: there is none, or there was none then.
    """
    if was_there(account, point):
        return
    account_id = account.stream_id
    if not stream_version(source.store, account_id):
        check_account_id(account_id)
        _ = account.state
    when = " and ".join(
        f"{words} {second(instant)}"
        for words, instant in (("as of", point.as_of), ("known at", point.known_at))
        if instant is not None
    )
    raise NoSuchAccount(
        f"there was no account {account_id} {when}",
        advice="its history shows when it was opened, and when that was recorded",
        account_id=account_id,
        opened_later=True,
    )


def was_there(account: BankAccount, point: Point) -> bool:
    """Whether an account was open at a point, or had been; an opening may be amended to later."""
    as_of = point.as_of
    return account.version > 0 and (as_of is None or as_of >= account.state.opened_at)


def check_exists(source: Source, account_id: str) -> None:
    """See that there is such an account, without reading its events.

    Raises:
        NoSuchAccount: there is none.
    """
    if not stream_version(source.store, account_id):
        check_there(source, BankAccount(account_id))


def check_version(source: Source, account_id: str, version: int) -> None:
    """See that an account has a version.

    Raises:
        NoSuchAccount: there is no such account.
        InvalidOption: it has no such version.
    """
    check_exists(source, account_id)
    last = stream_version(source.store, account_id)
    if not 1 <= version <= last:
        raise InvalidOption(
            f"account {account_id} has no version {version}",
            advice=f"it has versions 1 to {last}",
            account_id=account_id,
            last_version=last,
        )


def check_period(from_time: int | None, to_time: int | None) -> None:
    """See that a period (µs UTC) does not end before it begins.

    Raises:
        InvalidOption: it does.
    """
    if from_time is not None and to_time is not None and from_time > to_time:
        raise InvalidOption(
            f"the period ends before it begins: {moment(from_time)} is later than "
            f"{second(to_time)}",
            advice="give the earlier time first",
            **{"from": format_instant(from_time), "to": format_instant(to_time)},
        )
