"""Folders in which somebody has typed all that a page shows."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.documents import console_examples, printed_by
from tests.support.format1.golden import BOOKS


class Reading(NamedTuple):
    """Where a page's console examples were typed, and what each printed."""

    folder: Path
    printed: list[list[str]]


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Reading]:
    """Type a page's console examples, in order, in a folder of their own."""

    @cache
    def read(page: str) -> Reading:
        folder = tmp_path_factory.mktemp(page)
        if page == "migrating":  # from a ledger that nobody can make any more
            shutil.copyfile(BOOKS, folder / "club-0.1.db")
        return Reading(folder, printed_by(console_examples(page), folder))

    return read
