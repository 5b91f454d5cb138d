from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import environ, run  # noqa: F401 - fixtures
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
