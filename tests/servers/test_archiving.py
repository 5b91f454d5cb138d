"""What is special about archiving a ledger on a server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from typing import Any

import psycopg
import pytest

from ledger import Ledger
from ledger.errors import DamagedLedger, LedgerError, NothingToArchive
from tests.support.archiving import archive
from tests.support.fork_server import ForkServer
from tests.support.program import environment
from tests.support.servers.postgresql import PostgresServer

pytestmark = pytest.mark.servers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """That of the archive."""
    return tmp_path / "archive"


@pytest.fixture
def place(postgresql_url: str, folder: Path) -> str:
    """A ledger whose first 13 positions are archived, and 3 are not."""
    with Ledger.open(postgresql_url, snapshot_interval=2) as ledger:
        write(ledger)
        ledger.archive(folder, ledger.head().recorded_us)
        ledger.transfer("bank", "cash", "1")
    return postgresql_url


def write(ledger: Ledger) -> None:
    ledger.open_account("bank", "Ana", initial_balance="100")
    ledger.open_account("cash", "Ana")
    for number in range(5):
        ledger.transfer("bank", "cash", "1", f"number {number}")


@pytest.fixture
def admin(place: str) -> Iterator[psycopg.Connection[Any]]:
    """The owner's own connection to the schema."""
    with psycopg.connect(place, autocommit=True) as connection:
        yield connection


def told(place: str) -> list[str]:
    """What a verification finds."""
    with Ledger.open(place) as ledger:
        return [each.message for each in ledger.verify(workers=1).findings]


# ── the log cannot be changed ─────────────────────────────────────────────────────────────────────


def test_nobody_deletes_what_is_not_archived(admin: psycopg.Connection[Any]) -> None:
    said = "SET ledger.archiving = 'on'; "
    before = admin.execute("SELECT count(*) FROM events").fetchone()
    for statement in (
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 1",  # which is archived, and stays here
        f"{said}DELETE FROM events",
        f"{said}DELETE FROM events WHERE position > 14",
        f"{said}DELETE FROM events WHERE position = 1",
        f"{said}TRUNCATE events",
        f"{said}DELETE FROM streams",
        f"{said}UPDATE events SET position = position - 14",
    ):
        admin.execute("RESET ledger.archiving")
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            admin.execute(statement)
    assert admin.execute("SELECT count(*) FROM events").fetchone() == before


ARCHIVING = "SET ledger.archiving = 'on'; "
"""Who says so changes on purpose what nobody changes by mistake."""


@pytest.mark.parametrize("table", ["archive", "archived_streams"])
def test_nobody_changes_what_is_kept_of_the_archive(
    admin: psycopg.Connection[Any], table: str
) -> None:
    before = admin.execute(f"SELECT * FROM {table}").fetchall()
    for statement in (
        f"UPDATE {table} SET {'recorded_at = 0' if table == 'archive' else 'version = 1'}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"INSERT INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="never changed"):
            admin.execute(statement)
    assert admin.execute(f"SELECT * FROM {table}").fetchall() == before


A_FILE = (
    "INSERT INTO archive SELECT to_position + 3, to_position + 1, revision + 1, hash, hash, "
    "recorded_at, file, folder, hash FROM archive; "
)
STATES = "UPDATE archived_streams SET version = version + 9; "


@pytest.mark.parametrize("claimed", [A_FILE, STATES, A_FILE + STATES + "RESET ledger.archiving"])
def test_nothing_goes_unless_a_file_and_a_state_of_it_are_known_and_it_is_archived_now(
    admin: psycopg.Connection[Any], claimed: str
) -> None:
    admin.execute(ARCHIVING + claimed)
    before = admin.execute("SELECT count(*) FROM events").fetchone()
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
        admin.execute("DELETE FROM events WHERE position > 14")
    assert admin.execute("SELECT count(*) FROM events").fetchone() == before


TAMPERED = {
    "a balance": (
        """UPDATE archived_streams SET state = replace(state, '"balance":', '"balance":1')"""
    ),
    "a version": "UPDATE archived_streams SET version = version - 1",
    "a hash": "UPDATE archive SET hash = previous_hash",
    "a manifest": "UPDATE archive SET manifest_sha256 = hash",
    "when it ended": "UPDATE archive SET recorded_at = 0",
    "a row": "DELETE FROM archived_streams",
    "no archive": "DELETE FROM archive",
    "an invented file": A_FILE,
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_remembered_of_the_archive_is_compared_with_the_log(
    place: str, admin: psycopg.Connection[Any], what: str, folder: Path
) -> None:
    assert told(place) == []
    admin.execute(ARCHIVING + TAMPERED[what])
    assert told(place)
    with Ledger.open(place) as ledger:
        head = ledger.head()
        with pytest.raises(LedgerError):
            ledger.archive(folder, head.recorded_us)
        assert ledger.head() == head


def insert(admin: psycopg.Connection[Any], position: int, version: int, of: int = 15) -> None:
    """Put a change of an account that is archived into the log."""
    admin.execute(
        f"INSERT INTO events SELECT {position}, effective_at, recorded_at, stream_no, {version}, "
        "schema_version, backdated, hash, salt, digest, event_type, data, metadata, text "
        f"FROM events WHERE position = {of}"
    )


@pytest.mark.parametrize(("position", "version"), [(3, 1), (3, 99), (17, 1)])
def test_what_is_archived_and_here_again_is_found(
    place: str, admin: psycopg.Connection[Any], position: int, version: int
) -> None:
    """Before all that is read without the archive, or with a version from there."""
    insert(admin, position, version)
    with Ledger.open(place) as ledger:
        found = ledger.verify(workers=1).findings
    told = [(each.position, each.message) for each in found]
    assert (position, "a change that was moved to the archive is here, too") in told


def test_nothing_is_archived_over_what_is_archived_and_here_again(
    place: str, admin: psycopg.Connection[Any], folder: Path
) -> None:
    with Ledger.open(place) as ledger:
        archived_to = ledger.book().archive
        ledger.deposit("bank", "1")
        until = ledger.head().recorded_us
        insert(admin, 18, 1, of=17)
        with pytest.raises(DamagedLedger, match="wrong order"):
            ledger.archive(folder, until - 1)
        assert ledger.book().archive == archived_to


def test_a_query_over_what_was_tampered_with_is_damage(
    place: str, admin: psycopg.Connection[Any]
) -> None:
    admin.execute(ARCHIVING + "UPDATE archived_streams SET state = 'xx'")
    with (
        Ledger.open(place) as ledger,
        pytest.raises(DamagedLedger, match="json"),
        ledger.sql("SELECT * FROM accounts") as answer,
    ):
        list(answer.rows)


def test_a_repair_keeps_what_belongs_to_the_archived_part(
    place: str, admin: psycopg.Connection[Any], folder: Path
) -> None:
    with Ledger.open(place) as ledger:
        ledger.deposit("bank", "5", idempotency_key="k")
        ledger.archive(folder, ledger.head().recorded_us)
        ledger.deposit("bank", "6", idempotency_key="l")
    admin.execute("DROP VIEW entries; DELETE FROM idempotency_keys WHERE key = 'l'")
    os.rename(folder, folder.with_name("away"))
    repaired = Ledger.diagnose(place, repair=True)
    assert repaired.sound, repaired
    os.rename(folder.with_name("away"), folder)
    with Ledger.open(place) as ledger:
        assert ledger.deposit("bank", "5", idempotency_key="k").replayed
        assert ledger.deposit("bank", "6", idempotency_key="l").replayed
        with ledger.sql("SELECT version FROM entries WHERE account = 'bank'") as answer:
            assert list(answer.rows) == [(9,)]


# ── room ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_tables_shrink(own_postgresql: PostgresServer, folder: Path) -> None:
    """Alone on its server: rows that an older transaction of another test may see would stay."""
    line = b'{"command":"deposit","account":"a","amount":"1","description":"twenty characters of"}'
    with Ledger.open(own_postgresql.url("books")) as ledger:
        ledger.open_account("a", "Ana")
        ledger.batch([line] * 3_000)
        report = ledger.archive(folder, ledger.head().recorded_us)
    assert report.not_shrunk == ""
    assert report.size_after < report.size_before / 3


def test_where_somebody_reads_for_long_the_room_is_free_for_new_entries(
    postgresql_url: str, folder: Path
) -> None:
    with (
        Ledger.open(postgresql_url, lock_timeout=0.1) as ledger,
        psycopg.connect(postgresql_url) as reader,
    ):
        write(ledger)
        reader.execute("SELECT * FROM events LIMIT 1")
        report = ledger.archive(folder, ledger.head().recorded_us)
        assert "another process has been using" in report.not_shrunk
        free = "SELECT last_vacuum FROM pg_stat_all_tables WHERE relid = 'events'::regclass"
        assert reader.execute(free).fetchall() != [(None,)]
        assert ledger.verify(workers=1).clean


# ── who may, and who archives ─────────────────────────────────────────────────────────────────────


def test_who_may_only_read_reads_through_and_cannot_archive(
    place: str, admin: psycopg.Connection[Any], folder: Path, postgresql_server: PostgresServer
) -> None:
    found = admin.execute("SELECT current_schema()").fetchone()
    assert found
    schema = found[0]
    admin.execute(
        f"CREATE ROLE reads_{schema} LOGIN; GRANT USAGE ON SCHEMA {schema} TO reads_{schema}; "
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reads_{schema}"
    )
    try:
        url = postgresql_server.url(schema, user=f"reads_{schema}")
        with Ledger.open(url) as ledger:
            assert len(ledger.history("bank").entries) == 7
            with pytest.raises(LedgerError, match="permission denied"):
                ledger.archive(folder, ledger.head().recorded_us)
            assert ledger.verify(workers=1).clean
        assert len(os.listdir(folder)) == 2
    finally:
        admin.execute(f"DROP OWNED BY reads_{schema}; DROP ROLE reads_{schema}")


def test_another_machine_that_lacks_the_folder_is_told_how_to_name_it(
    fork_server: ForkServer, tmp_path: Path, place: str, folder: Path
) -> None:
    env = environment(tmp_path, place)
    os.rename(folder, tmp_path / "mounted")
    assert fork_server.run("deposit", "bank", "1", cwd=tmp_path, env=env).status == 0
    missing = fork_server.run("history", "bank", "--json", cwd=tmp_path, env=env)
    assert (missing.status, missing.error["code"]) == (4, "archive_missing")
    assert missing.error["details"]["folder"] == str(folder)
    assert "--archive DIR" in missing.error["hint"]
    found = fork_server.run("history", "bank", "--archive", "mounted", cwd=tmp_path, env=env)
    assert found.status == 0


# ── runs that are broken off ──────────────────────────────────────────────────────────────────────


def check_that_it_goes_on(
    url: str, folder: Path, until: int, log: list[Any], *, done: bool
) -> None:
    """Nothing of the log is lost after a run that was broken off, and a further one ends it.

    Args:
        done: whether the broken one had archived all there was.
    """
    with Ledger.open(url) as ledger:
        assert bool(ledger.book().archive) is done
        assert ledger.verify(workers=1).clean
        assert list(ledger.events())[: len(log)] == log
        if not done:
            ledger.archive(folder, until)
        with pytest.raises(NothingToArchive):
            ledger.archive(folder, until)
        assert ledger.verify(workers=1, archive=str(folder)).clean
        assert list(ledger.events())[: len(log)] == log
    assert len(os.listdir(folder)) == 2


# ── the server is stopped ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", ["verified", "recorded", "deleted"])
def test_a_server_that_stops_at_once_loses_nothing_and_a_further_run_goes_on(
    own_postgresql: PostgresServer, folder: Path, step: str
) -> None:
    def reached(name: str) -> None:
        if name == step:
            own_postgresql.crash()

    url = own_postgresql.url("books")
    with Ledger.open(url) as ledger:
        write(ledger)
        log, until = list(ledger.events()), ledger.head().recorded_us
        with suppress(LedgerError):
            archive(ledger, folder, until, reached)
    own_postgresql.start()
    check_that_it_goes_on(url, folder, until, log, done=step == "deleted")


# ── the client is killed ──────────────────────────────────────────────────────────────────────────

STEPS = ("segment written", "manifest written", "verified", "recorded", "deleted", "shrunk")


@pytest.mark.parametrize("step", STEPS)
def test_a_client_that_is_killed_loses_nothing_and_a_further_run_goes_on(
    postgresql_url: str, folder: Path, step: str
) -> None:
    with Ledger.open(postgresql_url) as ledger:
        write(ledger)
        log, until = list(ledger.events()), ledger.head().recorded_us
    process = os.fork()
    if not process:
        with Ledger.open(postgresql_url) as ledger:
            archive(
                ledger,
                folder,
                until,
                lambda name: os.kill(os.getpid(), SIGKILL) if name == step else None,
            )
        os._exit(0)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status)
    done = step in ("deleted", "shrunk")
    check_that_it_goes_on(postgresql_url, folder, until, log, done=done)
