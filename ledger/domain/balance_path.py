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
from copy import copy
from itertools import accumulate, groupby, islice, pairwise
from math import isqrt
from typing import Final

from ledger.domain.account_path import Change, PathPoint, only_adds_up
from ledger.domain.events import AccountAmended, AccountClosed, AccountEvent, AccountReopened
from ledger.domain.money import MAX_MINOR_UNITS

_SMALLEST: Final = 128
"""Moments in a block; there are more in those of a long path, and twice as many before a split."""

_UNASKED: Final = 32
"""Events that a short path takes without being asked before it is let go."""


class _Block:
    """Neighbouring moments (µs UTC) of one limit, open or closed throughout; it never changes.

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
        sums = list(accumulate(amounts))
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

    def with_more(self, moment: int, amount: int) -> _Block:
        moments, amounts = self.moments[:], self.amounts[:]
        place = bisect_left(moments, moment)
        if place < len(moments) and moments[place] == moment:
            amounts[place] += amount
        else:
            moments.insert(place, moment)
            amounts.insert(place, amount)
        return _Block(moments, amounts, self.limit, self.closed_at)

    def part(self, start: int, end: int | None = None) -> _Block:
        """What is between two places."""
        return _Block(self.moments[start:end], self.amounts[start:end], self.limit, self.closed_at)

    def since(self, moment: int) -> _Block:
        """The same from a moment on, with all before it counted there."""
        place = bisect_right(self.moments, moment)
        moments = [moment, *self.moments[place:]]
        amounts = [sum(self.amounts[:place]), *self.amounts[place:]]
        return _Block(moments, amounts, self.limit, self.closed_at)

    def with_terms(self, event: AccountEvent, effective_at: int) -> _Block:
        """The same after the newest event, which counts for all of it."""
        block = copy(self)
        if type(event) is AccountAmended:
            if event.overdraft_limit is not None:
                block.limit = event.overdraft_limit
        else:
            block.closed_at = effective_at if type(event) is AccountClosed else None
        return block


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

    def first_wrong(self, since: int) -> PathPoint | None:
        """The first state at a moment (µs UTC) or later that the rules do not allow."""
        for held, block in self._blocks_since(since):
            if not block.is_right(held):
                return next(point for point in block.points(held) if not point.is_right)
        return None

    def overdraft(self, since: int) -> int:
        """The least limit (minor units) that allows all balances from a moment on (µs UTC)."""
        return max((-(held + block.lowest) for held, block in self._blocks_since(since)), default=0)

    def most_to_leave(self, since: int) -> int:
        """What can leave it at a moment (µs UTC), in minor units."""
        return min(held + block.lowest + block.limit for held, block in self._blocks_since(since))

    def most_to_come(self, since: int) -> int:
        """What can come in at a moment (µs UTC), in minor units."""
        return min(
            (
                MAX_MINOR_UNITS - held - block.highest if block.closed_at is None else 0
                for held, block in self._blocks_since(since)
            ),
            default=0,
        )

    def _blocks_since(self, since: int) -> Iterator[tuple[int, _Block]]:
        """The blocks from a moment on, each after what is held before it."""
        if not self._blocks:
            return
        number = self._number(since)
        held = self._held_before(number)
        block = self._blocks[number]
        yield held, block.since(max(since, block.moments[0]))
        for later in islice(self._blocks, number + 1, None):
            held += block.total
            block = later
            yield held, block

    # ── how it follows the account ──────────────────────────────────────────────────────────────

    def ask(self, moment: int) -> None:
        """Note that it is asked about a moment (µs UTC), so that this is not let go."""
        self._asked = moment if self._asked is None else min(self._asked, moment)

    def take(self, event: AccountEvent, effective_at: int) -> bool:
        """Take the account's next event.

        Returns:
            Whether it still is the account's path.
        """
        self._taken += 1
        return self._count(event, effective_at) and (
            self._taken <= self._size + _UNASKED or self._let_go()
        )

    def with_more(self, moment: int, amount: int) -> BalancePath:
        """What it would be if so many minor units moved at a moment (µs UTC), too."""
        path = self._copy()
        path._add(moment, amount)
        return path

    def with_events(self, new: Iterable[Change]) -> BalancePath:
        """What it would be after events, which are no openings."""
        path = self._copy()
        for effective_at, event in new:
            path._count(event, effective_at)
        return path

    def _copy(self) -> BalancePath:
        path = copy(self)
        path._blocks = self._blocks[:]
        return path

    def _count(self, event: AccountEvent, effective_at: int) -> bool:
        if not self._blocks:
            return False
        if only_adds_up((event,)):
            self._add(effective_at, event.signed_amount)
            return True
        if type(event) in (AccountAmended, AccountClosed, AccountReopened):
            number = self._beginning(effective_at)
            later = [each.with_terms(event, effective_at) for each in self._blocks[number:]]
            self._blocks[number:] = later
            return True
        return False  # another opening, which few have

    def _add(self, moment: int, amount: int) -> None:
        number = self._number(moment)
        block = self._blocks[number]
        # What it does not know is counted where it begins.
        more = block.with_more(max(moment, block.moments[0]), amount)
        length = len(more.moments)
        self._size += length - len(block.moments)
        parts = [more]
        if length > 2 * self._usual_size:
            parts = [more.part(0, length // 2), more.part(length // 2)]
        self._blocks[number : number + 1] = parts

    def _beginning(self, moment: int) -> int:
        """The place of the block that begins at a moment, which there is then."""
        self._add(moment, 0)
        number = self._number(moment)
        block = self._blocks[number]
        place = bisect_left(block.moments, moment)
        if not place:
            return number
        self._blocks[number : number + 1] = [block.part(0, place), block.part(place)]
        return number + 1

    def _let_go(self) -> bool:
        """Forget what was not asked about; whether anything is left."""
        asked, self._asked, self._taken = self._asked, None, 0
        if asked is None:
            return False
        number = self._number(asked)
        gone = sum(len(block.moments) for block in self._blocks[:number])
        if gone > self._size // 2:
            first = self._blocks[number]
            self.since = first.moments[0]
            held = self._held_before(number)
            self._blocks[: number + 1] = [first.with_more(self.since, held)]
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
