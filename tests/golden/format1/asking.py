"""Questions to the command line, asked within this process.

This is all that the tests of format 1 know of the product: what is typed, and what comes out.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypedDict
from unittest import mock

import typer


class _Asked(TypedDict):
    group: str
    argv: list[str]


class Question(_Asked, total=False):
    """A command line without ``--db`` and ``--json``, and what it is asked with.

    Attributes:
        tz: the time zone, where it is not UTC.
        stdin: what is piped in.
        answer: a JSON document; ``{"lines": [...]}`` where the command gives one object a line;
            ``{"exit": status, "code": code}`` of a refusal, with the answer under ``"shown"`` where
            there was one all the same, as ``verify`` gives it.
    """

    tz: str
    stdin: str
    answer: Any


COMMANDS_BUILT_ONCE = cache(typer.main.get_command)
"""Typer builds a command in each process, which takes longer than the answers here."""

ONE_OBJECT_A_LINE = ("events", "batch", "import")


def run(
    books: Path | None, argv: list[str], *, tz: str = "UTC", stdin: str = ""
) -> tuple[int, bytes, str]:
    """Run ``ledger`` on a file: its exit status, and what it wrote to stdout and stderr."""
    database = [] if books is None else ["--db", str(books)]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    piped = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    command, *arguments = argv
    with (
        warnings.catch_warnings(),
        surroundings(tz),
        mock.patch.object(typer.main, "get_command", COMMANDS_BUILT_ONCE),
        mock.patch.object(sys, "argv", ["ledger", command, *database, *arguments]),
        mock.patch.object(sys, "stdin", piped),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
    ):
        warnings.simplefilter("ignore", ResourceWarning)  # the end of a process closes its files
        try:
            status: int = import_module("ledger.cli.main").run()
        finally:
            if command == "batch":
                gc.collect()  # its open file, while that is no warning
    out.flush()
    err.flush()
    assert isinstance(out.buffer, io.BytesIO)
    assert isinstance(err.buffer, io.BytesIO)
    return status, out.buffer.getvalue(), err.buffer.getvalue().decode()


def ask(books: Path, question: Question) -> Any:
    """The answer to a question, as it is kept."""
    command, *arguments = question["argv"]
    status, out, err = run(
        books,
        [command, "--json", *arguments],
        tz=question.get("tz", "UTC"),
        stdin=question.get("stdin", ""),
    )
    shown: Any = None
    if out:
        # A step-wise replay ends with the document that a plain one is.
        by_line = command in ONE_OBJECT_A_LINE or "--step" in arguments
        text = out.decode()
        shown = {"lines": list(map(json.loads, text.splitlines()))} if by_line else json.loads(text)
        if command == "import":  # the first line says in words what was guessed of the statement
            shown["lines"] = [line for line in shown["lines"] if line.get("outcome") != "rules"]
    if status == 0:
        return {"lines": []} if shown is None else shown
    refusal: dict[str, Any] = {"exit": status}
    errors = [line for line in err.splitlines() if line.startswith('{"error":')]
    if errors:
        refusal["code"] = json.loads(errors[-1])["error"]["code"]
    if shown is not None:
        refusal["shown"] = shown
    return refusal


@contextmanager
def surroundings(tz: str = "UTC", **more: str) -> Iterator[None]:
    """The environment of a run: nothing of whoever runs it, but where programs are found."""
    env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "LEDGER_ACTOR": "golden"}
    with mock.patch.dict(os.environ, {**env, "TZ": tz, **more}, clear=True):
        time.tzset()
        try:
            yield
        finally:
            os.environ.pop("TZ")
    time.tzset()  # back to what it was
