"""The balances along an account's path, kept so that one more amount in the past costs little.

Each backdated amount changes every balance after it. Where thousands of them are to be checked one
after another, adding all of it up anew each time would take the square of their number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

_LARGEST: Final = 512
"""Moments in a block; larger ones are split in two."""


class _Block:
    """Neighbouring moments (µs UTC), and what moved at each (minor units)."""

    __slots__ = ("amounts", "highest", "lowest", "moments", "total")

    def __init__(self, moments: list[int], amounts: list[int]) -> None:
        self.moments = moments
        self.amounts = amounts
        self.sum_up()

    def sum_up(self) -> None:
        sums = list(accumulate(self.amounts))
        self.total, self.lowest, self.highest = sums[-1], min(sums), max(sums)

    def split(self) -> _Block:
        """Give the second half away."""
        half = len(self.moments) // 2
        rest = _Block(self.moments[half:], self.amounts[half:])
        del self.moments[half:], self.amounts[half:]
        self.sum_up()
        return rest


class RunningBalances:
    """What an account held at every moment.

    Args:
        moved: amounts (minor units) with their effective times (µs UTC) before them, in any order.
    """

    def __init__(self, moved: Iterable[tuple[int, int]]) -> None:
        at: dict[int, int] = {}
        for moment, amount in moved:
            at[moment] = at.get(moment, 0) + amount
        moments = sorted(at)
        self._blocks = [
            _Block(part, [at[moment] for moment in part])
            for part in (
                moments[start : start + _LARGEST // 2]
                for start in range(0, len(moments), _LARGEST // 2)
            )
        ]

    def add(self, moment: int, amount: int) -> None:
        """Count one more amount."""
        blocks = self._blocks
        if not blocks:
            blocks.append(_Block([moment], [amount]))
            return
        number = max(bisect_right(blocks, moment, key=lambda each: each.moments[0]) - 1, 0)
        block = blocks[number]
        place = bisect_right(block.moments, moment)
        if place and block.moments[place - 1] == moment:
            block.amounts[place - 1] += amount
        else:
            block.moments.insert(place, moment)
            block.amounts.insert(place, amount)
        block.sum_up()
        if len(block.moments) > _LARGEST:
            blocks.insert(number + 1, block.split())

    def extremes(self, since: int) -> tuple[int, int]:
        """The lowest and the highest balance (minor units) at a moment (µs UTC) and later."""
        balance, found = 0, list[int]()
        for block in self._blocks:
            if block.moments[-1] <= since:
                balance += block.total
            elif block.moments[0] > since:
                found = found or [balance]
                found += (balance + block.lowest, balance + block.highest)
                balance += block.total
            else:
                place = bisect_right(block.moments, since)
                balance += sum(block.amounts[:place])
                found = list(accumulate(block.amounts[place:], initial=balance))
                balance = found[-1]
        found = found or [balance]
        return min(found), max(found)
