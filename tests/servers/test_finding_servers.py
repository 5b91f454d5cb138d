"""The servers that tests need are found, shared by a run, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.support.program import PROJECT
from tests.support.servers import postgresql
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import Run

PATIENCE = 20

HOLDER = """
import sys
from tests.support.servers.run import Run
from tests.support.servers.server import Server
run = Run.begin()
server = Server(run, "server")
server.folder.mkdir()
server._guard = server._launch(["sleep", "1000"])
while not (server.folder / "pid").exists():
    pass
print(run.folder, (server.folder / "pid").read_text(), flush=True)
sys.stdin.read()
"""
"""A run that uses a server of the simplest kind until its stdin ends."""

ASKER = """
import sys
from pathlib import Path
from tests.support.servers.postgresql import shared
from tests.support.servers.run import Run
server = shared(Run(Path(sys.argv[1])))
print((server.folder / "pid").read_text(), flush=True)
"""
"""A process of a run that asks for the server that the run shares."""


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=PROJECT,
        text=True,
        start_new_session=True,
    )


def runs(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_server_outlives_its_run_however_that_ends(number: int) -> None:
    with started(HOLDER) as holder:
        assert holder.stdout
        folder, pid = holder.stdout.readline().split()
        assert runs(int(pid))
        os.killpg(holder.pid, number)
        holder.wait()
    end = monotonic() + PATIENCE
    while runs(int(pid)) or Path(folder).exists():
        assert monotonic() < end
        sleep(0.01)


def test_all_processes_of_a_run_share_one_server(
    postgresql_server: PostgresServer, run_of_tests: Run
) -> None:
    askers = [started(ASKER, str(run_of_tests.folder)) for _ in range(2)]
    told = {asker.communicate()[0] for asker in askers}
    assert told == {(postgresql_server.folder / "pid").read_text() + "\n"}


def test_a_crash_of_a_server_of_its_own_is_recovered_from(own_postgresql: PostgresServer) -> None:
    with own_postgresql.connect() as connection:
        connection.execute("CREATE TABLE kept (number int); INSERT INTO kept VALUES (7)")
        own_postgresql.crash()
        with pytest.raises(Exception, match=r"terminat|closed"):
            connection.execute("SELECT 1")
    assert not own_postgresql.answers()
    own_postgresql.start()
    with own_postgresql.connect() as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]


@pytest.mark.servers
def test_the_server_of_the_wheel_runs_too(
    run_of_tests: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(postgresql.CHOICE, "wheel")
    with closed(PostgresServer(run_of_tests, f"wheel-{os.getpid()}")) as server:
        server.start()
        with server.connect() as connection:
            assert connection.info.server_version >= 180000


@contextmanager
def closed(server: PostgresServer) -> Iterator[PostgresServer]:
    try:
        yield server
    finally:
        server.close()


def test_a_server_that_is_missing_is_told_loudly_at_the_end() -> None:
    asks = f"{__file__}::test_all_processes_of_a_run_share_one_server"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "--quiet", "-p", "no:cacheprovider", asks],
        env={**os.environ, postgresql.CHOICE: "/nowhere"},
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "!!! NO SERVER !!!" in done.stdout
    assert (
        f"NO SERVER: PostgreSQL: {postgresql.CHOICE} names /nowhere, and initdb is not there "
        "(tests left out: 1)" in done.stdout
    )
    assert "1 skipped" in done.stdout
