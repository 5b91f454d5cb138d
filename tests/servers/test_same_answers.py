"""Every command, typed at a ledger on a server, answers as it does where the ledger is a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fork_server import ForkServer
from tests.support.servers.every_command import SESSION, typed

pytestmark = pytest.mark.servers

DIFFERENT = "book"
"""The command that says what kind of place the ledger is in."""
ON_A_SERVER = "the tables were written anew without the texts; the server's write-ahead log"


def test_every_command_answers_as_on_a_file(
    fork_server: ForkServer, tmp_path: Path, postgresql_url: str
) -> None:
    answers: dict[str, list[tuple[object, ...]]] = {}
    for place in ("books.db", postgresql_url):
        folder = tmp_path / str(len(answers))
        folder.mkdir()
        answers[place] = [
            (line, *((done.status,) if line == DIFFERENT else (done.status, done.out, done.err)))
            for line, done in typed(fork_server, folder, place)
        ]
    on_file, on_server = answers.values()
    on_server = [(line, *(of_a_file(part) for part in answer)) for line, *answer in on_server]
    wrong = [pair for pair in zip(on_file, on_server, strict=True) if pair[0] != pair[1]]
    assert wrong == []
    assert len(on_file) == len(SESSION.strip().splitlines())


def of_a_file(part: object) -> object:
    """What is said of a file: it has something in it, and no server keeps erased texts."""
    if not isinstance(part, str):
        return part
    for here, there in (("ledger at PLACE", "ledger in PLACE"), ("address was", "path was")):
        part = part.replace(here, there)
    lines = part.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"note: {ON_A_SERVER}"))
