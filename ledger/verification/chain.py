"""The log as a chain: positions, recorded times, and hashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ledger.errors import moment
from ledger.eventstore.appending import may_be_recorded_earlier, may_lie_ahead
from ledger.eventstore.hash_chain import expected_hash
from ledger.eventstore.records import RecordedEvent
from ledger.verification.findings import Finding, span_text


class ChainCheck:
    """Looks at events in the order of the log.

    After each finding it goes on from what is stored, or from what should be, whichever the next
    hash covers: one changed event is one finding, though every hash after it covers that event.

    Args:
        position: before the first event that it will see.
        previous: the stored hash at that position; None where it is not known.
        recorded_at: of that position, µs UTC.
    """

    def __init__(self, position: int, previous: bytes | None, recorded_at: int) -> None:
        self._position = position
        self._previous = previous
        self._recorded_at = recorded_at
        self._right_hash: bytes | None = None
        """What the hash at the position should be, where it is another one."""

    def check(self, events: Iterable[RecordedEvent]) -> Iterator[Finding]:
        """What is wrong with the next events."""
        for event in events:
            if event.position != self._position + 1:
                if event.position < 1:
                    yield Finding.at(
                        event,
                        "positions",
                        "positions begin at 1",
                        expected="1 or more",
                        found=str(event.position),
                    )
                    continue
                yield self._gap(event.position - 1)
            if self._previous is not None:
                try:
                    right = expected_hash(self._previous, event)
                except ValueError as error:
                    yield Finding.at(event, "hash_chain", str(error))
                    right = event.hash
                if right == event.hash:
                    self._right_hash = None
                else:
                    yield from self._other_hash(right, event)
            if event.recorded_at < self._recorded_at or event.recorded_at < event.effective_at:
                yield from self._recorded_too_early(event)
            self._position, self._previous = event.position, event.hash
            self._recorded_at = event.recorded_at

    def skip(self, position: int) -> Iterator[Finding]:
        """Step over an event that is there and cannot be read."""
        if position > self._position + 1:
            yield self._gap(position - 1)
        self._position, self._previous, self._right_hash = position, None, None

    def end(self, last: int) -> Iterator[Finding]:
        """See that the log went on to a position."""
        if self._position < last:
            yield self._gap(last)

    def _other_hash(self, right: bytes, event: RecordedEvent) -> Iterator[Finding]:
        before, self._right_hash = self._right_hash, right
        if before is not None and expected_hash(before, event) == event.hash:
            self._right_hash = None  # only the hash before was changed, and that was found
            return
        yield Finding.at(
            event,
            "hash_chain",
            "the hash does not follow from the event and the previous hash",
            expected=right.hex(),
            found=event.hash.hex(),
        )

    def _recorded_too_early(self, event: RecordedEvent) -> Iterator[Finding]:
        for earliest, what, excused in (
            (
                self._recorded_at,
                "the event was recorded before the previous one",
                may_be_recorded_earlier,
            ),
            (event.effective_at, "the event was recorded before it happened", may_lie_ahead),
        ):
            if event.recorded_at < earliest and not excused(event):
                yield Finding.at(
                    event,
                    "recorded_times",
                    what,
                    expected=f"{moment(earliest)} or later",
                    found=moment(event.recorded_at),
                )

    def _gap(self, last: int) -> Finding:
        first = self._position + 1
        self._previous = self._right_hash = None
        return Finding(
            check="positions",
            position=first,
            message="the event at this position is missing"
            if first == last
            else f"the events at positions {span_text(first, last)} are missing",
            expected=span_text(first, last),
            found="none",
        )
