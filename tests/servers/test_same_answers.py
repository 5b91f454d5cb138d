"""Every command, typed at a ledger on a server, answers as it does where the ledger is a file."""

from __future__ import annotations

from pathlib import Path

from tests.support.fork_server import ForkServer
from tests.support.servers.every_command import typed


def test_every_command_answers_as_on_a_file(
    fork_server: ForkServer, tmp_path: Path, 
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    a = list(typed(fork_server, tmp_path / "a", "books.db"))
    for line, o in a:
        print("$", line, "->", o.status); print((o.out[:300]+o.err[:400]) if o.status else o.out[:100])
    b = list(typed(fork_server, tmp_path / "b", "books.db"))
    for (line, x), (_, y) in zip(a, b, strict=True):
        assert x == y, line
