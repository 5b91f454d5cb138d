"""Accounts: each stream followed from its first event, by all that must hold along it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import EventsAfter
from ledger.domain.events import AccountEvent, AccountOpened, Movement
from ledger.domain.instant import format_instant
from ledger.errors import CurrencyMismatch, UnreadableEvent
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import keyed_part
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import Snapshot
from ledger.eventstore.store import EventStore
from ledger.projections.folding import AnyProjection, AnyRows
from ledger.projections.projection import Rows
from ledger.verification.findings import ControlTotals, Finding, span_text
from ledger.verification.rules import broken_rule, events_after
from ledger.verification.stored_snapshots import SnapshotCheck

_NEVER: Final = -(2**63)

# The places of `ControlTotals`.
_IN, _OUT, _SENT, _RECEIVED, _BALANCES = range(5)

View = tuple[AnyProjection, int]
"""A projection, and the position up to which its rows are to be folded."""


class _Stream:
    """What is known of an account so far.

    Attributes:
        highest: the highest effective time (µs UTC).
        lost: an event is missing or cannot be read, so what the account holds is not known.
    """

    __slots__ = ("account", "highest", "lost", "snapshot", "version")

    def __init__(
        self, stream_id: str, snapshot: Snapshot | None, past: EventsAfter[AccountEvent]
    ) -> None:
        self.account = BankAccount(stream_id, events_after=past)
        self.version = 0
        self.highest = _NEVER
        self.lost = False
        self.snapshot = snapshot


class StreamCheck:
    """Looks at the events of whole streams, in the order of the log.

    Args:
        views: what to fold.

    Attributes:
        tables: the rows folded, for each view.
        unfolded: the accounts of which a row could not be folded, for each view.
    """

    def __init__(self, store: EventStore, findings: list[Finding], views: Sequence[View]) -> None:
        self._store = store
        self._findings = findings
        self._streams: dict[str, _Stream] = {}
        self._last_metadata = ""
        self._other_currency: set[str] = set()
        self.snapshots = SnapshotCheck(store, findings)
        self.tables: list[AnyRows] = [Rows() for _ in views]
        self.unfolded: list[set[str]] = [set() for _ in views]
        self._views = [
            (projection.fold_all, upto, rows, unfolded, projection.name)
            for (projection, upto), rows, unfolded in zip(
                views, self.tables, self.unfolded, strict=True
            )
        ]
        self._sums: dict[str, list[int]] = defaultdict(lambda: [0] * 5)

    @property
    def totals(self) -> dict[str, ControlTotals]:
        """By currency."""
        return {currency: ControlTotals(currency, *sums) for currency, sums in self._sums.items()}

    @property
    def accounts(self) -> list[str]:
        """The ids of the streams seen."""
        return list(self._streams)

    def see(self, recorded: RecordedEvent) -> None:
        """Look at an event; its stream's earlier ones were seen."""
        stream = self._streams.get(recorded.stream_id)
        if stream is None:
            stream = self._first(recorded)
        if recorded.version != stream.version + 1:
            self._gap(recorded, stream)
        stream.version = recorded.version
        if recorded.effective_at < stream.highest or recorded.backdated:
            self._look_at_mark(recorded, stream)
        else:
            stream.highest = recorded.effective_at
        event = self._read(recorded)
        if event is None:
            stream.lost = True
        else:
            if not stream.lost:
                broken = broken_rule(stream.account, recorded, event)
                if broken and not self._follows(broken):
                    self._findings.append(broken)
            self._count(event, stream.account, recorded.effective_at)
        stream_id = recorded.stream_id
        for fold_all, upto, rows, unfolded, name in self._views:
            if recorded.position > upto:
                continue
            if event is None or stream.lost:
                unfolded.add(stream_id)
                continue
            try:
                fold_all(rows, ((recorded, event),))
            except Exception as error:  # noqa: BLE001 - a projection may raise anything
                self._unfoldable(recorded, unfolded, name, error)
        if stream.snapshot is not None and stream.snapshot.version <= recorded.version:
            stream.snapshot = self.snapshots.at(
                stream.snapshot, recorded, None if stream.lost else stream.account
            )

    def lose(self, recorded: RecordedEvent) -> None:
        """Give up on an event that could not be looked at, and on what its account holds."""
        stream = self._streams.get(recorded.stream_id)
        if stream is not None:
            stream.lost = True
        for _, _, _, unfolded, _ in self._views:
            unfolded.add(recorded.stream_id)

    def end(self) -> None:
        """Every stream has ended."""
        for stream in self._streams.values():
            if stream.snapshot is not None:
                self.snapshots.beyond(stream.snapshot)
            if stream.account.version:
                state = stream.account.state
                self._sums[state.currency][_BALANCES] += state.balance

    def _first(self, recorded: RecordedEvent) -> _Stream:
        stream_id = recorded.stream_id
        stream = _Stream(
            stream_id, self.snapshots.first_of(stream_id), partial(events_after, self._store)
        )
        self._streams[stream_id] = stream
        if recorded.aggregate_type != BankAccount.aggregate_type:
            self._findings.append(
                Finding(
                    check="streams",
                    position=recorded.position,
                    account_id=stream_id,
                    message="this is the stream of no account",
                    expected=BankAccount.aggregate_type,
                    found=recorded.aggregate_type,
                )
            )
        return stream

    def _gap(self, recorded: RecordedEvent, stream: _Stream) -> None:
        wanted = stream.version + 1
        if recorded.version > wanted:
            message = f"the account has no version {span_text(wanted, recorded.version - 1)}"
        else:
            message = f"version {recorded.version} comes after version {stream.version}"
        self._find("versions", recorded, message, str(wanted), str(recorded.version))
        stream.lost = True

    def _look_at_mark(self, recorded: RecordedEvent, stream: _Stream) -> None:
        backdated = recorded.effective_at < stream.highest
        if recorded.backdated != backdated:
            before = "" if stream.highest == _NEVER else format_instant(stream.highest)
            self._find(
                "backdated",
                recorded,
                f"it happened {'before' if backdated else 'no earlier than'} what the account had "
                f"by {before}, and is {'not ' if backdated else ''}marked as backdated",
                "backdated" if backdated else "not backdated",
                "backdated" if recorded.backdated else "not backdated",
            )
            stream.highest = recorded.effective_at

    def _read(self, recorded: RecordedEvent) -> AccountEvent | None:
        try:
            event: AccountEvent = decode_event(recorded)
            if recorded.metadata != self._last_metadata:  # those of one run are mostly the same
                keyed_part(recorded.metadata)
                self._last_metadata = recorded.metadata
        except UnreadableEvent as error:
            self._find("unreadable", recorded, error.message, None, None)
            return None
        except msgspec.MsgspecError as error:
            message = f"the metadata of event {recorded.position} cannot be read: {error}"
            self._find("unreadable", recorded, message, None, None)
        return event

    def _follows(self, broken: Finding) -> bool:
        """Whether it comes of what was found before: an account's currency is wrong only once."""
        if broken.found != CurrencyMismatch.code or broken.account_id is None:
            return False
        known = broken.account_id in self._other_currency
        self._other_currency.add(broken.account_id)
        return known

    def _count(self, event: AccountEvent, account: BankAccount, effective_at: int) -> None:
        """Apply an event, and add what it moves to the sums."""
        try:
            account.apply(event, effective_at)
        except AttributeError:  # it comes before the opening, which the rules have said
            return
        if isinstance(event, Movement):
            if event.between_accounts:
                column = _SENT if event.direction < 0 else _RECEIVED
            else:
                column = _OUT if event.direction < 0 else _IN
            self._sums[event.currency][column] += event.amount
        elif isinstance(event, AccountOpened):
            self._sums[event.currency][_IN] += event.initial_balance

    def _unfoldable(
        self, recorded: RecordedEvent, unfolded: set[str], name: str, error: Exception
    ) -> None:
        if recorded.stream_id not in unfolded:
            self._find("projection", recorded, f"{name} cannot fold it: {error}", None, None)
        unfolded.add(recorded.stream_id)

    def _find(
        self,
        check: str,
        recorded: RecordedEvent,
        message: str,
        expected: str | None,
        found: str | None,
    ) -> None:
        self._findings.append(
            Finding(
                check=check,
                position=recorded.position,
                account_id=recorded.stream_id,
                message=message,
                expected=expected,
                found=found,
            )
        )
