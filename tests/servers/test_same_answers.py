"""Every command, typed at a ledger on a server, answers as it does where the ledger is a file."""

from __future__ import annotations

from pathlib import Path

from tests.support.fork_server import ForkServer
from tests.support.servers.every_command import SESSION, typed

DIFFERENT = "book"
"""The command that says what kind of place the ledger is in."""


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
    # A file has something in it, and a server has something at an address.
    on_server = [(line, *(_in_it(part) for part in answer)) for line, *answer in on_server]
    wrong = [pair for pair in zip(on_file, on_server, strict=True) if pair[0] != pair[1]]
    assert wrong == []
    assert len(on_file) == len(SESSION.strip().splitlines())


def _in_it(part: object) -> object:
    return part.replace("ledger at PLACE", "ledger in PLACE") if isinstance(part, str) else part
