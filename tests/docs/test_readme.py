"""Every example in the README is run, in order, and prints what the README says.

Console blocks run in one shell on a pseudo-terminal, as a reader would type them; ``…`` in what
they print stands for anything. Python blocks run in the same folder afterwards; bash blocks are
scripts, each followed by what it prints.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.log_editing import edit_file

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
SEPARATOR = "\x1e"


class Example(NamedTuple):
    """A command as typed, and the lines it prints."""

    command: str
    prints: list[str]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def console_examples() -> list[Example]:
    examples: list[Example] = []
    for block in blocks("console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                examples.append(Example(line[2:], []))
            else:
                examples[-1].prints.append(line)
    return examples


def on_a_terminal(script: str, folder: Path) -> str:
    """What a shell script prints on a pseudo-terminal 100 columns wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    environ = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "TERM": "dumb",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }
    shell = subprocess.Popen(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environ,
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    shell.wait(timeout=60)
    return shown.decode().replace("\r\n", "\n")


def matches(printed: str, expected: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, printed) is not None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a ledger of 0.1, which nobody can make any more."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copyfile(ROOT / "tests" / "golden" / "format1" / "books.db", folder / "club-0.1.db")
    return folder


@pytest.fixture(scope="module")
def printed(folder: Path) -> list[list[str]]:
    """What each console example printed, with spaces at line ends cut off."""
    # An `echo $?` must see the command before it, and not our separator.
    separate = f"status=$?; printf '{SEPARATOR}'; (exit $status)"
    script = "\n".join(f"{each.command}\n{separate}" for each in console_examples())
    parts = on_a_terminal(script, folder).split(SEPARATOR)[:-1]
    return [[line.rstrip() for line in part.splitlines()] for part in parts]


@pytest.mark.parametrize("number", range(len(console_examples())))
def test_a_console_example_prints_what_the_readme_says(
    printed: list[list[str]], number: int
) -> None:
    example = console_examples()[number]
    shown = printed[number]
    assert len(shown) == len(example.prints), (example.command, shown)
    for line, expected in zip(shown, example.prints, strict=True):
        assert matches(line, expected.rstrip()), (example.command, shown)


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_a_python_example_runs(printed: list[list[str]], folder: Path, number: int) -> None:
    assert printed  # the console examples have made the file that one of these reads
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[number]],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def checking(folder: Path, printed: list[list[str]]) -> Callable[[str], str]:
    """Run the README's check of a log on another ledger in the folder; gives what it says."""
    assert printed  # the console examples have made the ledgers
    (code,) = (each for each in blocks("python") if "sqlite3" in each)

    def check(name: str) -> str:
        assert '"books.db"' in code
        done = subprocess.run(
            [sys.executable, "-c", code.replace('"books.db"', repr(name))],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stderr

    return check


def test_the_check_without_ledger_takes_what_was_erased(checking: Callable[[str], str]) -> None:
    assert checking("members.db") == ""


@pytest.mark.parametrize(
    ("change", "position"),
    [
        ("data = replace(data, '5000', '9000')", 4),
        ("text = 'Bonus'", 4),
        ("salt = zeroblob(16)", 4),
        ("text = zeroblob(32), salt = NULL", 4),
        ("text = NULL, salt = NULL", 4),
        ("metadata = replace(metadata, 'test', 'rest')", 4),
        ("recorded_at = recorded_at + 1", 4),
        ("data = replace(data, 'UTC', 'CET')", 1),
    ],
)
def test_the_check_without_ledger_finds_what_was_changed(
    checking: Callable[[str], str], folder: Path, change: str, position: int
) -> None:
    shutil.copy(folder / "books.db", folder / "changed.db")
    edit_file(folder / "changed.db", f"UPDATE events SET {change} WHERE position = {position}")
    assert f"the chain is broken at position {position}" in checking("changed.db")


def test_the_file_is_as_the_readme_says(folder: Path, printed: list[list[str]]) -> None:
    from ledger.eventstore.sqlite.files import APPLICATION_ID, SCHEMA_VERSION

    assert printed
    assert f"`application_id` {APPLICATION_ID} and `user_version` {SCHEMA_VERSION}" in README
    _, table = README.split("| `events` | |\n|---|---|\n")
    named = re.findall(
        r"`(\w+)`", "".join(line.split("|")[1] for line in table.split("\n\n")[0].splitlines())
    )
    with closing(sqlite3.connect(folder / "books.db")) as file:
        columns = [name for (name,) in file.execute("SELECT name FROM pragma_table_info('events')")]
    assert sorted(named) == sorted(columns)


def test_the_scripts_print_what_the_readme_says(tmp_path: Path) -> None:
    scripts, outputs = blocks("bash"), blocks("text")
    assert len(scripts) == len(outputs)
    if shutil.which("jq") is None:  # the only thing that a script needs and nobody installs for us
        scripts = [script for script in scripts if "jq " not in script]
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", "HOME": str(tmp_path)}
    for script, output in zip(scripts, outputs, strict=False):
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr, done.stdout) == (0, "", output), script


def test_the_two_commands_stand_first() -> None:
    main_job, tests = blocks("sh")[:2]
    assert "sample_data/club_year.jsonl" in main_job
    assert "pytest" in tests
    assert README.index(main_job) < README.index("```console")


def test_every_path_that_the_readme_names_exists() -> None:
    named = re.findall(r"`((?:ledger|tests|sample_data|\.ci)/[\w./-]*)`", README)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_exit_status_of_an_error_is_in_the_table() -> None:
    from ledger import errors

    statuses = {
        kind.exit_status
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.LedgerError)
    }
    table = {int(status) for status in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert statuses | {0, 129, 130, 143} == table
