"""What all rows share: where to work, how large, how often, and the log that several read."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks import product
from tests.benchmarks.material import batch_lines, openings
from tests.benchmarks.processes import fresh_environment
from tests.benchmarks.report import Measurement
from tests.benchmarks.rounds import Action, Ready

EVENTSOURCING = find_spec("eventsourcing") is not None


class Bench:
    """One run of the benchmarks.

    Attributes:
        folder: where files are made; each row gives back what it no longer needs.
        scale: what all sizes are divided by.
        rounds: how many turns each side has.
        fresh_venv: whether whole processes are run in an environment made for it.
    """

    def __init__(self, folder: Path, *, scale: int, rounds: int, fresh_venv: bool) -> None:
        self.folder = folder
        self.scale = scale
        self.rounds = rounds
        self.fresh_venv = fresh_venv

    def size(self, full: int) -> int:
        """A size of this run, from that of a full one."""
        return max(full // self.scale, 10)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)

    def anew(self, ready: Callable[[Path], AbstractContextManager[Action]]) -> Ready:
        """A side that has a new path each round."""

        @contextmanager
        def in_scratch() -> Iterator[Action]:
            with self.scratch() as folder, ready(folder / "round.db") as action:
                yield action

        return in_scratch

    @cached_property
    def programs(self) -> Path:
        """The folder of the programs ``ledger`` and ``python`` of whole processes."""
        return fresh_environment(self.folder) if self.fresh_venv else Path(sys.executable).parent

    @property
    def environment(self) -> str:
        """What is said of it."""
        if self.fresh_venv:
            return "an environment made for it"
        slow = ", EDITABLE, so slower: see --fresh-venv" if product.is_editable() else ""
        return f"the running environment{slow}"

    @cached_property
    def log_size(self) -> int:
        """Events in `log`, those of the openings too."""
        with product.open_ledger(self.log) as ledger:
            return product.event_count(ledger)

    @cached_property
    def log(self) -> Path:
        """A ledger of a million events over a hundred accounts; not to be written to."""
        lines = list(batch_lines(self.size(100_000)))
        return product.make(self.folder / "log.db", openings(), *[lines] * 10)


Row = Callable[[Bench], Iterator[Measurement]]
"""One row of the benchmarks; the first line of its docstring says what it measures."""
