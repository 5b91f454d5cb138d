"""The commands that unlock a period: no further back than is needed, and for a reason that is true.

The reason is kept in the log, where an auditor reads it as it was typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.cli.corrected import as_typed
from ledger.cli.environment import Environment
from ledger.cli.retyped import command
from ledger.domain.instant import EARLIEST

if TYPE_CHECKING:
    from ledger.times.book_zone import BookZone


def unlocked_from(env: Environment, instant: int, reason: str) -> str:
    """The command after which a moment (µs UTC) is not locked, and as little as can be before.

    Args:
        reason: why; ``{day}`` in it becomes the day of that moment.
    """
    zone = env.book_zone
    day = zone.day_of(instant)
    start = zone.day_start(day)
    stays_locked = None if start <= EARLIEST else start - 1
    return unlocked_after(env, zone, stays_locked, reason.replace("{day}", str(day)))


def unlocked_after(env: Environment, zone: BookZone, until: int | None, reason: str) -> str:
    """The command after which nothing later than a moment (µs UTC) is locked.

    Args:
        zone: the book's.
        until: None for nothing.
    """
    stays_locked = [] if until is None else [period_end(zone, until)]
    return command(env, "unlock", *stays_locked, "--reason", reason)


def period_end(zone: BookZone, until: int) -> str:
    """The end of a period (µs UTC) as people type it: of a whole day its date."""
    day = zone.day_of(until)
    return str(day) if zone.day_end(day) == until else as_typed(until)
