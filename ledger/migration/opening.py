"""From a path to what is there to be migrated."""

from __future__ import annotations

from ledger.errors import NotALedger
from ledger.migration.format1.ledger_file import FORMAT
from ledger.migration.format1.opening import open_source as open_format1
from ledger.migration.format1.source import Source

TODAYS_FORMAT = FORMAT + 1


def open_source(path: str, *, todays: bool) -> Source | None:
    """Open a ledger file or an export of an older format; None where it is of today's.

    Args:
        todays: whether one of today's format is welcome.

    Raises:
        NotALedger: it is neither, or of today's format and not welcome; or of a newer one.
        NoSuchLedger, DamagedLedger, StorageFailure: see `ledger.migration.format1.opening`.
    """
    try:
        return open_format1(path)
    except NotALedger as refusal:
        if todays and refusal.details.get("file_format") == TODAYS_FORMAT:
            return None
        raise
