"""The SQL views, through a connection that is none of ours, beside what the ledger answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.domain.currency import DECIMALS
from ledger.eventstore.sqlite.schema import schema_script
from tests.support.clock import Clock, utc
from tests.support.eventstore.store_files import foreign
from tests.support.older_world import closed, deposited, moved, opened, withdrawn
from tests.support.sql.plain_sqlite import (
    entry_rows,
    expected_accounts,
    expected_entries,
    in_memory,
    rows,
)

NOON = utc("2026-03-01T12:00")
OLDER_AMOUNTS = (
    "100.0",
    "5",
    "0.30000000000000004",
    "0.125",
    "0.135",
    "0.1350000000000000000000000001",
    "0.005",
    "0.004",
    "1e2",
    "12.5E-1",
    "1.005e3",
    "5e-3",
    "1e-400",
    "12345678901234.567",
)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def ledger(clock: Clock) -> Iterator[Ledger]:
    with Ledger.in_memory(clock=clock, book={"time_zone": "America/Sao_Paulo"}) as ledger:
        yield ledger


def berlin(path: Path) -> None:
    """Make a ledger in a file whose book is kept in Berlin."""
    with Ledger.draft(path, book={"time_zone": "Europe/Berlin"}) as ledger:
        ledger.open_account("a", "A", initial_balance="1")


def check(ledger: Ledger) -> None:
    """See that the views say what the ledger says."""
    connection = in_memory(ledger)
    assert rows(connection, "SELECT * FROM accounts ORDER BY account") == expected_accounts(ledger)
    assert entry_rows(connection) == expected_entries(ledger)


def test_amounts_are_exact_to_the_last_digit(ledger: Ledger) -> None:
    most = 2**63 - 1
    expected = {}
    for decimals in range(13):
        account = f"a{decimals:02}"
        one, rest, all_of_it = (_amount(each, decimals) for each in (1, most - 1, most))
        ledger.open_account(account, "A", "UNIT", decimals=decimals, overdraft="unlimited")
        ledger.deposit(account, one)
        ledger.deposit(account, rest)
        ledger.withdraw(account, all_of_it)
        ledger.withdraw(account, all_of_it)
        expected[account] = [one, rest, f"-{all_of_it}", f"-{all_of_it}"]

    check(ledger)
    found = rows(in_memory(ledger), "SELECT account, amount, balance FROM entries")
    for account, amounts in expected.items():
        entries = [row for row in found if row["account"] == account]
        assert [row["amount"] for row in entries] == amounts
        assert entries[-1]["balance"] == amounts[-1]


def _amount(minor: int, decimals: int) -> str:
    digits = f"{minor:0{decimals + 1}}"
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def test_the_older_world_is_read_as_it_was_written(clock: Clock) -> None:
    lines = [opened(), *(deposited(n, each, 2) for n, each in enumerate(OLDER_AMOUNTS, 2))]
    last = len(lines) + 1
    lines += [withdrawn(last, "0.015", 3), opened("b", "12.345"), opened("c", "0")]
    lines += [moved(2, "MoneyWithdrawn", "12.34", "2024-01-04T09:00:00", account="b")]
    lines += [closed(3, 5, account="b")]
    with Ledger.in_memory(clock=clock) as ledger:
        ledger.import_events(lines)
        check(ledger)
        connection = in_memory(ledger)
        versions = rows(
            connection, "SELECT DISTINCT schema_version FROM event_log WHERE position > 1"
        )
        assert versions == [{"schema_version": 1}]
        ledger.deposit("a", "1.00", "Since then")
        ledger.reverse("a", 3, "Never came")
        check(ledger)


def test_currencies_of_the_older_world_have_their_decimals() -> None:
    told = {
        currency: int(decimals)
        for listed, decimals in re.findall(
            r"'[$].currency'\) IN \(([^()]*)\) THEN (\d)", schema_script()
        )
        for currency in re.findall(r"'(\w+)'", listed)
    }
    assert told == {code: decimals for code, decimals in DECIMALS.items() if decimals != 2}


def test_days_are_those_of_the_zones_that_the_book_has_kept(ledger: Ledger, clock: Clock) -> None:
    ledger.open_account("a", "A", initial_balance="1", at="2018-11-03T23:59:59")
    ledger.deposit("a", "1", at="2018-11-04")  # whose midnight the clocks skipped
    ledger.deposit("a", "1", at="2019-02-16T23:30:00-02:00")
    ledger.deposit("a", "1", at="2019-02-16T23:30:00-03:00")
    ledger.change_time_zone("Asia/Tokyo", "2026-03-02")
    check(ledger)
    clock.now = utc("2026-03-04T00:00")
    for hour in (2, 9, 14, 16):
        ledger.deposit("a", "1", at=f"2026-03-02T{hour:02}:00:00Z")
    check(ledger)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM local_days",
        "UPDATE local_days SET utc_offset = 0 WHERE since > 0",
        "UPDATE local_days SET book_version = 7",
    ],
)
def test_wrong_days_are_found_and_made_again(tmp_path: Path, damage: str) -> None:
    # No two SQLite libraries in one process may have a file open: closing one drops both's locks.
    path = tmp_path / "books.db"
    berlin(path)
    for repair in (False, True):
        with foreign(path) as connection:
            connection.execute(damage)
            wrong = rows(connection, "SELECT date FROM entries")
        with Ledger.open(path) as ledger:
            (finding,) = ledger.verify().findings
            assert (finding.projection, finding.derived) == ("local_days", True)
            if not repair:
                ledger.rebuild_projections()
        if repair:
            Ledger.diagnose(path, repair=True)
        with Ledger.open(path) as ledger:
            assert ledger.verify().clean
            check(ledger)
    if "utc_offset" not in damage:
        assert wrong == [{"date": None}]


def test_amended_and_erased_entries_are_shown_as_they_are_now(ledger: Ledger) -> None:
    ledger.open_account("a", "A")
    ledger.open_account("b", "B")
    ledger.deposit("a", "5", "Dues", tags={"category": "gift"})
    ledger.transfer("a", "b", "1", "Lent")
    list(ledger.find())  # the projection is made, and falls behind
    ledger.amend_entry("a", 2, {"tags": {"category": "dues"}, "description": ""})
    check(ledger)
    ledger.amend_entry("a", 3, {"description": "Given"})
    ledger.reverse("b", 2, "Not lent")
    check(ledger)
    ledger.erase("a", "Asked for")
    check(ledger)
