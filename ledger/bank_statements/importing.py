"""From the entries of a statement to commands, and carrying those out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import tzinfo
from itertools import pairwise
from typing import Final

import msgspec

from ledger.bank_statements.dates import day_at, day_of, instant_in
from ledger.bank_statements.deduplication import keyed
from ledger.bank_statements.entries import Entry, Skipped, read_entries
from ledger.bank_statements.inference import InferredFormat, infer_format
from ledger.bank_statements.statement_format import StatementFormat
from ledger.commands.command import Deposit, Withdraw
from ledger.commands.results import WriteResult
from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units
from ledger.errors import CurrencyMismatch, InvalidInput, LedgerError, RuleViolation

IMPORTED: Final = "imported"
ALREADY_THERE: Final = "already there"
REFUSED: Final = "refused"
SKIPPED: Final = "skipped"


class PlannedCommand(msgspec.Struct, frozen=True):
    """The command that an entry of a statement is, ``line`` being the file's."""

    line: int
    amount: int
    command: Deposit | Withdraw

    @property
    def key(self) -> str:
        """The idempotency key of the entry."""
        return str(self.command.idempotency_key)


class Plan(msgspec.Struct, frozen=True):
    """What is to be done with a statement.

    Attributes:
        rules: complete; by them it was read.
        guessed: the names of those that were not given.
        notes: what a person should know of the guesses.
        commands: in the order in which they are to be carried out, the oldest first.
        skipped: lines that move no money.
    """

    account_id: str
    rules: StatementFormat
    guessed: tuple[str, ...]
    notes: tuple[str, ...]
    commands: tuple[PlannedCommand, ...]
    skipped: tuple[Skipped, ...]


class Outcome(msgspec.Struct, frozen=True):
    """What became of an entry.

    Attributes:
        kind: ``imported``, ``already there`` or ``refused``.
        result: of a command that was carried out.
        refusal: of one that was not.
    """

    planned: PlannedCommand
    kind: str
    result: WriteResult | None = None
    refusal: LedgerError | None = None


class StatementReport(msgspec.Struct):
    """What an import did, or, as a dry run, would do.

    Attributes:
        money_in, money_out: minor units imported, neither negative.
        refused: the entries that the account refuses, in the order in which they were tried.
    """

    account_id: str
    currency: str
    imported: int = 0
    money_in: int = 0
    money_out: int = 0
    already_there: int = 0
    refused: list[Outcome] = msgspec.field(default_factory=list)
    skipped: int = 0

    def count(self, amount: int) -> None:
        """Count a command that was carried out, by its signed amount (minor units)."""
        self.imported += 1
        if amount > 0:
            self.money_in += amount
        else:
            self.money_out -= amount


def plan_import(
    content: bytes, rules: StatementFormat | None, *, account_id: str, currency: str, opened_at: int
) -> Plan:
    """Read a statement, and plan its import into an account.

    Args:
        opened_at: when the account was opened (µs UTC).

    Raises:
        InvalidInput: a line cannot be read; it is named. Or the rules leave open what it means.
        CurrencyMismatch: the statement is in another currency than the account.
    """
    inferred = infer_format(content, rules or StatementFormat(), currency)
    _check_currency(inferred, account_id, currency)
    entries, skipped = read_entries(inferred.table, inferred.rules, currency)
    timed = _timed(entries, inferred.rules.zone, opened_at)
    ordered = _oldest_first(timed, newest_first=inferred.rules.newest_first)
    keys = keyed(account_id, (entry for _, entry in ordered))
    commands = (
        _planned(entry, account_id, currency, at, key)
        for (at, entry), key in zip(ordered, keys, strict=True)
    )
    return Plan(
        account_id,
        inferred.rules,
        inferred.guessed,
        inferred.notes,
        tuple(commands),
        tuple(skipped),
    )


def carry_out(
    plan: Plan,
    report: StatementReport,
    *,
    is_done: Callable[[str], bool],
    execute: Callable[[Deposit | Withdraw], WriteResult],
    continue_on_error: bool,
) -> Iterator[Outcome]:
    """Carry out a plan inside a transaction, and give the outcome of each command as it is known.

    Args:
        report: counts along.
        is_done: whether a command with a key was carried out before, whatever it said: an entry
            that somebody corrected before feeding it to a batch is there all the same.

    Raises:
        LedgerError: an entry was refused, and it was not to continue; the line is named.
    """
    for planned in plan.commands:
        if is_done(planned.key):
            report.already_there += 1
            yield Outcome(planned, ALREADY_THERE)
            continue
        try:
            result = execute(planned.command)
        except (RuleViolation, InvalidInput) as refusal:
            # It was refused before it had written anything, so the transaction can go on.
            refusal.at_line(planned.line)
            if not continue_on_error:
                raise
            report.refused.append(Outcome(planned, REFUSED, refusal=refusal))
            yield report.refused[-1]
            continue
        report.count(planned.amount)
        yield Outcome(planned, IMPORTED, result)


def _check_currency(inferred: InferredFormat, account_id: str, currency: str) -> None:
    named = inferred.rules.currency
    if named not in (None, currency):
        origin = "its columns say" if "currency" in inferred.guessed else "the rules say"
        raise CurrencyMismatch(
            f"the statement is in {named}, as {origin}, and account {account_id} in {currency}",
            advice="ledger does not convert: import it into an account of its currency",
            account_id=account_id,
            currency=currency,
        )


def _timed(
    entries: Iterable[Entry], zone: tzinfo | None, opened_at: int
) -> Iterator[tuple[int, Entry]]:
    """Each entry with its effective time (µs UTC).

    A bare date is the first instant of its day. On the day that the account was opened it may be
    the opening itself: the bank does not say at what hour it was, and nothing can come before it.
    """
    opening_day = day_at(opened_at, zone)
    for entry in entries:
        try:
            at = instant_in(entry.moment, zone)
        except LedgerError as refusal:
            raise refusal.at_line(entry.line) from None
        yield max(at, opened_at) if day_of(entry.moment) == opening_day else at, entry


def _oldest_first(
    timed: Iterable[tuple[int, Entry]], *, newest_first: bool | None
) -> list[tuple[int, Entry]]:
    """The entries by effective time; those of one instant as they followed each other.

    Whether the file has the newest ones first is seen from its dates, unless it is known.
    """
    ordered = list(timed)
    if newest_first is None:
        steps = [after - before for (before, _), (after, _) in pairwise(ordered)]
        newest_first = sum(step < 0 for step in steps) > sum(step > 0 for step in steps)
    if newest_first:
        ordered.reverse()
    return sorted(ordered, key=lambda each: each[0])


def _planned(entry: Entry, account_id: str, currency: str, at: int, key: str) -> PlannedCommand:
    kind = Deposit if entry.amount > 0 else Withdraw
    amount = format_minor_units(abs(entry.amount), currency)
    return PlannedCommand(
        entry.line,
        entry.amount,
        kind(account_id, amount, entry.description, at=format_instant(at), idempotency_key=key),
    )
