"""Work on one store by several processes.

They are plain child processes that import this package, the module of the work's function, those of
the aggregates that are known here and what the task is made of, and nothing else of the caller's:
the standard library's process pools run the main script again in each child, and a script that
makes deposits must not be run again. Work goes in by stdin and comes out by stdout, pickled,
between a parent and its own children.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ledger.domain.aggregate import AGGREGATES
from ledger.errors import LedgerError, StorageFailure
from ledger.eventstore.store import EventStore

if TYPE_CHECKING:
    import subprocess

_PACKAGE: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "__init__.py")

# A worker is to run the code that its parent runs, wherever that came from: a `ledger` that happens
# to lie in the working folder must not come before it.
_BOOT: Final = """
import sys
source, *sys.path[:] = sys.argv[1:]
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("ledger", source)
sys.modules["ledger"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["ledger"])
from ledger.eventstore.worker_processes import work
work()
"""

_COLLECT_EVERY: Final = 100_000
"""New objects until the garbage collector looks for cycles: a worker makes many, and hardly any."""

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

Report = Callable[[int], None]
"""Called now and then with how much of a task is done so far."""


class Unimportable(Exception):
    """A task cannot be handed to another process: something in it has no importable name."""


def in_processes(
    location: str,
    function: Callable[[EventStore, _Task, Report], _Result],
    tasks: Sequence[_Task],
    *,
    report: Callable[[int], None],
    death: StorageFailure,
    as_it_is: bool = False,
    meanwhile: Callable[[], None] | None = None,
) -> list[_Result]:
    """Run a function for each task in a process of its own, over the store at a location.

    Args:
        function: of a module of ours; it, the tasks and the results are pickled.
        report: called with how much is done by all of them together.
        death: raised where a process died.
        as_it_is: open the store though parts of it are missing.
        meanwhile: what to do here while they work.

    Raises:
        LedgerError: what a function raised.
        Unimportable: a task holds what no other process can import.
    """
    from ledger.eventstore.opening import full_location

    aggregates = sorted({kind.__module__ for kind in AGGREGATES.values()} - {"__main__"})
    try:
        assignments = [
            pickle.dumps((full_location(location), as_it_is, function, task, aggregates))
            for task in tasks
        ]
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise Unimportable(str(error)) from error
    done = [0] * len(tasks)
    processes: list[subprocess.Popen[bytes]] = []

    def attend(number: int) -> _Result:
        def note(count: int) -> None:
            done[number] = count
            report(sum(done))

        result: _Result = _attend(processes[number], assignments[number], note, death)
        return result

    try:
        for _ in tasks:
            processes.append(_start())  # noqa: PERF401 - an interrupt leaves none unknown
        from concurrent.futures import ThreadPoolExecutor, as_completed  # while they are starting

        with ThreadPoolExecutor(len(tasks)) as threads:
            try:
                attended = [threads.submit(attend, number) for number in range(len(tasks))]
                if meanwhile:
                    meanwhile()
                for first_done in as_completed(attended):  # the first failure ends them all
                    first_done.result()
                return [each.result() for each in attended]
            finally:  # before the pool waits for its threads, which wait for the processes
                _stop(processes)
    finally:
        _stop(processes)


def _start() -> subprocess.Popen[bytes]:
    import subprocess  # a worker, which imports this module too, needs none

    return subprocess.Popen(  # noqa: S603 - this interpreter, with a constant program
        [sys.executable, "-c", _BOOT, _PACKAGE, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is the parent's to handle; it ends us
    )


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
        process.wait()


def _attend(
    process: subprocess.Popen[bytes],
    assignment: bytes,
    note: Report,
    death: StorageFailure,
) -> Any:
    """Give a worker its task, and take its messages: numbers, and at the end how it went."""
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        try:
            process.stdin.write(assignment)
            process.stdin.flush()
            while True:
                message = pickle.load(process.stdout)  # noqa: S301 - from our own child
                if isinstance(message, int):
                    note(message)
                elif isinstance(message, (LedgerError, Unimportable)):
                    raise message
                else:
                    (result,) = message
                    return result
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            raise death from None


def work() -> None:
    """The body of a worker process."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed here must not come between the messages

    def send(message: object) -> None:
        pickle.dump(message, out)
        out.flush()

    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)
    try:
        try:
            assignment = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
            location, as_it_is, function, task, aggregates = assignment
            Thread(target=_end_with_parent, daemon=True).start()
            for module in aggregates:
                import_module(module)
        except EOFError:
            raise
        except Exception as error:  # noqa: BLE001 - a module may raise anything when imported
            send(Unimportable(f"{type(error).__name__}: {error}"))
            return
        send(_outcome(location, as_it_is, function, task, send))
    except (BrokenPipeError, EOFError):
        sys.exit(1)  # the parent is gone


def _end_with_parent() -> None:
    """End this process when its parent has ended, however that was: its end of stdin is closed."""
    os.read(0, 1)
    os._exit(1)


def _outcome(
    location: str,
    as_it_is: bool,
    function: Callable[[EventStore, Any, Report], object],
    task: object,
    report: Report,
) -> tuple[object] | LedgerError:
    from ledger.eventstore.opening import open_store

    try:
        # Who looks for damage has to survive it.
        store = open_store(location, clock=lambda: 0, as_it_is=as_it_is, mapped=not as_it_is)
        try:
            return (function(store, task, report),)
        finally:
            store.close()
    except LedgerError as failure:
        failure.__cause__ = None  # it may not survive the trip
        return failure
