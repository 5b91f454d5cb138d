"""A path that follows an account says what the path of its whole history says."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.account_path import PathPoint, path_of
from ledger.domain.aggregate import Dated
from ledger.domain.balance_path import BalancePath, _Block
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountEvent,
    AccountOpened,
    AccountReopened,
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    OpeningAmended,
)
from ledger.domain.money import Money

SPAN = 40
"""The last moment of a life."""


@pytest.fixture(params=[1, 3, 128])
def _block_sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.domain.balance_path._SMALLEST", request.param)


def drawn(dice: random.Random) -> AccountEvent:
    amount = dice.randint(1, 9)
    kinds: list[AccountEvent] = [
        AccountAmended(overdraft_limit=amount),
        AccountAmended(owner="Bo"),
        AccountClosed(),
        AccountReopened(),
        EntryAmended(2),
        EntryReversed(2, -amount, "USD"),
        MoneyWithdrawn(amount, "USD"),
    ]
    return dice.choice([*kinds, *[MoneyDeposited(amount, "USD")] * 3])


@pytest.mark.usefixtures("_block_sizes")
@pytest.mark.parametrize("seed", range(12))
def test_it_says_what_the_whole_history_says(seed: int) -> None:
    dice = random.Random(seed)
    history: list[Dated[AccountEvent]] = [Dated(1, 0, AccountOpened("a", "USD", 2, 9, 3, "Ana"))]
    since = dice.randrange(SPAN // 2)
    path = BalancePath(path_of(history, since), since)
    for version in range(2, 60):
        dated = Dated(version, dice.randint(0, SPAN), drawn(dice))
        history.append(dated)
        assert path.take(dated.event, dated.effective_at)
        asked = dice.randint(path.since, SPAN)
        path.ask(asked)
        new = [(dice.randint(asked, SPAN), drawn(dice)) for _ in range(dice.randrange(4))]
        points = path_of(history, asked)
        assert path.at(asked) == points[0]
        assert path.most_to_leave(asked) == min(point.balance + point.limit for point in points)
        to_come = [Dated(version + n, *change) for n, change in enumerate(new, 1)]
        points = path_of([*history, *to_come], asked)
        after = path.with_events(new)
        wrong = next((point for point in points if not point.is_right), None)
        assert after.first_wrong(asked) == wrong
        assert after.overdraft(asked) == max(-point.balance for point in points)


def test_what_was_not_open_has_no_state() -> None:
    opened = Dated[AccountEvent](1, 5, AccountOpened("a", "USD", 2, 9))
    path = BalancePath(path_of([opened], 2), 2)
    assert path.at(4) is None
    assert path.at(7) == PathPoint(7, 9, 0)
    assert BalancePath([], 2).first_wrong(2) is None
    assert not BalancePath([], 2).take(opened.event, 5)


def test_another_opening_makes_another_path() -> None:
    path = BalancePath([PathPoint(5, 9, 0)], 5)
    assert not path.take(OpeningAmended("a", "USD", 2, 9, 3), 3)


def test_what_is_not_asked_about_for_long_is_let_go() -> None:
    path = BalancePath([PathPoint(moment, moment, 0) for moment in range(600)], 0)
    path.ask(500)
    events = 0
    while path.since == 0:
        assert path.take(MoneyDeposited(1, "USD"), 600)
        events += 1
    assert 600 <= events < 700
    assert 300 < path.since <= 500
    assert path.at(500) == PathPoint(500, 500, 0)
    while path.take(MoneyDeposited(1, "USD"), 600):
        events += 1
    assert events < 1_200


@pytest.fixture
def summed_up(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many moments were summed up, each time that a block was."""
    lengths: list[int] = []

    class Counted(_Block):
        def __init__(
            self, moments: list[int], amounts: list[int], limit: int, closed_at: int | None
        ) -> None:
            lengths.append(len(moments))
            super().__init__(moments, amounts, limit, closed_at)

    monkeypatch.setattr("ledger.domain.balance_path._Block", Counted)
    return lengths


@pytest.mark.parametrize("order", ["shuffled", "newest first"])
def test_entries_in_the_past_cost_little_each(order: str, summed_up: list[int]) -> None:
    count = 3_000
    moments = list(range(count, 0, -1))
    if order == "shuffled":
        random.Random(7).shuffle(moments)
    history: list[Dated[AccountEvent]] = [Dated(1, 0, AccountOpened("a", "USD", 2, count))]
    read = 0

    def events_after(_: str, at: int, version: int) -> Iterator[Dated[AccountEvent]]:
        nonlocal read
        for dated in history[:version]:
            if dated.effective_at > at:
                read += 1
                yield dated

    account = BankAccount("a", events_after=events_after)
    account.apply(history[0].event, 0)
    for version, moment in enumerate(moments, 2):
        decide = account.withdraw if version % 2 else account.deposit
        event = decide(Money(1, "USD"), "", moment)
        account.apply(event, moment)
        history.append(Dated(version, moment, event))
    assert read < 4 * count
    assert sum(summed_up) < 3 * 256 * count
