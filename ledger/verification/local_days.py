"""Whether the SQL views tell the right days."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.errors import LedgerError
from ledger.eventstore.codec import UNFIT
from ledger.eventstore.store import EventStore
from ledger.projections.local_days import TABLE, are_right
from ledger.verification.findings import Finding


def wrong_local_days(store: EventStore) -> Iterator[Finding]:
    """What is wrong with the table that they tell days by."""
    try:
        right = are_right(store)
    except (LedgerError, *UNFIT):  # which is found elsewhere
        return
    if not right:
        yield Finding(
            check="projection",
            message=f"{TABLE}: the days that SQL views show are not those of the book's time zone, "
            "or were made with other time zone data than this machine's",
            derived=True,
            projection=TABLE,
        )
