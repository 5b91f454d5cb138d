"""One process that goes on while its server is stopped, started, and cuts it off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from signal import SIGINT
from threading import Thread
from time import sleep

import pytest

from ledger import Ledger
from ledger.errors import LedgerMoved, StorageFailure
from ledger.eventstore import patience
from tests.support.cli.signals import PATIENCE, running, wait_until
from tests.support.program import environment
from tests.support.servers.postgresql import PostgresServer

pytestmark = pytest.mark.servers


@pytest.fixture
def place(own_postgresql: PostgresServer) -> str:
    """A small ledger on a server that may be stopped."""
    url = own_postgresql.url("books")
    with Ledger.open(url) as ledger:
        ledger.open_account("bank", "Ana", initial_balance="100", at="2026-01-01")
    return url


def cut_off_all(server: PostgresServer) -> None:
    with server.connect() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


def test_a_restart_between_two_commands_is_not_noticed(
    own_postgresql: PostgresServer, place: str
) -> None:
    with Ledger.open(place) as ledger:
        for end in (own_postgresql.stop, own_postgresql.crash):
            before = ledger.balance("bank").balance
            end()
            own_postgresql.start()
            assert ledger.balance("bank").balance == before
            end()
            own_postgresql.start()
            ledger.deposit("bank", "1")
            cut_off_all(own_postgresql)
            ledger.deposit("bank", "1")
            cut_off_all(own_postgresql)
            assert len(list(ledger.events())) == ledger.head().position
        assert str(ledger.balance("bank").balance) == "104.00 USD"
        assert ledger.verify(workers=1).clean


def test_while_the_server_is_away_that_is_said_and_afterwards_all_goes_on(
    own_postgresql: PostgresServer, place: str
) -> None:
    with Ledger.open(place) as ledger:
        own_postgresql.stop()
        for _ in range(2):
            with pytest.raises(StorageFailure, match="there is no way to"):
                ledger.balance("bank")
            with pytest.raises(StorageFailure, match="there is no way to"):
                ledger.deposit("bank", "1", idempotency_key="k")
        own_postgresql.start()
        assert ledger.deposit("bank", "1", idempotency_key="k").replayed is False
        assert ledger.deposit("bank", "1", idempotency_key="k").replayed is True


def test_who_is_cut_off_within_a_transaction_has_changed_nothing_and_can_go_on(
    own_postgresql: PostgresServer, place: str
) -> None:
    def lines() -> Iterator[bytes]:
        for number in range(2_000):
            if number == 1_500:
                cut_off_all(own_postgresql)
            yield json.dumps({"command": "deposit", "account": "bank", "amount": "1"}).encode()

    with Ledger.open(place) as ledger:
        before = ledger.head()
        with pytest.raises(StorageFailure, match="nothing was changed"):
            ledger.batch(lines())
        assert ledger.head() == before
        ledger.deposit("bank", "1")
        assert ledger.head().position == before.position + 1
        assert ledger.verify(workers=1).clean


def test_another_ledger_in_the_place_of_this_one_is_noticed(
    own_postgresql: PostgresServer, place: str
) -> None:
    with Ledger.open(place) as ledger:
        with own_postgresql.connect() as connection:
            connection.execute("DROP SCHEMA books CASCADE")
        with Ledger.open(place) as other:
            other.open_account("bank", "Ben")
            before = other.head()
        cut_off_all(own_postgresql)
        with pytest.raises(LedgerMoved):
            ledger.deposit("bank", "1")
        with pytest.raises(LedgerMoved):
            ledger.balance("bank")
    with Ledger.open(place) as other:
        assert other.head() == before


def test_following_goes_on_after_a_restart_of_the_server(
    own_postgresql: PostgresServer, place: str, tmp_path: Path
) -> None:
    seen: list[int] = []
    env = environment(tmp_path, place)
    with running(env, tmp_path, "events", "--follow", "--json") as process:

        def read() -> None:
            assert process.stdout
            seen.extend(json.loads(line)["position"] for line in process.stdout)

        reader = Thread(target=read, daemon=True)
        reader.start()
        wait_until(lambda: len(seen) == 2)
        cut_off_all(own_postgresql)
        with Ledger.open(place) as ledger:
            ledger.deposit("bank", "1")
        wait_until(lambda: len(seen) == 3)
        assert process.poll() is None
        for end in (own_postgresql.stop, own_postgresql.crash):
            end()
            sleep(0.5)  # in which it tries more than once
            own_postgresql.start()
            with Ledger.open(place) as ledger:
                ledger.deposit("bank", "1")
                head = ledger.head().position
            wait_until(partial(is_last, seen, head))
        process.send_signal(SIGINT)
        assert process.wait(PATIENCE) == 130
        assert process.stderr
        told = process.stderr.read().decode()
        assert told.count("trying again") == 2
    assert seen == [1, 2, 3, 4, 5]


def is_last(seen: list[int], position: int) -> bool:
    return seen[-1] == position


def test_publishing_goes_on_after_a_restart_of_the_server(
    own_postgresql: PostgresServer, place: str, tmp_path: Path
) -> None:
    out = tmp_path / "log.jsonl"
    env = environment(tmp_path, place)
    with running(env, tmp_path, "publish", f"file:{out}", "--follow") as process:
        wait_until(lambda: out.exists() and len(out.read_bytes().splitlines()) >= 2)
        for count in (1, 2):
            own_postgresql.stop()
            sleep(0.3)
            own_postgresql.start()
            with Ledger.open(place) as ledger:
                ledger.deposit("bank", "1")
            wait_until(partial(has_lines, out, 2 + count))
        with Ledger.open(place) as ledger:
            wait_until(lambda: [each.lag for each in ledger.publications()] == [0])
        process.send_signal(SIGINT)
        assert process.wait(PATIENCE) == 130
        assert process.stderr
        assert b"trying again" in process.stderr.read()  # once, where no step between succeeded


def has_lines(path: Path, count: int) -> bool:
    return len(set(path.read_bytes().splitlines())) == count  # what is sent again is the same


def test_a_server_that_stays_away_is_given_up(
    own_postgresql: PostgresServer, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LONGEST", 0.5)
    told: list[StorageFailure] = []
    with Ledger.open(place) as ledger:
        events = ledger.follow(on_loss=told.append)
        assert [next(events).position for _ in range(2)] == [1, 2]
        own_postgresql.stop()
        with pytest.raises(StorageFailure):
            next(events)
    assert len(told) == 1
