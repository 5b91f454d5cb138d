"""Subscriptions: read from any position on, then follow new events as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import sleep
from typing import TYPE_CHECKING, Final

from ledger.errors import StorageFailure
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore

if TYPE_CHECKING:
    from ledger.eventstore.patience import Told

POLL_INTERVAL: Final = 0.1
"""Seconds between two looks at the log for what other processes have written."""

Subscriber = Callable[[RecordedEvent], object]


def follow(
    store: EventStore,
    *,
    after_position: int = 0,
    poll_interval: float = POLL_INTERVAL,
    pause: Callable[[float], None] = sleep,
    on_loss: Told | None = None,
) -> Iterator[RecordedEvent]:
    """Every event after a position, those of other processes included, without end.

    Each event comes once and in order, since positions have no gaps. A writer that dies leaves
    either all of its append or nothing, so a follower need not know.

    Args:
        after_position: 0 for the whole log.
        poll_interval: seconds to sleep when there is nothing new.
        pause: what sleeps.
        on_loss: told of a server that is away; it is waited for.

    Raises:
        LedgerMoved: the log is not where it was any more.
        StorageFailure: it cannot be read; a server was away for a minute.
    """
    from ledger.eventstore.patience import Patience  # most commands do not follow

    patience = Patience(pause, on_loss)
    while True:
        seen = after_position
        try:
            store.settled()
            for event in store.read_all(after_position=after_position):
                after_position = event.position
                yield event
        except StorageFailure as failure:
            patience.bear(failure)
            continue
        patience.all_is_well()
        if after_position == seen:
            pause(poll_interval)


class Subscribers:
    """In-process subscribers: each is called with every event after it has been committed.

    A subscriber that raises does not undo the append, which has happened; its exception reaches the
    caller after the other subscribers have had their turn.
    """

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def add(self, subscriber: Subscriber) -> Callable[[], None]:
        """Subscribe; the function returned ends the subscription."""
        self._subscribers.append(subscriber)

        def cancel() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return cancel

    def __bool__(self) -> bool:
        return bool(self._subscribers)

    def publish(self, events: Sequence[RecordedEvent]) -> None:
        """Hand over committed events, in order."""
        error: Exception | None = None
        for subscriber in tuple(self._subscribers):
            try:
                for event in events:
                    subscriber(event)
            except Exception as raised:  # noqa: BLE001 - one subscriber must not silence the others
                error = error or raised
        if error:
            raise error
