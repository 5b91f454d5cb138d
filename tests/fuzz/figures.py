"""What a long run did: how many cases of each kind, how they ended, and what was found."""

from __future__ import annotations

from collections import Counter

from tests.fuzz.nursery import Outcome


class Figures:
    """Counts along."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.remarks: Counter[str] = Counter()
        self.findings: list[str] = []

    def ran(self, kind: str, outcome: Outcome) -> None:
        """Count a run of the program."""
        self.cases[kind] += 1
        self.statuses[outcome.status] += 1

    def remark(self, what: str) -> None:
        """Count something worth knowing of."""
        self.remarks[what] += 1

    def __str__(self) -> str:
        lines = [f"{self.cases.total():,} runs of ledger, {len(self.findings)} findings"]
        lines += [f"  {count:7,} {kind}" for kind, count in sorted(self.cases.items())]
        lines += [f"  {count:7,} exit {status}" for status, count in sorted(self.statuses.items())]
        lines += [f"  {count:7,} {what}" for what, count in sorted(self.remarks.items())]
        return "\n".join([*lines, *(f"  FOUND {each}" for each in self.findings)])
