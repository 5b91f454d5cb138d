"""The statements of several accounts: one state, one at a time, and totals that count once."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from ledger import Ledger, Money
from ledger.errors import InvalidOption, NoSuchAccount
from ledger.queries.several_statements import Statements
from tests.support.clock import Clock

JANUARY = {"from_time": "2026-01-01", "to_time": "2026-01-31"}
FEBRUARY = {"from_time": "2026-02-01", "to_time": "2026-02-28"}


@pytest.fixture
def club(ledger: Ledger, clock: Clock) -> Ledger:
    """Accounts of three units, one closed in January and one opened in March; a transfer of January
    that was reversed as of February."""
    clock.to("2026-03-31")
    opened = "2026-01-01"
    for account in ("club:bank", "club:cash", "other"):
        ledger.open_account(account, "Club", "EUR", "100.00", at=opened)
    ledger.open_account("club:gone", "Club", "EUR", at=opened)
    ledger.close_account("club:gone", at="2026-01-20")
    ledger.open_account("club:camp", "Club", "JPY", "500", at=opened)
    ledger.open_account("club:new", "Club", "EUR", at="2026-03-01")
    ledger.deposit("club:bank", "30.00", at="2026-01-05")
    ledger.transfer("club:bank", "club:cash", "12.00", at="2026-01-06")
    ledger.transfer("club:cash", "other", "7.00", at="2026-01-07")
    sent = ledger.transfer("club:cash", "club:bank", "4.00", at="2026-01-08")
    assert sent.transfer_id
    ledger.reverse_transfer(sent.transfer_id, at="2026-02-03")
    return ledger


def ids(statements: Statements) -> list[str]:
    return [each.account_id for each in statements]


def test_accounts_that_were_not_open_in_the_period_are_left_out(club: Ledger) -> None:
    assert ids(club.statements(**JANUARY)) == [
        *("club:bank", "club:camp", "club:cash", "club:gone", "other")
    ]
    assert ids(club.statements("club:", **FEBRUARY)) == ["club:bank", "club:camp", "club:cash"]
    assert "club:new" in ids(club.statements("club:"))
    known = club.statements("club:", known_at="2026-01-01")
    assert ids(known) == []


def test_a_named_account_is_given_or_refused_as_it_is_alone(club: Ledger) -> None:
    closed = club.statement("club:gone", **FEBRUARY)
    assert list(club.statements(["club:bank", "club:gone"], **FEBRUARY))[1] == closed
    with pytest.raises(NoSuchAccount, match="there was no account club:new"):
        club.statements(["club:bank", "club:new"], **FEBRUARY)  # before any is given
    with pytest.raises(NoSuchAccount, match="there was no account club:new"):
        list(club.statements(["club:new"], **FEBRUARY))


def test_each_is_what_is_said_of_the_account_alone(club: Ledger) -> None:
    chosen = ["other", "club:", "club:bank"]
    found = list(club.statements(chosen, **JANUARY))
    assert [each.account_id for each in found] == [
        *("other", "club:bank", "club:camp", "club:cash", "club:gone")
    ]
    assert found == [club.statement(each.account_id, **JANUARY) for each in found]


@pytest.mark.parametrize(
    ("chosen", "period", "expected"),
    [
        ("club:", JANUARY, ("0.00", "230.00", "7.00", "223.00", "16.00", 3)),
        ("club:", FEBRUARY, ("223.00", "0.00", "0.00", "223.00", "4.00", 2)),
        (None, JANUARY, ("0.00", "330.00", "0.00", "330.00", "23.00", 4)),
        ("club:cash", JANUARY, ("0.00", "112.00", "11.00", "101.00", "0.00", 1)),
        ("club:cash", FEBRUARY, ("101.00", "4.00", "0.00", "105.00", "0.00", 1)),
    ],
)
def test_totals_count_nothing_twice_that_moved_between_the_accounts(
    club: Ledger, chosen: str | None, period: dict[str, str], expected: tuple[str | int, ...]
) -> None:
    statements = club.statements(chosen, **period)
    given = list(statements)
    euro, *others = statements.totals
    money = (
        euro.opening_balance,
        euro.total_in,
        euro.total_out,
        euro.closing_balance,
        euro.between,
    )
    assert (*(str(each).removesuffix(" EUR") for each in money), euro.accounts) == expected
    assert [each.currency for each in others] == (["JPY"] if len(given) > 2 else [])


def test_totals_are_exact_beyond_64_bits(ledger: Ledger, clock: Clock) -> None:
    largest = Money(2**63 - 1, "USD")
    for account in "abc":
        ledger.open_account(account, "Ana", initial_balance=largest)
    statements = ledger.statements()
    assert len(list(statements)) == 3
    (total,) = statements.totals
    assert total.closing_balance_minor == total.total_in_minor == 3 * largest.minor_units


def test_all_are_of_one_state_whatever_is_recorded_meanwhile(
    books: Ledger, path: str, clock: Clock
) -> None:
    for account in "ab":
        books.open_account(account, "Ana", initial_balance="10", at="2026-01-01")
    statements = books.statements()
    first = next(statements)
    with Ledger.open(path, clock=clock) as other:
        other.transfer("a", "b", "5.00", at="2026-01-02")
        other.open_account("aa", "Ana", at="2026-01-01")
        second, *more = statements
    assert more == []
    assert (first.closing_balance, second.closing_balance) == (Money(1_000, "USD"),) * 2
    assert first.head == second.head == statements.head != books.head()
    assert second.known_position is None


def test_a_period_that_ends_before_it_begins_is_refused_at_once(club: Ledger) -> None:
    with pytest.raises(InvalidOption, match="the period ends before it begins"):
        club.statements(from_time="2026-02-01", to_time="2026-01-01")


def test_no_statement_is_kept(books: Ledger) -> None:
    lines = [{"command": "open", "account": f"a:{n}", "owner": "Ana"} for n in range(10)]
    lines += [
        {"command": "deposit", "account": f"a:{n}", "amount": "1", "description": f"{n} {each}"}
        for n in range(10)
        for each in range(300)
    ]
    books.batch([json.dumps(line).encode() for line in lines])

    def peak(chosen: str) -> int:
        tracemalloc.start()
        for found in books.statements(chosen):
            assert len(found.entries) == 301
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    list(books.statements("a:0"))  # what the first one imports stays
    assert peak("a:") < 2.5 * peak("a:0")
