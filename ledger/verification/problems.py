"""What a diagnosis says: problems, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from ledger.errors import LedgerError
from ledger.eventstore.records import Head
from ledger.verification.findings import CHECKS, Finding

DERIVED_FROM_THE_LOG: Final = frozenset(("projection", "snapshot", "idempotency"))
"""The checks of a verification that look at what can be rebuilt."""

REPAIR: Final = "it can be rebuilt from the log"
GO_BACK: Final = "keep the file as it is, and go back to a backup"
_SAVE: Final = "go back to a backup, or save the log up to where it can be trusted"
_LOAD: Final = "load the class that it is of, then repeat this"
_ADVICE: Final = {
    "unknown_type": _LOAD,
    "archive_files": "put unchanged copies of the files into the folder of the archive",
}
_LISTED_ONE_BY_ONE: Final = 20


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong.

    Attributes:
        code: for programs; of what a verification finds, its check.
        advice: what to do about it.
        repairable: whether it can be rebuilt from the log.
        position, account_id: of the first place where it is; None where it is in none.
    """

    code: str
    message: str
    advice: str
    repairable: bool = False
    position: int | None = None
    account_id: str | None = None


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """All that is wrong with a ledger.

    Attributes:
        problems: what is wrong now.
        repaired: what was repaired, in words.
        notes: what is worth knowing and not wrong.
        head: of the log, as far as it can be read; None where it cannot be opened.
        trusted: the head up to which the log is what was written.
        refusal: why the file cannot be opened.
        test: whether it is a test ledger.
    """

    path: str
    problems: tuple[Problem, ...]
    repaired: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    head: Head | None = None
    trusted: Head | None = None
    refusal: LedgerError | None = None
    test: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong (any more)."""
        return not self.problems


def is_repairable(finding: Finding) -> bool:
    """Whether a finding is about something that is derived from the log."""
    return finding.derived or finding.check in DERIVED_FROM_THE_LOG


def problems_in(findings: Sequence[Finding]) -> Iterator[Problem]:
    """Findings as problems: parts of the file one by one, and of the rest one for each check."""
    for check in CHECKS:
        for repairable in (False, True):
            group = [
                finding
                for finding in findings
                if finding.check == check and is_repairable(finding) is repairable
            ]
            if check == "medium" and len(group) <= _LISTED_ONE_BY_ONE:
                yield from (_problem([finding], repairable) for finding in group)
            elif group:
                yield _problem(group, repairable)


def _problem(group: Sequence[Finding], repairable: bool) -> Problem:
    first = group[0]
    place = ", ".join(_place(first))
    message = f"{place}: {first.message}" if place else first.message
    if len(group) > 1:
        message += f" (and {len(group) - 1} more)"
    return Problem(
        code=first.check,
        message=message,
        advice=REPAIR if repairable else _ADVICE.get(first.check, _SAVE),
        repairable=repairable,
        position=first.position,
        account_id=first.account_id,
    )


def _place(finding: Finding) -> Iterator[str]:
    if finding.position is not None:
        yield f"position {finding.position}"
    if finding.account_id is not None:
        yield f"account {finding.account_id}"
