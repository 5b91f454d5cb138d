from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, Run, environment
from tests.support.tampering.attacked_ledger import write_books


@pytest.fixture(scope="session")
def _untouched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("untouched") / "books.db"
    return path, write_books(str(path))


@pytest.fixture
def path(_untouched: tuple[Path, str], tmp_path: Path) -> str:
    """The file of a ledger of its own for each test."""
    return shutil.copy(_untouched[0], tmp_path / "books.db").__str__()


@pytest.fixture
def noted_head(_untouched: tuple[Path, str]) -> str:
    """The head of that ledger before anybody touched it."""
    return _untouched[1]


@pytest.fixture
def run(fork_server: ForkServer, path: str, tmp_path: Path) -> Run:
    """Run ``ledger`` with arguments on the ledger of the test."""

    def run_program(*arguments: str) -> Outcome:
        return fork_server.run(*arguments, cwd=tmp_path, env=environment(tmp_path, path))

    return run_program
