"""The whole-path check: what a balance was, and at each later moment became.

A withdrawal that happened in the past lowers every balance after it. Looking at the final balance
alone would let a backdated one through that overdraws the account in between.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class BalanceTimeline(msgspec.Struct, frozen=True, gc=False):
    """Balances of one account at a moment and at every later effective moment.

    Attributes:
        points: (effective time in µs UTC, balance in minor units once all events of that moment
            have counted), in time order, the first being the moment that the path starts at.
    """

    points: tuple[tuple[int, int], ...]

    @classmethod
    def starting(
        cls, at: int, balance: int, movements: Iterable[tuple[int, int]] = ()
    ) -> BalanceTimeline:
        """Follow a balance from an instant on.

        Args:
            at: the instant (µs UTC).
            balance: the balance then, with every event effective at or before it.
            movements: (effective time, signed minor units) of the events after it, in any order.
        """
        change_at: dict[int, int] = {}
        for moment, amount in movements:
            change_at[moment] = change_at.get(moment, 0) + amount
        points = [(at, balance)]
        for moment in sorted(change_at):
            balance += change_at[moment]
            points.append((moment, balance))
        return cls(tuple(points))

    @property
    def lowest(self) -> int:
        """The lowest balance (minor units): the most that can leave at the start of the path."""
        return min(balance for _, balance in self.points)

    def first_below(self, minor_units: int) -> tuple[int, int] | None:
        """The first (moment, balance) that does not cover an amount, if there is one."""
        for point in self.points:
            if point[1] < minor_units:
                return point
        return None
