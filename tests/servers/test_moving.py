"""A ledger is moved between a file and a server, both ways, and its head stays the same."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import DamagedLedger
from tests.support.child_process import child
from tests.support.fork_server import ForkServer
from tests.support.program import PROJECT, SAMPLE_DATA, Outcome, Run, environment
from tests.support.servers.postgresql import PostgresServer

pytestmark = pytest.mark.servers

TEST = {"LEDGER_CLOCK": "2026-07-01T09:00:00Z+1s", "LEDGER_SEED": "7"}
CLUB = "2040:0c4004719417bf39"
"""The head of the club's year in one batch, wherever it is kept."""


@pytest.fixture
def schema(postgresql_server: PostgresServer) -> Iterator[str]:
    with postgresql_server.new_schema() as name:
        yield name


@pytest.fixture
def run(fork_server: ForkServer, tmp_path: Path) -> Run:
    def typed(place: str, *words: str) -> Outcome:
        variables = {} if words[0] == "migrate" or "newer" in place else TEST
        env = environment(tmp_path, place, **variables)
        done = fork_server.run(*words, cwd=tmp_path, env=env)
        assert done.status == 0, done
        return done

    return typed


def test_the_clubs_year_has_one_head_on_a_file_on_a_server_and_after_each_move(
    run: Run, tmp_path: Path, postgresql_server: PostgresServer, schema: str
) -> None:
    place = postgresql_server.url(schema)
    for each in ("books.db", place):
        run(each, "batch", str(SAMPLE_DATA / "club_year.jsonl"))
        assert run(each, "head").out == f"{CLUB}\n"
        run(each, "verify", "--expect-head", CLUB)
    balances = run("books.db", "accounts", "--json").out
    assert run(place, "accounts", "--json").out == balances
    run("books.db", "export-events", "from-file.jsonl")
    run(place, "export-events", "from-server.jsonl")
    assert (tmp_path / "from-file.jsonl").read_bytes() == (
        tmp_path / "from-server.jsonl"
    ).read_bytes()
    run("again.db", "import-events", "from-server.jsonl")
    run(place, "backup", "copy.db")
    with postgresql_server.new_schema() as other:
        there = postgresql_server.url(other)
        run(there, "import-events", "from-file.jsonl")
        for moved in ("again.db", "copy.db", there):
            run(moved, "verify", "--expect-head", CLUB)
            assert run(moved, "accounts", "--json").out == balances
            assert (
                run(moved, "book", "--json").json["ledger_id"]
                == (run("books.db", "book", "--json").json["ledger_id"])
            )
        # Keys moved along: the same commands again change nothing.
        keyed = ("deposit", "club:checking", "1", "--idempotency-key", "k", "--at", "2026-02-01")
        run(place, *keyed)
        run(place, "backup", "keyed.db")
        assert run("keyed.db", *keyed, "--json").json["replayed"] is True


def test_an_older_ledger_is_migrated_into_a_server(
    run: Run, tmp_path: Path, postgresql_server: PostgresServer, schema: str
) -> None:
    shutil.copy(PROJECT / "tests/golden/format1/books.db", tmp_path / "older.db")
    place = postgresql_server.url(schema, application_name="newer")
    for there in ("newer.db", place):
        run("unused.db", "migrate", "older.db", there, "--time-zone", "UTC")
        run(there, "verify")
    for question in (("accounts",), ("statement", "--all"), ("find",), ("report",)):
        assert run(place, *question).out == run("newer.db", *question).out


def test_a_row_that_a_superuser_has_altered_is_found(
    postgresql_server: PostgresServer, schema: str
) -> None:
    place = postgresql_server.url(schema)
    with Ledger.open(place) as ledger:
        ledger.open_account("bank", "Ana", initial_balance="100")
        for _ in range(5):
            ledger.deposit("bank", "1")
    with postgresql_server.connect() as connection:
        for statement in (
            f"UPDATE {schema}.events SET data = replace(data, '100', '999') WHERE position = 3",
            f"DELETE FROM {schema}.events WHERE position = 7",
            f"TRUNCATE {schema}.events",
        ):
            with pytest.raises(Exception, match="append-only"):
                connection.execute(statement)
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            f"UPDATE {schema}.events SET data = replace(data, '100', '999') WHERE position = 3"
        )
    with Ledger.open(place) as ledger:
        found = ledger.verify(workers=1)
        assert not found.clean
        assert "3" in str(found.findings[0])
        with pytest.raises(DamagedLedger):
            ledger.backup(f"{schema}.db")
    assert not os.path.exists(f"{schema}.db")


def deposit_with_a_wrong_clock(place: str, hours: str) -> None:
    """Deposit in a process whose machine's clock is hours apart."""
    import time

    right = time.time_ns
    time.time_ns = lambda: right() + int(hours) * 3_600 * 10**9
    with Ledger.open(place, create=False) as ledger:
        print(ledger.deposit("bank", "1").recorded[0].recorded_at)
    sys.stdout.flush()


def test_clients_whose_clocks_are_apart_go_by_the_servers(
    postgresql_server: PostgresServer, schema: str
) -> None:
    place = postgresql_server.url(schema)
    with Ledger.open(place) as ledger:
        ledger.open_account("bank", "Ana")
        recorded = []
        for hours in ("3", "-3", "0"):
            out, err = child(deposit_with_a_wrong_clock, place, hours).communicate(timeout=60)
            assert err == ""
            recorded.append(int(out))
        recorded.append(ledger.deposit("bank", "1").recorded[0].recorded_at)
        assert recorded == sorted(recorded)
        assert recorded[-1] - recorded[0] < 600 * 10**6
