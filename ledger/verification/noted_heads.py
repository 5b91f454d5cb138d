"""Heads noted earlier: whether the log they were the end of is still part of this one.

A ledger that was migrated has another log than the one that it was made of, and says itself which
one that was. A head of that one is told for what it is: it is no part of this log, and that it is
missing is no sign of a change either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Final

from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import LedgerMigrated
from ledger.errors import DamagedLedger, InvalidOption, LedgerError
from ledger.eventstore.codec import decode_event
from ledger.eventstore.hash_chain import genesis
from ledger.eventstore.migrated_events import HASH_DIGITS, mark_of, marks_in
from ledger.eventstore.records import Head, RecordedEvent
from ledger.eventstore.store import EventStore, hash_at
from ledger.verification.findings import Finding, NotedHead

_LIKELY: Final = (2, 0)
"""By so much the positions of a migrated ledger differ from those of its source: from format 1 by
the two events of the book that come first."""

_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-fA-F]{8,64})", re.ASCII)


def parse_head(text: str) -> tuple[int, str]:
    """A noted head as its position and the hex digits of its hash.

    Raises:
        InvalidOption: it is not written ``POSITION:HASH`` with 8 to 64 digits of the hash.
    """
    match = _HEAD.fullmatch(text)
    if match is None:
        raise InvalidOption(
            f"{text!a} is not a head",
            advice="write it as reports do, POSITION:HASH, such as 1204:9f86d081884c7d65",
        )
    return int(match[1]), match[2].lower()


def position_of_head(store: EventStore, text: str) -> int:
    """The position of a noted head that is part of the log.

    Raises:
        InvalidOption: it is not written as a head, or is no head of this log.
        DamagedLedger: the event that it names is missing.
    """
    position, digits = parse_head(text)
    head = store.head()
    if position <= head.position:
        then = hash_at(store, position)
        if then is None:
            raise DamagedLedger(
                f"the event at position {position} is missing",
                advice="keep the ledger as it is, and find out what is wrong with it",
                position=position,
            )
        if then.hex().startswith(digits):
            return position
    _, told = look_in_source(store, position, digits)
    raise InvalidOption(
        told
        or (
            f"the log ends at {head.short}, before {text}"
            if position > head.position
            else f"{text} is no head of this ledger, but of another one, or it was mistyped"
        ),
        advice="compare with a head that this ledger had, or with the other ledger's file",
        head=text,
        last_position=head.position,
    )


def look_in_source(store: EventStore, position: int, digits: str) -> tuple[NotedHead, str]:
    """Whether a head that is missing here is one of a ledger that this one was migrated from.

    Returns:
        With what is to be known of it; empty where there is nothing to say.
    """
    noted, unknown = f"{position}:{digits}", ""
    for source, key in _sources(store):
        older = (
            "the ledger that this one was migrated from "
            f"(format {source.format}, {source.ledger_id})"
        )
        is_last = key is not None and source.head.startswith(noted)
        if is_last or _is_older(store, source, key, position, digits):
            which = "the last head" if is_last else "a head"
            return "of_source", (
                f"{noted} is no head of this log, but {which} of {older}: it vouches for that one "
                "alone; for this one, note the head that is shown here"
            )
        if unknown:
            continue
        if key is None:
            unknown = (
                f"whether {noted} is a head of {older} cannot be told any more, since texts were "
                "erased"
            )
        elif len(digits) < HASH_DIGITS:
            unknown = (
                f"whether {noted} is a head of {older} can be told with {HASH_DIGITS} digits of "
                "its hash, or more"
            )
    return "missing", unknown


def _is_older(
    store: EventStore, source: LedgerMigrated, key: bytes | None, position: int, digits: str
) -> bool:
    """Whether a head is one of the source's, before its last one."""
    if position == 0:
        return genesis(source.ledger_id).hex().startswith(digits)
    if key is None or len(digits) < HASH_DIGITS or source.head.startswith(f"{position}:"):
        return False
    mark = mark_of(position, digits, key)
    likely = [
        store.read_all(after_position=position + each - 1, to_position=position + each)
        for each in _LIKELY
    ]
    return any(
        mark in marks_in(event.metadata)
        for event in chain(  # it is elsewhere only where events were replaced
            *map(_readable, likely), _readable(store.read_all())
        )
    )


def _readable(events: Iterator[RecordedEvent]) -> Iterator[RecordedEvent]:
    """Events up to the first that cannot be read, which is found elsewhere."""
    with suppress(DamagedLedger):
        yield from events


def _sources(store: EventStore) -> list[tuple[LedgerMigrated, bytes | None]]:
    """Where the ledger came from, the last source first, each with the key of its events' marks,
    until that is erased.
    """
    found = []
    with suppress(LedgerError):  # what is wrong with the book is found elsewhere
        for recorded in store.read_stream(BOOK_STREAM):
            event = decode_event(recorded)
            if isinstance(event, LedgerMigrated):
                found.append((event, recorded.salt))
    return found[::-1]


def missing_head(store: EventStore, head: Head, position: int, digits: str) -> Iterator[Finding]:
    """What is wrong where a head noted earlier is not part of the log.

    Args:
        head: the end of the log.
    """
    noted = f"{position}:{digits}"
    if position > head.position:
        yield Finding(
            check="head",
            message=f"the log is shorter than when the head {noted} was noted",
            position=head.position + 1,
            expected=noted,
            found=f"the log ends at {head.short}",
        )
        return
    try:
        then = hash_at(store, position)
    except DamagedLedger as error:
        yield Finding(check="head", message=error.untold, position=position, expected=noted)
        return
    if then is None:
        message, found = f"the event that was the head {noted} is missing", "none"
    elif then.hex().startswith(digits):
        return
    else:
        message = f"the head {noted} is of another log, or the log was changed since it was noted"
        found = f"{position}:{then.hex()[: len(digits)]}"
    yield Finding(check="head", message=message, position=position, expected=noted, found=found)
