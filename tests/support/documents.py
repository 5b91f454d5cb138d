"""The README and the pages of `ledger help`, and what their examples print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ledger.cli.help import TOPICS
from tests.support.program import PROJECT
from tests.support.reading_shell import typed

PAGES = {
    "README": PROJECT / "README.md",
    **{topic: PROJECT / "ledger/help" / f"{topic}.md" for topic in TOPICS},
}
"""By name, in the order in which they are listed."""

_SEPARATOR = "\x1e"


class Example(NamedTuple):
    """A command as typed, and the lines it prints."""

    command: str
    prints: list[str]


def text_of(page: str) -> str:
    return PAGES[page].read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)


def pages_with(language: str) -> list[str]:
    return [page for page in PAGES if blocks(page, language)]


def console_examples(page: str) -> list[Example]:
    examples: list[Example] = []
    for block in blocks(page, "console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                examples.append(Example(line[2:], []))
            else:
                examples[-1].prints.append(line)
    return examples


def printed_by(
    examples: list[Example], folder: Path, more: Mapping[str, str], *, started: bool
) -> list[list[str]]:
    """What each printed, typed into one shell; spaces at line ends are cut off.

    Args:
        more: variables of the shell, besides the usual ones.
        started: whether ``ledger`` is started each time, and not run in a fork.
    """
    # An `echo $?` must see the command before it, and not our separator.
    separate = f"status=$?; printf '{_SEPARATOR}'; (exit $status)"
    script = "\n".join(f"{each.command}\n{separate}" for each in examples)
    parts = typed(script, folder, more, started=started).split(_SEPARATOR)[:-1]
    return [[line.rstrip() for line in part.splitlines()] for part in parts]


def matches(printed: str, expected: str) -> bool:
    """Whether a line is what is expected; ``…`` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, printed) is not None
