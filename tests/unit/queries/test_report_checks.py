"""What a report says in a small ledger, what it checks first, and what it refuses."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import apsw
import pytest

from ledger import Ledger
from ledger.errors import (
    DamagedLedger,
    InvalidOption,
    InvalidTag,
    LedgerError,
    NoSuchAccount,
    ProjectionOutdated,
)
from ledger.projections.entries import EntryRow
from ledger.queries.reports.lines import Report
from tests.support.clock import DAY, Clock


@pytest.fixture
def club(books: Ledger, clock: Clock) -> Ledger:
    """Three accounts with entries on 2 January, 5 February and 1 March of 2026."""
    for account in ("club:bank", "club:cash", "bar"):
        books.open_account(account, "Ana", at="2026-01-01")
    books.deposit("club:bank", 100, tags={"category": "dues"}, at="2026-01-02T09:00")
    books.transfer("club:bank", "club:cash", 30, at="2026-02-05")
    books.withdraw("club:cash", 12, tags={"category": "hire"}, at="2026-03-01")
    return books


def figures(report: Report) -> list[tuple[Any, ...]]:
    """Of each line its path, and opening, in, out, transfers, closing."""
    return [
        (
            *line.path,
            line.opening_balance_minor,
            line.in_minor,
            line.out_minor,
            line.transfers_minor,
            line.closing_balance_minor,
        )
        for line in report.lines
    ]


def test_transfers_out_of_the_report_are_money_in_and_out(club: Ledger) -> None:
    assert figures(club.report(by="account")) == [
        (0, 10000, 1200, 0, 8800),
        ("bar", 0, 0, 0, 0, 0),
        ("club:bank", 0, 10000, 0, -3000, 7000),
        ("club:cash", 0, 0, 1200, 3000, 1800),
    ]
    assert figures(club.report("club:cash")) == [(0, 3000, 1200, 0, 1800)]


def test_periods_without_entries_carry_the_balance(club: Ledger) -> None:
    report = club.report(["bar", "club:c"], by="month", from_time="2026-01", to_time="2026-12-31")
    assert figures(report) == [
        (0, 3000, 1200, 0, 1800),
        ("2026-01", 0, 0, 0, 0, 0),
        ("2026-02", 0, 3000, 0, 0, 3000),
        ("2026-03", 3000, 0, 1200, 0, 1800),
    ]


def test_as_of_counts_what_had_happened_and_known_at_what_was_recorded(
    club: Ledger, clock: Clock
) -> None:
    assert figures(club.report(as_of="2026-02")) == [(0, 10000, 0, 0, 10000)]
    known = clock.now
    clock.now += DAY
    club.reverse("club:cash", 3)
    assert figures(club.report(known_at=known)) == [(0, 10000, 1200, 0, 8800)]
    assert figures(club.report()) == [(0, 10000, 0, 0, 10000)]
    assert club.report().left_out == 1


def test_a_report_answers_while_the_ledger_cannot_be_written(club: Ledger, path: str) -> None:
    before = club.report(by=("month", "tag:category"))
    club.close()
    with closing(apsw.Connection(path)) as other:
        other.execute(
            "DROP TABLE account_entries; DELETE FROM projections WHERE name LIKE '%ntries'"
        )
        other.execute("BEGIN IMMEDIATE")
        with Ledger.open(path, create=False, lock_timeout=0.1) as ledger:
            assert ledger.report(by=("month", "tag:category")) == before


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"by": "monthly"}, InvalidOption, "a report cannot be by 'monthly'"),
        ({"by": ("month", "account", "month")}, InvalidOption, "a report cannot be by month twice"),
        ({"by": "tag:catgory"}, InvalidOption, "no entry has a tag catgory"),
        ({"by": "tag:"}, InvalidTag, "it is empty"),
        ({"prefixes": ("bar", "clbu:")}, NoSuchAccount, "no account starts with clbu:"),
        ({"from_time": "2026-02", "to_time": "2026-01"}, InvalidOption, "ends before it begins"),
        ({"from_time": "2026-02", "as_of": "2026-01"}, InvalidOption, "ends before it begins"),
        ({"by": "day", "from_time": "0001-01-01"}, InvalidOption, "more than 100,000 periods"),
    ],
)
def test_what_cannot_be_reported_is_refused(
    club: Ledger, asked: dict[str, Any], error: type[LedgerError], words: str
) -> None:
    with pytest.raises(error, match=words):
        club.report(**asked)


def test_a_hundred_years_by_day_are_a_line_a_day(club: Ledger, clock: Clock) -> None:
    assert len(club.report(by="day", from_time="1926-03-02").rows) == 100 * 365 + 25


BANK, CASH = (f"account_id = 'club:{account}' AND version = " for account in ("bank", "cash"))


@pytest.mark.parametrize(
    ("change", "where", "asked"),
    [
        ("amount = amount + 1", f"{BANK} 2", {}),
        ("effective_at = effective_at - 9000000000000", f"{CASH} 3", {"to_time": "2026-02"}),
        ("known_from = 99", f"{CASH} 2", {"as_of": "2026-02"}),
        ("undone = 1", f"{BANK} 2", {"by": "tag:category"}),
        ("is_entry = 0", f"{CASH} 3", {"by": "account"}),
        ("day = '2026-02-02'", f"{BANK} 2", {"by": "week"}),
        ("decimals = -5", f"{BANK} 1", {}),
        ("currency = ''", f"{BANK} 1", {}),
    ],
)
def test_an_altered_table_is_never_added_up(
    club: Ledger, path: str, change: str, where: str, asked: dict[str, Any]
) -> None:
    before = club.report(**asked)
    with closing(apsw.Connection(path)) as file:
        file.execute(f"UPDATE account_entries SET {change} WHERE {where}")
        assert file.changes() == 1
    account = where.split("'")[1]
    with pytest.raises(DamagedLedger, match=f"account {account} ") as refusal:
        club.report(**asked)
    assert refusal.value.details["projection"] == "account_entries"
    club.rebuild_projections(["account_entries"], workers=1)
    assert club.report(**asked) == before


def test_an_account_that_is_in_the_table_alone_is_never_added_up(club: Ledger, path: str) -> None:
    before = club.report()
    with closing(apsw.Connection(path)) as file:
        columns = ", ".join(EntryRow.__struct_fields__[1:])
        file.execute(
            f"INSERT INTO account_entries SELECT 'ghost', {columns} FROM account_entries "
            "WHERE account_id = 'club:cash'"
        )
    with pytest.raises(DamagedLedger, match="account ghost "):
        club.report()
    club.rebuild_projections(["account_entries"])
    assert club.report() == before


def test_balances_that_lag_are_brought_up_to_be_compared_with(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, defer_projections=True) as ledger:
        ledger.open_account("bar", "Ana", initial_balance=7)
        ledger.catch_up()
        ledger.deposit("bar", 5)
        ledger.open_account("cash", "Ana", initial_balance=1)
        assert figures(ledger.report()) == [(0, 500, 0, 0, 1300)]
        assert figures(ledger.report(by="account"))[1:] == [
            ("bar", 0, 500, 0, 0, 1200),
            ("cash", 0, 0, 0, 0, 100),
        ]
        assert any(each.lag for each in ledger.projections(["account_balances"]))
        with closing(apsw.Connection(path)) as file:
            file.execute("UPDATE account_entries SET amount = 501 WHERE amount = 500")
            assert file.changes() == 1
        with pytest.raises(DamagedLedger, match="account bar "):
            ledger.report()


def test_without_balances_to_compare_with_there_is_no_report(club: Ledger, path: str) -> None:
    with closing(apsw.Connection(path)) as file:
        file.execute("UPDATE projections SET version = 1 WHERE name = 'account_balances'")
    with pytest.raises(ProjectionOutdated):
        club.report()
