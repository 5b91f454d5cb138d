"""The lines of a report: every group, with what is below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.eventstore.records import Head
from ledger.queries.account_sets import AccountSet
from ledger.queries.reports.amounts import Amounts, Currency, Path
from ledger.queries.reports.groupings import ACCOUNT, Grouping, PeriodTree


class ReportLine(msgspec.Struct, frozen=True):
    """What the entries of a group add up to, in one currency.

    Opening balance, initial balances, what came in, and transfers, less what went out, are the
    closing balance. All amounts are in minor units.

    Attributes:
        path: what the group is called, by what the report is by, the outermost first; shorter for
            a group with others below it, and empty for the total. None stands for entries without
            the tag.
        opening_balance_minor, closing_balance_minor: of the account, or of all accounts of the
            report, before and after; None below a tag, which holds nothing.
        initial_minor: what accounts were opened with.
        in_minor, out_minor: what came in and went out, neither negative.
        transfers_minor: what came by transfers from other accounts of the report, less what went
            to them; 0 but for a single account.
        entries: how many there are.
    """

    path: tuple[str | None, ...]
    currency: str
    decimals: int
    opening_balance_minor: int | None
    initial_minor: int
    in_minor: int
    out_minor: int
    transfers_minor: int
    closing_balance_minor: int | None
    entries: int

    @property
    def opening_balance(self) -> Money | None:
        """What was held before; None below a tag."""
        return self._money(self.opening_balance_minor)

    @property
    def initial(self) -> Money:
        """What accounts were opened with."""
        return Money(self.initial_minor, self.currency, self.decimals)

    @property
    def total_in(self) -> Money:
        """What came in."""
        return Money(self.in_minor, self.currency, self.decimals)

    @property
    def total_out(self) -> Money:
        """What went out, not negative."""
        return Money(self.out_minor, self.currency, self.decimals)

    @property
    def transfers(self) -> Money:
        """What came from other accounts of the report, less what went to them."""
        return Money(self.transfers_minor, self.currency, self.decimals)

    @property
    def closing_balance(self) -> Money | None:
        """What was held after; None below a tag."""
        return self._money(self.closing_balance_minor)

    def _money(self, minor_units: int | None) -> Money | None:
        return None if minor_units is None else Money(minor_units, self.currency, self.decimals)


class Report(msgspec.Struct, frozen=True):
    """Money in, out, and what was held.

    Attributes:
        by: what it is by, the outermost first: ``month``, ``account``, ``tag:category``.
        accounts: which ones it is about.
        lines: of one currency after another; each group stands before those below it, and the total
            before all.
        head: the end of the log that all this comes from.
        left_out: how many entries were left out, each together with its reversal of the same
            moment; nothing else counts them.
        from_us, to_us: the period (µs UTC), both ends included; None where it has no such end.
        as_of_us: only what had happened by then (µs UTC) counts; None for all.
        known_us: only what was known by then (µs UTC) counts, which is the log up to
            ``known_position``; None for all.
        periods_until_us: of a period that goes on after now (µs UTC): there are no lines for what
            comes later, since nothing has happened; None where no line is missing.
    """

    by: tuple[str, ...]
    accounts: AccountSet
    lines: tuple[ReportLine, ...]
    head: Head
    left_out: int = 0
    from_us: int | None = None
    to_us: int | None = None
    as_of_us: int | None = None
    known_us: int | None = None
    known_position: int | None = None
    periods_until_us: int | None = None

    @property
    def rows(self) -> tuple[ReportLine, ...]:
        """The smallest groups; the totals where it is by nothing."""
        return tuple(line for line in self.lines if len(line.path) == len(self.by))

    @property
    def totals(self) -> tuple[ReportLine, ...]:
        """The total of each currency."""
        return tuple(line for line in self.lines if not line.path)

    @property
    def from_time(self) -> datetime | None:
        """The first instant of the period (UTC); None where it has none."""
        return to_datetime(self.from_us)

    @property
    def to_time(self) -> datetime | None:
        """The last instant of the period (UTC); None where it has none."""
        return to_datetime(self.to_us)

    @property
    def as_of(self) -> datetime | None:
        """The moment up to which what happened counts (UTC); None for all."""
        return to_datetime(self.as_of_us)

    @property
    def periods_until(self) -> datetime | None:
        """After which there are no lines, since nothing has happened (UTC); None for no such."""
        return to_datetime(self.periods_until_us)

    @property
    def known_at(self) -> datetime | None:
        """The moment up to which what was recorded counts (UTC); None for *now*."""
        return to_datetime(self.known_us)


class Block:
    """The lines of one currency.

    Args:
        by: what the report is by.
        periods: the periods of its span, which are shown though there are no entries in them.
        held: by account, what each one held before; None for all together.
    """

    def __init__(
        self,
        by: tuple[Grouping, ...],
        periods: PeriodTree,
        currency: Currency,
        held: Mapping[str | None, int],
    ) -> None:
        self._by = by
        self._periods = periods
        self._currency = currency
        self._held = dict(held)

    def lines(self, cells: Mapping[Path, Amounts]) -> Iterator[ReportLine]:
        """All of them, each group before those below it."""
        return self._group((), list(cells.items()), self._periods, None, tagged=False)

    def _group(
        self,
        path: Path,
        cells: list[tuple[Path, Amounts]],
        periods: PeriodTree,
        account: str | None,
        *,
        tagged: bool,
    ) -> Iterator[ReportLine]:
        """A group and those below it.

        Args:
            cells: the smallest groups in it.
            periods: those within the ones that it is of.
            account: the one that it is of; None for all.
            tagged: whether it is of a tag, so that it holds nothing.
        """
        amounts = Amounts()
        for _, each in cells:
            amounts.add(each)
        opening = None if tagged else self._held.get(account, 0)
        closing = None if opening is None else opening + amounts.net
        yield ReportLine(
            path,
            *self._currency,
            opening,
            amounts.initial,
            amounts.came_in,
            -amounts.went_out,
            amounts.transfers,
            closing,
            amounts.entries,
        )
        if len(path) < len(self._by):
            grouping = self._by[len(path)]
            below: dict[str | None, list[tuple[Path, Amounts]]] = {}
            if not tagged:  # where something is held, it is carried through
                below = {each: [] for each in self._carried(grouping, periods)}
            for cell in cells:
                below.setdefault(cell[0][len(path)], []).append(cell)
            for name in sorted(below, key=lambda name: (name is None, name)):
                yield from self._group(
                    (*path, name),
                    below[name],
                    periods.get(name, {}) if grouping.is_period else periods,  # type: ignore[arg-type] # of a period is a name
                    name if grouping.name == ACCOUNT else account,
                    tagged=tagged or grouping.tag is not None,
                )
        if closing is not None:
            self._held[account] = closing

    def _carried(self, grouping: Grouping, periods: PeriodTree) -> list[str]:
        if grouping.is_period:
            return list(periods)
        if grouping.name == ACCOUNT:
            return [name for name, held in self._held.items() if name is not None and held]
        return []
