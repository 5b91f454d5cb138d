"""What the clocks of one time zone show, and when they show it."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Final

from ledger.domain.instant import EARLIEST, LATEST

"""9999-12-31T23:59:59.999999Z, in µs UTC: ISO 8601 writes nothing after it."""
SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
_LOCAL_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - on the clock, in any zone
_MICROSECOND: Final = timedelta(microseconds=1)


class LocalClock:
    """The clocks of one time zone.

    What they show (``local``) is counted like an instant: in µs from 1970-01-01T00:00 on the clock.
    """

    __slots__ = ("_epoch", "zone")

    def __init__(self, zone: tzinfo) -> None:
        self.zone: Final = zone
        self._epoch: Final = datetime(1970, 1, 1, tzinfo=zone)

    def datetime_at(self, instant: int) -> datetime:
        """An instant (µs UTC) by these clocks.

        Raises:
            OverflowError: they show a year before 1 or after 9999 then.
        """
        return self.zone.fromutc(self._epoch + timedelta(0, 0, instant))

    def offset_at(self, instant: int) -> int:
        """How far these clocks are ahead of UTC, in µs."""
        # At either end of the calendar there may be no local date, and no zone changes its clocks.
        near = min(max(instant, EARLIEST + 2 * DAY), LATEST - 2 * DAY)
        return _microseconds(self.datetime_at(near).utcoffset())

    def local_at(self, instant: int) -> int:
        """What these clocks show at an instant (µs UTC)."""
        return instant + self.offset_at(instant)

    def offsets_around(self, local: datetime) -> tuple[int, int]:
        """The offsets (µs) that a local time may be read by: before a change of the clocks that
        skips or repeats it, and after; elsewhere they are the same.

        Args:
            local: without a zone, and with fold 0.
        """
        before, after = self.zone.utcoffset(local), self.zone.utcoffset(local.replace(fold=1))
        offset = _microseconds(before)
        return offset, offset if after == before else _microseconds(after)

    def reaches(self, local: int, since: int) -> int:
        """The first instant (µs UTC), from another on, at which these clocks show this local time
        or a later one.

        Args:
            local: whole seconds, in µs.
            since: no earlier instant will do.
        """
        before, after = self.offsets_around(_LOCAL_EPOCH + timedelta(0, 0, local))
        early, late = local - before, local - after
        if late < early:
            return max(since, self._change_between(late, early, local))
        first = max(since, early)
        return first if self.local_at(first) >= local else max(since, late)

    def _change_between(self, low: int, high: int, local: int) -> int:
        """The instant at which the clocks skip a local time."""
        while high - low > SECOND:
            middle = (low + high) // 2 // SECOND * SECOND
            if self.local_at(middle) < local:
                low = middle
            else:
                high = middle
        return high


def _microseconds(offset: timedelta | None) -> int:
    assert offset is not None
    return offset // _MICROSECOND
