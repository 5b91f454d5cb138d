"""What is not run for want of a server is said loudly, at the end of a run."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, NoReturn

import pytest

_SAID: Final = re.compile("NO SERVER: (.*)", re.DOTALL)


def absent(server: str, why: str) -> NoReturn:
    """Skip the test: the server that it needs is not to be had here."""
    pytest.skip(f"NO SERVER: {server}: {why}")


def tell(terminal: pytest.TerminalReporter) -> None:
    """Write what was not run, once for each server and reason."""
    reasons: Counter[str] = Counter()
    for report in terminal.stats.get("skipped", []):
        told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if said := _SAID.search(told):
            reasons[said[1]] += 1
    if reasons:
        terminal.section("NO SERVER", sep="!", red=True, bold=True)
        for reason, count in sorted(reasons.items()):
            terminal.line(f"NO SERVER: {reason} (tests left out: {count})", red=True)
