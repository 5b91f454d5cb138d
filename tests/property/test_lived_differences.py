"""What two states of random lives say, beside what that is by definition: two folds, and the events
that lie between them."""

from __future__ import annotations

import pytest

from ledger.queries.differences.difference import AccountDifference, Change, Figure
from tests.property.test_lived_statements import check_told, corrections_in, lived_lives
from tests.support.naive_book import Book
from tests.support.naive_lives import ACCOUNTS, START, Life
from tests.support.naive_log import MOVEMENTS, OPENINGS, Event
from tests.support.property.lived_books import LivedBook

IN_SUITE = 20
AT_ONCE = 10
FIRST = 1
"""Position of the book's creation, which the naive book knows nothing of."""


@pytest.mark.parametrize("begin", range(0, IN_SUITE, AT_ONCE))
def test_a_difference_is_that_of_two_folds(begin: int) -> None:
    for dice, lived, one in lived_lives(begin):
        length = len(one.book.log)
        moments = sorted({e.effective + shift for e in one.book.log for shift in (-1, 0)})
        for _ in range(8):
            then, now = sorted(dice.choices(range(length + 1), k=2))
            as_of = dice.choice([None, None, *(moments or [START])])
            check_difference(lived, one, then, now, as_of)


def check_difference(lived: LivedBook, one: Life, then: int, now: int, as_of: int | None) -> None:
    before, after = one.at(then), one.at(now)
    left_out = 0
    found: dict[str, tuple[AccountDifference, list[Change], list[Change]]] = {}
    with lived.ledger.diff(then + FIRST, now + FIRST, as_of=as_of) as difference:
        for account in difference.accounts:
            found[account.account_id] = (account, list(account.entries), list(account.others))
        assert list(found) == sorted(found)
        left_out = difference.left_out
    expected_left_out = 0
    for name in ACCOUNTS:
        moved, not_moved, gone = explained(before, after, name, as_of)
        expected_left_out += gone
        if name not in found:
            assert not moved
            assert not not_moved
            assert before.state(name, as_of) == after.state(name, as_of) or gone
            continue
        account, entries, others = found[name]
        check_figure(account.before, before, name, as_of)
        check_figure(account.after, after, name, as_of)
        assert {change.version: change.effect_minor for change in entries} == moved
        assert {change.version for change in others} == not_moved
        if account.difference_minor is not None:
            assert sum(moved.values()) == account.difference_minor
        check_links(one, now, name, as_of, [*entries, *others])
        for change in (*entries, *others):
            check_told(change, after, name)  # type: ignore[arg-type] # it has the same fields
    assert left_out == expected_left_out


def check_figure(figure: Figure | None, book: Book, account: str, as_of: int | None) -> None:
    state = book.state(account, as_of)
    if state is None or figure is None:
        assert figure is None
        assert state is None
        return
    assert (figure.balance_minor, figure.currency, figure.decimals) == (
        *(state.balance, state.currency, state.decimals),
    )
    assert figure.status == ("active" if state.closed is None else "closed")


def explained(
    before: Book, after: Book, account: str, as_of: int | None
) -> tuple[dict[int, int], set[int], int]:
    """What each event adds to the figure, which others there are, and how many came and went."""
    known = {event.version: event for event in before.events(account)}
    events = {event.version: event for event in after.events(account)}
    undone = came_and_went(known, events)
    moved: dict[int, int] = {}
    others: set[int] = set()
    gone = 0
    for version, event in events.items():
        if version in known or event.kind in (*OPENINGS, "EntryAmended"):
            continue
        if as_of is not None and event.effective > as_of:
            continue
        if version in undone:
            gone += event.kind in MOVEMENTS
        elif event.kind in (*MOVEMENTS, "EntryReversed"):
            moved[version] = event.amount
        else:
            others.add(version)
    was = {entry.version: entry for entry in before.entries(account)}
    for entry in after.entries(account):
        old = was.get(entry.version)
        if old is not None and (as_of is None or entry.effective <= as_of):
            one_way, other_way = (
                (e.text or "", e.tags or frozenset(), e.receipts or frozenset())
                for e in (old, entry)
            )
            if one_way != other_way:
                others.add(entry.version)
    one, other = opening(known), opening(events)
    if other is None or one == other:
        return moved, others, gone
    parts = [
        0 if each is None or (as_of is not None and each.opened > as_of) else each.amount
        for each in (one, other)
    ]
    ends = [each.opened for each in (one, other) if each is not None]
    if as_of is None or min(ends) <= as_of:
        changed = one is None or (one.amount, one.opened, one.currency, one.decimals) != (
            *(other.amount, other.opened, other.currency, other.decimals),
        )
        same_unit = one is None or (one.currency, one.decimals) == (other.currency, other.decimals)
        if parts[0] != parts[1]:
            moved[1] = parts[1] - (parts[0] if same_unit else 0)
        elif changed:
            others.add(1)
    return moved, others, gone


def came_and_went(known: dict[int, Event], events: dict[int, Event]) -> set[int]:
    found = set()
    for version, event in events.items():
        undone = events.get(event.refers) if event.kind == "EntryReversed" else None
        if undone and undone.version not in known and undone.effective == event.effective:
            found |= {version, undone.version}
    return found


def opening(events: dict[int, Event]) -> Event | None:
    return next((e for e in reversed(list(events.values())) if e.kind in OPENINGS), None)


def check_links(
    one: Life, now: int, account: str, as_of: int | None, changes: list[Change]
) -> None:
    corrections = corrections_in(one)
    after = one.at(now)
    events = {event.version: event for event in after.events(account)}
    reversals = {event.refers: event for event in events.values() if event.kind == "EntryReversed"}

    def counts(event: Event) -> bool:
        return as_of is None or event.effective <= as_of

    for change in changes:
        event = events[change.version]
        if event.kind == "EntryReversed":
            assert change.reverses == event.refers
        wrong = corrections.of.get((account, change.version))
        reversal = reversals.get(wrong) if wrong else None
        if reversal and change.before is None:
            assert change.corrects == ((account, wrong) if counts(reversal) else None)
        undoing = reversals.get(change.version)
        assert change.reversed_by == (undoing.version if undoing and counts(undoing) else None)
        if event.kind == "EntryReversed":
            undone = next(e for e in after.entries(account) if e.version == event.refers)
            assert change.reversed_description == (undone.text or "")
        elif change.version > 1:
            assert change.amended_by == tuple(
                e.version
                for e in events.values()
                if e.kind == "EntryAmended" and e.refers == change.version
            )
