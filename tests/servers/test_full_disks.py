"""A server whose disk is full: what is wrong is said, nothing is half done, and with more room a
retry is right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from ledger import Ledger
from ledger.errors import StorageFailure
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, environment
from tests.support.servers.run import Run
from tests.support.servers.small_disk import LOG, TABLES, SmallDiskServer

pytestmark = pytest.mark.servers

READS = (("balance", "a"), ("history", "a"), ("find",), ("head",), ("backup", "copy.db"))


@pytest.fixture(scope="module")
def small_server(run_of_tests: Run) -> Iterator[SmallDiskServer]:
    server = SmallDiskServer(run_of_tests)
    with closing(server):
        server.start()
        yield server


@pytest.fixture
def place(small_server: SmallDiskServer) -> Iterator[str]:
    """The address of a small ledger."""
    with small_server.new_schema() as schema:
        with Ledger.open(small_server.url(schema)) as ledger:
            for account in ("a", "b"):
                ledger.open_account(account, "Ana", initial_balance="1000", at="2026-01-01")
        yield small_server.url(schema)
        small_server.leave()  # its connection may be lost


def test_where_the_tables_cannot_grow_nothing_is_half_done(
    small_server: SmallDiskServer, place: str, fork_server: ForkServer, tmp_path: Path
) -> None:
    def typed(*words: str) -> Outcome:
        return fork_server.run(*words, cwd=tmp_path, env=environment(tmp_path, place))

    small_server.fill(TABLES)
    done = 0
    while True:
        keyed = ["transfer", "a", "b", "1", "-m", f"{'x' * 3000} {done}"]
        keyed += ["--idempotency-key", f"key-{done}", "--json"]
        outcome = typed(*keyed)
        if outcome.status:
            break
        done += 1
    assert (outcome.status, outcome.out, outcome.error["code"]) == (1, "", "storage_failure")
    assert "the server has no room" in outcome.error["message"]
    assert "nothing was changed" in outcome.error["message"]
    assert outcome.error["hint"] == "make room on the server, then repeat the command"
    for words in READS:
        assert typed(*words).status == 0
    assert typed("balance", "a").out == f"{1000 - done}.00\n"
    found = typed("verify", "--json")
    assert (found.status, found.json["findings"]) == (0, []), found
    assert any("has no room" in note for note in found.json["notes"]), found
    small_server.make_room(TABLES)
    again = typed(*keyed)
    assert (again.status, again.json["replayed"]) == (0, False), again
    assert typed("balance", "a").out == f"{999 - done}.00\n"
    assert typed("verify").status == 0


def test_where_the_write_ahead_log_cannot_grow_nothing_is_half_done(
    small_server: SmallDiskServer, place: str
) -> None:
    dice = Random(7)
    lines = [
        b'{"command":"deposit","account":"a","amount":"1","description":"%s","idempotency_key":"%d"}'
        % (dice.randbytes(1200).hex().encode(), number)
        for number in range(2_500)
    ]
    with Ledger.open(place) as ledger:
        before = ledger.head()
        small_server.fill(LOG)
        with pytest.raises(StorageFailure) as failure:  # by which the server ends
            ledger.batch(lines)
        assert failure.value.details["away"]
        with pytest.raises(StorageFailure):
            ledger.head()
        small_server.kill()
        small_server.make_room(LOG)
        small_server.start()
        assert ledger.head() == before
        report = ledger.batch(lines)
        assert (report.commands, report.replayed) == (len(lines), 0)
        assert ledger.head().position == before.position + len(lines)
        assert ledger.verify(workers=1).clean
