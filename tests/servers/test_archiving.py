"""A ledger on a server keeps all of its log there."""

from __future__ import annotations

from pathlib import Path

from ledger import Ledger
from tests.support.fork_server import ForkServer
from tests.support.program import environment


def test_a_ledger_on_a_server_is_not_archived(
    fork_server: ForkServer, tmp_path: Path, postgresql_url: str
) -> None:
    with Ledger.open(postgresql_url) as ledger:
        ledger.open_account("bank", "Ana", at="2026-01-01")
        head = ledger.head()
    words = ("archive", "put-away", "--to", "2026-12", "--json")
    done = fork_server.run(*words, cwd=tmp_path, env=environment(tmp_path, postgresql_url))
    assert done.status == 2, done
    assert "only a ledger in a file can be archived, and this one is on a server" in done.err
    assert not (tmp_path / "put-away").exists()
    with Ledger.open(postgresql_url) as ledger:
        assert ledger.head() == head
