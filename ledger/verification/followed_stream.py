"""One stream as it is followed by a verification, and what is found of a single event in it."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.commands.recorded_rules import StreamRules
from ledger.domain.aggregate import BEFORE_ALL_TIMES
from ledger.errors import (
    CurrencyMismatch,
    DamagedLedger,
    InsufficientFunds,
    LedgerError,
    moment,
)
from ledger.eventstore.archive.records import ArchivedStream
from ledger.eventstore.archive.states import aggregate_at
from ledger.eventstore.records import RecordedEvent
from ledger.verification.findings import Finding, span_text
from ledger.verification.stored_snapshots import NO_SNAPSHOT


class FollowedStream:
    """What is known of a stream so far.

    Attributes:
        aggregate: None where its type is not known.
        event_types: all that can be in it.
        highest: the highest effective time (µs UTC).
        boundary: what was kept of it when its first events were archived, while it has not come so
            far; None for nothing.
        lost: an event is missing or cannot be read, so the state is not known.
        mismatched: an event in another currency than the account's was found.
        next_snapshot: the version of the next snapshot.
        rules: asks the rules of its events; None where its type is not known.
        doubtful: the rules had something against an event.
    """

    __slots__ = (
        "aggregate",
        "boundary",
        "doubtful",
        "event_types",
        "highest",
        "lost",
        "mismatched",
        "next_snapshot",
        "rules",
        "version",
    )

    def __init__(self, rules: StreamRules | None) -> None:
        self.aggregate = None if rules is None else rules.aggregate
        self.boundary: ArchivedStream | None = None
        self.doubtful = False
        self.event_types = () if rules is None else rules.aggregate.event_types
        self.highest = BEFORE_ALL_TIMES
        self.lost = False
        self.mismatched = False
        self.next_snapshot = NO_SNAPSHOT
        self.rules = rules
        self.version = 0


def wrong_version(recorded: RecordedEvent, stream: FollowedStream) -> Finding:
    """The finding of a version that does not follow."""
    wanted = stream.version + 1
    if recorded.version > wanted:
        missing = span_text(wanted, recorded.version - 1)
        one = recorded.version - 1 == wanted
        message = f"version {missing} is missing" if one else f"versions {missing} are missing"
    else:
        message = f"version {recorded.version} comes after version {stream.version}"
    return Finding.at(
        recorded, "versions", message, expected=str(wanted), found=str(recorded.version)
    )


def wrong_mark(recorded: RecordedEvent, stream: FollowedStream) -> Iterator[Finding]:
    """Where an event is wrongly marked as backdated, or not marked."""
    backdated = recorded.effective_at < stream.highest
    if recorded.backdated == backdated:
        return
    if backdated:
        message = (
            f"an earlier event happened later, on {moment(stream.highest)}, and this "
            "one is not marked as backdated"
        )
    else:
        message = "no earlier event happened later, and this one is marked as backdated"
    words = ("not backdated", "backdated")
    yield Finding.at(
        recorded, "backdated", message, expected=words[backdated], found=words[recorded.backdated]
    )
    stream.highest = recorded.effective_at


def other_than_kept(stream: FollowedStream, recorded: RecordedEvent) -> Iterator[Finding]:
    """Where the state that was kept when events were archived is not what they give."""
    kept, stream.boundary = stream.boundary, None
    if kept is None or stream.lost or stream.aggregate is None:
        return
    try:
        same = (
            kept.version == recorded.version
            and aggregate_at(kept).state == stream.aggregate.state
            and kept.highest_effective_at == stream.highest
            and kept.last_recorded_at == recorded.recorded_at
        )
    except DamagedLedger:
        same = False
    if not same:
        yield Finding.at(
            recorded,
            "archive",
            "what was kept of the account is not what its archived entries give",
            found=kept.state,
        )


def foreign(recorded: RecordedEvent) -> Finding:
    """The finding of an event that such streams do not have."""
    return Finding.at(
        recorded,
        "rules",
        f"a {recorded.aggregate_type} has no such events",
        expected="an event that the rules allow",
        found=recorded.event_type,
    )


def broken_rule(
    recorded: RecordedEvent, stream: FollowedStream, refusal: LedgerError
) -> Finding | None:
    """What the rules have against an event, unless it follows from what was found before."""
    if isinstance(refusal, InsufficientFunds):
        state = None if stream.aggregate is None else stream.aggregate.state
        if state is not None and state.balance < -state.overdraft_limit:
            return None  # it was overdrawn before
    elif isinstance(refusal, CurrencyMismatch):
        if stream.mismatched:
            return None
        stream.mismatched = True
    return against_the_rules(recorded, refusal)


def against_the_rules(recorded: RecordedEvent, refusal: LedgerError) -> Finding:
    """The finding of an event that the rules refuse."""
    return Finding.at(
        recorded,
        "rules",
        refusal.untold,
        expected="an event that the rules allow",
        found=refusal.code,
    )
