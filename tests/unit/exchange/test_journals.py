"""Journals of what happened at one moment, or was in another unit before."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.exchange.exports import extract, writer
from tests.support.clock import HOUR, NOON, Clock
from tests.support.journals.checking import check
from tests.support.journals.exporting import exported
from tests.support.journals.hledger import needs_hledger

FORMATS = [pytest.param("hledger", marks=needs_hledger), "beancount"]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def books(clock: Clock) -> Iterator[Ledger]:
    """Two accounts, from one to the other of which 5 went and came back an hour later."""
    with Ledger.in_memory(clock=clock, book={"time_zone": "UTC"}) as books:
        books.open_account("a", "Ana", initial_balance="0", overdraft="unlimited")
        books.open_account("b", "Ben", overdraft="unlimited")
        clock.now += HOUR
        books.transfer("a", "b", "5", "there")
        clock.now += HOUR
        books.reverse("a", 2, "back", at=clock.now)
        yield books


@pytest.mark.parametrize("to", FORMATS)
def test_transfers_of_one_moment_are_told_apart(
    books: Ledger, clock: Clock, tmp_path: Path, to: str
) -> None:
    for each in ("first", "second"):
        books.transfer("b", "a", "5", each, at=clock.now)
        books.transfer("a", "b", "5", each, at=clock.now)
    books.transfer("a", "b", "6", "another amount", at=clock.now)
    export = check(books, to, tmp_path, None, None)
    assert export.told.entries == 14


@pytest.mark.parametrize("to", [*FORMATS, "csv"])
def test_what_is_undone_may_have_been_in_another_unit(
    books: Ledger, tmp_path: Path, to: str
) -> None:
    books.open_account("c", "Cem")
    books.transfer("a", "c", "5")
    books.reverse("c", 2)
    books.amend_account("c", currency="JPY", initial_balance="700")
    if to == "csv":
        shown = [line for line in exported(books, to).text.splitlines() if ",c,Cem," in line]
        amounts = [line.split(",")[7:10] for line in shown]
        assert amounts == [["700", "JPY", "700"], ["5.00", "USD", ""], ["-5.00", "USD", ""]]
        return
    check(books, to, tmp_path, None, None)


@pytest.mark.parametrize("to", ["hledger", "beancount"])
def test_a_confirmed_balance_has_all_of_its_moment(books: Ledger, clock: Clock, to: str) -> None:
    books.deposit("a", "3", at=clock.now)
    books.confirm("a", "3", "bank", at=clock.now)
    changed = "1 confirmed balance does not hold any more, and is only noted"
    assert changed not in exported(books, to).told.notes
    books.deposit("a", "1", at=clock.now)
    assert changed in exported(books, to).told.notes
    books.withdraw("a", "1", at=clock.now)
    assert changed not in exported(books, to).told.notes


@pytest.mark.parametrize("to", ["hledger", "beancount"])
def test_a_withdrawn_confirmation_is_not_there(books: Ledger, clock: Clock, to: str) -> None:
    books.confirm("b", "0", "bank", at=clock.now)
    assert "bank" in exported(books, to).text
    books.withdraw_confirmation("b", 4)
    assert "bank" not in exported(books, to).text


@pytest.mark.parametrize("to", ["hledger", "beancount", "csv"])
def test_what_is_recorded_meanwhile_is_not_in_it(books: Ledger, to: str) -> None:
    before = exported(books, to).text
    part, out = extract(books._source, (), None, None), StringIO(newline="")
    books.amend_account("b", owner="Bea")
    books.amend_entry("b", 2, {"description": "changed"})
    books.deposit("a", "1")
    books.open_account("c", "Cem", initial_balance="9")
    writer(to)(part, out)
    assert out.getvalue() == before
    assert exported(books, to).text != before


def test_owners_are_those_of_the_log_where_summaries_are_behind(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, defer_projections=True) as ledger:
        ledger.open_account("a", "Ana")
        assert "owner:Ana" in exported(ledger, "hledger").text


def test_a_name_and_a_unit_that_had_to_be_changed_are_told(books: Ledger) -> None:
    books.open_account("X.y", "Cem", "V", decimals=0)
    assert exported(books, "hledger").told.notes == ()
    assert exported(books, "beancount").told.notes == (
        "beancount does not take the ids of 3 accounts, such as a, which is called Assets:A there; "
        "the id stands beside each name",
        "the unit V is called V-UNIT",
    )
    assert exported(books, "beancount", None, None, "X.y").told.notes == (
        "beancount does not take the id X.y, which is called Assets:X-y there; the id stands "
        "beside the name",
        "the unit V is called V-UNIT",
    )


def test_a_category_that_had_to_be_called_otherwise_is_told(books: Ledger) -> None:
    assert exported(books, "hledger").told.notes == ()
    books.deposit("a", "1", tags={"category": "Uncategorized"})
    one = exported(books, "hledger")
    assert one.told.notes == (
        "the category Uncategorized is called Income:Uncategorized-2 in hledger; the category "
        "stands beside the name",
    )
    assert "account Income:Uncategorized-2  ; category:Uncategorized\n" in one.text
    for category in ("food: drinks", "dues"):
        books.withdraw("a", "1", tags={"category": category})
        books.deposit("a", "1", tags={"category": category})
    assert exported(books, "hledger").told.notes == (
        "2 categories have other names in hledger, such as Uncategorized, which is called "
        "Income:Uncategorized-2 there; the category stands beside each name",
    )
    assert exported(books, "beancount").told.notes[1:] == (
        "3 categories have other names in beancount, such as Uncategorized, which is called "
        "Income:Uncategorized-2 there; the category stands beside each name",
    )


@pytest.mark.parametrize("key", ["closed", "id", "opened", "owner"])
def test_a_tag_that_is_called_like_one_of_its_account_is_not_taken_for_it(
    books: Ledger, key: str
) -> None:
    books.deposit("a", "1", tags={key: "x"})
    assert f"    ; tag:{key}=x\n" in exported(books, "hledger").text


def test_what_says_nothing_leaves_nothing_in_a_journal(books: Ledger, clock: Clock) -> None:
    books.deposit("a", "3", at=clock.now)
    books.confirm("a", "3", at=clock.now)
    assert " confirmed\n" in exported(books, "hledger").text
    books.deposit("a", "1", at=clock.now)
    text = exported(books, "hledger").text
    assert " 3.00 USD was confirmed, and 4.00 is what the entries come to now\n" in text
    assert " \n" not in text
