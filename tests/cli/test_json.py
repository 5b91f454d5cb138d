"""The JSON of every command: field names, their order and types, and what stands in them."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import SAMPLE_DATA, Run

# What differs from run to run is checked for its form alone, and named.
FORMS = (
    ("<event id>", r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ("<random id>", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    ("<hash>", r"[0-9a-f]{64}"),
    ("<head 12>", r"12:[0-9a-f]{16}"),
    ("<head 201>", r"201:[0-9a-f]{16}"),
    ("<now>", r"20(?:2[5-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
)


def written_out(document: Any) -> list[str]:
    """A document as lines in which order and type of everything show."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    for name, form in FORMS:
        text = re.sub(f'"{form}"', f'"{name}"', text)
    return text.splitlines()


def reference(event_type: str, version: int, position: int, at: str = "<now>") -> dict[str, Any]:
    return {
        "event_id": "<event id>",
        "event_type": event_type,
        "version": version,
        "position": position,
        "effective_at": at,
        "recorded_at": "<now>",
    }


def figures(account: str, balance: str, currency: str, version: int) -> dict[str, Any]:
    return {"account_id": account, "balance": balance, "currency": currency, "version": version}


NO_OVERDRAFT = {"USD": "0.00", "JPY": "0", "KWD": "0.000"}


def state(
    owner: str, balance: str, currency: str, status: str, version: int, entries: int
) -> dict[str, Any]:
    return {
        "owner": owner,
        "balance": balance,
        "currency": currency,
        "status": status,
        "version": version,
        "transaction_count": entries,
        "overdraft_limit": NO_OVERDRAFT[currency],
    }


# ── commands ────────────────────────────────────────────────────────────────────────────────────

WRITES: list[tuple[str, list[str], dict[str, Any]]] = [
    (
        "open",
        ["acc-003", "--owner", "Céline Dupré", "--currency", "EUR", "--initial-balance", "3.5"],
        {
            **figures("acc-003", "3.50", "EUR", 1),
            "events": [reference("AccountOpened", 1, 13)],
        },
    ),
    (
        "deposit",
        ["acc-001", "50", "-m", "Paycheck"],
        {
            **figures("acc-001", "174.75", "USD", 6),
            "events": [reference("MoneyDeposited", 6, 13)],
        },
    ),
    (
        "withdraw",
        ["acc-001", "0.05", "--at", "2024-03-20T12:00:00+02:00"],
        {
            **figures("acc-001", "124.70", "USD", 6),
            "events": [reference("MoneyWithdrawn", 6, 13, "2024-03-20T10:00:00.000000Z")],
        },
    ),
    (
        "deposit",
        ["jp-camp", "5"],
        {**figures("jp-camp", "20005", "JPY", 2), "events": [reference("MoneyDeposited", 2, 13)]},
    ),
    (
        "withdraw",
        ["kw-fund", "0.001"],
        {**figures("kw-fund", "1.249", "KWD", 2), "events": [reference("MoneyWithdrawn", 2, 13)]},
    ),
    (
        "close",
        ["acc-003", "--reason", "moved"],
        {**figures("acc-003", "0.00", "USD", 2), "events": [reference("AccountClosed", 2, 14)]},
    ),
]


@pytest.mark.parametrize(("command", "arguments", "answer"), WRITES)
def test_a_write_answers_with_the_account_and_its_event(
    run: Run, small_books: Path, command: str, arguments: list[str], answer: dict[str, Any]
) -> None:
    if command == "close":
        assert run("open", "acc-003", "--owner", "Céline").status == 0
    done = run(command, *arguments, "--json")
    assert (done.status, done.err) == (0, "")
    expected = {"command": command, **answer, "replayed": False}
    assert written_out(done.json) == written_out(expected)


def test_a_transfer_answers_with_both_sides(run: Run, small_books: Path) -> None:
    done = run("transfer", "acc-001", "acc-002", "4.75", "-m", "Rest", "--json")
    assert (done.status, done.err) == (0, "")
    expected = {
        "command": "transfer",
        "transfer_id": "<random id>",
        "from": figures("acc-001", "120.00", "USD", 6),
        "to": figures("acc-002", "24.75", "USD", 3),
        "events": [reference("TransferSent", 6, 13), reference("TransferReceived", 3, 14)],
        "replayed": False,
    }
    assert written_out(done.json) == written_out(expected)


@pytest.mark.parametrize(
    "command",
    [
        ("deposit", "acc-001", "1.00"),
        ("transfer", "acc-001", "acc-002", "1.00"),
        ("open", "acc-003", "--owner", "Céline"),
    ],
    ids=lambda command: command[0],
)
def test_a_repeated_key_answers_with_the_same_and_replayed(
    run: Run, small_books: Path, command: tuple[str, ...]
) -> None:
    first = run(*command, "--idempotency-key", "k-1", "--json")
    # What happens in between is no part of the first answer.
    assert run("deposit", "acc-001", "1000").status == 0
    again = run(*command, "--idempotency-key", "k-1", "--json")
    assert (again.status, again.err) == (0, "")
    assert written_out(again.json) == written_out({**first.json, "replayed": True})
    assert again.json["events"] == first.json["events"]


def test_a_batch_answers_with_one_object_a_line(run: Run, small_books: Path) -> None:
    lines = [
        '{"command": "deposit", "account": "kw-fund", "amount": "0.250"}',
        "",
        '{"command": "transfer", "from": "acc-001", "to": "acc-002", "amount": "1"}',
    ]
    done = run("batch", "-", "--json", stdin="\n".join(lines))
    assert done.status == 0
    assert done.err == "2 commands carried out: 3 changes recorded\n"
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert written_out(first) == written_out(
        {
            "command": "deposit",
            **figures("kw-fund", "1.500", "KWD", 2),
            "events": [reference("MoneyDeposited", 2, 13)],
            "replayed": False,
            "line": 1,
        }
    )
    assert list(second) == ["command", "transfer_id", "from", "to", "events", "replayed", "line"]
    assert second["line"] == 3


# ── questions ───────────────────────────────────────────────────────────────────────────────────


HEAD = {"head": "<head 12>"}


def point(known_position: int | None = None, **points: str) -> dict[str, Any]:
    known = {"known_position": known_position}
    return {"as_of": None, "known_at": None, **points, **HEAD, **known}


def entry(
    version: int,
    event_type: str,
    amount: str,
    balance: str,
    description: str,
    times: tuple[str, str],
    counterparty: str | None = None,
) -> dict[str, Any]:
    return {
        "version": version,
        "event_type": event_type,
        "amount": amount,
        "balance": balance,
        "description": description,
        "effective_at": times[0],
        "recorded_at": times[1],
        "counterparty": counterparty,
        "tags": {},
        "receipts": [],
        "actor": "clerk",
        "reverses": None,
        "reversed_by": None,
        "amends": None,
        "amended_by": [],
        "corrects": None,
        "corrected_by": None,
        "withdraws": None,
        "withdrawn_by": None,
        "confirmed": None,
        "corrects_elsewhere": None,
        "corrected_elsewhere": None,
        "owner": None,
        "overdraft_limit": None,
        "opened_at": None,
        "initial_balance": None,
        "currency": None,
    }


def day(number: int) -> tuple[str, str]:
    return (f"2024-03-{number:02}T09:00:00.000000Z",) * 2


FOUND_LATER = ("2024-03-02T12:00:00.000000Z", "2024-03-10T09:00:00.000000Z")


CLOSED = {
    "account_id": "old-box",
    "owner": "Nobody in particular",
    "currency": "USD",
    "balance": "0.00",
    "transaction_count": 0,
    "status": "closed",
    "opened_at": "2024-03-11T09:00:00.000000Z",
    "last_activity": "2024-03-12T09:00:00.000000Z",
    "closed_at": "2024-03-12T09:00:00.000000Z",
    **HEAD,
    "overdraft_limit": "0.00",
}
ANA = "Ana Souza", "124.75", "USD", "active", 5, 4

ANSWERS: list[tuple[str, Any]] = [
    ("balance acc-001", {**figures("acc-001", "124.75", "USD", 5), **point()}),
    ("balance jp-camp", {**figures("jp-camp", "20000", "JPY", 1), **point()}),
    (
        "balance acc-001 --as-of 2024-03-06 --known-at 2024-03-09T12:00:00Z",
        {
            **figures("acc-001", "137.50", "USD", 3),
            **point(9, as_of="2024-03-06T23:59:59.999999Z", known_at="2024-03-09T12:00:00.000000Z"),
        },
    ),
    (
        "balance",
        [
            {**figures("acc-001", "124.75", "USD", 5), **point()},
            {**figures("acc-002", "20.00", "USD", 2), **point()},
            {**figures("jp-camp", "20000", "JPY", 1), **point()},
            {**figures("kw-fund", "1.250", "KWD", 1), **point()},
        ],
    ),
    (
        "accounts",
        [
            {
                "account_id": "acc-001",
                "owner": "Ana Souza",
                "currency": "USD",
                "balance": "124.75",
                "transaction_count": 4,
                "status": "active",
                "opened_at": "2024-03-01T09:00:00.000000Z",
                "last_activity": "2024-03-07T09:00:00.000000Z",
                "closed_at": None,
                **HEAD,
                "overdraft_limit": "0.00",
            },
            {
                "account_id": "acc-002",
                "owner": "Ben Okafor",
                "currency": "USD",
                "balance": "20.00",
                "transaction_count": 1,
                "status": "active",
                "opened_at": "2024-03-02T09:00:00.000000Z",
                "last_activity": "2024-03-07T09:00:00.000000Z",
                "closed_at": None,
                **HEAD,
                "overdraft_limit": "0.00",
            },
            {
                "account_id": "jp-camp",
                "owner": "Camp fund",
                "currency": "JPY",
                "balance": "20000",
                "transaction_count": 0,
                "status": "active",
                "opened_at": "2024-03-03T09:00:00.000000Z",
                "last_activity": "2024-03-03T09:00:00.000000Z",
                "closed_at": None,
                **HEAD,
                "overdraft_limit": "0",
            },
            {
                "account_id": "kw-fund",
                "owner": "Travel fund",
                "currency": "KWD",
                "balance": "1.250",
                "transaction_count": 0,
                "status": "active",
                "opened_at": "2024-03-04T09:00:00.000000Z",
                "last_activity": "2024-03-04T09:00:00.000000Z",
                "closed_at": None,
                **HEAD,
                "overdraft_limit": "0.000",
            },
            CLOSED,
        ],
    ),
    ("accounts --status closed", [CLOSED]),
    (
        "history acc-001 --limit 2",
        {
            "account_id": "acc-001",
            "as_of": None,
            "known_at": None,
            "state": state(*ANA),
            "entries": [
                entry(4, "TransferSent", "-20.00", "117.50", "Half the rent", day(7), "acc-002"),
                entry(5, "MoneyDeposited", "7.25", "124.75", "Receipt found", FOUND_LATER),
            ],
            **HEAD,
            "known_position": None,
        },
    ),
    (
        "history old-box --known-at 2024-03-12T09:00:00Z",
        {
            "account_id": "old-box",
            "as_of": None,
            "known_at": "2024-03-12T09:00:00.000000Z",
            "state": state("Nobody in particular", "0.00", "USD", "closed", 2, 0),
            "entries": [
                entry(1, "AccountOpened", "0.00", "0.00", "", day(11)),
                entry(2, "AccountClosed", "0.00", "0.00", "moved", day(12)),
            ],
            **HEAD,
            "known_position": 12,
        },
    ),
    (
        "replay acc-001",
        {
            "account_id": "acc-001",
            "version": 5,
            "state": state(*ANA),
            "snapshot": None,
            "snapshot_version": None,
            "projection": state(*ANA),
            "projection_balance": "124.75",
            "projection_lag": 0,
            "agrees": True,
        },
    ),
    (
        "replay acc-001 --to-version 2",
        {
            "account_id": "acc-001",
            "version": 2,
            "state": state("Ana Souza", "150.00", "USD", "active", 2, 1),
            "snapshot": None,
            "snapshot_version": None,
            "projection": None,
            "projection_balance": None,
            "projection_lag": 0,
            "agrees": True,
        },
    ),
    ("snapshots", []),
    (
        "snapshot acc-001",
        [
            {
                "account_id": "acc-001",
                "version": 5,
                "highest_effective_at": "2024-03-07T09:00:00.000000Z",
                "last_recorded_at": "2024-03-10T09:00:00.000000Z",
                "usable": True,
            }
        ],
    ),
    (
        "projections",
        [
            {
                "name": name,
                "version": version,
                "checkpoint": 12,
                "lag": 0,
                "outdated": False,
                "known": True,
            }
            for name, version in (("account_balances", 2), ("account_summaries", 3))
        ],
    ),
    (
        "rebuild-projections account_balances",
        [
            {
                "name": "account_balances",
                "version": 2,
                "checkpoint": 12,
                "lag": 0,
                "outdated": False,
                "known": True,
            }
        ],
    ),
]


@pytest.mark.parametrize(("command", "answer"), ANSWERS, ids=lambda value: str(value)[:60])
def test_an_answer_is_one_object_or_one_array(
    run: Run, small_books: Path, command: str, answer: Any
) -> None:
    done = run(*command.split(), "--json")
    assert done.status == 0
    assert done.out.count("\n") == 1
    assert written_out(done.json) == written_out(answer)


def test_json_is_the_same_as_format_json(run: Run, small_books: Path) -> None:
    assert run("accounts", "--json").out == run("accounts", "--format", "json").out


def test_a_replay_agrees_with_its_snapshot(run: Run, small_books: Path) -> None:
    assert run("snapshot", "acc-001").status == 0
    assert run("snapshots", "acc-001", "--json").json[0]["version"] == 5
    found = run("replay", "acc-001", "--json").json
    assert written_out(found["snapshot"]) == written_out(state(*ANA))
    assert found["snapshot_version"] == 5
    assert found["agrees"] is True


def tampered(books: Path, statement: str) -> None:
    connection = sqlite3.connect(books)
    with connection:
        assert connection.execute(statement).rowcount == 1
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE account_balances SET balance = 1 WHERE account_id = 'acc-001'",
        "UPDATE account_balances SET version = 4 WHERE account_id = 'acc-001'",
        "UPDATE account_summaries SET owner = 'Mallory' WHERE account_id = 'acc-001'",
        "DELETE FROM account_summaries WHERE account_id = 'acc-001'",
    ],
)
def test_a_replay_says_where_a_projection_is_wrong_and_fails(
    run: Run, small_books: Path, statement: str
) -> None:
    tampered(small_books, statement)
    done = run("replay", "acc-001", "--json")
    assert (done.status, done.json["agrees"]) == (6, False)
    assert written_out(done.json["state"]) == written_out(state(*ANA))
    assert done.error["code"] == "damaged_ledger"
    assert "ledger doctor --repair" in done.error["hint"]
    told = run("replay", "acc-001", "--format", "table")
    assert told.status == 6
    assert told.out.count("DIFFERS") == 1
    assert ("missing" in told.out) is ("DELETE" in statement)
    assert run("rebuild-projections").status == 0
    assert run("replay", "acc-001").status == 0


def test_a_snapshot_of_another_fold_is_listed_as_not_usable(run: Run, small_books: Path) -> None:
    assert run("snapshot", "acc-001", "acc-002").status == 0
    tampered(small_books, "UPDATE snapshots SET fingerprint = 'older' WHERE version = 2")
    done = run("snapshots", "--json")
    assert [info["usable"] for info in done.json] == [True, False]
    assert done.err.startswith("note: 1 of 2 snapshots were made by another version of ledger")
    found = run("replay", "acc-002", "--json").json
    assert (found["snapshot_version"], found["agrees"]) == (None, True)


def test_a_replay_in_steps_has_a_line_for_each_event_and_then_the_result(
    run: Run, small_books: Path
) -> None:
    done = run("replay", "acc-001", "--to-version", "2", "--step", "--json")
    assert (done.status, done.err) == (0, "")
    first, second, result = (json.loads(line) for line in done.out.splitlines())
    opened = state("Ana Souza", "100.00", "USD", "active", 1, 0)
    paid = state("Ana Souza", "150.00", "USD", "active", 2, 1)
    assert written_out(first) == written_out(
        {
            "version": 1,
            "event_type": "AccountOpened",
            "effective_at": "2024-03-01T09:00:00.000000Z",
            "before": None,
            "after": opened,
        }
    )
    assert written_out(second) == written_out(
        {
            "version": 2,
            "event_type": "MoneyDeposited",
            "effective_at": "2024-03-05T09:00:00.000000Z",
            "before": opened,
            "after": paid,
        }
    )
    assert written_out(result["state"]) == written_out(paid)
    assert result["agrees"] is True


# ── the log ─────────────────────────────────────────────────────────────────────────────────────


def logged(
    position: int,
    account: str,
    event_type: str,
    version: int,
    data: dict[str, Any],
    command: str,
    times: tuple[str, str],
    schema_version: int,
) -> dict[str, Any]:
    return {
        "position": position,
        "event_id": "<event id>",
        "aggregate_id": account,
        "aggregate_type": "BankAccount",
        "event_type": event_type,
        "schema_version": schema_version,
        "version": version,
        "data": data,
        "metadata": {
            "actor": "clerk",
            "command": command,
            "run": "run-1",
            "correlation_id": "run-1",
        },
        "effective_at": times[0],
        "recorded_at": times[1],
        "hash": "<hash>",
    }


def opened(account: str, owner: str, currency: str, decimals: int, amount: str) -> dict[str, Any]:
    return {
        "account_id": account,
        "currency": currency,
        "decimals": decimals,
        "initial_balance": amount,
        "overdraft_limit": "0",
        "owner": owner,
    }


def moved(amount: str, text: str) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD", "description": text, "tags": {}, "receipts": []}


def sent(other: str, account: str) -> dict[str, Any]:
    return {"transfer_id": "<random id>", other: account, **moved("20.00", "Half the rent")}


LOG = [
    logged(
        4,
        "jp-camp",
        "AccountOpened",
        1,
        opened("jp-camp", "Camp fund", "JPY", 0, "20000"),
        "open",
        day(3),
        5,
    ),
    logged(
        5,
        "kw-fund",
        "AccountOpened",
        1,
        opened("kw-fund", "Travel fund", "KWD", 3, "1.250") | {"overdraft_limit": "0.000"},
        "open",
        day(4),
        5,
    ),
    logged(6, "acc-001", "MoneyDeposited", 2, moved("50.00", "Paycheck"), "deposit", day(5), 3),
    logged(7, "acc-001", "MoneyWithdrawn", 3, moved("12.50", "Stamps"), "withdraw", day(6), 3),
    logged(8, "acc-001", "TransferSent", 4, sent("to_account", "acc-002"), "transfer", day(7), 2),
    logged(
        9, "acc-002", "TransferReceived", 2, sent("from_account", "acc-001"), "transfer", day(7), 2
    ),
    logged(
        10,
        "acc-001",
        "MoneyDeposited",
        5,
        moved("7.25", "Receipt found"),
        "deposit",
        FOUND_LATER,
        3,
    ),
]


def test_the_log_has_one_object_a_line_lifted_and_with_decimal_amounts(
    run: Run, small_books: Path
) -> None:
    done = run("events", "--from-position", "4", "--limit", "7", "--json")
    assert (done.status, done.err) == (0, "")
    found = [json.loads(line) for line in done.out.splitlines()]
    assert written_out(found) == written_out(LOG)
    one, other = found[4], found[5]
    assert one["data"]["transfer_id"] == other["data"]["transfer_id"]


def test_the_log_begins_with_the_book(run: Run, small_books: Path) -> None:
    first = json.loads(run("events", "--limit", "1", "--json").out)
    assert written_out(first) == written_out(
        {
            **logged(
                1,
                "$book",
                "BookCreated",
                1,
                {"ledger_id": "<random id>", "time_zone": "UTC", "test": None, "name": ""},
                "book create",
                day(1),
                1,
            ),
            "aggregate_type": "Book",
            "metadata": first["metadata"],
        }
    )
    assert first["metadata"]["command"] == "book create"


def test_raw_events_are_as_they_are_stored(run: Run, small_books: Path) -> None:
    done = run("events", "--raw", "--from-position", "6", "--limit", "1", "--json")
    found = json.loads(done.out)
    assert re.fullmatch("[0-9a-f]{32}", found["salt"])
    assert written_out(found) == written_out(
        {
            **logged(
                6,
                "acc-001",
                "MoneyDeposited",
                2,
                {"amount": 5000, "currency": "USD"},
                "deposit",
                day(5),
                3,
            ),
            "metadata": {"actor": "clerk", "command": "deposit", "run": "run-1"},
            "text": "Paycheck",
            "salt": found["salt"],
            "text_sha256": None,
        }
    )


def test_an_event_id_is_made_from_the_hash(run: Run, small_books: Path) -> None:
    event = json.loads(run("events", "--limit", "1", "--json").out)
    digits = event["event_id"].replace("-", "")
    free = [place for place in range(32) if place not in (12, 16)]  # version and variant
    assert [digits[place] for place in free] == [event["hash"][place] for place in free]


def test_the_closing_event_holds_its_reason(run: Run, small_books: Path) -> None:
    done = run("events", "--account", "old-box", "--json")
    closed = json.loads(done.out.splitlines()[-1])
    assert (closed["event_type"], closed["data"]) == ("AccountClosed", {"reason": "moved"})


def test_an_import_answers_with_a_report(run: Run, books: Path) -> None:
    done = run("import-events", str(SAMPLE_DATA / "older_world.jsonl"), "--json")
    assert done.status == 0
    expected = {
        "source": "older-world",
        "events": 200,
        "accounts": 8,
        "rounded": 13,
        "head": "<head 201>",
        "rounded_to_nothing": 0,
        "carried_over": 0,
        "renamed": [],
    }
    assert written_out(done.json) == written_out(expected)


def test_an_export_is_a_header_and_the_lines_of_the_log(run: Run, small_books: Path) -> None:
    header, _, lines = run("export-events").out.partition("\n")
    expected = {
        "format": "ledger-events",
        "format_version": 2,
        "ledger_id": "<random id>",
        "events": 12,
        "head": "<hash>",
    }
    assert written_out(json.loads(header)) == written_out(expected)
    raw = run("events", "--raw", "--json").out
    assert [json.loads(line) for line in lines.splitlines()] == [
        {name: value for name, value in json.loads(line).items() if value is not None}
        for line in raw.splitlines()
    ]
