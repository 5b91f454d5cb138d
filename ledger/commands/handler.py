"""How one command travels: load, replay, validate, produce, append, project."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import sleep
from typing import Final

import msgspec

from ledger.commands.command import CloseAccount, Command, Deposit, OpenAccount, Transfer, Withdraw
from ledger.commands.context import Context, new_id
from ledger.commands.dispatcher import EventDispatcher
from ledger.commands.idempotency import Request, in_other_currency, key_reused, request_of
from ledger.commands.repository import AccountRepository, LoadedAccount
from ledger.commands.results import AccountFigures, WriteResult
from ledger.domain.account import BankAccount
from ledger.domain.events import Event, TransferReceived, TransferSent
from ledger.domain.instant import effective_time
from ledger.domain.money import Money
from ledger.domain.transfer import transfer
from ledger.domain.validation import check_account_id, check_key
from ledger.errors import (
    CurrencyMismatch,
    InvalidInput,
    NotFound,
    RuleViolation,
    VersionConflict,
)
from ledger.eventstore import snapshots
from ledger.eventstore.codec import decode_event, encode_event
from ledger.eventstore.metadata import Metadata
from ledger.eventstore.records import StreamWrite
from ledger.eventstore.store import Clock, EventStore, check_expected
from ledger.projections.folding import DecodedEvent

OPTIMISTIC_ATTEMPTS: Final = 4
LONGEST_PAUSE: Final = 0.05
"""Seconds."""


class CommandHandler:
    """Carries out commands against a store.

    Args:
        delivery: where the facts go once they are appended.
        snapshot_interval: a snapshot is taken at every so many events of a stream; 0 for never.
    """

    def __init__(
        self,
        store: EventStore,
        clock: Clock,
        loader: AccountRepository,
        delivery: EventDispatcher,
        *,
        snapshot_interval: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._loader = loader
        self._delivery = delivery
        self._snapshot_interval = snapshot_interval
        self._metadata_context: Context | None = None
        self._metadata_of: dict[str, str] = {}

    def handle(
        self,
        command: Command,
        context: Context,
        *,
        key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Carry out a command.

        Without an expected version, a command that loses a race against another writer is decided
        again on fresh state: a few times after a pause, and the last time under the write lock,
        where nobody can come in between.

        Args:
            key: an idempotency key.
            expected_version: the version that the account must be at; of a transfer the sender.

        Raises:
            VersionConflict: it is at another version.
            LedgerError: the command is refused; nothing has changed.
        """
        request = None if key is None else request_of(command, check_key(key))
        if self._loader.is_locked:
            load = self._loader.load
            result = self._attempt(command, context, request, expected_version, load)
        else:
            result = self._attempt_on_kept(
                command, context, request, expected_version
            ) or self._attempt_on_fresh(command, context, request, expected_version)
        if not result.replayed:
            self._delivery.publish(result.events)
        return result

    def _attempt_on_kept(
        self,
        command: Command,
        context: Context,
        request: Request | None,
        expected_version: int | None,
    ) -> WriteResult | None:
        """Decide on the accounts as they are kept; if others wrote meanwhile, the append tells.

        What is refused on such a state may be right on a fresh one.
        """
        if not self._loader.keeps(command.accounts):
            return None
        try:
            return self._attempt(
                command, context, request, expected_version, self._loader.load_kept
            )
        except (InvalidInput, NotFound, RuleViolation, VersionConflict):
            return None

    def _attempt_on_fresh(
        self,
        command: Command,
        context: Context,
        request: Request | None,
        expected_version: int | None,
    ) -> WriteResult:
        load = self._loader.load
        for attempt in range(OPTIMISTIC_ATTEMPTS):
            try:
                return self._attempt(command, context, request, expected_version, load)
            except (RuleViolation, VersionConflict) as refusal:
                # Another process may have done this very command since its key was looked up.
                done_meanwhile = request and self._replayed(command, request)
                if done_meanwhile:
                    return done_meanwhile
                if not isinstance(refusal, VersionConflict):
                    raise
                # What the caller expects is said of the first account alone.
                lost_by = refusal.details.get("account_id")
                if expected_version is not None and lost_by == command.accounts[0]:
                    raise
            _pause(attempt)
        try:
            with self._store.transaction():
                return self._attempt(command, context, request, expected_version, load)
        except BaseException:  # the commit may have failed
            self._loader.forget(command.accounts)
            raise

    def _attempt(
        self,
        command: Command,
        context: Context,
        request: Request | None,
        expected_version: int | None,
        load: Callable[[str], LoadedAccount],
    ) -> WriteResult:
        if request is not None:
            replayed = self._replayed(command, request)
            if replayed is not None:
                return replayed
        # 1, 2: load the events, from the newest usable snapshot on, and replay them.
        loaded = list(map(load, command.accounts))
        # 3, 4: validate the command, and produce events, one an account.
        now = self._clock()
        for each in loaded:
            if each.recorded_at > now:
                now = each.recorded_at
            if not each.account.version:
                _check_existence(command, each.account)
        if expected_version is not None:
            _check_version(loaded[0].account, expected_version)
        effective_at = effective_time(command.at, now)
        events = self._decide(command, [each.account for each in loaded], effective_at)
        # 5: append them with a version check.
        metadata = self._metadata(command, context, request)
        writes = []
        for each, event in zip(loaded, events, strict=True):
            account = each.account
            new = encode_event(event, metadata, effective_at)
            writes.append(
                StreamWrite(account.stream_id, account.aggregate_type, account.version, (new,))
            )
        facts: list[DecodedEvent] = []
        figures: list[AccountFigures] = []
        try:
            with self._store.transaction():
                recorded = self._store.append(writes, keyed=request.keyed if request else None)
                for each, event, record in zip(loaded, events, recorded, strict=True):
                    each.account.apply(event, effective_at)
                    each.recorded_at = record.recorded_at
                    facts.append((record, event))
                    figures.append(_figures(each.account))
                # 6: update the projections.
                self._delivery.project(facts)
                self._snapshot_if_due(loaded)
        except BaseException:
            self._loader.forget(command.accounts)
            raise
        return WriteResult(command.name, tuple(figures), tuple(recorded), _transfer_id(events[0]))

    def _decide(
        self, command: Command, accounts: list[BankAccount], effective_at: int
    ) -> tuple[Event, ...]:
        account = accounts[0]
        if isinstance(command, (Deposit, Withdraw, Transfer)):
            return self._move(command, accounts, effective_at)
        if isinstance(command, CloseAccount):
            return (account.close(command.reason, effective_at),)
        assert isinstance(command, OpenAccount)
        balance = _money(command.initial_balance, command.currency)
        if balance.currency != command.currency:
            raise CurrencyMismatch(
                f"account {account.stream_id} is to be kept in {command.currency}, its initial "
                f"balance is in {balance.currency}",
                advice="give both in the same currency",
                account_id=account.stream_id,
                currency=command.currency,
            )
        return (account.open(command.owner, balance),)

    def _move(
        self,
        command: Deposit | Withdraw | Transfer,
        accounts: list[BankAccount],
        effective_at: int,
    ) -> tuple[Event, ...]:
        account = accounts[0]
        state = account.state
        amount = _money(command.amount, state.currency)
        if isinstance(command, Deposit):
            return (account.deposit(amount, command.description, effective_at),)
        # Money that left in the past is missing at every moment since: those are all looked at.
        path = None
        if state.opened_at <= effective_at < state.last_activity:
            path = self._loader.path_from(account.stream_id, effective_at)
        if isinstance(command, Withdraw):
            return (account.withdraw(amount, command.description, effective_at, path),)
        return transfer(
            account,
            accounts[1],
            amount,
            command.description,
            effective_at,
            transfer_id=new_id(),
            path=path,
        )

    def _replayed(self, command: Command, request: Request) -> WriteResult | None:
        """The result of the command that first came with the key, if there was one."""
        record = self._store.key_record(request.key)
        if record is None:
            return None
        recorded = tuple(
            self._store.read_all(
                after_position=record.first_position - 1, to_position=record.last_position
            )
        )
        first = decode_event(recorded[0])
        if record.fingerprint != request.keyed.fingerprint or in_other_currency(command, first):
            raise key_reused(request, command, recorded[0], first)
        figures = tuple(
            _figures(self._loader.load_at(event.stream_id, to_version=event.version).account)
            for event in recorded
        )
        return WriteResult(command.name, figures, recorded, _transfer_id(first), replayed=True)

    def _metadata(self, command: Command, context: Context, request: Request | None) -> str:
        """The metadata of a command's events; without keys, one for each kind of command."""
        if request is not None:
            return Metadata(
                context.actor,
                command.name,
                context.correlation_id,
                context.causation_id,
                request.key,
                msgspec.Raw(request.text),
            ).encode()
        if context is not self._metadata_context:
            self._metadata_context = context
            self._metadata_of.clear()
        metadata = self._metadata_of.get(command.name)
        if metadata is None:
            metadata = self._metadata_of[command.name] = Metadata(
                context.actor, command.name, context.correlation_id, context.causation_id
            ).encode()
        return metadata

    def _snapshot_if_due(self, loaded: Iterable[LoadedAccount]) -> None:
        interval = self._snapshot_interval
        for each in loaded:
            if interval and each.account.version % interval == 0:
                self._store.snapshots.save(snapshots.take(each.account, each.recorded_at))


def _pause(attempt: int) -> None:
    """Back off for a random while, longer each time, so that losers of a race spread out."""
    from random import random  # only those who lost a race pay for its import

    sleep(random() * LONGEST_PAUSE * (attempt + 1) / OPTIMISTIC_ATTEMPTS)  # noqa: S311 - jitter


def _check_existence(command: Command, account: BankAccount) -> None:
    """Refuse a command to an account that does not exist, and an id that none can have."""
    check_account_id(account.stream_id)
    if not isinstance(command, OpenAccount):
        _ = account.state


def _check_version(account: BankAccount, expected_version: int) -> None:
    """Refuse a command whose author has not seen the account as it is."""
    write = StreamWrite(account.stream_id, account.aggregate_type, expected_version, ())
    check_expected(write, account.version)


def _transfer_id(event: Event) -> str | None:
    return event.transfer_id if isinstance(event, (TransferSent, TransferReceived)) else None


def _money(amount: str | Money, currency: str) -> Money:
    return amount if isinstance(amount, Money) else Money.parse(amount, currency)


def _figures(account: BankAccount) -> AccountFigures:
    state = account.state
    return AccountFigures(account.stream_id, Money(state.balance, state.currency), account.version)
