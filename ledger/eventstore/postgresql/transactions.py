"""The statements that begin and end a transaction, and the transaction itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import DamagedLedger
from ledger.eventstore.log_reader import HEAD
from ledger.eventstore.paging import Row
from ledger.eventstore.postgresql.clock import NOW
from ledger.eventstore.postgresql.wire import Answer, Asked, binary, integer, text

if TYPE_CHECKING:
    from ledger.eventstore.postgresql.look import Look
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

_ARCHIVED: Final = "(SELECT max(to_position) FROM archive), (SELECT max(revision) FROM archive)"
ARCHIVED: Final = Asked(f"SELECT {_ARCHIVED}")

# A commit of its own that waits for the disk, if the server is not told otherwise. Its log is
# flushed in order, so whatever was committed before is there, too. After a read it is also told how
# much is archived: what had left the log by then may be missing from what was read.
FLUSH: Final = Asked("SELECT pg_logical_emit_message(true, 'ledger', '')")
FLUSH_IF_BEHIND: Final = Asked(
    "SELECT CASE WHEN pg_is_in_recovery() THEN NULL "
    "WHEN pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn() "
    f"THEN pg_logical_emit_message(true, 'ledger', '') END, {_ARCHIVED}"
)
BEGIN_READING: Final = Asked("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
COMMIT: Final = Asked("COMMIT")
STATE: Final = Asked(
    HEAD.replace(" FROM ", f", (SELECT ledger_id FROM ledger), {NOW}, {_ARCHIVED} FROM ", 1)
)
_STATE_READERS: Final = (integer, binary, integer, text, integer)


class Archived(NamedTuple):
    """How much of a ledger is archived, as it was at some moment.

    Attributes:
        position: the last one; 0 where nothing is.
        revision: another one whenever what the ledger says of its archive is another.
    """

    position: int = 0
    revision: int = 0

    @classmethod
    def told_by(cls, answer: Answer) -> Archived:
        """What the last two columns of an answer say; it may have no row where nothing is."""
        if not len(answer):
            return cls()
        position, revision = answer.row(0, (integer, integer), answer.width - 2)
        return cls(position or 0, revision or 0)


class State(NamedTuple):
    """What the server tells as a transaction begins; nothing of an empty log.

    Attributes:
        head: the last event's row.
        ledger_id: of the ledger that it is in.
        now: what the server's clock says (µs UTC).
    """

    head: Row | None
    ledger_id: str | None
    now: int | None
    archived: Archived

    @classmethod
    def told_by(cls, answer: Answer) -> State:
        """What the answer to `STATE` says."""
        if not len(answer):
            return cls(None, None, None, Archived())
        *head, ledger_id, now = answer.row(0, _STATE_READERS)
        return cls(tuple(head), ledger_id, now, Archived.told_by(answer))


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
