from __future__ import annotations

import json
import os
import pwd
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from ledger import Ledger, LedgerError
from ledger.commands.context import Context, current_context
from ledger.commands.results import WriteResult
from ledger.errors import InvalidText
from ledger.eventstore.records import Identity
from ledger.projections.projector import Projector
from tests.support.clock import Clock
from tests.support.memory_store import MemoryStore


def metadata(result: WriteResult) -> list[dict[str, Any]]:
    return [json.loads(event.metadata) for event in result.events]


def test_every_event_says_which_command_led_to_it(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="9")
    ledger.open_account("b", "Bo")
    ledger.deposit("a", "1")
    ledger.withdraw("a", "10")
    ledger.close_account("a")
    ledger.deposit("b", "1")
    ledger.open_account("c", "Cy")
    ledger.transfer("b", "c", "1")
    commands = [json.loads(event.metadata)["command"] for event in ledger.events()]
    assert commands == [
        *("open", "open", "deposit", "withdraw", "close", "deposit", "open"),
        *("transfer", "transfer"),
    ]


def test_the_actor_is_named_by_the_environment(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_ACTOR", "Zoë (night shift)")
    (found,) = metadata(ledger.open_account("a", "Ana"))
    assert found["actor"] == "Zoë (night shift)"


@pytest.mark.parametrize("named", [None, ""])
def test_the_actor_is_else_the_user_of_the_operating_system(
    named: str | None, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    if named is not None:
        monkeypatch.setenv("LEDGER_ACTOR", named)
    (found,) = metadata(ledger.open_account("a", "Ana"))
    assert found["actor"] == pwd.getpwuid(os.getuid()).pw_name


def test_one_run_shares_a_correlation_id_and_another_run_has_its_own(
    books: Ledger, path: str
) -> None:
    books.open_account("a", "Ana")
    books.deposit("a", "1")
    with Ledger.open(path) as another:
        another.deposit("a", "1")
    first, second, third = [json.loads(event.metadata) for event in books.events()]
    assert first["correlation_id"] == second["correlation_id"] != third["correlation_id"]
    assert UUID(third["correlation_id"]).version == 4


def test_both_sides_of_a_transfer_share_their_metadata(ledger: Ledger) -> None:
    ledger.open_account("a", "Ana", initial_balance="1")
    ledger.open_account("b", "Bo")
    sent, received = metadata(ledger.transfer("a", "b", "1", idempotency_key="k"))
    assert sent == received
    assert sent["idempotency_key"] == "k"


def test_a_caller_can_name_the_correlation_and_the_cause(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_CORRELATION_ID", "order-17")
    monkeypatch.setenv("LEDGER_CAUSATION_ID", "message-4")
    (found,) = metadata(ledger.open_account("a", "Ana"))
    assert (found["correlation_id"], found["causation_id"]) == ("order-17", "message-4")


def test_what_is_not_given_is_not_written(ledger: Ledger) -> None:
    (found,) = metadata(ledger.open_account("a", "Ana"))
    assert set(found) == {"actor", "command", "correlation_id"}


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
            "description_sha256": sha256("☂".encode()).hexdigest(),
            "at": "2026-02-01T00:00:00.000000Z",
        },
    )


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("LEDGER_ACTOR", "the actor"),
        ("LEDGER_CORRELATION_ID", "the correlation id"),
        ("LEDGER_CAUSATION_ID", "the causation id"),
    ],
)
def test_what_is_not_unicode_in_the_environment_is_refused_by_name(
    name: str, field: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, os.fsdecode(b"\xff\xfe"))
    with pytest.raises(InvalidText, match=field) as refusal:
        ledger.open_account("a", "Ana")
    assert refusal.value.details["field"] == field
    assert ledger.head().position == 0


def test_the_context_can_be_given_by_the_program_itself(clock: Clock) -> None:
    store = MemoryStore(Identity("id", 0), clock)
    Projector(store).create()
    ledger = Ledger(store, clock=clock, context=Context("robot", "run-1", "order-2"))
    (found,) = metadata(ledger.open_account("a", "Ana"))
    assert found == {
        "actor": "robot",
        "command": "open",
        "correlation_id": "run-1",
        "causation_id": "order-2",
    }


def test_a_user_without_a_name_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nameless = max(entry.pw_uid for entry in pwd.getpwall()) + 1
    monkeypatch.setattr(os, "getuid", lambda: nameless)
    monkeypatch.delenv("USERNAME", raising=False)
    monkeypatch.setenv("USER", "ana")
    assert current_context().actor == "ana"
    monkeypatch.delenv("USER")
    assert current_context().actor == "unknown"


def test_the_context_is_read_before_anything_is_written(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_ACTOR", "x" * 10_001)
    with pytest.raises(LedgerError, match="the actor has 10001 characters"):
        ledger.batch([b'{"command": "open", "account": "a", "owner": "Ana"}'])
    assert ledger.account_ids() == []
