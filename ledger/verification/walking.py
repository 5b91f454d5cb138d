"""Reading a log that may be damaged: what cannot be read is told, and stepped over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ledger.errors import DamagedLedger
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore

FROM_THE_START: Final = -(2**62)
"""Before any position, those included that no log should have."""

_SINGLE_STEPS: Final = 2_048
"""Events are read in pages; past one that cannot be read they are tried one by one for so long."""

OnDamage = Callable[[int, DamagedLedger], None]
"""Called with the position that cannot be read, and why."""


def walk(
    store: EventStore,
    *,
    after: int,
    to: int,
    part: int = 0,
    parts: int = 1,
    on_damage: OnDamage,
) -> Iterator[RecordedEvent]:
    """The log in (after, to], or one of several parts of it, as far as it can be read."""
    while True:
        try:
            for event in store.read_all(
                after_position=after, to_position=to, part=part, parts=parts
            ):
                after = event.position
                yield event
            return
        except DamagedLedger:
            after = max(after, 0)
        end = min(after + _SINGLE_STEPS, to)
        for position in range(after + 1, end + 1):
            try:
                events = list(
                    store.read_all(
                        after_position=position - 1, to_position=position, part=part, parts=parts
                    )
                )
            except DamagedLedger as error:
                on_damage(position, error)
            else:
                yield from events
        after = end
        if after >= to:
            return
