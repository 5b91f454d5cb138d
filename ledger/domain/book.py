"""The Book aggregate: what belongs to the ledger as a whole, from the first event of its log on."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, NamedTuple, get_args

import msgspec

from ledger.domain.aggregate import Aggregate
from ledger.domain.book_events import (
    BookCreated,
    BookEvent,
    BookRenamed,
    ClockCorrected,
    ClockCorrectionWithdrawn,
    LedgerMigrated,
    LogArchived,
    PeriodLocked,
    PeriodUnlocked,
    TestLedger,
    TimeZoneChanged,
)
from ledger.domain.clock import Ahead
from ledger.domain.instant import format_instant, to_datetime
from ledger.domain.validation import check_name, check_needed_reason, check_text
from ledger.errors import (
    DamagedLedger,
    InvalidOption,
    InvalidTime,
    NothingToCorrect,
    NothingToUnlock,
    moment,
)

BOOK_STREAM = "$book"
"""The id of its stream, which no account can have."""


class ZoneChange(NamedTuple):
    """From when on a book keeps a time zone.

    Attributes:
        since_us: µs UTC; None for the zone that it kept from the beginning.
        zone: the zone's IANA name.
    """

    since_us: int | None
    zone: str

    @property
    def since(self) -> datetime | None:
        """When it begins (UTC); None for the zone that the book kept from the beginning."""
        return to_datetime(self.since_us)


class BookState(msgspec.Struct, gc=False):
    """What the ledger is at some point.

    Attributes:
        time_zones: each with the instant that it holds from, in order.
        test: the clock and seed of a test ledger; None for a real one.
        corrections: the book versions of the clock corrections that stand.
        locked_until: µs UTC; None where nothing is locked.
        highest: the highest effective time (µs UTC).
        migrated_from: what the ledger was before it came to this file format.
    """

    ledger_id: str
    name: str
    time_zones: list[ZoneChange]
    test: TestLedger | None
    corrections: list[int]
    locked_until: int | None
    created_at: int
    highest: int
    migrated_from: LedgerMigrated | None = None


class Book(Aggregate[BookState, BookEvent]):
    """The ledger as a whole. Command methods return the event to append, and change nothing."""

    aggregate_type: ClassVar[str] = "Book"
    event_types = get_args(BookEvent)
    state_type = BookState
    fold_revision = 1

    __slots__ = ()

    @property
    def state(self) -> BookState:
        if self._state is None:
            raise DamagedLedger(
                "the ledger does not begin with the creation of its book",
                advice="keep the ledger as it is, and have it diagnosed",
            )
        return self._state

    @property
    def highest_effective_at(self) -> int:
        return self.state.highest

    def apply(self, event: BookEvent, effective_at: int) -> None:
        self.version += 1
        if type(event) is BookCreated:
            self._state = BookState(
                event.ledger_id,
                event.name,
                [ZoneChange(None, event.time_zone)],
                event.test,
                [],
                None,
                effective_at,
                effective_at,
            )
            return
        state = self._state
        if state is None:
            raise AttributeError(f"{type(event).__name__} comes before the creation of the book")
        state.highest = max(state.highest, effective_at)
        match event:
            case BookRenamed():
                state.name = event.name
            case TimeZoneChanged():
                if event.since is None:
                    state.time_zones = [ZoneChange(None, event.time_zone)]
                else:
                    state.time_zones = [*state.time_zones, ZoneChange(event.since, event.time_zone)]
            case PeriodLocked() | PeriodUnlocked():
                state.locked_until = event.until
            case ClockCorrected():
                state.corrections.append(self.version)
            case ClockCorrectionWithdrawn():
                if event.withdraws in state.corrections:
                    state.corrections.remove(event.withdraws)
            case LedgerMigrated():
                state.migrated_from = event
            case LogArchived():
                pass

    def check(self, event: BookEvent, effective_at: int) -> None:
        if (type(event) is BookCreated) != (self._state is None):
            _ = self.state
            raise InvalidOption("the book was created before")
        if type(event) is ClockCorrected and event.from_position < 1:
            raise InvalidOption("the correction of the clock names no position of the log")
        if type(event) is ClockCorrectionWithdrawn:
            self._standing(event.withdraws)
        elif type(event) is PeriodLocked:
            self.lock(event.until, effective_at, event.reason)
        elif type(event) is PeriodUnlocked:
            self.unlock(event.reason, event.until)

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def create(
        self, ledger_id: str, time_zone: str, name: str = "", test: TestLedger | None = None
    ) -> BookCreated:
        """Begin it; its zone must exist."""
        return BookCreated(ledger_id, time_zone, test, check_name(name))

    def rename(self, name: str) -> BookRenamed:
        """Give it another name; an empty one for none."""
        return BookRenamed(check_name(name))

    def change_time_zone(
        self, time_zone: str, since: int | None, last_moment: int | None
    ) -> TimeZoneChanged:
        """Read and show times in another zone.

        Args:
            time_zone: IANA name of a zone that exists.
            since: from which instant on (µs UTC); None for all times, while nothing is recorded.
            last_moment: the latest instant that an entry, lock or confirmation is about (µs UTC);
                None where there is none.

        Raises:
            InvalidTime: something was recorded already of that instant or a later one.
        """
        if last_moment is not None and (since is None or since <= last_moment):
            raise InvalidTime(
                "what is recorded already keeps its time zone"
                if since is None
                else "something is recorded already of a later time",
                advice="name a moment after all that is recorded",
            )
        changes = self.state.time_zones
        if since is not None and changes[-1][0] is not None and since <= changes[-1][0]:
            raise InvalidTime(
                "the time zone was changed for a later time already",
                advice="name a later moment",
            )
        return TimeZoneChanged(time_zone, since)

    def lock(self, until: int, now: int, reason: str = "") -> PeriodLocked:
        """Let nothing change any more at or before a moment (µs UTC).

        Args:
            now: when this is recorded (µs UTC).

        Raises:
            InvalidTime: it has not passed, or is locked already.
        """
        if until >= now:  # what is recorded from now on happened later than the moment
            raise InvalidTime(
                f"{moment(until)} has not passed",
                advice="lock a period that has ended",
                until=format_instant(until),
            )
        locked = self.state.locked_until
        if locked is not None and until <= locked:
            raise InvalidTime(
                f"the books are locked until {moment(locked)} already",
                advice="name a later moment, or unlock the period first",
                locked_until=format_instant(locked),
            )
        return PeriodLocked(until, check_text(reason, "the reason"))

    def unlock(self, reason: str, until: int | None = None) -> PeriodUnlocked:
        """Let what is locked change again.

        Args:
            until: the moment (µs UTC) that stays locked; None for nothing.

        Raises:
            NothingToUnlock: nothing is locked.
            InvalidTime: it is no earlier than what is locked now.
            InvalidText: the reason is empty.
        """
        locked = self.state.locked_until
        if locked is None:
            raise NothingToUnlock("nothing is locked", advice="there is nothing to do")
        advice = "say why the period is unlocked, such as a mistake that was found"
        reason = check_needed_reason(reason, advice)
        if until is not None and until >= locked:
            raise InvalidTime(
                f"the books are locked until {moment(locked)}",
                advice="name an earlier moment, or none to unlock all",
                locked_until=format_instant(locked),
            )
        return PeriodUnlocked(until, reason)

    def correct_clock(
        self,
        ahead: Ahead | None,
        reason: str = "",
        *,
        from_position: int | None = None,
        trust_clock: bool = False,
    ) -> ClockCorrected:
        """Say that a wrong clock dated the end of the log.

        Args:
            ahead: what was recorded later than it is now; None where nothing was.
            from_position: where the correction begins; the first such event if left out.
            trust_clock: whether somebody has made sure of this clock.

        Raises:
            NothingToCorrect: no clock was wrong by more than clocks differ anyway.
            ClockBehind, InvalidOption: see `Ahead.check_correction`.
        """
        if ahead is None or not ahead.beyond_tolerance:
            raise NothingToCorrect(
                "nothing was recorded later than this machine's clock says"
                if ahead is None
                else "nothing was recorded later than this machine's clock says by more than the "
                "five minutes that two clocks may differ",
                advice="there is nothing to do",
            )
        if from_position is None:
            from_position = ahead.from_position
        ahead.check_correction(from_position, trust_clock=trust_clock)
        return ClockCorrected(from_position, check_text(reason, "the reason"))

    def withdraw_correction(
        self, correction: int | None = None, reason: str = ""
    ) -> ClockCorrectionWithdrawn:
        """Say that a correction of the clock was wrong.

        Args:
            correction: the book's version of it; the last one that stands if left out.

        Raises:
            NothingToCorrect: it does not stand, or none does.
        """
        return ClockCorrectionWithdrawn(
            self._standing(correction), check_text(reason, "the reason")
        )

    def _standing(self, correction: int | None) -> int:
        """The book's version of a correction of the clock that stands."""
        standing = self.state.corrections
        if correction is None and standing:
            return standing[-1]
        if correction is None or correction not in standing:
            raise NothingToCorrect(
                "no correction of the clock stands"
                if correction is None or not standing
                else f"version {correction} of the book is no correction of the clock that stands",
                advice="the book tells which corrections there are",
                corrections=list(standing),
            )
        return correction
