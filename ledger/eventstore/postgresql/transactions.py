"""The statements that begin and end a transaction, and the transaction itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger.errors import DamagedLedger
from ledger.eventstore.postgresql.clock import NOW
from ledger.eventstore.postgresql.wire import Asked, binary, integer

if TYPE_CHECKING:
    from ledger.eventstore.postgresql.foresight import Look
    from ledger.eventstore.postgresql.session import Session

LOCKS_OF_LEDGERS: Final = 0x4C444752 << 32  # "LDGR", before the number of the schema

# Statements that were prepared are not planned anew for each of their values. Where writers wait
# for each other, a commit lets the next one in before it is on the disk; see `FLUSH`.
LOCK: Final = (
    "SELECT set_config('lock_timeout', ?, true), "
    "set_config('plan_cache_mode', 'force_generic_plan', true), "
    "CASE WHEN pg_try_advisory_xact_lock(?) THEN NULL "
    "ELSE set_config('synchronous_commit', 'off', true) || CAST(pg_advisory_xact_lock(?) AS text) "
    f"END, {NOW}"
)
LOCK_READERS: Final = (binary, binary, binary, integer)

# A commit of its own that waits for the disk, if the server is not told otherwise. Its log is
# flushed in order, so whatever was committed before is there, too.
FLUSH: Final = Asked("SELECT pg_logical_emit_message(true, 'ledger', '')")
FLUSH_IF_BEHIND: Final = Asked(
    "SELECT CASE WHEN pg_is_in_recovery() THEN NULL "
    "WHEN pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() "
    "THEN pg_logical_emit_message(true, 'ledger', '') END"
)
COMMIT: Final = Asked("COMMIT")
HEAD_READERS: Final = (integer, binary, integer)


class Outermost:
    """A transaction. A class, since a generator would take more of a short one's time."""

    __slots__ = ("_look", "_session")

    def __init__(self, session: Session, look: Look | None) -> None:
        self._session = session
        self._look = look

    def __enter__(self) -> None:
        try:
            self._session.begin(self._look)
        except DamagedLedger:
            if self._look is None:
                raise
            self._session.begin(None)  # who asks for what is missing is told what that is

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._session.commit()
        else:
            self._session.roll_back()
