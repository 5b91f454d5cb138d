"""Nothing that a ledger holds is ever run by a shell in which Tab is pressed.

Ids come from imported logs and from files that others made. They are read, and typed on a real
command line of each shell; what would be run makes a file.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.domain.safe_ids import safe_id
from tests.support.cli.shells import INTERACTIVE, typed_into
from tests.support.program import PROGRAM, Run

HOSTILE = (
    "x\\$(touch pwned)",
    "x$(touch pwned)",
    "x`touch pwned`",
    "x'; touch pwned; '",
    'x"; touch pwned; "',
    "x;touch pwned",
    "x|touch pwned",
    "x:$(touch pwned)",
    "x y",
    "x*",
    "x~",
    "x\u00e9",
)
"""What may stand in an older log as an id; its import gives these accounts others."""

BY_HAND = (*HOSTILE, "x\ty", "x\u202ey", "x\ntouch pwned\n", "x\x1b[31m", "", "-x", "x" * 129)
"""What a file that somebody made by hand may hold besides."""

SHELLS = [
    pytest.param(
        shell,
        marks=pytest.mark.skipif(not shutil.which(shell), reason=f"there is no {shell} here"),
    )
    for shell in INTERACTIVE
]


def opening(account: str) -> bytes:
    event = {
        "event_id": f"opening of {account}",
        "aggregate_id": account,
        "aggregate_type": "BankAccount",
        "event_type": "AccountOpened",
        "data": {"account_id": account, "name": "Olga", "initial_balance": 1.0},
        "metadata": {},
        "version": 1,
        "timestamp": "2024-01-01T08:00:00",
    }
    return json.dumps(event).encode()


@pytest.fixture
def imported(books: Path) -> None:
    """A ledger of accounts that had hostile ids where they come from, and two plain ones."""
    with Ledger.open(books) as ledger:
        ledger.import_events([opening(each) for each in (*HOSTILE, "x-good", "x:good:2")])


@pytest.fixture
def made_by_hand(books: Path) -> None:
    """A ledger file in which somebody gave the accounts ids of their own."""
    with Ledger.open(books) as ledger:
        for number in range(len(BY_HAND)):
            ledger.open_account(f"x{number}", "Olga")
        ledger.open_account("x-good", "Olga")
        ledger.open_account("x:good:2", "Olga")
    with sqlite3.connect(books) as file:
        (trigger,) = file.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'streams_are_never_updated'"
        ).fetchone()
        file.execute("DROP TRIGGER streams_are_never_updated")
        file.executemany(
            "UPDATE streams SET stream_id = ? WHERE stream_id = ?",
            [(account, f"x{number}") for number, account in enumerate(BY_HAND)],
        )
        file.execute(trigger)
    file.close()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("source", ["imported", "made_by_hand"])
@pytest.mark.parametrize("typed", ["", "x", "x:"])
def test_only_ids_of_the_documented_alphabet_are_offered(
    run: Run, request: pytest.FixtureRequest, shell: str, source: str, typed: str
) -> None:
    request.getfixturevalue(source)
    done = run("balance", typed, env={"_LEDGER_COMPLETE": shell})
    assert (done.status, done.err) == (0, "")
    expected = {"x:good:2"} if typed == "x:" else {"x-good", "x:good:2"}
    if source == "imported" and typed != "x:":
        expected |= {safe_id(each) for each in HOSTILE}
    assert set(done.out.splitlines()) == expected


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("source", ["imported", "made_by_hand"])
def test_tab_runs_nothing(
    environ: dict[str, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    shell: str,
    source: str,
) -> None:
    request.getfixturevalue(source)
    folder = tmp_path / "shell"
    folder.mkdir()
    shown = typed_into(
        shell,
        environ,
        folder,
        "ledger balance \t\t\x15",
        "ledger balance x\t\t\x15",
        "ledger balance x:\t\t\x15",
        "ledger balance x$\t\t\x15",
        "ledger balance 'x\t\t\x15",
        'ledger balance "x\t\t\x15',
        "ledger transfer x-good x\t\t\x15",
        "ledger events --account=x\t\t\x15",
        "ledger balance x-g\t --json",
    )
    assert list(folder.iterdir()) == []
    assert b'"account_id":"x-good"' in shown


FAKE = r"""#!/bin/sh
if test -n "$_LEDGER_COMPLETE"; then
    eval "word=\${$#}"
    cat candidates | grep "^$word"
else
    printf '%s' "$1" > got
fi
"""

CANDIDATES = [
    "a$(touch pwned)",
    "b`touch pwned`",
    "c'; touch pwned; '",
    'd"; touch pwned; "',
    "e\\$(touch pwned)",
    "f;touch pwned",
    "g|touch pwned",
    "h&touch pwned",
    "i x y",
    "j*?[a-z]{1,2}",
    "k~!#%^=",
    "l<m>n",
]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("candidate", CANDIDATES)
def test_the_scripts_themselves_insert_any_word_as_text(
    run: Run, environ: dict[str, str], tmp_path: Path, shell: str, candidate: str
) -> None:
    """Were the program to answer with anything, its script would still quote it."""
    folder, programs = tmp_path / "shell", tmp_path / "programs"
    folder.mkdir()
    programs.mkdir()
    (folder / "candidates").write_text(candidate + "\n")
    (programs / "ledger").write_text(FAKE)
    (programs / "ledger").chmod(0o755)
    (tmp_path / "script").write_bytes(run("--show-completion", shell).bytes_out)
    path = f"{programs}:{environ['PATH']}"
    typed_into(
        shell, {**environ, "PATH": path}, folder, f"ledger {candidate[0]}\t", script="../script"
    )
    assert not (folder / "pwned").exists()
    assert (folder / "got").read_text().rstrip() == candidate


# ── installing ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("program", ["ledger", "eledger"])
def test_what_is_installed_works_in_the_next_shell(
    environ: dict[str, str], tmp_path: Path, shell: str, program: str
) -> None:
    home, folder = tmp_path / "home", tmp_path / "shell"
    home.mkdir()
    folder.mkdir()
    (home / ".bashrc").write_text("true")  # without a line end
    env = {**environ, "HOME": str(home)}
    with Ledger.open(environ["LEDGER_DB"]) as ledger:
        ledger.open_account("club:checking", "Ana")
    for _ in range(2):
        done = subprocess.run(
            [PROGRAM.with_name(program), "--install-completion", shell],
            env=env,
            capture_output=True,
            timeout=60,
            check=True,
        )
        assert done.stdout == b""
        assert done.stderr.startswith(f"completion for {shell} is in {home}/".encode())
    shown = typed_into(shell, env, folder, f"{program} bal\tclub:ch\t --json", installed=True)
    assert b'"account_id":"club:checking","balance":"0.00"' in shown
    for name in (".bashrc", ".zshrc"):
        if (home / name).exists():
            lines = (home / name).read_text().splitlines()
            assert len(lines) == len(set(lines))


def test_an_unknown_shell_is_told_which_there_are(run: Run) -> None:
    done = run("--show-completion", "tcsh")
    assert (done.status, done.out) == (2, "")
    assert done.err.endswith(
        "hint: name one of bash, zsh and fish: ledger --show-completion bash\n"
    )


@pytest.mark.parametrize("asked", ["complete_bash", "source_zsh", "", "tcsh"])
def test_a_script_of_another_version_is_answered_with_nothing(run: Run, asked: str) -> None:
    """What it would do with an answer, nobody knows."""
    done = run("balance", "", env={"_LEDGER_COMPLETE": asked})
    assert (done.status, done.out, done.err) == (0, "", "")


def test_a_file_is_completed_by_the_shell_itself(run: Run) -> None:
    for words in (["batch", "s"], ["import", ""], ["backup", ""], ["balance", "--db", "x"]):
        assert run(*words, env={"_LEDGER_COMPLETE": "bash"}).out == ":files\n"
    assert os.environ.get("_LEDGER_COMPLETE") is None
