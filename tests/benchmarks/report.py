"""What is printed: a measurement, and a line for each peer that it stands beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tests.benchmarks.rounds import Ratio, Sample, middle_clock, ratios


class Goal(NamedTuple):
    """What a ratio should be: at least so many times the speed, or at most so many times the time.

    Attributes:
        clock, cpu: None where nothing is asked of it.
    """

    is_speed: bool
    clock: float | None = None
    cpu: float | None = None

    def __str__(self) -> str:
        sign = "≥" if self.is_speed else "≤"
        asked = ((self.clock, "clock"), (self.cpu, "CPU"))
        return ", ".join(f"{sign} {value:g} {by}" for value, by in asked if value) or "–"

    def verdict(self, clock: Ratio, cpu: Ratio) -> str:
        """Whether the medians reach it; nothing where no goal is set."""
        asked = [(self.clock, clock.middle), (self.cpu, cpu.middle)]
        met = [
            seen >= wanted if self.is_speed else seen <= wanted for wanted, seen in asked if wanted
        ]
        return "" if not met else "met" if all(met) else "missed"


def faster(clock: float | None = None, cpu: float | None = None) -> Goal:
    """So many times the peer's speed or more: the ratio is the peer's time over ours."""
    return Goal(True, clock, cpu)


def slower(clock: float | None = None, cpu: float | None = None) -> Goal:
    """So many times the peer's time or less: the ratio is our time over the peer's."""
    return Goal(False, clock, cpu)


class Beside(NamedTuple):
    """A peer, and what became of it; no samples where it is not there."""

    peer: str
    samples: list[Sample] | None
    goal: Goal


class Measurement(NamedTuple):
    """One thing that was measured.

    Attributes:
        mode: durability, batch size and whatever else the figures depend on.
        ours: the median, as it is shown.
        note: what else was seen.
    """

    what: str
    mode: str
    ours: str
    samples: list[Sample]
    peers: Sequence[Beside] = ()
    note: str = ""


HEADER = f"{'':2}{'ours':<16} {'beside':<42} {'by the clock':<20} {'by CPU time':<20} goal"


def shown(name: str, measurement: Measurement) -> str:
    """The lines that are printed of it."""
    lines = [f"{name}: {measurement.what} [{measurement.mode}]"]
    ours = measurement.ours
    for peer, samples, goal in measurement.peers:
        lines.append(f"  {ours:<16} {_beside(measurement.samples, peer, samples, goal)}")
        ours = ""
    if ours:
        lines.append(f"  {ours}")
    if measurement.note:
        lines.append(f"  {measurement.note}")
    return "\n".join(lines)


def _beside(ours: list[Sample], peer: str, samples: list[Sample] | None, goal: Goal) -> str:
    if samples is None:
        return f"{peer} is not installed"
    above, below = (samples, ours) if goal.is_speed else (ours, samples)
    clock, cpu = ratios(above, below)
    times = "× speed" if goal.is_speed else "× time"
    verdict = goal.verdict(clock, cpu)
    return (
        f"{peer + ', ' + times:<42} {clock!s:<20} {cpu!s:<20} {goal}"
        f"{': ' + verdict if verdict else ''}"
    )


def rate(samples: Sequence[Sample]) -> str:
    """How many a second."""
    return f"{1 / middle_clock(samples):,.0f}/s"


def duration(samples: Sequence[Sample]) -> str:
    """How long one takes."""
    seconds = middle_clock(samples)
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"
