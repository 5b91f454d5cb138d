"""Upcasting on read: stored bytes stay, and an old event is lifted one schema version at a time.

A new version of an event needs one function::

    @registry.register("MoneyDeposited", 2)
    def add_category(data: JsonObject) -> JsonObject:
        return {**data, "category": "none"}

and a ``schema_version`` of 3 on the event's class. The chains are checked when the program starts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ledger.errors import BrokenUpcasters

JsonObject = dict[str, Any]
Upcaster = Callable[[JsonObject], JsonObject]


class UpcasterRegistry:
    """For each event type, the functions that lift version 1 to 2, 2 to 3, and so on."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], tuple[int, Upcaster]] = {}

    def register(
        self, event_type: str, from_version: int, to_version: int | None = None
    ) -> Callable[[Upcaster], Upcaster]:
        """Register a function that turns an event's data of one version into the next one's.

        Args:
            event_type: the name that events are stored under.
            from_version: the schema version that the function reads.
            to_version: the one it writes; the next one unless said otherwise.

        Raises:
            BrokenUpcasters: there is one for this version already, or it does not lead one up.
        """
        target = from_version + 1 if to_version is None else to_version

        def add(upcaster: Upcaster) -> Upcaster:
            step = (event_type, from_version)
            if step in self._steps:
                raise BrokenUpcasters(
                    f"two upcasters lift {event_type} from version {from_version}"
                )
            if target <= from_version:
                raise BrokenUpcasters(
                    f"the upcaster of {event_type} {from_version} leads to {target}: a cycle"
                )
            if target != from_version + 1:
                raise BrokenUpcasters(
                    f"the upcaster of {event_type} {from_version} leads to {target}: a gap"
                )
            self._steps[step] = (target, upcaster)
            return upcaster

        return add

    def check(self, current: Mapping[str, int]) -> None:
        """See that each type's chain leads from version 1 to its current version, and ends there.

        Raises:
            BrokenUpcasters: a version has no upcaster, or one leads past the current version or
                belongs to a type that does not exist.
        """
        for event_type, version in current.items():
            for step in range(1, version):
                if (event_type, step) not in self._steps:
                    raise BrokenUpcasters(f"no upcaster lifts {event_type} from version {step}")
        for event_type, from_version in self._steps:
            if event_type not in current:
                raise BrokenUpcasters(f"an upcaster is registered for {event_type}, no event type")
            if from_version >= current[event_type]:
                raise BrokenUpcasters(
                    f"the upcaster of {event_type} {from_version} leads past the current version "
                    f"{current[event_type]}"
                )

    def lift(self, event_type: str, version: int, to_version: int, data: JsonObject) -> JsonObject:
        """Data of one schema version as data of a later one; the argument is left as it is."""
        while version < to_version:
            version, upcaster = self._steps[event_type, version]
            data = upcaster(data)
        return data
