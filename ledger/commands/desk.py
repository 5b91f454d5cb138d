"""What a command that puts something right looks things up at, while nobody else can write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from ledger.commands.book_times import BookTimes, When
from ledger.commands.context import Context
from ledger.commands.entry_changes import EntryChanges
from ledger.commands.erased_texts import transfer_side
from ledger.commands.not_entries import not_an_entry
from ledger.commands.repository import LoadedAccount
from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Dated
from ledger.domain.book_events import LogArchived, PeriodUnlocked
from ledger.domain.entries import Entry, entries_of
from ledger.domain.events import AccountEvent, Movement, TransferSide
from ledger.domain.instant import effective_time
from ledger.domain.mistakes import Side
from ledger.errors import ArchiveMissing, InvalidUsage, NoSuchEntry, NothingToUndo
from ledger.eventstore.archive.live_first import events_around, live_first
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import written_by
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, archive_of, event_at

_NO_RUN: Final = (PeriodUnlocked.__name__, LogArchived.__name__)


class Desk:
    """Gives accounts, entries and times; what it gave once stays as it was.

    Args:
        load: gives an account as it is now.
        now: what the clock says (µs UTC), and no less than the head's recorded time.
        draw_id: draws a random id.
        context: who gives the command.
    """

    def __init__(
        self,
        store: EventStore,
        load: Callable[[str], LoadedAccount],
        times: BookTimes,
        now: int,
        draw_id: Callable[[], str],
        context: Context,
    ) -> None:
        self._store = store
        self._load = load
        self.loaded: dict[str, LoadedAccount] = {}
        self.times = times
        self.now = now
        self.draw_id = draw_id
        self.context = context

    @property
    def locked_until(self) -> int | None:
        """The moment (µs UTC) that the book is locked until."""
        return self.times.locked_until

    def account(self, account_id: str) -> BankAccount:
        """An account as it is now.

        Raises:
            NoSuchAccount, InvalidAccountId: there is none.
        """
        loaded = self.loaded.get(account_id)
        if loaded is None:
            loaded = self._load(account_id)
            _ = loaded.account.state
            self.loaded[account_id] = loaded
        return loaded.account

    def moment(self, at: When | None, default: int, *, not_before: int | None = None) -> int:
        """The effective time (µs UTC) of what a command does.

        Args:
            default: where the command names none.
            not_before: what the command is about happened then; on that day a bare date is that
                moment.

        Raises:
            InvalidTime: it lies in the future.
        """
        if at is None:
            return default
        if not_before is not None and at.first < not_before <= at.last:
            return not_before
        return effective_time(at.first, self.now)

    def entry(self, account_id: str, version: int) -> Entry:
        """The entry of an account with a version, as it stands.

        Raises:
            InvalidUsage: nothing has such a version.
            NoSuchEntry: the account has no such version.
            NotReversible: that is no entry.
        """
        if version < 1:
            raise InvalidUsage(
                "the version of an entry is a whole number from 1 on",
                advice="the history of the account shows it",
                account_id=account_id,
            )
        account = self.account(account_id)
        if version > account.version:
            raise NoSuchEntry(
                f"account {account_id} has no version {version}",
                advice=f"it has versions 1 to {account.version}; its history shows them",
                account_id=account_id,
                last_version=account.version,
            )
        dated = self._event(account_id, version)
        if not isinstance(dated.event, Movement):
            recorded = event_at(self._store, account_id, version)
            assert recorded is not None
            raise not_an_entry(recorded)
        loaded = self.loaded[account_id]
        if loaded.entry_changes is None:
            loaded.entry_changes = EntryChanges(self._store, account_id, account.version)
        changes = loaded.entry_changes.of_entry(version, account.version)
        events = [dated, *(self._event(account_id, change) for change in changes)]
        return entries_of(events)[version]

    def sides(self, account_id: str, version: int) -> list[Side]:
        """An entry on all accounts that it touched; of a transfer the sender first.

        Raises:
            NoSuchEntry, NotReversible: as for `entry`.
        """
        entry = self.entry(account_id, version)
        side = Side(self.account(account_id), entry)
        event = entry.event
        if not isinstance(event, TransferSide):
            return [side]
        other = self.account(event.counterparty)
        for recorded in self._near_or_anywhere(account_id, version, other.stream_id):
            if event.transfer_id not in recorded.data:
                continue
            found = transfer_side(recorded)
            if (
                found is not None
                and found.transfer_id == event.transfer_id
                and found.counterparty == account_id
                and found.direction != event.direction
            ):
                pair = [side, Side(other, self.entry(other.stream_id, recorded.version))]
                return sorted(pair, key=lambda each: each.entry.event.direction)
        return [side]  # the older world has transfers with one side

    def transfer(self, transfer_id: str) -> list[Side]:
        """Both sides of a transfer, the sender first.

        Raises:
            NoSuchEntry: there is none of the id.
        """
        for recorded in self._live_first():
            if transfer_id in recorded.data:
                side = transfer_side(recorded)
                if side is not None and side.transfer_id == transfer_id:
                    return self.sides(recorded.stream_id, recorded.version)
        raise NoSuchEntry(
            f"there is no transfer {transfer_id!a}",
            advice="the answer to a transfer names its id, and the log has it",
            transfer_id=transfer_id,
        )

    def last_run(self) -> list[RecordedEvent]:
        """What this actor's last run recorded, in the order of the log.

        Unlocking a period and archiving count as no run: they change nothing, and unlocking may
        have to come before. Without the archive, a run counts as whole that was first seen after
        entries were archived last.

        Raises:
            NothingToUndo: nothing is recorded of this actor.
            ArchiveMissing: the run may have begun in what is archived, and that is not at hand.
        """
        actor, run = self.context.actor, None
        found: list[RecordedEvent] = []
        archived_at = 0
        try:
            for recorded in self._newest_first():
                if recorded.event_type == LogArchived.__name__:
                    archived_at = archived_at or recorded.position
                if recorded.event_type in _NO_RUN:
                    continue
                by = written_by(recorded.metadata)
                if by.actor == actor and run is None:
                    run = by.run
                if by.actor == actor and by.run == run:
                    found.append(recorded)
        except ArchiveMissing:
            if not found or found[-1].position < archived_at:
                raise
        if not found or not run:
            raise NothingToUndo(
                f"nothing is recorded of {actor}",
                advice="only what one's own last run recorded can be undone",
                actor=actor,
            )
        return found[::-1]

    def _live_first(self) -> Iterator[RecordedEvent]:
        """The log, what is archived of it after the rest."""
        base = self._archived_to
        yield from self._store.read_all(after_position=base)
        if base:
            yield from self._store.read_all(to_position=base)

    @property
    def _archived_to(self) -> int:
        archive = archive_of(self._store)
        return 0 if archive is None else archive.position

    def _newest_first(self) -> Iterator[RecordedEvent]:
        base = self._archived_to
        end = self._store.head().position
        while end > 0:
            start = max(end - 1_000, base if end > base else 0)
            yield from reversed(list(self._store.read_all(after_position=start, to_position=end)))
            end = start

    def _event(self, account_id: str, version: int) -> Dated[AccountEvent]:
        recorded = event_at(self._store, account_id, version)
        assert recorded is not None
        return Dated(version, recorded.effective_at, decode_event(recorded))

    def _near_or_anywhere(
        self, account_id: str, version: int, other_id: str
    ) -> Iterator[RecordedEvent]:
        """The events of another account: first those next to one in the log, where the other side
        of a transfer mostly is."""
        recorded = event_at(self._store, account_id, version)
        assert recorded is not None
        near = recorded.position
        for each in events_around(self._store, near, 1, 1):
            if each.stream_id == other_id:
                yield each
        yield from live_first(self._store, other_id)
