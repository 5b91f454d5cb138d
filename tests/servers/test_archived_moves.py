"""A ledger that is archived is moved between files and servers: what cannot be done is refused, and
what the refusal says to type moves it, with the same head and the same answers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fork_server import ForkServer
from tests.support.program import SAMPLE_DATA, Outcome, environment
from tests.support.servers.postgresql import PostgresServer

pytestmark = pytest.mark.servers

QUESTIONS = (("head",), ("accounts", "--json"), ("history", "bank", "--json"), ("find", "--json"))


class Shell:
    """Types commands, hints among them."""

    def __init__(self, server: ForkServer, folder: Path) -> None:
        self._server = server
        self._folder = folder

    def run(self, place: str, *words: str, stdin: bytes = b"") -> Outcome:
        env = environment(self._folder, place)
        return self._server.run(*words, cwd=self._folder, env=env, stdin=stdin)

    def done(self, place: str, *words: str) -> str:
        done = self.run(place, *words)
        assert done.status == 0, done
        return done.out

    def type(self, line: str) -> Outcome:
        """Type a line of commands that feed each other, or follow each other, to its end."""
        done, words, fed = None, list[str](), b""
        for word in [*shlex.split(line), "&&"]:
            if word not in ("|", "&&"):
                words.append(word)
                continue
            assert words[0] == "ledger", line
            done, words = self.run("no.db", *words[1:], stdin=fed), []
            fed = done.bytes_out if word == "|" else b""
            if done.status:
                break
        assert done is not None
        return done


@pytest.fixture
def shell(fork_server: ForkServer, tmp_path: Path) -> Shell:
    return Shell(fork_server, tmp_path)


@pytest.fixture
def servers(postgresql_server: PostgresServer) -> Iterator[tuple[str, str]]:
    """The addresses of two ledgers that are not there yet."""
    with postgresql_server.new_schema() as one, postgresql_server.new_schema() as other:
        yield postgresql_server.url(one), postgresql_server.url(other)


def command_of(refused: Outcome) -> str:
    """What the hint says to type."""
    assert refused.status == 2, refused
    return "ledger " + str(refused.error["hint"]).partition(": ledger ")[2]


@pytest.mark.parametrize("lift", [(), ("--lift",)])
@pytest.mark.parametrize("way", ["file to server", "server to file", "server to server"])
def test_what_is_archived_is_not_migrated_but_moved(
    shell: Shell, servers: tuple[str, str], tmp_path: Path, way: str, lift: tuple[str, ...]
) -> None:
    source, destination = (
        "new.db" if place == "file" else server
        for place, server in zip(way.split(" to "), servers, strict=True)
    )
    for line in (
        "open bank --owner Ana --initial-balance 100",
        "open cash --owner Ana",
        "transfer bank cash 1 -m Put",
        "archive archive --to today",
        "transfer bank cash 1 -m Later",
    ):
        shell.done(source, *shlex.split(line))
    before = [shell.done(source, *question) for question in QUESTIONS]

    refused = shell.run("", "migrate", source, destination, *lift, "--json")
    moved = shell.type(command_of(refused))
    if moved.status:  # the copy of a server is archived as well, which is said of the copy
        assert way.startswith("server")
        assert lift
        refused = shell.run("", "migrate", "copy.db", destination, *lift, "--json")
        assert "archived" in refused.error["message"]
        moved = shell.type(command_of(refused))
    assert moved.status == 0, moved

    assert [shell.done(destination, *question) for question in QUESTIONS] == before
    (tmp_path / "archive").rename(tmp_path / "away")  # which the new one does not need
    assert [shell.done(destination, *question) for question in QUESTIONS] == before
    shell.done(destination, "verify")


def test_what_an_older_program_wrote_is_written_anew_by_what_erase_says(
    shell: Shell, servers: tuple[str, str]
) -> None:
    source, erase = servers[0], ("erase", "acc-001", "--reason", "asked", "--yes")
    shell.done(source, "import-events", str(SAMPLE_DATA / "older_world.jsonl"))
    refused = shell.run(source, *erase, "--json")
    assert refused.error["code"] == "not_erasable", refused
    line = "ledger " + refused.error["hint"].partition(": ledger ")[2]
    assert shell.type(line).status == 0
    assert shell.done("new.db", "balance") == shell.done(source, "balance")
    shell.done("new.db", *erase)
