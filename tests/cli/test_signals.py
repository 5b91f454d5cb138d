"""Ctrl-C, SIGTERM and SIGHUP, while a program is loaded, works, waits or has nobody to tell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.cli.signals import (
    BOUND,
    SIGNALS,
    bytes_waiting,
    children_of,
    ended,
    feed,
    running,
    runs,
    signalled,
    somebody_writes,
    wait_until,
)
from tests.support.file_content import tree
from tests.support.lock_holder import locked
from tests.support.program import PROJECT
from tests.support.servers.books import copied

pytestmark = pytest.mark.usefixtures("ctrl_c_works")

OPENING = b'{"command": "open", "account": "acc-001", "owner": "Ana"}\n'
DEPOSIT = b'{"command": "deposit", "account": "acc-001", "amount": "1"}\n'
MORE_THAN_A_PIPE_HOLDS = DEPOSIT * 3_000

NOTHING = "interrupted: nothing was changed\n"

any_signal = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)


def total(path: Path) -> str:
    with Ledger.open(path, create=False) as ledger:
        return str(ledger.balance("acc-001").balance)


@pytest.fixture(scope="module")
def _long_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "books.db"
    with Ledger.open(path) as ledger:
        ledger.open_account("acc-001", "Ana Souza")
        ledger.batch([DEPOSIT] * 30_000)
    return path


@pytest.fixture
def long_books(_long_books: Path, books: Path) -> Path:
    """A ledger that takes a while to read."""
    copied(_long_books, books)
    return books


# ── at work ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("shown_as", ["plain", "json", "table"])
def test_following_is_ended_by_ctrl_c_without_a_fuss(
    environ: dict[str, str], tmp_path: Path, shown_as: str
) -> None:
    before = tree(tmp_path)
    arguments = ("events", "--follow", "--from-position", "11", "--format", shown_as)
    with running(environ, tmp_path, *arguments) as process:
        assert process.stdout
        assert process.stdout.readline()
        outcome = signalled(process, signal.SIGINT)
    assert (outcome.status, outcome.err) == (130, "")
    assert tree(tmp_path) == before


@any_signal
def test_a_batch_that_waits_for_more_ends_without_a_trace(
    environ: dict[str, str], small_books: Path, tmp_path: Path, number: int
) -> None:
    before = tree(tmp_path)
    with running(environ, tmp_path, "batch", "-") as process:
        feed(process, MORE_THAN_A_PIPE_HOLDS)
        outcome = signalled(process, number)
    assert (outcome.status, outcome.err) == (128 + number, NOTHING)
    assert tree(tmp_path) == before


@any_signal
def test_a_busy_batch_ends_without_a_trace_however_often_it_is_told(
    environ: dict[str, str], small_books: Path, tmp_path: Path, number: int
) -> None:
    (tmp_path / "long.jsonl").write_bytes(DEPOSIT * 200_000)
    before = tree(tmp_path)
    with running(environ, tmp_path, "batch", "--json", "long.jsonl") as process:
        wait_until(lambda: somebody_writes(small_books))
        process.send_signal(number)
        process.send_signal(signal.SIGINT)
        outcome = signalled(process, number)
    assert outcome.status in {128 + number, 130}  # the order is not kept where they come at once
    assert (outcome.out, outcome.err) == ("", NOTHING)
    assert tree(tmp_path) == before


def test_an_interrupt_just_as_the_input_ends_leaves_all_or_nothing(
    environ: dict[str, str], small_books: Path, tmp_path: Path
) -> None:
    """Then the interrupt may strike anywhere, even between a block's last line and its end."""
    with running(environ, tmp_path, "batch", "-") as process:
        feed(process, MORE_THAN_A_PIPE_HOLDS)
        assert process.stdin
        process.stdin.close()
        outcome = signalled(process, signal.SIGINT)
    assert outcome.status in (0, 130)
    assert total(small_books) == ("124.75 USD" if outcome.err == NOTHING else "3124.75 USD")
    assert sorted(tree(tmp_path)) == ["books.db"]


@any_signal
def test_an_interrupted_new_ledger_leaves_nothing(
    environ: dict[str, str], tmp_path: Path, number: int
) -> None:
    with running(environ, tmp_path, "batch", "-") as process:
        feed(process, OPENING + MORE_THAN_A_PIPE_HOLDS)
        outcome = signalled(process, number)
    assert (outcome.status, outcome.err) == (128 + number, NOTHING)
    assert tree(tmp_path) == {}


def test_what_was_saved_before_an_interrupt_stands_and_is_told(
    environ: dict[str, str], small_books: Path, tmp_path: Path
) -> None:
    arguments = ("--continue-on-error", "--commit-every", "10", "--json")
    with running(environ, tmp_path, "batch", "-", *arguments) as process:
        feed(process, DEPOSIT * 35)
        wait_until(lambda: total(small_books) != "124.75 USD")
        process.send_signal(signal.SIGINT)
        assert process.stdout
        told = len(process.stdout.read().splitlines())
        outcome = ended(process)
    assert outcome.status == 130
    assert outcome.err.startswith("interrupted: what was done by then stands")
    # An interrupt right after a commit comes before its lines are told.
    assert total(small_books) in (f"{124 + told}.75 USD", f"{134 + told}.75 USD")


# ── waiting ─────────────────────────────────────────────────────────────────────────────────────


@any_signal
def test_waiting_for_a_lock_is_ended(
    environ: dict[str, str], small_books: Path, tmp_path: Path, number: int
) -> None:
    environ["LEDGER_LOCK_TIMEOUT"] = "3600"
    before = tree(tmp_path)
    with (
        locked(small_books, "BEGIN IMMEDIATE"),
        running(environ, tmp_path, "deposit", "acc-001", "1") as process,
    ):
        wait_until(lambda: (tmp_path / "books.db-shm").exists() and sleeps(process.pid))
        outcome = signalled(process, number)
    assert outcome.status == 128 + number
    assert outcome.err in ("interrupted\n", NOTHING)  # the former while it is still being loaded
    assert tree(tmp_path).keys() == before.keys()


def sleeps(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


@pytest.mark.usefixtures("long_books")
def test_an_answer_that_nobody_reads_keeps_nobody_waiting(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with running(environ, tmp_path, "events", "--json") as process:
        wait_until(lambda: bytes_waiting(process.stdout) > 32_768 and sleeps(process.pid))
        assert signalled(process, signal.SIGTERM).status == 143


@pytest.mark.usefixtures("small_books")
def test_an_interrupt_inside_a_command_substitution(
    environ: dict[str, str], tmp_path: Path
) -> None:
    script = 'trap : INT; found=$("$0" "$@"); echo "status $? $found"'
    prefix = ("sh", "-c", script)
    with running(environ, tmp_path, "batch", "-", prefix=prefix) as process:
        feed(process, MORE_THAN_A_PIPE_HOLDS)
        os.killpg(process.pid, signal.SIGINT)
        outcome = ended(process)
    assert (outcome.out, outcome.err) == ("status 130 \n", NOTHING)


@pytest.mark.usefixtures("small_books")
def test_a_hangup_that_is_ignored_stays_so(environ: dict[str, str], tmp_path: Path) -> None:
    prefix = ("sh", "-c", 'trap "" HUP; exec "$0" "$@"')  # as nohup does
    with running(environ, tmp_path, "batch", "-", prefix=prefix) as process:
        feed(process, MORE_THAN_A_PIPE_HOLDS)
        process.send_signal(signal.SIGHUP)
        feed(process, MORE_THAN_A_PIPE_HOLDS)  # it goes on reading
        assert signalled(process, signal.SIGTERM).status == 143


# ── worker processes ────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("long_books")
@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGKILL], ids=lambda number: number.name)
@pytest.mark.parametrize("command", ["verify", "rebuild-projections"])
def test_worker_processes_end_with_their_parent(
    environ: dict[str, str], tmp_path: Path, command: str, number: int
) -> None:
    with running(environ, tmp_path, command, "--workers", "2") as process:
        wait_until(lambda: children_of(process.pid))
        children = children_of(process.pid)
        outcome = signalled(process, number)
    if number != signal.SIGKILL:
        assert outcome.status == 128 + number
        assert outcome.err == ("interrupted\n" if command == "verify" else NOTHING)
    # One that was only just started ends by itself, when it finds nobody to work for.
    wait_until(lambda: not any(map(runs, children)))


def test_a_worker_ends_with_its_parent_in_the_midst_of_its_work(tmp_path: Path) -> None:
    program = (
        "import os, sys, time\n"
        "from ledger.errors import StorageFailure\n"
        "from ledger.eventstore.worker_processes import in_processes\n"
        "from tests.support.cli.idle_worker import idle\n"
        "in_processes(sys.argv[1], idle, [0], report=lambda _: os.kill(os.getpid(), 9),"
        " death=StorageFailure(''))"
    )
    path = tmp_path / "books.db"
    with Ledger.open(path):
        pass
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=PROJECT, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr
        assert process.stderr.read() == b""  # which its worker has, too, as long as it lives
        assert process.wait(timeout=BOUND) == -signal.SIGKILL


# ── while the program is being loaded ───────────────────────────────────────────────────────────

STRUCK_AT_AN_IMPORT = """
import os, sys

left = int(sys.argv.pop(1))
number = int(sys.argv.pop(1))
sys.argv[0] = "ledger"

class Strike:
    def find_spec(self, *_):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), number)

from ledger.__main__ import main
sys.meta_path.insert(0, Strike())
main()
"""


@pytest.mark.parametrize(
    ("at_import", "number"),
    [(1, 2), (2, 15), (9, 2), (40, 2), (60, 1), (120, 2), (140, 2), (160, 15), (175, 2)],
)
def test_an_interrupt_at_an_import_shows_no_traceback(
    environ: dict[str, str], small_books: Path, tmp_path: Path, at_import: int, number: int
) -> None:
    before = tree(tmp_path)
    outcome = subprocess.run(
        [
            *(sys.executable, "-c", STRUCK_AT_AN_IMPORT),
            *(str(at_import), str(number), "deposit", "acc-001", "1"),
        ],
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert outcome.returncode == 128 + number
    assert outcome.stderr in (b"interrupted\n", NOTHING.encode())
    assert tree(tmp_path) == before


DROPPED = """
import os, signal, time
from ledger.cli import interrupts

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(1)

interrupts.listen()
try:
    Finalized()
    time.sleep(60)
except interrupts.Interrupted:
    print("heard")
"""


def test_an_interrupt_that_is_dropped_comes_again() -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", DROPPED], cwd=PROJECT, capture_output=True, timeout=30, check=False
    )
    assert (outcome.stdout, outcome.stderr) == (b"heard\n", b"")
