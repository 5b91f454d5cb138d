"""Entries as they stand: what moved money, with all that was changed about it since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ledger.domain.aggregate import Dated
from ledger.domain.events import AccountEvent, EntryAmended, EntryReversed, Movement
from ledger.domain.receipts import Receipt


class Entry(msgspec.Struct, gc=False):
    """An entry, other than an opening.

    Attributes:
        event: as it was recorded; the description, tags and receipts are those of today.
        effective_at: µs UTC.
        reversed_by: the version of its reversal; 0 where it stands.
        amended_by: the versions of its amendments.
    """

    version: int
    effective_at: int
    event: Movement
    description: str
    tags: Mapping[str, str]
    receipts: tuple[Receipt, ...]
    reversed_by: int = 0
    amended_by: tuple[int, ...] = ()


def entries_of(history: Iterable[Dated[AccountEvent]]) -> dict[int, Entry]:
    """The entries of an account, by version.

    Args:
        history: in version order.
    """
    entries: dict[int, Entry] = {}
    for version, effective_at, event in history:
        if isinstance(event, Movement):
            entries[version] = Entry(
                version, effective_at, event, event.words, event.tags, event.receipts
            )
        elif type(event) is EntryReversed:
            if (entry := entries.get(event.reverses)) is not None:
                entry.reversed_by = version
        elif type(event) is EntryAmended and (entry := entries.get(event.amends)) is not None:
            _amend(entry, version, event)
    return entries


def _amend(entry: Entry, version: int, event: EntryAmended) -> None:
    if event.description is not None:
        entry.description = event.description
    if event.tags is not None:
        entry.tags = event.tags
    if event.receipts is not None:
        entry.receipts = event.receipts
    entry.amended_by += (version,)


def moments_of_activity(history: Iterable[Dated[AccountEvent]]) -> list[int]:
    """When money moved (µs UTC), in order; an entry and its reversal at one moment are nothing.

    Args:
        history: in version order.
    """
    moved: dict[int, int] = {}
    for version, effective_at, event in history:
        if isinstance(event, Movement):
            moved[version] = effective_at
        elif type(event) is EntryReversed:
            if moved.get(event.reverses) == effective_at:
                del moved[event.reverses]
            else:
                moved[version] = effective_at
    return sorted(moved.values())
