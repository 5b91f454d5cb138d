"""``ledger help``: the topics, on a terminal and in a pipe."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from ledger.cli.help import TOPICS
from tests.support.cli.terminal import Shown, run_on_terminal
from tests.support.program import PROJECT, Run


def test_help_lists_the_topics_and_the_variables(run: Run, tmp_path: Path) -> None:
    done = run("help")
    assert (done.status, done.err) == (0, "")
    topics, variables = (
        dict(re.findall(r"^  (\w+) +(\S.*)$", part, re.MULTILINE))
        for part in done.out.split("Environment variables:\n")
    )
    assert topics == TOPICS
    assert variables["LEDGER_DB"] == "The ledger file or URL, where --db names none."
    assert max(map(len, done.out.splitlines())) <= 80
    assert "ledger help COMMAND" in done.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["deposit"], ["book"], ["book", "create"], ["help"]])
def test_help_of_a_command_is_its_page(run: Run, words: list[str]) -> None:
    done = run("help", *words)
    assert (done.status, done.err) == (0, "")
    assert done.out == run(*words, "--help").out


@pytest.mark.parametrize("topic", ["times", "events"])
def test_a_topic_in_a_pipe_is_the_page_as_it_is_written(run: Run, topic: str) -> None:
    done = run("help", topic)
    assert (done.status, done.err) == (0, "")
    assert done.out == (PROJECT / "ledger/help" / f"{topic}.md").read_text("utf-8")


def test_help_is_data_where_data_are_asked_for(run: Run) -> None:
    listed = json.loads(run("help", "--json").out)
    assert {each["topic"]: each["summary"] for each in listed} == TOPICS
    page = json.loads(run("help", "times", "--json").out)
    assert (page["topic"], page["text"]) == ("times", run("help", "times").out)
    command = json.loads(run("help", "head", "--json").out)
    assert (command["command"], command["text"]) == ("head", run("head", "--help").out)
    assert run("help", "--format", "csv").out.startswith("topic,summary\r\namounts,")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["tmes"], "did you mean times? ledger help times"),
        (["Times"], "did you mean times? ledger help times"),
        (["depositt"], "did you mean deposit? ledger help deposit"),
        (["deposit", "now"], "did you mean deposit? ledger help deposit"),
        (["book", "creat"], "did you mean book? ledger help book"),
        (["times", "zones"], "did you mean times? ledger help times"),
        (["ünknown\n"], "see the topics: ledger help"),
        ([""], "see the topics: ledger help"),
    ],
)
def test_an_unknown_topic_is_answered_with_what_was_meant(
    run: Run, tmp_path: Path, words: list[str], hint: str
) -> None:
    done = run("help", *words)
    name = ascii(" ".join(words))
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: there is no help on {name}\nhint: {hint}\n"
    assert list(tmp_path.iterdir()) == []


def on_terminal(environ: dict[str, str], tmp_path: Path, topic: str, columns: int) -> Shown:
    program = Path(sys.executable).with_name("ledger")
    return run_on_terminal([program, "help", topic], env=environ, cwd=tmp_path, columns=columns)


def test_a_topic_is_readable_on_a_terminal(environ: dict[str, str], tmp_path: Path) -> None:
    shown = on_terminal(environ, tmp_path, "scripting", 80)
    assert shown.status == 0
    assert "\x1b[1mScripting\x1b[0m\n" in shown.text.replace("\r", "")
    plain = on_terminal({**environ, "NO_COLOR": "1"}, tmp_path, "scripting", 80)
    assert "\x1b" not in plain.text
    lines = plain.text.replace("\r", "").splitlines()
    assert lines[:2] == ["Scripting", "─────────"]
    code = [line for line in lines if line.startswith("    ")]
    assert "    $ ledger deposit acc-001 5 --expected-version 1" in code
    assert max(len(line) for line in lines if line not in code) <= 80
    assert any(len(line) > 80 for line in code)  # neither cut nor broken
    prose = [line for line in lines if line not in code]
    assert not [line for line in prose if re.search(r"\*\*|`|\]\(|^#|\|--", line)]
    assert [line for line in lines if line != line.rstrip()] == []
    (status,) = (line for line in lines if line.startswith("143"))
    assert re.fullmatch(r"143 +interrupted by SIGTERM", status)
