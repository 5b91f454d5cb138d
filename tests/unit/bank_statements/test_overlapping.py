"""However a statement is cut into files that overlap by whole days, and in whatever order these are
imported, the account ends up with the entries of the whole statement."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Ledger
from tests.support.bank_statements.reading import TAKE_ALL, statement
from tests.support.clock import Clock

FIRST = date(2026, 1, 20)
DAYS = 14

Line = tuple[int, str, str]
"""Day from the first one, words, amount: few of each, so that many lines are the same."""

LINES = st.lists(
    st.tuples(
        st.integers(0, DAYS - 1),
        st.sampled_from(["Café", "café ", "Rent", ""]),
        st.sampled_from(["-4.25", "4.25", "-80.00", "100.00"]),
    ),
    max_size=25,
)
PIECES = st.lists(st.tuples(st.integers(0, DAYS), st.integers(0, DAYS), st.booleans()), max_size=4)


def written(lines: list[Line], *, newest_first: bool = False) -> bytes:
    ordered = sorted(lines, key=lambda line: line[0])
    rows = [
        f"{FIRST + timedelta(days=day)},{words},{amount}"
        for day, words, amount in (reversed(ordered) if newest_first else ordered)
    ]
    return statement("Date,Description,Amount", *rows)


def books() -> Ledger:
    ledger = Ledger.in_memory(clock=Clock())
    ledger.open_account("a", "Ana", initial_balance="10000", at="2026-01-01")
    return ledger


def content(ledger: Ledger) -> Counter[tuple[int, int, str]]:
    return Counter(
        (entry.effective_us, entry.amount_minor, entry.description.casefold())
        for entry in ledger.history("a").entries[1:]
    )


@given(lines=LINES, pieces=PIECES, data=st.data())
@settings(max_examples=30, deadline=None)
def test_overlapping_files_in_any_order_make_the_whole_statement(
    lines: list[Line], pieces: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    # The pieces need not reach from end to end: the rest comes in files of its own.
    covered = {day for first, last, _ in pieces for day in range(first, last + 1)}
    days = [(day, day, False) for day in range(DAYS) if day not in covered]
    files = data.draw(st.permutations([*pieces, *days]))
    with books() as whole, books() as by_pieces:
        whole.import_statement("a", written(lines), decisions=TAKE_ALL)
        for first, last, newest_first in files:
            piece = [line for line in lines if first <= line[0] <= last]
            by_pieces.import_statement(
                "a", written(piece, newest_first=newest_first), decisions=TAKE_ALL
            )
        assert content(by_pieces) == content(whole)
        assert sum(content(whole).values()) == len(lines)
        again = by_pieces.import_statement("a", written(lines), decisions=TAKE_ALL)
        assert (again.imported, again.already_there) == (0, len(lines))


@given(lines=LINES, cut=st.integers(0, 25))
@settings(max_examples=40, deadline=None)
def test_a_day_cut_in_two_is_completed_by_a_file_with_the_whole_day(
    lines: list[Line], cut: int
) -> None:
    ordered = sorted(lines, key=lambda line: line[0])
    with books() as ledger:
        ledger.import_statement("a", written(ordered[:cut]), decisions=TAKE_ALL)
        report = ledger.import_statement("a", written(ordered), decisions=TAKE_ALL)
        assert report.already_there == min(cut, len(lines))
        assert sum(content(ledger).values()) == len(lines)
