"""The worker processes of a rebuild.

They are plain child processes that import this module and nothing of the caller's: the standard
library's process pools run the main script again in each child, and a script that makes deposits
must not be run again. Work goes in by stdin and comes out by stdout, pickled, between a parent and
its own children.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from ledger.errors import LedgerError, StorageFailure
from ledger.projections.folding import Progress, Rows, fold_part
from ledger.projections.projection import Projection

_BOOT: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; from ledger.projections.workers import work; work()"
)


def fold_in_processes(
    location: str,
    projections: Sequence[Projection],
    workers: int,
    head: int,
    progress: Progress | None,
) -> list[Rows]:
    """Fold the log at a location up to a position, its streams split over processes.

    Raises:
        LedgerError: what a worker raised.
        StorageFailure: a worker died.
    """
    folded = [0] * workers
    processes = [_start() for _ in range(workers)]

    def attend(part: int) -> list[Rows]:
        def report(count: int) -> None:
            folded[part] = count
            if progress:
                progress(sum(folded), head)

        task = (location, tuple(projections), part, workers, head)
        return _attend(processes[part], task, report)

    try:
        with ThreadPoolExecutor(workers) as threads:
            try:
                parts = list(threads.map(attend, range(workers)))
            finally:  # before the pool waits for its threads, which wait for the processes
                _stop(processes)
    finally:
        _stop(processes)
    tables: list[Rows] = [{} for _ in projections]
    for part in parts:
        for rows, part_rows in zip(tables, part, strict=True):
            rows.update(part_rows)
    return tables


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - this interpreter, with a constant program
        [sys.executable, "-c", _BOOT, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is the parent's to handle; it ends us
    )


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
        process.wait()


def _attend(
    process: subprocess.Popen[bytes], task: object, report: Callable[[int], None]
) -> list[Rows]:
    """Give a worker its task, and take its messages: numbers, and at the end rows or an error."""
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        try:
            pickle.dump(task, process.stdin)
            process.stdin.close()
            while True:
                message = pickle.load(process.stdout)  # noqa: S301 - from our own child
                if isinstance(message, int):
                    report(message)
                elif isinstance(message, LedgerError):
                    raise message
                else:
                    rows: list[Rows] = message
                    return rows
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise StorageFailure(
                "a worker process of the rebuild died; the live tables are as they were",
                hint="repeat it, perhaps with --workers 1",
            ) from None


def work() -> None:
    """The body of a worker process."""
    out = sys.stdout.buffer

    def send(message: object) -> None:
        pickle.dump(message, out)
        out.flush()

    try:
        location, projections, part, parts, head = pickle.load(sys.stdin.buffer)  # noqa: S301 - our parent
        send(_folded(location, projections, part, parts, head, send))
    except (BrokenPipeError, EOFError):
        sys.exit(1)  # the parent is gone


def _folded(
    location: str,
    projections: Sequence[Projection],
    part: int,
    parts: int,
    head: int,
    report: Callable[[int], None],
) -> list[Rows] | LedgerError:
    from ledger.eventstore.opening import open_store

    try:
        store = open_store(location, clock=lambda: 0)
        try:
            return fold_part(store, projections, part, parts, head, report)
        finally:
            store.close()
    except LedgerError as failure:
        failure.__cause__ = None  # it may not survive the trip
        return failure
