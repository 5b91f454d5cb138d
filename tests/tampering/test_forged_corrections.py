"""Corrections that no command would make, with right hashes: verify and import find each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from ledger import Ledger
from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import PeriodLocked, PeriodUnlocked
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    OpeningAmended,
)
from ledger.domain.receipts import Receipt
from ledger.errors import LedgerError
from ledger.eventstore.codec import new_event
from ledger.eventstore.records import StreamWrite
from ledger.eventstore.store import stream_version
from tests.support.clock import DAY, NOON, Clock

Event = (
    AccountAmended
    | AccountClosed
    | AccountReopened
    | BalanceConfirmed
    | ConfirmationWithdrawn
    | EntryAmended
    | EntryReversed
    | MoneyDeposited
    | MoneyWithdrawn
    | OpeningAmended
    | PeriodLocked
    | PeriodUnlocked
)
BANK = "BankAccount"
TICKET = Receipt(4, "5e" * 32)
OTHER_TICKET = Receipt(5, "6f" * 32)


def day(number: int) -> int:
    """The noon of a day (µs UTC); today is day 40."""
    return NOON - (40 - number) * DAY


class Forged(NamedTuple):
    stream: str
    event: Event
    at: int | None = None


@pytest.fixture
def books() -> Iterator[Ledger]:
    """Account a holds 100.00, 150.00, 30.00, 20.00, 25.00 and 26.00 one after another."""
    with Ledger.in_memory(clock=Clock(NOON), snapshot_interval=0) as books:
        books.open_account("a", "Ana", initial_balance="100", at=day(1))  # position 2
        books.open_account("b", "Ben", at=day(1))  # 3
        books.open_account("c", "Caro", at=day(1))  # 4
        books.deposit("a", "50", at=day(2), receipts=[TICKET])  # 5, version 2 of a
        books.withdraw("a", "120", at=day(4))  # 6, 3
        books.transfer("a", "b", "10", at=day(5))  # 7 and 8, 4 and version 2 of b
        books.deposit("a", "5", at=day(6))  # 9, 5
        books.transfer("b", "a", "1", at=day(7))  # 10 and 11, 6 and version 3 of b
        books.confirm("a", "26", "bank")  # 12, 7
        books.close_account("c", at=day(9))  # 13, version 2 of c
        yield books


def transfer_id(books: Ledger) -> str:
    (sent,) = (each for each in books.events(raw=True, account_id="a") if each.version == 4)
    return str(json.loads(sent.data)["transfer_id"])


def forge(books: Ledger, *appends: tuple[Forged, ...]) -> None:
    """Append events without asking any rule; those that stand together are of one append."""
    store = books._store
    for number, append in enumerate(appends):
        writes, versions = [], dict[str, int]()
        metadata = f'{{"actor":"m","command":"correct","run":"{number}"}}'
        for stream, event, at in append:
            version = versions.get(stream, stream_version(store, stream))
            new = new_event(event, metadata, at)
            kind = "Book" if stream == BOOK_STREAM else BANK
            writes.append(StreamWrite(stream, kind, version, (new,)))
            versions[stream] = version + 1
        store.append(writes)
    books.catch_up()


def found_in(books: Ledger) -> list[tuple[str, int | None, str]]:
    """What verify finds: the check, the position and the error's code."""
    return [
        (each.check, each.position, each.found or "")
        for each in books.verify().findings
        if each.check in ("rules", "transfers")
    ]


def gives_back(version: int, amount: int, **more: str) -> EntryReversed:
    return EntryReversed(version, amount, more.get("currency", "USD"), more.get("transfer_id"))


OPENING = OpeningAmended("a", "USD", 2, 10_000, day(1), 0, "Ana")


def opening(**changes: object) -> OpeningAmended:
    return replace(OPENING, **changes)


def a(event: Event, at: int | None = None) -> Forged:
    return Forged("a", event, at)


def b(event: Event, at: int | None = None) -> Forged:
    return Forged("b", event, at)


def c(event: Event, at: int | None = None) -> Forged:
    return Forged("c", event, at)


def book(event: Event) -> Forged:
    return Forged(BOOK_STREAM, event)


LOCKED = (book(PeriodLocked(day(3), "reported")),)

BREACHES: dict[str, tuple[tuple[tuple[Forged, ...], ...], str, int]] = {
    "no such entry": (((a(gives_back(30, 5), day(6)),),), "no_such_entry", 14),
    "an entry to come": (
        ((a(gives_back(9, -500), day(6)),), (a(MoneyDeposited(500, "USD"), day(6)),)),
        "no_such_entry",
        14,
    ),
    "an opening reversed": (((a(gives_back(1, -10_000), day(1)),),), "no_such_entry", 14),
    "a confirmation reversed": (((a(gives_back(7, 0), NOON),),), "no_such_entry", 14),
    "reversed twice": (
        ((a(gives_back(5, -500), day(6)),), (a(gives_back(5, -500), day(6)),)),
        "already_reversed",
        15,
    ),
    "a reversal reversed": (
        ((a(gives_back(5, -500), day(6)),), (a(gives_back(8, 500), day(6)),)),
        "no_such_entry",
        15,
    ),
    "less given back": (((a(gives_back(5, -499), day(6)),),), "invalid_option", 14),
    "the same again": (((a(gives_back(5, 500), day(6)),),), "invalid_option", 14),
    "another currency": (
        ((a(gives_back(5, -500, currency="EUR"), day(6)),),),
        "invalid_option",
        14,
    ),
    "of a transfer that it was not": (
        ((a(gives_back(5, -500, transfer_id="t"), day(6)),),),
        "invalid_option",
        14,
    ),
    "from a moment to come on": (
        ((a(gives_back(5, -500), NOON + DAY),),),
        "invalid_time",
        14,
    ),
    "before the entry": (((a(gives_back(5, -500), day(6) - 1),),), "invalid_time", 14),
    "on a closed account": (
        ((c(gives_back(1, 0), day(10)),),),
        "no_such_entry",
        14,
    ),
    "spent since": (((a(gives_back(2, -5_000), day(2)),),), "insufficient_funds", 14),
    "made up for too late": (
        (
            (a(gives_back(2, -5_000), day(2)),),
            (a(MoneyDeposited(4_900, "USD"), day(2)),),
        ),
        "insufficient_funds",
        14,
    ),
    "made up for by too little": (
        ((a(gives_back(2, -5_000), day(2)), a(MoneyDeposited(100, "USD"), day(2))),),
        "insufficient_funds",
        15,
    ),
    "made up for by a limit that comes too late": (
        ((a(gives_back(2, -5_000), day(2)), a(AccountAmended(10_000), day(7))),),
        "insufficient_funds",
        15,
    ),
    "no entry amended": (((a(EntryAmended(1, description="x"), day(1)),),), "no_such_entry", 14),
    "nothing amended": (((a(EntryAmended(5), day(6)),),), "invalid_usage", 14),
    "amended at another moment": (
        ((a(EntryAmended(5, description="x"), day(7)),),),
        "invalid_time",
        14,
    ),
    "a tag without a key": (((a(EntryAmended(5, {"": "x"}), day(6)),),), "invalid_tag", 14),
    "a receipt that is none": (
        ((a(EntryAmended(5, None, (Receipt(-1, "5e" * 32),)), day(6)),),),
        "invalid_receipt",
        14,
    ),
    "an account amended in nothing": (((a(AccountAmended()),),), "invalid_usage", 14),
    "a limit below nothing": (((a(AccountAmended(-1)),),), "invalid_amount", 14),
    "a limit before the opening": (((a(AccountAmended(5), day(0)),),), "before_opening", 14),
    "a limit of a closed account": (((c(AccountAmended(5)),),), "account_closed", 14),
    "a limit taken away": (
        (
            (a(AccountAmended(10_000)),),
            (a(MoneyWithdrawn(12_000, "USD")),),
            (a(AccountAmended(0)),),
        ),
        "insufficient_funds",
        16,
    ),
    "more than the limit": (
        ((a(AccountAmended(10_000)),), (a(MoneyWithdrawn(12_601, "USD")),)),
        "insufficient_funds",
        15,
    ),
    "more than the limit, below zero already": (
        (
            (a(AccountAmended(10_000)),),
            (a(MoneyWithdrawn(12_000, "USD")),),
            (a(MoneyWithdrawn(1_000, "USD")),),
        ),
        "insufficient_funds",
        16,
    ),
    "an opening of another account": (
        ((a(opening(account_id="b", initial_balance=1), day(1)),),),
        "account_mismatch",
        14,
    ),
    "an opening with another owner": (
        ((a(opening(initial_balance=20_000, owner="M"), day(1)),),),
        "invalid_option",
        14,
    ),
    "an opening with another limit": (
        ((a(opening(initial_balance=20_000, overdraft_limit=1), day(1)),),),
        "invalid_option",
        14,
    ),
    "an opening as it was": (((a(opening(), day(1)),),), "invalid_usage", 14),
    "an opening with too little": (
        ((a(opening(initial_balance=6_999), day(1)),),),
        "insufficient_funds",
        14,
    ),
    "an opening in another unit": (
        ((a(opening(currency="EUR"), day(1)),),),
        "currency_mismatch",
        14,
    ),
    "an opening in no unit": (((a(opening(decimals=5), day(1)),),), "invalid_currency", 14),
    "an opening after an entry": (
        ((a(opening(opened_at=day(3)), day(1)),),),
        "before_opening",
        14,
    ),
    "an opening that counts too late": (
        ((a(opening(opened_at=day(0)), day(1)),),),
        "invalid_time",
        14,
    ),
    "a confirmation of another balance": (
        ((a(BalanceConfirmed(2_501, "USD", day(6)), day(6)),),),
        "confirmation_differs",
        14,
    ),
    "a confirmation in another currency": (
        ((a(BalanceConfirmed(2_500, "EUR", day(6)), day(6)),),),
        "invalid_option",
        14,
    ),
    "a confirmation of another moment": (
        ((a(BalanceConfirmed(2_500, "USD", day(6)), day(7)),),),
        "invalid_time",
        14,
    ),
    "a confirmation before the opening": (
        ((a(BalanceConfirmed(0, "USD", day(0)), day(0)),),),
        "before_opening",
        14,
    ),
    "withdrawn what is none": (((a(ConfirmationWithdrawn(5), day(6)),),), "no_such_entry", 14),
    "withdrawn twice": (
        ((a(ConfirmationWithdrawn(7), NOON),), (a(ConfirmationWithdrawn(7), NOON),)),
        "no_such_entry",
        15,
    ),
    "withdrawn at another moment": (((a(ConfirmationWithdrawn(7), day(6)),),), "invalid_time", 14),
    "reopened what is open": (((a(AccountReopened()),),), "account_already_open", 14),
    "reopened before the closing": (((c(AccountReopened(), day(8)),),), "invalid_time", 14),
    "locked the future": (((book(PeriodLocked(NOON)),),), "invalid_time", 14),
    "locked what is locked": ((LOCKED, (book(PeriodLocked(day(3))),)), "invalid_time", 15),
    "unlocked what is not": (((book(PeriodUnlocked(None, "why")),),), "nothing_to_unlock", 14),
    "unlocked to later": ((LOCKED, (book(PeriodUnlocked(day(3), "why")),)), "invalid_time", 15),
    "unlocked without a reason": ((LOCKED, (book(PeriodUnlocked(None)),)), "invalid_text", 15),
    "a locked deposit": (
        (LOCKED, (a(MoneyDeposited(1, "USD"), day(3)),)),
        "locked",
        15,
    ),
    "a locked reversal": (
        (LOCKED, (a(gives_back(2, -5_000), day(2)), a(MoneyDeposited(5_000, "USD"), day(4)))),
        "locked",
        15,
    ),
    "a locked description": (
        (LOCKED, (a(EntryAmended(2, description="x"), day(2)),)),
        "locked",
        15,
    ),
    "a locked receipt taken away": (
        (LOCKED, (a(EntryAmended(2, None, (OTHER_TICKET,)), day(2)),)),
        "locked",
        15,
    ),
    "a locked receipt taken away again": (
        (
            LOCKED,
            (a(EntryAmended(2, None, (TICKET, OTHER_TICKET)), day(2)),),
            (a(EntryAmended(2, None, (TICKET,)), day(2)),),
        ),
        "locked",
        16,
    ),
    "a locked limit": ((LOCKED, (a(AccountAmended(5), day(3)),)), "locked", 15),
    "locked again after": (
        (
            LOCKED,
            (book(PeriodUnlocked(day(2), "why")),),
            (a(MoneyDeposited(1, "USD"), day(3)),),
            (a(MoneyDeposited(1, "USD"), day(2)),),
        ),
        "locked",
        17,
    ),
}
"""Appends to the books, the code of what verify finds first, and its position."""

ALLOWED: dict[str, tuple[tuple[Forged, ...], ...]] = {
    "made up for in the same append": (
        (a(gives_back(2, -5_000), day(2)), a(MoneyDeposited(4_000, "USD"), day(2))),
    ),
    "two entries undone together": (
        (a(gives_back(2, -5_000), day(2)), a(gives_back(3, 12_000), day(4))),
    ),
    "an opening and a limit together": (
        (a(opening(initial_balance=6_000), day(1)), a(AccountAmended(2_000), day(1))),
    ),
    "what was before the lock": ((a(MoneyDeposited(1, "USD"), day(2)),), LOCKED),
    "what locks let pass": (
        LOCKED,
        (a(EntryAmended(2, None, (TICKET, OTHER_TICKET)), day(2)),),
        (a(BalanceConfirmed(15_000, "USD", day(2)), day(2)),),
        (a(ConfirmationWithdrawn(9), day(2)),),
    ),
    "what is after the lock": (LOCKED, (a(MoneyDeposited(1, "USD"), day(3) + 1),)),
    "unlocked": (
        LOCKED,
        (book(PeriodUnlocked(None, "why")),),
        (a(MoneyDeposited(1, "USD"), day(2)),),
    ),
    "reopened": ((c(AccountReopened(), day(9)),), (c(MoneyDeposited(1, "USD"), day(10)),)),
}


def imported(books: Ledger) -> LedgerError | None:
    """What an import of the log is refused for."""
    with Ledger.in_memory(clock=Clock(NOON), restoring=True) as copy:
        try:
            copy.import_events(books.export_events())
        except LedgerError as refusal:
            return refusal
    return None


@pytest.mark.parametrize("name", BREACHES)
def test_a_forged_change_is_found_and_not_imported(name: str, books: Ledger) -> None:
    appends, code, position = BREACHES[name]
    assert found_in(books) == []
    forge(books, *appends)

    assert found_in(books)[:1] == [("rules", position, code)]
    assert len(found_in(books)) == 1
    refusal = imported(books)
    assert refusal is not None
    assert (refusal.code, refusal.details["line"]) == (code, position + 1)


@pytest.mark.parametrize("name", ALLOWED)
def test_what_a_command_could_have_done_passes(name: str, books: Ledger) -> None:
    forge(books, *ALLOWED[name])

    assert books.verify().findings == ()
    assert imported(books) is None


def both(books: Ledger, *, at: int = day(5), reason: str = "") -> tuple[Forged, Forged]:
    """The reversal of the transfer from a to b."""
    name = transfer_id(books)
    return (
        a(EntryReversed(4, 1_000, "USD", name), day(5)),
        b(EntryReversed(2, -1_000, "USD", name, reason), at),
    )


def test_both_sides_of_a_transfer_pass(books: Ledger) -> None:
    books.deposit("b", "10", at=day(5))
    forge(books, both(books))

    assert books.verify().findings == ()
    assert imported(books) is None


@pytest.mark.parametrize(
    "name", ["one side", "apart", "others between", "last", "moment", "reason"]
)
def test_a_transfer_is_reversed_on_both_sides_alike(name: str, books: Ledger) -> None:
    books.deposit("b", "10", at=day(5))  # position 14
    one, other = both(books)
    entry = b(MoneyDeposited(1, "USD"), day(9))
    appends, position = {
        "one side": (((one,), (entry,)), 15),
        "apart": (((one,), (other,)), 15),
        "others between": (((one, entry, other),), 15),
        "last": (((other,),), 15),
        "moment": ((both(books, at=day(6)),), 16),
        "reason": ((both(books, reason="x"),), 16),
    }[name]
    forge(books, *appends)

    assert found_in(books)[0][:2] == ("transfers", position)
    refusal = imported(books)
    assert refusal is not None
    assert (refusal.code, refusal.details["line"]) == ("invalid_line", position + 1)


@pytest.mark.parametrize(
    "other",
    [
        None,
        EntryAmended(2, description="y"),
        EntryAmended(2, {"k": "v"}, None, "x"),
        EntryAmended(2, None, (TICKET,), "x"),
        EntryAmended(3, description="x"),
    ],
)
def test_a_transfer_is_amended_on_both_sides_alike(
    other: EntryAmended | None, books: Ledger
) -> None:
    one = a(EntryAmended(4, description="x"), day(5))
    at = day(7) if other is not None and other.amends == 3 else day(5)
    forge(books, (one,) if other is None else (one, b(other, at)))

    assert found_in(books)[0][0] == "transfers"
    assert found_in(books)[0][1] == (15 if other is not None and other.amends == 2 else 14)
    assert imported(books) is not None


def test_a_transfer_amended_alike_passes(books: Ledger) -> None:
    told = EntryAmended(4, {"k": "v"}, (TICKET,), "x")
    forge(books, (a(told, day(5)), b(EntryAmended(2, {"k": "v"}, (TICKET,), "x"), day(5))))

    assert books.verify().findings == ()
    assert imported(books) is None
