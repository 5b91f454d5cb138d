"""What all suites share: long runs, asked for with ``--soak-seconds N``, and the fork server."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from random import SystemRandom
from typing import Any, Final

import pytest

from tests.support import soak as soak_runs
from tests.support.fork_server import ForkServer, close_shared, shared
from tests.support.forked_workers import fork_workers
from tests.support.servers import absent, postgresql
from tests.support.servers.books import server_books
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import Run

STORES: Final = ("sqlite", "postgresql")

_RUN: Final = pytest.StashKey[Run]()

MEMORY: Final = "/dev/shm"
"""A folder on no disk, on the systems that have one."""

ROOM: Final = 2 * 2**30
"""Bytes that must be free there; a run of everything takes less than a quarter of it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--soak-seconds",
        type=int,
        default=0,
        metavar="N",
        help="run each test marked `soak` for N seconds (default: leave them out)",
    )
    parser.addoption(
        "--soak-seed",
        type=int,
        default=None,
        metavar="N",
        help="draw the long runs from this seed (default: another one each time; it is printed)",
    )
    parser.addoption(
        "--store",
        choices=STORES,
        default="sqlite",
        help="where the ledgers are that tests of commands use; what is about files is left out",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Under nohup, or as a background job of a shell, signals are ignored, which all that is started
    # from here would inherit.
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGHUP, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
    if _has_room(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)
    config.addinivalue_line("markers", "soak: a long run; see --soak-seconds")
    config.addinivalue_line("markers", "servers: a long run against servers; LEDGER_TEST_SERVERS=1")
    config.addinivalue_line("markers", "files: is about ledgers that are files; see --store")
    told = getattr(config, "workerinput", {}).get("servers")
    config.stash[_RUN] = Run(Path(told)) if told else Run.begin()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of the run that it belongs to."""
    node.workerinput["servers"] = str(node.config.stash[_RUN].folder)


def pytest_collection_finish() -> None:
    # `ledger.cli` turns the collection of garbage off, and a process of tests once grew to 1.4 GB.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    close_shared()
    if run := config.stash.get(_RUN, None):
        run.end()


def _has_room(folder: str) -> bool:
    """Whether tests can have their files there, where no sync waits for a disk.

    None of them needs one: what a disk loses is lost on the disk that `crash/` makes.
    """
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    free = found.f_bavail * found.f_frsize
    return free >= ROOM and not found.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = set()
    if not config.getoption("--soak-seconds"):
        left_out.add("soak")
    if not os.environ.get("LEDGER_TEST_SERVERS"):
        left_out.add("servers")
    if config.getoption("--store") != "sqlite":
        left_out.add("files")
    long_runs = [item for item in items if left_out & {mark.name for mark in item.iter_markers()}]
    if long_runs:
        config.hook.pytest_deselected(items=long_runs)
        items[:] = [item for item in items if item not in long_runs]


@pytest.fixture
def soak(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Iterator[soak_runs.Soak]:
    """A long run; its seed and figures are told at the end, whatever becomes of it."""
    given: int | None = request.config.getoption("--soak-seed")
    seed = SystemRandom().randrange(10**6) if given is None else given
    run = soak_runs.Soak(request.config.getoption("--soak-seconds"), seed)
    print(f"seed {seed}")
    yield run
    record_property(soak_runs.PROPERTY, run.told())


@pytest.fixture(scope="session")
def fork_server() -> ForkServer:
    """Runs command lines in forks of a process that has the program loaded."""
    return shared()


@pytest.fixture
def forked_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of verifications and rebuilds are forks; see `tests.support.forked_workers`."""
    fork_workers(monkeypatch)


@pytest.fixture(scope="session")
def run_of_tests(pytestconfig: pytest.Config) -> Run:
    """What the processes of this run share."""
    return pytestconfig.stash[_RUN]


@pytest.fixture(scope="session")
def postgresql_server(run_of_tests: Run) -> Iterator[PostgresServer]:
    """The PostgreSQL server that this run shares; it is started when it is first asked for."""
    server = postgresql.shared(run_of_tests)
    yield server
    server.leave()


@pytest.fixture
def postgresql_url(postgresql_server: PostgresServer) -> Iterator[str]:
    """The address of a ledger that is not there yet, in a schema of its own."""
    with postgresql_server.new_schema() as schema:
        yield postgresql_server.url(schema)


@pytest.fixture
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where the ledger of this test will be: a file in its folder, or what `--store` says."""
    path = tmp_path / "books.db"
    if request.config.getoption("--store") == "postgresql":
        return server_books(path, request.getfixturevalue("postgresql_url"))
    return path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    soak_runs.tell(terminalreporter)
    absent.tell(terminalreporter)
