"""The time zone of a book: what a written time means in it, and how an instant is shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Final, NamedTuple

from ledger.domain.book import ZoneChange
from ledger.domain.instant import EARLIEST, LATEST, format_instant, to_instant
from ledger.errors import InvalidTime
from ledger.times.local_clock import DAY, LocalClock
from ledger.times.written_times import Month, WrittenDay, read_written
from ledger.times.zones import load_zone

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_LAST_DAY: Final = date.max.toordinal()
_BY_OFFSET: Final = "say which is meant by an offset: "


class _Stretch(NamedTuple):
    """A part of time in which one zone is kept: from an instant (µs UTC) to another, exclusive."""

    start: int
    end: int
    clock: LocalClock


class BookZone:
    """The time zones that a book has kept. It does not change.

    Days divide time: each ends where the next one starts, and it starts when the book's clocks
    first reach its midnight (or skip it). So a period never has an instant twice, though clocks
    that are put back over midnight show the old date for a while.
    """

    __slots__ = ("_day_ends", "_loaded", "_starts", "changes")

    def __init__(self, changes: Iterable[tuple[int | None, str]]) -> None:
        self.changes: Final = tuple(ZoneChange(*each) for each in changes)
        starts = [EARLIEST if since is None else since for since, _ in self.changes]
        first = self.changes[0].since_us if self.changes else 0
        if first is not None or any(a >= b for a, b in pairwise(starts)):
            raise ValueError(f"not a history of a time zone: {self.changes}")
        self._starts: Final = starts
        self._loaded: tuple[_Stretch, ...] = ()
        self._day_ends: dict[int, int] = {}

    @classmethod
    def of(cls, zone: str) -> BookZone:
        """One zone for all time.

        Args:
            zone: its IANA name; `check_zone` says whether there is such a zone.
        """
        return cls([ZoneChange(None, zone)])

    @property
    def current(self) -> str:
        """The name of the zone that is kept last."""
        return self.changes[-1].zone

    def name_at(self, instant: int) -> str:
        """The name of the zone that is kept at an instant (µs UTC)."""
        return self.changes[self._index(instant)].zone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BookZone) and self.changes == other.changes

    def __hash__(self) -> int:
        return hash(self.changes)

    def __reduce__(self) -> tuple[type[BookZone], tuple[tuple[ZoneChange, ...]]]:
        return BookZone, (self.changes,)  # a zone that is read from a file is not pickled

    def __repr__(self) -> str:
        return f"BookZone({self.changes!r})"

    # --- reading ---

    def moment(self, text: str, *, now: int) -> int:
        """When something happened, in µs UTC. A day stands for its first instant.

        Args:
            text: what somebody wrote: a time, a date, or `today` or `yesterday`.
            now: µs UTC.

        Raises:
            InvalidTime: it is no such time, is finer than a microsecond, or names a local time or a
                day that does not exist in this zone, or a local time that comes twice.
        """
        written = read_written(text)
        if isinstance(written, datetime):
            return self.instant_of(written, text)
        return self._first(written, text, now)

    def moment_or_day(self, text: str, *, now: int, months: bool = False) -> tuple[int, int]:
        """When something happened, in µs UTC: from a first to a last instant, those of a day or one
        moment twice.

        Args and errors are those of `moment`.

        Args:
            months: whether it may be a month, too.
        """
        written = read_written(text, months=months)
        if isinstance(written, datetime):
            instant = self.instant_of(written, text)
            return instant, instant
        if isinstance(written, Month):
            return self._first(written, text, now), self.day_end(written.last)
        day = self._existing(self._day(written, now), text)
        return self.day_start(day), self.day_end(day)

    def period_start(self, text: str, *, now: int) -> int:
        """The first instant of a period, in µs UTC: that of a day or month, or the time itself.

        Args and errors are those of `moment`; the text may be a month (`2026-02`) too.
        """
        written = read_written(text, months=True)
        if isinstance(written, datetime):
            return self.instant_of(written, text)
        return self._first(written, text, now)

    def period_end(self, text: str, *, now: int) -> int:
        """The last instant of a period, in µs UTC: that of a day or month, or the time itself.

        Args and errors are those of `moment`; the text may be a month (`2026-02`) too.
        """
        written = read_written(text, months=True)
        if isinstance(written, datetime):
            return self.instant_of(written, text)
        if isinstance(written, Month):
            return self.day_end(written.last)
        return self.day_end(self._existing(self._day(written, now), text))

    def instant_of(self, moment: datetime, text: str = "") -> int:
        """A datetime as µs UTC; one without a zone is in the book's.

        Args:
            moment: what is meant.
            text: how it was written, for messages.

        Raises:
            InvalidTime: it is out of range, or a local time that does not exist or comes twice.
        """
        text = text or moment.isoformat()
        if moment.tzinfo is not None:
            instant = to_instant(moment)
            if not EARLIEST <= instant <= LATEST:
                raise _out_of_range(text)
            return instant
        moment = moment.replace(fold=0)
        local = to_instant(moment.replace(tzinfo=UTC))
        found: set[int] = set()
        for start, end, clock in self._stretches():
            before, after = clock.offsets_around(moment)
            if before >= after:  # else the clocks skip it
                found |= {i for i in (local - before, local - after) if start <= i < end}
        if len(found) == 1:
            return found.pop()
        if found:
            raise self._comes_twice(sorted(found), text)
        raise self._does_not_exist(moment, local, text)

    def day_start(self, day: date) -> int:
        """The first instant of a day (µs UTC). Of the calendar's first day, the first that can be
        written in UTC.

        A day that the clocks skip starts where the day after it does.
        """
        local = (day.toordinal() - _EPOCH_DAY) * DAY
        for start, end, clock in self._stretches():
            first = clock.reaches(local, start)
            if first < end:
                return first
        return LATEST

    def day_end(self, day: date) -> int:
        """The last instant of a day (µs UTC). Of the calendar's last day, the last that can be
        written in UTC: people write it for "ever"."""
        return LATEST if day == date.max else self.day_start(day + timedelta(days=1)) - 1

    def day_of(self, instant: int) -> date:
        """The day to which an instant (µs UTC) belongs."""
        shown = self._clock_at(instant).local_at(instant) // DAY + _EPOCH_DAY
        day = min(max(shown, 1), _LAST_DAY)
        while True:
            end = self._day_ends.get(day)
            if end is None:
                end = self._day_ends[day] = self.day_end(date.fromordinal(day))
            if instant <= end or day == _LAST_DAY:
                return date.fromordinal(day)
            day += 1

    # --- showing ---

    def show(self, instant: int) -> str:
        """ISO 8601 with the zone's offset (`2026-01-01T00:00:00+01:00`), and with microseconds
        where there are some. It is read back as the same instant.

        Args:
            instant: µs UTC.
        """
        try:
            return self._clock_at(instant).datetime_at(instant).isoformat()
        except OverflowError:
            text = format_instant(instant)
            return text.replace(".000000Z", "Z").replace("Z", "+00:00")

    def show_short(self, instant: int) -> str:
        """The local time to the second, without an offset: for tables.

        Args:
            instant: µs UTC.
        """
        try:
            return str(self._clock_at(instant).datetime_at(instant))[:19]
        except OverflowError:
            return format_instant(instant)

    # --- within ---

    def _stretches(self) -> tuple[_Stretch, ...]:
        if not self._loaded:
            ends = [*self._starts[1:], LATEST + 1]
            self._loaded = tuple(
                _Stretch(start, end, LocalClock(load_zone(change.zone)))
                for start, end, change in zip(self._starts, ends, self.changes, strict=True)
            )
        return self._loaded

    def _index(self, instant: int) -> int:
        if len(self._starts) == 1:
            return 0
        return max(bisect_right(self._starts, instant) - 1, 0)

    def _clock_at(self, instant: int) -> LocalClock:
        return (self._loaded or self._stretches())[self._index(instant)].clock

    def _first(self, written: WrittenDay, text: str, now: int) -> int:
        if isinstance(written, Month):
            return self.day_start(written.first)
        return self.day_start(self._existing(self._day(written, now), text))

    def _day(self, written: date | str, now: int) -> date:
        if isinstance(written, date):
            return written
        today = self.day_of(now)
        if written == "today":
            return today
        return self.day_of(max(self.day_start(today) - 1, EARLIEST))

    def _existing(self, day: date, text: str) -> date:
        start, end = self.day_start(day), self.day_end(day)
        if start > end:
            raise InvalidTime(
                f"the local day {day} does not exist: {self._what_changes(start)} and skip it",
                advice=f"the day before it ends at {self.show(end)}, and the day after it starts "
                f"at {self.show(start)}",
                time=text,
            )
        return day

    def _comes_twice(self, readings: list[int], text: str) -> InvalidTime:
        change = self._what_changes(*readings)
        return InvalidTime(
            f"the local time {text} comes twice: {change} then",
            advice=_BY_OFFSET + " or ".join(map(self.show, readings)),
            time=text,
        )

    def _does_not_exist(self, moment: datetime, local: int, text: str) -> InvalidTime:
        for start, end, clock in self._stretches():
            before, after = clock.offsets_around(moment)
            if before < after and start <= local - before and local - after < end:
                break
            before, after = self._clock_at(start - 1).offset_at(start - 1), clock.offset_at(start)
            if start + before <= local < start + after:
                break
        else:
            return _out_of_range(text)
        readings = [
            moment.replace(tzinfo=timezone(timedelta(0, 0, offset))).isoformat()
            for offset in (before, after)
        ]
        return InvalidTime(
            f"the local time {text} does not exist: {self._what_changes(local - after)} then",
            advice=_BY_OFFSET + " or ".join(readings),
            time=text,
        )

    def _what_changes(self, *around: int) -> str:
        """Why local time has a gap or an overlap around these instants."""
        if any(abs(each - start) < 2 * DAY for each in around for start in self._starts[1:]):
            return "the book's time zone and its clocks change"
        return "the clocks change"


def _out_of_range(text: str) -> InvalidTime:
    return InvalidTime(
        f"{text!a} is out of range",
        advice="the first time is 0001-01-01T00:00:00Z, and the last 9999-12-31T23:59:59.999999Z",
        time=text,
    )
