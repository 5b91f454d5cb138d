"""``ledger events --follow``: what other processes write arrives, whatever becomes of them."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import IO

import pytest

from tests.support.program import PROGRAM, Run

PATIENCE = 60
"""Seconds after which a line is taken for lost; it comes within a tenth of one."""


class Follower:
    """A running ``ledger events --follow`` whose lines can be waited for."""

    def __init__(self, arguments: tuple[str, ...], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [PROGRAM, "events", "--follow", *arguments],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        assert self.process.stdout
        self._reader = Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, stdout: IO[bytes]) -> None:
        for line in stdout:
            self._lines.put(line.decode())

    def line(self) -> str:
        """The next line, when it comes."""
        return self._lines.get(timeout=PATIENCE)

    def lines(self, count: int) -> list[str]:
        return [self.line() for _ in range(count)]

    def interrupt(self) -> tuple[int, str, list[str]]:
        """Press Ctrl-C: the status, stderr and the lines nobody had waited for."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> tuple[int, str, list[str]]:
        """Wait for its own end."""
        status = self.process.wait(timeout=PATIENCE)
        self._reader.join(timeout=PATIENCE)
        assert self.process.stderr
        err = self.process.stderr.read().decode()
        return status, err, [self._lines.get() for _ in range(self._lines.qsize())]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()


Follow = Callable[..., Follower]


@pytest.fixture
def follow(environ: dict[str, str], small_books: Path, ctrl_c_works: None) -> Iterator[Follow]:
    """Start ``ledger events --follow`` with arguments on the small ledger of twelve events."""
    started: list[Follower] = []

    def start(*arguments: str) -> Follower:
        started.append(Follower(arguments, environ))
        return started[-1]

    yield start
    for follower in started:
        follower.close()


def position_of(line: str) -> int:
    position: int = json.loads(line)["position"]
    return position


def test_the_log_so_far_comes_first_and_then_what_another_process_writes(
    run: Run, follow: Follow
) -> None:
    follower = follow("--json")
    assert [position_of(line) for line in follower.lines(12)] == list(range(1, 13))
    assert run("transfer", "acc-001", "acc-002", "1").status == 0
    assert [position_of(line) for line in follower.lines(2)] == [13, 14]
    assert run("deposit", "jp-camp", "1").status == 0
    assert json.loads(follower.line())["data"] == {
        "amount": "1",
        "currency": "JPY",
        "description": "",
        "tags": {},
        "receipts": [],
    }


def test_ctrl_c_ends_it_quietly(follow: Follow) -> None:
    follower = follow("--from-position", "12")
    follower.line()
    assert follower.interrupt() == (130, "", [])


def test_it_begins_at_the_position_it_is_told_even_one_to_come(run: Run, follow: Follow) -> None:
    late, later = follow("--json", "--from-position", "12"), follow("--from-position", "14")
    assert position_of(late.line()) == 12
    for _ in range(2):
        assert run("deposit", "acc-001", "1").status == 0
    assert later.line().startswith("14\t")


def test_only_one_account_is_followed_where_one_is_named(run: Run, follow: Follow) -> None:
    follower = follow("--json", "--account", "acc-002")
    assert [position_of(line) for line in follower.lines(2)] == [3, 9]
    for account in ("acc-001", "jp-camp", "acc-002", "acc-001"):
        assert run("deposit", account, "1").status == 0
    assert position_of(follower.line()) == 15
    assert follower.interrupt() == (130, "", [])


def test_an_account_that_does_not_exist_is_not_waited_for(follow: Follow) -> None:
    status, err, lines = follow("--account", "acc-0001").end()
    assert (status, lines) == (4, [])
    assert err.startswith("error: there is no account")


def test_it_ends_by_itself_after_as_many_events_as_are_wanted(run: Run, follow: Follow) -> None:
    follower = follow("--json", "--from-position", "12", "--limit", "2")
    assert position_of(follower.line()) == 12
    assert run("deposit", "acc-001", "1").status == 0
    status, err, lines = follower.end()
    assert (status, err) == (0, "")
    assert [position_of(line) for line in lines] == [13]


@pytest.mark.parametrize(
    ("shown_as", "first"),
    [
        ("plain", "12\t"),
        ("csv", "position,event_id,"),
        ("table", "      12  2024-03-12 09:00:00  old-box  closed"),
        ("json", '{"position":12,'),
    ],
)
def test_every_line_is_out_before_the_next_event_is_waited_for(
    run: Run, follow: Follow, shown_as: str, first: str
) -> None:
    follower = follow("--format", shown_as, "--from-position", "12")
    assert follower.line().startswith(first)
    if shown_as == "csv":
        assert follower.line().startswith("12,")
    assert run("deposit", "acc-001", "1", "-m", "[red] :smile:").status == 0
    line = follower.line()
    assert "13" in line
    assert "[red] :smile:" in line


def test_a_pipe_that_is_closed_ends_it_quietly(environ: dict[str, str], small_books: Path) -> None:
    # One event is soon written, and then nothing more: no write can fail for want of a reader.
    script = 'ledger events --follow --json --from-position 12 | head -n 1; echo "${PIPESTATUS[0]}"'
    done = subprocess.run(
        ["bash", "-c", script], env=environ, capture_output=True, timeout=PATIENCE, check=True
    )
    first, status = done.stdout.decode().splitlines()
    assert (position_of(first), status, done.stderr) == (12, "0", b"")


WRITER = """
import sys
from ledger import Ledger
with Ledger.open(sys.argv[1]) as books:
    while True:
        books.transfer("acc-001", "acc-002", "0.01")
        books.transfer("acc-002", "acc-001", "0.01")
"""


def test_a_writer_killed_in_the_middle_leaves_no_gap_and_no_half_append(
    run: Run, follow: Follow, small_books: Path
) -> None:
    follower = follow("--json")
    with subprocess.Popen([sys.executable, "-c", WRITER, small_books]) as writer:
        seen = follower.lines(12 + 60)
        writer.kill()
    assert run("deposit", "jp-camp", "7").status == 0
    while json.loads(seen[-1])["aggregate_id"] != "jp-camp":
        seen.append(follower.line())
    assert [position_of(line) for line in seen] == list(range(1, len(seen) + 1))
    kinds = [json.loads(line)["event_type"] for line in seen[12:-1]]
    assert kinds == ["TransferSent", "TransferReceived"] * (len(kinds) // 2)
    assert "".join(seen) == run("events", "--json").out
    assert follower.interrupt() == (130, "", [])


def test_a_batch_killed_before_its_end_was_never_seen(
    run: Run, follow: Follow, environ: dict[str, str], tmp_path: Path
) -> None:
    follower = follow("--json", "--from-position", "13")
    line = b'{"command": "deposit", "account": "acc-001", "amount": "9"}\n'
    (tmp_path / "long.jsonl").write_bytes(line * 200_000)
    with subprocess.Popen([PROGRAM, "batch", str(tmp_path / "long.jsonl")], env=environ) as batch:
        done = 0
        # As long as another can write, the batch has not begun.
        while run("deposit", "jp-camp", "1", env={"LEDGER_LOCK_TIMEOUT": "0"}).status == 0:
            assert batch.poll() is None, "the batch has ended by itself"
            done += 1
        batch.kill()
    assert run("deposit", "kw-fund", "1").status == 0
    found = [json.loads(line) for line in follower.lines(done + 1)]
    accounts = [event["aggregate_id"] for event in found]
    assert accounts == ["jp-camp"] * done + ["kw-fund"]
    assert run("balance", "acc-001").out == "124.75\n"


def test_what_was_followed_is_the_log_and_the_export(run: Run, follow: Follow) -> None:
    follower, raw = follow("--json"), follow("--json", "--raw")
    lines, stored = follower.lines(12), raw.lines(12)
    assert run("withdraw", "acc-001", "1", "-m", "Zoë 佐藤", "--at", "2024-03-05").status == 0
    lines.append(follower.line())
    stored.append(raw.line())
    assert "".join(lines) == run("events", "--json").out
    assert "".join(stored) == run("events", "--raw", "--json").out
    exported = run("export-events").out.splitlines()[1:]
    for line, document in zip(exported, map(json.loads, stored), strict=True):
        assert json.loads(line) == {k: v for k, v in document.items() if v is not None}
