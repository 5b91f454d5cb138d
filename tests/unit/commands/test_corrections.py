"""What puts mistakes right, where lives by chance seldom lead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger import Ledger
from ledger.commands.context import Context
from ledger.errors import (
    AlreadyReversed,
    CurrencyMismatch,
    InvalidUsage,
    NothingToUndo,
    NotReversible,
    VersionConflict,
)
from tests.support.clock import Clock


@pytest.fixture
def books(ledger: Ledger) -> Ledger:
    """Accounts a and b; of a, a deposit (2) and a transfer to b (3)."""
    for account in "ab":
        ledger.open_account(account, "Ana", initial_balance="10", at="2026-01-01")
    ledger.deposit("a", "5", "Dues", tags={"k": "dues"}, at="2026-01-05")
    ledger.transfer("a", "b", "3", at="2026-01-06")
    return ledger


NOTHING_DIFFERENT: dict[str, Callable[[Ledger], object]] = {
    "amount": lambda books: books.correct("a", 2, amount="5.00"),
    "account": lambda books: books.correct("a", 2, into="a"),
    "sender": lambda books: books.correct("a", 3, from_account="a"),
    "recipient": lambda books: books.correct("b", 2, to_account="b"),
    "both": lambda books: books.correct("b", 2, from_account="a", to_account="b"),
    "text": lambda books: books.amend_entry("a", 2, {"description": "Dues"}),
    "tag": lambda books: books.amend_entry("a", 2, {"tags": {"k": "dues"}}),
    "no such tag": lambda books: books.amend_entry("a", 2, {"tags": {"other": ""}}),
    "no text": lambda books: books.amend_entry("a", 3, {"description": ""}),
}


@pytest.mark.parametrize("name", NOTHING_DIFFERENT)
def test_what_would_make_nothing_different_is_refused(name: str, books: Ledger) -> None:
    before = books.head()
    with pytest.raises(InvalidUsage, match="the entry is so already"):
        NOTHING_DIFFERENT[name](books)
    assert books.head() == before


def test_part_of_a_description_may_be_as_it_was(books: Ledger) -> None:
    books.amend_entry("a", 2, {"description": "Dues", "tags": {"k": "gift"}})
    assert books.history("a").entries[1].tags == {"k": "gift"}


REFUSED_ANYWAY: dict[str, Callable[[Ledger, int], object]] = {
    "no such version": lambda books, seen: books.reverse("a", 77, expected_version=seen),
    "nothing different": lambda books, seen: books.correct(
        "a", 2, amount="5", expected_version=seen
    ),
    "not closed": lambda books, seen: books.reopen_account("a", expected_version=seen),
    "another balance": lambda books, seen: books.confirm("a", "1", expected_version=seen),
    "no confirmation": lambda books, seen: books.withdraw_confirmation("a", expected_version=seen),
    "opened so": lambda books, seen: books.amend_account(
        "a", initial_balance="10", expected_version=seen
    ),
}


@pytest.mark.parametrize("name", REFUSED_ANYWAY)
def test_who_has_seen_another_account_hears_of_that_first(name: str, books: Ledger) -> None:
    with pytest.raises(VersionConflict):
        REFUSED_ANYWAY[name](books, 2)


def test_an_entry_that_was_reversed_is_not_corrected_whatever_its_date(
    books: Ledger, clock: Clock
) -> None:
    clock.to("2027-03-01T12:00")
    books.deposit("a", "1", "by a clock that was ahead")
    clock.to("2026-03-01T12:00")
    books.correct_clock("the clock was ahead", trust_clock=True)
    books.reverse("a", 4)
    with pytest.raises(AlreadyReversed):
        books.correct("a", 4, amount="2")


def test_a_confirmed_balance_stays_in_its_unit(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="5", at="2026-01-01")
    ledger.confirm("a", "5", "bank", at="2026-01-31")
    with pytest.raises(CurrencyMismatch, match="has a confirmed balance in USD"):
        ledger.amend_account("a", currency="JPY", initial_balance="500")
    ledger.withdraw_confirmation("a")
    ledger.amend_account("a", currency="JPY", initial_balance="500")
    assert str(ledger.balance("a").balance) == "500 JPY"


def runs(books: Ledger, clock: Clock) -> Callable[[str], Ledger]:
    return lambda run: Ledger(books._store, clock=clock, context=Context("ana", run))


def test_unlocking_does_not_stand_between_a_run_and_its_undoing(
    books: Ledger, clock: Clock
) -> None:
    run = runs(books, clock)
    run("1").deposit("a", "2", at="2026-01-10")
    books.lock("2026-01-31", "told")
    run("2").unlock("a mistake was found")
    run("3").undo()
    assert str(books.balance("a").balance) == "12.00 USD"
    with pytest.raises(NotReversible):
        run("4").undo()


def test_nothing_but_an_unlocking_is_nothing_to_undo(books: Ledger, clock: Clock) -> None:
    books.lock("2026-01-31", "told")
    Ledger(books._store, clock=clock, context=Context("bo", "1")).unlock("why not")
    with pytest.raises(NothingToUndo):
        Ledger(books._store, clock=clock, context=Context("bo", "2")).undo()


@pytest.mark.parametrize("limit", ["0", "unlimited"])
def test_a_limit_that_is_the_same_in_every_unit_goes_along(ledger: Ledger, limit: str) -> None:
    ledger.open_account("a", "Ana", overdraft=limit, at="2026-01-01")
    ledger.amend_account("a", overdraft="0")
    ledger.amend_account("a", currency="JPY")
    assert str(ledger.balance("a").balance) == "0 JPY"


def test_a_limit_in_one_unit_keeps_the_account_in_it(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", at="2026-01-01")
    ledger.amend_account("a", overdraft="5")
    ledger.amend_account("a", overdraft="0")
    with pytest.raises(CurrencyMismatch, match="has an overdraft limit in USD"):
        ledger.amend_account("a", currency="JPY")
