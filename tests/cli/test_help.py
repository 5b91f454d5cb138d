"""The help pages, and every example that they give."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.cli.app import SECTIONS
from tests.support.cli.small_ledger import march
from tests.support.fork_server import ForkServer
from tests.support.format1 import golden as format1
from tests.support.program import SAMPLE_DATA, Run
from tests.support.reading_shell import ledger_in_forks

COMMANDS = [command for commands in SECTIONS.values() for command in commands]

PROMISED = {
    "Accounts": ["open", "amend", "close", "reopen", "accounts", "balance"],
    "Money": ["deposit", "withdraw", "transfer", "batch"],
    "Mistakes": ["reverse", "correct", "amend-entry", "undo"],
    "Closing": ["confirm", "lock", "unlock"],
    "Past": ["history", "replay", "events"],
    "Proof": ["verify"],
    "Maintenance": [
        "snapshot",
        "snapshots",
        "projections",
        "rebuild-projections",
        "export-events",
        "import-events",
    ],
    "Help": ["help"],
}


def examples_in(page: str) -> list[str]:
    _, found, after = page.partition("Examples:\n")
    assert found, "the page has no examples"
    return [line.strip() for line in after.splitlines() if line.strip()]


# ── the page of the program ─────────────────────────────────────────────────────────────────────


def test_the_page_lists_every_command_in_its_section_with_a_summary(run: Run) -> None:
    page = run("--help").out
    assert re.findall(r"^(\w+):$", page, re.MULTILINE) == [*PROMISED, "Options"]
    for section, commands in SECTIONS.items():
        (block,) = re.findall(rf"^{section}:\n((?:  .*\n)+)", page, re.MULTILINE)
        listed = dict(re.findall(r"^  ([a-z-]+) +(\S.*)$", block, re.MULTILINE))
        assert list(listed) == list(commands)
        assert [name for name in PROMISED[section] if name not in listed] == []


def test_the_program_alone_shows_its_page(run: Run, tmp_path: Path) -> None:
    done = run()
    assert (done.status, done.out) == (2, "")
    assert done.err.strip() == run("--help").out.strip()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["-h", "--help"])
def test_help_ends_well_and_touches_nothing(run: Run, tmp_path: Path, how: str) -> None:
    done = run(how)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Usage: ledger [OPTIONS] COMMAND")
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_the_installed_one(run: Run) -> None:
    done = run("--version")
    assert (done.status, done.out, done.err) == (0, f"ledger {version('eventledger')}\n", "")


def test_the_steps_to_begin_with_can_be_followed(
    run: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    _, _, after = run("--help").out.partition("Begin with:\n")
    steps, _, _ = after.partition("\n\n")
    done = subprocess.run(
        ["sh", "-e"],
        input=steps.encode(),
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    created, earlier = done.stderr.decode().splitlines()
    assert created == f"note: a new ledger in {environ['LEDGER_DB']}, time zone UTC"
    assert earlier.startswith("note: acc-001 is open from now on; ")
    assert done.stdout.decode().splitlines()[-1] == "50.00"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("depost", "deposit"),
        ("balances", "balance"),
        ("hsitory", "history"),
        ("exports", "export-events"),
        ("snapshits", "snapshots"),
    ],
)
def test_a_mistyped_command_is_answered_with_what_was_meant(
    run: Run, typed: str, meant: str
) -> None:
    done = run(typed, "acc-001")
    assert (done.status, done.out) == (2, "")
    assert re.search(f"no such command '{typed}'. Did you mean .*'{meant}'", done.err)
    assert "hint: see: ledger --help" in done.err


def test_a_mistyped_option_is_answered_with_what_was_meant(run: Run) -> None:
    done = run("deposit", "acc-001", "5", "--idempotencykey", "k")
    assert (done.status, done.out) == (2, "")
    assert "--idempotency-key" in done.err
    assert "hint: see: ledger deposit --help" in done.err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["events", "-h"], ["--version"], ["balance", "acc-001"], ["depost"]]
)
def test_python_m_ledger_is_the_same_program(
    run: Run, environ: dict[str, str], tmp_path: Path, arguments: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ledger", *arguments],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    same = run(*arguments)
    found = (done.returncode, done.stdout.decode(), done.stderr.decode())
    assert found == (same.status, same.out, same.err)


# ── the page of each command ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_page(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert (done.status, done.err) == (0, "")
    usage, blank, summary, *_ = done.out.splitlines()
    assert re.fullmatch(rf"Usage: ledger {command} \[OPTIONS\][^{{}}]*", usage)
    assert blank == ""
    assert re.match(r"  [A-Z].*\w", summary)
    for option in ("--db PATH", "--format table|plain|json|csv", "--json", "--debug", "-h, --help"):
        assert option in done.out
    page, _, _ = done.out.partition("Show this message and exit.")
    assert max(map(len, page.splitlines())) <= 80
    assert run(command, "-h").out == done.out


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that holds all that an example may name."""
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / "sample_data").symlink_to(SAMPLE_DATA)
    return folder


@pytest.fixture(scope="session")
def example_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Accounts as the examples have them: known since 2024, and a log of over a hundred events."""
    path = tmp_path_factory.mktemp("examples") / "books.db"
    with Ledger.open(path, clock=lambda: march(1)) as books:
        books.open_account("acc-001", "Ana Souza", initial_balance="100.00")
        books.open_account("acc-002", "Ben Okafor")
        books.deposit("acc-001", "150.00")
        books.deposit("acc-001", "50.00")
        deposit = b'{"command": "deposit", "account": "acc-002", "amount": "1"}'
        books.batch([deposit] * 100)
    return path


IN_ONE_FOLDER = {"import"}
"""Commands whose examples build on one another."""


def prepare(command: str, place: Path, example_books: Path) -> None:
    """Put into the folder what the examples of a command start from."""
    if command in ("open", "batch"):
        return
    if command == "migrate":
        shutil.copy(format1.BOOKS, place / "books-0.1.db")
        shutil.copy(format1.EXPORT, place / "books-0.1.jsonl")
        shutil.copy(example_books, place / "club.db")
        return
    books = place / "books.db"
    shutil.copy(example_books, books)
    if command in ("close", "reopen"):
        with Ledger.open(books) as ledger:
            ledger.withdraw("acc-001", "300.00")
            if command == "reopen":
                ledger.close_account("acc-001")
    if command == "undo":
        with pytest.MonkeyPatch.context() as patch, Ledger.open(books) as ledger:
            patch.setenv("LEDGER_ACTOR", "tester")
            ledger.deposit("acc-001", "50.00")
    if command == "confirm":
        with Ledger.open(books) as ledger:
            ledger.confirm("acc-001", "300.00", at="2026-01-31")
    if command == "unlock":
        with Ledger.open(books) as ledger:
            ledger.lock("2026-01-31")
    if command == "diff":
        with Ledger.open(books) as ledger:
            ledger.backup(place / "backup.db")
            ledger.lock("2026-01-31")
    if command == "verify":
        (place / "receipts").mkdir()
    if command == "import-events":
        with Ledger.open(books) as ledger:
            lines = [line + b"\n" for line in ledger.export_events()]
        (place / "books.jsonl").write_bytes(b"".join(lines))
        books.unlink()


@pytest.mark.usefixtures("ctrl_c_works")
@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_works_as_it_stands(
    run: Run,
    fork_server: ForkServer,
    environ: dict[str, str],
    place: Path,
    example_books: Path,
    command: str,
) -> None:
    examples = examples_in(run(command, "--help").out)
    assert f"ledger {command}" in examples[0]
    for number, example in enumerate(examples):
        folder = place.parent / f"example-{0 if command in IN_ONE_FOLDER else number}"
        if not folder.exists():
            shutil.copytree(place, folder, symlinks=True)
            prepare(command, folder, example_books)
        if "://localhost" in example:  # a broker, which `tests/publishing` has
            continue
        if "--follow" in example:
            _follow_for_a_while(example, folder, environ)
            continue
        status, err = _typed(example, folder, {**environ, "LEDGER_DB": "books.db"}, fork_server)
        assert status == 0, (example, err)
        assert "error:" not in err


def _typed(
    example: str, folder: Path, environ: dict[str, str], fork_server: ForkServer
) -> tuple[int, str]:
    """The exit status and stderr of an example; a shell is started only where one is needed.

    What it calls ``ledger`` runs in forks, unless two of them go on at once.
    """
    if not re.search(r"[^\w\s\"'./:=,-]", example):
        program, *arguments = shlex.split(example)
        assert program == "ledger"
        run = fork_server.run(*arguments, cwd=folder, env=environ)
        return run.status, run.err
    at_once = re.search(r"ledger .*\|.*ledger |<\(", example)
    with nullcontext("") if at_once else ledger_in_forks() as programs:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", example],
            env={**environ, "PATH": f"{programs}:{environ['PATH']}".lstrip(":")},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    return done.returncode, done.stderr.decode()


def _follow_for_a_while(example: str, folder: Path, environ: dict[str, str]) -> None:
    with subprocess.Popen(
        ["bash", "-c", f"exec {example}"],
        env={**environ, "LEDGER_DB": "books.db"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b'{"position":100,')
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, b"")
