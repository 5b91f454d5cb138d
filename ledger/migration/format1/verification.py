"""Whether a ledger of format 1 is what was written, asked while it is read.

A source that is not is never carried over: what was changed in it would look right in the new
ledger, where all hashes are new.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.domain.instant import format_instant
from ledger.errors import UnreadableEvent
from ledger.migration.format1.events import Format1Event, chain_hash, genesis
from ledger.migration.format1.findings import MOST_FINDINGS, Finding, SourceReport, refuse_damaged
from ledger.migration.format1.requests import check_metadata
from ledger.migration.format1.source import Source, Unreadable
from ledger.migration.format1.texts import split_text

_BEFORE_ALL: Final = -(2**63)
"""µs UTC."""

_KNOWN_METADATA: Final = 1_000


def verify_source(source: Source) -> SourceReport:
    """Read a source to its end, and tell all that is wrong with it.

    Raises:
        StorageFailure: the disk fails, or somebody wrote to the source meanwhile.
    """
    check = _SourceCheck(source)
    for _ in check.run():
        pass
    source.check_unchanged()
    return check.report()


def verified_events(source: Source) -> Iterator[Format1Event]:
    """The events of a source, each once it was found to follow from those before it.

    At the first thing that is wrong it gives out no more events, reads on to the end to find the
    rest, and refuses the source. So what was made of the events is only good once this has ended.

    Raises:
        VerificationFailed: the source is damaged; its details have the findings and their count.
        StorageFailure: the disk fails, or somebody wrote to the source meanwhile.
    """
    check = _SourceCheck(source)
    for event in check.run():
        if not check.count:
            yield event
    source.check_unchanged()
    refuse_damaged(source, check.report())


class _Stream:
    """What is known of a stream so far.

    Attributes:
        highest: the highest effective time (µs UTC).
    """

    __slots__ = ("aggregate_type", "highest", "version")

    def __init__(self, aggregate_type: str) -> None:
        self.aggregate_type = aggregate_type
        self.version = 0
        self.highest = _BEFORE_ALL


class _SourceCheck:
    """One reading of a source.

    After each finding it goes on from what is stored, or from what should be, whichever the next
    hash covers: one changed event is one finding, though every hash after it covers that event.

    Attributes:
        count: how many findings there are so far.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._position = 0
        self._recorded_at = _BEFORE_ALL
        self._stored: bytes | None = genesis(source.ledger_id)
        """The hash at the position; None where it is not known."""
        self._right: bytes | None = None
        """What that hash should be, where it is another one."""
        self._streams: dict[str, _Stream] = {}
        self._unreadable: list[Unreadable] = []
        self._readable_metadata: set[str] = set()
        self._findings: list[Finding] = []
        self._events = 0
        self.count = 0

    def report(self) -> SourceReport:
        return SourceReport(self._events, len(self._streams), tuple(self._findings), self.count)

    def run(self) -> Iterator[Format1Event]:
        """Every event that can be read, once it was looked at."""
        for record in self._source.records():
            if isinstance(record, Unreadable):
                self._step_over(record)
                continue
            self._end_of_unreadable()
            self._events += 1
            if self._follow(record):
                self._follow_stream(record)
                self._read(record)
            yield record
        self._end_of_unreadable()
        self._end()

    def _follow(self, event: Format1Event) -> bool:
        """The log as a chain; False where the event has no place in it."""
        if event.position < 1:
            message = "positions begin at 1"
            self._wrong(event, "positions", message, "1 or more", str(event.position))
            return False
        if event.position <= self._position:
            message = f"position {event.position} comes after position {self._position}"
            wanted = str(self._position + 1)
            self._wrong(event, "positions", message, wanted, str(event.position))
            return False
        if event.position > self._position + 1:
            self._gap(event.position - 1)
        if self._stored is not None:
            self._check_hash(self._stored, event)
        for moment, message in (
            (self._recorded_at, "the event was recorded before the previous one"),
            (event.effective_at, "the event was recorded before it happened"),
        ):
            if event.recorded_at < moment:
                wanted = f"{format_instant(moment)} or later"
                found = format_instant(event.recorded_at)
                self._wrong(event, "recorded_times", message, wanted, found)
        self._position, self._stored = event.position, event.hash
        self._recorded_at = event.recorded_at
        return True

    def _check_hash(self, stored: bytes, event: Format1Event) -> None:
        right = chain_hash(stored, event)
        before, self._right = self._right, right
        if right == event.hash:
            self._right = None
        elif before is not None and chain_hash(before, event) == event.hash:
            self._right = None  # only the hash before was changed, and that was found
        else:
            message = "the hash does not follow from the event and the previous hash"
            self._wrong(event, "hash_chain", message, right.hex(), event.hash.hex())

    def _follow_stream(self, event: Format1Event) -> None:
        stream = self._streams.get(event.stream_id)
        if stream is None:
            stream = self._streams[event.stream_id] = _Stream(event.aggregate_type)
        if event.aggregate_type != stream.aggregate_type:
            message = "the stream was of another type before"
            self._wrong(event, "streams", message, stream.aggregate_type, event.aggregate_type)
        wanted = stream.version + 1
        if event.version != wanted:
            if event.version > wanted:
                message = f"the stream has no version {_span(wanted, event.version - 1)}"
            else:
                message = f"version {event.version} comes after version {stream.version}"
            self._wrong(event, "versions", message, str(wanted), str(event.version))
        stream.version = event.version
        backdated = event.effective_at < stream.highest
        if event.backdated != backdated:
            if backdated:
                message = (
                    f"an earlier event happened later, on {format_instant(stream.highest)}, and "
                    "this one is not marked as backdated"
                )
            else:
                message = "no earlier event happened later, and this one is marked as backdated"
            words = ("not backdated", "backdated")
            self._wrong(event, "backdated", message, words[backdated], words[event.backdated])
        elif not backdated:
            stream.highest = event.effective_at

    def _read(self, event: Format1Event) -> None:
        try:
            split_text(event)
        except UnreadableEvent as error:
            self._wrong(event, "unreadable", error.message)
        metadata = event.metadata
        if metadata in self._readable_metadata:  # those of one run are mostly the same
            return
        try:
            check_metadata(metadata)
        except ValueError as error:
            message = f"the metadata of event {event.position} cannot be read: {error}"
            self._wrong(event, "unreadable", message)
            return
        if len(self._readable_metadata) >= _KNOWN_METADATA:
            self._readable_metadata.clear()
        self._readable_metadata.add(metadata)

    def _step_over(self, place: Unreadable) -> None:
        """Go on behind something that is there and cannot be read."""
        position = self._position + 1 if place.position is None else place.position
        before = self._unreadable[-1] if self._unreadable else None
        if before and not (
            place.span
            and (place.message, place.position) == (before.message, (before.position or 0) + 1)
        ):
            self._end_of_unreadable()
        if position > self._position + 1:
            self._gap(position - 1)
        self._unreadable.append(place)
        self._position, self._stored, self._right = position, None, None

    def _end_of_unreadable(self) -> None:
        """One finding for neighbouring places that cannot be read for the same reason."""
        if not self._unreadable:
            return
        first, last = self._unreadable[0], self._unreadable[-1]
        self._unreadable = []
        message, expected = first.message, None
        if first.span and first.position is not None and last.position is not None:
            expected = _span(first.position, last.position)
            message = f"the file cannot be read at position {expected}: {message}"
        self._add(
            Finding(
                check="unreadable",
                message=message,
                position=first.position,
                account_id=first.account_id,
                expected=expected,
            )
        )

    def _end(self) -> None:
        head, longest = self._source.head, self._source.longest()
        if self._position < head.position:
            self._gap(head.position)
        elif self._stored is not None and (self._position, self._stored) != (
            head.position,
            head.hash,
        ):
            found = f"{self._position}:{self._stored.hex()}"
            expected = f"{head.position}:{head.hash.hex()}"
            message = "the log does not end as its header says"
            self._add(Finding(check="head", message=message, expected=expected, found=found))
        if longest > head.position:
            self._add(
                Finding(
                    check="medium",
                    message=f"the log ends at position {head.position}, and was longer before",
                    position=head.position + 1,
                    expected=f"events up to position {longest}",
                    found=f"events up to position {head.position}",
                )
            )
        for stream_id in self._source.stream_ids():
            if stream_id not in self._streams:
                self._add(
                    Finding(
                        check="streams",
                        message="the stream has no events",
                        account_id=stream_id,
                        expected="1 event or more",
                        found="none",
                    )
                )

    def _gap(self, last: int) -> None:
        first = self._position + 1
        span = _span(first, last)
        self._stored = self._right = None
        self._add(
            Finding(
                check="positions",
                position=first,
                message="the event at this position is missing"
                if first == last
                else f"the events at positions {span} are missing",
                expected=span,
                found="none",
            )
        )

    def _wrong(
        self,
        event: Format1Event,
        check: str,
        message: str,
        expected: str | None = None,
        found: str | None = None,
    ) -> None:
        self._add(
            Finding(
                check=check,
                message=message,
                position=event.position,
                account_id=event.stream_id,
                expected=expected,
                found=found,
            )
        )

    def _add(self, finding: Finding) -> None:
        self.count += 1
        if self.count <= MOST_FINDINGS:
            self._findings.append(finding)


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"
