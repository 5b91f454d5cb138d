"""Many commands in one transaction."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ledger.commands.command import Amending
from ledger.commands.context import Context
from ledger.commands.dispatcher import EventDispatcher
from ledger.commands.handler import CommandHandler
from ledger.commands.repository import AccountRepository, LoadedAccount
from ledger.commands.results import AccountFigures, BatchReport, WriteResult, figures
from ledger.domain.events import AccountEvent
from ledger.eventstore.records import StreamWrite
from ledger.eventstore.store import EventStore

if TYPE_CHECKING:
    from ledger.commands.amendments import AnyCommand

OnResult = Callable[[int, WriteResult], None]
"""Told what the command on a line did; nothing is committed yet then."""

_TOGETHER: Final = 500
"""Events that are appended together."""

_BETWEEN_COLLECTIONS: Final = 50_000
"""New objects."""


class BulkHandler:
    """Carries out commands in one transaction, and appends their events in runs.

    Args:
        handler: decides each of them.
    """

    def __init__(
        self,
        store: EventStore,
        repository: AccountRepository,
        dispatcher: EventDispatcher,
        handler: CommandHandler,
    ) -> None:
        self._store = store
        self._repository = repository
        self._dispatcher = dispatcher
        self._handler = handler
        self._on_result: OnResult | None = None
        # The last event's position and recorded time, those included that are not appended yet.
        self._position = 0
        self._recorded_at = 0
        # What was decided and is not appended yet: by command, and by event.
        self._done: list[tuple[int, str, tuple[AccountFigures, ...]]] = []
        self._loaded: list[LoadedAccount] = []
        self._events: list[AccountEvent] = []
        self._writes: list[StreamWrite] = []

    @contextmanager
    def transaction(
        self, on_result: OnResult | None = None, *, keep: bool = True
    ) -> Iterator[None]:
        """Carry out all commands of the block, or none.

        Args:
            on_result: called for each, in their order, once its events are appended.
            keep: False to rehearse: everything is carried out, and nothing of it stays.
        """
        self._on_result = on_result
        self._forget()
        try:
            with (
                _few_collections(),
                self._store.transaction(),
                self._dispatcher.bulk(),
                self._repository.locked(self._append),
            ):
                self._look_at_head()
                self._handler.times.look()
                yield
                self.append()
                if not keep:
                    raise _Rehearsed
        except BaseException as end:  # what was seen of the book may not have been committed
            self._handler.times.forget()
            if not isinstance(end, _Rehearsed):
                raise
            return
        self._dispatcher.publish_rest()

    def read_ahead(self, commands: Iterable[AnyCommand]) -> None:
        """Read together what the next commands are about; inside the transaction."""
        self._repository.read_ahead(
            account
            for each in commands
            if not isinstance(each, Amending)
            for account in each.accounts
        )

    def handle(self, line: int, command: AnyCommand, context: Context, report: BatchReport) -> None:
        """Carry out the command on a line, and count it.

        Raises:
            LedgerError: it is refused, or something went wrong; nothing has changed by it.
        """
        handler = self._handler
        if command.idempotency_key is not None or isinstance(command, Amending):
            self.append()
            result = handler.handle(command, context)
            self._look_at_head()
            report.count(result)
            if self._on_result is not None:
                self._on_result(line, result)
            return
        at = None if command.at is None else handler.times.when(command.at)
        position = self._position + 1
        now = self._store.surroundings.recorded_time(position, self._recorded_at)
        decided = handler.decide(command, at, self._repository.load, now, position)
        loaded, events, effective_at = decided
        self._writes += handler.writes_of(command, decided, context, recorded_at=now)
        self._events += events
        self._loaded += loaded
        self._position, self._recorded_at = self._position + len(events), now
        full = len(self._writes) >= _TOGETHER
        for each, event in zip(loaded, events, strict=True):
            each.account.apply(event, now if effective_at is None else effective_at)
            each.recorded_at = now
            full = full or handler.is_snapshot_due(each.account.version)
        report.commands += 1
        report.events += len(events)
        if self._on_result is not None:
            accounts = tuple([figures(each.account) for each in loaded])
            self._done.append((line, command.name, accounts))
        if full:
            self.append()

    def append(self) -> None:
        """Append what was decided since the last time, and tell of it; between two commands."""
        self._append()
        self._repository.trim()

    def _append(self) -> None:
        """The same in the midst of a command, whose accounts have to be kept."""
        done, loaded, events, writes = self._done, self._loaded, self._events, self._writes
        self._forget()
        if not writes:
            return
        recorded = self._store.append(writes)
        self._dispatcher.project(recorded, events)
        self._dispatcher.publish(recorded)
        for each in loaded[-2:]:  # those of the last command: a run ends where a snapshot is due
            self._handler.snapshot_if_due(each)
        place = 0
        for line, name, accounts in done:
            first, place = place, place + len(accounts)
            own, produced = tuple(recorded[first:place]), tuple(events[first:place])
            if self._on_result is not None:
                self._on_result(line, WriteResult(name, accounts, own, produced))

    def _look_at_head(self) -> None:
        head = self._store.head()
        self._position, self._recorded_at = head.position, head.recorded_us

    def _forget(self) -> None:
        self._done, self._loaded, self._events, self._writes = [], [], [], []


@contextmanager
def _few_collections() -> Iterator[None]:
    """See that Python does not look through all accounts for garbage every few hundred commands.

    What commands leave behind goes at once; only what refers to itself in a circle waits.
    """
    before = gc.get_threshold()
    if before[0]:
        gc.set_threshold(max(before[0], _BETWEEN_COLLECTIONS), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Rehearsed(Exception):
    """Ends the transaction of a rehearsal."""
