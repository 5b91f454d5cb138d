"""A publisher in a process of its own that is killed, or waits, at a named point.

The points: ``read`` (the next events were read), ``sent`` (they were handed to the target),
``acknowledged`` (it has them for good), ``noted`` (the checkpoint has moved). A mutant notes what
it has read before it sends it, and loses events for that.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from time import sleep

from ledger.eventstore.opening import open_store
from ledger.exchange.publishing.cloud_events import Message
from ledger.exchange.publishing.publisher import Publisher, planned
from ledger.exchange.publishing.targets import open_target, parse_target
from ledger.times import system_clock

POINTS = ("read", "sent", "acknowledged", "noted")

BATCH = 7
"""Small, so that there are many of each point."""

TIMEOUT = 30.0


class KilledPublisher(Publisher):
    """Comes to its end, or to a stop, where it is told.

    Attributes:
        point: where.
        at: at which batch, counted from 1; 0 for none.
        delay: how many seconds later.
        waits: say so, and go on once a line is read, instead of dying.
    """

    point = ""
    at = 0
    delay = 0.0
    waits = False
    _batches = 0

    def read(self) -> Sequence[Message]:
        messages = super().read()
        self._batches += 1
        self._come_to("read")
        return messages

    def send(self, messages: Sequence[Message]) -> None:
        super().send(messages)
        self._come_to("sent")

    def wait(self) -> int:
        count = super().wait()
        self._come_to("acknowledged")
        return count

    def move_checkpoint(self, messages: Sequence[Message]) -> None:
        super().move_checkpoint(messages)
        self._come_to("noted")

    def _come_to(self, point: str) -> None:
        if point != self.point or self._batches != self.at:
            return
        if self.waits:
            print(point, flush=True)
            sys.stdin.readline()
            return
        sleep(self.delay)
        os.kill(os.getpid(), signal.SIGKILL)


class Mutant(KilledPublisher):
    """Moves the checkpoint before the acknowledgement."""

    def step(self) -> bool:
        messages = self.read()
        if not messages:
            return False
        self.move_checkpoint(messages)
        self.send(messages)
        self.wait()
        return True


def main(
    ledger: str, target: str, point: str = "", at: str = "0", delay: str = "0", how: str = ""
) -> None:
    """Publish a ledger.

    Args:
        how: ``waits``, ``mutant``, both or neither.
    """
    parsed = parse_target(target)
    with closing(open_store(ledger, system_clock)) as store:
        plan = planned(store, parsed, "killed")
        opened = open_target(
            parsed, store.ledger_id, timeout=TIMEOUT, create=False, own_file=ledger
        )
        kind = Mutant if "mutant" in how else KilledPublisher
        publisher = kind(store, opened, plan, batch=BATCH)
        publisher.point, publisher.at, publisher.delay = point, int(at), float(delay)
        publisher.waits = "waits" in how
        publisher.run()
        print(publisher.published, flush=True)
        os._exit(0)
