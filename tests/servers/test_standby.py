"""A standby answers what the primary answers, and changes nothing; promoted, it goes on."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from time import sleep

import pytest

from ledger import Ledger
from ledger.errors import StorageFailure
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, environment
from tests.support.servers.every_command import READS
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.run import Run
from tests.support.servers.standby import Standby

pytestmark = pytest.mark.servers

MORE_READS: Sequence[tuple[str, ...]] = (
    ("balance",),
    ("balance", "--tree"),
    ("replay", "bank"),
    ("diff", "2"),
    ("snapshots",),
    ("publications",),
    ("doctor",),
    ("export", "-", "--to", "csv"),
    ("verify", "--workers", "2"),
    ("projections", "--catch-up"),
)
WRITES = """
open new --owner Ana
deposit bank 1
deposit bank 1 --idempotency-key new
withdraw bank 1 --at 2026-01-03
transfer bank cash 1
correct bank 2 --amount 6
amend bank --owner Ben
confirm bank 105 --as-of 2026-01-31
lock 2026-01 --yes
erase bank --reason asked --yes
book rename Club
batch lines.jsonl
snapshot --all
rebuild-projections
publish file:new.jsonl
"""
KNOWN = "deposit bank 5 --at 2026-01-02 --idempotency-key known"

Typed = Callable[..., Outcome]


@pytest.fixture(scope="module")
def pair(run_of_tests: Run) -> Iterator[tuple[PostgresServer, Standby]]:
    """A server, and its standby."""
    primary = PostgresServer(run_of_tests, f"primary-{os.getpid()}")
    with closing(primary):
        primary.start()
        standby = Standby(run_of_tests, primary)
        with closing(standby):
            standby.start()
            yield primary, standby


@pytest.fixture
def schema(pair: tuple[PostgresServer, Standby]) -> Iterator[str]:
    """The name of a schema with a small ledger, on both."""
    primary, standby = pair
    with primary.new_schema() as name:
        with Ledger.open(primary.url(name)) as ledger:
            ledger.open_account("bank", "Ana", initial_balance="100", at="2026-01-01")
            ledger.open_account("cash", "Ana", at="2026-01-01")
            ledger.deposit("bank", "5", at="2026-01-02", idempotency_key="known")
        standby.catch_up()
        yield name


@pytest.fixture
def typed(fork_server: ForkServer, tmp_path: Path) -> Typed:
    def run(place: str, *words: str) -> Outcome:
        return fork_server.run(*words, cwd=tmp_path, env=environment(tmp_path, place))

    return run


def test_a_standby_answers_as_the_primary_and_changes_nothing(
    pair: tuple[PostgresServer, Standby], schema: str, typed: Typed, tmp_path: Path
) -> None:
    primary, standby = (server.url(schema) for server in pair)
    (tmp_path / "lines.jsonl").write_text('{"command":"deposit","account":"bank","amount":"1"}\n')
    before = typed(primary, "export-events").out
    for command in WRITES.strip().splitlines():
        done = typed(standby, *shlex.split(command), "--json")
        assert (done.status, done.out) == (1, ""), done
        assert done.error["code"] == "storage_failure"
        assert "the server only lets it be read, as a standby does" in done.error["message"]
        assert "primary" in done.error["hint"]
    assert not (tmp_path / "new.jsonl").exists()
    known = typed(standby, *shlex.split(KNOWN), "--json")
    assert (known.status, known.json["replayed"]) == (0, True)
    for words in (("find",), ("balance", "--as-of", "2026-01-05"), READS[-2]):
        # The primary has no table of the entries yet, which questions make.
        assert typed(standby, *words).status == 0
    assert typed(primary, "find").status == 0
    pair[1].catch_up()
    for words in (*READS, *MORE_READS):
        here, there = typed(primary, *words), typed(standby, *words)
        assert here.status == there.status == 0, there
        lines = there.err.splitlines(True)
        err = "".join(line for line in lines if "schema was not compared" not in line)
        assert (err != there.err) == (words[0] in ("verify", "doctor")), there
        if words[0] not in ("book", "doctor"):
            assert (there.out, err) == (here.out, here.err)
    assert typed(primary, "export-events").out == before


def test_what_is_followed_on_a_standby_comes_and_what_is_published_there_is_not_sent(
    pair: tuple[PostgresServer, Standby], schema: str, typed: Typed, tmp_path: Path
) -> None:
    primary, standby = (server.url(schema) for server in pair)
    publish = ("publish", "file:out.jsonl", "--name", "out")
    assert typed(primary, *publish).status == 0
    with Ledger.open(primary) as ledger, Ledger.open(standby) as reader:
        end = ledger.head().position
        following = reader.follow(from_position=end + 1, pause=lambda _: sleep(0.01))
        for number in range(3):
            ledger.deposit("bank", "1")
            assert next(following).position == end + number + 1
    published = (tmp_path / "out.jsonl").read_text()
    done = typed(standby, *publish, "--json")
    assert (done.status, done.error["code"]) == (1, "storage_failure"), done
    assert (tmp_path / "out.jsonl").read_text() == published
    assert typed(primary, *publish).status == 0
    pair[1].catch_up()
    assert typed(standby, *publish).status == 0  # there is nothing to send


def test_what_reads_while_the_tables_are_written_anew_is_stopped_and_can_be_repeated(
    pair: tuple[PostgresServer, Standby], schema: str
) -> None:
    primary, standby = pair
    with standby.connect() as admin:
        admin.execute("ALTER SYSTEM SET max_standby_streaming_delay = '50ms'")
        admin.execute("SELECT pg_reload_conf()")

    def read_for_too_long() -> None:
        with reader._store.transaction(read_only=True):
            reader._store.head()
            ledger.erase("bank", "Asked for")
            standby.catch_up()
            reader._store.head()

    with Ledger.open(standby.url(schema)) as reader, Ledger.open(primary.url(schema)) as ledger:
        with pytest.raises(StorageFailure, match="took over a change") as stopped:
            read_for_too_long()
        assert stopped.value.details["away"]
        assert reader.head() == ledger.head()
        assert reader.verify(workers=1).clean


def test_a_promoted_standby_goes_on(
    pair: tuple[PostgresServer, Standby], schema: str, typed: Typed, run_of_tests: Run
) -> None:
    primary, standby = pair[0], Standby(run_of_tests, pair[0])
    either = primary.url(
        schema, host=f"{primary.folder},{standby.folder}", target_session_attrs="read-write"
    )
    with closing(standby), ExitStack() as stack:
        standby.start()
        ledger = stack.enter_context(Ledger.open(either))
        reader = stack.enter_context(Ledger.open(standby.url(schema)))
        ledger.deposit("bank", "1", idempotency_key="last")
        standby.catch_up()
        primary.leave()
        primary.crash()
        stack.callback(primary.start)
        with pytest.raises(StorageFailure):
            ledger.deposit("bank", "2", idempotency_key="next")
        with pytest.raises(StorageFailure, match="only lets it be read"):
            reader.deposit("bank", "2", idempotency_key="next")
        standby.promote()
        assert reader.deposit("bank", "1", idempotency_key="last").replayed
        assert not reader.deposit("bank", "2", idempotency_key="next").replayed
        assert ledger.deposit("bank", "2", idempotency_key="next").replayed
        assert ledger.head() == reader.head()
        done = typed(either, "verify", "--json")
        assert (done.status, done.json["findings"]) == (0, []), done
        assert typed(either, "balance", "bank").out == "108.00\n"
