from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import Ledger
from ledger.errors import (
    DamagedLedger,
    Integrity,
    InvalidOption,
    InvalidTime,
    NoSuchAccount,
    RuleViolation,
)
from ledger.projections.projector import Projector
from ledger.queries.statements import Statement
from tests.support.clock import Clock, utc
from tests.support.memory_store import MemoryStore

NOON = 1_700_000_000_000_000


# ── any history, any period ─────────────────────────────────────────────────────────────────────


class Happening(NamedTuple):
    """One event of account ``a``, as the test itself knows it; the amount is signed."""

    version: int
    kind: str
    amount: int
    words: str
    effective: int
    recorded: int


class Move(NamedTuple):
    """Something happens ``back`` µs before a clock that has just moved by ``step`` µs."""

    kind: str
    amount: int
    step: int
    back: int


class Expected(NamedTuple):
    opening: int
    lines: list[tuple[int, str, int, int, str, int, int]]
    total_in: int
    total_out: int
    closing: int


SIGNS = {"MoneyDeposited": 1, "TransferReceived": 1, "MoneyWithdrawn": -1, "TransferSent": -1}

histories = st.lists(
    st.builds(
        Move,
        st.sampled_from(sorted(SIGNS)),
        st.integers(1, 9),
        st.integers(0, 3),
        st.sampled_from([0, 0, 1, 2, 3, 8]),
    ),
    max_size=14,
)
intervals = st.sampled_from([0, 1, 3])
"""How many events there are from one snapshot to the next; 0 for none at all."""

kinds = pytest.mark.parametrize("kind", ["memory", "sqlite"])


@contextmanager
def new_ledger(kind: str, clock: list[int], interval: int) -> Iterator[Ledger]:
    if kind == "memory":
        yield Ledger.in_memory(clock=lambda: clock[0], snapshot_interval=interval)
        return
    with (
        TemporaryDirectory() as folder,
        Ledger.open(
            os.path.join(folder, "books.db"), clock=lambda: clock[0], snapshot_interval=interval
        ) as ledger,
    ):
        yield ledger


def carry_out(ledger: Ledger, move: Move, words: str, at: int) -> None:
    if move.kind == "MoneyDeposited":
        ledger.deposit("a", move.amount, words, at=at)
    elif move.kind == "MoneyWithdrawn":
        ledger.withdraw("a", move.amount, words, at=at)
    elif move.kind == "TransferSent":
        ledger.transfer("a", "b", move.amount, words, at=at)
    else:
        ledger.transfer("b", "a", move.amount, words, at=at)


def live(ledger: Ledger, clock: list[int], moves: list[Move]) -> list[Happening]:
    """Open an account and move its money, skipping what the rules do not allow."""
    ledger.open_account("b", "Bo", initial_balance="1000", at=NOON - 100)
    opened = NOON - 12
    ledger.open_account("a", "Ana", initial_balance="20", at=opened)
    happened = [Happening(1, "AccountOpened", 2000, "", opened, clock[0])]
    for place, move in enumerate(moves):
        clock[0] += move.step
        at = max(clock[0] - move.back, opened)
        try:
            carry_out(ledger, move, f"move {place}", at)
        except RuleViolation:
            continue
        amount = SIGNS[move.kind] * move.amount * 100
        happened.append(
            Happening(len(happened) + 1, move.kind, amount, f"move {place}", at, clock[0])
        )
    return happened


def expected_of(
    happened: list[Happening], first: int | None, last: int | None, known_at: int | None
) -> Expected | None:
    """The statement by its plain definition; None where there was no account at its end."""
    counting = [
        each
        for each in happened
        if (last is None or each.effective <= last)
        and (known_at is None or each.recorded <= known_at)
    ]
    if not counting:
        return None
    inside = [each for each in counting if first is None or each.effective >= first]
    opening = sum(each.amount for each in counting if each not in inside)
    lines = []
    balance = opening
    for each in sorted(inside, key=lambda each: (each.effective, each.version)):
        balance += each.amount
        lines.append(
            (
                each.version,
                each.kind,
                each.amount,
                balance,
                each.words,
                each.effective,
                each.recorded,
            )
        )
    return Expected(
        opening,
        lines,
        sum(each.amount for each in inside if each.amount > 0),
        sum(-each.amount for each in inside if each.amount < 0),
        sum(each.amount for each in counting),
    )


def found_in(statement: Statement) -> Expected:
    return Expected(
        statement.opening_balance_minor,
        [
            (
                entry.version,
                entry.event_type,
                entry.amount_minor,
                entry.balance_minor,
                entry.description,
                entry.effective_us,
                entry.recorded_us,
            )
            for entry in statement.entries
        ],
        statement.total_in_minor,
        statement.total_out_minor,
        statement.closing_balance_minor,
    )


def near(instants: set[int]) -> st.SearchStrategy[int | None]:
    """Instants at, just before and just after those given, or none."""
    return st.none() | st.sampled_from(
        sorted({instant + shift for instant in instants for shift in (-1, 0, 1)})
    )


@kinds
@settings(max_examples=50, deadline=None)
@given(moves=histories, interval=intervals, data=st.data())
def test_a_statement_is_its_definition(
    kind: str, moves: list[Move], interval: int, data: st.DataObject
) -> None:
    clock = [NOON]
    with new_ledger(kind, clock, interval) as ledger:
        happened = live(ledger, clock, moves)
        times = near({each.effective for each in happened})
        periods = st.tuples(times, times, near({each.recorded for each in happened}))
        for first, last, known_at in data.draw(st.lists(periods, min_size=15, max_size=15)):
            asked = {"from_time": first, "to_time": last, "known_at": known_at}
            if first is not None and last is not None and first > last:
                with pytest.raises(InvalidOption):
                    ledger.statement("a", **asked)
                continue
            expected = expected_of(happened, first, last, known_at)
            if expected is None:
                with pytest.raises(NoSuchAccount):
                    ledger.statement("a", **asked)
                continue
            statement = ledger.statement("a", **asked)
            assert found_in(statement) == expected
            assert (statement.account_id, statement.owner, statement.currency) == (
                "a",
                "Ana",
                "USD",
            )
            assert (statement.from_us, statement.to_us, statement.known_us) == (
                first,
                last,
                known_at,
            )


@kinds
@settings(max_examples=30, deadline=None)
@given(moves=histories, interval=intervals, data=st.data())
def test_adjoining_periods_chain_and_lose_no_entry(
    kind: str, moves: list[Move], interval: int, data: st.DataObject
) -> None:
    clock = [NOON]
    with new_ledger(kind, clock, interval) as ledger:
        happened = live(ledger, clock, moves)
        opened, last = happened[0].effective, max(each.effective for each in happened)
        cuts = sorted(data.draw(st.sets(st.integers(opened + 1, last + 2), max_size=6)))
        whole = ledger.statement("a")
        starts = [None, *cuts]
        ends = [*(cut - 1 for cut in cuts), None]
        parts = [
            ledger.statement("a", from_time=start, to_time=end)
            for start, end in zip(starts, ends, strict=True)
        ]
        assert parts[0].opening_balance_minor == 0
        for one, following in pairwise(parts):
            assert following.opening_balance_minor == one.closing_balance_minor
        assert parts[-1].closing_balance_minor == whole.closing_balance_minor
        assert [entry for part in parts for entry in part.entries] == list(whole.entries)
        assert sum(part.total_in_minor for part in parts) == whole.total_in_minor
        assert sum(part.total_out_minor for part in parts) == whole.total_out_minor


# ── one history ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def clock() -> Clock:
    return Clock("2026-02-01T00:00")


@pytest.fixture
def lived(ledger: Ledger, clock: Clock) -> Ledger:
    """Opened 1 January with 10, +50 on the 30th; on 1 March, +5 for the 15th is recorded."""
    ledger.open_account("a", "Ana", initial_balance="10", at="2026-01-01T00:00Z")
    ledger.deposit("a", "50", "pay", at="2026-01-30T00:00Z")
    clock.to("2026-03-01T00:00")
    ledger.deposit("a", "5", "found", at="2026-01-15T00:00Z")
    return ledger


def in_short(statement: Statement) -> tuple[int, list[tuple[int, int]], int]:
    return (
        statement.opening_balance_minor,
        [(entry.version, entry.balance_minor) for entry in statement.entries],
        statement.closing_balance_minor,
    )


def test_entries_stand_and_add_up_in_the_order_in_which_they_happened(lived: Ledger) -> None:
    assert in_short(lived.statement("a")) == (0, [(1, 1000), (3, 1500), (2, 6500)], 6500)
    assert [entry.backdated for entry in lived.statement("a").entries] == [False, True, False]


def test_both_ends_of_a_period_belong_to_it(lived: Ledger) -> None:
    exactly = lived.statement("a", from_time="2026-01-15T00:00Z", to_time="2026-01-30T00:00Z")
    assert in_short(exactly) == (1000, [(3, 1500), (2, 6500)], 6500)
    within = lived.statement(
        "a", from_time="2026-01-15T00:00:00.000001Z", to_time="2026-01-29T23:59:59.999999Z"
    )
    assert in_short(within) == (1500, [], 1500)


def test_what_was_not_known_yet_does_not_count(lived: Ledger) -> None:
    known = lived.statement("a", from_time="2026-01-10T00:00Z", known_at="2026-02-28T00:00Z")
    assert in_short(known) == (1000, [(2, 6000)], 6000)


def test_an_account_opened_inside_the_period_begins_with_nothing(lived: Ledger) -> None:
    statement = lived.statement("a", from_time="2025-12-01T00:00Z", to_time="2026-01-02T00:00Z")
    assert in_short(statement) == (0, [(1, 1000)], 1000)
    assert (statement.total_in_minor, statement.total_out_minor) == (1000, 0)


def test_a_period_in_which_nothing_happened_has_two_equal_balances(lived: Ledger) -> None:
    assert in_short(lived.statement("a", from_time="2030-01-01T00:00Z")) == (6500, [], 6500)


def test_a_bare_date_means_the_whole_day_of_the_book_wherever_it_is_read(
    clock: Clock, zone: Callable[[str], None]
) -> None:
    ledger = Ledger.in_memory(clock=clock, book={"time_zone": "Europe/Berlin"})
    ledger.open_account("a", "Ana", at="2026-01-01T00:00Z")
    zone("JST-9")
    day = "2026-02-01"
    statement = ledger.statement("a", from_time=day, to_time=day, known_at=day)
    assert statement.from_us == utc("2026-01-31T23:00")
    assert statement.to_us == statement.known_us == utc("2026-02-01T23:00") - 1


def test_transfers_name_the_other_account_and_a_closing_its_reason(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="7")
    ledger.open_account("b", "Bo")
    ledger.transfer("a", "b", "7", "all of it")
    ledger.close_account("a", "moved")
    statement = ledger.statement("a")
    assert [(each.event_type, each.counterparty) for each in statement.entries] == [
        ("AccountOpened", None),
        ("TransferSent", "b"),
        ("AccountClosed", None),
    ]
    assert statement.entries[-1].description == "moved"
    assert (statement.total_in_minor, statement.total_out_minor) == (700, 700)


def test_a_long_stream_is_read_whole(path: str, clock: Clock) -> None:
    """More than one page of events, with a backdated one at the far end."""
    with Ledger.open(path, clock=clock, snapshot_interval=50) as ledger:
        start = clock.now
        ledger.open_account("a", "Ana")
        lines = []
        for _ in range(199):
            clock.now += 1
            lines.append(b'{"command": "deposit", "account": "a", "amount": "1"}')
        ledger.batch(lines)
        for _ in range(150):
            clock.now += 1
            ledger.deposit("a", "1")
        ledger.deposit("a", "0.50", at=start + 200)
        statement = ledger.statement("a", from_time=start + 200, to_time=start + 300)
    late = [(350 - 150 + day, start + 199 + day) for day in range(1, 102)]
    expected = sorted([*late, (351, start + 200)], key=lambda line: (line[1], line[0]))
    assert [(each.version, each.effective_us) for each in statement.entries] == expected
    assert statement.opening_balance_minor == 19900
    assert statement.closing_balance_minor == 19900 + 101 * 100 + 50


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


def test_a_period_that_ends_before_it_begins_is_refused(lived: Ledger) -> None:
    with pytest.raises(InvalidOption, match="ends before it begins") as refusal:
        lived.statement("a", from_time=2, to_time=1)
    assert refusal.value.advice == "give the earlier time first"
    assert refusal.value.details == {
        "from": "1970-01-01T00:00:00.000002Z",
        "to": "1970-01-01T00:00:00.000001Z",
    }
    instant = utc("2026-01-15T00:00")
    assert len(lived.statement("a", from_time=instant, to_time=instant).entries) == 1


@pytest.mark.parametrize(
    ("to_time", "known_at", "point"),
    [
        ("2025-12-31T23:59:59.999999Z", None, "as of 2025-12-31"),
        (None, "2026-01-31T23:59Z", "known at 2026-01-31"),
        ("2026-02-01T00:00Z", "2026-01-31T23:59Z", "as of 2026-02-01.* and known at 2026-01-31"),
    ],
)
def test_an_account_that_was_not_there_yet_is_not_found(
    lived: Ledger, to_time: str | None, known_at: str | None, point: str
) -> None:
    with pytest.raises(NoSuchAccount, match=f"there was no account a {point}"):
        lived.statement("a", to_time=to_time, known_at=known_at)


def test_an_account_that_never_was_is_not_found(lived: Ledger) -> None:
    with pytest.raises(NoSuchAccount, match="there is no account 'nobody'"):
        lived.statement("nobody")


@pytest.mark.parametrize("name", ["from_time", "to_time", "known_at"])
def test_what_is_no_time_is_refused(lived: Ledger, name: str) -> None:
    with pytest.raises(InvalidTime):
        lived.statement("a", **{name: "last Tuesday"})


@pytest.mark.parametrize("instant", [2**63 - 1, -(2**63) + 1])
def test_the_ends_of_time_can_be_asked_about(lived: Ledger, instant: int) -> None:
    entries = lived.statement("a", from_time=instant).entries
    assert len(entries) == (3 if instant < 0 else 0)


def test_balances_that_the_entries_do_not_lead_to_are_never_given(clock: Clock) -> None:
    store = MemoryStore("6c0f8f1e-0a4b-4a5e-9d52-0f2c6f1f4f11", clock)
    Projector(store).create()
    ledger = Ledger(store, clock=clock, snapshot_interval=2)
    ledger.open_account("a", "Ana", initial_balance="10")
    ledger.deposit("a", "5")
    ledger.deposit("a", "1")
    (right,) = store.snapshots.read("a")
    state = right.state.replace('"balance":1500', '"balance":1501')
    store.snapshots.save(msgspec.structs.replace(right, state=state))
    with pytest.raises(DamagedLedger) as refusal:
        ledger.statement("a")
    assert isinstance(refusal.value, Integrity)
    assert refusal.value.message == (
        "the entries of account a come to 16.00 USD, and do not lead from its opening balance of "
        "0.00 to its closing balance of 16.01"
    )
    assert refusal.value.advice.startswith("see whether its snapshots agree with a replay")
    assert ledger.agreement("a").disagreements == ("snapshot",)


def test_a_command_that_only_writes_does_not_load_statements() -> None:
    script = (
        "import sys; from ledger import Ledger; ledger = Ledger.in_memory(); "
        "ledger.open_account('a', 'Ana'); ledger.deposit('a', '1'); "
        "print('ledger.queries.statements' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "False\n"
