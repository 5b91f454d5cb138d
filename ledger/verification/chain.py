"""The log as a chain: positions, recorded times, and hashes."""

from __future__ import annotations

from ledger.domain.instant import format_instant
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

    def __init__(
        self, findings: list[Finding], position: int, previous: bytes | None, recorded_at: int
    ) -> None:
        self._findings = findings
        self._position = position
        self._previous = previous
        self._wanted: bytes | None = None
        self._recorded_at = recorded_at

    def see(self, event: RecordedEvent) -> None:
        """Look at the next event."""
        if event.position != self._position + 1:
            if event.position < 1:
                self._find("positions", event, "this is no position", "1 or more", event.position)
                return
            self._gap(event.position - 1)
        if self._previous is not None:
            self._look_at_hash(self._previous, event)
        if event.recorded_at < self._recorded_at:
            self._find(
                "recorded_times",
                event,
                "it was recorded before the event before it",
                f"{format_instant(self._recorded_at)} or later",
                format_instant(event.recorded_at),
            )
        if event.recorded_at < event.effective_at:
            self._find(
                "recorded_times",
                event,
                "it was recorded before it happened",
                f"{format_instant(event.effective_at)} or later",
                format_instant(event.recorded_at),
            )
        self._position, self._previous = event.position, event.hash
        self._recorded_at = event.recorded_at

    def _look_at_hash(self, previous: bytes, event: RecordedEvent) -> None:
        wanted = expected_hash(previous, event)
        if wanted == event.hash:
            self._wanted = None
        elif self._wanted and expected_hash(self._wanted, event) == event.hash:
            self._wanted = None  # only the hash before was changed, and that was found
        else:
            self._wanted = wanted
            self._find(
                "hash_chain",
                event,
                "the hash does not follow from the event and the hash before it",
                wanted.hex(),
                event.hash.hex(),
            )

    def skip(self, position: int) -> None:
        """Step over an event that is there and cannot be read."""
        if position > self._position + 1:
            self._gap(position - 1)
        self._position, self._previous, self._wanted = position, None, None

    def end(self, last: int) -> None:
        """See that the log went on to a position."""
        if self._position < last:
            self._gap(last)

    def _gap(self, last: int) -> None:
        first = self._position + 1
        self._findings.append(
            Finding(
                check="positions",
                position=first,
                message="the log has no event here"
                if first == last
                else f"the log has no events at positions {span_text(first, last)}",
                expected=span_text(first, last),
                found="none",
            )
        )
        self._previous = self._wanted = None

    def _find(
        self, check: str, event: RecordedEvent, message: str, expected: str, found: object
    ) -> None:
        self._findings.append(
            Finding(
                check=check,
                position=event.position,
                account_id=event.stream_id,
                message=message,
                expected=expected,
                found=str(found),
            )
        )
