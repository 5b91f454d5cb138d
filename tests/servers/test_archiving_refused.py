"""Archiving and erasing where the server does not let all of it be done: what is said, and what
is there afterwards."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger import Ledger
from ledger.errors import LockTimeout
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, environment
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import Run
from tests.support.servers.standby import Standby

pytestmark = pytest.mark.servers

TEXT = "Für die Ärztin"
ENTRIES = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """That of the archive."""
    return tmp_path / "archive"


def write(place: str, entries: int = 5) -> None:
    with Ledger.open(place) as ledger:
        ledger.open_account("bank", "Ana", initial_balance="1000")
        ledger.open_account("cash", "Ana")
        for _ in range(entries):
            ledger.transfer("bank", "cash", "1", TEXT)


def names_in(folder: Path) -> list[str]:
    return sorted(os.listdir(folder)) if folder.exists() else []


@contextmanager
def older_transaction(server: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    """Somebody who is in the middle of reading something else in the database."""
    with psycopg.connect(server.url()) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM pg_class")
        yield reader


# ── a role that does not own the tables ───────────────────────────────────────────────────────────


@pytest.fixture
def clerk(postgresql_server: PostgresServer) -> Iterator[tuple[str, str]]:
    """The address of a ledger for its owner, and for somebody who may read and write all of it."""
    with postgresql_server.new_schema() as schema:
        role = f"clerk_{schema}"
        write(postgresql_server.url(schema))
        with postgresql_server.connect() as admin:
            admin.execute(
                f"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}; "
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"
            )
            try:
                yield postgresql_server.url(schema), postgresql_server.url(schema, user=role)
            finally:
                admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_who_does_not_own_the_tables_archives_and_is_told_who_can_make_them_smaller(
    clerk: tuple[str, str], folder: Path, fork_server: ForkServer, tmp_path: Path
) -> None:
    owners, place = clerk
    with Ledger.open(place) as ledger:
        log = list(ledger.events())

    def typed(*words: str, place: str = place) -> Outcome:
        return fork_server.run(*words, cwd=tmp_path, env=environment(tmp_path, place))

    done = typed("archive", "archive", "--to", "today")
    assert done.status == 0, done
    (note,) = done.err.splitlines()
    assert "could not be made smaller yet" in note
    assert "owner" in note
    assert note.endswith("have their owner do it: VACUUM (FULL) events, snapshots")
    with psycopg.connect(owners, autocommit=True) as owner:
        for statement in note.rpartition(": ")[2].split("; "):
            owner.execute(statement)
    assert typed("verify").status == 0
    with Ledger.open(place) as ledger:
        assert ledger.verify(workers=1, archive=str(folder)).clean
        assert list(ledger.events())[: len(log)] == log

    erased = typed("erase", "bank", "--reason", "asked", "--yes")
    assert erased.status == 1, erased
    assert "traces of them may be left" in erased.err
    assert "hint: connect as the owner of the tables, then try again: ledger erase" in erased.err
    assert typed("erase", "bank", "--reason", "asked", "--yes", place=owners).status == 0
    assert typed("verify", "--archive", "archive").status == 0


# ── a server that can only be read ────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def standby(run_of_tests: Run) -> Iterator[Standby]:
    """One whose primary has a small ledger in the schema `books`."""
    primary = PostgresServer(run_of_tests, f"archived-{os.getpid()}")
    with closing(primary):
        primary.start()
        write(primary.url("books"))
        standby = Standby(run_of_tests, primary)
        with closing(standby):
            standby.start()
            standby.catch_up()
            yield standby


def read_only(server: PostgresServer, schema: str) -> str:
    return server.url(options=f"-csearch_path={schema} -cdefault_transaction_read_only=on")


@pytest.mark.parametrize("kind", ["a standby", "a session"])
def test_where_nothing_can_be_written_no_file_is_written(
    kind: str,
    request: pytest.FixtureRequest,
    clerk: tuple[str, str],
    postgresql_server: PostgresServer,
    folder: Path,
    fork_server: ForkServer,
    tmp_path: Path,
) -> None:
    if kind == "a standby":
        place = request.getfixturevalue("standby").url("books")
    else:
        with psycopg.connect(clerk[0]) as connection:
            ((schema,),) = connection.execute("SELECT current_schema()").fetchall()
        place = read_only(postgresql_server, schema)
    words = ("archive", "archive", "--to", "today", "--json")
    done = fork_server.run(*words, cwd=tmp_path, env=environment(tmp_path, place))
    assert (done.status, done.out, done.error["code"]) == (1, "", "storage_failure"), done
    assert "the server only lets it be read" in done.error["message"]
    assert "primary" in done.error["hint"]
    assert not folder.exists()
    with Ledger.open(place) as ledger:
        assert not ledger.book().archive


@pytest.mark.parametrize("right", ["DELETE ON events", "INSERT ON archive"])
def test_who_may_not_archive_is_refused_before_a_file_is_written(
    clerk: tuple[str, str], folder: Path, fork_server: ForkServer, tmp_path: Path, right: str
) -> None:
    owners, place = clerk
    with psycopg.connect(owners, autocommit=True) as owner:
        role = place.split("//")[1].split("@")[0]
        owner.execute(f"REVOKE {right} FROM {role}")
    words = ("archive", "archive", "--to", "today", "--json")
    done = fork_server.run(*words, cwd=tmp_path, env=environment(tmp_path, place))
    assert (done.status, done.error["code"]) == (1, "storage_failure"), done
    assert f"permission denied for table {right.split()[-1]}" in done.error["message"]
    assert not folder.exists()


# ── somebody who may still read what has left ─────────────────────────────────────────────────────


def test_what_an_older_transaction_keeps_back_is_told(
    own_postgresql: PostgresServer, folder: Path
) -> None:
    place = own_postgresql.url("books")
    write(place, entries=ENTRIES)
    with Ledger.open(place, lock_timeout=0.2) as ledger:
        with older_transaction(own_postgresql):
            report = ledger.archive(folder, ledger.head().recorded_us)
            told = re.search(r"may still read (\d+) rows that have left", report.not_shrunk)
            assert told is not None, report.not_shrunk
            assert int(told[1]) >= ENTRIES  # and some snapshots
            assert "the tables shrink with the next ones that are archived" in report.not_shrunk
            kept_back = report.size_after
        ledger.deposit("bank", "1")
        report = ledger.archive(folder, ledger.head().recorded_us)
        assert report.not_shrunk == ""
        assert report.size_after < kept_back - 100_000
        assert ledger.verify(workers=1, archive=str(folder)).clean


def test_an_older_transaction_that_ends_soon_is_waited_for(
    own_postgresql: PostgresServer, folder: Path
) -> None:
    place = own_postgresql.url("books")
    write(place)
    with psycopg.connect(own_postgresql.url()) as reader, Ledger.open(place) as ledger:
        reader.execute("SET idle_in_transaction_session_timeout = '500ms'")
        reader.commit()
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM pg_class")
        assert ledger.archive(folder, ledger.head().recorded_us).not_shrunk == ""
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            reader.execute("SELECT")


def texts_on_the_disk(server: PostgresServer) -> int:
    """How often the text stands in the files of the tables."""
    with server.connect() as admin:
        admin.execute("CHECKPOINT")
    files = (each for each in (server.data / "base").rglob("*") if each.is_file())
    return sum(each.read_bytes().count(TEXT.encode()) for each in files)


def test_texts_that_an_older_transaction_may_still_read_are_told_as_traces(
    own_postgresql: PostgresServer,
) -> None:
    place = own_postgresql.url("books")
    write(place)
    with Ledger.open(place, lock_timeout=0.2) as ledger:
        with older_transaction(own_postgresql):
            report = ledger.erase("bank", "asked for it")
            assert isinstance(report.traces, LockTimeout)
            assert "may still read what was there" in report.traces.message
            assert texts_on_the_disk(own_postgresql)
        assert ledger.erase("bank", "asked for it").traces is None
        assert texts_on_the_disk(own_postgresql) == 0
        assert ledger.verify(workers=1).clean
