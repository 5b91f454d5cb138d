"""Every command, typed at a ledger on a server, answers as it does where the ledger is a file."""

from __future__ import annotations

from pathlib import Path

from tests.support.fork_server import ForkServer
from tests.support.program import Outcome
from tests.support.servers.every_command import SESSION, typed

DIFFERENT = ("book", "erase")
"""Commands that say what kind of place the ledger is in."""


def test_every_command_answers_as_on_a_file(
    fork_server: ForkServer, tmp_path: Path, postgresql_url: str
) -> None:
    answers: dict[str, list[tuple[object, ...]]] = {}
    for place in ("books.db", postgresql_url):
        folder = tmp_path / str(len(answers))
        folder.mkdir()
        answers[place] = [
            (line, done.status) if line.split()[0] in DIFFERENT else (line, *_told(done))
            for line, done in typed(fork_server, folder, place)
        ]
    on_file, on_server = answers.values()
    wrong = [pair for pair in zip(on_file, on_server, strict=True) if pair[0] != pair[1]]
    assert wrong == []
    assert len(on_file) == len(SESSION.strip().splitlines())


def _told(done: Outcome) -> tuple[int, str, str]:
    # A file has something in it, and a server has something at an address.
    return done.status, done.out, done.err.replace("ledger at PLACE", "ledger in PLACE")
