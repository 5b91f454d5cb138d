"""Reading a log that may be damaged: what cannot be read is reported and stepped over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from ledger.errors import DamagedLedger
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.verification.findings import Finding, span_text

BEFORE_ALL: Final = -(2**62)
"""Before any position, those included that no log should have."""

_PAGE: Final = 1_000
"""Events."""

_SINGLE_STEPS: Final = 2_048
"""Positions; past one that cannot be read, so many are tried one by one."""


class Damage(NamedTuple):
    """A place in the log where an event cannot be read.

    Attributes:
        event: what is there, where it could be read from the file and yet is not what an event is.
    """

    position: int
    message: str
    event: RecordedEvent | None = None


class Page(NamedTuple):
    """Some events that follow one another, and the damage after them, if there is any."""

    events: Sequence[RecordedEvent]
    damage: Damage | None = None


def readable_pages(
    store: EventStore, *, after: int, to: int, part: int = 0, parts: int = 1
) -> Iterator[Page]:
    """The log at positions in (after, to], or one part of it, as far as it can be read."""
    while True:
        events = store.read_all(after_position=after, to_position=to, part=part, parts=parts)
        try:
            while page := list(islice(events, _PAGE)):
                yield Page(page)
                after = max(after, page[-1].position)  # pages may be out of order
            return
        except DamagedLedger:
            after = max(after, 0)
        end = min(after + _SINGLE_STEPS, to)
        for position in range(after + 1, end + 1):
            single = store.read_all(
                after_position=position - 1, to_position=position, part=part, parts=parts
            )
            try:
                page = list(single)
            except DamagedLedger as error:
                yield Page((), Damage(position, error.message))
            else:
                yield Page(page)
        after = end
        if after >= to:
            return


def damage_findings(damages: Iterable[Damage]) -> Iterator[Finding]:
    """One finding for neighbouring places that cannot be read for the same reason.

    Args:
        damages: by position.
    """
    run: list[Damage] = []
    for damage in damages:
        if damage.event is not None:
            yield Finding.at(damage.event, "unreadable", damage.message)
            continue
        if run and (damage.position, damage.message) != (run[-1].position + 1, run[-1].message):
            yield _unreadable(run)
            run = []
        run.append(damage)
    if run:
        yield _unreadable(run)


def _unreadable(run: Sequence[Damage]) -> Finding:
    span = span_text(run[0].position, run[-1].position)
    return Finding(
        check="unreadable",
        position=run[0].position,
        message=f"the file cannot be read at position {span}: {run[0].message}",
        expected=span,
    )
