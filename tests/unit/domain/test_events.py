from __future__ import annotations

from typing import get_type_hints

import msgspec
import pytest

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Event
from ledger.domain.book import Book
from ledger.domain.book_events import (
    BookCreated,
    BookRenamed,
    ClockCorrected,
    ClockCorrectionWithdrawn,
    LedgerMigrated,
    LogArchived,
    PeriodLocked,
    PeriodUnlocked,
    TimeZoneChanged,
)
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountOpened,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    Movement,
    OpeningAmended,
    PersonalDataErased,
    TransferReceived,
    TransferSent,
)
from ledger.domain.receipts import Receipt

RECEIPT = Receipt(48_213, "9f" * 32)

# Each with what it adds to the balance, and the words that a list of events shows.
ACCOUNT_EVENTS: list[tuple[Event, int, str]] = [
    (AccountOpened("acc-001", "USD", 2, 700, owner="Ana Souza"), 700, ""),
    (MoneyDeposited(500, "USD", "Paycheck", {"category": "pay"}, (RECEIPT,)), 500, "Paycheck"),
    (MoneyWithdrawn(500, "USD", "Rent", {"category": "rent"}, (RECEIPT,)), -500, "Rent"),
    (TransferSent("t-1", "acc-002", 500, "USD", "Lunch"), -500, "Lunch"),
    (TransferReceived("t-1", "acc-002", 500, "USD", "Lunch"), 500, "Lunch"),
    (EntryReversed(2, -500, "USD", None, "a mistake"), -500, "a mistake"),
    (EntryAmended(2, {"category": "food"}, (), "Dinner"), 0, "Dinner"),
    (AccountAmended(50_000, "Ana Lima"), 0, ""),
    (OpeningAmended("acc-001", "USD", 2, 900, 10, owner="Ana Souza"), 0, ""),
    (BalanceConfirmed(500, "USD", 10, "statement 2"), 0, "statement 2"),
    (ConfirmationWithdrawn(7, "another account's"), 0, "another account's"),
    (AccountClosed("moved away"), 0, "moved away"),
    (AccountReopened("came back"), 0, "came back"),
    (PersonalDataErased("asked for"), 0, "asked for"),
]

BOOK_EVENTS: list[tuple[Event, int, str]] = [
    (BookCreated("5f0c1c2e", "Europe/Berlin", None, "Club"), 0, "Club"),
    (BookRenamed("Club 1907"), 0, "Club 1907"),
    (TimeZoneChanged("America/Lima", 20), 0, ""),
    (PeriodLocked(30, "audited"), 0, "audited"),
    (PeriodUnlocked(20, "a late bill"), 0, "a late bill"),
    (ClockCorrected(17, "a year ahead"), 0, "a year ahead"),
    (ClockCorrectionWithdrawn(6, "it was right"), 0, "it was right"),
    (LedgerMigrated("5f0c1c2e", 1, "41:9c1f"), 0, "41:9c1f"),
    (LogArchived(1_000, "9c1f", "aa", "bb"), 0, ""),
]

EVENTS = ACCOUNT_EVENTS + BOOK_EVENTS

MOVED = ("amount", "currency", "description", "tags", "receipts")

# What stands in stored bytes, for ever. A change here needs a new schema version and an upcaster.
# The free text is the last one told: it stands beside the others.
CONTRACT: dict[str, tuple[int, tuple[str, ...], str]] = {
    "AccountOpened": (
        5,
        ("account_id", "currency", "decimals", "initial_balance", "overdraft_limit", "owner"),
        "owner",
    ),
    "MoneyDeposited": (3, MOVED, "description"),
    "MoneyWithdrawn": (3, MOVED, "description"),
    "TransferSent": (2, ("transfer_id", "to_account", *MOVED), "description"),
    "TransferReceived": (2, ("transfer_id", "from_account", *MOVED), "description"),
    "EntryReversed": (1, ("reverses", "amount", "currency", "transfer_id", "reason"), "reason"),
    "EntryAmended": (1, ("amends", "tags", "receipts", "description"), "description"),
    "AccountAmended": (1, ("overdraft_limit", "owner"), "owner"),
    "OpeningAmended": (
        1,
        (
            "account_id",
            "currency",
            "decimals",
            "initial_balance",
            "opened_at",
            "overdraft_limit",
            "owner",
        ),
        "owner",
    ),
    "BalanceConfirmed": (1, ("balance", "currency", "until", "source"), "source"),
    "ConfirmationWithdrawn": (1, ("confirms", "reason"), "reason"),
    "AccountClosed": (2, ("reason",), "reason"),
    "AccountReopened": (1, ("reason",), "reason"),
    "PersonalDataErased": (1, ("reason",), "reason"),
    "BookCreated": (1, ("ledger_id", "time_zone", "test", "name"), "name"),
    "BookRenamed": (1, ("name",), "name"),
    "TimeZoneChanged": (1, ("time_zone", "from"), ""),
    "PeriodLocked": (1, ("until", "reason"), "reason"),
    "PeriodUnlocked": (1, ("until", "reason"), "reason"),
    "ClockCorrected": (1, ("from_position", "reason"), "reason"),
    "ClockCorrectionWithdrawn": (1, ("withdraws", "reason"), "reason"),
    "LedgerMigrated": (1, ("ledger_id", "format", "head"), "head"),
    "LogArchived": (1, ("to_position", "head", "manifest_sha256", "states_sha256"), ""),
}

KINDS: list[type[Event]] = [*BankAccount.event_types, *Book.event_types]


def test_the_events_their_versions_fields_and_texts_are_as_stored() -> None:
    assert {
        kind.__name__: (kind.schema_version, kind.__struct_encode_fields__, kind.text_field)
        for kind in KINDS
    } == CONTRACT


def test_the_examples_are_of_every_type() -> None:
    assert [type(event) for event, _, _ in ACCOUNT_EVENTS] == list(BankAccount.event_types)
    assert [type(event) for event, _, _ in BOOK_EVENTS] == list(Book.event_types)


@pytest.mark.parametrize(("event", "amount", "_"), EVENTS)
def test_what_an_event_adds_to_the_balance(event: Event, amount: int, _: str) -> None:
    assert event.signed_amount == amount


@pytest.mark.parametrize(("event", "_", "words"), EVENTS)
def test_the_words_that_go_with_an_event(event: Event, _: int, words: str) -> None:
    """An owner stands above a list, not in it."""
    assert event.words == words


def test_an_amendment_that_leaves_the_description_has_no_words() -> None:
    assert EntryAmended(2, {"category": "food"}).words == ""
    assert EntryAmended(2, description="").words == ""


@pytest.mark.parametrize(("event", "_", "__"), EVENTS)
def test_an_event_cannot_be_changed(event: Event, _: int, __: str) -> None:
    with pytest.raises(AttributeError):
        setattr(event, event.__struct_fields__[0], "another")


@pytest.mark.parametrize(("event", "_", "__"), EVENTS)
def test_an_event_with_a_field_too_many_is_not_read(event: Event, _: int, __: str) -> None:
    fields = msgspec.to_builtins(event)
    assert msgspec.convert(fields, type(event)) == event
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({**fields, "more": 1}, type(event))


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_type_says_what_is_to_be_said_of_it(kind: type[Event]) -> None:
    assert getattr(kind, "__final__", False), "dispatch on its type would miss a subclass"
    assert kind.label
    if kind.text_field:
        text = get_type_hints(kind)[kind.text_field]
        changes = kind in (EntryAmended, AccountAmended)
        assert text == (str | None if changes else str), "None would be a change that is none"
        assert kind.text_since <= kind.schema_version


# Whole numbers that are shown as they are.
NUMBERS = {
    "amends",
    "confirms",
    "decimals",
    "format",
    "from_position",
    "reverses",
    "to_position",
    "withdraws",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_an_amount_or_a_time_or_known_to_be_neither(kind: type[Event]) -> None:
    """Amounts and times are shown otherwise than they are stored."""
    hints = get_type_hints(kind)
    numbers = {field for field in kind.__struct_fields__ if hints[field] in (int, int | None)}
    shown_otherwise = [*kind.amount_fields, *kind.time_fields]
    assert len(shown_otherwise) == len(set(shown_otherwise))
    assert numbers - NUMBERS == set(shown_otherwise)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_that_has_an_amount_says_in_which_direction_it_goes(kind: type[Event]) -> None:
    moves = "amount" in kind.__struct_fields__ and kind is not EntryReversed
    assert issubclass(kind, Movement) == moves
    if issubclass(kind, Movement):
        assert kind.direction in (1, -1)
        assert kind.between_accounts == ("transfer_id" in kind.__struct_fields__)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_about_another_one_may_be_dated_by_it(kind: type[Event]) -> None:
    """A wrong clock may have put that one into the future; all else lies in the past."""
    dated = {
        EntryReversed,
        EntryAmended,
        OpeningAmended,
        AccountReopened,
        ConfirmationWithdrawn,
    }
    assert kind.dated_by_another == (kind in dated)


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_correction_of_the_clock_may_step_back(kind: type[Event]) -> None:
    assert kind.stamped_by_clock_alone == (kind is ClockCorrected)


@pytest.mark.parametrize(
    ("event", "counterparty"),
    [
        (TransferSent("t-1", "acc-002", 500, "USD", "Lunch"), "acc-002"),
        (TransferReceived("t-1", "acc-003", 500, "USD", "Lunch"), "acc-003"),
        (MoneyDeposited(500, "USD", "Paycheck"), None),
        (AccountOpened("acc-001", "USD", 2, 700, owner="Ana Souza"), None),
        (EntryReversed(2, -500, "USD", "t-1"), None),
    ],
)
def test_only_a_side_of_a_transfer_has_a_counterparty(
    event: Event, counterparty: str | None
) -> None:
    assert event.counterparty == counterparty
