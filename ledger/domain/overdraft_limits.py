"""Overdraft limits over time: each counts from a moment on, until another one does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger.domain.account_path import path_of
from ledger.domain.aggregate import Dated
from ledger.domain.events import AccountEvent


class Limit(NamedTuple):
    """How far below zero (minor units) a balance may be from a moment on (µs UTC)."""

    since: int
    amount: int


def limits_since(history: Iterable[Dated[AccountEvent]], since: int) -> list[Limit]:
    """The limit at a moment (µs UTC), and at each later one where another begins to count.

    Args:
        history: all events of the account, in any order.
    """
    limits: list[Limit] = []
    for point in path_of(history, since):
        if not limits or point.limit != limits[-1].amount:
            limits.append(Limit(point.moment, point.limit))
    return limits


def replaced_limits(history: Sequence[Dated[AccountEvent]], by: Limit) -> list[Limit]:
    """Those of later moments that the newest limit takes the place of.

    Args:
        history: all events before the one that set it.
    """
    replaced: list[Limit] = []
    counts = by.amount
    for limit in limits_since(history, by.since)[1:]:
        if limit.amount != counts:  # by what counts once those before it are set again
            replaced.append(limit)
        counts = limit.amount
    return replaced
