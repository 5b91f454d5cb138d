"""Many commands in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ledger.commands.command import Command
from ledger.commands.context import Context
from ledger.commands.dispatcher import EventDispatcher
from ledger.commands.handler import CommandHandler
from ledger.commands.repository import AccountRepository, LoadedAccount
from ledger.commands.results import AccountFigures, WriteResult, figures
from ledger.domain.events import AccountEvent
from ledger.errors import InvalidInput, LedgerError, NotFound, RuleViolation, VersionConflict
from ledger.eventstore.records import StreamWrite
from ledger.eventstore.store import EventStore
from ledger.times import parse_instant

REFUSALS: Final = (InvalidInput, RuleViolation, NotFound, VersionConflict)
"""What a command may be refused for; anything else that goes wrong ends the whole."""

OnOutcome = Callable[[int, WriteResult | LedgerError], None]
"""Told what became of the command on a line; nothing is committed yet then."""

_TOGETHER: Final = 500
"""Events that are appended together."""


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
        self._on_outcome: OnOutcome | None = None
        # What was decided and is not appended yet: by command, and by event.
        self._done: list[tuple[int, str, tuple[AccountFigures, ...]]] = []
        self._loaded: list[LoadedAccount] = []
        self._events: list[AccountEvent] = []
        self._writes: list[StreamWrite] = []

    @contextmanager
    def transaction(
        self, on_outcome: OnOutcome | None = None, *, keep: bool = True
    ) -> Iterator[None]:
        """Carry out all commands of the block, or none.

        Args:
            on_outcome: called for each, in their order, once its events are appended.
            keep: False to rehearse: everything is carried out, and nothing of it stays.
        """
        self._on_outcome = on_outcome
        self._forget()
        try:
            with (
                self._store.transaction(),
                self._dispatcher.bulk(),
                self._repository.locked(self._append),
            ):
                yield
                self._append()
                if not keep:
                    raise _Rehearsed
        except _Rehearsed:
            return
        self._dispatcher.publish_rest()

    def handle(self, line: int, command: Command, context: Context) -> bool:
        """Carry out the command on a line.

        Returns:
            Whether it was accepted.

        Raises:
            LedgerError: something went wrong that is no refusal.
        """
        handler = self._handler
        try:
            if command.idempotency_key is not None:
                self._append()
                self._tell(line, handler.handle(command, context))
                return True
            at = None if command.at is None else parse_instant(command.at)
            decided = handler.decide(command, at, self._repository.load)
        except REFUSALS as refusal:
            self.refuse(refusal.at_line(line))
            return False
        except LedgerError as failure:
            raise failure.at_line(line) from failure.__cause__
        loaded, events, effective_at = decided
        self._writes += handler.writes_of(command, decided, context)
        self._events += events
        self._loaded += loaded
        full = len(self._writes) >= _TOGETHER
        for each, event in zip(loaded, events, strict=True):
            each.account.apply(event, effective_at)
            full = full or handler.is_snapshot_due(each.account)
        if self._on_outcome is not None:
            accounts = tuple([figures(each.account) for each in loaded])
            self._done.append((line, command.name, accounts))
        if full:
            self._append()
        return True

    def refuse(self, refusal: LedgerError) -> None:
        """Tell of a line that is not carried out; its details name it."""
        self._append()
        self._tell(int(str(refusal.details["line"])), refusal)

    def _append(self) -> None:
        """Append what was decided since, and tell of it."""
        done, loaded, events, writes = self._done, self._loaded, self._events, self._writes
        self._forget()
        if not writes:
            return
        recorded = self._store.append(writes)
        self._dispatcher.project(recorded, events)
        for each, record in zip(loaded, recorded, strict=True):
            each.recorded_at = record.recorded_at
        place = 0
        for line, name, accounts in done:
            first, place = place, place + len(accounts)
            result = WriteResult(
                name, accounts, tuple(recorded[first:place]), tuple(events[first:place])
            )
            self._tell(line, result)
        for each in loaded[-2:]:  # those of the last command: a run ends where a snapshot is due
            self._handler.snapshot_if_due(each)

    def _forget(self) -> None:
        self._done, self._loaded, self._events, self._writes = [], [], [], []

    def _tell(self, line: int, outcome: WriteResult | LedgerError) -> None:
        if self._on_outcome:
            self._on_outcome(line, outcome)


class _Rehearsed(Exception):
    """Ends the transaction of a rehearsal."""
