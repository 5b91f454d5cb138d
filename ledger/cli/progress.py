"""A progress bar on stderr, where a person is looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ledger.cli.environment import Environment


@contextmanager
def progress_bar(env: Environment, doing: str) -> Iterator[Callable[[int, int], None] | None]:
    """Give what moves the bar, called with (done, all); None where stderr is no terminal."""
    if not env.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    coloured = env.colours(env.stderr)
    console = Console(
        file=env.stderr, color_system="standard" if coloured else None, force_terminal=coloured
    )
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)

        def move(done: int, all_of_them: int) -> None:
            bar.update(task, completed=done, total=all_of_them)

        yield move
