"""The events of the book: what was decided about the ledger as a whole."""

from __future__ import annotations

from typing import final

import msgspec

from ledger.domain.aggregate import Event


class TestLedger(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What makes a ledger repeatable: the clock and the seed that it was created with, as given."""

    __test__ = False  # for pytest, which takes it for tests by its name

    clock: str
    seed: str


@final
class BookCreated(Event, frozen=True, gc=False):
    """The first event of every log.

    Attributes:
        ledger_id: a UUID drawn once; position 0 of the hash chain is its hash.
        time_zone: IANA name.
        test: of a test ledger alone.
    """

    label = "book created"
    text_field = "name"

    ledger_id: str
    time_zone: str
    test: TestLedger | None = None
    name: str = ""


@final
class BookRenamed(Event, frozen=True, gc=False):
    label = "book renamed"
    text_field = "name"

    name: str = ""


@final
class TimeZoneChanged(Event, frozen=True, gc=False):
    """``since`` is the instant (µs UTC) that it holds from; None for always."""

    label = "time zone changed"
    time_fields = ("since",)

    time_zone: str
    since: int | None = msgspec.field(default=None, name="from")


@final
class PeriodLocked(Event, frozen=True, gc=False):
    """Nothing changes any more at or before ``until`` (µs UTC)."""

    label = "locked"
    text_field = "reason"
    time_fields = ("until",)

    until: int
    reason: str = ""


@final
class PeriodUnlocked(Event, frozen=True, gc=False):
    """The lock goes back to ``until`` (µs UTC); None for no lock at all."""

    label = "unlocked"
    text_field = "reason"
    time_fields = ("until",)

    until: int | None = None
    reason: str = ""


@final
class ClockCorrected(Event, frozen=True, gc=False):
    """A wrong clock dated the events from a position on; this one is dated by a right one."""

    stamped_by_clock_alone = True
    label = "clock corrected"
    text_field = "reason"

    from_position: int
    reason: str = ""


@final
class ClockCorrectionWithdrawn(Event, frozen=True, gc=False):
    """``withdraws`` is the book's version of the correction."""

    label = "clock correction withdrawn"
    text_field = "reason"

    withdraws: int
    reason: str = ""


@final
class LedgerMigrated(Event, frozen=True, gc=False):
    """The ledger was written anew from one of another file format.

    The head is its free text, since hashes of format 1 cover free texts in clear: a guess of an
    erased one could be tested with it, and an erasure takes it away too.

    Attributes:
        ledger_id: of that one.
        format: its file format.
        head: its head, as ``POSITION:HASH`` with all digits.
    """

    label = "migrated"
    text_field = "head"

    ledger_id: str
    format: int
    head: str = ""


@final
class LogArchived(Event, frozen=True, gc=False):
    """The events up to a position were moved to an archive.

    Attributes:
        head: hash of that position, in hex.
        manifest_sha256, states_sha256: of the archive's manifest and of the states at its end.
    """

    label = "archived"

    to_position: int
    head: str
    manifest_sha256: str
    states_sha256: str


BookEvent = (
    BookCreated
    | BookRenamed
    | TimeZoneChanged
    | PeriodLocked
    | PeriodUnlocked
    | ClockCorrected
    | ClockCorrectionWithdrawn
    | LedgerMigrated
    | LogArchived
)
"""All of them."""
