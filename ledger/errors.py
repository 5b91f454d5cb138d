"""Everything that can go wrong, as one tree.

Each leaf has a stable ``code`` (for scripts), the process's exit status, and advice that says
what to do next::

    LedgerError
    ├── InvalidInput (2)            what was typed cannot be meant
    │   ├── InvalidUsage            invalid_usage
    │   ├── InvalidAmount           invalid_amount
    │   ├── InvalidCurrency         invalid_currency
    │   ├── InvalidTime             invalid_time
    │   ├── InvalidAccountId        invalid_account_id
    │   ├── InvalidText             invalid_text
    │   ├── InvalidTag              invalid_tag
    │   ├── InvalidReceipt          invalid_receipt
    │   ├── InvalidLine             invalid_line
    │   ├── InvalidOption           invalid_option
    │   ├── InvalidQuery            invalid_query
    │   ├── UndecidedEntry          undecided_entry
    │   ├── NotALedger              not_a_ledger
    │   └── OlderFormat             older_format
    ├── RuleViolation (3)           understood, and refused by a rule
    │   ├── InsufficientFunds       insufficient_funds
    │   ├── BalanceTooLarge         balance_too_large
    │   ├── AccountClosed           account_closed
    │   ├── AccountAlreadyOpen      account_already_open
    │   ├── BalanceNotZero          balance_not_zero
    │   ├── BeforeOpening           before_opening
    │   ├── LaterActivity           later_activity
    │   ├── CurrencyMismatch        currency_mismatch
    │   ├── AccountMismatch         account_mismatch
    │   ├── SameAccount             same_account
    │   ├── IdempotencyKeyReused    idempotency_key_reused
    │   ├── ClockBehind             clock_behind
    │   ├── NothingToCorrect        nothing_to_correct
    │   ├── AlreadyReversed         already_reversed
    │   ├── NotReversible           not_reversible
    │   ├── NothingToUndo           nothing_to_undo
    │   ├── Locked                  locked
    │   ├── NothingToUnlock         nothing_to_unlock
    │   ├── ConfirmationDiffers     confirmation_differs
    │   ├── NotErasable             not_erasable
    │   ├── NothingToArchive        nothing_to_archive
    │   └── ImportRefused           import_refused
    ├── NotFound (4)
    │   ├── NoSuchAccount           no_such_account
    │   ├── NoSuchEntry             no_such_entry
    │   ├── NoSuchLedger            no_such_ledger
    │   ├── NoSuchProjection        no_such_projection
    │   ├── NoSuchPublication       no_such_publication
    │   ├── NoSuchTarget            no_such_target
    │   └── ArchiveMissing          archive_missing
    ├── Conflict (5)
    │   ├── VersionConflict         version_conflict
    │   ├── LockTimeout             lock_timeout
    │   ├── ErasedMeanwhile         erased_meanwhile
    │   ├── LedgerAppeared          ledger_appeared
    │   ├── PlanOutdated            plan_outdated
    │   └── PublicationMoved        publication_moved
    ├── Integrity (6)
    │   ├── BrokenChain             broken_chain
    │   ├── UnreadableEvent         unreadable_event
    │   ├── ProjectionFailed        projection_failed
    │   ├── ProjectionOutdated      projection_outdated
    │   ├── DamagedLedger           damaged_ledger
    │   ├── DamagedArchive          damaged_archive
    │   ├── ForeignFile             foreign_file
    │   ├── PublicationDiverged     publication_diverged
    │   └── VerificationFailed      verification_failed
    └── Failure (1)                 the machine, or a bug
        ├── StorageFailure          storage_failure
        ├── LedgerMoved             ledger_moved
        ├── BrokenUpcasters         broken_upcasters
        ├── OutputFailure           output_failure
        ├── TargetFailure           target_failure
        ├── MissingPackage          missing_package
        └── UnexpectedFailure       unexpected_failure
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, Final, Self

_LONGEST: Final = 2_000
"""Characters of a message; it may name what was typed, and that may be a megabyte."""

ON_IMPOSSIBLE_VALUES: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""Errors that impossible values in a damaged file lead to. Checking every value would slow down
every reader, so the file is only checked once one of these has occurred."""

_MOMENT: Final = re.compile("(on )?\0([0-9-]+)\0")


def moment(instant: int) -> str:
    """An instant (µs UTC) as it stands in a message that somebody may read in any time zone.

    What is between the NULs, which no text of a person can hold, is told in the reader's zone by
    `LedgerError.show_times`, and in UTC by `LedgerError.message`.
    """
    return f"\0{instant}\0"


def second(instant: int) -> str:
    """The same to the second, for what a clock says and for the last instant of a day."""
    return moment(instant - instant % 1_000_000)


def shortened(text: str) -> str:
    """A text without its middle, where it is too long for a message."""
    return text if len(text) <= _LONGEST else f"{text[:1_500]} … {text[-400:]}"


class LedgerError(Exception):
    """Root of the tree.

    Args:
        message: what is wrong and where, in one sentence without a full stop.
        advice: what to do next; empty where the message already says so. Both may hold instants, as
            `moment` writes them.
        details: named facts for programs (amounts as decimal strings, times as ISO 8601).
    """

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, advice: str = "", **details: object) -> None:
        super().__init__(message)
        self._message = message
        self._advice = advice
        self.details = details

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """What is wrong, with times in UTC; of what nobody reads to its end, both ends."""
        return shortened(in_zone(self._message, in_utc))

    @message.setter
    def message(self, message: str) -> None:
        self._message = message

    @property
    def untold(self) -> str:
        """What is wrong, with times as `moment` writes them, for a text that others will read."""
        return self._message

    @property
    def advice(self) -> str:
        """What to do next, with times in UTC."""
        return shortened(in_zone(self._advice, in_utc))

    @advice.setter
    def advice(self, advice: str) -> None:
        self._advice = advice

    def show_times(self, show: Callable[[int], str]) -> Self:
        """The same error, with the times in its texts as a function shows instants (µs UTC)."""
        self._message = in_zone(self._message, show)
        self._advice = in_zone(self._advice, show)
        return self

    def at_line(self, line: int) -> LedgerError:
        """The same error, located at a 1-based line of an input file."""
        if "line" not in self.details:
            self._message = f"line {line}: {self._message}"
            self.details["line"] = line
        return self


def in_zone(text: str, show: Callable[[int], str]) -> str:
    """A text with the instants in it, as `moment` wrote them, shown by a function."""
    if "\0" not in text:
        return text

    def shown(found: re.Match[str]) -> str:
        told = show(int(found[2]))
        if found[1] and told.startswith("the end "):
            return f"at {told}"
        return f"{found[1] or ''}{told}"

    return _MOMENT.sub(shown, text)


def in_utc(instant: int) -> str:
    """An instant (µs UTC) in UTC, with microseconds only where it has some."""
    from datetime import UTC, datetime, timedelta

    try:
        told = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    except OverflowError:  # only a damaged file holds a year before 1 or past 9999
        return f"{instant} µs"
    return told.isoformat().replace("+00:00", "Z")


class InvalidInput(LedgerError):
    exit_status = 2


class InvalidUsage(InvalidInput):
    code = "invalid_usage"


class InvalidAmount(InvalidInput):
    code = "invalid_amount"


class InvalidCurrency(InvalidInput):
    code = "invalid_currency"


class InvalidTime(InvalidInput):
    code = "invalid_time"


class InvalidAccountId(InvalidInput):
    code = "invalid_account_id"


class InvalidText(InvalidInput):
    code = "invalid_text"


class InvalidTag(InvalidInput):
    code = "invalid_tag"


class InvalidReceipt(InvalidInput):
    code = "invalid_receipt"


class InvalidLine(InvalidInput):
    code = "invalid_line"


class InvalidOption(InvalidInput):
    code = "invalid_option"


class InvalidQuery(InvalidInput):
    code = "invalid_query"


class UndecidedEntry(InvalidInput):
    code = "undecided_entry"


class NotALedger(InvalidInput):
    code = "not_a_ledger"


class OlderFormat(InvalidInput):
    code = "older_format"


class RuleViolation(LedgerError):
    exit_status = 3


class InsufficientFunds(RuleViolation):
    code = "insufficient_funds"


class BalanceTooLarge(RuleViolation):
    code = "balance_too_large"


class AccountClosed(RuleViolation):
    code = "account_closed"


class AccountAlreadyOpen(RuleViolation):
    code = "account_already_open"


class BalanceNotZero(RuleViolation):
    code = "balance_not_zero"


class BeforeOpening(RuleViolation):
    code = "before_opening"


class LaterActivity(RuleViolation):
    code = "later_activity"


class CurrencyMismatch(RuleViolation):
    code = "currency_mismatch"


class AccountMismatch(RuleViolation):
    code = "account_mismatch"


class SameAccount(RuleViolation):
    code = "same_account"


class IdempotencyKeyReused(RuleViolation):
    code = "idempotency_key_reused"


class ClockBehind(RuleViolation):
    code = "clock_behind"


class NothingToCorrect(RuleViolation):
    code = "nothing_to_correct"


class AlreadyReversed(RuleViolation):
    code = "already_reversed"


class NotReversible(RuleViolation):
    code = "not_reversible"


class NothingToUndo(RuleViolation):
    code = "nothing_to_undo"


class Locked(RuleViolation):
    code = "locked"


class NothingToUnlock(RuleViolation):
    code = "nothing_to_unlock"


class ConfirmationDiffers(RuleViolation):
    code = "confirmation_differs"


class NotErasable(RuleViolation):
    code = "not_erasable"


class NothingToArchive(RuleViolation):
    code = "nothing_to_archive"


class ImportRefused(RuleViolation):
    code = "import_refused"


class NotFound(LedgerError):
    exit_status = 4


class NoSuchAccount(NotFound):
    code = "no_such_account"


class NoSuchEntry(NotFound):
    code = "no_such_entry"


class NoSuchLedger(NotFound):
    code = "no_such_ledger"


class NoSuchProjection(NotFound):
    code = "no_such_projection"


class NoSuchPublication(NotFound):
    code = "no_such_publication"


class NoSuchTarget(NotFound):
    code = "no_such_target"


class ArchiveMissing(NotFound):
    """What was asked for is in a file of the archive, and that is not where it is looked for."""

    code = "archive_missing"


class Conflict(LedgerError):
    exit_status = 5


class VersionConflict(Conflict):
    """A stream is not at the expected version.

    ``actual_version`` is the version found under the write lock; 0 means *no stream*.
    """

    code = "version_conflict"

    def __init__(self, message: str, *, actual_version: int, advice: str = "", **details: object):
        super().__init__(message, advice=advice, actual_version=actual_version, **details)
        self.actual_version = actual_version


class LockTimeout(Conflict):
    code = "lock_timeout"


class ErasedMeanwhile(Conflict):
    code = "erased_meanwhile"


class LedgerAppeared(Conflict):
    code = "ledger_appeared"


class PlanOutdated(Conflict):
    code = "plan_outdated"


class PublicationMoved(Conflict):
    code = "publication_moved"


class Integrity(LedgerError):
    exit_status = 6


class BrokenChain(Integrity):
    code = "broken_chain"


class UnreadableEvent(Integrity):
    code = "unreadable_event"


class ProjectionFailed(Integrity):
    code = "projection_failed"


class ProjectionOutdated(Integrity):
    code = "projection_outdated"


class DamagedLedger(Integrity):
    code = "damaged_ledger"


class DamagedArchive(Integrity):
    code = "damaged_archive"


class ForeignFile(Integrity):
    code = "foreign_file"


class PublicationDiverged(Integrity):
    code = "publication_diverged"


class VerificationFailed(Integrity):
    code = "verification_failed"


class Failure(LedgerError):
    exit_status = 1


class StorageFailure(Failure):
    code = "storage_failure"


class LedgerMoved(Failure):
    code = "ledger_moved"


class BrokenUpcasters(Failure):
    code = "broken_upcasters"


class OutputFailure(Failure):
    code = "output_failure"


class TargetFailure(Failure):
    code = "target_failure"


class MissingPackage(Failure):
    code = "missing_package"


class UnexpectedFailure(Failure):
    code = "unexpected_failure"
