"""The Book aggregate: what belongs to the ledger as a whole, from the first event of its log on."""

from __future__ import annotations

from typing import ClassVar, get_args

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
from ledger.domain.validation import check_text
from ledger.errors import DamagedLedger, InvalidOption, InvalidTime

BOOK_STREAM = "$book"
"""The id of its stream, which no account can have."""

ZoneChange = tuple[int | None, str]
"""Since when (µs UTC; None for always) times are in an IANA time zone."""


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
                [(None, event.time_zone)],
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
                    state.time_zones = [(None, event.time_zone)]
                else:
                    state.time_zones = [*state.time_zones, (event.since, event.time_zone)]
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

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def create(
        self, ledger_id: str, time_zone: str, name: str = "", test: TestLedger | None = None
    ) -> BookCreated:
        """Begin it; its zone must exist."""
        return BookCreated(ledger_id, time_zone, test, check_text(name, "the name"))

    def rename(self, name: str) -> BookRenamed:
        """Give it another name; an empty one for none."""
        return BookRenamed(check_text(name, "the name"))

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
