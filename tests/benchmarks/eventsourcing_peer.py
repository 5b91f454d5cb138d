"""The eventsourcing library at the same work. Imported only where the library is installed.

The aggregate stands at the top of the module: the library keeps classes by their names, and refuses
a second class of a name, as one defined in a function would be at its second call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from tests.benchmarks.rounds import Action

SAVED_AT_ONCE = 100


class Account(Aggregate):
    @event("Opened")
    def __init__(self) -> None:
        self.balance = 0

    @event("Deposited")
    def deposit(self, amount: int, description: str) -> None:
        self.balance += amount


@contextmanager
def commits(path: Path, count: int) -> Iterator[Action]:
    """The library's SQLite recorder stores events, one a durable commit, and nothing else."""
    datastore: Any = SQLiteDatastore(str(path))
    recorder: Any = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    state = b'{"amount":123456,"currency":"USD","description":"movement 12345"}'
    stream = uuid4()
    events: list[Any] = [
        StoredEvent(stream, number, "MoneyDeposited", state) for number in range(1, count + 1)
    ]

    def act() -> None:
        for each in events:
            recorder.insert_events([each])

    try:
        yield act
    finally:
        datastore.close()


@contextmanager
def saves(path: Path, count: int) -> Iterator[Action]:
    """One aggregate makes so many events, saved a hundred a commit."""
    with _application(path) as application:
        account: Any = Account()
        application.save(account)
        yield lambda: _deposit(application, account, count)


class Saved:
    """One aggregate of so many events, saved."""

    def __init__(self, path: Path, count: int) -> None:
        self.events = count + 1
        self._open = _application(path)
        self._application = self._open.__enter__()
        account: Any = Account()
        _deposit(self._application, account, count)
        self._id, self._balance = account.id, account.balance

    def close(self) -> None:
        self._open.__exit__(None, None, None)

    def load(self) -> None:
        loaded = self._application.repository.get(self._id)
        assert loaded.balance == self._balance

    def replay(self) -> None:
        """Read the log from its start, decode each event, and add up."""
        position, balance = 1, 0
        while notes := self._application.recorder.select_notifications(position, 1_000):
            for note in notes:
                happened: Any = self._application.mapper.to_domain_event(note)
                balance += getattr(happened, "amount", 0)
            position = notes[-1].id + 1
        assert balance == self._balance


def _deposit(application: Any, account: Any, count: int) -> None:
    for number in range(1, count + 1):
        account.deposit(number, "movement")
        if number % SAVED_AT_ONCE == 0:
            application.save(account)
    application.save(account)


@contextmanager
def _application(path: Path) -> Iterator[Any]:
    environ = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}
    application: Any = Application(env=environ)
    try:
        yield application
    finally:
        application.close()
