"""What a report is by: periods, accounts, and tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from ledger.domain.tags import check_tag_key
from ledger.errors import InvalidOption

PERIODS: Final = ("day", "week", "month", "quarter", "year")
ACCOUNT: Final = "account"
TAG: Final = "tag:"

_ADVICE: Final = f"a report is by {', '.join(PERIODS)}, {ACCOUNT} or {TAG}KEY"

PeriodTree = dict[str, Any]
"""The labels of periods, each with those of the periods within it."""


class Grouping(NamedTuple):
    """One of the things that a report is by.

    Attributes:
        name: as it is asked for: ``month``, ``account``, ``tag:category``.
    """

    name: str

    @property
    def tag(self) -> str | None:
        """The key of the tag; None where it is by something else."""
        return self.name.removeprefix(TAG) if self.name.startswith(TAG) else None

    @property
    def is_period(self) -> bool:
        return self.name in PERIODS


def read_groupings(names: Iterable[str]) -> tuple[Grouping, ...]:
    """What a report is asked to be by, the outermost first.

    Raises:
        InvalidOption: nothing is called so, or it is asked for twice.
        InvalidTag: no tag can have that key.
    """
    found: list[Grouping] = []
    for name in names:
        grouping = Grouping(name)
        if grouping.tag is not None:
            check_tag_key(grouping.tag)
        elif name not in (*PERIODS, ACCOUNT):
            raise InvalidOption(f"a report cannot be by {name!a}", advice=_ADVICE, by=name)
        if grouping in found:
            raise InvalidOption(
                f"a report cannot be by {name} twice", advice="name it once", by=name
            )
        found.append(grouping)
    return tuple(found)


class Parts(NamedTuple):
    """The parts of time that are summed apart: days, months or years, whatever periods need.

    Attributes:
        length: of the beginning of a day (``YYYY-MM-DD``) that says which part it is in.
    """

    length: int

    @classmethod
    def for_groupings(cls, by: Sequence[Grouping]) -> Parts | None:
        """The longest parts that all periods are made of; None where a report is by none."""
        names = {each.name for each in by if each.is_period}
        if not names:
            return None
        return cls(10 if names & {"day", "week"} else 7 if names & {"month", "quarter"} else 4)

    def of(self, day: date) -> str:
        """The part that a day is in."""
        return day.isoformat()[: self.length]

    def days(self, part: str) -> tuple[date, date]:
        """The first and the last day of a part."""
        first = date.fromisoformat((part + "-01-01")[:10])
        if self.length == 10:
            return first, first
        year, month = (first.year, first.month) if self.length == 7 else (first.year, 12)
        if (year, month) == (9999, 12):
            return first, date.max
        return first, date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)

    def between(self, first: date, last: date) -> Iterator[str]:
        """All parts that have one of some days."""
        while first <= last:
            part = self.of(first)
            yield part
            end = self.days(part)[1]
            if end == date.max:
                return
            first = end + timedelta(days=1)


def label(period: str, part: str) -> str:
    """How a period is called that has a part of time: ``2026-02``, ``2026-Q1``, ``2026-W07``."""
    match period:
        case "quarter":
            return f"{part[:4]}-Q{(int(part[5:7]) + 2) // 3}"
        case "week":
            year, week, _ = date.fromisoformat(part).isocalendar()
            return f"{year:04}-W{week:02}"
        case _:
            return part[: {"day": 10, "month": 7, "year": 4}[period]]


def tree_of(by: Sequence[Grouping], parts: Iterable[str]) -> PeriodTree:
    """The periods of a report, within each other, that have some parts of time."""
    periods = [each.name for each in by if each.is_period]
    tree: PeriodTree = {}
    for part in parts:
        node = tree
        for period in periods:
            node = node.setdefault(label(period, part), {})
    return tree
