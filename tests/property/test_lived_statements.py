"""Statements and histories of random lives, beside what they are by definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import NamedTuple

import pytest

from ledger.errors import NoSuchAccount
from ledger.queries.history import HistoryEntry
from tests.support.naive_book import Book
from tests.support.naive_lives import ACCOUNTS, START, Life, life
from tests.support.naive_log import MOVEMENTS, OPENINGS, Event
from tests.support.property.lived_books import LivedBook, receipt
from tests.support.property.places import lives

IN_SUITE = 30
AT_ONCE = 10


class Line(NamedTuple):
    version: int
    kind: str
    amount: int
    effective: int
    reversed_by: int
    corrects: int
    corrected_by: int


@dataclass
class NaiveStatement:
    opening: int
    closing: int
    lines: list[Line] = field(default_factory=list)
    left_out: int = 0


@dataclass
class Corrections:
    """Which entry took the place of which; by account and version."""

    of: dict[tuple[str, int], int]
    by: dict[tuple[str, int], int]


def corrections_in(one: Life) -> Corrections:
    found = Corrections({}, {})
    for _, _, events in one.accepted("correct"):
        for undone in events:
            for right in events:
                same = undone.stream == right.stream
                if same and undone.kind == "EntryReversed" and right.kind in MOVEMENTS:
                    found.of[right.stream, right.version] = undone.refers
                    found.by[right.stream, undone.refers] = right.version
    return found


def line_of(event: Event, events: dict[int, Event], corrections: Corrections) -> Line:
    """Among the events that count, and how they refer to each other."""
    reversals = {e.refers: v for v, e in events.items() if e.kind == "EntryReversed"}
    key = event.stream, event.version
    wrong, right = corrections.of.get(key, 0), corrections.by.get(key, 0)
    return Line(
        event.version,
        event.kind,
        event.amount,
        event.effective,
        reversals.get(event.version, 0),
        wrong if wrong in reversals else 0,
        right if right in events and event.version in reversals else 0,
    )


def statement_of(
    book: Book,
    corrections: Corrections,
    account: str,
    first: int,
    last: int,
    known_at: int | None,
) -> NaiveStatement | None:
    state = book.state(account, last, known_at)
    if state is None:
        return None
    before = book.state(account, first - 1, known_at)
    found = NaiveStatement(before.balance if before else 0, state.balance)
    events = {event.version: event for event in book.events(account, last, known_at)}
    openings = [event for event in events.values() if event.kind in OPENINGS]
    withdrawn = {e.refers for e in events.values() if e.kind == "ConfirmationWithdrawn"}
    if first <= state.opened:
        amount = openings[-1].amount
        found.lines.append(Line(1, "AccountOpened", amount, state.opened, 0, 0, 0))
    closings: list[Event] = []
    for event in sorted(events.values(), key=lambda event: event.version):
        if event.effective < first:
            closings.append(event)
            continue
        line = line_of(event, events, corrections)
        if event.kind in MOVEMENTS:
            undone = events.get(line.reversed_by)
            if undone and undone.effective == event.effective:
                found.left_out += 1
            else:
                found.lines.append(line)
        elif event.kind == "EntryReversed":
            if events[event.refers].effective != event.effective:
                found.lines.append(line)
        elif event.kind == "BalanceConfirmed":
            if event.version not in withdrawn:
                found.lines.append(line._replace(amount=0))
        elif event.kind in ("AccountClosed", "AccountReopened"):
            found.lines.append(line)
    gone = {
        version
        for closing, opened in pairwise(
            e for e in events.values() if e.kind in ("AccountClosed", "AccountReopened")
        )
        if opened.kind == "AccountReopened" and closing.effective == opened.effective
        for version in (closing.version, opened.version)
    }
    found.lines = [line for line in found.lines if line.version not in gone]
    found.lines.sort(key=lambda e: (e.effective, e.kind == "BalanceConfirmed", e.version))
    return found


def line_in(entry: HistoryEntry) -> Line:
    return Line(
        entry.version,
        entry.event_type,
        entry.amount_minor,
        entry.effective_us,
        entry.reversed_by or 0,
        entry.corrects or 0,
        entry.corrected_by or 0,
    )


def lived_lives(begin: int) -> Iterator[tuple[Random, LivedBook, Life]]:
    for seed in lives(begin, AT_ONCE):
        one = life(seed)
        with LivedBook() as lived:
            lived.begin(START)
            for step in one.steps:
                if step.refused is None:
                    assert lived.carry_out(step.intent, one.at(step.before)) is None
            yield Random(seed), lived, one


def check_told(entry: HistoryEntry, book: Book, account: str, *point: int | None) -> None:
    """That an entry is described as it stands."""
    told = {each.version: each for each in book.entries(account, *point)}.get(entry.version)
    if told is None:
        return
    assert entry.description == (told.text or "")
    assert entry.tags == dict(tag.split("=") for tag in told.tags or ())
    assert set(entry.receipts) == {receipt(name) for name in told.receipts or ()}


@pytest.mark.parametrize("begin", range(0, IN_SUITE, AT_ONCE))
def test_a_statement_is_its_definition(begin: int) -> None:
    for dice, lived, one in lived_lives(begin):
        book, corrections = one.book, corrections_in(one)
        known = [None, *dict.fromkeys(book.known_times())]
        for account in ACCOUNTS:
            moments = book.moments(account) or [START]
            near = sorted({each + shift for each in moments for shift in (-1, 0, 1)})
            for _ in range(12):
                first, last = sorted(dice.choices(near, k=2))
                known_at = dice.choice(known)
                asked = {"from_time": first, "to_time": last, "known_at": known_at}
                expected = statement_of(book, corrections, account, first, last, known_at)
                if expected is None:
                    with pytest.raises(NoSuchAccount):
                        lived.ledger.statement(account, **asked)
                    continue
                found = lived.ledger.statement(account, **asked)
                assert [line_in(entry) for entry in found.entries] == expected.lines, asked
                assert found.left_out == expected.left_out
                assert found.opening_balance_minor == expected.opening
                assert found.closing_balance_minor == expected.closing
                amounts = [line.amount for line in expected.lines]
                assert found.total_in_minor == sum(amount for amount in amounts if amount > 0)
                assert found.total_out_minor == -sum(amount for amount in amounts if amount < 0)
                balance = expected.opening
                for entry in found.entries:
                    balance += entry.amount_minor
                    assert entry.balance_minor == balance
                    check_told(entry, book, account, last, known_at)


@pytest.mark.parametrize("begin", range(0, IN_SUITE, AT_ONCE))
def test_a_history_is_linked_both_ways(begin: int) -> None:
    for dice, lived, one in lived_lives(begin):
        book, corrections = one.book, corrections_in(one)
        known = [None, *dict.fromkeys(book.known_times())]
        for account in ACCOUNTS:
            for point in [(None, None)] + [
                (dice.choice([None, *book.moments(account)]), dice.choice(known)) for _ in range(6)
            ]:
                as_of, known_at = point
                if book.state(account, *point) is None:
                    continue
                check_history(lived, book, corrections, account, as_of, known_at)


def check_history(
    lived: LivedBook,
    book: Book,
    corrections: Corrections,
    account: str,
    as_of: int | None,
    known_at: int | None,
) -> None:
    report = lived.ledger.history(account, as_of=as_of, known_at=known_at)
    events = {event.version: event for event in book.events(account, as_of, known_at)}
    assert [entry.version for entry in report.entries] == list(events)
    units: list[tuple[str, int]] = []
    opening = balance = 0
    for entry, event in zip(report.entries, events.values(), strict=True):
        expected = line_of(event, events, corrections)
        change = event.amount
        if event.kind in OPENINGS:
            change, opening = event.amount - opening, event.amount
            units.append((event.currency, event.decimals))
            moved = len(units) > 1 and units[-1] != units[-2]
            expected = expected._replace(amount=event.amount if moved else change)
        balance += change
        assert line_in(entry) == expected
        assert (entry.balance_minor, entry.decimals) == (balance, units[-1][1])
        refers = {
            "EntryReversed": entry.reverses,
            "EntryAmended": entry.amends,
            "OpeningAmended": entry.amends,
            "ConfirmationWithdrawn": entry.withdraws,
        }
        assert refers.get(event.kind) == (
            1 if event.kind == "OpeningAmended" else event.refers or None
        )
        check_told(entry, book, account, as_of, known_at)
    assert balance == report.state.balance_minor
    backward = [(entry.amends, entry.version) for entry in report.entries if entry.amends]
    forward = [(e.version, v) for e in report.entries for v in e.amended_by]
    assert sorted(forward) == sorted(pair for pair in backward if pair[0] in events)
    withdrawn = {e.withdraws: e.version for e in report.entries if e.withdraws}
    assert withdrawn == {e.version: e.withdrawn_by for e in report.entries if e.withdrawn_by}
    for limit in (0, 1, 2, 5):
        part = lived.ledger.history(account, as_of=as_of, known_at=known_at, limit=limit)
        assert part.entries == report.entries[len(report.entries) - min(limit, len(events)) :]
