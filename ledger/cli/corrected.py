"""What stands in the place of an entry that was corrected, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from ledger.cli.entries import Entries, entries_of_account
from ledger.cli.environment import Environment
from ledger.cli.retyped import command
from ledger.domain.aggregate import ERASED
from ledger.domain.entries import Entry
from ledger.domain.events import EntryReversed, Movement
from ledger.domain.instant import format_instant, to_instant
from ledger.domain.money import format_minor_units
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import written_by
from ledger.eventstore.records import RecordedEvent
from ledger.ledger import Ledger

_LONGEST: Final = 3
"""Events from a reversal to the right entry: that of a transfer is on two accounts."""


def as_typed(instant: int) -> str:
    """A time (µs UTC) as people type it."""
    return format_instant(instant).replace(".000000Z", "Z")


def instant_of(time: object) -> int:
    """A time among the details of an error, as µs UTC."""
    return to_instant(datetime.fromisoformat(str(time)))


def in_its_place(ledger: Ledger, found: Entries, wrong: int) -> tuple[Entries, Entry] | None:
    """The entry that stands in the place of one that was corrected, however often that was done.

    Args:
        wrong: the version of an entry that was reversed.

    Returns:
        None where the entry was simply reversed, or what stood in its place was.
    """
    found, entry = last_right_one(ledger, found, wrong)
    return None if entry.reversed_by else (found, entry)


def last_right_one(ledger: Ledger, found: Entries, wrong: int) -> tuple[Entries, Entry]:
    """What an entry was corrected to in the end, whether or not that stands."""
    entry = found.entries[wrong]
    while entry.reversed_by:
        right = _right_one(ledger, found.positions[entry.reversed_by])
        if right is None:
            break
        found = entries_of_account(ledger, right.stream_id)
        entry = found.entries[right.version]
    return found, entry


def _right_one(ledger: Ledger, reversal_at: int) -> RecordedEvent | None:
    """The entry that was recorded together with a reversal, whose position is given."""
    reversal, *following = islice(ledger.events(raw=True, from_position=reversal_at), _LONGEST)
    by = written_by(reversal.metadata)
    if by.command != "correct":
        return None
    for recorded in following:
        event = decode_event(recorded)
        if isinstance(event, Movement):
            same = written_by(recorded.metadata) == by
            return recorded if same and recorded.recorded_at == reversal.recorded_at else None
        if not isinstance(event, EntryReversed):
            return None
    return None


def corrected_back(
    env: Environment, found: Entries, wrong: int, right: tuple[Entries, Entry]
) -> str:
    """The command that makes a right entry what the wrong one was; empty where it is that.

    Args:
        right: what stands in its place, as `in_its_place` gives it.
    """
    before, (holder, now) = found.entries[wrong], right
    options: list[str] = []
    if before.event.amount != now.event.amount:
        options += "--amount", format_minor_units(before.event.amount, found.decimals)
    since = counts_again_from(found, before)
    if since != now.effective_at:
        options += "--at", as_typed(since)
    if before.description not in (now.description, ERASED):
        options += "--description", before.description
    options += tags_back(now.tags, before.tags)
    for receipt in now.receipts:
        if receipt not in before.receipts:
            options += "--no-receipt", receipt.sha256
    ends_before, ends = _accounts(found, before), _accounts(holder, now)
    names = ("--from", "--to") if now.event.between_accounts else ("--account",)
    for name, was, account in zip(names, ends_before, ends, strict=True):
        if was != account:
            options += name, was
    if not options:
        return ""
    return command(env, "correct", holder.account_id, str(now.version), *options)


def recorded_again(env: Environment, found: Entries, wrong: int) -> str:
    """The command that records an entry as it was, from when on it counts no more."""
    entry = found.entries[wrong]
    account, *other = _accounts(found, entry)
    way = "transfer" if other else ("deposit" if entry.event.direction > 0 else "withdraw")
    amount = format_minor_units(entry.event.amount, found.decimals)
    options = ["--at", as_typed(counts_again_from(found, entry))]
    if entry.description and entry.description != ERASED:
        options += "--description", entry.description
    for key, value in entry.tags.items():
        options += "--tag", f"{key}={value}"
    return command(env, way, account, *other, amount, *options)


def counts_again_from(found: Entries, entry: Entry) -> int:
    """From when on (µs UTC) an entry would count a first time: until its reversal it does."""
    if not entry.reversed_by:
        return entry.effective_at
    return found.events[entry.reversed_by].effective_at


def tags_back(now: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The options that change tags to what they were."""
    options: list[str] = []
    for key in sorted({*now, *before}):
        if now.get(key) != before.get(key):
            options += "--tag", f"{key}={before.get(key, '')}"
    return options


def _accounts(found: Entries, entry: Entry) -> tuple[str, ...]:
    """The account of an entry; of a transfer the one that it is from, and the one that it is to."""
    event = entry.event
    if not event.between_accounts:
        return (found.account_id,)
    pair = (found.account_id, str(getattr(event, "counterparty", "")))
    return pair if event.direction < 0 else pair[::-1]
