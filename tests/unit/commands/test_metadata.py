from __future__ import annotations

import json
import os
import pwd
import re
from collections.abc import Callable
from typing import Any

import pytest

from ledger import Ledger, LedgerError
from ledger.commands.context import Context, current_context
from ledger.commands.results import WriteResult
from ledger.domain.receipts import Receipt
from ledger.errors import InvalidText
from ledger.projections.projector import Projector
from tests.support.clock import Clock
from tests.support.memory_store import MemoryStore


def metadata(result: WriteResult) -> list[dict[str, Any]]:
    return [json.loads(event.metadata) for event in result.recorded]


def test_every_event_says_which_command_led_to_it(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="9")
    ledger.open_account("b", "Bo")
    ledger.deposit("a", "1")
    ledger.withdraw("a", "10")
    ledger.close_account("a")
    ledger.deposit("b", "1")
    ledger.open_account("c", "Cy")
    ledger.transfer("b", "c", "1")
    commands = [json.loads(event.metadata)["command"] for event in ledger.events(raw=True)]
    assert commands == [
        *("book create", "open", "open", "deposit", "withdraw", "close", "deposit", "open"),
        *("transfer", "transfer"),
    ]


def test_the_actor_is_named_by_the_environment(
    books: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_ACTOR", "Zoë (night shift)")
    (found,) = metadata(books.open_account("a", "Ana"))
    assert found["actor"] == "Zoë (night shift)"


@pytest.mark.parametrize("named", [None, ""])
def test_the_actor_is_else_the_user_of_the_operating_system(
    named: str | None, books: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    if named is not None:
        monkeypatch.setenv("LEDGER_ACTOR", named)
    (found,) = metadata(books.open_account("a", "Ana"))
    assert found["actor"] == pwd.getpwuid(os.getuid()).pw_name


def test_all_that_one_run_does_says_so_and_another_run_is_another(
    books: Ledger, path: str, clock: Clock
) -> None:
    books.open_account("a", "Ana")
    books.batch([b'{"command": "deposit", "account": "a", "amount": "1"}'] * 2)
    with Ledger.open(path, clock=clock) as another:
        another.deposit("a", "1")
    _, *own, foreign = [json.loads(event.metadata)["run"] for event in books.events(raw=True)]
    assert len(own) == 3
    assert len(set(own)) == 1
    assert foreign not in own
    assert all(re.fullmatch("[0-9a-f]{16}", run) for run in (*own, foreign))


def test_nobody_can_choose_a_run(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_RUN", "0123456789abcdef")
    (found,) = metadata(ledger.open_account("a", "Ana"))
    assert found["run"] != "0123456789abcdef"


def test_an_event_says_what_its_command_came_by(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    ledger.batch([b'{"command": "deposit", "account": "a", "amount": "1"}'])
    _, typed, batched = [json.loads(event.metadata) for event in ledger.events(raw=True)]
    assert "via" not in typed
    assert batched["via"] == "batch"


def test_both_sides_of_a_transfer_share_their_metadata(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="1")
    ledger.open_account("b", "Bo")
    sent, received = metadata(ledger.transfer("a", "b", "1", idempotency_key="k"))
    assert sent == received
    assert sent["idempotency_key"] == "k"


def test_a_caller_can_name_the_correlation_and_the_cause(
    books: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_CORRELATION_ID", "order-17")
    monkeypatch.setenv("LEDGER_CAUSATION_ID", "message-4")
    (found,) = metadata(books.open_account("a", "Ana"))
    assert (found["correlation_id"], found["causation_id"]) == ("order-17", "message-4")


def test_what_is_not_given_is_not_written(ledger: Ledger) -> None:
    (found,) = metadata(ledger.open_account("a", "Ana"))
    assert set(found) == {"actor", "command", "run"}


def test_a_keyed_command_is_kept_in_its_canonical_form(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", at="2026-02-01T00:00Z")
    (found,) = metadata(
        ledger.deposit("a", "050.00", "☂", at="2026-02-01T01:00+01:00", idempotency_key="k")
    )
    assert (found["idempotency_key"], found["request"]) == (
        "k",
        {
            "command": "deposit",
            "account": "a",
            "amount": "50",
            "at": "2026-02-01T00:00:00.000000Z",
        },
    )


def test_tags_and_receipts_stand_in_a_request_as_they_are_stored(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana")
    later, former = Receipt(48_213, "9f" * 32), Receipt(4, "60" * 32)
    result = ledger.deposit(
        "a",
        "5",
        tags={"place": "Cafe\u0301", "category": "rent"},
        receipts=[later, former],
        idempotency_key="k",
    )
    ((found,), (event,)) = metadata(result), result.recorded
    stored = json.loads(event.data)
    assert found["request"]["tags"] == stored["tags"] == {"category": "rent", "place": "Café"}
    assert list(found["request"]["tags"]) == list(stored["tags"]) == ["category", "place"]
    assert found["request"]["receipts"] == stored["receipts"]
    assert stored["receipts"] == [
        {"size": 4, "sha256": "60" * 32},
        {"size": 48_213, "sha256": "9f" * 32},
    ]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("LEDGER_ACTOR", "the actor"),
        ("LEDGER_CORRELATION_ID", "the correlation id"),
        ("LEDGER_CAUSATION_ID", "the causation id"),
    ],
)
def test_what_is_not_unicode_in_the_environment_is_refused_by_name(
    name: str, field: str, books: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, os.fsdecode(b"\xff\xfe"))
    with pytest.raises(InvalidText, match=field) as refusal:
        books.open_account("a", "Ana")
    assert refusal.value.details["field"] == field
    assert books.head().position == 1


def test_the_context_can_be_given_by_the_program_itself(clock: Clock) -> None:
    store = MemoryStore("id", clock)
    Projector(store).create()
    ledger = Ledger(
        store, clock=clock, context=Context("robot", "run-1", None, "order-2", "message-3")
    )
    (found,) = metadata(ledger.open_account("a", "Ana"))
    assert found == {
        "actor": "robot",
        "command": "open",
        "run": "run-1",
        "correlation_id": "order-2",
        "causation_id": "message-3",
    }


@pytest.mark.parametrize("text", [os.fsdecode(b"\xff\xfe"), "x" * 10_001])
def test_a_ledger_is_not_made_by_whom_it_cannot_name(
    text: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_ACTOR", text)
    makers: list[Callable[[], Ledger]] = [Ledger.in_memory, lambda: Ledger.open(path)]
    for make in makers:
        with pytest.raises(InvalidText, match="the actor"):
            make()
    assert not os.path.exists(path)


def test_a_user_without_a_name_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nameless = max(entry.pw_uid for entry in pwd.getpwall()) + 1
    monkeypatch.setattr(os, "getuid", lambda: nameless)
    monkeypatch.delenv("USERNAME", raising=False)
    monkeypatch.setenv("USER", "ana")
    assert current_context("run-1").actor == "ana"
    monkeypatch.delenv("USER")
    assert current_context("run-1").actor == "unknown"


def test_the_context_is_read_before_anything_is_written(
    books: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_ACTOR", "x" * 10_001)
    with pytest.raises(LedgerError, match="the actor has 10001 characters"):
        books.batch([b'{"command": "open", "account": "a", "owner": "Ana"}'])
    assert books.account_ids() == []
