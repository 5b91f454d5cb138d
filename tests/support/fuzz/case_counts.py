"""Statistics of a soak: how many cases of each kind, how they ended, and what was found."""

from __future__ import annotations

from collections import Counter

from tests.support.program import Outcome


class CaseCounts:
    """Counts along."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.notes: Counter[str] = Counter()
        self.findings: list[str] = []

    def ran(self, kind: str, outcome: Outcome) -> None:
        """Count a run of the program."""
        self.cases[kind] += 1
        self.statuses[outcome.status] += 1

    def note(self, what: str) -> None:
        """Count something worth knowing of."""
        self.notes[what] += 1

    def all(self) -> Counter[str]:
        """Everything that was counted, by name."""
        counted = Counter({"findings": len(self.findings), "runs of ledger": self.cases.total()})
        counted.update({f"runs: {kind}": number for kind, number in self.cases.items()})
        counted.update({f"exit {status}": number for status, number in self.statuses.items()})
        counted.update(self.notes)
        return counted
