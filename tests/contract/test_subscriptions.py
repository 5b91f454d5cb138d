"""Following a log that others write to, and may die while they do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby, islice
from time import sleep

import pytest

from ledger.eventstore.appending import follow_chain
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.eventstore.subscriptions import POLL_INTERVAL, follow
from tests.support.appends import appended, deposits, log_of
from tests.support.child_process import Child, child
from tests.support.contract import killed_appender
from tests.support.contract.killed_appender import BATCH
from tests.support.contract.store_kinds import StoreKind, location_of


class Enough(Exception):
    """Raised in the pauses of a follower to end it."""


def followed(
    store: EventStore, *pauses: Callable[[], object], after_position: int = 0
) -> list[RecordedEvent]:
    """What a follower sees while something is done in each of its pauses."""
    seen: list[RecordedEvent] = []
    todo = iter(pauses)

    def pause(_: float) -> None:
        action = next(todo, None)
        if action is None:
            raise Enough
        action()

    def run() -> None:
        for event in follow(store, after_position=after_position, pause=pause):
            seen.append(event)  # noqa: PERF402 - `extend` would keep nothing of what came before

    with pytest.raises(Enough):
        run()
    return seen


def test_a_follower_gets_the_log_and_then_what_comes(store: EventStore) -> None:
    old = appended(store, "a", *deposits(3))

    seen = followed(
        store,
        lambda: appended(store, "b"),
        lambda: None,
        lambda: appended(store, "a", *deposits(2)),
    )

    assert seen == log_of(store)
    assert (len(seen), seen[:3]) == (6, old)


def test_a_follower_begins_after_any_position(store: EventStore) -> None:
    appended(store, "a", *deposits(3))

    seen = followed(store, lambda: appended(store, "a"), after_position=2)

    assert [event.position for event in seen] == [3, 4]


def test_a_follower_may_begin_beyond_the_end(store: EventStore) -> None:
    appended(store, "a", *deposits(3))

    seen = followed(store, lambda: appended(store, "a", *deposits(4)), after_position=5)

    assert [event.position for event in seen] == [6, 7]


def test_a_follower_sees_what_another_connection_writes(kind: StoreKind, store: EventStore) -> None:
    with kind.second(store) as other:
        seen = followed(
            store,
            lambda: appended(other, "a", *deposits(70)),
            lambda: appended(store, "b"),
            lambda: appended(other, "c"),
        )

    assert [event.position for event in seen] == list(range(1, 73))


def test_events_that_come_while_one_is_handled_are_not_lost(store: EventStore) -> None:
    appended(store, "a")
    seen = []

    for event in islice(follow(store), 5):
        appended(store, "a")
        seen.append(event.position)

    assert seen == [1, 2, 3, 4, 5]


def test_a_follower_pauses_only_where_nothing_is_new(store: EventStore) -> None:
    appended(store, "a", *deposits(2))
    happened: list[object] = []

    def pause(seconds: float) -> None:
        happened.append(seconds)
        if happened.count(seconds) == 2:
            raise Enough
        appended(store, "a")

    def run(events: Iterator[RecordedEvent]) -> None:
        for event in events:
            happened.append(event.version)  # noqa: PERF401 - as above

    with pytest.raises(Enough):
        run(follow(store, pause=pause))

    assert happened == [1, 2, POLL_INTERVAL, 3, POLL_INTERVAL]


def test_a_poll_interval_can_be_chosen(store: EventStore) -> None:
    asked: list[float] = []

    def pause(seconds: float) -> None:
        asked.append(seconds)
        appended(store, "a")

    next(follow(store, poll_interval=0.5, pause=pause))

    assert asked == [0.5]


@contextmanager
def writing(store: EventStore, kind: str) -> Iterator[Child[str]]:
    """Another process that writes to the store."""
    location = location_of(store)
    if location is None:
        pytest.skip("no other process can write to it")
    with child(killed_appender.main, location, kind) as process:
        try:
            yield process
        finally:
            process.kill()


def amount(event: RecordedEvent) -> int:
    number: int = json.loads(event.data)["amount"]
    return number


def test_a_follower_survives_a_writer_that_is_killed_in_the_middle_of_its_work(
    store: EventStore,
) -> None:
    seen: list[RecordedEvent] = []
    with writing(store, "steady") as writer:

        def pause(seconds: float) -> None:
            if writer.poll() is not None:
                raise Enough
            sleep(seconds)

        def run() -> None:
            for event in follow(store, poll_interval=0.005, pause=pause):
                seen.append(event)
                if len(seen) == 20 * BATCH + 2:
                    writer.kill()
                    writer.wait()

        with pytest.raises(Enough):
            run()

    assert len(seen) >= 20 * BATCH + 2
    assert seen == log_of(store)
    assert [event.position for event in seen] == list(range(1, len(seen) + 1))
    whole = [len(list(batch)) for _, batch in groupby(seen, key=amount)]
    assert set(whole) == {BATCH}
    assert list(follow_chain(store.ledger_id, seen)) == seen
    assert appended(store, "a")[0].position == len(seen) + 1


def test_of_a_transaction_whose_writer_was_killed_nothing_is_left(store: EventStore) -> None:
    appended(store, "a")
    with writing(store, "halfway") as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "inside\n"
        assert len(log_of(store)) == 1
        writer.kill()
        writer.wait()

    (event,) = appended(store, "a", expected=1)

    assert (event.position, event.version) == (2, 2)
    assert len(list(follow_chain(store.ledger_id, store.read_all()))) == 2
