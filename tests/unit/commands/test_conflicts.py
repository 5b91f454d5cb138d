from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from ledger import Ledger
from ledger.commands.handler import OPTIMISTIC_ATTEMPTS
from ledger.errors import (
    AccountClosed,
    InsufficientFunds,
    Locked,
    LockTimeout,
    VersionConflict,
)
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.sqlite import SqliteStore
from tests.support.clock import Clock, utc


@pytest.fixture
def books(books: Ledger) -> Ledger:
    books.open_account("a", "Ana", initial_balance="100", at="2026-01-01T00:00Z")
    books.open_account("b", "Bo", at="2026-01-01T00:00Z")
    return books


@pytest.fixture
def rival(books: Ledger, path: str) -> Iterator[Ledger]:
    """Another ledger on the same file, as another process has it."""
    with Ledger.open(path, clock=lambda: utc("2026-03-01T12:00")) as ledger:
        yield ledger


def balances(ledger: Ledger) -> dict[str, int]:
    return {report.account_id: report.balance.minor_units for report in ledger.balances()}


@pytest.mark.parametrize("expected", [0, 2, 99, -1])
def test_a_wrong_expected_version_fails_at_once_with_the_actual_one(
    expected: int, books: Ledger
) -> None:
    wanted = f"version {expected}" if expected else "no stream"
    with pytest.raises(VersionConflict, match=f"account a is at version 1, not {wanted}") as found:
        books.deposit("a", "1", expected_version=expected)
    assert found.value.actual_version == 1
    assert found.value.details["actual_version"] == 1
    assert found.value.details["expected_version"] == expected
    assert books.head().position == 3


def test_the_right_expected_version_is_accepted(books: Ledger) -> None:
    assert books.deposit("a", "1", expected_version=1).version == 2
    assert books.transfer("a", "b", "1", expected_version=2).version == 3
    assert books.open_account("c", "Cy", expected_version=0).version == 1


def test_the_expected_version_of_a_transfer_is_the_senders(books: Ledger) -> None:
    books.deposit("b", "5")
    with pytest.raises(VersionConflict) as found:
        books.transfer("a", "b", "1", expected_version=2)
    assert found.value.details["account_id"] == "a"


def test_an_expected_version_says_that_an_account_to_open_is_there(books: Ledger) -> None:
    with pytest.raises(VersionConflict, match="is at no stream, not version 3") as found:
        books.open_account("c", "Cy", expected_version=3)
    assert found.value.actual_version == 0


def test_who_expects_a_version_loses_the_race_without_another_try(
    books: Ledger, rival: Ledger, clock: Clock
) -> None:
    clock.interruptions.append(lambda: rival.deposit("a", "1"))
    with pytest.raises(VersionConflict) as found:
        books.deposit("a", "5", expected_version=1)
    assert found.value.actual_version == 2
    assert balances(books) == {"a": 10100, "b": 0}


def test_a_race_for_the_recipient_is_no_conflict_with_what_is_expected_of_the_sender(
    books: Ledger, rival: Ledger, clock: Clock
) -> None:
    clock.interruptions.append(lambda: rival.deposit("b", "1"))
    assert books.transfer("a", "b", "5", expected_version=1).version == 2
    assert balances(books) == {"a": 9500, "b": 600}


def test_a_lost_race_is_decided_again_on_fresh_state(
    books: Ledger, rival: Ledger, clock: Clock
) -> None:
    clock.interruptions.append(lambda: rival.withdraw("a", "60"))
    with pytest.raises(InsufficientFunds) as refusal:
        books.withdraw("a", "60")
    assert refusal.value.details["balance"] == "40.00"
    clock.interruptions.append(lambda: rival.withdraw("a", "10"))
    assert books.withdraw("a", "10").balance.minor_units == 2000
    clock.interruptions.append(lambda: rival.close_account("b"))
    with pytest.raises(AccountClosed):
        books.transfer("a", "b", "1")
    assert balances(books) == {"a": 2000}


LOST = 1 + OPTIMISTIC_ATTEMPTS
"""How many races are lost before the lock is taken: one on accounts as they were kept."""


class Contended(SqliteStore):
    """A store where others come in between a decision and the lock for its events."""

    interruptions: list[Callable[[], object]]

    def transaction(self, *, read_only: bool = False) -> AbstractContextManager[None]:
        if not read_only and self.interruptions:
            self.interruptions.pop(0)()
        return super().transaction(read_only=read_only)


@pytest.fixture
def store(books: Ledger, path: str, clock: Clock) -> Contended:
    store = Contended.open(path, clock)
    assert isinstance(store, Contended)
    store.interruptions = []
    return store


@pytest.fixture
def loser(store: Contended, clock: Clock) -> Iterator[Ledger]:
    """A ledger that has both accounts in mind, and loses as many races as its store is given."""
    with Ledger(store, clock=clock) as ledger:
        for account in ("a", "b"):
            ledger.deposit(account, "1")
            ledger.withdraw(account, "1")
        yield ledger


RESTLESS: list[tuple[Callable[[Ledger], object], int, int]] = [
    (lambda ledger: ledger.deposit("a", "1"), 10000, 0),
    (lambda ledger: ledger.transfer("a", "b", "1"), 9000, 500),
    (lambda ledger: ledger.deposit("a", "1", at="2026-02-01T00:00Z"), 10000, 0),
]


@pytest.mark.parametrize(("interruption", "a", "b"), RESTLESS)
def test_who_loses_every_race_is_served_at_last_under_the_lock(
    interruption: Callable[[Ledger], object],
    a: int,
    b: int,
    loser: Ledger,
    rival: Ledger,
    store: Contended,
) -> None:
    store.interruptions += [lambda: interruption(rival)] * LOST
    assert loser.withdraw("a", "5").version == 3 + LOST + 1
    assert not store.interruptions
    assert balances(loser) == {"a": a, "b": b}


def test_nobody_comes_in_between_the_attempt_under_the_lock(
    loser: Ledger, rival: Ledger, store: Contended, clock: Clock, path: str
) -> None:
    def try_to_come_in() -> None:
        with (
            Ledger.open(path, clock=Clock(), lock_timeout=0) as impatient,
            pytest.raises(LockTimeout),
        ):
            impatient.deposit("a", "1")

    def look_out() -> None:
        """From now on, whenever it looks at the clock: to decide, and to stamp its event."""
        clock.interruptions += [try_to_come_in, try_to_come_in]

    store.interruptions += [lambda: rival.deposit("a", "1")] * LOST
    store.interruptions.append(look_out)
    assert loser.withdraw("a", "5").version == 3 + LOST + 1
    assert not clock.interruptions


def test_a_key_is_remembered_by_the_attempt_under_the_lock_too(
    loser: Ledger, rival: Ledger, store: Contended
) -> None:
    store.interruptions += [lambda: rival.deposit("a", "1")] * LOST
    assert not loser.withdraw("a", "5", idempotency_key="k").replayed
    assert rival.withdraw("a", "5", idempotency_key="k").replayed


def test_subscribers_hear_of_the_attempt_under_the_lock_once_it_is_committed(
    loser: Ledger, rival: Ledger, store: Contended
) -> None:
    heard: list[tuple[RecordedEvent, int]] = []
    loser.subscribe(lambda event: heard.append((event.recorded, rival.head().position)))
    store.interruptions += [lambda: rival.deposit("a", "1")] * LOST
    (event,) = loser.withdraw("a", "5").recorded
    assert heard == [(event, event.position)]


def test_a_subscriber_that_fails_does_not_undo_the_attempt_under_the_lock(
    loser: Ledger, rival: Ledger, store: Contended
) -> None:
    def fail(event: RecordedEvent) -> None:
        raise OSError("the mail server is down")

    loser.subscribe(fail, raw=True)
    store.interruptions += [lambda: rival.deposit("a", "1")] * LOST
    with pytest.raises(OSError, match="mail server"):
        loser.withdraw("a", "5")
    assert balances(rival) == {"a": 10000, "b": 0}


@pytest.mark.parametrize("rehearsed", [True, False])
def test_a_lock_that_comes_after_the_decision_is_kept(
    rehearsed: bool, books: Ledger, path: str
) -> None:
    """Whatever was written and taken back before, the place in the log says nothing of the book."""
    now = utc("2026-03-01T12:00")
    with Ledger.open(path, clock=lambda: now) as rival:
        to_come = [lambda: rival.lock("2026-01")]

        def clock() -> int:
            if to_come and armed:
                to_come.pop()()
            return now

        armed = False
        with Ledger.open(path, clock=clock) as ledger:
            ledger.deposit("a", "1")
            if rehearsed:
                line = b'{"command":"deposit","account":"a","amount":"1","idempotency_key":"k"}'
                ledger.batch([line], dry_run=True)
            ledger.balance("a")
            armed = True
            with pytest.raises(Locked):
                ledger.deposit("a", "1", at="2026-01-15")
    assert not to_come
