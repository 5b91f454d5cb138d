from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from ledger import Ledger, Money
from ledger.commands.amendments import AnyCommand
from ledger.commands.command import CloseAccount, Command, Deposit, OpenAccount, Transfer, Withdraw
from ledger.commands.entry_amendments import AmendEntry, Correct, Reverse
from ledger.domain.receipts import Receipt
from ledger.errors import (
    AccountAlreadyOpen,
    CurrencyMismatch,
    IdempotencyKeyReused,
    InsufficientFunds,
    InvalidReceipt,
    InvalidTag,
    InvalidText,
    LedgerError,
    VersionConflict,
)
from ledger.eventstore.key_records import request_fingerprint
from ledger.eventstore.metadata import Metadata
from ledger.eventstore.records import KeyedRequest, NewEvent, StreamWrite
from ledger.projections.projector import Projector
from tests.support.clock import Clock, utc
from tests.support.log_editing import triggers_put_aside
from tests.support.memory_store import MemoryStore


@pytest.fixture
def ledger(ledger: Ledger) -> Ledger:
    ledger.open_account("a", "Ana", initial_balance="100")
    ledger.open_account("b", "Bo")
    return ledger


def test_a_repeated_command_gives_the_original_result_whatever_came_after(ledger: Ledger) -> None:
    first = ledger.deposit("a", "50", "Rent", idempotency_key="k")
    ledger.withdraw("a", "149")
    ledger.deposit("b", "7")
    head = ledger.head()
    again = ledger.deposit("a", "50", "Rent", idempotency_key="k")
    assert (again.balance, again.version) == (Money(15000, "USD"), 2)
    assert again.recorded == first.recorded
    assert (first.replayed, again.replayed) == (False, True)
    assert ledger.head() == head


def test_a_repeated_transfer_gives_both_sides_and_its_id_again(ledger: Ledger) -> None:
    first = ledger.transfer("a", "b", "30", idempotency_key="k")
    ledger.deposit("b", "1")
    again = ledger.transfer("a", "b", "30", idempotency_key="k")
    assert again.replayed
    assert again.transfer_id == first.transfer_id
    assert again.accounts == first.accounts
    assert [figures.balance.minor_units for figures in again.accounts] == [7000, 3000]


def test_a_repeated_opening_and_closing_are_replayed(ledger: Ledger) -> None:
    ledger.open_account("c", "Cy", idempotency_key="k1")
    ledger.close_account("c", "moved", idempotency_key="k2")
    opened = ledger.open_account("c", "Cy", idempotency_key="k1")
    closed = ledger.close_account("c", "moved", idempotency_key="k2")
    assert [(each.replayed, each.version) for each in (opened, closed)] == [(True, 1), (True, 2)]


@pytest.mark.parametrize(
    "amount", ["50", "50.0", "50.00", "050", 50, Decimal("50.00"), Money(5000, "USD")]
)
def test_equal_amounts_spelled_differently_are_the_same_command(
    amount: str | int | Decimal | Money, ledger: Ledger
) -> None:
    ledger.deposit("a", "50", idempotency_key="k")
    assert ledger.deposit("a", amount, idempotency_key="k").replayed


@pytest.mark.parametrize("time", ["2026-02-01T09:00Z", "2026-02-01T10:00:00+01:00"])
def test_equal_times_spelled_differently_are_the_same_command(
    time: str, books: Ledger, clock: Clock
) -> None:
    books.open_account("a", "Ana", at="2026-01-01T00:00Z")
    books.deposit("a", "5", at=utc("2026-02-01T09:00"), idempotency_key="k")
    assert books.deposit("a", "5", at=time, idempotency_key="k").replayed


FEBRUARY = "2026-02-01T00:00:00Z"
OPEN = OpenAccount("c", "Cy", "USD", "5", at=FEBRUARY)
DEPOSIT = Deposit("a", "50", "Rent")
MOVE = Transfer("a", "b", "5", "Lunch")


@pytest.mark.parametrize(
    ("first", "second", "fields"),
    [
        (OPEN, OpenAccount("d", "Cy", "USD", "5", at=FEBRUARY), ["account"]),
        (OPEN, OpenAccount("c", "Di", "USD", "5", at=FEBRUARY), ["owner"]),
        (OPEN, OpenAccount("c", "Cy", "EUR", "5", at=FEBRUARY), ["currency"]),
        (OPEN, OpenAccount("c", "Cy", "USD", "6", at=FEBRUARY), ["initial_balance"]),
        (OPEN, OpenAccount("c", "Cy", "USD", "5"), ["at"]),
        (DEPOSIT, Deposit("b", "50", "Rent"), ["account"]),
        (DEPOSIT, Deposit("a", "50.01", "Rent"), ["amount"]),
        (DEPOSIT, Deposit("a", "50", "rent"), ["description"]),
        (DEPOSIT, Deposit("a", "50", "Rent", at="2026-03-01T00:00Z"), ["at"]),
        (DEPOSIT, Deposit("a", "50.00", "Rent", "EUR"), ["currency"]),
        (DEPOSIT, Deposit("a", "50", "Rent", "JPY"), ["currency"]),
        (DEPOSIT, Deposit("b", "1", ""), ["account", "amount", "description"]),
        (DEPOSIT, Withdraw("a", "50", "Rent"), ["command"]),
        (DEPOSIT, CloseAccount("b", "x"), ["command"]),
        (MOVE, Transfer("b", "a", "5", "Lunch"), ["from", "to"]),
        (MOVE, Transfer("a", "c", "5", "Lunch"), ["to"]),
        (MOVE, Transfer("a", "b", "5.00", "Lunch", "EUR"), ["currency"]),
        (CloseAccount("b", "done"), CloseAccount("b", "over"), ["reason"]),
        (DEPOSIT, Deposit("nobody", "50", "Rent"), ["account"]),
    ],
)
def test_another_command_under_a_used_key_is_refused_naming_exactly_what_differs(
    first: Command, second: Command, fields: list[str], ledger: Ledger
) -> None:
    ledger.execute(replace(first, idempotency_key="k"))
    before = list(ledger.export_events())
    with pytest.raises(IdempotencyKeyReused) as refusal:
        ledger.execute(replace(second, idempotency_key="k"))
    assert refusal.value.details["fields"] == fields
    for field in fields:
        assert f"{field} was " in refusal.value.message
    assert list(ledger.export_events()) == before


def test_the_currency_of_an_initial_balance_is_that_of_the_account(ledger: Ledger) -> None:
    ledger.open_account("c", "Cy", "USD", "5", idempotency_key="k")
    with pytest.raises(CurrencyMismatch):
        ledger.open_account("c", "Cy", "USD", Money(500, "EUR"), idempotency_key="k")
    assert ledger.open_account("c", "Cy", "USD", Money(500, "USD"), idempotency_key="k").replayed


def test_a_command_that_names_the_accounts_currency_is_the_one_that_names_none(
    ledger: Ledger,
) -> None:
    ledger.execute(Deposit("a", "50", "Rent", "USD", idempotency_key="k1"))
    assert ledger.execute(Deposit("a", "50", "Rent", idempotency_key="k1")).replayed
    ledger.execute(Withdraw("a", "50", "Rent", idempotency_key="k2"))
    assert ledger.execute(Withdraw("a", "50", "Rent", "USD", idempotency_key="k2")).replayed


def test_the_refusal_of_a_reused_key_shows_both_values(ledger: Ledger) -> None:
    ledger.deposit("a", "50", idempotency_key="k")
    with pytest.raises(IdempotencyKeyReused, match=r"amount was '50' and is '60\.5'"):
        ledger.deposit("a", "60.50", idempotency_key="k")


DIGEST = "60" * 32

REUSED: list[tuple[AnyCommand, AnyCommand, str]] = [
    (Reverse("a", 2), Correct("a", 2, "6"), "command was 'reverse' and is 'correct'"),
    (Reverse("a", 2), Reverse("a", 2, reason="twice"), "reason was another text"),
    (
        Reverse("a", 2, reason="twice"),
        Reverse("a", 3),
        "version was 2 and is 3, reason was another text",
    ),
    (
        Reverse("a", 2),
        Reverse(transfer="t-1"),
        "account was 'a' and is none, version was 2 and is none, transfer was none and is 't-1'",
    ),
    (Correct("a", 2, "6"), Correct("a", 2, "7"), "amount was '6' and is '7'"),
    (Correct("a", 2, "6"), Correct("a", 2, "6", into="b"), "into was none and is 'b'"),
    (
        Correct("a", 2, "6"),
        Correct("a", 2, "6", without_receipts=(DIGEST,)),
        f"without_receipts were none and are {DIGEST}",
    ),
    (
        AmendEntry("a", 2, tags={"place": "X"}),
        AmendEntry("a", 2, "Rent", tags={"place": "X"}),
        "description was none and is given",
    ),
    (
        AmendEntry("a", 2, "Rent", tags={"place": "X"}),
        AmendEntry("a", 2, tags={"place": ""}),
        "description was given and is none, tags were place=X and are place=",
    ),
]


@pytest.mark.parametrize(("first", "second", "told"), REUSED)
def test_the_refusal_of_a_reused_key_names_what_was_typed_and_no_more(
    first: AnyCommand, second: AnyCommand, told: str, ledger: Ledger
) -> None:
    for _ in range(2):
        ledger.deposit("a", "5")
    ledger.execute(replace(first, idempotency_key="k"))
    with pytest.raises(IdempotencyKeyReused) as refusal:
        ledger.execute(replace(second, idempotency_key="k"))
    _, _, differences = refusal.value.message.partition("another command: ")
    assert differences == told


def test_the_refusal_of_a_reused_key_tells_no_text(ledger: Ledger) -> None:
    ledger.deposit("a", "50", "for the operation", idempotency_key="k1")
    ledger.open_account("c", "Mrs. Confidential", idempotency_key="k2")
    ledger.close_account("c", "she died", idempotency_key="k3")
    other: list[tuple[str, Callable[[], object]]] = [
        ("description", lambda: ledger.deposit("a", "50", "for lunch", idempotency_key="k1")),
        ("owner", lambda: ledger.open_account("c", "Bo", idempotency_key="k2")),
        ("reason", lambda: ledger.close_account("c", "moved", idempotency_key="k3")),
    ]
    for field, command in other:
        with pytest.raises(IdempotencyKeyReused) as refusal:
            command()
        assert refusal.value.message.endswith(f"another command: {field} was another text")
        assert refusal.value.details["fields"] == [field]


# ── tags and receipts ───────────────────────────────────────────────────────────────────────────

LETTER, BILL = Receipt(4, "60" * 32), Receipt(48_213, "9f" * 32)

TAGGED = Deposit("a", "50", tags={"category": "rent", "place": "Café"}, receipts=(LETTER, BILL))


@pytest.mark.parametrize(
    "again",
    [
        TAGGED,
        replace(TAGGED, tags={"place": "Café", "category": "rent"}),
        replace(TAGGED, tags={"place": "Cafe\u0301", "category": "rent"}),
        replace(TAGGED, receipts=(BILL, LETTER)),
    ],
    ids=["as it was", "other order of tags", "decomposed", "other order of receipts"],
)
def test_equal_tags_and_receipts_are_the_same_command(again: Deposit, ledger: Ledger) -> None:
    ledger.execute(replace(TAGGED, idempotency_key="k"))
    assert ledger.execute(replace(again, idempotency_key="k")).replayed


@pytest.mark.parametrize(
    ("again", "field"),
    [
        (replace(TAGGED, tags={}), "tags"),
        (replace(TAGGED, tags={"category": "rent"}), "tags"),
        (replace(TAGGED, tags={"category": "rent", "place": "Cafe"}), "tags"),
        (replace(TAGGED, tags={"Category": "rent", "place": "Café"}), "tags"),
        (replace(TAGGED, receipts=()), "receipts"),
        (replace(TAGGED, receipts=(BILL,)), "receipts"),
    ],
)
def test_other_tags_and_receipts_are_another_command(
    again: Deposit, field: str, ledger: Ledger
) -> None:
    ledger.execute(replace(TAGGED, idempotency_key="k"))
    with pytest.raises(IdempotencyKeyReused, match=f"{field} were ") as refusal:
        ledger.execute(replace(again, idempotency_key="k"))
    assert refusal.value.details["fields"] == [field]


@pytest.mark.parametrize(
    "command",
    [
        Deposit("a", "5", tags={"a=b": "c"}),
        Deposit("a", "5", tags={"a": "\ud800"}),
        Withdraw("a", "5", receipts=(BILL, BILL)),
    ],
)
def test_what_cannot_be_a_tag_or_receipt_is_refused_with_a_key_as_without(
    command: Command, ledger: Ledger
) -> None:
    for key in (None, "k"):
        with pytest.raises((InvalidTag, InvalidReceipt)):
            ledger.execute(replace(command, idempotency_key=key))
    assert not ledger.deposit("a", "1", idempotency_key="k").replayed


# ── texts, which are not in a request, and may be erased ────────────────────────────────────────


def erase_texts(path: str) -> None:
    """Put their digests in the place of all texts."""
    with triggers_put_aside(path) as file:
        texts = file.execute("SELECT position, salt, text FROM events WHERE text IS NOT NULL")
        for position, salt, text in texts.fetchall():
            digest = hashlib.sha256(salt + text.encode()).digest()
            file.execute(
                "UPDATE events SET text = ?, salt = NULL WHERE position = ?", (digest, position)
            )


TEXTED: list[tuple[Command, str]] = [
    (OpenAccount("c", "Cy"), "owner"),
    (Deposit("a", "50", "Rent"), "description"),
    (Withdraw("a", "50", "Rent"), "description"),
    (Transfer("a", "b", "50", "Rent"), "description"),
    (CloseAccount("b", "moved"), "reason"),
]


@pytest.mark.parametrize(("command", "field"), TEXTED)
def test_another_text_is_another_command_though_the_request_holds_none(
    command: Command, field: str, books: Ledger
) -> None:
    books.open_account("a", "Ana", initial_balance="100")
    books.open_account("b", "Bo")
    keyed = replace(command, idempotency_key="k")
    books.execute(keyed)
    (event, *_) = (event for event in books.events(raw=True) if "idempotency_key" in event.metadata)
    assert getattr(command, field) not in event.metadata
    assert books.execute(keyed).replayed
    for other in ("another", *(() if field == "owner" else ("",))):
        with pytest.raises(IdempotencyKeyReused, match=f"{field} was another text") as refusal:
            books.execute(replace(keyed, **{field: other}))
        assert refusal.value.details["fields"] == [field]


@pytest.mark.parametrize(("command", "field"), TEXTED)
def test_an_erased_text_is_not_compared_and_all_else_is(
    command: Command, field: str, books: Ledger, path: str, clock: Clock
) -> None:
    books.open_account("a", "Ana", initial_balance="100")
    books.open_account("b", "Bo")
    keyed = replace(command, idempotency_key="k")
    books.execute(keyed)
    erase_texts(path)
    with Ledger.open(path, clock=clock) as ledger:
        assert ledger.execute(keyed).replayed
        assert ledger.execute(replace(keyed, **{field: "another"})).replayed
        with pytest.raises(IdempotencyKeyReused) as refusal:
            ledger.execute(replace(keyed, at="2026-02-01T00:00Z", **{field: "another"}))
        assert refusal.value.details["fields"] == ["at"]


# ── requests of version 0.1, as they come over: without a text, members in their own order ───────

OF_FORMAT_1 = [
    ("Rent ☂", {"command": "deposit", "account": "a", "amount": "50"}, "Rent ☂"),
    ("", {"amount": "50", "command": "deposit", "account": "a"}, ""),
    (
        "Rent",
        {
            "command": "deposit",
            "account": "a",
            "amount": "50",
            "at": "2026-02-01T00:00:00.000000Z",
        },
        "Rent",
    ),
]
"""What stands in the data of the event, its request, and the description that it came with."""


@pytest.fixture
def old(clock: Clock) -> Callable[[str, dict[str, str]], Ledger]:
    """Makes a ledger whose second event came with a key and a request of format 1."""

    def make(description: str, request: dict[str, str]) -> Ledger:
        store = MemoryStore("id", clock)
        Projector(store).create()
        ledger = Ledger(store, clock=clock)
        ledger.open_account("a", "Ana", at="2026-01-01T00:00Z")
        text = msgspec.json.encode(request)
        metadata = Metadata(
            "ana", "deposit", "run", idempotency_key="k", request=msgspec.Raw(text)
        ).encode()
        data = {"amount": 5000, "currency": "USD", "description": description}
        event = NewEvent(
            "MoneyDeposited", 2, msgspec.json.encode(data).decode(), metadata, clock.now
        )
        write = StreamWrite("a", "BankAccount", 1, (event,))
        store.append([write], keyed=KeyedRequest("k", request_fingerprint(text)))
        return ledger

    return make


def asked_again(request: dict[str, str], description: str) -> Deposit:
    return Deposit("a", "50.00", description, at=request.get("at"), idempotency_key="k")


@pytest.mark.parametrize(("stored", "request_of_format_1", "description"), OF_FORMAT_1)
def test_a_request_of_format_1_is_known_again(
    stored: str,
    request_of_format_1: dict[str, str],
    description: str,
    old: Callable[[str, dict[str, str]], Ledger],
) -> None:
    ledger = old(stored, request_of_format_1)
    again = ledger.execute(asked_again(request_of_format_1, description))
    assert (again.replayed, again.version, again.balance) == (True, 2, Money(5000, "USD"))
    assert ledger.head().position == 2


@pytest.mark.parametrize(("stored", "request_of_format_1", "description"), OF_FORMAT_1)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "51"}, "amount"),
        ({"description": "Lunch"}, "description"),
        ({"at": "2026-02-02"}, "at"),
        ({"currency": "EUR"}, "currency"),
        ({"tags": {"category": "rent"}}, "tags"),
    ],
)
def test_what_differs_from_a_request_of_format_1_is_named_and_its_text_is_not_told(
    stored: str,
    request_of_format_1: dict[str, str],
    description: str,
    change: dict[str, str],
    field: str,
    old: Callable[[str, dict[str, str]], Ledger],
) -> None:
    ledger = old(stored, request_of_format_1)
    with pytest.raises(IdempotencyKeyReused) as refusal:
        ledger.execute(replace(asked_again(request_of_format_1, description), **change))
    assert refusal.value.details["fields"] == [field]
    assert "Rent" not in refusal.value.message


def test_a_refused_command_does_not_burn_its_key(ledger: Ledger) -> None:
    with pytest.raises(InsufficientFunds):
        ledger.withdraw("a", "101", idempotency_key="k")
    ledger.deposit("a", "1")
    assert not ledger.withdraw("a", "101", idempotency_key="k").replayed
    assert ledger.withdraw("a", "101", idempotency_key="k").replayed


def test_the_key_of_a_refused_command_may_go_to_another_one(ledger: Ledger) -> None:
    with pytest.raises(LedgerError):
        ledger.close_account("a", idempotency_key="k")
    assert not ledger.deposit("a", "1", idempotency_key="k").replayed


def test_a_retry_is_replayed_though_its_expected_version_is_stale_by_now(ledger: Ledger) -> None:
    first = ledger.deposit("a", "1", idempotency_key="k", expected_version=1)
    again = ledger.deposit("a", "1", idempotency_key="k", expected_version=1)
    assert (again.version, again.replayed) == (first.version, True)


def test_a_retry_is_replayed_though_the_account_is_closed_by_now(ledger: Ledger) -> None:
    ledger.deposit("b", "1", idempotency_key="k")
    ledger.withdraw("b", "1")
    ledger.close_account("b")
    assert ledger.deposit("b", "1", idempotency_key="k").replayed


def test_keys_are_per_ledger_and_not_per_account(ledger: Ledger) -> None:
    ledger.deposit("a", "1", idempotency_key="k")
    with pytest.raises(IdempotencyKeyReused):
        ledger.deposit("b", "1", idempotency_key="k")


@pytest.mark.parametrize("copy_kind", ["memory", "sqlite"])
def test_keys_survive_export_and_import(
    copy_kind: str, ledger: Ledger, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ledger.deposit("a", "1", idempotency_key="k1")
    moved = ledger.transfer("a", "b", "2", idempotency_key="k2")
    path = tmp_path_factory.mktemp("copy") / "copy.db"
    new: AbstractContextManager[Ledger] = (
        Ledger.in_memory(restoring=True, clock=clock)
        if copy_kind == "memory"
        else Ledger.draft(path, restoring=True, clock=clock)
    )
    with new as copy:
        copy.import_events(ledger.export_events())
        assert copy.deposit("a", "1", idempotency_key="k1").replayed
        again = copy.transfer("a", "b", "2", idempotency_key="k2")
        assert (again.replayed, again.transfer_id) == (True, moved.transfer_id)
        assert again.recorded == moved.recorded
        with pytest.raises(IdempotencyKeyReused) as refusal:
            copy.deposit("a", "2", idempotency_key="k1")
        assert refusal.value.details["fields"] == ["amount"]


@pytest.mark.parametrize("key", ["", "  ", "x" * 256, "a\0b", "\ud800"])
def test_what_cannot_be_a_key_is_refused(key: str, ledger: Ledger) -> None:
    with pytest.raises(InvalidText, match="idempotency key"):
        ledger.deposit("a", "1", idempotency_key=key)
    assert ledger.head().position == 3


@pytest.mark.parametrize("key", ["x" * 255, "köy ☂", "'; DROP TABLE events; --", " k "])
def test_any_other_text_is_a_key(key: str, ledger: Ledger) -> None:
    ledger.deposit("a", "1", idempotency_key=key)
    assert ledger.deposit("a", "1", idempotency_key=key).replayed


# ── two processes with the same command under the same key ──────────────────────────────────────


@pytest.fixture
def rival(books: Ledger, path: str) -> Ledger:
    """Another ledger on the same file, as another process has it."""
    books.open_account("a", "Ana", initial_balance="100", at="2026-01-01T00:00Z")
    books.open_account("b", "Bo", at="2026-01-01T00:00Z")
    return Ledger.open(path, clock=lambda: utc("2026-03-01T12:00"))


RACES: list[Callable[[Ledger], object]] = [
    lambda ledger: ledger.withdraw("a", "100", idempotency_key="k"),
    lambda ledger: ledger.withdraw("a", "100", idempotency_key="k", expected_version=1),
    lambda ledger: ledger.transfer("a", "b", "100", idempotency_key="k"),
    lambda ledger: ledger.open_account("c", "Cy", idempotency_key="k"),
    lambda ledger: ledger.close_account("b", idempotency_key="k", at="2026-02-01T00:00Z"),
]


@pytest.mark.parametrize("command", RACES)
def test_who_loses_the_race_against_the_same_command_gets_its_result(
    command: Callable[[Ledger], object], books: Ledger, rival: Ledger, clock: Clock
) -> None:
    with rival:
        clock.interruptions.append(lambda: command(rival))
        result = command(books)
    assert getattr(result, "replayed", None) is True
    assert books.head().position - 3 == len(getattr(result, "events", ()))


def test_a_refusal_for_what_the_same_command_has_just_done_is_a_replay(
    books: Ledger, rival: Ledger, clock: Clock
) -> None:
    """The path of a backdated withdrawal is read after its key has been looked up."""
    books.deposit("a", "1", at="2026-02-01T00:00Z")

    def withdraw(ledger: Ledger) -> tuple[bool, int]:
        result = ledger.withdraw("a", "100", at="2026-01-15T00:00Z", idempotency_key="k")
        return result.replayed, result.version

    with rival:
        clock.interruptions.append(lambda: withdraw(rival))
        assert withdraw(books) == (True, 3)


def test_who_loses_the_race_for_a_key_to_another_command_is_refused(
    books: Ledger, rival: Ledger, clock: Clock
) -> None:
    with rival:
        clock.interruptions.append(lambda: rival.deposit("b", "3", idempotency_key="k"))
        with pytest.raises(IdempotencyKeyReused) as refusal:
            books.deposit("a", "3", idempotency_key="k")
        assert refusal.value.details["fields"] == ["account"]
    assert books.head().position == 4


def test_a_race_with_another_key_is_decided_on_its_merits(
    books: Ledger, rival: Ledger, clock: Clock
) -> None:
    with rival:
        clock.interruptions.append(lambda: rival.open_account("c", "Cy", idempotency_key="k1"))
        with pytest.raises(AccountAlreadyOpen):
            books.open_account("c", "Cy", idempotency_key="k2")
        clock.interruptions.append(lambda: rival.deposit("a", "1"))
        with pytest.raises(VersionConflict):
            books.deposit("a", "2", idempotency_key="k3", expected_version=1)
        assert not books.deposit("a", "2", idempotency_key="k3").replayed
