"""A ledger on a server that is archived answers as one in a file that is archived the same way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.servers.test_same_answers import of_a_file
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome
from tests.support.servers.archived_session import SESSION
from tests.support.servers.every_command import typed

pytestmark = pytest.mark.servers

_SIZES = re.compile(r'"size_(?:before|after)":\d+|had [\d,]+ bytes, and has [\d,]+ now')


def test_an_archived_ledger_answers_as_one_in_a_file(
    fork_server: ForkServer, tmp_path: Path, postgresql_url: str
) -> None:
    answers: dict[str, list[tuple[object, ...]]] = {}
    for place in ("books.db", postgresql_url):
        folder = tmp_path / str(len(answers))
        folder.mkdir()
        answers[place] = [
            (line, *told(line, done)) for line, done in typed(fork_server, folder, place, SESSION)
        ]
    on_file, on_server = answers.values()
    on_server = [(line, *(of_a_file(part) for part in answer)) for line, *answer in on_server]
    wrong = [pair for pair in zip(on_file, on_server, strict=True) if pair[0] != pair[1]]
    assert wrong == []
    codes = [answer[1] for answer in on_file]
    assert {0, 2, 3, 4} <= set(codes)
    assert codes.count(4) >= 20, "the archive was not missed"


def told(line: str, done: Outcome) -> tuple[object, ...]:
    """What is the same wherever the ledger is."""
    if line == "book --json":
        return done.status, done.json["archive"]
    return done.status, _SIZES.sub("SIZE", done.out), done.err
