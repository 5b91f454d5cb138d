"""Replaying an account, and whether all ways to its state agree; what was edited is found out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

import pytest

from ledger import Ledger
from ledger.errors import (
    DamagedLedger,
    InvalidOption,
    NoSuchAccount,
    ProjectionOutdated,
    UnreadableEvent,
)
from tests.support.clock import Clock
from tests.support.log_editing import edit_file


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    ledger.open_account("a", "Ana", initial_balance="100", at="2026-01-01T00:00Z")
    ledger.deposit("a", "5")
    ledger.withdraw("a", "105")
    ledger.close_account("a", "over")
    ledger.open_account("b", "Bo", initial_balance="7")
    return ledger


def test_a_replay_shows_the_state_before_and_after_each_event(ledger: Ledger) -> None:
    steps = list(ledger.replay("a"))
    assert [type(step.event).__name__ for step in steps] == [
        *("AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed"),
    ]
    assert [step.recorded.version for step in steps] == [1, 2, 3, 4]
    assert [step.before.balance_minor if step.before else None for step in steps] == [
        *(None, 10000, 10500, 0),
    ]
    assert [step.after.balance_minor for step in steps] == [10000, 10500, 0, 0]
    assert [step.after.status for step in steps] == ["active", "active", "active", "closed"]
    assert [step.after.transaction_count for step in steps] == [0, 1, 2, 2]


def test_a_replay_stops_where_it_is_told(ledger: Ledger) -> None:
    assert [step.recorded.version for step in ledger.replay("a", 2)] == [1, 2]
    for version in (0, 5):
        with pytest.raises(InvalidOption, match=f"has no version {version}"):
            list(ledger.replay("a", version))
    with pytest.raises(NoSuchAccount):
        list(ledger.replay("nobody"))
    with pytest.raises(NoSuchAccount):
        list(ledger.replay("nobody", 1))


def test_a_long_replay_is_whole(ledger: Ledger) -> None:
    ledger.batch([b'{"command": "deposit", "account": "b", "amount": "0.01"}'] * 2_100)
    steps = list(ledger.replay("b"))
    assert [step.recorded.version for step in steps] == list(range(1, 2_102))
    assert steps[-1].after.balance_minor == 2_800
    assert len(list(ledger.replay("b", 1_500))) == 1_500


@pytest.mark.parametrize("account", ["a", "b"])
def test_all_ways_agree(account: str, ledger: Ledger) -> None:
    ledger.snapshot(["a"])
    found = ledger.agreement(account)
    assert found.holds
    assert found.disagreements == ()
    assert found.projection == found.fold
    assert found.projected_balance_minor == found.fold.balance_minor
    assert found.projection_lag == 0
    assert (found.snapshot_version, found.snapshot) == (
        (4, found.fold) if account == "a" else (None, None)
    )


def test_at_an_earlier_version_only_snapshots_can_agree(ledger: Ledger, clock: Clock) -> None:
    found = ledger.agreement("a", 2)
    assert (found.version, found.fold.balance_minor) == (2, 10500)
    assert (found.projection, found.projected_balance_minor, found.snapshot) == (None, None, None)
    assert found.holds
    for version in (0, 5):
        with pytest.raises(InvalidOption):
            ledger.agreement("a", version)
    with pytest.raises(NoSuchAccount):
        ledger.agreement("nobody")
    with pytest.raises(NoSuchAccount):
        ledger.agreement("nobody", 1)


def test_projections_that_lag_are_not_asked(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, defer_projections=True) as ledger:
        ledger.open_account("a", "Ana")
        ledger.deposit("a", "1")
        found = ledger.agreement("a")
        assert (found.projection, found.projected_balance_minor, found.projection_lag) == (
            None,
            None,
            2,
        )
        assert found.holds
        ledger.rebuild_projections(["account_summaries"], workers=1)
        assert ledger.agreement("a").projection_lag == 2
        ledger.catch_up()
        assert ledger.agreement("a").projection_lag == 0
        assert ledger.agreement("a").projection is not None


# ── editing the file ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def edited(path: str, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Two accounts, one of them closed, after somebody has changed the file by hand."""
    with Ledger.open(path, clock=clock, snapshot_interval=2) as ledger:
        ledger.open_account("a", "Ana", initial_balance="5", at="2026-01-01T00:00Z")
        ledger.deposit("a", "1")
        ledger.deposit("a", "1", at="2026-01-05T00:00Z")
        ledger.open_account("b", "Bo")
        ledger.close_account("b")
        ledger.open_account("c", "Cy")
    with sqlite3.connect(path) as file:
        assert file.execute(request.param).rowcount != 0
    file.close()
    with Ledger.open(path, clock=clock) as ledger:
        yield ledger


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        (
            "UPDATE events SET event_type = 'MoneyDeposited', schema_version = 3,"
            """ data = '{"amount": 1, "currency": "USD"}'""",
            r"event 2 \(MoneyDeposited\) comes before the opening of 'a'",
        ),
        ("UPDATE events SET event_type = 'Bonus'", "event 2 .*there is no event type 'Bonus'"),
        ("UPDATE events SET schema_version = 9", "event 2 .*has no schema version 9"),
        ("UPDATE events SET data = '{'", "event 2 .*ends too early"),
    ],
)
def test_an_event_that_makes_no_sense_is_named_whatever_is_asked(
    statement: str, complaint: str, path: str, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        ledger.open_account("a", "Ana")
    edit_file(path, f"{statement} WHERE position = 2")
    with Ledger.open(path, clock=clock) as ledger:
        questions: list[Callable[[], object]] = [
            lambda: ledger.balance("a"),
            lambda: ledger.history("a"),
            lambda: list(ledger.replay("a")),
            lambda: ledger.agreement("a"),
            lambda: ledger.deposit("a", "1"),
            lambda: ledger.snapshot(["a"]),
        ]
        for question in questions:
            with pytest.raises(UnreadableEvent, match=complaint) as refusal:
                question()
            assert refusal.value.details["position"] == 2
        assert ledger.head().position == 2


ON_A = "WHERE account_id = 'a'"
ON_B = "WHERE account_id = 'b'"


@pytest.mark.parametrize(
    ("edited", "account", "culprit"),
    [
        (f"UPDATE account_balances SET balance = 701 {ON_A}", "a", "account_balances"),
        (f"UPDATE account_balances SET currency = 'EUR' {ON_A}", "a", "account_balances"),
        (f"UPDATE account_balances SET version = 2 {ON_A}", "a", "account_balances"),
        (f"DELETE FROM account_balances {ON_A}", "a", "account_balances"),
        ("DELETE FROM account_balances WHERE account_id = 'c'", "c", "account_balances"),
        (f"UPDATE account_balances SET decimals = 3 {ON_A}", "a", "account_balances"),
        (f"UPDATE account_balances SET initial_balance = 1 {ON_A}", "a", "account_balances"),
        (f"UPDATE account_balances SET is_open = 0 {ON_A}", "a", "account_balances"),
        (f"UPDATE account_balances SET is_open = 1 {ON_B}", "b", "account_balances"),
        (f"DELETE FROM account_balances {ON_B}", "b", "account_balances"),
        (f"UPDATE account_summaries SET owner = 'Eve' {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET balance = 0 {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET currency = 'EUR' {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET decimals = 0 {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET initial_balance = 1 {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET overdraft_limit = 1 {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET transaction_count = 1 {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET opened_at = 1 {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET last_activity = 1 {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET status = 'closed' {ON_A}", "a", "account_summaries"),
        (f"UPDATE account_summaries SET status = 'active' {ON_B}", "b", "account_summaries"),
        (f"UPDATE account_summaries SET closed_at = NULL {ON_B}", "b", "account_summaries"),
        (f"DELETE FROM account_summaries {ON_A}", "a", "account_summaries"),
        ("UPDATE snapshots SET state = replace(state, '600', '601')", "a", "snapshot"),
        ("UPDATE snapshots SET state = replace(state, 'Ana', 'Eve')", "a", "snapshot"),
    ],
    indirect=["edited"],
)
def test_an_edited_row_or_snapshot_is_found_out(edited: Ledger, account: str, culprit: str) -> None:
    found = edited.agreement(account)
    assert not found.holds
    assert found.disagreements == (culprit,)
    others = {"a", "b", "c"} - {account}
    assert all(edited.agreement(other).holds for other in others)


@pytest.mark.parametrize(
    "edited",
    [
        f"UPDATE account_balances SET balance = 701 {ON_A}",
        f"DELETE FROM account_summaries {ON_A}",
        f"UPDATE account_summaries SET status = 'closed' {ON_A}",
    ],
    indirect=True,
)
def test_a_rebuild_repairs_what_was_edited(edited: Ledger) -> None:
    assert not edited.agreement("a").holds
    edited.rebuild_projections(workers=1)
    assert edited.agreement("a").holds


@pytest.mark.parametrize("edited", ["DROP TABLE account_summaries"], indirect=True)
def test_a_missing_table_is_said_to_be_missing(edited: Ledger) -> None:
    with pytest.raises(DamagedLedger, match="account_summaries is missing") as refusal:
        edited.agreement("a")
    assert refusal.value.details["projection"] == "account_summaries"


@pytest.mark.parametrize("edited", ["UPDATE projections SET version = 99"], indirect=True)
def test_projections_of_another_version_have_to_be_rebuilt_first(edited: Ledger) -> None:
    with pytest.raises(ProjectionOutdated):
        edited.agreement("a")
    assert edited.agreement("a", 1).holds
