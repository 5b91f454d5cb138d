"""Proof that a ledger is what it was, and copies of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ledger.api.wiring import Wired
from ledger.eventstore.records import Clock, Progress
from ledger.eventstore.store import LOCK_TIMEOUT, SharedStore
from ledger.times import system_clock

if TYPE_CHECKING:
    from ledger.commands.arguments import TimeLike
    from ledger.exchange.archiving import ArchiveReport
    from ledger.projections.folding import AnyProjection
    from ledger.queries.differences.difference import Difference
    from ledger.queries.differences.known_states import StateLike
    from ledger.verification.backup import BackupReport
    from ledger.verification.findings import Verification
    from ledger.verification.problems import Diagnosis


class Proving(Wired):
    """Verifying, comparing, copying and repairing."""

    def verify(
        self,
        *,
        expect_head: str | None = None,
        receipts: str | os.PathLike[str] | None = None,
        archive: str | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Verification:
        """Check everything that the ledger holds, and report all that is wrong; see `verify`.

        Args:
            expect_head: a head that was noted earlier, as ``POSITION:HASH``, to be looked for.
            receipts: a folder that is to have the receipts of all entries; None to look for none.
            archive: the folder of the archive, to check all of it, too; if left out, the check
                begins where the archive ends.
            workers: how many processes work on it; found out if left out.
            progress: called with (how much is done, how much there is to do).

        Raises:
            InvalidOption: ``expect_head`` is no head.
            ArchiveMissing: what is asked for is in the archive, and that is not at hand.
        """
        from ledger.verification.verify import verify

        found = verify(
            self._store,
            self._projector.projections,
            expect_head=expect_head,
            archive=archive,
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
        of knowledge is a position of the log (0 is before the first entry), a `Head` or its
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
        from ledger.queries.differences.compared import compared
        from ledger.queries.differences.comparing import difference_of
        from ledger.verification.backup import check_whole
        from ledger.verification.noted_heads import position_of_head

        moment = self._source.times.period_end(as_of)
        with (
            compared(self._source, before, after, moment, position_of_head, check_whole) as (
                one,
                other,
                moment,
            ),
            difference_of(one, other, moment, accounts) as found,
        ):
            yield found

    def backup(
        self,
        path: str | os.PathLike[str],
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> BackupReport:
        """Put a checked copy of this ledger at a path, while others go on writing.

        Args:
            path: of the copy.
            force: replace a file that is there.
            progress: called with (pages copied, pages there are).

        Raises:
            InvalidOption: something is there that must not be replaced.
            InvalidUsage: this kind of store has no such copies.
            DamagedLedger: this ledger is damaged; what is at the path is as it was.
            StorageFailure: the copy cannot be written; likewise.
        """
        from ledger.verification.backup import back_up

        return back_up(self._store, os.fspath(path), force=force, progress=progress)

    def archive(
        self,
        folder: str | os.PathLike[str],
        until: TimeLike = None,
        *,
        progress: Progress | None = None,
    ) -> ArchiveReport:
        """Move the oldest entries into sealed files of a folder, so that the ledger gets smaller.

        Balances stay what they are, and everything that needs the moved entries reads them there,
        as long as the folder is at hand.

        Args:
            folder: of the archive; made where there is none.
            until: all that was recorded by then goes; a date or month to its last instant. If left
                out, the moment that the book is locked until.
            progress: called with (events archived, events there are to archive).

        Raises:
            InvalidUsage: this kind of ledger has no archive.
            InvalidTime: no moment is named, and nothing is locked; or it lies after today.
            NothingToArchive: nothing is left that was recorded by then, or it must be published
                first.
            InvalidOption: what is archived already is in another folder.
            ArchiveMissing: it is in none that is known.
            StorageFailure: a file of the archive cannot be written; nothing is lost.
        """
        from ledger.exchange.archived_period import archived_until
        from ledger.exchange.archiving import archive

        moment = archived_until(self._store, self._source.times, until)
        self._projector.catch_up_all()  # what is not in sight any more is seen by then
        return archive(
            self._store,
            self._dispatcher,
            self._run_context(),
            os.fspath(folder),
            moment,
            progress=progress,
        )

    @staticmethod
    def diagnose(
        location: str | os.PathLike[str],
        *,
        repair: bool = False,
        clock: Clock = system_clock,
        lock_timeout: float = LOCK_TIMEOUT,
        archive: str | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
        projections: Sequence[AnyProjection | type[AnyProjection]] = (),
    ) -> Diagnosis:
        """Say what is wrong with the ledger at a location, whether it opens or not.

        Without ``repair`` nothing is changed. With it, what is derived from the log is rebuilt
        where it is wrong, and the log itself is never touched.

        Args:
            location: path of its file.
            repair: rebuild what is derived.
            clock: gives the time in µs UTC.
            lock_timeout: seconds to wait for another process's write.
            archive: the folder of its archive, to be looked at too.
            workers: how many processes work on it; found out if left out.
            progress: called with (how much is done, how much there is to do).
            projections: somebody's own ones, to be looked at too.
        """
        from ledger.verification.diagnosis import diagnose

        return diagnose(
            os.fspath(location),
            clock,
            repair=repair,
            lock_timeout=lock_timeout,
            archive=archive,
            workers=workers,
            progress=progress,
            projections=projections,
        )
