"""What a verification of a source finds, and the refusal of one that is damaged."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.errors import VerificationFailed
from ledger.migration.format1.source import Source

MOST_FINDINGS: Final = 1_000
"""So many are kept; the rest is counted."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong, and where, in the words and codes of a verification.

    Attributes:
        position: of the event; None where it is not about one event.
        account_id: of the stream; None where it is not about one stream.
        expected, found: for people; None where there is nothing to compare.
    """

    check: str
    message: str
    position: int | None = None
    account_id: str | None = None
    expected: str | None = None
    found: str | None = None


class SourceReport(msgspec.Struct, frozen=True):
    """What a verification of a source found.

    Attributes:
        events, accounts: how many could be read.
        findings: the first `MOST_FINDINGS`, in the order of the log.
        count: how many there are.
    """

    events: int
    accounts: int
    findings: tuple[Finding, ...]
    count: int

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.count


def refuse_damaged(source: Source, report: SourceReport) -> None:
    """Refuse a source that is not what was written.

    Raises:
        VerificationFailed: there are findings.
    """
    if report.clean:
        return
    count = report.count
    raise VerificationFailed(
        f"{source.path} does not hold what was written to it: "
        f"{'1 finding' if count == 1 else f'{count} findings'}, the first"
        f"{_place(report.findings[0])}: {report.findings[0].message}",
        advice="keep the file as it is, and migrate a backup from before it was damaged",
        path=source.path,
        count=count,
        findings=[msgspec.to_builtins(finding) for finding in report.findings],
    )


def _place(finding: Finding) -> str:
    position = "" if finding.position is None else f" at position {finding.position}"
    account = "" if finding.account_id is None else f" of account {finding.account_id}"
    return position + account
