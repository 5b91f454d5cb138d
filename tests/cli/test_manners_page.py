"""``ledger help manners``: that it is true of every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.cli.app import SECTIONS
from tests.support.program import PROJECT, Run

PAGE = (PROJECT / "ledger/help/manners.md").read_text("utf-8")
ASKING = {
    "close": ["close", "empty"],
    "undo": ["undo"],
    "lock": ["lock", "2024-01-31"],
    "unlock": ["unlock", "--reason", "an invoice"],
    "erase": ["erase", "empty", "--reason", "asked for it"],
}


def point(beginning: str) -> str:
    """What the page says on something, on one line."""
    (found,) = re.findall(rf"^- (\*\*{re.escape(beginning)}.*?)(?=^- |\Z)", PAGE, re.M | re.S)
    return " ".join(found.split())


def test_it_names_every_command_that_shows_more_columns(run: Run) -> None:
    commands = [command for section in SECTIONS.values() for command in section]
    having = {each for each in commands if "--show " in run(each, "--help").out}
    (named,) = re.findall(r"the tables of (.*?):", point("`--show"))
    assert having == set(re.findall(r"`(\w+)`", named))
    assert len(having) > 3


@pytest.mark.parametrize("command", ASKING)
def test_it_says_what_insists_where_nobody_can_be_asked(
    run: Run, books: Path, command: str
) -> None:
    run("open", "empty", "--owner", "Ana", "--at", "2024-01-01")
    if command == "undo":
        run("deposit", "empty", "5", "--at", "2024-01-02")
    if command == "unlock":
        run("lock", "2024-01-31", "--yes")
    elsewhere = point("Questions.").partition("Elsewhere")[2]
    asks_nobody, _, insists = elsewhere.partition("just do it")
    done = run(*ASKING[command])
    assert done.status == (2 if f"`{command}`" in insists else 0), done.err
    assert (f"`{command}`" in asks_nobody) == (done.status == 0)
    assert run(*ASKING[command], "--yes").status == 0 or done.status == 0


@pytest.mark.parametrize("command", [*ASKING, "import", "book correct-clock"])
def test_the_help_says_when_nobody_is_asked_anyhow(run: Run, command: str) -> None:
    page = " ".join(run(*command.split(), "--help").out.split())
    only = "(it only asks on a terminal)" in page
    needed = re.search("eeded .*where there is no terminal to ask on", page) is not None
    insists = point("Questions.").partition("just do it")[2]
    assert (only, needed) == (f"`{command}`" not in insists, f"`{command}`" in insists)
