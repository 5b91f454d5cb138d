"""What a report must say, by definition: every line is added up from all entries on its own.

Written without the product: plain lists, `datetime`, and one look at everything for every figure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

PERIODS: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": lambda day: "{:04}-W{:02}".format(*day.isocalendar()),
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day.year:04}-Q{(day.month + 2) // 3}",
    "year": lambda day: f"{day.year:04}",
}


class Row(NamedTuple):
    """An entry, or an opening of no amount. ``undone`` is 1 or 2 for one that is left out: what was
    reversed, and its reversal."""

    account: str
    effective: int
    amount: int
    unit: tuple[str, int]
    tags: dict[str, str]
    other: str
    initial: bool
    undone: int


class Line(NamedTuple):
    path: tuple[str | None, ...]
    unit: tuple[str, int]
    opening: int | None
    initial: int
    came_in: int
    went_out: int
    transfers: int
    closing: int | None
    entries: int


@dataclass
class ReportModel:
    """``day_of`` says which local day an instant belongs to; ``given`` are ids of ``accounts``, or
    what ids start with where there is no such account."""

    rows: list[Row]
    day_of: Callable[[int], date]
    now: int
    by: Sequence[str] = ()
    given: tuple[str, ...] = ()
    first: int | None = None
    to: int | None = None
    as_of: int | None = None
    accounts: Collection[str] = ()

    def __post_init__(self) -> None:
        self.rows = [row for row in self.rows if self._is_own(row.account)]
        until = [end for end in (self.to, self.as_of) if end is not None]
        self.rows = [row for row in self.rows if all(row.effective <= end for end in until)]
        self.within = [
            row for row in self.rows if self.first is None or row.effective >= self.first
        ]
        self.counted = [row for row in self.within if not row.undone]
        self.days = self._days()

    @property
    def left_out(self) -> int:
        return sum(row.undone == 1 for row in self.within)

    def lines(self) -> list[Line]:
        units = {row.unit for row in self.counted if self._shown(row)}
        for unit in {row.unit for row in self.rows}:
            for account in {row.account for row in self.rows}:
                if self._before(unit, account, self.first):
                    units.add(unit)
        if not units:
            units = {row.unit for row in self.rows}
        return [line for unit in sorted(units) for line in self._group(unit, (), self.days)]

    def _shown(self, row: Row) -> bool:
        return not row.initial or row.amount != 0 or "account" in self.by

    def _days(self) -> list[date]:
        entries = [row.effective for row in self.counted if self._shown(row)]
        first = min(entries, default=None) if self.first is None else self.first
        last = max(entries, default=None)
        if self.to is not None:
            settled = max([self.now, *entries])
            last = min(self.to, settled, settled if self.as_of is None else self.as_of)
        if first is None or last is None or first > last:
            return []
        begin, end = self.day_of(first), self.day_of(last)
        return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]

    def _before(self, unit: tuple[str, int], account: str | None, moment: int | None) -> int:
        return sum(
            row.amount
            for row in self.rows
            if row.unit == unit
            and account in (None, row.account)
            and moment is not None
            and row.effective < moment
        )

    def _held(self, unit: tuple[str, int], account: str | None, days: list[date]) -> int:
        """Before the first of some days, or before the report where that is later."""
        held = self._before(unit, account, self.first)
        for row in self.counted:
            if row.unit == unit and account in (None, row.account) and self._periods:
                held += row.amount if days and self.day_of(row.effective) < days[0] else 0
        return held

    @property
    def _periods(self) -> bool:
        return any(name in PERIODS for name in self.by)

    def _group(
        self, unit: tuple[str, int], path: tuple[str | None, ...], days: list[date]
    ) -> list[Line]:
        """A line and those below it.

        Args:
            days: of the span, as far as they are in all periods of the path.
        """
        mine = [row for row in self.counted if row.unit == unit and self._is_in(row, path)]
        names = self.by[: len(path)]
        account = path[names.index("account")] if "account" in names else None
        tagged = any(name.startswith("tag:") for name in names)
        amounts = [row for row in mine if not row.initial and not self._is_own(row.other)]
        initial = sum(row.amount for row in mine if row.initial)
        came_in = sum(row.amount for row in amounts if row.amount > 0)
        went_out = -sum(row.amount for row in amounts if row.amount < 0)
        moved = sum(row.amount for row in mine if not row.initial and self._is_own(row.other))
        held = self._held(unit, account, days)
        after = held + initial + came_in - went_out + moved
        entries = sum(not row.initial or row.amount != 0 for row in mine)
        ends = (None, None) if tagged else (held, after)
        line = Line(path, unit, ends[0], initial, came_in, went_out, moved, ends[1], entries)
        if len(path) == len(self.by):
            return [line]
        name = self.by[len(path)]
        below: set[str | None] = {self._value(row, name) for row in mine if self._shown(row)}
        if not tagged and name in PERIODS:
            below |= {PERIODS[name](day) for day in days}
        if not tagged and name == "account":
            accounts = {row.account for row in self.rows}
            below |= {each for each in accounts if self._held(unit, each, days)}
        found = [line]
        for value in sorted(below, key=lambda value: (value is None, value)):
            inner = days
            if name in PERIODS:
                inner = [day for day in days if PERIODS[name](day) == value]
            found += self._group(unit, (*path, value), inner)
        return found

    def _is_own(self, account: str) -> bool:
        return bool(account) and (
            not self.given
            or any(
                account == each if each in self.accounts else account.startswith(each)
                for each in self.given
            )
        )

    def _is_in(self, row: Row, path: tuple[str | None, ...]) -> bool:
        return all(
            self._value(row, name) == value for name, value in zip(self.by, path, strict=False)
        )

    def _value(self, row: Row, name: str) -> str | None:
        if name == "account":
            return row.account
        if name in PERIODS:
            return PERIODS[name](self.day_of(row.effective))
        return row.tags.get(name.removeprefix("tag:"))
