"""What a clock that is wrong does to a log, and when it may be said to be wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from ledger.domain.instant import format_instant, to_datetime
from ledger.errors import ClockBehind, InvalidOption, LedgerError, second

TOLERANCE: Final = 300_000_000
"""µs that the end of a log may be ahead of the clock: two machines' clocks do differ."""


class Ahead(msgspec.Struct, frozen=True, gc=False):
    """The end of a log, which was recorded later than the clock says it is now.

    Attributes:
        from_position, to_position: its first and last event.
        since_us, until_us: when these two were recorded (µs UTC).
        before_us: when the event before them was recorded (µs UTC); None where there is none.
        now_us: what the clock says (µs UTC).
    """

    from_position: int
    to_position: int
    since_us: int
    until_us: int
    before_us: int | None
    now_us: int

    @property
    def since(self) -> datetime:
        """When the first of these events was recorded (UTC)."""
        return to_datetime(self.since_us)

    @property
    def until(self) -> datetime:
        """When the last of them was recorded (UTC)."""
        return to_datetime(self.until_us)

    @property
    def before(self) -> datetime | None:
        """When the event before them was recorded (UTC); None where there is none."""
        return to_datetime(self.before_us)

    @property
    def now(self) -> datetime:
        """What the clock says (UTC)."""
        return to_datetime(self.now_us)

    @property
    def events(self) -> int:
        """How many there are."""
        return self.to_position - self.from_position + 1

    @property
    def beyond_tolerance(self) -> bool:
        """Whether more is wrong than that two machines' clocks differ."""
        return self.until_us > self.now_us + TOLERANCE

    @property
    def clock_seems_behind(self) -> bool:
        """Whether the log speaks against the clock, and not for it.

        If the clock is right, then these events were recorded between the one before them and now;
        a clock that was wrong by some time did not go faster for it, so they cannot span more.
        """
        return (
            self.before_us is None
            or self.until_us - self.since_us > self.now_us - self.before_us + TOLERANCE
        )

    def check_correction(self, from_position: int, *, trust_clock: bool) -> None:
        """See that these events may be said to be recorded too late.

        Args:
            from_position: where the correction is to begin.
            trust_clock: whether somebody has made sure of the clock.

        Raises:
            ClockBehind: it is the clock that seems to be wrong.
            InvalidOption: it is not the first position that was recorded after now.
        """
        if self.clock_seems_behind and not trust_clock:
            raise self._behind()
        if from_position == self.from_position:
            return
        if not 1 <= from_position <= self.to_position:
            raise InvalidOption(
                f"the log has no position {from_position}",
                advice=f"the first event that is recorded too late is at {self.from_position}",
                from_position=self.from_position,
            )
        before = from_position < self.from_position
        raise InvalidOption(
            f"the entry at position {from_position} was not recorded too late"
            if before
            else f"the entry before position {from_position} was recorded too late, too",
            advice=f"begin with the first one that was, at position {self.from_position}",
            from_position=self.from_position,
        )

    def _behind(self) -> LedgerError:
        if self.before_us is None:
            reason = "all of the ledger, its creation included, was recorded later"
        else:
            reason = (
                f"what was recorded later goes from {second(self.since_us)} to "
                f"{second(self.until_us)}, which is longer than the clock has gone since the "
                "entry before it"
            )
        return ClockBehind(
            f"this machine's clock seems to be the wrong one: it says {second(self.now_us)}, "
            f"and {reason}",
            advice="set this machine's clock right; if it is right, say so",
            trust=True,
            from_position=self.from_position,
            recorded_at=format_instant(self.until_us),
            now=format_instant(self.now_us),
        )
