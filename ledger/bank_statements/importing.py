"""Carrying out the plan for a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import groupby
from typing import Final

import msgspec

from ledger.bank_statements.matching.similar_entries import Likeness
from ledger.bank_statements.planning import Movement, Plan, PlannedCommand
from ledger.commands.results import WriteResult
from ledger.errors import (
    InsufficientFunds,
    InvalidInput,
    LedgerError,
    RuleViolation,
    UndecidedEntry,
)

IMPORTED: Final = "imported"
ALREADY_THERE: Final = "already there"
REFUSED: Final = "refused"
SKIPPED: Final = "skipped"


class Outcome(msgspec.Struct, frozen=True):
    """What became of an entry.

    Attributes:
        kind: ``imported``, ``already there`` or ``refused``.
        result: if it was imported.
        refusal: if it was refused.
    """

    planned: PlannedCommand
    kind: str
    result: WriteResult | None = None
    refusal: LedgerError | None = None

    @property
    def unsure(self) -> str:
        """If it counts as already there by its date and amount alone: why; else empty."""
        return self.planned.comparison.match.unsure


class Agreement(msgspec.Struct, frozen=True):
    """Whether the ledger agrees with the bank.

    Attributes:
        day: at the end of which the balances are compared.
        stated, held: the bank's balance and the account's, in minor units.
        since_before: whether they differ as much before the first entry of the statement.
    """

    day: date
    stated: int
    held: int
    since_before: bool = False

    @property
    def gap(self) -> int:
        """Minor units that the account lacks."""
        return self.stated - self.held


class StatementReport(msgspec.Struct):
    """What an import did, or would do if it is a dry run.

    Attributes:
        money_in, money_out: minor units imported, neither negative.
        refused: the entries that the account refused, in the order in which they were tried.
        unsure: those that count as already there, and may be others.
        agreement: with the balance that the statement ends with; None where it has none.
    """

    account_id: str
    currency: str
    decimals: int
    imported: int = 0
    money_in: int = 0
    money_out: int = 0
    already_there: int = 0
    refused: list[Outcome] = msgspec.field(default_factory=list)
    skipped: int = 0
    unsure: list[Outcome] = msgspec.field(default_factory=list)
    agreement: Agreement | None = None

    @classmethod
    def of(cls, plan: Plan) -> StatementReport:
        """The report of what has yet to be done."""
        into = plan.into
        return cls(into.account_id, into.currency, into.decimals, skipped=len(plan.skipped))

    def count(self, outcome: Outcome) -> Outcome:
        """Add an outcome, and give it back."""
        amount = outcome.planned.amount
        if outcome.kind == REFUSED:
            self.refused.append(outcome)
        elif outcome.kind == ALREADY_THERE:
            self.already_there += 1
            self.unsure += [outcome] if outcome.unsure else []
        else:
            self.imported += 1
            self.money_in += max(amount, 0)
            self.money_out += max(-amount, 0)
        return outcome


def check_decided(plan: Plan) -> None:
    """See that nothing is left to be decided.

    Raises:
        UndecidedEntry: something is; the first such line is named.
    """
    undecided = plan.undecided
    if not undecided:
        return
    first = undecided[0]
    other = first.comparison.other
    is_transfer = first.comparison.likeness is Likeness.TRANSFER
    assert other is not None
    what = other.what if is_transfer else f"{other.what} of {other.day}"
    more = len(undecided) - 1
    raise UndecidedEntry(
        f"this may be version {other.version} of {plan.account_id}, the {what}"
        + (f"; so may {more} more {'line' if more == 1 else 'lines'} be others" if more else ""),
        advice="say whether such entries are the same, and are left out, or are others",
        account_id=plan.account_id,
        version=other.version,
        likeness=str(first.comparison.likeness),
        undecided=len(undecided),
    ).at_line(first.line)


def carry_out(
    plan: Plan,
    report: StatementReport,
    *,
    execute: Callable[[Movement], WriteResult],
    continue_on_error: bool,
) -> Iterator[Outcome]:
    """Carry out a plan inside a transaction, and yield the outcome of each command.

    A bank does not say in which order the entries of a day happened. So one that is refused for
    lack of money is tried once more after the others of its moment.

    Args:
        report: is kept up to date.
        execute: carries out a command.
        continue_on_error: count entries that are refused, and go on.

    Raises:
        LedgerError: an entry was refused, and the import is not to continue; the error names the
            line.
    """
    for _, together in groupby(plan.commands, key=lambda planned: planned.command.at):
        waiting: list[PlannedCommand] = []
        for planned in together:
            if planned.comparison.is_there:
                yield report.count(Outcome(planned, ALREADY_THERE))
                continue
            outcome = _tried(planned, execute)
            if isinstance(outcome.refusal, InsufficientFunds):
                waiting.append(planned)
                continue
            yield report.count(_accepted(outcome, continue_on_error=continue_on_error))
        for planned in waiting:
            outcome = _tried(planned, execute)
            yield report.count(_accepted(outcome, continue_on_error=continue_on_error))


def _tried(planned: PlannedCommand, execute: Callable[[Movement], WriteResult]) -> Outcome:
    try:
        return Outcome(planned, IMPORTED, execute(planned.command))
    except (RuleViolation, InvalidInput) as refusal:
        # It was refused before anything was written, so the transaction can go on.
        return Outcome(planned, REFUSED, refusal=refusal.at_line(planned.line))


def _accepted(outcome: Outcome, *, continue_on_error: bool) -> Outcome:
    if outcome.refusal is not None and not continue_on_error:
        raise outcome.refusal
    return outcome
