"""Erasing the personal texts of an account: what it takes away, and the steps of doing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Final

import msgspec

from ledger.commands.context import Context
from ledger.commands.erased_texts import ORIGIN, OtherAccount, events_about
from ledger.commands.erasing_archived import (
    Rewritten,
    are_current,
    remove_replaced,
    rewrite,
    segments_of,
    take_over,
)
from ledger.commands.ledger_events import LedgerEvent
from ledger.commands.repository import AccountRepository, fold
from ledger.domain.account import BankAccount
from ledger.domain.book import BOOK_STREAM
from ledger.domain.events import PersonalDataErased, TransferSide
from ledger.domain.validation import check_account_id
from ledger.errors import (
    ArchiveMissing,
    DamagedArchive,
    InvalidUsage,
    LedgerError,
    LockTimeout,
    NotErasable,
    StorageFailure,
)
from ledger.eventstore import snapshots
from ledger.eventstore.archive.left_over import left_over
from ledger.eventstore.archive.own_files import OwnFiles
from ledger.eventstore.archive.states import aggregate_at
from ledger.eventstore.codec import decode_event, new_event, text_is_in_data
from ledger.eventstore.records import RecordedEvent, StreamWrite
from ledger.eventstore.store import Erases, EventStore, archive_of, archived_version
from ledger.projections.erasing import remake
from ledger.projections.projector import Projector

COMMAND: Final = "erase"

_KEPT_OF_THE_OLDER_WORLD: Final = frozenset(("event_id", "timestamp"))
"""What its logs say of an event that is no text."""

_EMPTY: Final = frozenset((b"", b"null", b'""', b"{}", b"[]"))


class ErasurePlan(msgspec.Struct, frozen=True):
    """What an erasure is going to take away.

    Attributes:
        account_id: the account's.
        version: of the account now.
        own: the positions of its events that have a text.
        elsewhere: those of other accounts, by account.
        origin: those that say of which ledger this one was made, whose head could confirm a guess.
        anything: whether there is something to erase; the reason of an earlier erasure is nothing.
    """

    account_id: str
    version: int
    own: tuple[int, ...]
    elsewhere: dict[str, tuple[int, ...]]
    origin: tuple[int, ...]
    anything: bool

    @property
    def positions(self) -> Iterator[int]:
        """All of them."""
        return chain(self.own, *self.elsewhere.values(), self.origin)


class ErasureReport(msgspec.Struct, frozen=True):
    """What an erasure did.

    Attributes:
        recorded: the event, as it is stored; None where there was nothing to erase.
        texts: how many of the account's own texts were erased.
        elsewhere: how many of the texts of other accounts, by account.
        origin: whether the head of the ledger that this one was migrated from was erased, too.
        emptied: the projections whose class is not known here, or whose fold failed; they are empty
            until they are caught up.
        traces: why the medium or the archive may still have traces of the texts; None where they
            have none.
        guessable: whether it is a test ledger, which draws every salt again.
        rewritten: the files of the archive that were written anew.
        left_over: files in the archive's folder that may hold texts and that this ledger does not
            know: killed commands left them, or they are of a copy of the ledger.
    """

    account_id: str
    recorded: RecordedEvent | None
    texts: int
    elsewhere: dict[str, int]
    origin: bool
    emptied: tuple[str, ...]
    traces: LedgerError | None
    guessable: bool
    rewritten: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()

    @property
    def event(self) -> LedgerEvent | None:
        """What was recorded; None where there was nothing to erase."""
        recorded = self.recorded
        return None if recorded is None else LedgerEvent(recorded, decode_event(recorded))


class Eraser:
    """Erases personal texts from a store, and from its archive.

    Args:
        reached: called with the name of each step in which files of the archive are written anew.

    Raises:
        InvalidUsage: this kind of store cannot do that.
    """

    def __init__(
        self,
        store: EventStore,
        repository: AccountRepository,
        projector: Projector,
        reached: Callable[[str], None] = lambda step: None,
    ) -> None:
        if not isinstance(store, Erases):
            raise InvalidUsage("texts cannot be erased from this kind of store")
        self._store: EventStore = store
        self._erases: Erases = store
        self._repository = repository
        self._projector = projector
        self._reached = reached

    def plan(self, account_id: str) -> ErasurePlan:
        """What erasing an account would take away now.

        Raises:
            NoSuchAccount: there is no such account.
            NotErasable: an event keeps its text where it cannot be erased.
            ArchiveMissing: some of its texts are in the archive, and that is not at hand.
        """
        with self._store.transaction(read_only=True):
            return self._plan(self._account(account_id))

    def erase(self, account_id: str, reason: str, context: Context) -> ErasureReport:
        """Erase the texts of an account, and what is made of them, in one transaction; then scrub.

        Where there is nothing to erase, nothing is recorded: it is scrubbed alone.

        Raises:
            NoSuchAccount, NotErasable, ArchiveMissing: as for `plan`; nothing has changed.
            DamagedArchive: a file of the archive is not as it was archived; likewise.
        """
        recorded, emptied = None, list[str]()
        try:
            while True:
                planned = self.plan(account_id)
                rewritten = {}
                segments = segments_of(self._store)
                with OwnFiles(self._store) as own:
                    if planned.anything:
                        try:
                            rewritten = rewrite(self._store, planned.positions, self._reached, own)
                        except (ArchiveMissing, DamagedArchive):
                            if segments_of(self._store) == segments:
                                raise
                            continue  # another erasure has taken their places
                    with self._store.transaction():
                        account = self._account(account_id)
                        plan = self._plan(account)
                        if not _covers(rewritten, plan, self._store):
                            continue  # somebody else has archived or erased meanwhile
                        own.commit_begins()
                        event = account.erase(reason)
                        if plan.anything:
                            recorded = self._record(account, event, context)
                            self._erases.erase_texts(plan.positions)
                            take_over(self._store, account_id, rewritten, context, COMMAND)
                            self._remake_snapshots(account_id)
                            emptied = remake(self._store, self._erases, self._projector)
                            self._reached("recorded")
                break
        finally:
            self._repository.forget([account_id])
        self._reached("erased")
        if recorded is None:
            plan = msgspec.structs.replace(plan, own=(), elsewhere={}, origin=())
        traces = self._scrub()
        self._reached("removed")
        return ErasureReport(
            account_id,
            recorded,
            len(plan.own),
            {each: len(positions) for each, positions in plan.elsewhere.items()},
            bool(plan.origin),
            tuple(emptied),
            traces,
            self._store.surroundings.repeatable,
            tuple(each.file for each in rewritten.values()),
            tuple(left_over(self._store)),
        )

    def _scrub(self) -> LedgerError | None:
        try:
            self._erases.scrub()
        except (LockTimeout, StorageFailure) as failure:  # the erasure itself stands
            return failure
        finally:
            in_archive = remove_replaced(self._store)
        return in_archive

    def _account(self, account_id: str) -> BankAccount:
        if account_id == BOOK_STREAM:
            check_account_id(account_id)
        account = self._repository.load_at(account_id).account
        if not account.version:
            check_account_id(account_id)
        return account

    def _plan(self, account: BankAccount) -> ErasurePlan:
        _ = account.state
        account_id = account.stream_id
        own, anything = [], False
        transfers: dict[str, set[str]] = {}
        for recorded in self._store.read_stream(account_id):
            event = decode_event(recorded)
            _check_erasable(recorded, event)
            if isinstance(recorded.text, str):
                own.append(recorded.position)
                anything = anything or type(event) is not PersonalDataErased
            if isinstance(event, TransferSide):
                transfers.setdefault(event.counterparty, set()).add(event.transfer_id)
        elsewhere = {
            other: tuple(self._texts_about(account_id, OtherAccount(other, transfer_ids)))
            for other, transfer_ids in sorted(transfers.items())
        }
        elsewhere = {other: positions for other, positions in elsewhere.items() if positions}
        origin = tuple(
            recorded.position
            for recorded in self._store.read_stream(BOOK_STREAM)
            if recorded.event_type == ORIGIN and isinstance(recorded.text, str)
        )
        return ErasurePlan(
            account_id, account.version, tuple(own), elsewhere, origin, anything or bool(elsewhere)
        )

    def _texts_about(self, account_id: str, other: OtherAccount) -> Iterator[int]:
        # An account that is younger than the archive has no transfers in it.
        young = not archived_version(self._store, account_id)
        since = archived_version(self._store, other.account_id) if young else 0
        for recorded, event in events_about(self._store, account_id, other, since):
            _check_erasable(recorded, event)
            if isinstance(recorded.text, str):
                yield recorded.position

    def _record(
        self, account: BankAccount, event: PersonalDataErased, context: Context
    ) -> RecordedEvent:
        new = new_event(event, context.metadata(COMMAND))
        (recorded,) = self._store.append(
            [StreamWrite(account.stream_id, account.aggregate_type, account.version, (new,))]
        )
        return recorded

    def _remake_snapshots(self, account_id: str) -> None:
        """Take the account's snapshots again; those of other accounts hold no text of an entry."""
        fingerprint, versions = snapshots.fold_fingerprint(BankAccount), set()
        for snapshot in list(self._store.snapshots.read(account_id)):
            self._erases.drop_snapshot(account_id, snapshot.version)
            if snapshot.fingerprint == fingerprint:
                versions.add(snapshot.version)
        archive = archive_of(self._store)
        archived = None if archive is None else archive.stream(account_id)
        account = BankAccount(account_id) if archived is None else aggregate_at(archived)
        for recorded in self._store.read_stream(
            account_id, after_version=account.version, to_version=max(versions, default=0)
        ):
            fold(account, (recorded,))
            if recorded.version in versions:
                self._store.snapshots.save(snapshots.take(account, recorded.recorded_at))


def _covers(rewritten: Rewritten, plan: ErasurePlan, store: EventStore) -> bool:
    """Whether the archived texts of a plan were taken out of what is going to be the archive."""
    archive = archive_of(store)
    base = 0 if archive is None else archive.position
    return are_current(store, rewritten) and all(
        any(each.first_position <= position <= each.last_position for each in rewritten)
        for position in plan.positions
        if position <= base
    )


class _Imported(msgspec.Struct, frozen=True):
    imported: dict[str, msgspec.Raw] | None = None


def _check_erasable(recorded: RecordedEvent, event: Any) -> None:
    """See that an event keeps its text where it can be erased, and nowhere else.

    Raises:
        NotErasable: it does not.
    """
    in_data = text_is_in_data(recorded.event_type, recorded.schema_version)
    if in_data and getattr(event, event.text_field):
        place = "its data"
    elif '"imported"' in recorded.metadata and _says_more(recorded):
        place = "what it was imported with"
    else:
        return
    raise NotErasable(
        f"event {recorded.position} of account {recorded.stream_id} comes from an older program, "
        f"and its text is a part of {place}, which cannot be erased",
        advice="nothing was erased; write the ledger anew with every event in its current form, "
        "and erase there",
        account_id=recorded.stream_id,
        position=recorded.position,
    )


def _says_more(recorded: RecordedEvent) -> bool:
    try:
        imported = msgspec.json.decode(recorded.metadata, type=_Imported).imported or {}
    except msgspec.MsgspecError:  # nobody can say what it holds
        return True
    return any(
        name not in _KEPT_OF_THE_OLDER_WORLD and bytes(value) not in _EMPTY
        for name, value in imported.items()
    )
