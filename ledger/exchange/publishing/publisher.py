"""Publishing: read on from the checkpoint, send, wait for the acknowledgement, move the checkpoint.

The checkpoint moves only after the target has acknowledged what is before it. So whatever dies at
whatever moment, nothing is lost; what was sent and not yet noted is sent again, with the same ids
and the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from time import sleep
from typing import Final, NamedTuple

import msgspec

from ledger.domain.validation import MAX_NAME_LENGTH
from ledger.errors import (
    InvalidOption,
    NoSuchPublication,
    PublicationDiverged,
    PublicationMoved,
    StorageFailure,
)
from ledger.eventstore.patience import Patience, Told
from ledger.eventstore.publications import Publication, PublicationStore, Publishes
from ledger.eventstore.store import EventStore, hash_at, head_at
from ledger.eventstore.subscriptions import POLL_INTERVAL
from ledger.exchange.publishing.cloud_events import Message, message
from ledger.exchange.publishing.targets import OpenTarget, Target

BATCH: Final = 256
"""Events that are sent before their acknowledgement is waited for."""

MAX_BATCH: Final = 10_000


class PublicationStatus(msgspec.Struct, frozen=True):
    """How far the log is published somewhere.

    Attributes:
        name, target: of the publication.
        checkpoint: the last position that the target has acknowledged.
        lag: how many events are still to be published.
        diverged: the log is not the one that was published, as after a restored backup.
    """

    name: str
    target: str
    checkpoint: int
    lag: int
    diverged: bool


def check_options(name: str | None, batch: int, timeout: float) -> None:
    """See that a publication can be so.

    Raises:
        InvalidOption: it cannot.
    """
    if name is not None and not (0 < len(name) <= MAX_NAME_LENGTH and name.isprintable()):
        raise InvalidOption(
            f"{name[:40]!a} cannot be the name of a publication",
            advice=f"use one line of visible characters, {MAX_NAME_LENGTH} at most",
        )
    if not 0 < batch <= MAX_BATCH:
        raise InvalidOption(
            f"a batch of {batch} events is none", advice=f"give a number from 1 to {MAX_BATCH}"
        )
    if not 0 < timeout <= 86_400:
        raise InvalidOption(f"{timeout:g} is no time to wait", advice="give a number of seconds")


def publications_of(store: EventStore) -> PublicationStore:
    """Where a store keeps its checkpoints.

    Raises:
        InvalidOption: it keeps none.
    """
    if not isinstance(store, Publishes):
        raise InvalidOption(
            "this kind of ledger cannot be published", advice="publish a copy of it"
        )
    return store.publications


def statuses(store: EventStore) -> list[PublicationStatus]:
    """How far each publication is, by name."""
    if not isinstance(store, Publishes):
        return []
    end = store.head().position
    return [
        PublicationStatus(
            each.name,
            each.target,
            each.position,
            max(0, end - each.position),
            _has_diverged(store, each.position, each.hash),
        )
        for each in store.publications.read()
    ]


def forget(store: EventStore, name: str) -> None:
    """Keep nothing of a publication any more.

    Raises:
        NoSuchPublication: there is none of the name.
    """
    if not publications_of(store).forget(name):
        raise no_such_publication(name)


def no_such_publication(name: str) -> NoSuchPublication:
    """The error for a name that nothing is published under."""
    return NoSuchPublication(
        f"nothing is published under the name {name!a}", advice="see what is", publication=name
    )


class Plan(NamedTuple):
    """A publication to go on with, and what is kept of it now; None for nothing."""

    publication: Publication
    before: Publication | None


def planned(
    store: EventStore, target: Target, name: str | None = None, after: int | None = None
) -> Plan:
    """Where to begin; nothing is noted yet.

    Args:
        name: of the publication; its target where none is given.
        after: the position to begin after; where it stopped, or the beginning, if left out.

    Raises:
        InvalidOption: there is one of the name with another target, or no such position.
        PublicationDiverged: the log is not the one that was published.
    """
    name = target.text if name is None else name
    kept = publications_of(store).read()
    before = next((each for each in kept if each.name == name), None)
    if before is not None and after is None:
        if before.target != target.text:
            raise InvalidOption(
                f"{name!a} is published to {before.target}",
                advice="give this publication another name, or say after which position it begins",
                publication=name,
                position=before.position,
            )
        check_same_log(store, before.position, before.hash, f"the checkpoint of {name}")
        return Plan(before, before)
    head = head_at(store, after or 0)
    if head is None:
        raise InvalidOption(
            f"the log has no position {after}",
            advice=f"it ends at position {store.head().position}",
        )
    return Plan(Publication(name, target.text, head.position, head.hash), before)


class Publisher:
    """Publishes the log to one target, from a checkpoint on.

    A publication is noted before the first event is sent, even where it only goes on: from a ledger
    that cannot be written nothing is sent, which would be sent again and again. One that could send
    nothing leaves no checkpoint, which archiving would wait for.

    Args:
        target: open; the caller closes it.
        plan: where to begin.
        batch: how many events are sent before their acknowledgement is waited for.
        on_progress: called with (position, how many events were published so far) at each step.

    Attributes:
        publication: how far it is.
        published: how many events it has published.
        notes: what is good to know about the target.

    Raises:
        PublicationDiverged: the log is not the one that the target has.
    """

    def __init__(
        self,
        store: EventStore,
        target: OpenTarget,
        plan: Plan,
        *,
        batch: int = BATCH,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> None:
        if target.last is not None:
            check_same_log(store, *target.last, plan.publication.target)
        self._store = store
        self._kept = publications_of(store)
        self._target = target
        self._batch = batch
        self._on_progress = on_progress
        self.notes = target.notes
        self.publication, self._noted = plan
        self.published = 0
        self._has_noted = False
        self._unheard: Publication | None = None

    def run(
        self,
        *,
        follow: bool = False,
        pause: Callable[[float], object] = sleep,
        on_loss: Told | None = None,
    ) -> None:
        """Publish what there is, and with ``follow`` whatever comes, without end.

        Args:
            pause: sleeps for so many seconds where there is nothing new.
            on_loss: told that the ledger's server is away; with ``follow`` it is waited for.

        Raises:
            TargetFailure: the target failed; what it acknowledged before that is noted.
            PublicationMoved: another process publishes under this name.
        """
        patience = Patience(pause, on_loss)
        while True:
            try:
                self._look_again()
                while self.step():
                    pass
            except StorageFailure as failure:
                if not follow:
                    raise
                patience.bear(failure)
                continue
            patience.all_is_well()
            if not follow:
                return
            pause(POLL_INTERVAL)

    def _look_again(self) -> None:
        """Find out whether a checkpoint was noted of which nobody has heard."""
        if self._unheard is not None:
            if self._unheard in self._kept.read():
                self.publication = self._noted = self._unheard
            self._unheard = None

    def step(self) -> bool:
        """Publish the next events; False where there are none."""
        messages = self.read()
        if not messages:
            self._note(self.publication)
            return False
        self.send(messages)
        self.move_checkpoint(messages[: self.wait()])
        return True

    def read(self) -> Sequence[Message]:
        """What comes next, and is there for good."""
        position, previous = self.publication.position, self.publication.hash
        store, messages = self._store, []
        for event in islice(store.read_all(after_position=position), self._batch):
            messages.append(message(store.ledger_id, previous, event))
            previous = event.hash
        store.settled()
        return messages

    def send(self, messages: Sequence[Message]) -> None:
        """Begin to send.

        Raises:
            PublicationMoved: another process changed the publication since it was planned.
            StorageFailure: the ledger cannot be written.
        """
        self._note(self.publication, anew=not self._has_noted)
        self._target.send(messages)

    def wait(self) -> int:
        """Wait until what was sent is there for good; gives how many of it is."""
        return self._target.wait()

    def move_checkpoint(self, messages: Sequence[Message]) -> None:
        """Note that these were acknowledged."""
        if not messages:
            return
        last = messages[-1]
        after = msgspec.structs.replace(self.publication, position=last.position, hash=last.hash)
        self._note(after)
        self.publication = after
        self.published += len(messages)
        if self._on_progress is not None:
            self._on_progress(last.position, self.published)

    def _note(self, publication: Publication, *, anew: bool = False) -> None:
        if publication == self._noted and not anew:
            return
        self._unheard = publication
        if not self._kept.save(publication, self._noted):
            raise _moved(publication.name)
        self._noted, self._unheard, self._has_noted = publication, None, True


def check_same_log(store: EventStore, position: int, digest: bytes, what: str) -> None:
    """See that the log has an event with that hash at a position.

    Raises:
        PublicationDiverged: it has another there, or ends before it.
    """
    if not _has_diverged(store, position, digest):
        return
    end = store.head().position
    is_there = f"the log has another event at position {position}"
    if end < position:
        is_there = f"the log ends at position {end}"
    raise PublicationDiverged(
        f"{what} says that position {position} was published, and {is_there}: the ledger was "
        "restored from an older state, or is not the one that was published",
        advice="publish this ledger to another target, under another name",
        position=position,
    )


def _has_diverged(store: EventStore, position: int, digest: bytes) -> bool:
    return hash_at(store, position) != digest


def _moved(name: str) -> PublicationMoved:
    return PublicationMoved(
        f"another process is publishing under the name {name!a}",
        advice="let one of them publish, or give them different names",
        publication=name,
    )
