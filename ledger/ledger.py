"""The public API: a ledger, with one method for everything that can be done with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, Unpack, overload

import msgspec

from ledger.commands.arguments import (
    amount_text,
    check_types,
    currency_of,
)
from ledger.commands.book import create_book, read_book
from ledger.commands.book_times import BookTimes
from ledger.commands.bookkeeping import Bookkeeping
from ledger.commands.command import CloseAccount, Deposit, OpenAccount, Transfer, Withdraw
from ledger.commands.context import BATCH, IMPORT, Context, current_context
from ledger.commands.corrections import CommandOptions, Corrections, conditions
from ledger.commands.dispatcher import EventDispatcher
from ledger.commands.handler import CommandHandler
from ledger.commands.repeatable import ACTOR, TIME_ZONE, check_test, surroundings_of
from ledger.commands.repository import AccountRepository
from ledger.commands.results import BatchReport, WriteResult
from ledger.domain.money import Money
from ledger.errors import (
    CurrencyMismatch,
    Integrity,
    InvalidOption,
    InvalidUsage,
    LedgerAppeared,
    ProjectionFailed,
    UnreadableEvent,
)
from ledger.eventstore.opening import draft_store, memory_store, open_store, store_exists
from ledger.eventstore.records import Clock, Progress
from ledger.eventstore.snapshots import SNAPSHOT_INTERVAL
from ledger.eventstore.store import LOCK_TIMEOUT, CopiesToFile, Erases, EventStore, SharedStore
from ledger.eventstore.subscriptions import Subscribers
from ledger.projections.projector import ProjectionStatus, Projector
from ledger.queries.questions import Questions
from ledger.queries.source import Source
from ledger.times import system_clock

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.bank_statements.importer import How, StatementImporter
    from ledger.bank_statements.importing import StatementReport
    from ledger.bank_statements.matching.similar_entries import Decisions
    from ledger.bank_statements.planning import Plan
    from ledger.bank_statements.rules.statement_format import StatementFormat
    from ledger.commands.amendments import AnyCommand
    from ledger.commands.arguments import TimeLike
    from ledger.commands.batch import OnLine
    from ledger.commands.batch_input import InputFormat
    from ledger.commands.bulk import BulkHandler
    from ledger.commands.erasing import Eraser, ErasurePlan, ErasureReport
    from ledger.commands.ledger_events import LedgerEvent
    from ledger.domain.book_events import TestLedger
    from ledger.domain.receipts import Receipt
    from ledger.eventstore.records import Head, RecordedEvent
    from ledger.exchange.log_files import ImportReport
    from ledger.migration.completion import Completion
    from ledger.migration.report import MigrationReport
    from ledger.migration.source_event import Transform
    from ledger.projections.folding import AnyProjection
    from ledger.projections.rebuild import RebuildReport
    from ledger.queries.differences import Difference
    from ledger.queries.known_states import StateLike
    from ledger.queries.snapshots import SnapshotInfo
    from ledger.verification.backup import BackupReport
    from ledger.verification.findings import Verification
    from ledger.verification.problems import Diagnosis

    AmountLike = str | int | Decimal | Money


class WiringOptions(TypedDict, total=False):
    """How a ledger works, wherever it is.

    Attributes:
        clock: gives the time in µs UTC.
        snapshot_interval: a snapshot is taken at every so many events of an account; 0 for never.
        defer_projections: leave the projections behind the log until `Ledger.catch_up`.
        projections: somebody's own ones, to be kept up beside the built-in ones.
        test: the clock and seed of a test ledger; a ledger is always used as it was made.
    """

    clock: Clock
    test: TestLedger | None
    snapshot_interval: int
    defer_projections: bool
    projections: Sequence[AnyProjection | type[AnyProjection]]


class NewBook(TypedDict, total=False):
    """What a new ledger is given.

    Attributes:
        name: what people call it.
        time_zone: IANA name of the zone that its days are days of; the machine's if left out.
    """

    name: str
    time_zone: str


class Ledger(Bookkeeping, Corrections, Questions):
    """A money ledger over an event store.

    Use it as a context manager, from one thread::

        with Ledger.open("books.db") as ledger:
            ledger.open_account("acc-001", owner="Ana Souza")
            ledger.deposit("acc-001", "50.00", description="Paycheck")
            print(ledger.balance("acc-001").balance)

    Amounts are strings, ints, `decimal.Decimal` or `Money`, never floats. Times are ISO 8601 texts,
    datetimes or integer µs UTC; without a zone they are in the book's. Every method raises a
    `ledger.errors.LedgerError` where it refuses or fails, and has then changed nothing.

    Args:
        store: where the events are.
        clock, snapshot_interval, defer_projections, projections, test: see `WiringOptions`.
        context: who gives the commands, and in which run; this process, unless said otherwise.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        clock: Clock = system_clock,
        snapshot_interval: int = SNAPSHOT_INTERVAL,
        defer_projections: bool = False,
        projections: Sequence[AnyProjection | type[AnyProjection]] = (),
        test: TestLedger | None = None,
        context: Context | None = None,
    ) -> None:
        self._store = store
        self._snapshot_interval = snapshot_interval
        self._context = context
        self._projector = Projector(store, own=projections)
        self._repository = AccountRepository(store)
        self._subscribers = Subscribers()
        self._dispatcher = EventDispatcher(
            self._projector, self._subscribers, defer_projections=defer_projections
        )
        times = BookTimes(store)
        self._handler = CommandHandler(
            store, times, self._repository, self._dispatcher, snapshot_interval=snapshot_interval
        )
        store.surroundings = surroundings_of(clock, test)
        super().__init__(Source(store, self._repository, self._projector, times))

    # ── opening and closing the ledger itself ───────────────────────────────────────────────────

    @classmethod
    def open(
        cls,
        location: str | os.PathLike[str],
        *,
        create: bool = True,
        lock_timeout: float = LOCK_TIMEOUT,
        as_it_is: bool = False,
        **options: Unpack[WiringOptions],
    ) -> Self:
        """Open the ledger at a location (the path of its file), or make an empty one there.

        Args:
            create: False to refuse where there is none.
            lock_timeout: seconds to wait for another process's write.
            as_it_is: open it though parts of it are missing, to `verify` it.

        Raises:
            NoSuchLedger: there is none, and ``create`` is False.
            NotALedger, DamagedLedger, StorageFailure: the file cannot be used.
            InvalidOption: ``test`` is not what the ledger was made with.
        """
        place = os.fspath(location)
        clock = options.get("clock", system_clock)
        if create and not store_exists(place):
            with suppress(LedgerAppeared), cls.draft(place, keep_empty=True, **options):
                pass
        store = open_store(
            place, clock, lock_timeout=lock_timeout, as_it_is=as_it_is, check=_check_whole
        )
        try:
            ledger = cls(store, **options)
            try:
                recorded = ledger._source.times.look().state.test
            except Integrity:
                if not as_it_is:
                    raise
            else:
                check_test(recorded, options.get("test"))
            return ledger
        except BaseException:
            store.close()
            raise

    @classmethod
    @contextmanager
    def draft(
        cls,
        location: str | os.PathLike[str],
        *,
        keep_empty: bool = False,
        restoring: bool = False,
        book: NewBook | None = None,
        **options: Unpack[WiringOptions],
    ) -> Iterator[Self]:
        """A new ledger that gets its place at the end of the block.

        On an exception, or where nothing was recorded, it never was.

        Args:
            keep_empty: keep it though nothing was recorded but its creation.
            restoring: make no book: what is imported first brings its own.
            book: what the ledger is given.

        Raises:
            LedgerAppeared: another process made one there meanwhile; this one is discarded.
            StorageFailure: it cannot be written.
        """
        clock = options.get("clock", system_clock)
        ledger_id = surroundings_of(clock, options.get("test")).draw_uuid(0, "ledger")
        store = draft_store(os.fspath(location), ledger_id, clock)
        try:
            ledger = cls(store, **options)
            ledger._begin(None if restoring else book or NewBook(), options.get("test"))
            begun = store.head().position
            yield ledger
            if keep_empty or store.head().position > begun:
                store.publish()
            else:
                store.close()
        except BaseException:
            store.close()
            raise

    @classmethod
    def in_memory(
        cls,
        *,
        restoring: bool = False,
        book: NewBook | None = None,
        **options: Unpack[WiringOptions],
    ) -> Self:
        """A ledger that is gone with the process, to try things in; see `draft`."""
        clock = options.get("clock", system_clock)
        ledger_id = surroundings_of(clock, options.get("test")).draw_uuid(0, "ledger")
        ledger = cls(memory_store(ledger_id, clock), **options)
        ledger._begin(None if restoring else book or NewBook(), options.get("test"))
        return ledger

    @classmethod
    def migrate(
        cls,
        source: str | os.PathLike[str],
        destination: str | os.PathLike[str],
        *,
        lift: bool = False,
        transform: Transform | None = None,
        time_zone: str | None = None,
        default_time_zone: str | None = None,
        progress: Progress | None = None,
        **options: Unpack[WiringOptions],
    ) -> MigrationReport:
        """Write a new ledger that holds what one of an older file format holds.

        Both may be asked the same questions, and answer them alike. The source is verified, and
        never written to; the new one is verified too before it gets its place.

        With ``lift`` or ``transform`` the source may be of today's format as well.

        Args:
            source: path of a ledger file, or of an exported log.
            destination: where nothing is yet.
            lift: store what came from the older world in today's schema versions, too, so that its
                personal texts can be erased.
            transform: gives the events that replace an event; see
                `ledger.migration.source_event.SourceEvent`.
            time_zone: IANA name of the zone that the new book keeps. Only today's format has a
                book, whose zones stay.
            default_time_zone: the one to take where neither the source nor ``time_zone`` says one;
                the machine's if left out.
            progress: called with (how much is done, how much there is to do).

        Raises:
            NoSuchLedger, NotALedger: the source is no ledger of an older format.
            InvalidOption: something is at the destination; or the source has another time zone, or
                was made with another ``test``.
            DamagedLedger, VerificationFailed: the source is damaged; the details have the findings.
            StorageFailure: the source cannot be read, or the new one not be written.
        """
        from ledger.migration.migrating import Migration
        from ledger.migration.opening import open_source
        from ledger.migration.report import check_destination
        from ledger.times.machine_zone import zone_of_new_book

        place, origin = os.fspath(destination), os.fspath(source)
        older = open_source(origin, todays=lift or transform is not None)
        if older is None:
            check_destination(place)
            return cls._rewrite(origin, place, lift, transform, time_zone, progress, options)
        with older:
            check_destination(place)
            if time_zone is None and options.get("test"):
                time_zone = TIME_ZONE
            zone = zone_of_new_book(default_time_zone if time_zone is None else time_zone)
            with cls.draft(place, keep_empty=True, restoring=True, **options) as ledger:
                migration = Migration(
                    older,
                    ledger._store,
                    ledger._run_context(),
                    time_zone=zone,
                    lift=lift,
                    transform=transform,
                    progress=progress,
                )
                completion = migration.carry_over(options.get("test"))
                head, accounts = ledger._complete(completion)
        return migration.report(place, head, accounts)

    @classmethod
    def _rewrite(
        cls,
        source: str,
        destination: str,
        lift: bool,
        transform: Transform | None,
        time_zone: str | None,
        progress: Progress | None,
        options: WiringOptions,
    ) -> MigrationReport:
        """Write a ledger of today's format anew; see `migrate`."""
        from ledger.migration.todays.migrating import TodaysMigration

        with cls._private_copy(source, options) as copy:
            with cls.draft(destination, keep_empty=True, restoring=True, **options) as ledger:
                migration = TodaysMigration(
                    source,
                    copy._store,
                    ledger._store,
                    ledger._run_context(),
                    lift=lift,
                    transform=transform,
                    progress=progress,
                )
                verified = copy.verify(progress=migration.show_verifying_source)
                migration.check_source(verified.findings)
                if time_zone not in (None, migration.time_zone):
                    raise InvalidOption(
                        f"the ledger in {source} has the time zone {migration.time_zone}, and "
                        "keeps it",
                        advice="leave the time zone out; it can be changed in the new ledger",
                        time_zone=migration.time_zone,
                    )
                head, accounts = ledger._complete(migration.carry_over())
            return migration.report(destination, head, accounts)

    @classmethod
    @contextmanager
    def _private_copy(cls, path: str, options: WiringOptions) -> Iterator[Self]:
        """What a ledger file or an export holds, as a ledger that is gone after the block."""
        from ledger.migration.todays.private_copy import copy_of_file, empty_copy, exported_lines

        clock, test = options.get("clock", system_clock), options.get("test")
        store = copy_of_file(path, clock)
        exported = store is None
        if store is None:
            store = empty_copy(path, clock)
        with cls(store, clock=clock, test=test) as copy:
            if exported:
                copy._begin(None, test)
                copy.import_events(exported_lines(path))
            with suppress(Integrity):  # which a verification tells
                check_test(read_book(store).state.test, test)
            yield copy

    def _complete(self, completion: Completion) -> tuple[Head, int]:
        """Make what is made of the log that was migrated, and see that all of it is right.

        Returns:
            The head, and how many accounts there are.
        """
        with suppress(ProjectionFailed, UnreadableEvent):  # the verification says why
            self._projector.keep_up()
        completion.take_snapshots(self._snapshot_interval)
        found = self.verify(progress=completion.show_verifying)
        balances = {each.account_id: each.balance_minor for each in self.accounts()}
        completion.check(found.findings, balances)
        return found.head, found.accounts

    def _begin(self, book: NewBook | None, test: TestLedger | None) -> None:
        """Make what every ledger has from the start."""
        if book is not None:
            from ledger.times.machine_zone import zone_of_new_book

            zone = book.get("time_zone", TIME_ZONE if test else None)
            create_book(
                self._store,
                self._run_context(),
                time_zone=zone_of_new_book(zone),
                name=book.get("name", ""),
                test=test,
            )
        self._projector.create()
        self._projector.keep_up()

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def execute(self, command: AnyCommand) -> WriteResult:
        """Carry out a command.

        Raises:
            RuleViolation: a rule refuses it.
            NoSuchAccount: it is to an account that does not exist.
            VersionConflict: the account is not at the expected version.
            InvalidInput: an amount, currency, time, id or text cannot be meant.
            InvalidUsage: a field is of the wrong type.
        """
        try:
            return self._handler.handle(command, self._run_context())
        except (AttributeError, TypeError):
            check_types(command)
            raise

    def open_account(
        self,
        account_id: str,
        owner: str,
        currency: str = "USD",
        initial_balance: AmountLike = "0",
        *,
        decimals: int | None = None,
        overdraft: AmountLike = "0",
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Open an account; see `execute` for what can be refused.

        Args:
            overdraft: how far below zero the balance may be, or ``unlimited``.
        """
        if currency_of(initial_balance) not in ("", currency):
            raise CurrencyMismatch(
                f"account {account_id} is to be kept in {currency}, its initial balance is in "
                f"{currency_of(initial_balance)}",
                advice="give both in the same currency",
                account_id=account_id,
                currency=currency,
            )
        return self.execute(
            OpenAccount(
                account_id,
                owner,
                currency,
                amount_text(initial_balance),
                decimals,
                amount_text(overdraft),
                **conditions(options),
            )
        )

    def deposit(
        self,
        account_id: str,
        amount: AmountLike,
        description: str = "",
        *,
        tags: Mapping[str, str] | None = None,
        receipts: Sequence[Receipt] = (),
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Deposit money from outside the ledger; see `execute` for what can be refused."""
        return self.execute(
            Deposit(
                account_id,
                amount_text(amount),
                description,
                currency_of(amount),
                dict(tags or {}),
                tuple(receipts),
                **conditions(options),
            )
        )

    def withdraw(
        self,
        account_id: str,
        amount: AmountLike,
        description: str = "",
        *,
        tags: Mapping[str, str] | None = None,
        receipts: Sequence[Receipt] = (),
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Withdraw money from the ledger; see `execute` for what can be refused."""
        return self.execute(
            Withdraw(
                account_id,
                amount_text(amount),
                description,
                currency_of(amount),
                dict(tags or {}),
                tuple(receipts),
                **conditions(options),
            )
        )

    def transfer(
        self,
        from_account: str,
        to_account: str,
        amount: AmountLike,
        description: str = "",
        *,
        tags: Mapping[str, str] | None = None,
        receipts: Sequence[Receipt] = (),
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Move money between two accounts, in one append; see `execute` for what can be refused."""
        return self.execute(
            Transfer(
                from_account,
                to_account,
                amount_text(amount),
                description,
                currency_of(amount),
                dict(tags or {}),
                tuple(receipts),
                **conditions(options),
            )
        )

    def close_account(
        self, account_id: str, reason: str = "", **options: Unpack[CommandOptions]
    ) -> WriteResult:
        """Close an account that holds nothing; see `execute` for what can be refused."""
        return self.execute(CloseAccount(account_id, reason, **conditions(options)))

    def erasure_plan(self, account_id: str) -> ErasurePlan:
        """What `erase` would take away now.

        Raises:
            NoSuchAccount: there is no such account.
            NotErasable: an event keeps its text where it cannot be erased.
        """
        return self._eraser().plan(account_id)

    def erase(self, account_id: str, reason: str) -> ErasureReport:
        """Erase the personal texts of an account, for ever: its owner, descriptions, and reasons.

        The texts of its transfers are erased on the other accounts too. Amounts, times, account
        ids, tags, receipts and idempotency keys stay, and so does the reason given here. Older
        backups and exports are not touched.

        Where another process kept the file from being written anew, the report says so: what was
        erased cannot be asked for any more, but traces of it are left until this is repeated.

        Raises:
            NoSuchAccount: there is no such account.
            NotErasable: an event keeps its text where it cannot be erased; nothing has changed.
        """
        report = self._eraser().erase(account_id, reason, self._run_context())
        if report.recorded is not None:
            self._dispatcher.publish([report.recorded])
        return report

    def batch(
        self,
        lines: Iterable[bytes],
        on_line: OnLine | None = None,
        *,
        input_format: InputFormat = "jsonl",
        continue_on_error: bool = False,
        commit_every: int | None = None,
        dry_run: bool = False,
        on_commit: Callable[[], None] = lambda: None,
    ) -> BatchReport:
        """Carry out commands from a file: all of them or none, unless said otherwise.

        Args:
            lines: JSON Lines, or CSV with a header; `ledger help scripting` lists the fields.
            on_line: called with (line number, result or refusal) for each; what it hears of is
                committed only when ``on_commit`` is called.
            continue_on_error: carry out what is accepted, and only report the rest.
            commit_every: commit after so many lines; a batch that was killed can be run again if
                its lines have idempotency keys. None for one transaction.
            dry_run: carry out everything, and keep nothing.
            on_commit: called after each commit, and at the end of a dry run.

        Raises:
            LedgerError: a line cannot be read or was refused; it is named, and nothing has changed.
                With ``continue_on_error`` only for what is not about a line, such as a full disk.
        """
        from ledger.commands.batch import run_batch

        return run_batch(
            lines,
            input_format,
            self._bulk(),
            self._run_context(BATCH),
            on_line=on_line,
            on_commit=on_commit,
            continue_on_error=continue_on_error,
            commit_every=commit_every,
            dry_run=dry_run,
        )

    def plan_statement(
        self,
        accounts: str | Mapping[str, str],
        content: bytes,
        rules: StatementFormat | None = None,
        decisions: Decisions | None = None,
    ) -> list[Plan]:
        """Plan the import of a bank's file, a plan for each account; nothing is written.

        Args:
            accounts: the account that the file belongs to, or several by the bank's own numbers.
            content: of the file.
            rules: how to read it; what they leave open is inferred.
            decisions: about entries that may be there already; by default none is decided.

        Raises:
            InvalidInput: the file cannot be read; the line is named.
            CurrencyMismatch: it is in another currency than the account.
        """
        from ledger.bank_statements.matching.similar_entries import Decisions
        from ledger.bank_statements.rules.statement_format import StatementFormat

        return self._statements().plans(
            accounts, content, rules or StatementFormat(), decisions or Decisions()
        )

    def import_plans(self, plans: Sequence[Plan], **how: Unpack[How]) -> list[StatementReport]:
        """Carry out what `plan_statement` planned, in one transaction.

        Raises:
            PlanOutdated: something was recorded since.
            UndecidedEntry: an entry may be there already, and nobody decided.
            ConfirmationDiffers: another balance was expected.
            RuleViolation: the account refuses an entry; its line is named, and nothing has changed.
        """
        return self._statements().carry_out(plans, **how)

    def import_statement(
        self,
        account_id: str,
        content: bytes,
        rules: StatementFormat | None = None,
        decisions: Decisions | None = None,
        *,
        on_plan: Callable[[Plan], None] | None = None,
        **how: Unpack[How],
    ) -> StatementReport:
        """Plan the import of a bank's file into an account, and carry it out at once.

        The same statement again, or another one that overlaps it, adds nothing twice; see
        `ledger.bank_statements.matching.deduplication`. Arguments and errors are those of
        `plan_statement` and `import_plans`.

        Args:
            on_plan: called once the statement is read, before anything is tried.
        """
        from ledger.bank_statements.matching.similar_entries import Decisions
        from ledger.bank_statements.rules.statement_format import StatementFormat

        (report,) = self._statements().import_file(
            account_id,
            content,
            rules or StatementFormat(),
            decisions or Decisions(),
            on_plan=on_plan,
            **how,
        )
        return report

    def import_events(self, lines: Iterable[bytes]) -> ImportReport:
        """Append a log in the export format or the older world's; see `Importer.run`."""
        from ledger.exchange.log_files import Importer

        importer = Importer(
            self._store, self._repository, snapshot_interval=self._snapshot_interval
        )
        with self._store.transaction():
            start = self._store.head().position
            report = importer.run(lines, self._run_context(IMPORT))
            self._dispatcher.catch_up()
        if report.erased and isinstance(self._store, Erases):
            self._store.scrub()
        if self._subscribers:
            imported = self._store.read_all(after_position=start, to_position=report.head_position)
            self._dispatcher.publish(list(imported))
        return report

    # ── the log itself ──────────────────────────────────────────────────────────────────────────

    @overload
    def subscribe(
        self, subscriber: Callable[[LedgerEvent], object], *, raw: Literal[False] = False
    ) -> Callable[[], None]: ...
    @overload
    def subscribe(
        self, subscriber: Callable[[RecordedEvent], object], *, raw: Literal[True]
    ) -> Callable[[], None]: ...
    def subscribe(
        self, subscriber: Callable[[Any], object], *, raw: bool = False
    ) -> Callable[[], None]:
        """Call a function with every event that this object commits, until the returned one is.

        What it raises undoes nothing, and reaches the caller of the command.

        Args:
            subscriber: takes an event; it is called once that is committed.
            raw: give it events as they are stored, and not as they are understood today.
        """
        if raw:
            return self._subscribers.add(subscriber)
        from ledger.queries.lifted import Lifting

        lift = Lifting(self._source).lift
        return self._subscribers.add(lambda recorded: subscriber(lift(recorded)))

    def export_events(self, *, to_position: int | None = None) -> Iterator[bytes]:
        """The log in the export format, line by line without line ends; see `export_lines`."""
        from ledger.exchange.log_files import export_lines

        return export_lines(self._store, to_position)

    # ── proof and copies ────────────────────────────────────────────────────────────────────────

    def verify(
        self,
        *,
        expect_head: str | None = None,
        receipts: str | os.PathLike[str] | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Verification:
        """Check everything that the ledger holds, and report all that is wrong; see `verify`.

        Args:
            receipts: a folder that is to have the receipts of all entries; None to look for none.
        """
        from ledger.verification.verify import verify

        found = verify(
            self._store,
            self._projector.projections,
            expect_head=expect_head,
            workers=workers,
            progress=progress,
        )
        if receipts is None:
            return found
        from ledger.commands.receipts import files_of_ledger
        from ledger.verification.entry_receipts import with_receipts

        place = self._store.location if isinstance(self._store, SharedStore) else None
        files = () if place is None else files_of_ledger(place)
        return with_receipts(found, self._store, receipts, ledger_files=files)

    def backup(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> BackupReport:
        """Put a checked copy of this ledger at a path, while others go on writing.

        Args:
            force: replace a file that is there.
            progress: called with (pages copied, pages there are).

        Raises:
            InvalidOption: something is there that must not be replaced.
            InvalidUsage: this kind of store has no such copies.
            DamagedLedger: this ledger is damaged; what is at the path is as it was.
            StorageFailure: the copy cannot be written; likewise.
        """
        from ledger.verification.backup import back_up

        if not isinstance(self._store, CopiesToFile):
            raise InvalidUsage(
                "this ledger cannot be copied into a file", advice="export its log instead"
            )
        return back_up(self._store, os.fspath(path), force=force, progress=progress)

    @staticmethod
    def diagnose(
        location: str | os.PathLike[str],
        *,
        repair: bool = False,
        clock: Clock = system_clock,
        lock_timeout: float = LOCK_TIMEOUT,
        workers: int | None = None,
        progress: Progress | None = None,
        projections: Sequence[AnyProjection | type[AnyProjection]] = (),
    ) -> Diagnosis:
        """Say what is wrong with the ledger at a location, whether it opens or not.

        Without ``repair`` nothing is changed. With it, what is derived from the log is rebuilt
        where it is wrong, and the log itself is never touched.
        """
        from ledger.verification.diagnosis import diagnose

        return diagnose(
            os.fspath(location),
            clock,
            repair=repair,
            lock_timeout=lock_timeout,
            workers=workers,
            progress=progress,
            projections=projections,
        )

    # ── comparing ───────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def diff(
        self,
        before: StateLike = "lock",
        after: StateLike = None,
        *accounts: str,
        as_of: TimeLike = None,
    ) -> Iterator[Difference]:
        """What was known once and is known now, and all that explains the difference::

            with ledger.diff("2026-01-31", as_of="2025-12-31") as found:
                for account in found.accounts:
                    print(account.account_id, account.before, account.after, *account.entries)

        It is read as it is asked for, within the block, and each account is checked first. A state
        of knowledge is a position of the log (0 is the empty ledger), a `Head` or its
        ``POSITION:HASH``, a time (what was known then), the word ``lock`` (when ``as_of`` was
        locked first; if left out, the moment that was locked last, which then is what ``as_of``
        is), or the path of another file of the same ledger: a path-like, or a text that has a ``/``
        or an ending. The other file is not changed.

        Args:
            before, after: the two states; None for all that is recorded.
            accounts: only these; an id that ends with ``:`` stands for all that start with it.
            as_of: count only what had happened by then.

        Raises:
            InvalidOption: there is no such state; or the two are of different ledgers; or the
                second is earlier.
            NoSuchAccount: there is no such account.
            NoSuchLedger, NotALedger: there is no ledger at a path.
            DamagedLedger: a file is damaged, or a difference is not what the entries add up to.
        """
        from ledger.queries.compared import compared
        from ledger.queries.diff import difference_of
        from ledger.verification.noted_heads import position_of_head

        moment = self._source.times.period_end(as_of)
        with (
            compared(self._source, before, after, moment, position_of_head, _check_whole) as (
                one,
                other,
                moment,
            ),
            difference_of(one, other, moment, accounts) as found,
        ):
            yield found

    # ── what is made from the log ───────────────────────────────────────────────────────────────

    def snapshot(self, account_ids: Sequence[str]) -> list[SnapshotInfo]:
        """Take a snapshot of accounts as they are now."""
        from ledger.queries.snapshots import take_snapshots

        return take_snapshots(self._source, account_ids)

    def snapshots(self, account_id: str | None = None) -> list[SnapshotInfo]:
        """The stored snapshots of one account or all."""
        from ledger.queries.snapshots import stored_snapshots

        return stored_snapshots(self._source, account_id)

    def projections(self) -> list[ProjectionStatus]:
        """How far each projection is, those included whose class is not known here.

        One of somebody's own that this object has left behind, since its fold raised, says why.
        """
        return self._projector.statuses()

    def projection_rows(self, name: str) -> Iterator[Any]:
        """The rows of a projection, by key. It may lag: see `projections`.

        Raises:
            NoSuchProjection: there is none of the name, or its class is not known here.
            ProjectionOutdated, DamagedLedger: it has to be rebuilt.
        """
        (projection,) = self._projector.named([name])
        return self._projector.rows(projection)

    def catch_up(self, progress: Progress | None = None) -> int:
        """Fold what projections have missed; gives the most events of any.

        Raises:
            ProjectionFailed: the fold of one raised; the others were caught up.
            ProjectionOutdated, DamagedLedger: one has to be rebuilt instead; likewise.
        """
        return self._projector.catch_up_all(progress)

    def rebuild_projections(
        self,
        names: Sequence[str] = (),
        *,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> RebuildReport:
        """Make projections anew from the whole log, all where none is named; see `rebuild`."""
        from ledger.projections.rebuild import rebuild

        report = rebuild(
            self._store, self._projector.named(names), workers=workers, progress=progress
        )
        self._projector.note_rebuilt(report.names)
        return report

    def _bulk(self) -> BulkHandler:
        from ledger.commands.bulk import BulkHandler

        return BulkHandler(self._store, self._repository, self._dispatcher, self._handler)

    def _statements(self) -> StatementImporter:
        from ledger.bank_statements.importer import StatementImporter

        return StatementImporter(
            self._store,
            self._repository,
            self._bulk(),
            self._handler,
            self.time_zone,
            self._run_context(IMPORT),
        )

    def _eraser(self) -> Eraser:
        from ledger.commands.erasing import Eraser

        return Eraser(self._store, self._repository, self._projector)

    def _run_context(self, via: str | None = None) -> Context:
        surroundings = self._store.surroundings
        if surroundings.repeatable:  # it must not depend on what one process does
            position = self._store.head().position + 1
            context = current_context(surroundings.draw_run(position), ACTOR)
        else:
            if self._context is None:
                self._context = current_context(surroundings.draw_run(0))
            context = self._context
        return context if via is None else msgspec.structs.replace(context, via=via)


def _check_whole(store: EventStore) -> None:
    from ledger.verification.backup import check_whole  # asked after a crash alone

    check_whole(store)
