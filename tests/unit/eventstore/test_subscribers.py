"""In-process subscribers: all of them, in order, whatever one of them does."""

from __future__ import annotations

import pytest

from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.subscriptions import Subscribers
from tests.support.eventstore.recorded_events import recorded

EVENTS = [recorded(position=1), recorded(position=2), recorded(position=3)]


class Ear:
    """A subscriber that keeps what it heard, and may fail at a position."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.heard: list[int] = []
        self._fails_at = fails_at

    def __call__(self, event: RecordedEvent) -> None:
        if event.position == self._fails_at:
            raise ConnectionError(f"at {event.position}")
        self.heard.append(event.position)


def test_every_subscriber_hears_every_event_in_order() -> None:
    subscribers, ears = Subscribers(), [Ear(), Ear()]
    for ear in ears:
        subscribers.add(ear)

    subscribers.publish(EVENTS)
    subscribers.publish([])

    assert [ear.heard for ear in ears] == [[1, 2, 3], [1, 2, 3]]


def test_there_are_subscribers_as_long_as_one_has_not_left() -> None:
    subscribers = Subscribers()
    assert not subscribers

    leave = subscribers.add(Ear())
    assert subscribers
    leave()
    assert not subscribers


def test_one_who_left_hears_no_more_and_may_leave_twice() -> None:
    subscribers, ear, other = Subscribers(), Ear(), Ear()
    leave = subscribers.add(ear)
    subscribers.add(other)

    subscribers.publish(EVENTS[:1])
    leave()
    leave()
    subscribers.publish(EVENTS[1:])

    assert (ear.heard, other.heard) == ([1], [1, 2, 3])


def test_a_subscriber_may_leave_while_it_hears() -> None:
    subscribers, last = Subscribers(), Ear()
    heard = []

    def once(event: RecordedEvent) -> None:
        heard.append(event.position)
        leave()

    leave = subscribers.add(once)
    subscribers.add(last)

    subscribers.publish(EVENTS[:1])
    subscribers.publish(EVENTS[1:])

    assert (heard, last.heard) == ([1], [1, 2, 3])


def test_one_that_fails_does_not_silence_the_others_and_the_first_failure_is_raised() -> None:
    subscribers = Subscribers()
    ears = [Ear(fails_at=2), Ear(), Ear(fails_at=1)]
    for ear in ears:
        subscribers.add(ear)

    with pytest.raises(ConnectionError, match="at 2"):
        subscribers.publish(EVENTS)

    assert [ear.heard for ear in ears] == [[1], [1, 2, 3], []]
