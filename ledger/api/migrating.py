"""Writing a ledger anew."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self, Unpack

from ledger.api.importing import Importing
from ledger.api.making import Making
from ledger.api.proving import Proving
from ledger.api.wiring import WiringOptions
from ledger.commands.book import read_book
from ledger.commands.repeatable import TIME_ZONE, check_test
from ledger.errors import Integrity, InvalidOption, ProjectionFailed, UnreadableEvent
from ledger.eventstore.opening import shown_location
from ledger.queries.questions import Questions
from ledger.times import system_clock

if TYPE_CHECKING:
    from ledger.eventstore.records import Head, Progress
    from ledger.migration.completion import Completion
    from ledger.migration.report import MigrationReport
    from ledger.migration.source_event import Transform


class Migrating(Making, Proving, Importing, Questions):
    """Making a ledger of another one."""

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
            options: see `WiringOptions`.

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

        place, origin = shown_location(os.fspath(destination)), os.fspath(source)
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
