"""The balance column as a witness: the amounts between two balances are what changed them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from operator import gt, itemgetter, lt
from typing import NamedTuple

import msgspec

Order = Sequence[int]
"""Indexes of rows, from the oldest to the newest."""


class Link(msgspec.Struct, frozen=True, gc=False):
    """Two rows with a balance, one after the other, and those between them without one.

    Attributes:
        before, row: indexes of the rows with a balance.
        change: of the balance.
        expected: the sum of the amounts from after ``before`` up to ``row``.
        last: the amount of ``row`` alone.
    """

    before: int
    row: int
    change: int
    expected: int
    last: int | None

    @property
    def agrees(self) -> bool:
        """Whether it does so, at least if the rows between are not booked."""
        return self.change in (self.expected, self.last)


class Agreement(NamedTuple):
    """How many links agree with the amounts, of how many."""

    agreeing: int
    links: int

    @property
    def is_full(self) -> bool:
        return self.agreeing == self.links > 0

    @property
    def is_most(self) -> bool:
        return 2 * self.agreeing > self.links


def orders(moments: Sequence[date | None]) -> list[tuple[bool, Order]]:
    """The orders in which rows may have followed, each with whether it is newest first.

    The order of the file or its reverse, unless the dates say otherwise; and both by date, since
    each day may have its newest entry first where the file has its oldest day first.
    """
    forward = list(range(len(moments)))
    backward = forward[::-1]
    found: list[tuple[bool, Order]] = []
    known = [moment for moment in moments if moment is not None]
    if len(known) < len(moments):
        return [(False, forward), (True, backward)]
    falling = any(map(gt, known, known[1:]))
    rising = any(map(lt, known, known[1:]))
    if rising or not falling:
        found.append((False, forward))
    if falling or not rising:
        found.append((True, backward))
    if rising or falling:
        for newest_first, order in ((False, forward), (True, backward)):
            dated = [index for _, index in sorted(_dated(known, order), key=itemgetter(0))]
            if all(dated != each for _, each in found):
                found.append((newest_first, dated))
    return found


def _dated(moments: Sequence[date], order: Order) -> list[tuple[date, int]]:
    return [(moments[index], index) for index in order]


def links(
    order: Order, amounts: Sequence[int | None], balances: Sequence[int | None]
) -> Iterator[Link]:
    """The links of a chain of balances, in an order."""
    before: int | None = None
    known = passed = 0
    for index in order:
        amount = amounts[index]
        passed += amount or 0
        balance = balances[index]
        if balance is None:
            continue
        if before is not None:
            yield Link(before, index, balance - known, passed, amount)
        before, known, passed = index, balance, 0


class Witness:
    """The balances of a statement, against which ways to read its amounts are checked.

    Args:
        balances: by row; None where there is none.
        moments: by row; None where a date is not readable.
        accounts: by row, where the statement is of several.
    """

    def __init__(
        self,
        balances: Sequence[int | None],
        moments: Sequence[date | None],
        accounts: Sequence[str] | None = None,
    ) -> None:
        self.balances = balances
        self._orders = orders(moments)
        self._accounts = accounts

    def agreement(self, amounts: Sequence[int | None]) -> Agreement:
        """How well the balances agree with amounts, in the order in which they agree best."""
        best = Agreement(0, 0)
        for _, order in self._orders:
            found = [self._agreement(chain, amounts) for chain in self._chains(order)]
            best = max(best, Agreement(*map(sum, zip(*found, strict=True))))
            if best.is_full:
                break
        return best

    def _agreement(self, chain: Order, amounts: Sequence[int | None]) -> Agreement:
        """As `Link.agrees` of each link, but without making the links of each of many trials."""
        agreeing = count = passed = 0
        known: int | None = None
        for index in chain:
            amount = amounts[index]
            if amount is not None:
                passed += amount
            balance = self.balances[index]
            if balance is None:
                continue
            if known is not None:
                count += 1
                agreeing += balance - known in (passed, amount)
            known, passed = balance, 0
        return Agreement(agreeing, count)

    def signs(self, amounts: Sequence[int | None]) -> tuple[list[int | None], Agreement]:
        """Which way the money of each row goes (1 in, -1 out), as far as the balances show it."""
        best: tuple[Agreement, list[int | None]] = (Agreement(0, 0), [None] * len(amounts))
        undecided = False
        for _, order in self._orders:
            signs: list[int | None] = [None] * len(amounts)
            count = shown = 0
            for chain in self._chains(order):
                self._begin(chain, amounts, signs)
                for link in links(chain, amounts, self.balances):
                    count += 1
                    if link.last is not None and abs(link.change) == abs(link.last):
                        signs[link.row] = -1 if link.change < 0 else 1
                    shown += signs[link.row] is not None
            agreement = Agreement(shown, count)
            if agreement > best[0]:
                best, undecided = (agreement, signs), False
            elif agreement == best[0] and signs != best[1]:
                undecided = True
        if undecided:
            return [None] * len(amounts), Agreement(0, best[0].links)
        return best[1], best[0]

    def _begin(self, chain: Order, amounts: Sequence[int | None], signs: list[int | None]) -> None:
        """A balance of as much as the first amount: it began at zero."""
        first = next((index for index in chain if amounts[index]), None)
        balance = None if first is None else self.balances[first]
        if first is not None and balance and abs(balance) == abs(amounts[first] or 0):
            signs[first] = 1 if balance > 0 else -1

    def _chains(self, order: Order) -> list[Order]:
        if self._accounts is None:
            return [order]
        chains: dict[str, list[int]] = {}
        for index in order:
            chains.setdefault(self._accounts[index], []).append(index)
        return list(chains.values())
