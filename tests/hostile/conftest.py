from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fork_server import ForkServer
from tests.support.hostile import one_process
from tests.support.program import Outcome, environment
from tests.support.tampering.attacked_ledger import write_books

RunBounded = Callable[..., Outcome]
RunInOne = Callable[..., list[Outcome]]


@pytest.fixture(scope="session")
def _untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("untouched") / "books.db"
    write_books(str(path))
    return path


@pytest.fixture
def books(_untouched: Path, tmp_path: Path) -> Path:
    """The file of a ledger of its own for each test."""
    return Path(shutil.copy(_untouched, tmp_path / "books.db"))


@pytest.fixture
def run(fork_server: ForkServer, books: Path, tmp_path: Path) -> RunBounded:
    """Run ``ledger`` on that ledger; the fork server gives it half a minute, and 2 GB."""

    def run_bounded(*arguments: str, stdin: bytes = b"") -> Outcome:
        outcome = fork_server.run(
            *arguments,
            cwd=tmp_path,
            env=environment(tmp_path, books, LEDGER_LOCK_TIMEOUT="0.2"),
            stdin=stdin,
        )
        assert outcome.status >= 0, f"{arguments} was still running"
        assert "Traceback" not in outcome.err, outcome.err
        return outcome

    return run_bounded


@pytest.fixture
def run_in_one(fork_server: ForkServer, books: Path, tmp_path: Path) -> RunInOne:
    """Run ``ledger`` on that ledger several times in one process, with the same bounds."""

    def run_bounded(*lines: tuple[str, ...]) -> list[Outcome]:
        env = environment(tmp_path, books, LEDGER_LOCK_TIMEOUT="0.2")
        outcomes = one_process.run_in_one(fork_server, lines, tmp_path, env)
        for outcome in outcomes:
            assert "Traceback" not in outcome.err, outcome.err
        return outcomes

    return run_bounded
