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
    │   ├── SameAccount             same_account
    │   ├── IdempotencyKeyReused    idempotency_key_reused
    │   ├── ClockBehind             clock_behind
    │   ├── NotErasable             not_erasable
    │   └── ImportRefused           import_refused
    ├── NotFound (4)
    │   ├── NoSuchAccount           no_such_account
    │   ├── NoSuchLedger            no_such_ledger
    │   └── NoSuchProjection        no_such_projection
    ├── Conflict (5)
    │   ├── VersionConflict         version_conflict
    │   ├── LockTimeout             lock_timeout
    │   ├── ErasedMeanwhile         erased_meanwhile
    │   └── LedgerAppeared          ledger_appeared
    ├── Integrity (6)
    │   ├── BrokenChain             broken_chain
    │   ├── UnreadableEvent         unreadable_event
    │   ├── ProjectionFailed        projection_failed
    │   ├── ProjectionOutdated      projection_outdated
    │   ├── DamagedLedger           damaged_ledger
    │   └── VerificationFailed      verification_failed
    └── Failure (1)                 the machine, or a bug
        ├── StorageFailure          storage_failure
        ├── BrokenUpcasters         broken_upcasters
        ├── OutputFailure           output_failure
        └── UnexpectedFailure       unexpected_failure
"""

from __future__ import annotations

from typing import ClassVar


class LedgerError(Exception):
    """Root of the tree.

    Args:
        message: what is wrong and where, in one sentence without a full stop.
        advice: what to do next; empty where the message already says so.
        details: named facts for programs (amounts as decimal strings, times as ISO 8601).
    """

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, advice: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.details = details

    def __str__(self) -> str:
        return self.message

    def at_line(self, line: int) -> LedgerError:
        """The same error, located at a 1-based line of an input file."""
        if "line" not in self.details:
            self.message = f"line {line}: {self.message}"
            self.details["line"] = line
        return self


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


class SameAccount(RuleViolation):
    code = "same_account"


class IdempotencyKeyReused(RuleViolation):
    code = "idempotency_key_reused"


class ClockBehind(RuleViolation):
    code = "clock_behind"


class NotErasable(RuleViolation):
    code = "not_erasable"


class ImportRefused(RuleViolation):
    code = "import_refused"


class NotFound(LedgerError):
    exit_status = 4


class NoSuchAccount(NotFound):
    code = "no_such_account"


class NoSuchLedger(NotFound):
    code = "no_such_ledger"


class NoSuchProjection(NotFound):
    code = "no_such_projection"


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


class VerificationFailed(Integrity):
    code = "verification_failed"


class Failure(LedgerError):
    exit_status = 1


class StorageFailure(Failure):
    code = "storage_failure"


class BrokenUpcasters(Failure):
    code = "broken_upcasters"


class OutputFailure(Failure):
    code = "output_failure"


class UnexpectedFailure(Failure):
    code = "unexpected_failure"
