from __future__ import annotations

import sqlite3

import pytest

from ledger import Ledger
from ledger.errors import NoSuchAccount
from tests.support.clock import Clock


def versions(ledger: Ledger, account_id: str | None = None) -> list[tuple[str, int]]:
    return [(each.account_id, each.version) for each in ledger.snapshots(account_id)]


@pytest.mark.parametrize(
    ("interval", "expected"), [(0, []), (1, [1, 2, 3, 4, 5, 6, 7]), (3, [3, 6]), (7, [7]), (8, [])]
)
def test_a_snapshot_is_taken_at_every_so_many_events(
    interval: int, expected: list[int], path: str, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock, snapshot_interval=interval) as ledger:
        ledger.open_account("a", "Ana")
        for _ in range(6):
            ledger.deposit("a", "1")
        assert [version for _, version in versions(ledger)] == expected
        assert all(each.usable for each in ledger.snapshots())


def test_both_sides_of_a_transfer_are_due_on_their_own(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, snapshot_interval=3) as ledger:
        ledger.open_account("a", "Ana", initial_balance="9")
        ledger.open_account("b", "Bo")
        ledger.deposit("b", "1")
        ledger.transfer("a", "b", "1")
        assert versions(ledger) == [("b", 3)]
        ledger.transfer("b", "a", "1")
        assert versions(ledger) == [("a", 3), ("b", 3)]


def test_every_hundred_events_unless_said_otherwise(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    ledger.batch([b'{"command": "deposit", "account": "a", "amount": "1"}'] * 205)
    assert versions(ledger) == [("a", 100), ("a", 200)]


def test_a_snapshot_on_demand_says_what_it_covers(ledger: Ledger, clock: Clock) -> None:
    ledger.open_account("a", "Ana", at="2026-01-01T00:00Z")
    ledger.deposit("a", "1", at=clock.now - 5)
    clock.now += 10
    ledger.deposit("a", "1", at="2026-01-02T00:00Z")
    (taken,) = ledger.snapshot(["a"])
    assert (taken.account_id, taken.version, taken.usable) == ("a", 3, True)
    assert (taken.highest_effective_us, taken.last_recorded_us) == (clock.now - 15, clock.now)
    assert ledger.snapshots() == [taken]
    assert ledger.agreement("a").snapshot_version == 3
    assert ledger.agreement("a").holds


def test_a_snapshot_may_be_taken_from_a_snapshot_with_nothing_after_it(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    first = ledger.snapshot(["a"])
    assert ledger.snapshot(["a"]) == first
    assert ledger.snapshots() == first


def test_snapshots_of_several_accounts_are_taken_or_none(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    ledger.open_account("b", "Bo")
    with pytest.raises(NoSuchAccount):
        ledger.snapshot(["a", "nobody", "b"])
    assert ledger.snapshots() == []
    ledger.snapshot(["b", "a"])
    assert versions(ledger) == [("a", 1), ("b", 1)]
    assert versions(ledger, "b") == [("b", 1)]
    assert versions(ledger, "nobody") == []


def test_a_snapshot_of_another_fold_is_passed_over_and_shown_as_unusable(
    path: str, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock, snapshot_interval=1) as ledger:
        ledger.open_account("a", "Ana", initial_balance="5")
        ledger.deposit("a", "1")
    with sqlite3.connect(path) as file:
        file.execute(
            "UPDATE snapshots SET fingerprint = 'older', state = replace(state, '500', '999')"
        )
        file.execute("UPDATE snapshots SET state = replace(state, '600', '999')")
    file.close()
    with Ledger.open(path, clock=clock, snapshot_interval=0) as ledger:
        assert [each.usable for each in ledger.snapshots()] == [False, False]
        assert ledger.deposit("a", "1").balance.minor_units == 700
        found = ledger.agreement("a")
        assert (found.snapshot, found.snapshot_version, found.holds) == (None, None, True)


def test_a_snapshot_that_cannot_be_read_is_passed_over(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, snapshot_interval=1) as ledger:
        ledger.open_account("a", "Ana", initial_balance="5")
    with sqlite3.connect(path) as file:
        file.execute("UPDATE snapshots SET state = '{}'")
    file.close()
    with Ledger.open(path, clock=clock) as ledger:
        assert ledger.balance("a").balance.minor_units == 500
        assert ledger.agreement("a").holds
        assert [entry.balance_minor for entry in ledger.history("a", limit=5).entries] == [500]


@pytest.mark.parametrize("interval", [0, 1, 2, 5])
def test_a_refused_command_takes_no_snapshot(interval: int, path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, snapshot_interval=interval) as ledger:
        ledger.open_account("a", "Ana")
        before = ledger.snapshots()
        with pytest.raises(Exception, match="holds 0"):
            ledger.withdraw("a", "1")
        assert ledger.snapshots() == before
