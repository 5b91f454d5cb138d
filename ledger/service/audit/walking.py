"""Reading a log that may be damaged: what cannot be read is told, and stepped over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, get_type_hints

import msgspec

from ledger.errors import DamagedLedger
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore

FROM_THE_START: Final = -(2**62)
"""Before any position, those included that no log should have."""

_SINGLE_STEPS: Final = 2_048
"""Events are read in pages; past one that cannot be read they are tried one by one for so long."""

_KINDS: Final = tuple(get_type_hints(RecordedEvent).values())

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
                _check_kinds(event)
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
                for event in events:
                    _check_kinds(event)
            except DamagedLedger as fault:
                on_damage(position, fault)
            else:
                yield from events
        after = end
        if after >= to:
            return


def _check_kinds(event: RecordedEvent) -> None:
    """Refuse values that only a damaged file holds, such as no number where a time belongs.

    Others who read the log do without, for it would cost every one of them.
    """
    values = msgspec.structs.astuple(event)
    if tuple(map(type, values)) != _KINDS:
        field, value = next(
            (field, value)
            for field, value, kind in zip(event.__struct_fields__, values, _KINDS, strict=True)
            if type(value) is not kind
        )
        raise DamagedLedger(f"the {field} of event {event.position} is {value!a}")
