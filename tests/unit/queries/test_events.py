"""The raw log: reading it, following it, and being told of it."""

from __future__ import annotations

import pytest

from ledger import Ledger
from ledger.errors import NoSuchAccount
from ledger.eventstore.records import RecordedEvent
from tests.support.clock import Clock
from tests.support.log_editing import edit_file

MANY = 2_500
"""Events: more than a store reads at once."""

DEPOSIT = b'{"command": "deposit", "account": "a", "amount": "0.01"}'


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    ledger.open_account("a", "Ana", initial_balance="5")
    ledger.open_account("b", "Bo")
    ledger.transfer("a", "b", "1")
    ledger.deposit("b", "1")
    return ledger


def positions(ledger: Ledger, **bounds: object) -> list[int]:
    return [event.position for event in ledger.events(**bounds)]  # type: ignore[call-overload]  # bounds of either kind


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (-7, [1, 2, 3, 4, 5, 6]),
        (0, [1, 2, 3, 4, 5, 6]),
        (1, [1, 2, 3, 4, 5, 6]),
        (5, [5, 6]),
        (7, []),
        (99, []),
    ],
)
def test_the_log_is_read_from_a_position_on(
    start: int, expected: list[int], ledger: Ledger
) -> None:
    assert positions(ledger, from_position=start) == expected


@pytest.mark.parametrize(
    ("account", "start", "expected"),
    [("a", 1, [2, 4]), ("b", 1, [3, 5, 6]), ("b", 5, [5, 6]), ("b", 6, [6]), ("a", 5, [])],
)
def test_the_log_of_one_account_keeps_its_positions(
    account: str, start: int, expected: list[int], ledger: Ledger
) -> None:
    assert positions(ledger, account_id=account, from_position=start) == expected
    assert {event.stream_id for event in ledger.events(raw=True, account_id=account)} == {account}


def test_the_log_of_no_account_is_refused(ledger: Ledger) -> None:
    with pytest.raises(NoSuchAccount):
        list(ledger.events(raw=True, account_id="nobody"))


def test_the_raw_log_of_an_account_is_shown_though_its_events_cannot_be_read(
    path: str, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        ledger.open_account("a", "Ana")
    edit_file(path, "UPDATE events SET data = '{}' WHERE position = 2")
    with Ledger.open(path, clock=clock) as ledger:
        assert [event.data for event in ledger.events(raw=True, account_id="a")] == ["{}"]


def test_a_long_log_is_whole(ledger: Ledger) -> None:
    ledger.batch([DEPOSIT] * MANY)
    assert positions(ledger) == list(range(1, MANY + 7))
    assert positions(ledger, from_position=1_000) == list(range(1_000, MANY + 7))
    versions = [event.version for event in ledger.events(raw=True, account_id="a")]
    assert versions == list(range(1, MANY + 3))


def test_whoever_reads_the_log_may_write_meanwhile_though_others_do_too(
    books: Ledger, path: str, clock: Clock
) -> None:
    books.open_account("a", "Ana")
    books.batch([DEPOSIT] * 3)
    with Ledger.open(path, clock=clock) as rival:
        for event in books.events(raw=True):
            rival.deposit("a", "1")
            books.deposit("a", "1", f"seen {event.position}")
        for event in books.events(raw=True, account_id="a"):
            rival.deposit("a", "1")
            books.deposit("a", "1", f"seen {event.position}")
    seen_of_all, seen_of_account = 5, 5 - 1 + 2 * 5
    assert books.head().position == 5 + 2 * seen_of_all + 2 * seen_of_account


def test_what_comes_while_the_log_is_read_is_not_part_of_it(ledger: Ledger) -> None:
    ledger.batch([DEPOSIT] * MANY)
    seen = 0
    for seen, _ in enumerate(ledger.events(raw=True), 1):
        if seen % 100 == 0:
            ledger.deposit("a", "1")
    assert seen == MANY + 6
    assert ledger.head().position == seen + seen // 100


def test_following_goes_from_the_past_over_into_the_future(
    books: Ledger, path: str, clock: Clock
) -> None:
    books.open_account("a", "Ana")
    books.deposit("a", "1")
    following = books.follow(raw=True, from_position=3, poll_interval=0.001)
    assert next(following).position == 3
    with Ledger.open(path, clock=clock) as rival:
        rival.deposit("a", "1")
        books.deposit("a", "1")
    assert [next(following).position for _ in range(2)] == [4, 5]


def test_whoever_follows_the_log_may_write_meanwhile_though_others_do_too(
    books: Ledger, path: str, clock: Clock
) -> None:
    books.open_account("a", "Ana")
    books.deposit("a", "1")
    following = books.follow(raw=True, poll_interval=0.001)
    seen = []
    with Ledger.open(path, clock=clock) as rival:
        for _ in range(5):
            seen.append(next(following).position)
            rival.deposit("a", "1")
            books.deposit("a", "1")
    assert seen == [1, 2, 3, 4, 5]


def test_following_from_before_the_beginning_is_from_the_beginning(ledger: Ledger) -> None:
    following = ledger.follow(raw=True, from_position=-3, poll_interval=0.001)
    assert [next(following).position for _ in range(6)] == [1, 2, 3, 4, 5, 6]


# ── subscribers ─────────────────────────────────────────────────────────────────────────────────


def test_a_subscriber_is_called_with_every_event_in_order(ledger: Ledger) -> None:
    heard: list[RecordedEvent] = []
    ledger.subscribe(heard.append, raw=True)
    results = [ledger.deposit("a", "1"), ledger.transfer("a", "b", "1")]
    assert heard == [event for result in results for event in result.recorded]
    assert heard == list(ledger.events(raw=True, from_position=7))


def test_a_cancelled_subscription_is_over(ledger: Ledger) -> None:
    heard: list[RecordedEvent] = []
    cancel = ledger.subscribe(heard.append, raw=True)
    ledger.deposit("a", "1")
    cancel()
    cancel()
    ledger.deposit("a", "1")
    assert len(heard) == 1


def test_a_replayed_command_is_not_heard_of_again(ledger: Ledger) -> None:
    heard: list[RecordedEvent] = []
    ledger.subscribe(heard.append, raw=True)
    for _ in range(2):
        ledger.deposit("a", "1", idempotency_key="k")
    assert len(heard) == 1


def test_what_is_heard_of_is_committed(books: Ledger, path: str) -> None:
    seen: list[int] = []
    with Ledger.open(path) as other:
        books.subscribe(lambda event: seen.append(other.head().position))
        books.open_account("a", "Ana")
        books.deposit("a", "1")
    assert seen == [2, 3]


def test_a_subscriber_that_fails_undoes_nothing_and_silences_nobody(ledger: Ledger) -> None:
    heard: list[RecordedEvent] = []

    def fail(event: RecordedEvent) -> None:
        raise OSError("the mail server is down")

    ledger.subscribe(fail, raw=True)
    ledger.subscribe(heard.append, raw=True)
    with pytest.raises(OSError, match="mail server"):
        ledger.deposit("a", "1")
    assert [event.position for event in heard] == [7]
    assert ledger.head().position == 7


def test_a_subscriber_may_write_too(ledger: Ledger) -> None:
    """Every deposit to `a` is followed by one cent for `b`."""

    def tithe(event: RecordedEvent) -> None:
        if event.stream_id == "a":
            ledger.deposit("b", "0.01")

    ledger.subscribe(tithe, raw=True)
    ledger.deposit("a", "1")
    ledger.batch([DEPOSIT, DEPOSIT])
    assert [event.stream_id for event in ledger.events(raw=True, from_position=7)] == [
        *("a", "b", "a", "a", "b", "b"),
    ]
