"""Reports: what a club reads at its annual meeting."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import Final

import msgspec

from ledger.errors import DamagedLedger, InvalidOption
from ledger.queries.account_sets import account_set
from ledger.queries.checked_sums import CheckedSums, checked_sums, do_not_add_up
from ledger.queries.entry_rows import TABLE, EntryRows, entry_rows
from ledger.queries.reports.amounts import (
    Asked,
    Currency,
    Summed,
    currencies_of,
    net_by_account,
    summed,
)
from ledger.queries.reports.groupings import (
    ACCOUNT,
    TAG,
    Grouping,
    Parts,
    PeriodTree,
    label,
    read_groupings,
    tree_of,
)
from ledger.queries.reports.lines import Block, Report
from ledger.queries.source import Point, Source, check_period

_MOST_LINES: Final = 1_000_000
_MOST_PERIODS: Final = 100_000


def report_of(
    source: Source,
    point: Point,
    *,
    prefixes: Iterable[str] = (),
    by: Iterable[str] = (),
    from_time: int | None = None,
    to_time: int | None = None,
) -> Report:
    """Money in, out, and what was held, by period, account and tag.

    A transfer between accounts of the report is neither money in nor out. An entry and its reversal
    of the same moment are left out; a reversal of a later moment counts there, under the tags of
    what it reverses. Periods are those of the book's time zone, and those without entries are shown
    where something is carried through them. The sums are checked before they are given: see
    `ledger.queries.checked_sums`.

    Args:
        point: what counts, on both clocks.
        prefixes: only these accounts; one that is no account's id stands for those whose ids start
            with it.
        by: what it is by, the outermost first: ``day``, ``week`` (ISO 8601), ``month``,
            ``quarter``, ``year``, ``account`` or ``tag:KEY``.
        from_time, to_time: the period (µs UTC), both ends included; None for no such end.

    Raises:
        InvalidOption: it cannot be by that, no entry has the tag, the period ends before it begins,
            or there would be over 100,000 periods or a million lines.
        InvalidTag: no tag can have that key.
        NoSuchAccount: no account starts with one of the prefixes.
        DamagedLedger: the sums are not what the fold gives; the account is named.
    """
    groupings = read_groupings(by)
    ends = [end for end in (to_time, point.as_of) if end is not None]
    last = min(ends, default=None)
    check_period(from_time, last)
    with source.store.transaction(read_only=True):
        accounts = account_set(source, prefixes)
        zone, now = source.times.zone, source.times.now()
    asked = Asked(accounts, groupings, from_time, last)
    with entry_rows(source, point) as entries:
        sums = checked_sums(source, entries, accounts, first=from_time, last=last)
        found = summed(entries, asked, zone, wide=sums.wide)
        _check_sums(entries, asked, sums, found)
        _check_tags(entries, groupings, found)
        held = _held_before(sums)
        used = {currency for currency, group in held.items() if any(group.values())}
        currencies = used | found.cells.keys() or currencies_of(entries, asked)
    periods: PeriodTree = {}
    periods_until: int | None = None
    if parts := Parts.for_groupings(groupings):
        begins = found.first if from_time is None else from_time
        # Nothing has happened after now, so no balance is carried any further.
        settled = max(now, found.last or now)
        finishes = found.last if to_time is None else min(to_time, settled, last or settled)
        if to_time is not None and settled < min(to_time, last or to_time):
            lasting, asked_for = zone.day_of(settled), zone.day_of(to_time)
            if not _same_period(groupings, parts.of(lasting), parts.of(asked_for)):
                periods_until = settled
        if begins is not None and finishes is not None and begins <= finishes:
            between = parts.between(zone.day_of(begins), zone.day_of(finishes))
            spans = list(islice(between, _MOST_PERIODS + 1))
            if len(spans) > _MOST_PERIODS:
                raise _too_long(_MOST_PERIODS, "periods")
            periods = tree_of(groupings, spans)
    drawn = (
        Block(groupings, periods, each, held.get(each, {})).lines(found.cells.get(each, {}))
        for each in sorted(currencies)
    )
    lines = tuple(islice(chain.from_iterable(drawn), _MOST_LINES + 1))
    if len(lines) > _MOST_LINES:
        raise _too_long(_MOST_LINES, "lines")
    return Report(
        tuple(each.name for each in groupings),
        accounts,
        lines,
        entries.head,
        found.left_out,
        from_time,
        to_time,
        *point,
        periods_until_us=periods_until,
    )


def _same_period(by: tuple[Grouping, ...], part: str, other: str) -> bool:
    """Whether two parts of time are in the same ones of all the periods of a report."""
    return all(label(each.name, part) == label(each.name, other) for each in by if each.is_period)


def _too_long(most: int, things: str) -> InvalidOption:
    return InvalidOption(
        f"the report would have more than {most:,} {things}",
        advice="ask for longer periods, for fewer years, or for fewer accounts",
        most=most,
    )


def _held_before(sums: CheckedSums) -> dict[Currency, dict[str | None, int]]:
    """What each account held before the period, and under None all together."""
    held: dict[Currency, dict[str | None, int]] = {}
    for each in sums.held:
        group = held.setdefault((each.currency, each.decimals), {None: 0})
        group[None] += each.before
        group[each.account_id] = each.before
    return held


def _check_sums(entries: EntryRows, asked: Asked, sums: CheckedSums, found: Summed) -> None:
    """See that what was added up leads from the balances before to those after.

    Raises:
        DamagedLedger: it does not.
    """
    net: dict[tuple[str, int], int] = {}
    for each in sums.held:
        currency = (each.currency, each.decimals)
        net[currency] = net.get(currency, 0) + each.after - each.before
    for currency, cells in found.cells.items():
        net[currency] = net.get(currency, 0) - sum(amounts.net for amounts in cells.values())
    if not any(net.values()):
        return
    moved = net_by_account(entries, asked, wide=True)
    for each in sums.held:
        moved[each.account_id] = moved.get(each.account_id, 0) - (each.after - each.before)
    wrong = sorted(account_id for account_id, difference in moved.items() if difference)
    raise do_not_add_up(wrong[0] if wrong else sums.held[0].account_id)


def _check_tags(entries: EntryRows, by: tuple[Grouping, ...], found: Summed) -> None:
    """See that somebody has used each tag, since one that is mistyped would have no sums.

    Raises:
        InvalidOption: no entry has it.
    """
    for place, grouping in enumerate(by):
        key = grouping.tag
        if key is None or any(path[place] for cells in found.cells.values() for path in cells):
            continue
        keys = tag_keys(entries)
        if key not in keys:
            raise InvalidOption(
                f"no entry has a tag {key}",
                advice=f"entries have the tags {', '.join(keys)}"
                if keys
                else "give entries a tag first",
                by=f"{TAG}{key}",
                tags=keys,
            )


def tag_keys(entries: EntryRows) -> list[str]:
    """The keys of all tags that entries have or had, sorted."""
    rows = entries.ask(f"SELECT DISTINCT tags FROM {TABLE} WHERE tags <> '{{}}'")
    try:
        return sorted({key for (tags,) in rows for key in msgspec.json.decode(tags, type=dict)})
    except msgspec.MsgspecError as error:
        raise DamagedLedger(
            "the tags of an entry cannot be read",
            advice="make the table of entries again from the log",
            projection=TABLE,
        ) from error


def by_which(source: Source) -> list[str]:
    """All that a report can be by, tags included."""
    from ledger.queries.reports.groupings import PERIODS

    with entry_rows(source, Point()) as entries:
        return [*PERIODS, ACCOUNT, *(f"{TAG}{key}" for key in tag_keys(entries))]
