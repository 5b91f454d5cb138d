"""Every example in the README and in the pages of `ledger help` is run, and does what they say.

Console blocks run in one shell on a pseudo-terminal, as a reader would type them; ``…`` in what
they print stands for anything. Python blocks run in the same folder afterwards; bash blocks are
scripts, each followed by what it prints.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.conftest import Reading
from tests.support.documents import blocks, console_examples, matches, pages_with

NOT_INSTALLED_FOR_US = ("jq", "hledger")
"""What a script may need that nobody can be asked to have."""


@pytest.mark.parametrize("page", pages_with("console"))
def test_the_console_examples_print_what_the_page_says(
    read: Callable[[str], Reading], page: str
) -> None:
    examples, printed = console_examples(page), read(page).printed
    assert len(printed) == len(examples)
    for example, shown in zip(examples, printed, strict=True):
        assert len(shown) == len(example.prints), (example.command, shown)
        for line, expected in zip(shown, example.prints, strict=True):
            assert matches(line, expected.rstrip()), (example.command, shown)


@pytest.mark.parametrize("page", pages_with("python"))
def test_the_python_examples_run(read: Callable[[str], Reading], page: str) -> None:
    for example in blocks(page, "python"):
        done = subprocess.run(
            [sys.executable, "-c", example],
            cwd=read(page).folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), example


@pytest.mark.parametrize("page", pages_with("bash"))
def test_the_scripts_print_what_the_page_says(tmp_path: Path, page: str) -> None:
    scripts, outputs = blocks(page, "bash"), blocks(page, "text")
    assert len(scripts) == len(outputs)
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", "HOME": str(tmp_path)}
    for script, output in zip(scripts, outputs, strict=True):
        if any(
            f"{tool} " in script and shutil.which(tool) is None for tool in NOT_INSTALLED_FOR_US
        ):
            continue
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
