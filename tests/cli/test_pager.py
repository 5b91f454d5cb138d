"""Long answers on a terminal go through the pager; whatever becomes of it, nothing is lost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.cli.terminal import Shown, Terminal, run_on_terminal
from tests.support.program import PROGRAM

Paged = Callable[..., Shown]

STYLE = re.compile(r"\x1b\[[0-9;]*m")

MARKED = "sed s/^/P:/"
NO_WAY_TO_DO_WITHOUT = "set LEDGER_PAGER to nothing"


@pytest.fixture
def paged(environ: dict[str, str], club: Path, tmp_path: Path) -> Paged:
    """Run ``ledger`` on a terminal of 24 lines."""
    del environ["LEDGER_PAGER"]

    def run_it(*arguments: str | Path, prefix: tuple[str, ...] = (), **env: str) -> Shown:
        return run_on_terminal([*prefix, PROGRAM, *arguments], env={**environ, **env}, cwd=tmp_path)

    return run_it


@pytest.fixture
def whole(paged: Paged) -> str:
    """A long answer as it is without a pager."""
    return paged("history", "bar", LEDGER_PAGER="").text


@pytest.mark.parametrize("command", ["events", "history bar", "statement bar", "events --raw"])
def test_a_long_answer_goes_through_the_pager_with_its_colours(paged: Paged, command: str) -> None:
    words = command.split()
    shown = paged(*words, PAGER="false", LEDGER_PAGER=MARKED)
    assert shown.status == 0
    assert all(line.startswith("P:") for line in shown.lines)
    assert shown.text.replace("P:", "") == paged(*words, LEDGER_PAGER="").text
    assert bool(STYLE.search(shown.text)) is ("--raw" not in words)


@pytest.mark.parametrize("command", ["book", "verify", "accounts", "replay bar --step"])
def test_tables_and_documents_are_paged_where_the_screen_is_small(
    paged: Paged, command: str
) -> None:
    shown = paged(*command.split(), PAGER=MARKED, LINES="4", NO_COLOR="1")
    assert all(line.startswith(("P:", "note: ")) for line in shown.lines)
    assert shown.text.count("P:") > 5


@pytest.mark.parametrize(
    ("arguments", "env"),
    [
        (["history", "bar", "--limit", "6"], {"LEDGER_PAGER": "false"}),
        (["balance", "bar"], {"LEDGER_PAGER": "false"}),
        (["history", "bar"], {"LEDGER_PAGER": "", "PAGER": "false"}),
        (["history", "bar"], {"PAGER": ""}),
        (["history", "bar"], {"PAGER": "false", "TERM": "dumb"}),
        (["history", "bar", "--format", "plain"], {"PAGER": "false"}),
        (["history", "bar", "--format", "csv"], {"PAGER": "false"}),
        (["events", "--json"], {"PAGER": "false"}),
    ],
)
def test_no_pager_is_started(paged: Paged, arguments: list[str], env: dict[str, str]) -> None:
    shown = paged(*arguments, **env)
    assert shown.status == 0
    assert "pager" not in shown.text
    assert shown.text == paged(*arguments, **{**env, "LEDGER_PAGER": ""}).text


def test_no_pager_is_started_where_nobody_can_type(paged: Paged, whole: str) -> None:
    redirected = ("sh", "-c", 'exec "$0" "$@" </dev/null')
    assert paged("history", "bar", prefix=redirected, PAGER="false").text == whole


@pytest.mark.parametrize(
    ("pager", "why"),
    [
        ("no-such-pager", "does not start"),
        ("./no-such-folder/less -R", "does not start"),
        ("no-such-pager 2>&1", "ended with status 127"),
        ("false", "ended with status 1"),
        ("kill -9 $$", "was killed by signal 9"),
        ("exit 3", "does not start"),
        ("read line; exit '3'", "ended with status 3"),
    ],
)
def test_a_pager_that_fails_hides_nothing(paged: Paged, whole: str, pager: str, why: str) -> None:
    shown = paged("history", "bar", LEDGER_PAGER=pager)
    assert shown.status == 0
    assert whole in shown.text
    *_, note = shown.lines
    assert note.startswith("note: the pager ")
    assert why in note
    assert NO_WAY_TO_DO_WITHOUT in note
    quiet = paged("history", "bar", "--quiet", LEDGER_PAGER="false").text
    assert quiet == whole


def test_who_quits_the_pager_early_is_not_told_of_it(paged: Paged) -> None:
    shown = paged("events", LEDGER_PAGER="head -n 3")
    assert (shown.status, len(shown.lines)) == (0, 3)


def test_what_is_wrong_is_told_and_counts_though_the_pager_was_quit(paged: Paged) -> None:
    shown = paged(
        "verify", "--expect-head", "5:00000000", LEDGER_PAGER="head -n 1", LINES="3", NO_COLOR="1"
    )
    assert shown.status == 6
    assert shown.lines[0].startswith("Check")
    assert shown.lines[1].startswith("error: ")


def test_less_shows_a_screen_until_it_is_quit(environ: dict[str, str], club: Path) -> None:
    del environ["LEDGER_PAGER"]
    terminal = Terminal(100)
    with started(terminal, environ, "less", "events") as process:
        terminal.read_until("\x1b[1mPosition")
        terminal.type("q")
        text = terminal.read_all()
    assert process.wait(60) == 0
    assert "error" not in text
    assert text.count("2025-01-") < 30


def started(
    terminal: Terminal, environ: dict[str, str], pager: str, *arguments: str
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [PROGRAM, *arguments],
        stdin=terminal.device,
        stdout=terminal.device,
        stderr=terminal.device,
        env={"TERM": "xterm", **environ, "LEDGER_PAGER": pager},
        start_new_session=True,
    )


WAITS_AT_THE_END = "trap '' INT; cat >/dev/null; echo read it; read line <&2"
WAITS_AT_THE_START = "trap '' INT; read line; echo begun; read line <&2"


@pytest.mark.usefixtures("ctrl_c_works")
@pytest.mark.parametrize(
    ("pager", "awaited", "number", "typed", "status", "said"),
    [
        # All was sent: Ctrl-C is the pager's alone.
        (WAITS_AT_THE_END, "read it", signal.SIGINT, "\n", 0, ""),
        # The rest is not sent any more, and what was can be read in peace.
        (WAITS_AT_THE_START, "begun", signal.SIGINT, "\n", 130, "interrupted\n"),
        # Who ends the program ends its pager, too.
        (WAITS_AT_THE_START, "begun", signal.SIGTERM, "", 143, "interrupted\n"),
        (WAITS_AT_THE_END, "read it", signal.SIGTERM, "", 143, "interrupted\n"),
    ],
)
def test_a_signal_while_the_pager_runs(
    environ: dict[str, str],
    club: Path,
    pager: str,
    awaited: str,
    number: signal.Signals,
    typed: str,
    status: int,
    said: str,
) -> None:
    terminal = Terminal(100)
    with started(terminal, environ, pager, "events") as process:
        terminal.read_until(awaited)
        os.killpg(process.pid, number) if typed else process.send_signal(number)
        terminal.type(typed)
        text = terminal.read_all()
    assert process.wait(60) == status
    assert text.rpartition(f"{awaited}\n")[2] == said


def test_a_long_page_of_help_goes_through_it(paged: Paged) -> None:
    assert paged("help", "asking", LEDGER_PAGER=MARKED).text.startswith("P:")
