"""The six steps of a command: load, replay, validate, produce, append, project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ledger.commands.book_times import BookTimes, When
from ledger.commands.command import Command, OpenAccount
from ledger.commands.context import Context
from ledger.commands.dispatcher import EventDispatcher
from ledger.commands.idempotency import Request, check_same, request_of
from ledger.commands.repository import AccountRepository, LoadedAccount
from ledger.commands.results import WriteResult, figures, named_first
from ledger.domain.account import BankAccount
from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.events import AccountEvent
from ledger.domain.instant import effective_time
from ledger.domain.validation import check_key
from ledger.eventstore import snapshots
from ledger.eventstore.appending import version_conflict
from ledger.eventstore.codec import decode_event, new_event
from ledger.eventstore.records import KeyedRequest, RecordedEvent, StreamWrite
from ledger.eventstore.store import EventStore

if TYPE_CHECKING:
    from ledger.commands.amendments import AnyCommand

Decided = tuple[list[LoadedAccount], tuple[AccountEvent, ...], int | None]
"""What a command leads to: its accounts, one event for each, and their effective time (µs UTC);
None for the time that they are recorded at."""


class Prepared(NamedTuple):
    """What is to be appended, if nothing has changed meanwhile.

    Attributes:
        now: what the clock said (µs UTC).
    """

    decided: Decided
    writes: Sequence[StreamWrite]
    keyed: KeyedRequest | None
    now: int

    @property
    def events(self) -> tuple[AccountEvent, ...]:
        """One for each of the accounts."""
        return self.decided[1]


class SixSteps:
    """Takes commands through their steps against a store.

    Args:
        dispatcher: where events go once they are appended.
        snapshot_interval: a snapshot is taken at every so many events of a stream; 0 for never.
    """

    def __init__(
        self,
        store: EventStore,
        times: BookTimes,
        repository: AccountRepository,
        dispatcher: EventDispatcher,
        *,
        snapshot_interval: int,
    ) -> None:
        self.store = store
        self.times = times
        self.repository = repository
        self.dispatcher = dispatcher
        self._snapshot_interval = snapshot_interval
        self._metadata_context: Context | None = None
        self._metadata_of: dict[type[AnyCommand], str] = {}

    def asked(self, command: AnyCommand) -> tuple[When | None, Request | None]:
        """When a command says that it happened, and the request that it is where it has a key."""
        at = None
        if command.at is not None:
            at = self.times.when(command.at, months=command.is_of_period)
        key = command.idempotency_key
        return at, None if key is None else request_of(command, check_key(key), at and at.first)

    def carry_out(
        self,
        command: Command,
        context: Context,
        request: Request | None,
        at: When | None,
        load: Callable[[str], LoadedAccount],
    ) -> WriteResult:
        """The six steps."""
        prepared = self.prepare(command, context, request, at, load)
        if isinstance(prepared, WriteResult):
            return prepared
        try:
            if self.repository.is_locked:
                return self._write(command, prepared)
            with self.store.transaction():
                return self._write(command, prepared)
        except BaseException:  # the accounts may have more events than were committed
            self.repository.forget(command.accounts)
            raise

    def prepare(
        self,
        command: Command,
        context: Context,
        request: Request | None,
        at: When | None,
        load: Callable[[str], LoadedAccount],
    ) -> Prepared | WriteResult:
        """What a command leads to; or what it did, if it was carried out before."""
        if request is not None:
            replayed = self.replayed(command, request)
            if replayed is not None:
                return replayed
        surroundings = self.store.surroundings
        position = self.store.head().position + 1 if surroundings.repeatable else 0
        now = surroundings.now(position)
        decided = self.decide(command, at, load, now, position)
        writes = self.writes_of(command, decided, context, request)
        return Prepared(decided, writes, None if request is None else request.keyed, now)

    def decide(
        self,
        command: Command,
        at: When | None,
        load: Callable[[str], LoadedAccount],
        now: int,
        position: int = 0,
    ) -> Decided:
        """Steps 1 to 4; nothing is changed yet.

        Args:
            at: when it happened; None for when it is recorded.
            load: gives an account as it is now.
            now: what the clock says (µs UTC).
            position: of the first event that is to come, where anything depends on it.
        """
        # 1, 2: load the events, from the newest usable snapshot on, and replay them.
        loaded = [load(each) for each in command.accounts]
        # 3, 4: validate the command, and produce events, one per account.
        accounts = []
        behind = at is not None and at.first > now
        for each in loaded:
            account = each.account
            if each.recorded_at > now:
                behind = True
            if not account.version and not isinstance(command, OpenAccount):
                _ = account.state  # which it does not have
            accounts.append(account)
        if command.expected_version is not None:
            check_version(accounts[0], command.expected_version)
        if behind:  # the event is recorded no earlier than the head, which the clock may not know
            now = max(now, self.store.head().recorded_us)
        effective_at = now if at is None else effective_time(at.first, now)
        if at is not None and at.first != at.last:
            # Nothing comes before the opening, and on its day a bare date may well be that.
            opened = [each.state.opened_at for each in accounts if each.version]
            effective_at = max([effective_at, *(each for each in opened if each <= at.last)])
        locked_until = self.times.locked_until
        if locked_until is not None and effective_at <= locked_until:
            from ledger.domain.changes import check_lock  # few commands meet a lock

            self.times.look()  # somebody may have unlocked the books since
            if at is None:  # the head may be ahead of the clock, and behind the lock's moment
                effective_at = max(effective_at, self.store.head().recorded_us)
            check_lock(effective_at, self.times.locked_until)
        events = command.decide(
            accounts,
            effective_at,
            lambda: self.store.surroundings.draw_uuid(position, "transfer"),
        )
        return loaded, events, None if at is None else effective_at

    def writes_of(
        self,
        command: Command,
        decided: Decided,
        context: Context,
        request: Request | None = None,
        recorded_at: int | None = None,
    ) -> list[StreamWrite]:
        """The appends that the events of a command are: one per account, at its version.

        Args:
            recorded_at: µs UTC, where it is known already; see `StreamWrite`.
        """
        loaded, events, effective_at = decided
        metadata = self.metadata(command, context, request)
        writes = []
        for each, event in zip(loaded, events, strict=True):
            account = each.account
            writes.append(
                StreamWrite(
                    account.stream_id,
                    account.aggregate_type,
                    account.version,
                    (new_event(event, metadata, effective_at),),
                    recorded_at,
                )
            )
        return writes

    def _write(self, command: Command, prepared: Prepared) -> WriteResult:
        """Steps 5 and 6, in a transaction."""
        recorded = self.append(prepared)
        return self.take_over(command, prepared, recorded)

    def append(self, prepared: Prepared) -> Sequence[RecordedEvent]:
        """Append events with a version check, and update the projections."""
        recorded = self.store.append(prepared.writes, keyed=prepared.keyed, not_before=prepared.now)
        if recorded[0].position != self.repository.next_position:
            # Somebody else may have locked a period.
            self.times.check_unchanged()
        self.dispatcher.project(recorded, prepared.events)
        return recorded

    def take_over(
        self, command: Command, prepared: Prepared, recorded: Sequence[RecordedEvent]
    ) -> WriteResult:
        """Fold what was appended into the accounts that it was decided on."""
        loaded, events, _ = prepared.decided
        self.repository.next_position = recorded[-1].position + 1
        for each, event, record in zip(loaded, events, recorded, strict=True):
            each.account.apply(event, record.effective_at)
            each.recorded_at = record.recorded_at
            self.snapshot_if_due(each)
        accounts = tuple([figures(each.account) for each in loaded])
        return WriteResult(command.name, accounts, tuple(recorded), events)

    def is_snapshot_due(self, version: int) -> bool:
        """Whether a snapshot is to be taken of an account that has come to a version."""
        interval = self._snapshot_interval
        return interval != 0 and version % interval == 0

    def snapshot_if_due(self, loaded: LoadedAccount) -> None:
        """Take a snapshot of an account that has come so far."""
        if self.is_snapshot_due(loaded.account.version):
            self.store.snapshots.save(snapshots.take(loaded.account, loaded.recorded_at))

    def replayed(self, command: AnyCommand, request: Request) -> WriteResult | None:
        """The result of the command that first came with the key, if there was one."""
        record = next(self.store.key_records(request.key), None)
        if record is None:
            return None
        recorded = tuple(
            self.store.read_all(
                after_position=record.first_position - 1, to_position=record.last_position
            )
        )
        produced = tuple(decode_event(each) for each in recorded)
        place = -1 if command.text_is_of_last_event else 0
        check_same(request, record, recorded[place], produced[place])
        versions = {each.stream_id: each.version for each in recorded}
        return WriteResult(
            command.name,
            tuple(
                figures(self.repository.load_at(each, to_version=versions[each]).account)
                for each in named_first(command, versions)
                if each != BOOK_STREAM
            ),
            recorded,
            produced,
            replayed=True,
        )

    def metadata(self, command: AnyCommand, context: Context, request: Request | None) -> str:
        """The metadata of a command's events; without keys, one for each kind of command."""
        if request is None:
            if context is not self._metadata_context:
                self._metadata_context = context
                self._metadata_of.clear()
            known = self._metadata_of.get(type(command))
            if known is not None:
                return known
        metadata = context.metadata(
            command.name,
            idempotency_key=None if request is None else request.key,
            request=None if request is None else request.text,
        )
        if request is None:
            self._metadata_of[type(command)] = metadata
        return metadata


def check_version(account: BankAccount | Book, expected: int) -> None:
    """Refuse a command whose author has not seen the account, or the book, as it is.

    Raises:
        VersionConflict: it is not at the expected version.
    """
    if account.version != expected:
        conflict = version_conflict(account.stream_id, expected, account.version)
        if isinstance(account, BankAccount):
            conflict.message = f"account {conflict.message}"
        raise conflict
