"""An account's path, held so that one more entry in the past costs little.

An entry in the past changes every balance after it, and is held against all of them. Where
thousands come one after another, walking the path for each would take the square of their number.

This is a square-root decomposition: neighbouring moments stand in blocks, and each block knows the
sum of what moved in it, and the least and the highest of its sums so far. One more amount changes
one block; the others are asked as a whole.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby, islice, pairwise
from math import isqrt
from typing import Final

from ledger.domain.account_path import PathPoint, only_adds_up
from ledger.domain.events import AccountAmended, AccountClosed, AccountEvent, AccountReopened
from ledger.domain.money import MAX_MINOR_UNITS

_SMALLEST: Final = 128
"""Moments in a block; there are more in those of a long path, and twice as many before a split."""

_UNASKED: Final = 32
"""Events that a short path takes without being asked before it is let go."""

Amounts = Iterable[tuple[int, int]]
"""Minor units that are to come, after their effective times (µs UTC)."""


class _Block:
    """Neighbouring moments (µs UTC) of one limit, open or closed throughout.

    Attributes:
        amounts: what moved at each moment (minor units).
        total, lowest, highest: of their sums: the last, the least and the highest one.
    """

    __slots__ = ("amounts", "closed_at", "highest", "limit", "lowest", "moments", "total")

    def __init__(
        self, moments: list[int], amounts: list[int], limit: int, closed_at: int | None
    ) -> None:
        self.moments = moments
        self.amounts = amounts
        self.limit = limit
        self.closed_at = closed_at
        self.sum_up()

    def sum_up(self) -> None:
        sums = list(accumulate(self.amounts))
        self.total, self.lowest, self.highest = sums[-1], min(sums), max(sums)

    def is_right(self, held: int) -> bool:
        """Whether all states in it are, if so much was held before it."""
        lowest, highest = held + self.lowest, held + self.highest
        if self.closed_at is not None:
            return lowest == highest == 0
        return lowest >= -self.limit and highest <= MAX_MINOR_UNITS

    def points(self, held: int) -> Iterator[PathPoint]:
        for moment, amount in zip(self.moments, self.amounts, strict=True):
            held += amount
            yield PathPoint(moment, held, self.limit, self.closed_at)

    def split(self, place: int) -> _Block:
        """Give away what comes from a place on."""
        rest = _Block(self.moments[place:], self.amounts[place:], self.limit, self.closed_at)
        del self.moments[place:], self.amounts[place:]
        self.sum_up()
        return rest


class BalancePath:
    """What an account was at a moment, and at each later one became; where it was open.

    It follows the account: `take` gives it each further event. What it is not asked about for as
    many events as it holds moments is let go, so that an account with few entries in the past
    does not hold its whole life.

    Args:
        points: the path from a moment on.
        since: that moment (µs UTC).

    Attributes:
        since: it knows nothing earlier.
    """

    def __init__(self, points: Iterable[PathPoint], since: int) -> None:
        self.since = since
        self._blocks: list[_Block] = []
        self._size = 0
        self._taken = 0
        self._asked: int | None = None
        held = 0
        for (limit, closed_at), run in groupby(points, lambda each: (each.limit, each.closed_at)):
            while part := list(islice(run, self._usual_size)):
                balances = [each.balance for each in part]
                amounts = [after - before for before, after in pairwise([held, *balances])]
                held = balances[-1]
                moments = [each.moment for each in part]
                self._blocks.append(_Block(moments, amounts, limit, closed_at))
                self._size += len(part)

    # ── what it says ────────────────────────────────────────────────────────────────────────────

    def at(self, moment: int) -> PathPoint | None:
        """The account at a moment (µs UTC); None where it was not open."""
        if not self._blocks or moment < self._blocks[0].moments[0]:
            return None
        number = self._number(moment)
        block = self._blocks[number]
        amounts = block.amounts[: bisect_right(block.moments, moment)]
        balance = self._held_before(number) + sum(amounts)
        return PathPoint(moment, balance, block.limit, block.closed_at)

    def first_wrong(self, since: int, coming: Amounts = ()) -> PathPoint | None:
        """The first state at a moment (µs UTC) or later that the rules do not allow.

        Args:
            coming: amounts to be counted, too.
        """
        for held, block in self._blocks_since(since, coming):
            if not block.is_right(held):
                return next(point for point in block.points(held) if not point.is_right)
        return None

    def overdraft(self, since: int, coming: Amounts = ()) -> int:
        """The least limit (minor units) that allows all balances from a moment on (µs UTC)."""
        return max(
            (-(held + block.lowest) for held, block in self._blocks_since(since, coming)), default=0
        )

    def most_to_leave(self, since: int) -> int:
        """What can leave it at a moment (µs UTC), in minor units."""
        return min(held + block.lowest + block.limit for held, block in self._blocks_since(since))

    def most_to_come(self, since: int) -> int:
        """What can come in at a moment (µs UTC), in minor units."""
        return min(
            MAX_MINOR_UNITS - held - block.highest if block.closed_at is None else 0
            for held, block in self._blocks_since(since)
        )

    def _blocks_since(self, since: int, coming: Amounts = ()) -> Iterator[tuple[int, _Block]]:
        """The blocks from a moment on, each after what is held before it.

        Those where something is to come are copies which have it.
        """
        if not self._blocks:
            return
        since = max(since, self._blocks[0].moments[0])
        amount_at = {since: 0}
        for moment, amount in coming:
            counts_at = max(moment, since)
            amount_at[counts_at] = amount_at.get(counts_at, 0) + amount
        moments_in: dict[int, list[int]] = {}
        for moment in amount_at:
            moments_in.setdefault(self._number(moment), []).append(moment)
        first = self._number(since)
        held = self._held_before(first)
        for number, block in enumerate(islice(self._blocks, first, None), first):
            if number in moments_in:
                moments, amounts = block.moments[:], block.amounts[:]
                for moment in moments_in[number]:
                    _count(moments, amounts, moment, amount_at[moment])
                if number == first:
                    place = bisect_left(moments, since)
                    held += sum(amounts[:place])
                    del moments[:place], amounts[:place]
                block = _Block(moments, amounts, block.limit, block.closed_at)
            yield held, block
            held += block.total

    # ── how it follows the account ──────────────────────────────────────────────────────────────

    def ask(self, moment: int) -> None:
        """Note that it is asked about a moment (µs UTC), so that this is not let go."""
        self._asked = moment if self._asked is None else min(self._asked, moment)

    def take(self, event: AccountEvent, effective_at: int) -> bool:
        """Take the account's next event.

        Returns:
            Whether it still is the account's path.
        """
        if not self._blocks:
            return False
        if only_adds_up((event,)):
            self._add(effective_at, event.signed_amount)
        elif type(event) is AccountAmended:
            for block in self._from(effective_at):
                if event.overdraft_limit is not None:
                    block.limit = event.overdraft_limit
        elif type(event) is AccountClosed or type(event) is AccountReopened:
            for block in self._from(effective_at):
                block.closed_at = effective_at if type(event) is AccountClosed else None
        else:  # another opening, which few have
            return False
        self._taken += 1
        return self._taken <= self._size + _UNASKED or self._let_go()

    def _add(self, moment: int, amount: int) -> None:
        number = self._number(moment)
        block = self._blocks[number]
        # What it does not know is counted where it begins.
        self._size += _count(block.moments, block.amounts, max(moment, block.moments[0]), amount)
        block.sum_up()
        if len(block.moments) > 2 * self._usual_size:
            self._blocks.insert(number + 1, block.split(len(block.moments) // 2))

    def _from(self, moment: int) -> list[_Block]:
        """The blocks from a moment on, of which the first begins there."""
        self._add(moment, 0)
        number = self._number(moment)
        block = self._blocks[number]
        place = bisect_left(block.moments, moment)
        if place:
            number += 1
            self._blocks.insert(number, block.split(place))
        return self._blocks[number:]

    def _let_go(self) -> bool:
        """Forget what was not asked about; whether anything is left."""
        asked, self._asked, self._taken = self._asked, None, 0
        if asked is None:
            return False
        number = self._number(asked)
        gone = sum(len(block.moments) for block in self._blocks[:number])
        if gone > self._size // 2:
            held = self._held_before(number)
            del self._blocks[:number]
            first = self._blocks[0]
            first.amounts[0] += held
            first.sum_up()
            self.since = first.moments[0]
            self._size -= gone
        return True

    # ── the blocks ──────────────────────────────────────────────────────────────────────────────

    @property
    def _usual_size(self) -> int:
        return max(_SMALLEST, isqrt(self._size))

    def _number(self, moment: int) -> int:
        """The place of the block that has a moment; the first one where none has."""
        return max(bisect_right(self._blocks, moment, key=_start) - 1, 0)

    def _held_before(self, number: int) -> int:
        return sum([block.total for block in self._blocks[:number]])


def _start(block: _Block) -> int:
    return block.moments[0]


def _count(moments: list[int], amounts: list[int], moment: int, amount: int) -> bool:
    """Count an amount at a moment; whether that moment is a new one."""
    place = bisect_right(moments, moment)
    if place and moments[place - 1] == moment:
        amounts[place - 1] += amount
        return False
    moments.insert(place, moment)
    amounts.insert(place, amount)
    return True
