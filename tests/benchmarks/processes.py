"""Whole processes: programs that are run as somebody at a shell would run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.product import SOURCES

# Started by a small process, since a child's peak is never below what its parent had in memory.
_PEAK = """\
import os, sys
null = os.open(os.devnull, os.O_WRONLY)
child = os.posix_spawnp(
    sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)]
)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run a program to its end; what it prints goes nowhere."""
    subprocess.run(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )


def peak_memory(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """The most MB that a program has in memory (Linux counts it in KiB)."""
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _PEAK, *command],
        env=environ,
        capture_output=True,
        check=True,
    )
    return int(told.stdout) // 1024


def journal_reader(name: str) -> str | None:
    """The path of ledger-cli or hledger; our own ``ledger`` has the same name as the former."""
    for folder in os.get_exec_path():
        program = shutil.which(name, path=folder)
        if program is not None:
            told = subprocess.run(
                [program, "--version"], capture_output=True, text=True, check=False
            )
            if told.stdout.startswith(("Ledger 3", "hledger")):
                return program
    return None


def fresh_environment(folder: Path) -> Path:
    """A new environment in which the product was installed as a user would; its ``bin`` folder."""
    sources, target = folder / "sources", folder / "venv"
    sources.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(SOURCES / name, sources)
    shutil.copytree(
        SOURCES / "ledger", sources / "ledger", ignore=shutil.ignore_patterns("__pycache__")
    )
    venv.create(target, with_pip=True)
    run([str(target / "bin" / "pip"), "install", "--quiet", str(sources)], os.environ)
    return target / "bin"
