"""A progress bar on stderr, where a person is looking."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ledger.cli.environment import Environment


@contextmanager
def progress_bar(
    env: Environment, doing: str
) -> Iterator[Callable[[int, int | None], None] | None]:
    """Give what moves the bar, called with (done, all); None where stderr is no terminal.

    A bar is drawn with escape sequences, so there is none where those are not wanted.
    """
    plain = not env.colours(env.stderr) or os.environ.get("TERM") in ("dumb", "unknown")
    if plain or env.quiet or not env.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(file=env.stderr, color_system="standard", force_terminal=True)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)

        def move(done: int, all_of_them: int | None) -> None:
            bar.update(task, completed=done, total=all_of_them)

        yield move
