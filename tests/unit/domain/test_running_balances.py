"""Running balances are what adding up gives."""

from __future__ import annotations

import random

import pytest

from ledger.domain.running_balances import RunningBalances


def added_up(moved: list[tuple[int, int]], since: int) -> tuple[int, int]:
    moments = [since, *(moment for moment, _ in moved if moment > since)]
    balances = [sum(amount for at, amount in moved if at <= moment) for moment in moments]
    return min(balances), max(balances)


@pytest.mark.parametrize("seed", range(20))
def test_the_extremes_are_those_of_the_naive_sums(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.domain.running_balances._LARGEST", 6)
    dice = random.Random(seed)
    moved = [(dice.randrange(40), dice.randint(-9, 9)) for _ in range(dice.randrange(30))]
    balances = RunningBalances(moved)
    for _ in range(80):
        moved.append((dice.randrange(60), dice.randint(-9, 9)))
        balances.add(*moved[-1])
        since = dice.randrange(-2, 62)
        assert balances.extremes(since) == added_up(moved, since)
