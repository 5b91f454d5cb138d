"""Reports of random lives on both clocks, beside what they are by definition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from ledger.errors import InvalidOption
from ledger.queries.reports.lines import Report
from tests.support.naive_book import Book
from tests.support.naive_lives import ACCOUNTS, START, life
from tests.support.naive_log import MOVEMENTS, OPENINGS
from tests.support.property.lived_books import LivedBook
from tests.support.property.places import lives
from tests.support.report_model import Line, ReportModel, Row

IN_SUITE = 30
AT_ONCE = 10
BY = ("day", "week", "month", "quarter", "year", "account", "tag:k")
ZONE = "America/Noronha"
"""Two hours behind, so that a life begins a quarter of an hour before midnight."""


def day_of(instant: int) -> date:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return (moment - timedelta(hours=2)).date()


def rows_of(book: Book, known_at: int | None) -> Iterator[Row]:
    """All entries that are known at a moment, as they are known then."""
    for account in ACCOUNTS:
        events = {event.version: event for event in book.events(account, None, known_at)}
        reversals = {e.refers: e for e in events.values() if e.kind == "EntryReversed"}
        tags = {e.refers: e.tags for e in events.values() if e.tags and e.kind == "EntryAmended"}
        unit = ("", 0)
        opening = None
        for event in events.values():
            if event.kind in OPENINGS:
                opening, unit = event, (event.currency, event.decimals)
            elif event.kind in MOVEMENTS or event.kind == "EntryReversed":
                entry = events[event.refers] if event.kind == "EntryReversed" else event
                pair = reversals.get(entry.version)
                yield Row(
                    account,
                    event.effective,
                    event.amount,
                    unit,
                    dict(tag.split("=") for tag in tags.get(entry.version, entry.tags) or ()),
                    entry.other,
                    initial=False,
                    undone=1 + (event is pair) if pair and pair.effective == entry.effective else 0,
                )
        if opening:
            yield Row(account, opening.opened, opening.amount, unit, {}, "", initial=True, undone=0)


def lines_of(report: Report) -> list[Line]:
    return [
        Line(
            line.path,
            (line.currency, line.decimals),
            line.opening_balance_minor,
            line.initial_minor,
            line.in_minor,
            line.out_minor,
            line.transfers_minor,
            line.closing_balance_minor,
            line.entries,
        )
        for line in report.lines
    ]


@pytest.mark.parametrize("begin", range(0, IN_SUITE, AT_ONCE))
def test_a_report_is_its_definition(begin: int) -> None:
    for seed in lives(begin, AT_ONCE):
        dice, one = Random(seed), life(seed)
        with LivedBook(time_zone=ZONE) as lived:
            lived.begin(START)
            for step in one.steps:
                if step.refused is None:
                    assert lived.carry_out(step.intent, one.at(step.before)) is None
            known = [None, None, *dict.fromkeys(one.book.known_times())]
            moments = [m for account in ACCOUNTS for m in one.book.moments(account)] or [START]
            for _ in range(12):
                known_at = dice.choice(known)
                first, to, as_of = (
                    dice.choice((None, dice.choice(moments) + dice.choice((-1, 0, 1))))
                    for _ in range(3)
                )
                by = dice.sample(BY, dice.choice((0, 1, 1, 2, 2, 3)))
                prefixes = dice.choice(((), (), ("a",), ("a", "b"), ("b", "c")))
                asked: dict[str, Any] = {
                    "by": by,
                    "prefixes": prefixes,
                    "from_time": first,
                    "to_time": to,
                }
                asked |= {"as_of": as_of, "known_at": known_at}
                there = {e.stream for e in one.book.log}
                if not there.issuperset(prefixes):
                    continue
                ends = [end for end in (to, as_of) if end is not None]
                if first is not None and ends and first > min(ends):
                    with pytest.raises(InvalidOption, match="before it begins"):
                        lived.ledger.report(**asked)
                    continue
                rows = list(rows_of(one.book, known_at))
                all_tags = [row.tags for row in rows_of(one.book, None)]
                model = ReportModel(rows, day_of, lived.now, by, prefixes, first, to, as_of, there)
                if "tag:k" in by and not any(all_tags):
                    continue
                found = lived.ledger.report(**asked)
                assert lines_of(found) == model.lines(), (seed, asked)
                assert found.left_out == model.left_out, (seed, asked)
