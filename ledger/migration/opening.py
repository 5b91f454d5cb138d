"""From a path to what is there to be migrated."""

from __future__ import annotations

from ledger.errors import NotALedger
from ledger.eventstore.opening import is_on_server, shown_location
from ledger.migration.format1.ledger_file import ARCHIVED_FORMAT, FORMAT, MOVE
from ledger.migration.format1.opening import open_source as open_format1
from ledger.migration.format1.source import Source
from ledger.migration.report import refuse_archived

TODAYS_FORMAT = FORMAT + 1


def open_source(path: str, *, todays: bool) -> Source | None:
    """Open a ledger file or an export of an older format; None where it is of today's.

    Args:
        todays: whether one of today's format is welcome.

    Raises:
        NotALedger: it is neither, or of today's format and not welcome; or of a newer one; or it
            is on a server, where all are of today's.
        InvalidUsage: it is of today's format and welcome, but has an archive.
        NoSuchLedger, DamagedLedger, StorageFailure: see `ledger.migration.format1.opening`.
    """
    if is_on_server(path):
        raise NotALedger(
            f"{shown_location(path)} is on a server, where every ledger is of today's format",
            advice="copy it into a file, and write that anew" if todays else MOVE,
            to_be_copied=todays,
            as_it_is=not todays,
        )
    try:
        return open_format1(path)
    except NotALedger as refusal:
        found = refusal.details.get("file_format")
        if todays and found == TODAYS_FORMAT:
            return None
        if todays and found == ARCHIVED_FORMAT:
            refuse_archived()
        raise
