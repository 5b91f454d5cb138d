"""The script that made the golden files of format 1, once, with version 0.1; not to be run again.

What a later version answers must be held against what 0.1 answered, so these files stay as they
are. The script is kept to show how they came to be. It was run as::

    PYTHONHASHSEED=0 python -m tests.golden.format1.make

Clock, random bytes, actor and time zone are all given, so that another run of 0.1 makes the same;
the hash seed decides in which order an import takes its snapshots, and so where they lie.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

from tests.golden.format1.asking import Question, ask, run, surroundings

HERE = Path(__file__).parent
OLDER_WORLD = HERE.parents[2] / "sample_data" / "older_world.jsonl"

Command = dict[str, Any]

MAIN = "Assets:Bank:Checking"
LOOSE = "Größe 7, 'lose' \\ ende"
"""The older world took any text for an account id."""


# ── what was done ───────────────────────────────────────────────────────────────────────────────

EARLY: list[tuple[str, Command]] = [
    (
        "2024-01-10T09:00:00.000000Z",
        {
            "command": "open",
            "account": MAIN,
            "owner": 'Ana "Nana" Souza',
            "initial_balance": "1000",
            "at": "2024-01-01T00:00:00Z",
            "idempotency_key": "open-main",
        },
    ),
    (
        "2024-01-10T09:00:00.000001Z",
        {"command": "open", "account": "acc-002", "owner": "Zoë O’Brien\t(joint)\n2nd line"},
    ),
    (
        "2024-01-11T10:30:00.123456Z",
        {
            "command": "open",
            "account": "jp-camp",
            "owner": "合宿基金",
            "currency": "JPY",
            "initial_balance": "20000",
        },
    ),
    (
        "2024-01-11T10:30:00.123456Z",
        {
            "command": "open",
            "account": "jp_pair.2",
            "owner": "山田 太郎\u202e",
            "currency": "JPY",
        },
    ),
    (
        "2024-01-12T08:00:00.5Z",
        {
            "command": "open",
            "account": "kw-fund",
            "owner": "صندوق السفر",
            "currency": "KWD",
            "initial_balance": "1.250",
            "at": "2023-12-31T23:59:59.999999Z",
            "idempotency_key": "ключ № 1",
        },
    ),
    (
        "2024-01-12T08:00:01Z",
        {"command": "open", "account": "kw-pair", "owner": "नमस्ते दुनिया", "currency": "KWD"},
    ),
    (
        "2024-01-13T12:00:00Z",
        {
            "command": "open",
            "account": "cl_uf",
            "owner": "Ñuñoa; 'DROP TABLE events' -- \\ \"\"",
            "currency": "CLF",
            "initial_balance": "12.3456",
        },
    ),
    (
        "2024-01-13T12:00:01Z",
        {
            "command": "open",
            "account": "cl-pair",
            "owner": "Two",
            "currency": "CLF",
            "initial_balance": "0.0001",
        },
    ),
    (
        "2024-01-14T00:00:00Z",
        {"command": "open", "account": "0-empty", "owner": "Nobody \U0001f9fe"},
    ),
    (
        "2024-01-14T00:00:00Z",
        {
            "command": "open",
            "account": "brim",
            "owner": "Full",
            "currency": "JPY",
            "initial_balance": "9223372036854775800",
        },
    ),
    (
        "2024-01-15T00:00:00Z",
        {
            "command": "open",
            "account": "shut",
            "owner": "Closed Ltd",
            "initial_balance": "75.25",
            "at": "2024-01-02T03:04:05.000006Z",
        },
    ),
    (
        "2024-01-15T09:00:00Z",
        {
            "command": "deposit",
            "account": MAIN,
            "amount": "50",
            "description": "Pay “packet”\r\n\tline 2 \x01\x1b[31m\x7f",
            "idempotency_key": "k-50",
        },
    ),
    (
        "2024-01-15T09:00:00.000001Z",
        {
            "command": "deposit",
            "account": MAIN,
            "amount": "50.00",
            "description": "",
            "idempotency_key": "k-50.00",
        },
    ),
    (
        "2024-01-16T09:00:00Z",
        {
            "command": "withdraw",
            "account": MAIN,
            "amount": "000.50",
            "description": "Кофе ☕ e\u0301 é",
            "idempotency_key": "w \"quoted\" 'key'",
        },
    ),
    (
        "2024-01-20T17:00:00Z",
        {
            "command": "transfer",
            "from": MAIN,
            "to": "acc-002",
            "amount": "20.0",
            "description": "Half the rent\nsecond half later",
            "idempotency_key": "t-1",
        },
    ),
    (
        "2024-01-21T17:00:00Z",
        {
            "command": "transfer",
            "from": "acc-002",
            "to": MAIN,
            "amount": "0.01",
            "at": "2024-01-20T17:00:00.000001Z",
        },
    ),
    (
        "2024-02-01T00:00:00Z",
        {
            "command": "deposit",
            "account": MAIN,
            "amount": "12.5",
            "description": "Receipt found later",
            "at": "2024-01-03T12:00:00+02:00",
            "idempotency_key": "k-at",
        },
    ),
    (
        "2024-02-02T00:00:00Z",
        {
            "command": "withdraw",
            "account": MAIN,
            "amount": "300.10",
            "description": "Forgotten bill",
            "at": "2024-01-15T09:00:00.000001Z",
        },
    ),
    (
        "2024-02-02T00:00:00Z",
        {
            "command": "transfer",
            "from": "jp-camp",
            "to": "jp_pair.2",
            "amount": "1500",
            "description": "食費",
            "at": "2024-01-12T00:00:00Z",
            "idempotency_key": "t-jp",
        },
    ),
    (
        "2024-02-03T00:00:00Z",
        {
            "command": "transfer",
            "from": "kw-fund",
            "to": "kw-pair",
            "amount": "0.125",
            "description": "نصف",
        },
    ),
    (
        "2024-02-03T00:00:00.1Z",
        {"command": "deposit", "account": "kw-fund", "amount": "0.001", "description": "فلس"},
    ),
    (
        "2024-02-04T00:00:00Z",
        {
            "command": "withdraw",
            "account": "cl_uf",
            "amount": "2.3456",
            "idempotency_key": "cl",
            "description": '{"json": ["\\u0000", null]}',
        },
    ),
    (
        "2024-02-04T00:00:00Z",
        {"command": "transfer", "from": "cl_uf", "to": "cl-pair", "amount": "9.9999"},
    ),
    (
        "2024-02-05T00:00:00Z",
        {
            "command": "deposit",
            "account": "cl_uf",
            "amount": "0.0001",
            "at": "2024-01-14T00:00:00Z",
        },
    ),
    (
        "2024-02-10T00:00:00Z",
        {
            "command": "transfer",
            "from": "shut",
            "to": "acc-002",
            "amount": "75.25",
            "description": "Emptied",
            "at": "2024-02-08T00:00:00Z",
        },
    ),
    (
        "2024-02-11T00:00:00Z",
        {
            "command": "close",
            "account": "shut",
            "reason": "moved “elsewhere”\n— für immer",
            "at": "2024-02-09T00:00:00Z",
            "idempotency_key": "close-shut",
        },
    ),
    ("2024-02-11T00:00:00Z", {"command": "deposit", "account": "brim", "amount": "7"}),
]

LATE: list[tuple[str, Command]] = [
    # The clock goes back here, and the recorded time must not.
    (
        "2024-09-01T00:00:00Z",
        {"command": "deposit", "account": "acc-002", "amount": "1", "description": "clock back"},
    ),
    # Several of one instant, on both clocks; one of them taken in with the accounts' first day.
    *(
        (
            "2024-11-05T06:07:08.000009Z",
            {
                "command": command,
                "account": MAIN,
                "amount": amount,
                "description": f"same instant {amount}",
                "at": "2024-05-05T05:05:05.050505Z",
            },
        )
        for command, amount in (
            ("deposit", "3.33"),
            ("withdraw", "2.22"),
            ("deposit", "1.11"),
            ("withdraw", "1.11"),
        )
    ),
    (
        "2024-11-06T00:00:00Z",
        {
            "command": "withdraw",
            "account": MAIN,
            "amount": "1",
            "description": "at the opening's instant",
            "at": "2024-01-01T00:00:00Z",
        },
    ),
    (
        "2024-11-07T00:00:00Z",
        {
            "command": "transfer",
            "from": MAIN,
            "to": "acc-002",
            "amount": "100.99",
            "description": "Weihnachtsgeld – verspätet",
            "at": "2024-06-30T21:59:59.999999Z",
            "idempotency_key": "t-späť",
        },
    ),
    (
        "2024-11-08T00:00:00Z",
        {
            "command": "deposit",
            "account": "jp-camp",
            "amount": "8000",
            "description": "会費",
            "at": "2024-01-11T10:30:00.123456Z",
        },
    ),
    (
        "2024-11-09T00:00:00Z",
        {
            "command": "withdraw",
            "account": "jp_pair.2",
            "amount": "1500",
            "description": "",
            "at": "2024-10-01T00:00:00Z",
        },
    ),
    (
        "2024-11-10T00:00:00Z",
        {
            "command": "close",
            "account": "jp_pair.2",
            "reason": "",
            "idempotency_key": "close-jp",
        },
    ),
    (
        "2024-12-01T00:00:00Z",
        {"command": "withdraw", "account": "kw-pair", "amount": "0.025", "description": "चाय"},
    ),
    (
        "2024-12-02T00:00:00Z",
        {
            "command": "transfer",
            "from": "kw-pair",
            "to": "kw-fund",
            "amount": "0.05",
            "description": "back",
            "at": "2024-12-01T12:00:00Z",
            "idempotency_key": "t-kw",
        },
    ),
    (
        "2024-12-24T00:00:00Z",
        {
            "command": "deposit",
            "account": MAIN,
            "amount": "24.12",
            "description": "Summer midnight in Berlin",
            "at": "2024-07-14T22:00:00Z",
            "idempotency_key": "berlin",
        },
    ),
]

LAST: list[tuple[str, Command]] = [
    (
        "2025-02-01T00:00:00Z",
        {"command": "withdraw", "account": MAIN, "amount": "5", "description": "after the batch"},
    ),
    (
        "2025-02-02T00:00:00Z",
        {
            "command": "withdraw",
            "account": "acc-002",
            "amount": "10",
            "description": "backdated past the batch",
            "at": "2025-01-15T00:00:00Z",
        },
    ),
    (
        "2025-02-03T10:20:30.405060Z",
        {
            "command": "deposit",
            "account": "cl-pair",
            "amount": "1",
            "description": "the end",
            "idempotency_key": "last " + "x" * 250,
        },
    ),
]

BANK_STATEMENT = """\
Date,Description,Amount
2024-12-01,"COFFEE, THE BEAN",-4.25
2024-12-01,"COFFEE, THE BEAN",-4.25
2024-12-02,GEHALT MÜLLER & SÖHNE,"1,412.80"
2024-12-27,Stromabschlag,-61.00
"""

BATCH: list[Command] = [
    {
        "command": "open",
        "account": "batch-1",
        "owner": "Batch Æ",
        "initial_balance": "10.00",
        "at": "2025-01-20T00:00:00Z",
        "idempotency_key": "b-1",
    },
    {
        "command": "deposit",
        "account": "batch-1",
        "amount": "0.10",
        "description": "b",
        "at": "2025-01-20T00:00:00Z",
        "idempotency_key": "b-2",
    },
    {
        "command": "transfer",
        "from": "batch-1",
        "to": "acc-002",
        "amount": "10.1",
        "at": "2025-01-20T00:00:00Z",
        "idempotency_key": "b-3",
    },
    {
        "command": "close",
        "account": "batch-1",
        "reason": "done",
        "at": "2025-01-20T00:00:00Z",
        "idempotency_key": "b-4",
    },
]


def regular() -> Iterator[tuple[str, Command]]:
    """Months of small entries of the main account, every fourth of them backdated by some days."""
    start = datetime(2024, 3, 1, 7, 0, 0, 250_000, tzinfo=UTC)
    words = ("Bäckerei", "Аптека", "書店", "كتاب", "Market \\ & Co.", "", "a\tb", "“…”")
    for number in range(24):
        recorded = start + timedelta(days=7 * number, seconds=number)
        command: Command = {
            "command": "deposit" if number % 3 == 0 else "withdraw",
            "account": MAIN,
            "amount": f"{number + 1}.{number * 7 % 100:02}",
            "description": words[number % len(words)],
        }
        if number % 4 == 3:
            command["at"] = iso(recorded - timedelta(days=10 + number, microseconds=number))
        if number % 5 == 0:
            command["idempotency_key"] = f"regular-{number}"
        yield iso(recorded), command


def older_lines() -> list[bytes]:
    """Some months of two accounts of the sample data, and lines of each schema version."""
    kept = [
        line
        for line in OLDER_WORLD.read_bytes().splitlines()
        if (event := json.loads(line))["aggregate_id"] in ("acc-004", "acc-005")
        and event["timestamp"] < "2024-10"
    ]
    # Written by hand, so that numbers and spaces stay as an older program wrote them.
    made = []
    for number, (account, kind, schema_version, version, data, timestamp) in enumerate(
        (
            (
                "old-2",
                "AccountOpened",
                2,
                1,
                '{"account_id": "old-2", "owner": "Две \\u0430 \\"z\\"", "initial_balance": 2.675}',
                "2024-03-03T03:03:03.3",
            ),
            (
                "old-3",
                "AccountOpened",
                3,
                1,
                '{"account_id":"old-3","owner":"Three","currency":"USD","initial_balance":1e2}',
                "2024-03-03T03:03:04",
            ),
            (
                LOOSE,
                "AccountOpened",
                1,
                1,
                json.dumps({"account_id": LOOSE, "name": "Lose Blätter", "initial_balance": 0.125}),
                "2024-03-04T00:00:00",
            ),
            (
                "old-2",
                "MoneyDeposited",
                1,
                2,
                '{ "amount": 0.30000000000000004 , "description": "naïve\\ttab" }',
                "2024-04-01T00:00:00.000001",
            ),
            (
                "old-2",
                "MoneyWithdrawn",
                2,
                3,
                '{"amount": 68, "currency": "USD", "description": "two"}',
                "2024-04-02T00:00:00",
            ),
            (
                "old-3",
                "MoneyWithdrawn",
                1,
                2,
                '{"amount": 0.015, "description": "half even, up"}',
                "2024-04-03T00:00:00",
            ),
            (
                "old-3",
                "MoneyWithdrawn",
                1,
                3,
                '{"amount": 12.345, "description": "half even, down"}',
                "2024-03-20T00:00:00",
            ),
            (
                LOOSE,
                "MoneyDeposited",
                1,
                2,
                '{"amount": 7.995, "description": ""}',
                "2024-04-04T00:00:00",
            ),
            (
                "old-3",
                "MoneyWithdrawn",
                1,
                4,
                '{"amount": 87.64, "description": "all"}',
                "2024-05-03T00:00:00",
            ),
            ("old-3", "AccountClosed", 1, 5, '{"reason": ""}', "2024-05-04T00:00:00"),
        )
    ):
        event = {
            "event_id": f"00000000-0000-4000-8000-{number:012}",
            "aggregate_id": account,
            "aggregate_type": "BankAccount",
            "event_type": kind,
            "data": "DATA",
            "metadata": {"user": "старый", "ip": None},
            "version": version,
            "timestamp": timestamp,
        }
        if schema_version > 1:
            event["schema_version"] = schema_version
        made.append(json.dumps(event, ensure_ascii=False).replace('"DATA"', data).encode())
    return kept + made


# ── doing it ────────────────────────────────────────────────────────────────────────────────────


class Office:
    """Does the commands, each at its time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0

    def clock(self) -> int:
        return self.now

    @contextmanager
    def session(
        self, actor: str, correlation: str, causation: str = "", *, interval: int
    ) -> Iterator[Any]:
        more = {"LEDGER_ACTOR": actor, "LEDGER_CORRELATION_ID": correlation}
        if causation:
            more["LEDGER_CAUSATION_ID"] = causation
        ledger = import_module("ledger").Ledger
        with (
            surroundings(**more),
            ledger.open(self.path, clock=self.clock, snapshot_interval=interval) as books,
        ):
            yield books

    def at(self, moment: str) -> None:
        self.now = micros(moment)

    def perform(self, books: Any, commands: list[tuple[str, Command]]) -> None:
        for moment, command in commands:
            self.at(moment)
            api(books, command)


def api(books: Any, command: Command) -> None:
    fields = dict(command)
    do = {
        "open": books.open_account,
        "deposit": books.deposit,
        "withdraw": books.withdraw,
        "transfer": books.transfer,
        "close": books.close_account,
    }[fields.pop("command")]
    first = [fields.pop(name) for name in ("account", "from", "to") if name in fields]
    do(*first, **fields)


def make_books(path: Path) -> None:
    office = Office(path)
    office.at("2024-01-09T23:59:59.999999Z")
    with office.session("Ana Souza", "set-up", interval=5) as books:
        office.perform(books, EARLY)
    with office.session("клерк-7", "run-b \"x\" 'y'", "msg-4711\ttab", interval=7) as books:
        entries = list(regular())
        office.perform(books, entries[:10])
        books.snapshot([MAIN, "acc-002", "kw-fund"])
        office.perform(books, entries[10:])
    with office.session("importer", "older-world", "mail-1", interval=10) as books:
        office.at("2024-10-10T10:10:10.101010Z")
        books.import_events(older_lines())
    with office.session("窓口", "run-d", interval=4) as books:
        office.perform(books, LATE)
        office.at("2025-01-02T08:00:00Z")
        books.import_statement("acc-005", BANK_STATEMENT.encode())
    with office.session("batcher", "run-e", "cron", interval=100) as books:
        office.at("2025-01-31T23:59:59.999999Z")
        books.batch(as_lines(BATCH).encode().splitlines())
        books.snapshot(["jp-camp", "shut", "old-2", MAIN])
        office.perform(books, LAST)


def damage(path: Path) -> None:
    """Change what must not be changed, as somebody with an SQLite shell would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        kept = file.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        file.execute("BEGIN")
        for name, _ in kept:
            file.execute(f"DROP TRIGGER {name}")
        (position,) = file.execute(
            "SELECT min(position) FROM events JOIN streams USING (stream_no)"
            " WHERE stream_id = 'kw-fund' AND event_type = 'MoneyDeposited'"
        ).fetchone()
        for change in (
            f"UPDATE events SET data = json_set(data, '$.amount', 2) WHERE position = {position}",
            "UPDATE snapshots SET state = json_set(state, '$.balance', 1) WHERE version = 5"
            f" AND stream_no = (SELECT stream_no FROM streams WHERE stream_id = '{MAIN}')",
            "UPDATE account_summaries SET transaction_count = transaction_count + 1"
            " WHERE account_id = 'jp-camp'",
            "UPDATE account_balances SET balance = balance - 1 WHERE account_id = 'brim'",
            "UPDATE idempotency_keys SET fingerprint = zeroblob(32) WHERE key = 't-1'",
            "DELETE FROM idempotency_keys WHERE key = 'close-shut'",
        ):
            assert file.execute(change).rowcount == 1, change
        for name, sql in kept:
            if name != "events_are_never_deleted":
                file.execute(sql)
        file.execute("COMMIT")


# ── what is asked ───────────────────────────────────────────────────────────────────────────────


def questions(books: Path) -> Iterator[Question]:
    log = ask(books, {"group": "", "argv": ["events"]})["lines"]
    accounts = sorted({event["aggregate_id"] for event in log})
    for account in accounts:
        yield from about(account, [each for each in log if each["aggregate_id"] == account])
    yield from about_all(log)
    yield from repeated_keys()
    yield from refusals()
    yield from in_berlin()


def about(account: str, events: list[dict[str, Any]]) -> Iterator[Question]:
    """The questions on one account."""

    def asked(*argv: str) -> Question:
        return {"group": f"account {account}", "argv": list(argv)}

    for argv in points(account, events):
        yield asked("balance", *argv)
    happened, recorded = instants(events, "effective_at"), instants(events, "recorded_at")
    for argv in (
        [],
        ["--as-of", happened[len(happened) // 2]],
        ["--as-of", shifted(happened[len(happened) // 2], -1)],
        ["--known-at", recorded[len(recorded) // 2]],
        ["--known-at", shifted(recorded[-1], -1)],
        ["--as-of", happened[-1], "--known-at", recorded[len(recorded) // 3]],
        ["--at-version", "1"],
        ["--at-version", str(len(events) * 2 // 3 or 1)],
        ["--at-version", str(len(events) * 2 // 3 or 1), "--as-of", happened[len(happened) // 2]],
        ["--limit", "2"],
        ["--limit", "0"],
    ):
        yield asked("history", account, *argv)
    middle, late = happened[len(happened) // 3], happened[len(happened) * 3 // 4]
    for argv in (
        [],
        ["--from", happened[0], "--to", happened[0]],
        ["--from", middle, "--to", late],
        ["--from", shifted(middle, 1), "--to", shifted(late, -1)],
        ["--to", shifted(happened[0], -1)],
        ["--from", shifted(happened[-1], 1)],
        ["--from", middle, "--known-at", recorded[len(recorded) // 2]],
        ["--to", late, "--known-at", shifted(recorded[len(recorded) // 2], -1)],
        ["--from", "2024-01-01", "--to", "2024-01-31"],
        ["--from", "2024-02-01", "--to", "2024-12-31"],
        ["--from", "1970-01-01", "--to", "1999-12-31"],
        ["--from", "2024-06-01", "--to", "2024-05-31"],
    ):
        yield asked("statement", account, *argv)
    yield asked("replay", account)
    yield asked("replay", account, "--to-version", str(len(events) // 2 or 1))
    yield asked("replay", account, "--to-version", "2", "--step")
    yield asked("replay", account, "--to-version", str(len(events) + 1))
    yield asked("snapshots", account)
    yield asked("events", "--account", account, "--limit", "2")


def points(account: str, events: list[dict[str, Any]]) -> Iterator[list[str]]:
    """A grid over both clocks."""
    happened, recorded = instants(events, "effective_at"), instants(events, "recorded_at")
    backdated = [
        each["effective_at"]
        for before, each in pairwise(events)
        if each["effective_at"] < before["effective_at"]
    ]
    yield [account]
    as_of = {happened[0], happened[-1], happened[len(happened) // 2], *backdated[::3][:4]}
    for moment in sorted(as_of):
        for microseconds in (-1, 0, 1):
            yield [account, "--as-of", shifted(moment, microseconds)]
    known_at = {recorded[0], recorded[-1], recorded[len(recorded) // 2]}
    for moment in sorted(known_at):
        for microseconds in (-1, 0):
            yield [account, "--known-at", shifted(moment, microseconds)]
    for known in ("2024-02-01T12:00:00Z", "2024-10-10T10:10:10.101010Z", "2024-12-31"):
        for moment in ("2024-01-15T09:00:00.000001Z", "2024-05-05", "2026-01-01T00:00:00Z"):
            yield [account, "--as-of", moment, "--known-at", known]
    for moment in ("0001-01-01", "9999-12-31"):
        yield [account, "--as-of", moment]
        yield [account, "--known-at", moment]


def about_all(log: list[dict[str, Any]]) -> Iterator[Question]:
    def asked(*argv: str) -> Question:
        return {"group": "all accounts", "argv": list(argv)}

    for status in ("all", "active", "closed"):
        yield asked("accounts", "--status", status)
    yield asked("balance")
    happened, recorded = instants(log, "effective_at"), instants(log, "recorded_at")
    for moment in happened[:: len(happened) // 8]:
        yield asked("balance", "--as-of", moment)
        yield asked("balance", "--as-of", shifted(moment, -1))
    for moment in recorded[:: len(recorded) // 8]:
        yield asked("balance", "--known-at", moment)
        yield asked("balance", "--as-of", "2024-03-31", "--known-at", shifted(moment, -1))
    yield asked("verify", "--workers", "1")
    for position in (0, 1, len(log) // 2, len(log), len(log) + 1):
        digest = log[position - 1]["hash"] if 0 < position <= len(log) else "0" * 64
        yield asked("verify", "--workers", "1", "--expect-head", f"{position}:{digest[:16]}")
    yield asked("verify", "--workers", "1", "--expect-head", f"{len(log)}:{log[-1]['hash']}")
    yield asked("verify", "--workers", "1", "--expect-head", f"{len(log)}:{'0' * 16}")
    yield asked("snapshots")
    yield asked("projections")
    yield asked("events", "--from-position", str(len(log) - 3))
    yield asked("events", "--from-position", str(len(log) + 1))
    yield asked("events", "--from-position", "20", "--limit", "3")
    yield asked("export-events", "--to-position", str(len(log) + 1))


def repeated_keys() -> Iterator[Question]:
    def asked(*argv: str, **how: Any) -> Question:
        return {"group": "repeated keys", "argv": list(argv), **how}  # type: ignore[typeddict-item]

    for command in [command for _, command in (*EARLY, *regular(), *LATE, *LAST)] + BATCH:
        if "idempotency_key" not in command:
            continue
        yield asked(*typed(command))
        if command["command"] in ("deposit", "withdraw", "transfer"):
            yield asked(*typed({**command, "amount": same_amount(command["amount"])}))
            yield asked(*typed({**command, "amount": "4711"}))
            yield asked(*typed({**command, "description": "another"}))
        else:
            yield asked(*typed({**command, "at": "2024-01-01T00:00:01Z"}))
    early = {command.get("idempotency_key"): command for _, command in (*EARLY, *LATE)}
    yield asked(*typed({**early["k-at"], "at": "2024-01-03T10:00:00Z"}))
    yield asked(*typed({**early["k-at"], "at": "2024-01-03T10:00:00.000001Z"}))
    yield asked(*typed({**early["k-at"], "expected_version": "1"}))
    yield asked(*typed({**early["k-50"], "amount": "50.00"}))
    yield asked(*typed({**early["k-50"], "amount": "50.0"}))
    yield asked(*typed({**early["k-50"], "at": "2024-01-15T09:00:00Z"}))
    yield asked(*typed({**early["k-50"], "command": "withdraw"}))
    yield asked(*typed({**early["open-main"], "initial_balance": "1000.00"}))
    yield asked(*typed({**early["open-main"], "currency": "EUR"}))
    yield asked(*typed({**early["berlin"], "at": "2024-07-15"}), tz="Europe/Berlin")
    yield asked(*typed({**early["berlin"], "at": "2024-07-15"}))
    yield asked(*typed({**early["berlin"], "at": "2024-07-15T00:00"}), tz="Europe/Berlin")
    yield asked("batch", "-", stdin=as_lines(BATCH))
    yield asked("batch", "-", "--continue-on-error", stdin=as_lines([BATCH[1], LAST[-1][1]]))
    yield asked("import", "-", "--account", "acc-005", stdin=BANK_STATEMENT)


def refusals() -> Iterator[Question]:
    """Commands that are refused; nothing of this may change the file."""
    for argv in (
        ["withdraw", MAIN, "100000"],
        ["withdraw", MAIN, "1000", "--at", "2024-02-03T00:00:00Z"],
        ["withdraw", MAIN, "1001", "--at", "2024-01-01T00:00:00Z"],
        ["withdraw", "jp-camp", "26501"],
        ["withdraw", "jp-camp", "26501", "--at", "2024-01-11T11:00:00Z"],
        ["withdraw", "jp-camp", "1.5"],
        ["withdraw", "kw-pair", "0.051"],
        ["withdraw", "kw-pair", "0.0001"],
        ["withdraw", "cl_uf", "0.0003"],
        ["withdraw", "cl-pair", "11.0001"],
        ["withdraw", "0-empty", "0.01"],
        ["transfer", MAIN, "acc-002", "5000", "--at", "2024-03-01T00:00:00Z"],
        ["transfer", MAIN, "jp-camp", "1"],
        ["transfer", MAIN, MAIN, "1"],
        ["transfer", MAIN, "shut", "1"],
        ["transfer", "shut", MAIN, "1"],
        ["transfer", MAIN, "nowhere", "1"],
        ["transfer", "nowhere", MAIN, "1"],
        ["transfer", "jp-camp", "brim", "1"],
        ["deposit", "brim", "1"],
        ["deposit", "brim", "1", "--at", "2024-01-14T00:00:00Z"],
        ["deposit", "shut", "1"],
        ["deposit", "shut", "1", "--at", "2024-02-01T00:00:00Z"],
        ["withdraw", "shut", "1"],
        ["deposit", MAIN, "1", "--at", "2023-12-31T23:59:59.999999Z"],
        ["deposit", "kw-fund", "1", "--at", "2023-12-31T23:59:59.999998Z"],
        ["deposit", MAIN, "1", "--at", "9999-01-01T00:00:00Z"],
        ["deposit", MAIN, "0"],
        ["deposit", MAIN, "0.00"],
        ["deposit", MAIN, "1.001"],
        ["deposit", MAIN, "1e3"],
        ["deposit", MAIN, "1,000"],
        ["deposit", MAIN, "NaN"],
        ["deposit", MAIN, "-5"],
        ["deposit", MAIN, "٥"],
        ["deposit", MAIN, "99999999999999999999"],
        ["deposit", "nowhere", "1"],
        ["deposit", MAIN, "1", "--expected-version", "3"],
        ["deposit", MAIN, "1", "--idempotency-key", ""],
        ["deposit", MAIN, "1", "--at", "2024-02-30"],
        ["deposit", MAIN, "1", "--at", "yesterday at noon"],
        ["close", MAIN],
        ["close", "shut"],
        ["close", "nowhere"],
        ["close", "0-empty", "--at", "2024-01-13T23:59:59Z"],
        ["close", "0-empty", "--expected-version", "2"],
        ["open", MAIN, "--owner", "Again"],
        ["open", "shut", "--owner", "Again"],
        ["open", "new", "--owner", "X", "--currency", "XXZ"],
        ["open", "new", "--owner", "X", "--currency", "JPY", "--initial-balance", "0.5"],
        ["open", "new", "--owner", "X", "--initial-balance", "-1"],
        ["open", "new", "--owner", " "],
        ["open", "-new", "--owner", "X"],
        ["open", "nëw", "--owner", "X"],
        ["open", "new", "--owner", "X", "--at", "9999-01-01T00:00:00Z"],
        ["open", "new"],
        ["balance", "nowhere"],
        ["balance", MAIN, "--as-of", "noon"],
        ["balance", MAIN, "--as-of", "2024-01-01T00:00:00.0000001Z"],
        ["history", "nowhere"],
        ["history", MAIN, "--at-version", "0"],
        ["history", MAIN, "--at-version", "999"],
        ["statement", "nowhere"],
        ["replay", "nowhere"],
        ["replay", MAIN, "--to-version", "0"],
        ["events", "--account", "nowhere"],
        ["snapshots", "nowhere"],
        ["snapshot", "nowhere"],
        ["snapshot"],
        ["rebuild-projections", "nowhere"],
        ["accounts", "--status", "sleeping"],
        ["verify", "--expect-head", "x"],
        ["frobnicate"],
    ):
        yield {"group": "refusals", "argv": argv}
    yield {
        "group": "refusals",
        "argv": ["batch", "-"],
        "stdin": as_lines(
            [
                {"command": "deposit", "account": MAIN, "amount": "1"},
                {"command": "withdraw", "account": MAIN, "amount": "100000"},
            ]
        ),
    }
    for line in older_lines()[:1]:
        yield {"group": "refusals", "argv": ["import-events", "-"], "stdin": line.decode() + "\n"}


def in_berlin() -> Iterator[Question]:
    for argv in (
        ["balance", MAIN, "--as-of", "2024-07-14"],
        ["balance", MAIN, "--as-of", "2024-07-15"],
        ["balance", MAIN, "--as-of", "2024-06-30"],
        ["balance", MAIN, "--known-at", "2024-12-24"],
        ["balance", MAIN, "--known-at", "2024-12-23"],
        ["balance", MAIN, "--as-of", "2024-06-30T23:59:59.999999"],
        ["balance", MAIN, "--as-of", "2024-06-30T23:59:59.999998"],
        ["balance", MAIN, "--as-of", "2024-03-31"],
        ["balance", MAIN, "--as-of", "2024-03-31T02:30"],
        ["balance", MAIN, "--as-of", "2024-10-27T02:30"],
        ["balance", MAIN, "--as-of", "2024-10-27T02:30+02:00"],
        ["balance", "--as-of", "2024-01-14"],
        ["balance", "kw-fund", "--as-of", "2023-12-31"],
        ["balance", "kw-fund", "--as-of", "2024-01-01"],
        ["history", MAIN, "--as-of", "2024-07-14", "--known-at", "2024-12-24"],
        ["history", "jp-camp", "--as-of", "2024-01-11"],
        ["statement", MAIN, "--from", "2024-07-15", "--to", "2024-07-15"],
        ["statement", MAIN, "--from", "2024-06-30", "--to", "2024-06-30"],
        ["statement", MAIN, "--from", "2024-03-31", "--to", "2024-10-27"],
        ["statement", MAIN, "--to", "2024-01-15", "--known-at", "2024-02-02"],
        ["statement", "acc-005", "--from", "2024-12-01"],
    ):
        yield {"group": "Berlin", "argv": argv, "tz": "Europe/Berlin"}


# ── small things ────────────────────────────────────────────────────────────────────────────────


def micros(moment: str) -> int:
    return (datetime.fromisoformat(moment) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def shifted(moment: str, microseconds: int) -> str:
    return iso(datetime.fromisoformat(moment) + timedelta(microseconds=microseconds))


def instants(events: list[dict[str, Any]], field: str) -> list[str]:
    return sorted({each[field] for each in events})


def typed(command: Command) -> list[str]:
    """A command as its command line."""
    fields = dict(command)
    command = fields.pop("command")
    arguments = [fields.pop(name) for name in ("account", "from", "to", "amount") if name in fields]
    return [
        command,
        *arguments,
        *(f"--{name.replace('_', '-')}={value}" for name, value in fields.items()),
    ]


def same_amount(amount: str) -> str:
    """The same amount, written otherwise."""
    return "0" + (amount.rstrip("0").rstrip(".") if "." in amount else amount)


def as_lines(commands: list[Command]) -> str:
    return "".join(json.dumps(command, ensure_ascii=False) + "\n" for command in commands)


def draw(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


def main() -> None:
    books, damaged = HERE / "books.db", HERE / "damaged.db"
    for path in (books, damaged):
        path.unlink(missing_ok=True)
    with mock.patch("os.urandom", draw(1)):
        make_books(books)
    status, exported, _ = run(books, ["export-events"])
    assert status == 0
    (HERE / "books.jsonl").write_bytes(exported)

    shutil.copy(books, damaged)
    damage(damaged)
    findings = ask(damaged, {"group": "", "argv": ["verify", "--workers", "1"]})
    write_json(HERE / "damaged.findings.json", findings)

    scratch = HERE / "scratch.db"
    shutil.copy(books, scratch)
    answered = [{**question, "answer": ask(scratch, question)} for question in questions(scratch)]
    _, after, _ = run(scratch, ["export-events"])
    assert after == exported, "a question has changed the log"
    scratch.unlink()
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in answered)
    (HERE / "answers.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    assert not [*HERE.glob("*-wal"), *HERE.glob("*-shm")]
    print(len(answered), "questions answered")


def write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
