"""Readers that go away, and disks that are full."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from ledger import Ledger
from tests.support.file_content import tree
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, Run
from tests.support.servers.books import copied

DEPOSIT = b'{"command": "deposit", "account": "acc-001", "amount": "1", "description": "%d"}'
OPENING = b'{"command": "open", "account": "acc-001", "owner": "Ana"}\n'


@pytest.fixture(scope="module")
def _long_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "books.db"
    with Ledger.open(path) as ledger:
        ledger.open_account("acc-001", "Ana Souza")
        ledger.batch(DEPOSIT % number for number in range(1_500))
    return path


@pytest.fixture
def long_books(_long_books: Path, books: Path) -> Path:
    """A ledger whose every listing is longer than a pipe holds."""
    copied(_long_books, books)
    return books


def total(path: Path) -> str:
    with Ledger.open(path, create=False) as ledger:
        return str(ledger.balance("acc-001").balance)


# ── a closed pipe ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("long_books")
@pytest.mark.parametrize(
    "command",
    [
        "events",
        "events --json",
        "events --format csv",
        "events --format table",
        "events --follow",
        "events --follow --json",
        "history acc-001",
        "history acc-001 --json",
        "history acc-001 --format csv",
        "replay acc-001 --step",
        "replay acc-001 --step --json",
        "export-events",
    ],
)
def test_a_reader_who_has_had_enough_is_no_failure(
    fork_server: ForkServer, environ: dict[str, str], tmp_path: Path, command: str
) -> None:
    ours, theirs = os.pipe()
    with open(os.devnull) as nothing, TemporaryFile("w+") as err:
        streams = (nothing.fileno(), theirs, err.fileno())
        with fork_server.run_with(streams, *command.split(), cwd=tmp_path, env=environ) as status:
            os.close(theirs)
            with open(ours, "rb") as reader:
                assert reader.readline()
            assert status() == 0
        err.seek(0)
        assert err.read() == ""


def test_head_ends_a_pipeline_well_under_pipefail(run: Run, long_books: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    pipeline = (bash, "-c", 'set -o pipefail; "$0" "$@" | head -1')
    for command in (("events", "--json"), ("history", "acc-001")):
        outcome = run(*command, prefix=pipeline)
        assert (outcome.status, outcome.err) == (0, "")
        assert len(outcome.out.splitlines()) == 1


# ── streams that cannot be written ──────────────────────────────────────────────────────────────

full_device = pytest.mark.skipif(
    not Path("/dev/full").is_char_device(), reason="this system has no /dev/full"
)


@full_device
@pytest.mark.usefixtures("long_books")
@pytest.mark.parametrize(
    "command",
    [
        "balance acc-001",
        "balance acc-001 --format table",
        "accounts --json",
        "events --json",
        "history acc-001 --format csv",
        "export-events",
        "export - --to html",
        "rebuild-projections",
        "--help",
        "--version",
    ],
)
def test_an_answer_that_cannot_be_written_is_a_failure(
    fork_server: ForkServer, environ: dict[str, str], tmp_path: Path, command: str
) -> None:
    with open(os.devnull) as nothing, open("/dev/full", "w") as full, TemporaryFile("w+") as said:
        streams = (nothing.fileno(), full.fileno(), said.fileno())
        with fork_server.run_with(streams, *command.split(), cwd=tmp_path, env=environ) as status:
            assert status() == 1
        said.seek(0)
        err = said.read()
    assert "the answer could not be written: No space left on device" in err
    asks = "ask the ledger before you repeat it" in err
    assert asks == (command == "rebuild-projections")  # the only one here that writes
    assert "Traceback" not in err


@full_device
def test_what_was_done_stands_though_the_answer_could_not_be_written(
    run: Run, long_books: Path
) -> None:
    onto_full = ("sh", "-c", 'exec "$0" "$@" >/dev/full')
    outcome = run("deposit", "acc-001", "5", "--json", prefix=onto_full)
    assert outcome.status == 1
    assert outcome.error["code"] == "output_failure"
    assert "ask the ledger before you repeat it" in outcome.error["hint"]
    assert total(long_books) == "1505.00 USD"


@full_device
def test_the_exit_status_is_the_same_where_messages_cannot_be_written(
    run: Run, long_books: Path
) -> None:
    onto_full = ("sh", "-c", 'exec "$0" "$@" 2>/dev/full')
    assert run("deposit", "acc-001", "abc", prefix=onto_full).status == 2
    assert run("deposit", "nobody", "5", "--json", prefix=onto_full).status == 4


def test_closed_streams_are_written_to_in_vain(run: Run, long_books: Path) -> None:
    silent = ("sh", "-c", 'exec "$0" "$@" >&-')
    mute = ("sh", "-c", 'exec "$0" "$@" 2>&-')
    assert run("deposit", "acc-001", "5", prefix=silent).err == ""
    assert run("balance", "acc-001", prefix=mute).out == "1505.00\n"
    assert run("balance", "acc-001", "--json", prefix=silent).status == 0
    assert run("balance", "nobody", prefix=mute).status == 4
    assert run("balance", "nobody", prefix=silent).status == 4
    assert run("balance", "acc-001", prefix=("sh", "-c", 'exec "$0" "$@" <&-')).status == 0


# ── a full disk ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def run_on_little(fork_server: ForkServer, environ: dict[str, str], tmp_path: Path) -> Run:
    """Run ``ledger`` while no file can grow beyond ``size`` bytes."""

    def run_on_little(*arguments: str, size: int, stdin: bytes = b"") -> Outcome:
        return fork_server.run(
            *arguments, cwd=tmp_path, env=environ, stdin=stdin, largest_file=size
        )

    return run_on_little


@pytest.mark.parametrize(
    ("command", "size"),
    [
        (("deposit", "acc-001", "5"), 0),
        (("deposit", "acc-001", "5"), 20_000),
        (("batch", "-"), 40_000),
        (("batch", "-"), 200_000),
        (("snapshot", "acc-001"), 0),
        (("rebuild-projections",), 0),
        (("import-events", "-"), 0),
    ],
    ids=str,
)
def test_a_full_disk_is_a_failure_that_changes_nothing(
    run: Run,
    run_on_little: Run,
    long_books: Path,
    tmp_path: Path,
    command: tuple[str, ...],
    size: int,
) -> None:
    before = tree(tmp_path)
    lines = b"\n".join([DEPOSIT % 1] * 1_500)
    outcome = run_on_little(*command, "--json", stdin=lines, size=size)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.error["code"] == "storage_failure"
    assert "books.db could not be" in outcome.error["message"]
    assert outcome.error["hint"]
    assert run("balance", "acc-001").out == "1500.00\n"
    assert tree(tmp_path) == before


@pytest.mark.parametrize("size", [0, 30_000, 100_000])
def test_a_full_disk_leaves_nothing_of_a_new_ledger(
    run_on_little: Run, books: Path, tmp_path: Path, size: int
) -> None:
    lines = OPENING + b"\n".join([DEPOSIT % 1] * 1_500)
    for command in (("open", "acc-001", "--owner", "Ana"), ("batch", "-")):
        if command[0] == "open" and size > 73_000:
            continue  # that is enough for it
        outcome = run_on_little(*command, "--json", stdin=lines, size=size)
        assert (outcome.status, outcome.out) == (1, "")
        assert outcome.error["code"] == "storage_failure"
        assert tree(tmp_path) == {}


@pytest.mark.parametrize("command", ["export-events log.jsonl", "export year.html"])
def test_a_full_disk_leaves_nothing_of_an_export(
    run: Run, run_on_little: Run, long_books: Path, tmp_path: Path, command: str
) -> None:
    assert run("report").status == 0  # makes a table of the ledger's own, which takes room, too
    before = tree(tmp_path)
    outcome = run_on_little(*command.split(), "--json", size=100_000)
    assert (outcome.status, outcome.error["code"]) == (1, "storage_failure")
    assert command.split()[1] in outcome.error["message"]
    assert tree(tmp_path) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> tuple[str, ...]:
    """What to put before a command, to run it where `disk` is a file system of 600 kB."""
    (tmp_path / "disk").mkdir()
    prefix = (
        "unshare",
        "--mount",
        "--map-root-user",
        "sh",
        "-c",
        'mount -t tmpfs -o size=600k tmpfs disk || exit 77; exec "$0" "$@"',
    )
    if (
        not shutil.which("unshare")
        or subprocess.run(
            [*prefix, "true"], cwd=tmp_path, capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no file system can be mounted here")
    return prefix


def test_a_disk_that_fills_up_under_a_batch_is_named_as_the_cause(
    run: Run, long_books: Path, small_disk: tuple[str, ...]
) -> None:
    script = """
        cp books.db disk/books.db
        "$0" batch - --db disk/books.db
        echo "status $?"
        cmp books.db disk/books.db
        ls disk
        "$0" balance acc-001 --db disk/books.db
    """
    outcome = run(prefix=(*small_disk, "sh", "-c", script), stdin=b"\n".join([DEPOSIT % 1] * 2_000))
    assert outcome.out.split("\n") == ["status 1", "books.db", "1500.00", ""]
    assert "the disk is full: disk/books.db could not be written, and nothing was" in outcome.err
    assert "hint: make room" in outcome.err


# ── files that an export would replace ──────────────────────────────────────────────────────────


def test_an_export_overwrites_only_what_it_may(run: Run, long_books: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.jsonl").write_text("kept")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    before = tree(tmp_path)
    for arguments, why in (
        (("kept.jsonl",), "exists already"),
        (("books.db",), "exists already"),
        (("books.db", "--force"), "is the ledger itself"),
        (("folder", "--force"), "is not a regular file"),
        (("fifo", "--force"), "is not a regular file"),
    ):
        outcome = run("export-events", *arguments, "--json")
        assert (outcome.status, outcome.error["code"]) == (2, "invalid_option")
        assert why in outcome.error["message"]
        assert tree(tmp_path) == before
    assert (tmp_path / "fifo").is_fifo()
    assert run("export-events", "kept.jsonl", "--force").status == 0
    assert (tmp_path / "kept.jsonl").read_text().startswith('{"format":"ledger-events"')


@pytest.mark.usefixtures("long_books")
def test_the_name_of_an_export_is_shown_with_controls_escaped(run: Run) -> None:
    assert r"\x1b[31m" in run("export-events", "\x1b[31m").err
