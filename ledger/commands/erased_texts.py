"""Which texts an erasure takes away, and whether a log holds to that.

An erasure of an account takes the texts of all events before it: those of the account, and on the
other accounts those of its transfers, with the reversals and amendments that refer to these. So a
text is a digest if and only if a later erasure stands on its stream, or on the other side of its
transfer. What a migrated ledger says of the one it came from goes with the first erasure of any
account, since a guess could be tested with it.

Whether a log holds to that is seen in one reading whose memory grows with the accounts alone. Where
it does not, or seems not to, a second reading names each event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple, get_args

import msgspec

from ledger.domain.book_events import LedgerMigrated
from ledger.domain.events import (
    EntryAmended,
    EntryReversed,
    PersonalDataErased,
    TransferSide,
)
from ledger.errors import ArchiveMissing, UnreadableEvent
from ledger.eventstore.archive.live_first import events_around, live_first
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore, event_at

ERASURE: Final = PersonalDataErased.__name__

ORIGIN: Final = LedgerMigrated.__name__
"""What has the head of the ledger that a migrated one came from."""

_SIDES: Final = frozenset(each.__name__ for each in get_args(TransferSide))
_ABOUT_TRANSFERS: Final = frozenset((*_SIDES, EntryReversed.__name__, EntryAmended.__name__))


class OtherAccount(NamedTuple):
    """An account, and the ids of the transfers with it."""

    account_id: str
    transfer_ids: set[str]


class OtherSide(NamedTuple):
    """The other side of a transfer: the transfer's id, and the account there."""

    transfer_id: str
    account_id: str


def events_about(
    store: EventStore, account_id: str, other: OtherAccount, after_version: int = 0
) -> Iterator[tuple[RecordedEvent, Any]]:
    """The events on another account that are about transfers with this one.

    Args:
        after_version: of the other account; none of them is before it.

    Raises:
        UnreadableEvent: one of them cannot be read.
    """
    entries: set[int] = set()
    for recorded in store.read_stream(other.account_id, after_version=after_version):
        if recorded.event_type not in _ABOUT_TRANSFERS:
            continue
        event = decode_event(recorded)
        if isinstance(event, TransferSide):
            is_about = event.counterparty == account_id and event.transfer_id in other.transfer_ids
        else:
            is_about = _entry_of(event) in entries
        if is_about:
            entries.add(recorded.version)
            yield recorded, event


def other_side(store: EventStore, recorded: RecordedEvent, event: Any) -> OtherSide | None:
    """The transfer that an event is about; None where it is about none, or that is not known."""
    version = recorded.version
    while not isinstance(event, TransferSide):
        entry = _entry_of(event)
        if entry is None or not 0 < entry < version:
            return None
        earlier = event_at(store, recorded.stream_id, entry)
        if earlier is None:
            return None
        try:
            event, version = decode_event(earlier), entry
        except UnreadableEvent:
            return None
    return OtherSide(event.transfer_id, event.counterparty)


def _entry_of(event: Any) -> int | None:
    """The version of the entry that an event refers to."""
    if isinstance(event, EntryReversed):
        return event.reverses
    return event.amends if isinstance(event, EntryAmended) else None


class ErasureFacts(msgspec.Struct):
    """What has to be known of a log, or of some streams, to see whether it holds to the rule.

    Attributes:
        erasures: the position of each account's last erasure.
        texts: the number of erased texts.
        clear: of the events that are about a transfer with an account and have their text, the
            position of the first, by that account.
        unexplained: of those whose text was erased, and not by an erasure on their own stream, the
            position of the last, likewise.
        erased_origin, clear_origin: the position of what says where a migrated ledger came from:
            of the last one that was erased, and of the first one that was not; else 0.
        broken: a stream breaks the rule by itself.
    """

    erasures: dict[str, int] = {}
    texts: int = 0
    clear: dict[str, int] = {}
    unexplained: dict[str, int] = {}
    erased_origin: int = 0
    clear_origin: int = 0
    broken: bool = False

    def add(self, others: ErasureFacts) -> None:
        """Add what is known of other streams."""
        self.erasures.update(others.erasures)
        self.texts += others.texts
        self.broken |= others.broken
        self.erased_origin = max(self.erased_origin, others.erased_origin)
        self.clear_origin = max(self.clear_origin, others.clear_origin)
        for account_id, position in others.clear.items():
            self.clear[account_id] = min(self.clear.get(account_id, position), position)
        for account_id, position in others.unexplained.items():
            self.unexplained[account_id] = max(self.unexplained.get(account_id, 0), position)

    @property
    def hold(self) -> bool:
        """Whether no event can break the rule; else some may."""
        erased, last = self.erasures, last_of(self.erasures)
        return (
            not self.broken
            and (not self.erased_origin or last > self.erased_origin)
            and (not self.clear_origin or last < self.clear_origin)
            and all(erased.get(each, 0) > position for each, position in self.unexplained.items())
            and all(position <= self.clear.get(each, position) for each, position in erased.items())
        )


def last_of(erasures: Mapping[str, int]) -> int:
    """The position of the last erasure of any account; 0 where there is none."""
    return max(erasures.values(), default=0)


class ErasureWatch:
    """Gathers the facts from events in the order of the log; streams are seen whole."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._facts = ErasureFacts()
        # Of the streams since their last erasure: those with a text, those with an erased one that
        # is about no transfer, and for the others what `ErasureFacts.unexplained` says.
        self._clear: set[str] = set()
        self._erased: set[str] = set()
        self._unexplained: dict[str, dict[str, int]] = {}

    def see(self, recorded: RecordedEvent, event: Any) -> None:
        """Take the next event; ``event`` is what it means."""
        text = recorded.text
        if type(event) is PersonalDataErased:
            self._erase(recorded)
        if text is None:
            return
        facts, stream_id = self._facts, recorded.stream_id
        if recorded.event_type == ORIGIN:
            if isinstance(text, str):
                facts.clear_origin = facts.clear_origin or recorded.position
            else:
                facts.erased_origin, facts.texts = recorded.position, facts.texts + 1
            return
        other = None
        if recorded.event_type in _ABOUT_TRANSFERS:
            try:
                other = other_side(self._store, recorded, event)
            except ArchiveMissing:  # nobody can say which account may have taken its text away
                if isinstance(text, str):
                    self._clear.add(stream_id)
                else:
                    facts.texts += 1
                return
        if isinstance(text, str):
            self._clear.add(stream_id)
            if other is not None:
                facts.clear.setdefault(other.account_id, recorded.position)
            return
        facts.texts += 1
        if other is None:
            self._erased.add(stream_id)
        else:
            unexplained = self._unexplained.setdefault(stream_id, {})
            unexplained[other.account_id] = recorded.position

    def end(self) -> ErasureFacts:
        """The facts, now that every stream has ended."""
        facts = self._facts
        facts.broken |= bool(self._erased)
        for unexplained in self._unexplained.values():
            facts.add(ErasureFacts(unexplained=unexplained))
        return facts

    def _erase(self, recorded: RecordedEvent) -> None:
        stream_id = recorded.stream_id
        self._facts.erasures[stream_id] = recorded.position
        self._facts.broken |= stream_id in self._clear
        self._clear.discard(stream_id)
        self._erased.discard(stream_id)
        self._unexplained.pop(stream_id, None)


def misplaced_texts(
    store: EventStore, events: Iterable[RecordedEvent], erasures: Mapping[str, int]
) -> Iterator[tuple[RecordedEvent, bool]]:
    """The events that break the rule, each with whether its text should be erased.

    Args:
        events: of the log, in any order; those that cannot be read are passed by, and so are those
            about which an archive would have to be asked that is not at hand.
        erasures: the position of each account's last erasure.
    """
    for recorded in events:
        if recorded.text is not None:
            try:
                wanted = _is_to_be_erased(store, recorded, erasures)
            except (UnreadableEvent, ArchiveMissing):
                continue
            if wanted != recorded.erased:
                yield recorded, wanted


def _is_to_be_erased(
    store: EventStore, recorded: RecordedEvent, erasures: Mapping[str, int]
) -> bool:
    position = recorded.position
    if recorded.event_type == ORIGIN:
        return last_of(erasures) > position
    if erasures.get(recorded.stream_id, 0) > position:
        return True
    if recorded.event_type not in _ABOUT_TRANSFERS:
        return False
    other = other_side(store, recorded, decode_event(recorded))
    if other is None:
        return False
    erased_at = erasures.get(other.account_id, 0)
    return erased_at > position and _has_side(store, other, recorded, erased_at)


def _has_side(store: EventStore, other: OtherSide, recorded: RecordedEvent, before: int) -> bool:
    """Whether a transfer has its other side before a position; one of the older world may not."""
    wanted = OtherSide(other.transfer_id, recorded.stream_id)
    position = recorded.position
    near = events_around(store, position, 1, 1)
    on_the_other = [event for event in near if event.stream_id == other.account_id]
    for event in chain(on_the_other, live_first(store, other.account_id)):
        side = transfer_side(event) if event.position < before else None
        if side is not None and OtherSide(side.transfer_id, side.counterparty) == wanted:
            return True
    return False


def transfer_side(recorded: RecordedEvent) -> TransferSide | None:
    """The side of a transfer that an event is; None where it is none, or cannot be read."""
    if recorded.event_type not in _SIDES:
        return None
    try:
        event = decode_event(recorded)
    except UnreadableEvent:
        return None
    return event if isinstance(event, TransferSide) else None
