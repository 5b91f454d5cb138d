"""What stands before the statements: sums by account, by period and by tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ledger.domain.money import format_minor_units
from ledger.exchange.exports import Extract
from ledger.exchange.page.drawing import BarChart, LineChart, bar_chart, line_chart
from ledger.exchange.page.reversals import Reversed, reversals_of
from ledger.exchange.page.scale import share
from ledger.queries.entry_rows import entry_rows
from ledger.queries.reports.groupings import ACCOUNT, TAG
from ledger.queries.reports.lines import Report, ReportLine
from ledger.queries.reports.report import report_of, tag_keys
from ledger.queries.source import Point
from ledger.visible import visible

_MOST_PERIODS: Final = (("month", 36), ("quarter", 60))
_MOST_TAGS: Final = 20
_MOST_VALUES: Final = 40

Unit = tuple[str, int]
"""A currency and its decimals, which are never added up with another's."""


class Figures(NamedTuple):
    """What a group held and moved, as texts; empty where it holds nothing.

    Attributes:
        initial: what accounts were opened with; empty where that is nothing.
        transfers: signed; empty where there are none.
    """

    name: str
    before: str
    initial: str
    came_in: str
    went_out: str
    transfers: str
    after: str
    entries: int


class TagValue(NamedTuple):
    """What came in and went out under a value of a tag.

    Attributes:
        in_share, out_share: of the largest sum under the tag, as CSS writes it.
    """

    name: str
    came_in: str
    went_out: str
    entries: int
    in_share: str
    out_share: str


class Tag(NamedTuple):
    """The values of a tag, the largest sums first, what is left over, and all together."""

    key: str
    values: tuple[TagValue, ...]
    rest: tuple[TagValue, ...]
    total: TagValue


class Periods(NamedTuple):
    """The months, or longer or shorter periods, that an extract has.

    Attributes:
        moved: None where nothing came in or went out.
        lowest, highest: of the balances at their ends.
    """

    name: str
    rows: tuple[Figures, ...]
    balances: LineChart
    moved: BarChart | None
    lowest: str
    highest: str


class OfCurrency(NamedTuple):
    """All sums in one currency.

    Attributes:
        held_before: whether any account held something before.
        result: what came in less what went out, neither negative nor without its name.
        reversed: None where no sum has a reversal in it.
        periods: None where nothing moved.
    """

    currency: str
    held_before: bool
    total: Figures
    result: tuple[str, str]
    reversed: Reversed | None
    accounts: tuple[Figures, ...]
    periods: Periods | None
    tags: tuple[Tag, ...]


class Summary(NamedTuple):
    """All sums, and how many entries are left out of them with their reversals.

    Attributes:
        currencies: the one with the most accounts first.
        by_account: those of each account, by its id.
    """

    currencies: tuple[OfCurrency, ...]
    by_account: dict[str, Figures]
    left_out: int


def summary_of(part: Extract) -> Summary:
    """All sums of an extract."""
    by_account, by_period = _report(part, ACCOUNT), _by_period(part)
    with entry_rows(part.source, part.point) as entries:
        keys = tag_keys(entries)
        reversals = reversals_of(part, entries)
    by_tag = [(key, _report(part, f"{TAG}{key}")) for key in keys[:_MOST_TAGS]]
    accounts = {_unit(total): _rows(by_account, _unit(total)) for total in by_account.totals}
    figures = {line.path[0] or "": _figures(line) for line in by_account.rows}
    currencies = []
    for total in sorted(
        by_account.totals,
        key=lambda line: (-len(accounts[_unit(line)]), -line.entries, _unit(line)),
    ):
        unit = _unit(total)
        held_before = any(line.opening_balance_minor for line in accounts[unit])
        currencies.append(
            OfCurrency(
                total.currency,
                held_before,
                _figures(total),
                _result(total),
                reversals.get(unit),
                tuple(figures[line.path[0] or ""] for line in accounts[unit]),
                _periods(by_period, unit, held_before=held_before) if total.entries else None,
                tuple(_tags(by_tag, unit)),
            )
        )
    return Summary(tuple(currencies), figures, by_account.left_out)


def _report(part: Extract, by: str) -> Report:
    """A report of the extract, as any other is made."""
    return report_of(
        part.source,
        Point(None, None, part.head.position),
        prefixes=part.accounts,
        by=(by,),
        from_time=part.from_us,
        to_time=part.to_us,
    )


def _by_period(part: Extract) -> Report:
    """By periods of the length that gives a chart of few columns, though more than one."""
    for by, most in _MOST_PERIODS:
        found = _report(part, by)
        names = {line.path for line in found.rows}
        if by == "month" and len(names) == 1:
            return _report(part, "day")
        if len(names) <= most:
            return found
    return _report(part, "year")


def _unit(line: ReportLine) -> Unit:
    return line.currency, line.decimals


def _rows(found: Report, unit: Unit) -> list[ReportLine]:
    return [line for line in found.rows if _unit(line) == unit]


def _figures(line: ReportLine) -> Figures:
    def text(minor_units: int | None) -> str:
        return "" if minor_units is None else format_minor_units(minor_units, line.decimals)

    return Figures(
        visible(line.path[0] or "") if line.path else "",
        text(line.opening_balance_minor),
        text(line.initial_minor or None),
        text(line.in_minor),
        text(line.out_minor),
        text(line.transfers_minor or None),
        text(line.closing_balance_minor),
        line.entries,
    )


def _result(total: ReportLine) -> tuple[str, str]:
    left = total.in_minor - total.out_minor
    return "Deficit" if left < 0 else "Surplus", format_minor_units(abs(left), total.decimals)


def _periods(found: Report, unit: Unit, *, held_before: bool) -> Periods | None:
    rows = _rows(found, unit)
    if not rows:
        return None
    decimals = unit[1]
    names = [line.path[0] or "" for line in rows]
    before = rows[0].opening_balance_minor if held_before else None
    after = [line.closing_balance_minor or 0 for line in rows]
    came_in, went_out = [line.in_minor for line in rows], [line.out_minor for line in rows]
    moved = None
    if any(came_in) or any(went_out):
        moved = bar_chart(came_in, went_out, names, decimals)
    return Periods(
        found.by[0],
        tuple(map(_figures, rows)),
        line_chart(before, after, names, decimals),
        moved,
        format_minor_units(min(after), decimals),
        format_minor_units(max(after), decimals),
    )


def _tags(by_tag: Sequence[tuple[str, Report]], unit: Unit) -> Iterator[Tag]:
    """The tags that entries in a currency have."""
    for key, found in by_tag:
        rows = [line for line in _rows(found, unit) if line.in_minor or line.out_minor]
        named = sorted(
            (line for line in rows if line.path[0] is not None),
            key=lambda line: (-max(line.in_minor, line.out_minor), line.path),
        )
        if not named:
            continue
        shown, others = named[:_MOST_VALUES], named[_MOST_VALUES:]
        most = max(max(line.in_minor, line.out_minor) for line in rows)
        rest = [("others", others)] if others else []
        rest.append((f"no {key}", [line for line in rows if line.path[0] is None]))
        yield Tag(
            key,
            tuple(_value(line.path[0] or "", [line], unit, most) for line in shown),
            tuple(_value(name, lines, unit, most) for name, lines in rest if lines),
            _value("Total", rows, unit, most),
        )


def _value(name: str, lines: Sequence[ReportLine], unit: Unit, most: int) -> TagValue:
    came_in, went_out = sum(r.in_minor for r in lines), sum(r.out_minor for r in lines)
    return TagValue(
        visible(name),
        format_minor_units(came_in, unit[1]),
        format_minor_units(went_out, unit[1]),
        sum(line.entries for line in lines),
        share(min(came_in, most), most),
        share(min(went_out, most), most),
    )
