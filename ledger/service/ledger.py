"""The ledger: its use cases, one method each. This class is the Python API."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ledger.domain.commands import CloseAccount, Command, Deposit, OpenAccount, Transfer, Withdraw
from ledger.domain.money import Money
from ledger.errors import LedgerAppeared, LedgerError
from ledger.eventstore import snapshots
from ledger.eventstore.opening import draft_store, open_store
from ledger.eventstore.records import Head, Identity, RecordedEvent
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.store import LOCK_TIMEOUT, Clock, EventStore
from ledger.eventstore.subscriptions import POLL_INTERVAL, Subscriber, Subscribers, follow
from ledger.projections.runner import ProjectionRunner, ProjectionStatus
from ledger.service.arguments import TimeLike, amount_of, instant_of
from ledger.service.context import Context, current_context, new_id
from ledger.service.deciding import CommandHandler
from ledger.service.delivery import FactDelivery
from ledger.service.lines import numbered_lines
from ledger.service.loading import AccountLoader
from ledger.service.results import (
    Agreement,
    BalanceReport,
    BatchReport,
    HistoryReport,
    ImportReport,
    ReplayStep,
    SnapshotInfo,
    WriteResult,
)
from ledger.service.times import system_clock

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.projections.folding import Progress
    from ledger.projections.rebuild import RebuildReport
    from ledger.projections.summaries import SummaryRow
    from ledger.service.bank.importing import Outcome, Plan, StatementReport
    from ledger.service.bank.rules import Rules
    from ledger.service.reading import Reader
    from ledger.service.statements import Statement


class Ledger:
    """A money ledger over an event store.

    Use it as a context manager, from one thread::

        with Ledger.open("books.db") as ledger:
            ledger.open_account("acc-001", owner="Ana Souza")
            ledger.deposit("acc-001", "50.00", description="Paycheck")
            print(ledger.balance("acc-001").balance)

    Amounts are strings, ints, `decimal.Decimal` or `Money`, never floats. Times are ISO 8601 texts,
    datetimes or integer µs UTC; without a zone they are local. Every method raises a
    `ledger.errors.LedgerError` where it refuses or fails, and has then changed nothing.

    Args:
        store: where the events are.
        clock: gives the time in µs UTC.
        snapshot_interval: a snapshot is taken at every so many events of a stream; 0 for never.
        defer_projections: leave the projections behind the log until `catch_up`.
        context: who gives the commands, and in which run; this process, unless said otherwise.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        clock: Clock = system_clock,
        snapshot_interval: int = snapshots.SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
        context: Context | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._snapshot_interval = snapshot_interval
        self._context = context
        self._runner = ProjectionRunner(store)
        self._loader = AccountLoader(store)
        self._subscribers = Subscribers()
        self._delivery = FactDelivery(
            self._runner, self._subscribers, defer_projections=defer_projections
        )
        self._handler = CommandHandler(
            store, clock, self._loader, self._delivery, snapshot_interval=snapshot_interval
        )

    # ── opening and closing the ledger itself ───────────────────────────────────────────────────

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        clock: Clock = system_clock,
        lock_timeout: float = LOCK_TIMEOUT,
        snapshot_interval: int = snapshots.SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
    ) -> Self:
        """Open the ledger at a path, or make an empty one there.

        Args:
            create: False to refuse where there is none.
            lock_timeout: seconds to wait for another process's write.

        Raises:
            NoSuchLedger: there is none, and ``create`` is False.
            NotALedger, DamagedLedger, StorageFailure: the file cannot be used.
        """
        location = os.fspath(path)
        if create and not os.path.lexists(location):
            with suppress(LedgerAppeared), cls.draft(location, clock=clock):
                pass
        store = open_store(location, clock, lock_timeout=lock_timeout)
        return cls(
            store,
            clock=clock,
            snapshot_interval=snapshot_interval,
            defer_projections=defer_projections,
        )

    @classmethod
    @contextmanager
    def draft(
        cls,
        path: str | os.PathLike[str],
        *,
        clock: Clock = system_clock,
        snapshot_interval: int = snapshots.SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
    ) -> Iterator[Self]:
        """A new ledger that gets its path at the end of the block, or, on an exception, never was.

        Raises:
            LedgerAppeared: another process made one there meanwhile; this one is discarded.
            StorageFailure: it cannot be written.
        """
        store = draft_store(os.fspath(path), Identity(new_id(), clock()), clock)
        try:
            ProjectionRunner(store).create()
            yield cls(
                store,
                clock=clock,
                snapshot_interval=snapshot_interval,
                defer_projections=defer_projections,
            )
            store.publish()
        except BaseException:
            store.close()
            raise

    @classmethod
    def in_memory(
        cls,
        *,
        clock: Clock = system_clock,
        snapshot_interval: int = snapshots.SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
    ) -> Self:
        """A ledger that is gone with the process, to try things in."""
        from ledger.eventstore.memory import MemoryStore

        store = MemoryStore(Identity(new_id(), clock()), clock)
        ProjectionRunner(store).create()
        return cls(
            store,
            clock=clock,
            snapshot_interval=snapshot_interval,
            defer_projections=defer_projections,
        )

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def execute(
        self,
        command: Command,
        *,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Carry out a command.

        Args:
            idempotency_key: repeat a command under the same key, and it is done once.
            expected_version: the version that the account (of a transfer: the sender) must be at.

        Raises:
            RuleViolation: a rule refuses it.
            NoSuchAccount: it is to an account that does not exist.
            VersionConflict: the account is not at the expected version.
            InvalidInput: an amount, currency, time, id or text is none.
        """
        return self._handler.handle(
            command,
            self._run_context(),
            key=idempotency_key,
            expected_version=expected_version,
        )

    def open_account(
        self,
        account_id: str,
        owner: str,
        currency: str = "USD",
        initial_balance: str | int | Decimal | Money = "0",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Open an account; see `execute` for what can be refused."""
        return self.execute(
            OpenAccount(account_id, owner, currency, amount_of(initial_balance), at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def deposit(
        self,
        account_id: str,
        amount: str | int | Decimal | Money,
        description: str = "",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Take money in; see `execute` for what can be refused."""
        return self.execute(
            Deposit(account_id, amount_of(amount), description, at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def withdraw(
        self,
        account_id: str,
        amount: str | int | Decimal | Money,
        description: str = "",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Let money out; see `execute` for what can be refused."""
        return self.execute(
            Withdraw(account_id, amount_of(amount), description, at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def transfer(
        self,
        from_account: str,
        to_account: str,
        amount: str | int | Decimal | Money,
        description: str = "",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Move money between two accounts, in one append; see `execute` for what can be refused."""
        return self.execute(
            Transfer(from_account, to_account, amount_of(amount), description, at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def close_account(
        self,
        account_id: str,
        reason: str = "",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Close an account that holds nothing; see `execute` for what can be refused."""
        return self.execute(
            CloseAccount(account_id, reason, at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def batch(
        self, lines: Iterable[bytes], on_result: Callable[[int, WriteResult], None] | None = None
    ) -> BatchReport:
        """Carry out commands given as JSON Lines, all of them or none, in one transaction.

        Args:
            lines: one command each; see the README for their fields.
            on_result: called with (line number, result) for each; nothing is committed yet then.

        Raises:
            LedgerError: a line cannot be read or was refused; it is named, and nothing has changed.
        """
        from ledger.service.batch import command_in, read_line

        commands = replayed = events = 0
        with self._bulk():
            for number, text in numbered_lines(lines):
                try:
                    line = read_line(text)
                    result = self.execute(
                        command_in(line),
                        idempotency_key=line.idempotency_key,
                        expected_version=line.expected_version,
                    )
                except LedgerError as refusal:
                    raise refusal.at_line(number) from None
                commands += 1
                replayed += result.replayed
                events += 0 if result.replayed else len(result.events)
                if on_result:
                    on_result(number, result)
        self._delivery.publish_rest()
        return BatchReport(commands, replayed, events)

    def import_statement(
        self,
        account_id: str,
        content: bytes,
        rules: Rules | None = None,
        *,
        continue_on_error: bool = False,
        dry_run: bool = False,
        on_plan: Callable[[Plan], None] | None = None,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> StatementReport:
        """Take a bank's statement into an account as deposits and withdrawals, in one transaction.

        The same statement again, or another one that overlaps it, adds nothing twice; see
        `ledger.service.bank.keys`.

        Args:
            content: of a CSV file.
            rules: how to read it; what they leave open is guessed.
            continue_on_error: carry out what the account takes, and report what it refuses.
            dry_run: try all of it, report what is refused, and keep nothing.
            on_plan: called once the statement is read, before anything is tried.
            on_outcome: called for each entry; nothing is committed yet then.

        Raises:
            InvalidInput: the statement cannot be read; the line is named.
            CurrencyMismatch: it is in another currency than the account.
            RuleViolation: the account refuses an entry; its line is named, and nothing has changed.
        """
        from ledger.service.bank.importing import (
            NothingIsKept,
            StatementReport,
            carry_out,
            plan_import,
        )

        account = self._loader.load_at(account_id).account.state
        plan = plan_import(
            content,
            rules,
            account_id=account_id,
            currency=account.currency,
            opened_at=account.opened_at,
        )
        if on_plan:
            on_plan(plan)
        report = StatementReport(account_id, account.currency, skipped=len(plan.skipped))
        try:
            with self._bulk():
                for outcome in carry_out(
                    plan,
                    report,
                    is_done=lambda key: self._store.key_record(key) is not None,
                    execute=lambda each: self.execute(each.command, idempotency_key=each.key),
                    continue_on_error=continue_on_error or dry_run,
                ):
                    if on_outcome:
                        on_outcome(outcome)
                if dry_run:
                    raise NothingIsKept
        except NothingIsKept:
            return report
        self._delivery.publish_rest()
        return report

    # ── questions ───────────────────────────────────────────────────────────────────────────────

    def balance(
        self, account_id: str, *, as_of: TimeLike = None, known_at: TimeLike = None
    ) -> BalanceReport:
        """What an account holds, or held; see `Reader.balance`."""
        return self._reader.balance(account_id, **_points(as_of, known_at))

    def balances(self, *, as_of: TimeLike = None, known_at: TimeLike = None) -> list[BalanceReport]:
        """What every open account holds, or held; see `Reader.balances`."""
        return self._reader.balances(**_points(as_of, known_at))

    def accounts(self, status: str = "all") -> list[SummaryRow]:
        """The summaries of all accounts; see `Reader.accounts`."""
        return self._reader.accounts(status)

    def history(
        self,
        account_id: str,
        *,
        as_of: TimeLike = None,
        known_at: TimeLike = None,
        at_version: int | None = None,
        limit: int | None = None,
    ) -> HistoryReport:
        """The entries of an account up to a point, and its state then; see `Reader.history`."""
        return self._reader.history(
            account_id, **_points(as_of, known_at), at_version=at_version, limit=limit
        )

    def statement(
        self,
        account_id: str,
        *,
        from_time: TimeLike = None,
        to_time: TimeLike = None,
        known_at: TimeLike = None,
    ) -> Statement:
        """An account's entries in a period, between two balances; see `statement_of`."""
        from ledger.service.statements import statement_of

        return statement_of(
            self._store,
            self._loader,
            self._reader,
            account_id,
            from_time=instant_of(from_time),
            to_time=instant_of(to_time, end_of_day=True),
            known_at=instant_of(known_at, end_of_day=True),
        )

    def replay(self, account_id: str, to_version: int | None = None) -> Iterator[ReplayStep]:
        """Fold an account from its first event, step by step; see `Reader.replay`."""
        return self._reader.replay(account_id, to_version)

    def agreement(self, account_id: str, to_version: int | None = None) -> Agreement:
        """Whether fold, snapshot and projection agree; see `Reader.agreement`."""
        return self._reader.agreement(account_id, to_version)

    def account_ids(self, prefix: str = "") -> list[str]:
        """The ids of all accounts that ever were and start with a prefix, sorted."""
        return list(self._store.stream_ids(prefix))

    # ── the log ─────────────────────────────────────────────────────────────────────────────────

    @property
    def identity(self) -> Identity:
        """Which ledger this is."""
        return self._store.identity

    def head(self) -> Head:
        """The end of the log."""
        return self._store.head()

    def events(
        self, *, from_position: int = 1, account_id: str | None = None
    ) -> Iterator[RecordedEvent]:
        """The log from a position on, of one account or all.

        Raises:
            NoSuchAccount: there is none of that id; known once the first event is asked for.
        """
        if account_id is None:
            yield from self._store.read_all(after_position=max(from_position, 1) - 1)
            return
        self._reader.check_exists(account_id)
        for event in self._store.read_stream(account_id):
            if event.position >= from_position:
                yield event

    def follow(
        self, *, from_position: int = 1, poll_interval: float = POLL_INTERVAL
    ) -> Iterator[RecordedEvent]:
        """The log from a position on, and then every new event, whichever process writes it."""
        return follow(
            self._store, after_position=max(from_position, 1) - 1, poll_interval=poll_interval
        )

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call a function with every event that this object commits, until the returned one is."""
        return self._subscribers.add(subscriber)

    def export_events(self) -> Iterator[bytes]:
        """The whole log in the export format, line by line without line ends."""
        from ledger.service.transport import export_lines

        return export_lines(self._store)

    def import_events(self, lines: Iterable[bytes]) -> ImportReport:
        """Append a log in the export format or the older world's; see `Importer.run`."""
        from ledger.service.transport import Importer

        importer = Importer(
            self._store, self._clock, self._loader, snapshot_interval=self._snapshot_interval
        )
        with self._store.transaction():
            start = self._store.head().position
            report = importer.run(lines, self._run_context())
            self._delivery.catch_up()
        if self._subscribers:
            imported = self._store.read_all(after_position=start, to_position=report.head_position)
            self._subscribers.publish(list(imported))
        return report

    # ── what is derived from it ─────────────────────────────────────────────────────────────────

    def snapshot(self, account_ids: Sequence[str]) -> list[SnapshotInfo]:
        """Take a snapshot of accounts as they are now.

        Raises:
            NoSuchAccount: one of them does not exist; no snapshot was taken.
        """
        with self._store.transaction():
            taken = []
            for account_id in account_ids:
                loaded = self._loader.load_at(account_id)
                snapshot = snapshots.take(loaded.account, loaded.recorded_at)
                self._store.snapshots.save(snapshot)
                taken.append(_info(snapshot))
        return taken

    def snapshots(self, account_id: str | None = None) -> list[SnapshotInfo]:
        """The stored snapshots of one account or all."""
        return [_info(snapshot) for snapshot in self._store.snapshots.all(account_id)]

    def projections(self) -> list[ProjectionStatus]:
        """How far each projection is."""
        return [self._runner.status(projection) for projection in self._runner.projections]

    def catch_up(self, progress: Progress | None = None) -> int:
        """Fold what deferred projections have missed; gives the most events of any."""
        return max(
            self._runner.catch_up(projection, progress) for projection in self._runner.projections
        )

    def rebuild_projections(
        self,
        names: Sequence[str] = (),
        *,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> RebuildReport:
        """Make projections anew from the whole log, all where none is named; see `rebuild`."""
        from ledger.projections.rebuild import rebuild

        return rebuild(self._store, self._runner.named(names), workers=workers, progress=progress)

    # ── inside ──────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _reader(self) -> Reader:
        # Made when something is asked: a command that only writes starts faster without it.
        from ledger.service.reading import Reader

        return Reader(self._store, self._loader, self._runner)

    def _run_context(self) -> Context:
        if self._context is None:
            self._context = current_context()
        return self._context

    @contextmanager
    def _bulk(self) -> Iterator[None]:
        with self._store.transaction(), self._delivery.bulk():
            self._loader.remember()
            try:
                yield
            finally:
                self._loader.forget()


def _points(as_of: TimeLike, known_at: TimeLike) -> dict[str, int | None]:
    return {
        "as_of": instant_of(as_of, end_of_day=True),
        "known_at": instant_of(known_at, end_of_day=True),
    }


def _info(snapshot: Snapshot) -> SnapshotInfo:
    return SnapshotInfo(
        snapshot.stream_id,
        snapshot.version,
        snapshot.highest_effective_at,
        snapshot.last_recorded_at,
        usable=snapshot.fingerprint == snapshots.FINGERPRINT,
    )
