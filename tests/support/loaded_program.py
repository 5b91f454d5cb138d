"""The program in a process that has loaded and used it, so that runs in forks of it are short.

What a process keeps (modules, compiled patterns, decoders) is there in a fork at once. A page that
a fork writes to is copied for it, which half of the time of a short command goes into; so what it
allocates is kept away from what is there.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.support.program import environment

DRIVERS: Final = ("ledger.eventstore.postgresql", "ledger.exchange.publishing")
"""Packages that load the drivers of servers; most runs do without, and they are large."""

PAGE: Final = 4096

USED: Final = (
    "open a --owner Ana --initial-balance 10 --at 2024-01-01",
    "open b --owner Ben --currency EUR",
    "deposit a 1 --json",
    "deposit a 2 --at 2024-02-03 --description Pay",
    "withdraw a 100",
    "transfer a a 1 --json",
    "deposit nobody 1",
    "balance a",
    "balance a --as-of 2024-03-01 --json",
    "accounts",
    "accounts --json",
    "history a",
    "history a --json",
    "correct a 2 --amount 3",
    "find Pay",
    "find Pay --json",
    "statement a",
    "statement a --json",
    "report",
    "report --json",
    "events --json",
    "export year.html",
    "batch -",
    "export-events",
    "verify",
    "verify --json",
    "doctor --repair",
    "balance --help",
    "deposit a",
    "sql SELECT(1)",
)
"""Command lines that go once through what most runs go through."""


def load() -> None:
    """Import all modules of the program but those that need the driver of a server."""
    import ledger

    for module in pkgutil.walk_packages(ledger.__path__, "ledger."):
        if not module.name.startswith(DRIVERS):
            import_module(module.name)


def load_drivers() -> None:
    """Import the drivers of servers that are installed, and what uses them."""
    for package in map(import_module, DRIVERS):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            try:
                import_module(module.name)
            except ModuleNotFoundError as error:  # what an extra brings, and is not installed
                if str(error.name).startswith("ledger"):
                    raise


def keep_built_commands() -> None:
    """Have Typer build each command once, not in each run, where it takes longer than most runs."""
    import typer.main

    from ledger.cli.app import app

    typer.main.get_command = cache(typer.main.get_command)
    group: Any = typer.main.get_command(app)
    assert list(group.commands.values())


def use() -> None:
    """Run some commands in this process, which leave nothing but what speeds up the next ones."""
    from ledger.cli.main import run

    with TemporaryDirectory() as folder, _as_a_run(folder), _globals_kept():
        for line in USED:
            sys.argv = ["ledger", *line.split()]
            run()


def settle() -> None:
    """Have what a fork allocates lie together, on pages that are not there yet."""
    gc.collect()
    gc.freeze()
    _take_what_is_free()


@contextmanager
def _as_a_run(folder: str) -> Iterator[None]:
    """The surroundings of a run that nobody sees."""
    before = dict(os.environ), os.getcwd(), sys.argv, sys.stdin, sys.stdout, sys.stderr
    with open(os.devnull) as nothing, open(os.devnull, "w") as nowhere:
        sys.stdin, sys.stdout, sys.stderr = nothing, nowhere, nowhere
        os.environ.clear()
        os.environ.update(environment(folder, os.path.join(folder, "books.db")))
        os.chdir(folder)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before[0])
            os.chdir(before[1])
            sys.argv, sys.stdin, sys.stdout, sys.stderr = before[2:]


@contextmanager
def _globals_kept() -> Iterator[None]:
    """Put back what is assigned to the modules of the program meanwhile: counts and the like."""
    before = {name: dict(vars(module)) for name, module in _modules()}
    yield
    for name, module in _modules():
        vars(module).update(before.get(name, {}))


def _modules() -> list[tuple[str, Any]]:
    return [each for each in sys.modules.items() if each[0].startswith("ledger.")]


def _take_what_is_free() -> None:
    """Take up the room that is free between what is allocated, so that no fork writes there.

    Only glibc is known to give it out before it makes the heap longer.
    """
    c = ctypes.CDLL(None)
    if not hasattr(c, "malloc_trim"):
        return
    c.malloc.restype = c.sbrk.restype = ctypes.c_void_p
    c.malloc.argtypes = c.malloc_trim.argtypes = [ctypes.c_size_t]
    c.malloc_trim(0)
    end = c.sbrk(0)
    for size in (*(2**power for power in range(16, 9, -1)), *range(504, 0, -16)):
        while (c.malloc(size) or end) < end - PAGE:
            pass
