"""What carrying a whole log into a ledger answers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

from ledger.cli.environment import Environment
from ledger.cli.output.counted import counted
from ledger.cli.output.documents import Document
from ledger.eventstore.records import head_text

if TYPE_CHECKING:
    from ledger.eventstore.export_format import ExportHeader
    from ledger.exchange.restoring import ImportReport
    from ledger.migration.report import MigrationReport

_NAMED: Final = 10
_MOST_CHARACTERS: Final = 60


def migration(report: MigrationReport) -> Document:
    return {
        "path": report.path,
        "ledger_id": report.ledger_id,
        "head": report.head.short,
        "events": report.events,
        "accounts": report.accounts,
        "time_zone": report.time_zone,
        "kept_as_they_came": report.kept,
        "size": report.size,
        "source": report.source,
        "source_ledger_id": report.source_ledger_id,
        "source_head": head_text(report.source_head.position, report.source_head.hash.hex()),
        "source_format": report.source_format,
        "lifted": report.lifted,
        "renamed": _renamed(report.renamed),
    }


def exported_log(path: str, header: ExportHeader) -> Document:
    return {
        "path": path,
        "ledger_id": header.ledger_id,
        "events": header.events,
        "head": head_text(header.events, header.head),
    }


def import_report(report: ImportReport) -> Document:
    return {
        "source": report.source,
        "events": report.events,
        "accounts": report.accounts,
        "rounded": report.rounded,
        "head": head_text(report.head_position, report.head_hash),
        "rounded_to_nothing": report.rounded_to_nothing,
        "carried_over": report.carried_over,
        "renamed": _renamed(report.renamed),
    }


def _renamed(ids: Mapping[str, str]) -> list[Document]:
    return [{"was": was, "account_id": account_id} for was, account_id in ids.items()]


def tell_renamed(env: Environment, renamed: Mapping[str, str]) -> None:
    """Say so in a note.

    Args:
        renamed: by old id, which may be any text, the new one.
    """
    if not renamed:
        return
    named = ", ".join(f"{_shown(old)} is {new}" for old, new in islice(renamed.items(), _NAMED))
    rest = len(renamed) - _NAMED
    more = f" and {rest} more, which --json lists" if rest > 0 else ""
    accounts = counted(len(renamed), "account")
    have = "has another" if len(renamed) == 1 else "have others"
    env.note(f"note: {accounts} whose id cannot be one here {have}: {named}{more}")


def _shown(given: str) -> str:
    return ascii(given if len(given) <= _MOST_CHARACTERS else given[: _MOST_CHARACTERS - 3] + "...")
