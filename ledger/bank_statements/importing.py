"""Carrying out the plan for a statement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Final

import msgspec

from ledger.bank_statements.matching.similar_entries import Likeness
from ledger.bank_statements.planning import Movement, Plan, PlannedCommand
from ledger.commands.results import WriteResult
from ledger.domain.money import Money, format_minor_units
from ledger.errors import (
    InsufficientFunds,
    InvalidInput,
    LedgerError,
    NoSuchAccount,
    RuleViolation,
    UndecidedEntry,
    shortened,
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
        stated_minor, held_minor: the bank's balance and the account's, in minor units of
            ``currency``, which has so many ``decimals``.
        since_before: whether they differ as much before the first entry of the statement.
    """

    day: date
    stated_minor: int
    held_minor: int
    currency: str
    decimals: int
    since_before: bool = False

    @property
    def stated(self) -> Money:
        """The bank's balance."""
        return Money(self.stated_minor, self.currency, self.decimals)

    @property
    def held(self) -> Money:
        """The account's balance."""
        return Money(self.held_minor, self.currency, self.decimals)

    @property
    def gap(self) -> Money:
        """What the account lacks."""
        return Money(self.gap_minor, self.currency, self.decimals)

    @property
    def gap_minor(self) -> int:
        """Minor units that the account lacks."""
        return self.stated_minor - self.held_minor


class StatementReport(msgspec.Struct):
    """What an import did, or would do if it is a dry run.

    Attributes:
        money_in_minor, money_out_minor: minor units imported, neither negative.
        refused: the entries that the account refused, in the order in which they were tried.
        unsure: those that count as already there, and may be others.
        agreement: with the balance that the statement ends with; None where it has none.
    """

    account_id: str
    currency: str
    decimals: int
    imported: int = 0
    money_in_minor: int = 0
    money_out_minor: int = 0
    already_there: int = 0
    refused: list[Outcome] = msgspec.field(default_factory=list)
    skipped: int = 0
    unsure: list[Outcome] = msgspec.field(default_factory=list)
    agreement: Agreement | None = None

    @property
    def money_in(self) -> Money:
        """What came in with the entries imported."""
        return Money(self.money_in_minor, self.currency, self.decimals)

    @property
    def money_out(self) -> Money:
        """What went out with them, not negative."""
        return Money(self.money_out_minor, self.currency, self.decimals)

    @classmethod
    def of(cls, plan: Plan) -> StatementReport:
        """The report of what has yet to be done."""
        into = plan.into
        return cls(into.account_id, into.currency, into.decimals, skipped=len(plan.skipped))

    def count(self, outcome: Outcome) -> Outcome:
        """Add an outcome, and give it back."""
        amount = outcome.planned.amount_minor
        if outcome.kind == REFUSED:
            self.refused.append(outcome)
        elif outcome.kind == ALREADY_THERE:
            self.already_there += 1
            self.unsure += [outcome] if outcome.unsure else []
        else:
            self.imported += 1
            self.money_in_minor += max(amount, 0)
            self.money_out_minor += max(-amount, 0)
        return outcome


def check_decided(plan: Plan) -> None:
    """See that nothing is left to be decided.

    Raises:
        UndecidedEntry: something is; the first such line is named.
    """
    undecided = plan.undecided
    if not undecided:
        return
    first, more = undecided[0], len(undecided) - 1
    comparison, entry = first.comparison, first.entry
    other = comparison.other
    assert other is not None
    amount = format_minor_units(entry.amount_minor, plan.into.decimals)
    account = plan.account_id
    if comparison.likeness is Likeness.OTHER_SIDE:
        account = entry.transfer_with
    raise UndecidedEntry(
        f"{entry.moment} {amount} {shortened(entry.description)} may be in {account} already: "
        f"{shortened(other.told)}"
        + (f"; {more} more {'line is' if more == 1 else 'lines are'} like that" if more else ""),
        advice="say whether such entries are the same, and are not recorded again, or are others",
        account_id=account,
        version=other.version,
        likeness=str(comparison.likeness),
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
    commands = plan.commands
    start = 0
    for _, group in groupby(commands, key=lambda planned: planned.command.at):
        together = list(group)
        start += len(together)
        waiting: list[PlannedCommand] = []
        for planned in together:
            if planned.comparison.is_there:
                yield report.count(Outcome(planned, ALREADY_THERE))
                continue
            outcome = _tried(planned, execute)
            if isinstance(outcome.refusal, InsufficientFunds):
                waiting.append(planned)
                continue
            if outcome.refusal is not None and not continue_on_error:
                raise outcome.refusal
            yield report.count(outcome)
        for number, planned in enumerate(waiting, 1):
            outcome = _tried(planned, execute)
            if outcome.refusal is not None and not continue_on_error:
                _name_whole_need(outcome.refusal, plan, [*waiting[number:], *commands[start:]])
                raise outcome.refusal
            yield report.count(outcome)


def _name_whole_need(refusal: LedgerError, plan: Plan, following: Sequence[PlannedCommand]) -> None:
    """Have the refusal of an entry for lack of money name the overdraft that all entries need."""
    named = refusal.details.get("overdraft_needed")
    if not isinstance(named, str) or refusal.details.get("account_id") != plan.account_id:
        return
    into = plan.into
    most = needed = Money.parse(named, into.currency, into.decimals).minor_units
    for planned in following:
        if not planned.comparison.is_there:
            needed -= planned.amount_minor
            most = max(most, needed)
    refusal.details["overdraft_needed"] = format_minor_units(most, into.decimals)


def _tried(planned: PlannedCommand, execute: Callable[[Movement], WriteResult]) -> Outcome:
    try:
        return Outcome(planned, IMPORTED, execute(planned.command))
    except (RuleViolation, InvalidInput, NoSuchAccount) as refusal:
        # It was refused before anything was written, so the transaction can go on.
        return Outcome(planned, REFUSED, refusal=refusal.at_line(planned.line))
