"""What a migration made, once it was held against what it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import msgspec

from ledger.errors import InvalidOption, InvalidUsage, UnexpectedFailure, VerificationFailed
from ledger.eventstore.opening import store_exists
from ledger.eventstore.records import Head
from ledger.migration.figures import Figures
from ledger.migration.format1.events import SourceHead

_FROM_A_BACKUP: Final = "keep the file as it is, and migrate a backup from before it was damaged"

_SHOWN: Final = ("check", "message", "position", "account_id", "expected", "found")


class MigrationReport(msgspec.Struct, frozen=True):
    """A ledger that was migrated, and the one that it was made of.

    Attributes:
        source, path: where they are.
        source_ledger_id, source_head, source_format: of the older one.
        ledger_id, head: of the new one; its log has events of its own, which say where the others
            came from.
        time_zone: IANA name of the new book's.
        events: how many the source has.
        accounts: how many the new one has.
        kept: how many events of the older world are stored as they came, so that their texts cannot
            be erased.
        size: of the new one, in bytes; None on a server.
        lifted: how many events of the older world were stored in their current schema version.
        renamed: the accounts whose ids cannot be ids any more, each with its new one.
    """

    source: str
    path: str
    source_ledger_id: str
    source_head: SourceHead | Head
    source_format: int
    ledger_id: str
    head: Head
    time_zone: str
    events: int
    accounts: int
    kept: int
    size: int | None
    lifted: int
    renamed: dict[str, str] = {}


def check_destination(path: str) -> None:
    """See that nothing is at the place for the new ledger.

    Raises:
        InvalidOption: something is.
    """
    if not path:
        raise InvalidOption("the path of the new ledger is empty", advice="name a file")
    if store_exists(path):
        raise InvalidOption(
            f"{path!a} exists already",
            advice="name a file that is not there yet; nothing is ever migrated over another one",
            path=path,
        )


def refuse_archived() -> NoReturn:
    """Refuse a source of today's format of which a part was archived.

    Raises:
        InvalidUsage: always.
    """
    raise InvalidUsage(
        "a part of the log was archived, and cannot be written anew",
        advice="migrate a backup from before it was archived, or move the log as it is",
        as_it_is=True,
    )


def refuse_damaged(source: str, findings: Sequence[Any]) -> None:
    """Refuse a source that is not what was written.

    Args:
        findings: those of `ledger.verification`.

    Raises:
        VerificationFailed: there are findings.
    """
    _refuse(f"{source} does not hold what was written to it", source, findings, _FROM_A_BACKUP)


def refuse_findings(source: str, findings: Sequence[Any], *, before: int) -> None:
    """Refuse what a verification of the new ledger has something against.

    Args:
        findings: those of `ledger.verification`.
        before: how many events of the new ledger come before those of the source.

    Raises:
        VerificationFailed: there are findings.
    """
    _refuse(f"{source} cannot be carried over", source, findings, _FROM_A_BACKUP, before)


def refuse_transformed(source: str, findings: Sequence[Any]) -> None:
    """Refuse what a transformation gave; positions are those of the new ledger.

    Raises:
        VerificationFailed: there are findings.
    """
    _refuse(
        f"what the transformation makes of {source} is no sound ledger",
        source,
        findings,
        "correct the transformation; nothing was kept",
    )


def _refuse(what: str, source: str, findings: Sequence[Any], advice: str, before: int = 0) -> None:
    if not findings:
        return
    shown = [{name: getattr(each, name) for name in _SHOWN} for each in findings]
    for each in shown:
        if isinstance(each["position"], int):
            each["position"] -= before
    count = len(findings)
    first = findings[0]
    account = f" about account {first.account_id}" if first.account_id else ""
    raise VerificationFailed(
        f"{what}: {'1 finding' if count == 1 else f'{count} findings'}, the first{account}: "
        f"{first.message}",
        advice=advice,
        path=source,
        count=count,
        findings=shown,
    )


def check_figures(figures: Figures, balances: Mapping[str, int]) -> None:
    """See that every account holds in the new ledger what it held in the source.

    Args:
        balances: minor units by account, as the new ledger tells them.

    Raises:
        UnexpectedFailure: it does not.
    """
    for account_id in sorted({*balances, *figures.balances}):
        was, now = figures.balances.get(account_id), balances.get(account_id)
        if was != now:
            raise UnexpectedFailure(
                f"account {account_id} held {was} minor units, and would hold {now}",
                advice="nothing was kept; this is a bug in ledger, and should be reported",
                account_id=account_id,
            )
