"""What one process of a verification does: a range of the log, and a part of the streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ledger.errors import DamagedLedger
from ledger.eventstore.hash_chain import genesis
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.projections.folding import AnyRows
from ledger.verification.chain import ChainCheck
from ledger.verification.findings import ControlTotals, Finding, span_text
from ledger.verification.keys import KeyCheck, names_a_key
from ledger.verification.streams import StreamCheck, View
from ledger.verification.transfers import SIDES, ImportedSide, TransferCheck
from ledger.verification.walking import FROM_THE_START, walk

_REPORT_EVERY: Final = 10_000

_UNFIT: Final = (TypeError, AttributeError, ValueError, ArithmeticError)
"""What looking at values of other types than a column's can raise."""

Report = Callable[[int], None]


class Task(msgspec.Struct, frozen=True):
    """A process's share.

    Attributes:
        head: the position up to which the log is verified.
        part, parts: which share of how many.
        views: the projections to fold.
    """

    head: int
    part: int
    parts: int
    views: tuple[View, ...]

    @property
    def after(self) -> int:
        """The range of the log begins after this position."""
        return self.head * self.part // self.parts

    @property
    def to(self) -> int:
        """The range of the log ends with this position."""
        return self.head * (self.part + 1) // self.parts


class Share(msgspec.Struct):
    """What came of a task; see `Verification` and the checks for the fields."""

    findings: list[Finding]
    events: int = 0
    transfers: int = 0
    imported_sides: list[ImportedSide] = []
    keys: int = 0
    accounts: list[str] = []
    snapshots: int = 0
    snapshots_passed_over: int = 0
    tables: list[AnyRows] = []
    unfolded: list[set[str]] = []
    totals: dict[str, ControlTotals] = {}


def check_share(store: EventStore, task: Task, report: Report) -> Share:
    """Do a task; ``report`` is called with how many events were looked at, each of them twice."""
    share = Share([])
    _check_range(store, task, share, report)
    done = share.events
    _check_streams(store, task, share, lambda seen: report(done + seen))
    return share


def _check_range(store: EventStore, task: Task, share: Share, report: Report) -> None:
    """Look at a range in the order of the log, with a glance at what is on either side of it."""
    after, to = task.after, task.to
    transfers, keys = TransferCheck(share.findings), KeyCheck(store, share.findings)
    damage = _Damage(share.findings)
    previous = None if after else genesis(store.identity.ledger_id)
    recorded_at = FROM_THE_START
    if after:
        for event in walk(store, after=after - 1, to=after, on_damage=_ignore):
            previous, recorded_at = event.hash, event.recorded_at
            transfers.begin_after(event)
            keys.begin_after(event)
    chain = ChainCheck(share.findings, after, previous, recorded_at)

    def note_damage(position: int, error: DamagedLedger) -> None:
        if position <= to:
            chain.skip(position)
            damage.note(position, error)

    begin = after if task.part else FROM_THE_START
    for event in walk(store, after=begin, to=task.head, on_damage=note_damage):
        ahead = event.position > to
        if ahead and not (transfers.waiting or keys.waiting):
            break
        try:
            if not ahead:
                share.events += 1
                if share.events % _REPORT_EVERY == 0:
                    report(share.events)
                chain.see(event)
            if event.event_type in SIDES or transfers.waiting:
                transfers.see(event, looking_ahead=ahead)
            if keys.waiting or names_a_key(event):
                keys.see(event, looking_ahead=ahead)
        except _UNFIT as error:
            chain.skip(event.position)
            share.findings.append(_odd(event, error))
    chain.end(to)
    damage.end()
    transfers.end()
    keys.end()
    report(share.events)
    share.transfers, share.imported_sides = transfers.pairs, transfers.imported
    share.keys = keys.remembered


def _check_streams(store: EventStore, task: Task, share: Share, report: Report) -> None:
    check = StreamCheck(store, share.findings, task.views)
    events = walk(
        store,
        after=FROM_THE_START,
        to=task.head,
        part=task.part,
        parts=task.parts,
        on_damage=_ignore,  # the range that it is in has told of it
    )
    seen = 0
    for seen, event in enumerate(events, 1):
        try:
            check.see(event)
        except _UNFIT as error:
            check.lose(event)
            share.findings.append(_odd(event, error))
        if seen % _REPORT_EVERY == 0:
            report(seen)
    report(seen)
    check.end()
    share.accounts = check.accounts
    share.snapshots = check.snapshots.count
    share.snapshots_passed_over = check.snapshots.passed_over
    share.tables, share.unfolded, share.totals = check.tables, check.unfolded, check.totals


def _ignore(position: int, error: DamagedLedger) -> None:
    pass


def _odd(event: RecordedEvent, error: Exception) -> Finding:
    """A column holds what its type forbids: the table is not the one that ledger made."""
    return Finding(
        check="unreadable",
        position=event.position,
        account_id=str(event.stream_id),
        message=f"the event is not stored as events are: {error}",
    )


class _Damage:
    """Tells of neighbouring events that cannot be read in one finding."""

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = findings
        self._first = self._last = 0
        self._why = ""

    def note(self, position: int, error: DamagedLedger) -> None:
        if position != self._last + 1 or error.message != self._why:
            self.end()
            self._first, self._why = position, error.message
        self._last = position

    def end(self) -> None:
        if self._why:
            span = span_text(self._first, self._last)
            self._findings.append(
                Finding(
                    check="unreadable",
                    position=self._first,
                    message=f"the file cannot be read at position {span}: {self._why}",
                    expected=span,
                )
            )
        self._why = ""
