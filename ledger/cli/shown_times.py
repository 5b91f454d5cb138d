"""In which time zone this run shows times."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from ledger.errors import InvalidTime, LedgerError

if TYPE_CHECKING:
    from ledger.ledger import Ledger
    from ledger.times.book_zone import BookZone


class ShownTimes:
    """How times are shown: in the zone that is asked for, else in the book's.

    Attributes:
        time_zone: the zone to show times in, as given; None for the book's.
    """

    def __init__(self) -> None:
        super().__init__()
        self.time_zone: str | None = None
        self._zone_changes: Sequence[tuple[int | None, str]] = ((None, "UTC"),)

    @cached_property
    def _zone(self) -> BookZone:
        """The zone that times are shown in: the one asked for, else the book's, else UTC."""
        from ledger.times.book_zone import BookZone  # not every command shows a time

        return BookZone.of(self._asked_zone) if self._asked_zone else self.book_zone

    @cached_property
    def book_zone(self) -> BookZone:
        """The zone of the book that was last looked at, in which times are typed."""
        from ledger.times.book_zone import BookZone

        return BookZone(self._zone_changes)

    @property
    def _asked_zone(self) -> str | None:
        return self.time_zone or os.environ.get("LEDGER_TIME_ZONE")

    @property
    def foreign_zone(self) -> str | None:
        """The name of the zone that times are shown in, where it is not the book's."""
        asked = self._asked_zone
        return None if asked == self._zone_changes[-1][1] else asked or None

    def show_time(self, instant: int) -> str:
        """A time (µs UTC) in the zone that is shown, with its offset."""
        return self._zone.show(instant)

    def show_second(self, instant: int) -> str:
        """The same to the second, for what a clock says and for the last instant of a day."""
        return self.show_time(instant - instant % 1_000_000)

    def show_start(self, instant: int) -> str:
        """The start of a period (µs UTC): of a whole day its date, else the time itself."""
        day, _, time = self._zone.show(instant).partition("T")
        starts_a_day = time.startswith("00:00:00") and "." not in time
        return day if starts_a_day else self._zone.show(instant)

    def show_end(self, instant: int) -> str:
        """The end of a period (µs UTC): of a whole day its date, else the time itself."""
        _, _, following = self._zone.show(instant + 1).partition("T")
        if following.startswith("00:00:00") and "." not in following:
            return f"the end of {self._zone.show(instant)[:10]}"
        return self._zone.show(instant)

    def table_time(self, instant: int | None) -> str:
        """A time (µs UTC) as tables show it: to the second, without an offset."""
        return "" if instant is None else self._zone.show_short(instant)

    def look_at_zone(self, ledger: Ledger) -> None:
        """Learn how the ledger's book shows times.

        Raises:
            InvalidTime: there is no zone such as the one that is asked for.
        """
        if self._asked_zone:
            from ledger.times.zones import check_zone

            try:
                check_zone(self._asked_zone)
            except InvalidTime as error:
                if not self.time_zone:
                    error.message = f"LEDGER_TIME_ZONE: {error.message}"
                raise
        with suppress(LedgerError):  # of a damaged book, which is told by what needs it
            self._zone_changes = ledger.zone_changes()
