"""Others that keep events on a PostgreSQL server, each at the same transfer.

A transfer is two events, one in the stream of each account, written together.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.on_server.clients import ACCOUNTS, Transfer
from tests.benchmarks.on_server.server import Server

EVENTSOURCING: Final = find_spec("eventsourcing") is not None

_WRITE: Final = "SELECT message_store.write_message(%s, %s, %s, %s::jsonb, %s::jsonb)"
_METADATA: Final = '{"actor":"tester","command":"transfer","run":"0123456789abcdef"}'


def install_message_db(server: Server, folder: Path) -> str:
    """Its own script, with a database of its own; its URL."""
    subprocess.run(
        ["bash", str(folder / "database/install.sh")],
        env=server.environment() | {"DATABASE_NAME": "message_store"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    url = server.url("message_store")
    with psycopg.connect(url, autocommit=True) as connection:
        # Its functions name each other without their schema, as its users set the path.
        connection.execute("ALTER DATABASE message_store SET search_path = message_store, public")
    return url


@contextmanager
def message_db(url: str, number: int) -> Iterator[Callable[[Transfer], object]]:
    """``write_message`` twice, in one transaction: what is half a transfer is none."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=1) as connection:

        def transfer(made: Transfer) -> None:
            with connection.transaction():
                for message in _messages(number, made):
                    connection.execute(_WRITE, message)

        yield transfer


@contextmanager
def message_db_in_one_trip(url: str, number: int) -> Iterator[Callable[[Transfer], object]]:
    """The same in one pipeline, so that a transfer is one round trip."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=1) as connection:

        def transfer(made: Transfer) -> None:
            with connection.pipeline(), connection.transaction():
                for message in _messages(number, made):
                    connection.execute(_WRITE, message)

        yield transfer


@contextmanager
def message_db_in_two_commits(url: str, number: int) -> Iterator[Callable[[Transfer], object]]:
    """``write_message`` twice, each its own commit."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=1) as connection:

        def transfer(made: Transfer) -> None:
            for message in _messages(number, made):
                connection.execute(_WRITE, message)

        yield transfer


def _messages(client: int, made: Transfer) -> Iterator[tuple[str, ...]]:
    transfer_id = str(uuid4())
    sides = (
        ("Sent", made.sender, "to", made.receiver),
        ("Received", made.receiver, "from", made.sender),
    )
    for what, account, way, other in sides:
        data = (
            f'{{"transfer_id":"{transfer_id}","{way}_account":"acc-{other:03}","amount":100,'
            f'"currency":"USD","description":"movement {client} {made.number}"}}'
        )
        yield str(uuid4()), f"account-{account:03}", f"Transfer{what}", data, _METADATA


@contextmanager
def eventsourcing_recorder(url: str, number: int) -> Iterator[Callable[[Transfer], object]]:
    """The library's application recorder stores both events with one call, and nothing else."""
    with _recorder(url) as recorder:
        versions = _Versions(number)
        yield lambda made: recorder.insert_events(versions.of(made))


@contextmanager
def eventsourcing_one_by_one(url: str, number: int) -> Iterator[Callable[[Transfer], object]]:
    """The same with a call, and so a commit, for each of the two."""
    with _recorder(url) as recorder:
        versions = _Versions(number)

        def transfer(made: Transfer) -> None:
            for event in versions.of(made):
                recorder.insert_events([event])

        yield transfer


class _Versions:
    """The library's events carry their versions, so each client has streams of its own, as it
    would otherwise have to read where they end."""

    def __init__(self, client: int) -> None:
        run = uuid4()
        self._streams = [uuid5(NAMESPACE_URL, f"{run}/{client}/{each}") for each in range(ACCOUNTS)]
        self._last = [0] * ACCOUNTS

    def of(self, made: Transfer) -> list[Any]:
        from eventsourcing.persistence import StoredEvent

        events = []
        for what, account in (("Sent", made.sender), ("Received", made.receiver)):
            self._last[account] += 1
            state = (
                f'{{"transfer_id":"{uuid4()}","account":"acc-{account:03}","amount":100,'
                f'"currency":"USD","description":"movement {made.number}"}}'
            )
            events.append(
                StoredEvent(
                    self._streams[account], self._last[account], f"Transfer{what}", state.encode()
                )
            )
        return events


@contextmanager
def _recorder(url: str) -> Iterator[Any]:
    from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

    where: dict[str, Any] = conninfo_to_dict(url)
    datastore: Any = PostgresDatastore(
        where["dbname"], where["host"], "5432", where["user"], "", schema="recorder"
    )
    recorder: Any = PostgresApplicationRecorder(datastore)
    try:
        yield recorder
    finally:
        datastore.close()


def create_recorder(server: Server) -> str:
    """The library's table; the URL of its database."""
    url = server.url()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA recorder")
    with _recorder(url) as recorder:
        recorder.create_table()
    return url
