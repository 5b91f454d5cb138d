"""Tags and receipts go into every entry as they are stored: checked, and equal sets as equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.events import Movement
from ledger.domain.receipts import Receipt
from ledger.domain.transfer import transfer
from ledger.errors import InvalidReceipt, InvalidTag, LedgerError
from tests.support.domain.given_when_then import account, day, memory_of, opened, usd

LETTER, BILL = Receipt(4, "60" * 32), Receipt(48_213, "9f" * 32)

Entry = Callable[[BankAccount, Mapping[str, str], Sequence[Receipt]], tuple[Movement, ...]]


def deposit(
    ana: BankAccount, tags: Mapping[str, str], receipts: Sequence[Receipt]
) -> tuple[Movement, ...]:
    return (ana.deposit(usd(5), "", day(2), tags, receipts),)


def withdraw(
    ana: BankAccount, tags: Mapping[str, str], receipts: Sequence[Receipt]
) -> tuple[Movement, ...]:
    return (ana.withdraw(usd(5), "", day(2), tags, receipts),)


def move(
    ana: BankAccount, tags: Mapping[str, str], receipts: Sequence[Receipt]
) -> tuple[Movement, ...]:
    ben = account(opened(), account_id="ben")
    return transfer(ana, ben, usd(5), "", day(2), tags, receipts, transfer_id="t-1")


entries = pytest.mark.parametrize("entry", [deposit, withdraw, move])


def said_of(entry: Entry, tags: Mapping[str, str], receipts: Sequence[Receipt]) -> list[object]:
    """The tags in their order, and the receipts, of each event that an entry leads to."""
    events = entry(account(opened(100)), tags, receipts)
    return [(list(event.tags.items()), event.receipts) for event in events]


@entries
def test_an_entry_has_none_where_none_are_given(entry: Entry) -> None:
    assert set(map(str, said_of(entry, {}, ()))) == {"([], ())"}


@entries
def test_an_entry_has_them_as_they_are_stored_on_both_sides_of_a_transfer(entry: Entry) -> None:
    decomposed = {"place": "Cafe\u0301", "category": "rent", "Year": "2026"}
    as_stored = ([("Year", "2026"), ("category", "rent"), ("place", "Café")], (LETTER, BILL))
    for said in said_of(entry, decomposed, (BILL, LETTER)):
        assert said == as_stored


@entries
@pytest.mark.parametrize(
    ("tags", "receipts", "refusal"),
    [
        ({"": "x"}, (), InvalidTag),
        ({"a": ""}, (), InvalidTag),
        ({"a": "b=c"}, (), InvalidTag),
        ({"a": "b\nc"}, (), InvalidTag),
        ({"a b": "c"}, (), InvalidTag),
        ({"a": "1", "A": "2"}, (), InvalidTag),
        ({f"k{number}": "v" for number in range(1_000)}, (), InvalidTag),
        ({}, (BILL, BILL), InvalidReceipt),
        ({}, (Receipt(0, "9f" * 32),), InvalidReceipt),
        ({}, (Receipt(4, "9F" * 32),), InvalidReceipt),
        ({}, tuple(Receipt(4, f"{number:064x}") for number in range(21)), InvalidReceipt),
    ],
)
def test_what_cannot_be_one_is_refused(
    entry: Entry,
    tags: Mapping[str, str],
    receipts: Sequence[Receipt],
    refusal: type[LedgerError],
) -> None:
    ana = account(opened(100))
    before = memory_of(ana)
    with pytest.raises(refusal) as it:
        entry(ana, tags, receipts)
    assert it.value.advice
    assert memory_of(ana) == before
