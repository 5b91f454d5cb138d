"""Every command, typed at a ledger on a server, answers as it does where the ledger is a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fork_server import ForkServer
from tests.support.servers.every_command import SESSION, typed

DIFFERENT = "book"
"""The command that says what kind of place the ledger is in."""


@pytest.mark.xfail(reason="find, report and sql are not there yet")
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
    wrong = [pair for pair in zip(on_file, on_server, strict=True) if pair[0] != pair[1]]
    assert wrong == []
    assert len(on_file) == len(SESSION.strip().splitlines())
