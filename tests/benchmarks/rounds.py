"""Measuring side by side: sides take turns, and only what one round saw of two sides is compared.

A machine whose speed drifts does so for both sides of a round, so the ratio of a round holds where
the figures of two separate runs do not. What is printed is the median of the rounds' ratios, with
the least and the most of them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

Action = Callable[[], object]
Ready = Callable[[], AbstractContextManager[Action]]
"""Gets a round ready, untimed, and gives what is timed."""


class Side(NamedTuple):
    """One of those that take turns.

    Attributes:
        units: how many things one round does; figures are per unit.
        is_process: it runs programs, so that this process's own CPU time is not its.
    """

    ready: Ready
    units: int = 1
    is_process: bool = False


class Sample(NamedTuple):
    """Seconds per unit in one round, by the clock and of CPU, child processes' included."""

    clock: float
    cpu: float


class Ratio(NamedTuple):
    """The median of the rounds' ratios, and their range."""

    middle: float
    least: float
    most: float

    def __str__(self) -> str:
        digits = 2 if self.middle < 10 else 1
        return f"{self.middle:.{digits}f} ({self.least:.{digits}f}–{self.most:.{digits}f})"


def plain(action: Action) -> Ready:
    """A side whose rounds need nothing to be ready."""

    @contextmanager
    def ready() -> Iterator[Action]:
        yield action

    return ready


def interleave(sides: Sequence[Side], rounds: int, *, warm: bool = False) -> list[list[Sample]]:
    """The samples of each side, A B A B …; with ``warm`` after a round that is not counted."""
    if warm:
        for side in sides:
            _sample(side)
    turns = [[_sample(side) for side in sides] for _ in range(rounds)]
    return [list(samples) for samples in zip(*turns, strict=True)]


def ratios(above: Sequence[Sample], below: Sequence[Sample]) -> tuple[Ratio, Ratio]:
    """One side over another, round by round: by the clock and by CPU time."""
    pairs = list(zip(above, below, strict=True))
    return (
        _ratio([one.clock / other.clock for one, other in pairs]),
        _ratio([one.cpu / (other.cpu or 1e-9) for one, other in pairs]),
    )


def middle_clock(samples: Sequence[Sample]) -> float:
    """The median seconds per unit."""
    return median(sample.clock for sample in samples)


def _ratio(each: list[float]) -> Ratio:
    return Ratio(median(each), min(each), max(each))


def _sample(side: Side) -> Sample:
    with side.ready() as action:
        gc.collect()
        cpu, start = _cpu(side.is_process), perf_counter()
        action()
        clock = perf_counter() - start
        return Sample(clock / side.units, (_cpu(side.is_process) - cpu) / side.units)


def _cpu(is_process: bool) -> float:
    """CPU seconds so far of the children that have ended, and, unless they are all, of this one."""
    children = getrusage(RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime + (0.0 if is_process else process_time())
