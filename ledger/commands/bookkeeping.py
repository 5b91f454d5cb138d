"""What can be done to the book, as methods of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.commands.arguments import TimeLike, time_text
from ledger.domain.instant import to_datetime

if TYPE_CHECKING:
    from ledger.commands.amendments import AnyCommand
    from ledger.commands.book import UnlockPlan
    from ledger.commands.context import Context
    from ledger.commands.dispatcher import EventDispatcher
    from ledger.commands.ledger_events import LedgerEvent
    from ledger.commands.results import WriteResult
    from ledger.domain.clock import Ahead
    from ledger.eventstore.records import RecordedEvent
    from ledger.eventstore.store import EventStore


class Bookkeeping:
    """The commands that are about the ledger as a whole; each gives the event that it recorded."""

    _store: EventStore
    _dispatcher: EventDispatcher

    def _run_context(self, via: str | None = None) -> Context:
        raise NotImplementedError

    def execute(self, command: AnyCommand) -> WriteResult:
        raise NotImplementedError

    def rename_book(self, name: str) -> LedgerEvent:
        """Give the book another name; an empty one for none.

        Args:
            name: the new one.

        Raises:
            InvalidText: it cannot be a name.
        """
        from ledger.commands.book import change_book

        return self._change(
            lambda context: change_book(
                self._store, context, "book rename", lambda book: book.rename(name)
            )
        )

    def change_time_zone(self, time_zone: str, since: TimeLike = None) -> LedgerEvent:
        """Read and show times in another zone.

        Args:
            time_zone: IANA name.
            since: from when on, in the zone that the book has until then; a date or month from
                its start on. For all times if left out, as long as there is no entry, lock or
                confirmation.

        Raises:
            InvalidTime: there is no such zone, no such time, or something is recorded already of
                that time or a later one.
        """
        from ledger.commands.book import change_time_zone
        from ledger.commands.book_times import BookTimes

        start = BookTimes(self._store).period_start(since)
        return self._change(
            lambda context: change_time_zone(self._store, context, time_zone, start)
        )

    def lock(self, until: TimeLike, reason: str = "") -> LedgerEvent:
        """Let nothing change any more at or before a moment, whatever the command.

        Args:
            until: a date or month to its last instant.
            reason: why; it is kept.

        Raises:
            InvalidTime: it has not passed, or is locked already.
        """
        from ledger.commands.book_commands import Lock

        (locked,) = self.execute(Lock(time_text(until) or "", reason)).events
        return locked

    def plan_lock(self, until: TimeLike) -> datetime:
        """The last instant (UTC) that `lock` would lock; it refuses what that would refuse.

        Args:
            until: as for `lock`.

        Raises:
            InvalidTime: as for `lock`.
        """
        from ledger.commands.book import plan_lock
        from ledger.commands.book_times import BookTimes

        return to_datetime(plan_lock(self._store, BookTimes(self._store).period_end(until)))

    def unlock(self, reason: str, until: TimeLike = None) -> LedgerEvent:
        """Let what is locked change again.

        Args:
            reason: why; it is kept.
            until: what stays locked, a date or month to its last instant; nothing if left out.

        Raises:
            NothingToUnlock: nothing is locked.
            InvalidTime: it is no earlier than what is locked now.
            InvalidText: the reason is empty.
        """
        from ledger.commands.book_commands import Unlock

        (unlocked,) = self.execute(Unlock(time_text(until), reason)).events
        return unlocked

    def plan_unlock(self, reason: str, until: TimeLike = None) -> UnlockPlan:
        """What `unlock` would do; it refuses what that would refuse.

        Args:
            reason: as for `unlock`.
            until: as for `unlock`.

        Raises:
            NothingToUnlock, InvalidTime, InvalidText: as for `unlock`.
        """
        from ledger.commands.book import plan_unlock
        from ledger.commands.book_times import BookTimes

        return plan_unlock(self._store, reason, BookTimes(self._store).period_end(until))

    def plan_clock_correction(
        self, *, from_position: int | None = None, trust_clock: bool = False
    ) -> Ahead:
        """What `correct_clock` would be about; it refuses what that would refuse.

        Args:
            from_position: as for `correct_clock`.
            trust_clock: as for `correct_clock`.

        Raises:
            NothingToCorrect, ClockBehind, InvalidOption: as for `correct_clock`.
        """
        from ledger.commands.clock import plan_correction

        return plan_correction(self._store, from_position=from_position, trust_clock=trust_clock)

    def correct_clock(
        self, reason: str = "", *, from_position: int | None = None, trust_clock: bool = False
    ) -> LedgerEvent:
        """Say that a clock which was ahead dated the end of the log, and that this one is right.

        Known times of these events become the time of the correction; nothing else changes.

        Args:
            reason: why; it is kept.
            from_position: the first of them; it is found if left out.
            trust_clock: whether somebody has made sure of this machine's clock, where the log
                speaks against it.

        Raises:
            NothingToCorrect: nothing was recorded later than now.
            ClockBehind: it is this machine's clock that seems to be wrong.
            InvalidOption: the event before that position was recorded too late, too.
        """
        from ledger.commands.clock import correct_clock

        return self._change(
            lambda context: correct_clock(
                self._store,
                context,
                reason=reason,
                from_position=from_position,
                trust_clock=trust_clock,
            )
        )

    def withdraw_clock_correction(
        self, reason: str = "", *, correction: int | None = None
    ) -> LedgerEvent:
        """Say that a correction of the clock was wrong: known times are again what they were.

        Args:
            reason: why; it is kept.
            correction: the book's version of it; the last one that stands if left out.

        Raises:
            NothingToCorrect: it does not stand, or none does.
            ClockBehind: without it the log would end far ahead of this machine's clock.
        """
        from ledger.commands.clock import withdraw_correction

        return self._change(
            lambda context: withdraw_correction(
                self._store, context, correction=correction, reason=reason
            )
        )

    def _change(self, change: Callable[[Context], RecordedEvent]) -> LedgerEvent:
        with self._store.transaction():
            recorded = change(self._run_context())
            self._dispatcher.catch_up()
        self._dispatcher.publish([recorded])
        from ledger.commands.ledger_events import LedgerEvent
        from ledger.eventstore.codec import decode_event

        return LedgerEvent(recorded, decode_event(recorded))
