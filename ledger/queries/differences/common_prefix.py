"""How far two logs are the same: each hash covers all that comes before it."""

from __future__ import annotations

from collections.abc import Callable

from ledger.eventstore.records import Head

HeadAt = Callable[[int], Head]
"""Where a log ended when it was so long."""


def common_position(one: HeadAt, other: HeadAt, to_position: int) -> int | None:
    """The last position up to which two logs are the same, found in O(log n) reads.

    Args:
        to_position: look no further; both have it.

    Returns:
        None where they have nothing in common, since they are of two ledgers.
    """

    def same_at(position: int) -> bool:
        return one(position).hash == other(position).hash

    if not same_at(0):
        return None
    if same_at(to_position):  # as a ledger and its backup are
        return to_position
    same, different = 0, to_position
    while different - same > 1:
        middle = (same + different) // 2
        if same_at(middle):
            same = middle
        else:
            different = middle
    return same
