"""Whether a target has what it must, after whatever happened to the publisher and the broker."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from ledger.eventstore.records import RecordedEvent


def judged(events: Sequence[RecordedEvent], parts: Sequence[Sequence[bytes]]) -> Counter[str]:
    """See that each event is there at least once and in order, and those that come again are equal.

    Args:
        parts: what the target has, in the order of each of its parts.

    Returns:
        How many messages there are, and how many of them come again.
    """
    wanted = {event.event_id: event for event in events}
    bodies: dict[str, bytes] = {}
    part_of: dict[str, int] = {}
    again = 0
    for number, part in enumerate(parts):
        reached: Counter[str] = Counter()
        for body in part:
            found = json.loads(body)
            identity, account, version = found["id"], found["subject"], found["version"]
            if identity in bodies:
                assert bodies[identity] == body, "what comes again is other bytes"
                again += 1
            else:
                bodies[identity] = body
            assert part_of.setdefault(account, number) == number, "an account is in two parts"
            assert version <= reached[account] + 1, "an event comes before the one ahead of it"
            reached[account] = max(reached[account], version)
            _is_as_stored(body, wanted[identity])
    missing = [event.position for event in events if event.event_id not in bodies]
    assert not missing, f"positions {missing} are lost"
    return Counter({"messages": len(bodies) + again, "come again": again})


def _is_as_stored(body: bytes, event: RecordedEvent) -> None:
    """Data and metadata byte for byte, and whatever else the hash covers."""
    assert f'"data":{event.data},"metadata":{event.metadata}'.encode() in body
    found = json.loads(body)
    assert (found["position"], found["hash"]) == (event.position, event.hash.hex())
    assert (found["type"], found["aggregatetype"]) == (
        f"ledger.{event.event_type}",
        event.aggregate_type,
    )
    assert (found["data"].get("text"), found["backdated"]) == (event.text, event.backdated)
