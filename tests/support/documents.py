"""The README and the pages of `ledger help`, and what their examples print."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ledger.cli.help import TOPICS
from tests.support.program import PROJECT

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


def printed_by(examples: list[Example], folder: Path, more: Mapping[str, str]) -> list[list[str]]:
    """What each printed, typed into one shell; spaces at line ends are cut off.

    Args:
        more: variables of the shell, besides the usual ones.
    """
    # An `echo $?` must see the command before it, and not our separator.
    separate = f"status=$?; printf '{_SEPARATOR}'; (exit $status)"
    script = "\n".join(f"{each.command}\n{separate}" for each in examples)
    parts = _on_a_terminal(script, folder, more).split(_SEPARATOR)[:-1]
    return [[line.rstrip() for line in part.splitlines()] for part in parts]


def _on_a_terminal(script: str, folder: Path, more: Mapping[str, str]) -> str:
    """What a shell script prints on a pseudo-terminal 100 columns wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    environ = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "TERM": "dumb",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        **more,
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
    """Whether a line is what is expected; ``…`` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, printed) is not None
