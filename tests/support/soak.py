"""Soaks: how long they run, from which seed, and what they did, printed at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest


@dataclass
class Soak:
    """One long run.

    Attributes:
        seconds: how long it is to be.
        seed: what it is drawn from; printed, and set with ``--soak-seed``.
        figures: what it did, by name.
    """

    seconds: int
    seed: int
    figures: Counter[str] = field(default_factory=Counter)

    def count(self, figures: Counter[str]) -> None:
        self.figures.update(figures)

    def told(self) -> str:
        counted = ", ".join(f"{name} {number:,}" for name, number in sorted(self.figures.items()))
        return f"seed {self.seed}: {counted}"


PROPERTY = "figures of the long run"


def tell(terminal: pytest.TerminalReporter) -> None:
    """Write the figures of all long runs."""
    told = [
        f"{report.nodeid}: {value}"
        for reports in terminal.stats.values()
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, value in report.user_properties
        if name == PROPERTY
    ]
    if told:
        terminal.section("long runs")
        for line in told:
            terminal.write_line(line)
