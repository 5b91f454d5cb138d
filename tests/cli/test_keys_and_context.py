"""What goes with a command: keys, expected versions, and who gives it in which context."""

from __future__ import annotations

import json
import os
import pwd
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Run


def last_event(run: Run) -> Any:
    return json.loads(run("events", "--json").out.splitlines()[-1])


# ── idempotency keys ────────────────────────────────────────────────────────────────────────────


def test_the_same_command_under_the_same_key_is_done_once(run: Run, small_books: Path) -> None:
    command = ("deposit", "acc-001", "50.00", "-m", "Paycheck", "--idempotency-key", "march")
    assert run(*command).out == "acc-001\t174.75\tUSD\t6\n"
    assert run(*command).out == "acc-001\t174.75\tUSD\t6\n"
    assert run("balance", "acc-001").out == "174.75\n"


def test_a_repeated_command_whose_entry_was_reversed_says_so(run: Run, small_books: Path) -> None:
    command = ("deposit", "acc-001", "50.00", "--idempotency-key", "march")
    run(*command)
    assert run(*command).err == ""
    run("undo", "--yes")
    again = run(*command)
    assert (again.status, again.out) == (0, "acc-001\t174.75\tUSD\t6\n")
    assert again.err == (
        "note: version 6 of acc-001, which it recorded, was reversed since by version 7, "
        "and counts no more\n"
    )


def test_equal_amounts_are_equal_however_they_are_written(run: Run, small_books: Path) -> None:
    command = ("deposit", "acc-001", "50.00", "--idempotency-key", "march", "--json")
    assert run(*command).json["replayed"] is False
    assert run(*[word.replace("50.00", "50") for word in command]).json["replayed"] is True


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("deposit", "acc-001", "51.00"), "amount"),
        (("deposit", "acc-002", "50.00"), "account"),
        (("withdraw", "acc-001", "50.00"), "command"),
        (("deposit", "acc-001", "50.00", "-m", "Paycheck"), "description"),
        (("deposit", "acc-001", "50.00", "--at", "2024-03-20"), "at"),
    ],
    ids=["amount", "account", "command", "description", "at"],
)
def test_another_command_under_the_same_key_is_refused_with_what_differs(
    run: Run, small_books: Path, change: tuple[str, ...], field: str
) -> None:
    key = ("--idempotency-key", "march", "--json")
    assert run("deposit", "acc-001", "50.00", *key).status == 0
    refused = run(*change, *key)
    assert (refused.status, refused.out) == (3, "")
    assert refused.error["code"] == "idempotency_key_reused"
    assert refused.error["details"]["fields"] == [field]
    assert field in refused.error["message"]


def test_a_refused_command_does_not_burn_its_key(run: Run, small_books: Path) -> None:
    command = ("withdraw", "acc-002", "25.00", "--idempotency-key", "rent", "--json")
    assert run(*command).error["code"] == "insufficient_funds"
    assert run("deposit", "acc-002", "5.00").status == 0
    assert run(*command).json["replayed"] is False
    assert run(*command).json["replayed"] is True


def test_a_person_sees_that_it_was_done_before(run: Run, small_books: Path) -> None:
    command = ("deposit", "acc-001", "1", "--idempotency-key", "k", "--format", "table")
    told = run(*command).out
    assert told == "deposited 1.00 USD: acc-001 now holds 125.75 USD\n"
    again = run(*command).out
    assert again == told[:-1] + " (done before under this key; nothing was written)\n"


def test_a_key_is_noted_with_its_event(run: Run, small_books: Path) -> None:
    assert run("deposit", "acc-001", "50", "--idempotency-key", "march").status == 0
    metadata = last_event(run)["metadata"]
    assert metadata["idempotency_key"] == "march"
    assert metadata["request"]["amount"] == "50"


# ── expected versions ───────────────────────────────────────────────────────────────────────────


def test_a_command_is_done_at_the_expected_version_alone(run: Run, small_books: Path) -> None:
    command = ("withdraw", "acc-001", "1.00", "--expected-version", "5", "--json")
    assert run(*command).json["version"] == 6
    refused = run(*command)
    assert (refused.status, refused.out) == (5, "")
    assert refused.error["code"] == "version_conflict"
    assert refused.error["details"]["actual_version"] == 6
    assert run("balance", "acc-001").out == "123.75\n"


def test_the_expected_version_of_a_transfer_is_the_senders(run: Run, small_books: Path) -> None:
    command = ("transfer", "acc-002", "acc-001", "1", "--json", "--expected-version")
    assert run(*command, "5").status == 5
    assert run(*command, "2").status == 0


def test_an_account_to_be_opened_is_at_version_0(run: Run, books: Path) -> None:
    command = ("open", "acc-001", "--owner", "Ana", "--expected-version")
    assert run(*command, "1").status == 5
    assert not books.exists()
    assert run(*command, "0").status == 0


def test_a_retry_under_a_key_may_be_behind_the_version_it_expects(
    run: Run, small_books: Path
) -> None:
    command = ("deposit", "acc-001", "1", "--expected-version", "5", "--idempotency-key", "k")
    first = run(*command, "--json")
    assert first.status == 0
    again = run(*command, "--json")
    assert again.json == {**first.json, "replayed": True}


# ── the context ─────────────────────────────────────────────────────────────────────────────────

CONTEXT = {
    "LEDGER_ACTOR": "Zoë (till 2)",
    "LEDGER_CORRELATION_ID": "evening-2026-03-31",
    "LEDGER_CAUSATION_ID": "order-4711",
}


@pytest.mark.parametrize(
    "command",
    [
        ("deposit", "acc-001", "1"),
        ("withdraw", "acc-001", "1"),
        ("transfer", "acc-001", "acc-002", "1"),
        ("open", "acc-003", "--owner", "Céline"),
        ("close", "acc-000"),
    ],
    ids=lambda command: command[0],
)
def test_the_context_of_a_command_is_noted_with_its_events(
    run: Run, small_books: Path, command: tuple[str, ...]
) -> None:
    if command[0] == "close":
        assert run("open", "acc-000", "--owner", "Nobody").status == 0
    written = len(run(*command, "--json", env=CONTEXT).json["events"])
    events = [json.loads(line) for line in run("events", "--json").out.splitlines()]
    runs = {event["metadata"].pop("run") for event in events[-written:]}
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in runs)
    assert len(runs) == 1
    for event in events[-written:]:
        assert event["metadata"] == {
            "actor": "Zoë (till 2)",
            "command": command[0],
            "correlation_id": "evening-2026-03-31",
            "causation_id": "order-4711",
        }


def test_without_a_context_the_actor_is_the_user_and_each_run_has_its_own_id(
    run: Run, small_books: Path
) -> None:
    found = []
    for _ in range(2):
        assert run("deposit", "acc-001", "1", env={"LEDGER_ACTOR": ""}).status == 0
        found.append(last_event(run)["metadata"])
    assert [metadata["actor"] for metadata in found] == [pwd.getpwuid(os.getuid()).pw_name] * 2
    ids = [metadata["correlation_id"] for metadata in found]
    assert ids == [metadata["run"] for metadata in found]
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in ids)
    assert ids[0] != ids[1]
    assert "causation_id" not in found[0]


def test_a_correlation_id_is_stored_only_where_somebody_gave_one(
    run: Run, small_books: Path
) -> None:
    assert run("deposit", "acc-001", "1").status == 0
    assert run("deposit", "acc-001", "1", env=CONTEXT).status == 0
    without, given = (
        json.loads(each) for each in run("events", "--raw", "--json").out.splitlines()[-2:]
    )
    assert set(without["metadata"]) == {"actor", "command", "run"}
    assert given["metadata"]["correlation_id"] == CONTEXT["LEDGER_CORRELATION_ID"]


def test_what_is_noted_of_a_keyed_command_has_nothing_of_its_text(
    run: Run, small_books: Path
) -> None:
    assert run("deposit", "acc-001", "50", "-m", "Payday", "--idempotency-key", "march").status == 0
    stored = json.loads(run("events", "--raw", "--json").out.splitlines()[-1])
    assert stored.pop("text") == "Payday"
    assert "Payday" not in json.dumps(stored)
    assert "description" not in stored["metadata"]["request"]


def test_the_lines_of_a_batch_belong_together(run: Run, small_books: Path) -> None:
    line = '{"command": "deposit", "account": "acc-001", "amount": "1"}\n'
    assert run("batch", "-", stdin=line * 2).status == 0
    events = [json.loads(each) for each in run("events", "--json").out.splitlines()[-2:]]
    first, second = (event["metadata"] for event in events)
    assert first == second
    assert (first["actor"], first["command"], first["via"]) == ("tester", "deposit", "batch")
