"""What a page says of sums, periods and moments, so that nobody takes them for something else."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest

from ledger import Ledger
from tests.support.clock import Clock
from tests.support.pages import Page
from tests.unit.exchange.page.test_page import page_of


@pytest.fixture
def books(clock: Clock) -> Iterator[Ledger]:
    clock.now = Clock("2026-11-28T12:00").now
    with Ledger.in_memory(clock=clock, book={"name": "Club", "time_zone": "UTC"}) as ledger:
        ledger.open_account("a", "Ana", "EUR", "100", at="2026-01-01")
        yield ledger


def drawings(page: Page) -> list[str]:
    return [each["d"] for name, each in page.elements if name == "path" and each["class"] == "line"]


def test_a_statement_has_the_parts_of_the_summary(books: Ledger) -> None:
    books.open_account("b", "Ana", "EUR", at="2026-01-01")
    books.deposit("a", "7", at="2026-02-01")
    books.transfer("a", "b", "30", at="2026-02-02")
    books.withdraw("b", "4", at="2026-02-03")
    page = page_of(books)
    assert "\nOpened with 100.00, in 7.00, out 0.00, transfers -30.00 EUR\n" in page.text
    assert "\nIn 0.00, out 4.00, transfers 30.00 EUR\n" in page.text
    assert "Surplus\n3.00 EUR\n" in page.text.replace("Surplus3", "Surplus\n3")
    february = page_of(books, from_time="2026-02-03")
    assert "Deficit4.00 EUR" in february.text
    one = page_of(books, accounts=["a"])
    assert "Transfers between them and other accounts count as in and out." in one.text
    assert "\nOpened with 100.00, in 7.00, out 30.00 EUR\n" in one.text


def test_reversals_of_earlier_entries_are_told(books: Ledger) -> None:
    books.open_account("b", "Ana", "EUR", at="2026-01-01")
    paid = books.withdraw("a", "42.10", at="2026-01-05").version
    dues = books.deposit("a", "15", at="2026-01-06").version
    sent = books.transfer("a", "b", "1", at="2026-01-07").version
    typo = books.deposit("a", "5", at="2026-02-06").version
    assert "A reversal counts" not in page_of(books).text
    books.reverse("a", paid, at="2026-02-03")
    books.reverse("a", dues, at="2026-02-04")
    books.reverse("a", sent, at="2026-02-05")
    books.reverse("a", typo, at="2026-02-06")
    assert "A reversal counts" not in page_of(books, to_time="2026-01").text
    february = page_of(books, from_time="2026-02", to_time="2026-02").text
    assert (
        "In includes 42.10 from 1 reversal of money out, and Out includes 15.00 from 1 reversal "
        "of money in.\n"
    ) in february
    assert "Out includes 16.00 from 2 reversals" not in february
    only_a = page_of(books, accounts=["a"], from_time="2026-02").text
    assert "In includes 43.10 from 2 reversals of money out, and Out" in only_a


def test_a_line_begins_where_there_was_money(books: Ledger) -> None:
    books.deposit("a", "100", at="2026-02-01")
    assert drawings(page_of(books, to_time="2026-02"))[0] == "M250 500L750 0"
    assert drawings(page_of(books, from_time="2026-02", to_time="2026-02-02"))[0].startswith("M0 ")


@pytest.mark.parametrize(
    ("ends", "title"),
    [
        ({}, "all entries, 2026-01-01 to 2026-02-01"),
        ({"to_time": "2026-11-27"}, "up to 2026-11-27"),
        ({"from_time": "2026-11-28", "to_time": "2026-11-28"}, "2026-11-28 to 2026-11-28"),
        ({"to_time": "2026-12-31"}, "up to 2026-12-31, as of 2026-11-28"),
        ({"from_time": "2026-02-01T09:30:07"}, "from 2026-02-01 09:30:07 +00:00"),
    ],
)
def test_the_title_says_how_far_a_period_goes(
    books: Ledger, ends: dict[str, str], title: str
) -> None:
    books.deposit("a", "1", at="2026-02-01")
    page = page_of(books, **ends)
    assert page.title == f"Club, {title}"
    assert f"\n{title[:1].upper()}{title[1:]}\n" in page.text
    unfinished = "This page was made on 2026-11-28, before the end of its period" in page.text
    assert unfinished == ("as of" in title)


def test_moments_are_shown_to_the_minute(books: Ledger) -> None:
    books.confirm("a", "100", at="2026-02-03T09:30:12.5")
    books.lock("2026-02", reason="read")
    books.unlock("late bill", "2026-01")
    books.unlock("again")
    page = page_of(books)
    assert [row[1] for row in page.rows("Confirmed balances")] == ["2026-02-03 09:30 +00:00"]
    assert [row[1] for row in page.rows("Locks")] == [
        "Locked up to 2026-02-28", "Unlocked what is after 2026-01-31", "Unlocked everything",
    ]  # fmt: skip


def test_where_nothing_moved_a_line_says_so(books: Ledger) -> None:
    books.open_account("w", "Ana", "WOOD", "3", decimals=0, at="2026-01-01")
    books.open_account("b", "Ana", "EUR", "5", at="2026-01-01")
    books.deposit("a", "1", at="2026-02-02")
    assert "Currencies are never added up." in page_of(books).text
    page = page_of(books, from_time="2026-02", to_time="2026-02")
    assert {*page.tables} == {
        "Accounts in EUR", "Accounts in WOOD", "By day, in EUR", "a, in EUR",
    }  # fmt: skip
    assert "\nNothing moved in WOOD: 1 account holds 3 WOOD throughout.\n" in page.text
    assert "\nNothing moved: 3 WOOD throughout\n" in page.text
    assert "\nNothing moved: 5.00 EUR throughout\n" in page.text
    books.open_account("z", "Ana", "EUR", at="2026-01-01")
    books.confirm("b", "5", at="2026-02-10")
    books.confirm("z", "0", at="2026-02-10")
    page = page_of(books, from_time="2026-02", to_time="2026-02")
    assert len(page.rows("z, in EUR")) == len(page.rows("b, in EUR")) == 3
    assert "\nNothing came in or went out\n" in page.text
    assert "never added up" not in page_of(books, accounts=["a", "b"]).text


def test_the_currency_with_the_most_accounts_is_the_first(books: Ledger) -> None:
    for account, currency in (("c", "CHF"), ("b", "BGN"), ("u", "USD"), ("v", "USD")):
        books.open_account(account, "Ana", currency, at="2026-01-01")
    books.deposit("c", "1", at="2026-02-02")
    books.deposit("c", "1", at="2026-02-02")
    tables = [name for name in page_of(books).tables if name.startswith("Accounts")]
    assert tables == [f"Accounts in {unit}" for unit in ("USD", "CHF", "EUR", "BGN")]


def test_a_text_of_blanks_is_none(books: Ledger) -> None:
    books.deposit("a", "1", description="  ", at="2026-02-02")
    books.confirm("a", "101", at="2026-02-02", source=" ")
    texts = [row[2] for row in page_of(books).rows("a, in EUR")]
    assert texts[2:4] == ["Deposit", "Balance confirmed: 101.00 EURholds"]


def test_a_period_before_everything_is_told(books: Ledger) -> None:
    exported = books.export("html", StringIO(), to_time="2025-12-31")
    assert exported.accounts == 0
    assert exported.notes == (
        "no account was open yet in this period: the first one was opened on 2026-01-01",
    )
    assert books.export("html", StringIO(), to_time="2026-01-01").notes == ()
