"""Running the installed command as its users do, or in a fork that does the same in less time."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support import program
from tests.support.cli.on_a_server import runs_on_a_server
from tests.support.cli.small_ledger import write_small_books
from tests.support.file_content import tree
from tests.support.fork_server import LONGEST_PIPED, ForkServer
from tests.support.program import (
    SAMPLE_DATA,
    Outcome,
    Refused,
    Run,
    environment,
)
from tests.support.servers.books import server_books
from tests.support.servers.postgresql import PostgresServer


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--store") == "sqlite":
        return
    here = Path(__file__).parent
    left_out = [
        item
        for item in items
        if here in item.path.parents
        and not runs_on_a_server(item.path.stem, getattr(item, "originalname", item.name))
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture
def environ(tmp_path: Path, books: Path) -> dict[str, str]:
    """An environment without anything of the person who runs the tests."""
    return environment(tmp_path, books, LEDGER_ACTOR="tester")


@pytest.fixture
def installed(environ: dict[str, str], tmp_path: Path) -> Run:
    """Run ``ledger`` with arguments, in an empty folder, with stdout and stderr in pipes."""

    def run_program(
        *arguments: str | bytes,
        stdin: str | bytes = b"",
        env: dict[str, str] | None = None,
        prefix: tuple[str, ...] = (),
    ) -> Outcome:
        return program.run(
            *arguments,
            stdin=stdin.encode() if isinstance(stdin, str) else stdin,
            env={**environ, **(env or {})},
            cwd=tmp_path,
            prefix=prefix,
        )

    return run_program


@pytest.fixture
def _run_in_fork(environ: dict[str, str], fork_server: ForkServer, tmp_path: Path) -> Run:
    def run_in_fork(
        *arguments: str | bytes,
        stdin: str | bytes = b"",
        env: dict[str, str] | None = None,
        bound: bool = False,
    ) -> Outcome:
        return fork_server.run(
            *map(os.fsdecode, arguments),
            stdin=stdin.encode() if isinstance(stdin, str) else stdin,
            env={**environ, **(env or {})},
            cwd=tmp_path,
            bound=bound,
        )

    return run_in_fork


@pytest.fixture
def run(installed: Run, _run_in_fork: Run) -> Run:
    """Run ``ledger`` as `installed` does, in a fork of a loaded program wherever that is the same.

    It is not the same where something stands before the program on the command line, where more
    comes out of a pipe than it holds, and where the interpreter heeds a variable as it starts.
    """

    def run_program(*arguments: str | bytes, **how: Any) -> Outcome:
        of_the_start = program.heeded_at_the_start(how.get("env") or {})
        apart = of_the_start or len(how.get("stdin", b"")) > LONGEST_PIPED or "prefix" in how
        return (installed if apart else _run_in_fork)(*arguments, **how)

    return run_program


@pytest.fixture(scope="session")
def club_year(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A ledger that holds the sample year, to be read; who writes makes a copy."""
    path = tmp_path_factory.mktemp("club") / "club.db"
    with ExitStack() as stack:
        if request.config.getoption("--store") == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgresql_server")
            path = server_books(path, server.url(stack.enter_context(server.new_schema())))
        env = environment(path.parent, path)
        assert program.run("batch", str(SAMPLE_DATA / "club_year.jsonl"), env=env).status == 0
        yield path


@pytest.fixture
def club(club_year: Path, environ: dict[str, str]) -> Path:
    """The sample year as the ledger that the program uses, to be read."""
    environ["LEDGER_DB"] = str(club_year)
    return club_year


@pytest.fixture(scope="session")
def _small_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "books.db"
    write_small_books(path)
    return path


@pytest.fixture
def small_books(request: pytest.FixtureRequest, books: Path) -> Path:
    """The ledger of `write_small_books` as the one that the program uses, to be changed at will."""
    if request.config.getoption("--store") == "sqlite":
        shutil.copy(request.getfixturevalue("_small_books"), books)
    else:
        write_small_books(books)
    return books


@pytest.fixture
def refused(installed: Run, _run_in_fork: Run, tmp_path: Path) -> Refused:
    """Run a command that has to be refused, and see all that is the same for every refusal.

    ``refused(status, code, command, *arguments, **how)`` gives the error it was refused with;
    ``how`` is what `run` takes. There are hundreds, so they run in forks of a loaded program;
    only what needs a command before the program on the command line runs as `installed` does.
    """

    def run_in_vain(
        status: int, code: str, command: str | bytes, *arguments: str | bytes, **how: Any
    ) -> Any:
        before = tree(tmp_path)
        outcome = (installed if "prefix" in how else _run_in_fork)(
            command, "--json", *arguments, **how
        )
        assert (outcome.status, outcome.out) == (status, ""), outcome
        error = outcome.error
        assert set(json.loads(outcome.err)) == {"error"}
        assert set(error) == {"code", "message", "hint", "details"}
        assert error["code"] == code, error
        assert error["message"]
        assert error["hint"]
        assert tree(tmp_path) == before
        return error

    return run_in_vain


@pytest.fixture
def ctrl_c_works() -> Iterator[None]:
    """Have processes started from here listen to SIGINT.

    In a background job of a shell it is ignored, which they would inherit.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
