"""Folders in which somebody has typed all that a page shows."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.support.documents import console_examples, printed_by
from tests.support.format1.golden import BOOKS
from tests.support.servers.postgresql import PostgresServer

STARTED: Final = "README"
"""The page whose examples start the installed command; those of the others run in forks."""


class Reading(NamedTuple):
    """Where a page's console examples were typed, and what each printed."""

    folder: Path
    printed: list[list[str]]


_CREATEDB = f"""#!{sys.executable}
import sys, psycopg
psycopg.connect("dbname=postgres", autocommit=True).execute("CREATE DATABASE " + sys.argv[1])
"""


@pytest.fixture(scope="session")
def read(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str], Reading]:
    """Type a page's console examples, in order, in a folder of their own."""

    @cache
    def read(page: str) -> Reading:
        folder = tmp_path_factory.mktemp(page)
        if page == "migrating":  # from a ledger that nobody can make any more
            shutil.copyfile(BOOKS, folder / "club-0.1.db")
        more = {}
        if page == "servers":
            server: PostgresServer = request.getfixturevalue("postgresql_server")
            more = {"PGHOST": str(server.folder), "PGPORT": str(server.port), "PGUSER": "postgres"}
            if shutil.which("createdb") is None:  # the wheel of the server has no such program
                more["PATH"] = _with_createdb(tmp_path_factory.mktemp("bin"))
        started = page == STARTED
        return Reading(folder, printed_by(console_examples(page), folder, more, started=started))

    return read


def _with_createdb(folder: Path) -> str:
    """A path of programs on which there is one that makes databases."""
    (folder / "createdb").write_text(_CREATEDB)
    (folder / "createdb").chmod(0o755)
    return f"{folder}:{Path(sys.executable).parent}:/usr/bin:/bin"
