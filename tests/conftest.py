"""What all suites share: long runs, asked for with ``--soak-seconds N``, and the fork server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from random import SystemRandom
from typing import Final

import pytest

from tests.support import soak as soak_runs
from tests.support.fork_server import ForkServer

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
    if config.getoption("--soak-seconds"):
        return
    long_runs = [item for item in items if item.get_closest_marker("soak")]
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
def fork_server() -> Iterator[ForkServer]:
    """Runs command lines in forks of a process that has the program loaded."""
    server = ForkServer()
    yield server
    server.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    soak_runs.tell(terminalreporter)
