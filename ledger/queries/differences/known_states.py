"""States of knowledge, as people name them: a position, a head, a time, a lock, another file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Final

import msgspec

from ledger.commands.known import position_known_by
from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import PeriodLocked
from ledger.errors import InvalidOption, InvalidTime, moment
from ledger.eventstore.codec import decode_event
from ledger.eventstore.opening import shown_location
from ledger.eventstore.records import Head
from ledger.eventstore.store import EventStore
from ledger.queries.source import Source

LOCK: Final = "lock"
"""Names the state in which the period that was locked last was locked first."""
NOW: Final = "now"

StateLike = int | str | Head | date | datetime | os.PathLike[str] | None

CheckHead = Callable[[EventStore, str], int]
"""Gives the position of a head that is written ``POSITION:HASH``; refuses one of another log."""

_POSITION: Final = re.compile(r"[0-9]+", re.ASCII)
_HEAD: Final = re.compile(r"[0-9]+:[0-9A-Za-z]*", re.ASCII)
_TIME: Final = re.compile(r"[0-9]{4,}-[0-9T]", re.ASCII)
_ENDING: Final = re.compile(r".*\.[A-Za-z][A-Za-z0-9]*", re.ASCII | re.DOTALL)


class Lock(msgspec.Struct, frozen=True):
    """The lock that a state of knowledge is about.

    Attributes:
        until_us: up to where it locked the books (µs UTC).
        earlier_us: up to where they were locked before that; None if never.
    """

    until_us: int
    earlier_us: int | None


class KnownState(msgspec.Struct, frozen=True):
    """What was known once.

    Attributes:
        position: the log up to it was known.
        as_of_us: the moment that a lock was about (µs UTC); None for every other state.
        time_us: the time that was named (µs UTC); likewise.
        lock: what was locked then, where a lock was named.
        typed: how it was named, where it was not by its position.
    """

    position: int
    as_of_us: int | None = None
    time_us: int | None = None
    lock: Lock | None = None
    typed: str | None = None


def is_path(text: str) -> bool:
    """Whether a text names a file: it has a ``/``, or ends as files do."""
    return "/" in text or os.sep in text or _ENDING.fullmatch(text) is not None


def is_state(text: str) -> bool:
    """Whether a text can only be meant as a state, and not as the id of an account."""
    return bool(
        text in (LOCK, NOW, "today", "yesterday")
        or _POSITION.fullmatch(text)
        or _HEAD.fullmatch(text)
        or _TIME.match(text)
        or is_path(text)
    )


def other_location(meant: StateLike) -> str | None:
    """Where another ledger is, without a password, where one is meant; else None."""
    if isinstance(meant, os.PathLike):
        return os.fspath(meant)
    return shown_location(meant) if isinstance(meant, str) and is_path(meant) else None


def known_state(
    source: Source, meant: StateLike, check_head: CheckHead, as_of: int | None
) -> KnownState:
    """The state of this ledger that somebody means.

    Args:
        meant: None for all that is recorded.
        as_of: the moment (µs UTC) that is asked about; it says which lock is meant.

    Raises:
        InvalidOption: there is no such state.
        InvalidTime: it is no time.
    """
    store = source.store
    if meant is None or meant == NOW:
        return KnownState(store.head().position)
    if isinstance(meant, Head):
        return KnownState(check_head(store, f"{meant.position}:{meant.hash.hex()}"))
    if isinstance(meant, str) and _POSITION.fullmatch(meant):
        meant = int(meant) if len(meant) < 20 else 10**20
    if isinstance(meant, int):
        return KnownState(_checked_position(store, meant))
    if isinstance(meant, str):
        if meant == LOCK:
            return _first_lock(source, as_of)
        if _HEAD.fullmatch(meant):
            return KnownState(check_head(store, meant))
    return _known_at(source, meant)


def _checked_position(store: EventStore, position: int) -> int:
    last = store.head().position
    if not 0 <= position <= last:
        raise InvalidOption(
            f"there is no position {position}"
            if position < 10**20
            else "there is no such position",
            advice=f"the last one is {last}, and 0 is before the first entry",
            last_position=last,
        )
    return position


def _known_at(source: Source, meant: object) -> KnownState:
    try:
        instant = source.times.period_end(meant)  # type: ignore[arg-type] # it refuses the rest
    except InvalidTime as error:
        if isinstance(meant, str) and not _TIME.match(meant):
            raise InvalidOption(
                f"{meant!a} is neither a position, a head, a time nor a file",
                advice="a position is a number, a head POSITION:HASH, a time such as 2026-02-28, "
                "and a file has a / or an ending",
            ) from error
        raise
    assert instant is not None
    position = position_known_by(source.store, instant)
    return KnownState(position, time_us=instant, typed=str(meant))


def _first_lock(source: Source, as_of: int | None) -> KnownState:
    """The state in which a moment was locked first; that of the last lock, if none is asked for."""
    locks = [
        (recorded.position, event.until)
        for recorded in source.store.read_stream(BOOK_STREAM)
        if recorded.event_type == PeriodLocked.__name__
        and isinstance(event := decode_event(recorded), PeriodLocked)
    ]
    if not locks:
        raise InvalidOption(
            "nothing was ever locked",
            advice="name a position, a head or a time to compare with",
        )
    until = locks[-1][1] if as_of is None else as_of
    for position, locked in locks:
        if locked >= until:
            earlier = [each for before, each in locks if before < position and each < until]
            lock = Lock(locked, max(earlier, default=None))
            return KnownState(position, until, lock=lock, typed="the lock")
    latest = max(each for _, each in locks)
    raise InvalidOption(
        f"{moment(until)} was never locked",
        advice=f"the books were locked until {moment(latest)} at the latest",
    )
