"""What ledger is measured beside. A peer that is not installed is skipped with a word."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from uuid import uuid4

import apsw

Row = tuple[object, ...]

_SCHEMA = Path(__file__).parents[2] / "ledger/eventstore/sqlite/schema.sql"

_INSERT = f"INSERT INTO events VALUES ({', '.join('?' * 11)})"


def bare_connection(path: Path) -> apsw.Connection:
    """apsw on ledger's own tables and index, with ledger's durability, and nothing else."""
    connection = apsw.Connection(str(path))
    connection.execute(_SCHEMA.read_text("utf-8"))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("INSERT INTO streams VALUES (1, 'acc-001', 'BankAccount')")
    return connection


def bare_rows(count: int) -> Iterator[Row]:
    data = '{"amount":123456,"currency":"USD","description":"movement 12345"}'
    metadata = (
        '{"actor":"tester","command":"deposit",'
        '"correlation_id":"2c0bd1de-7ad4-4a1c-9d3e-6b7fd4d1a111"}'
    )
    for number in range(1, count + 1):
        digest = number.to_bytes(32, "big")
        yield number, 1, number, "MoneyDeposited", 2, data, metadata, number, number, 0, digest


def bare_commits(path: Path, count: int) -> float:
    """Seconds for so many inserts, each in a durable commit of its own."""
    connection = bare_connection(path)
    rows = list(bare_rows(count))
    start = perf_counter()
    for row in rows:
        with connection:
            connection.execute(_INSERT, row)
    return perf_counter() - start


def bare_bulk(path: Path, count: int) -> float:
    """Seconds for so many inserts in one durable commit."""
    connection = bare_connection(path)
    rows = list(bare_rows(count))
    start = perf_counter()
    with connection:
        connection.executemany(_INSERT, rows)
    return perf_counter() - start


def eventsourcing_commits(path: Path, count: int) -> float | None:
    """Seconds for the eventsourcing library's SQLite recorder to store events, one a commit."""
    try:
        from eventsourcing.persistence import StoredEvent
        from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
    except ImportError:
        return None
    recorder = SQLiteApplicationRecorder(SQLiteDatastore(str(path)))
    recorder.create_table()
    state = b'{"amount":123456,"currency":"USD","description":"movement 12345"}'
    stream = uuid4()
    events: list[Any] = [
        StoredEvent(stream, number, "MoneyDeposited", state) for number in range(1, count + 1)
    ]
    start = perf_counter()
    for event in events:
        recorder.insert_events([event])
    return perf_counter() - start


class EventsourcingTimes(NamedTuple):
    """Seconds to save events a hundred a commit, to load their aggregate, and to replay the log."""

    save: float
    load: float
    replay: float


def eventsourcing_times(path: Path, count: int) -> EventsourcingTimes | None:
    """The eventsourcing library at work: an application, one aggregate, so many events."""
    try:
        from eventsourcing.application import Application
        from eventsourcing.domain import Aggregate, event
    except ImportError:
        return None

    class Account(Aggregate):
        @event("Opened")
        def __init__(self) -> None:
            self.balance = 0

        @event("Deposited")
        def deposit(self, amount: int, description: str) -> None:
            self.balance += amount

    environ = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}
    application: Any = Application(env=environ)
    account: Any = Account()
    application.save(account)
    start = perf_counter()
    for number in range(1, count + 1):
        account.deposit(number, "movement")
        if number % 100 == 0:
            application.save(account)
    application.save(account)
    save = perf_counter() - start
    start = perf_counter()
    loaded = application.repository.get(account.id)
    load = perf_counter() - start
    assert loaded.balance == account.balance
    start = perf_counter()
    position, balance = 1, 0
    while notes := application.recorder.select_notifications(position, 1_000):
        for note in notes:
            happened: Any = application.mapper.to_domain_event(note)
            balance += getattr(happened, "amount", 0)
        position = notes[-1].id + 1
    assert balance == account.balance
    return EventsourcingTimes(save, load, perf_counter() - start)


def journal_reader(name: str) -> str | None:
    """The path of ledger-cli or hledger; our own ``ledger`` has the same name as the former."""
    for folder in os.get_exec_path():
        program = shutil.which(name, path=folder)
        if program is not None:
            told = subprocess.run(
                [program, "--version"], capture_output=True, text=True, check=False
            )
            if told.stdout.startswith(("Ledger 3", "hledger")):
                return program
    return None


def journal_balances(name: str, journal: Path) -> float | None:
    """Seconds for ledger-cli or hledger to show all balances of a journal, as a whole process."""
    program = journal_reader(name)
    if program is None:
        return None
    start = perf_counter()
    subprocess.run(
        [program, "-f", str(journal), "balance", "Assets"], stdout=subprocess.DEVNULL, check=True
    )
    return perf_counter() - start
