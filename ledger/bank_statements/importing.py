"""From the entries of a statement to commands, and carrying these out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo
from operator import gt, itemgetter, lt
from typing import Final

import msgspec

from ledger.bank_statements.dates import day_at, day_of, instant_in
from ledger.bank_statements.deduplication import match_entries
from ledger.bank_statements.reading import read_statements
from ledger.bank_statements.statement import Entry, Skipped
from ledger.bank_statements.statement_format import StatementFormat
from ledger.commands.command import Deposit, Withdraw
from ledger.commands.results import WriteResult
from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units
from ledger.errors import InvalidInput, InvalidLine, LedgerError, RuleViolation
from ledger.eventstore.store import EventStore
from ledger.times.book_zone import BookZone

IMPORTED: Final = "imported"
ALREADY_THERE: Final = "already there"
REFUSED: Final = "refused"
SKIPPED: Final = "skipped"


class PlannedCommand(msgspec.Struct, frozen=True):
    """The command for an entry of a statement.

    Attributes:
        entry: as it was read.
        command: gets its idempotency key once it is known what is there already.
    """

    entry: Entry
    command: Deposit | Withdraw

    @property
    def line(self) -> int:
        """Of the file, from 1."""
        return self.entry.line

    @property
    def amount(self) -> int:
        """Signed minor units, negative for money out."""
        return self.entry.amount

    @property
    def key(self) -> str:
        """The idempotency key of the entry."""
        return str(self.command.idempotency_key)


class Plan(msgspec.Struct, frozen=True):
    """What an import is going to do.

    Attributes:
        format: what the statement was read by, as far as it fits the next one too.
        guessed: the names of the rules that were not given.
        notes: what a person should know about the guesses.
        commands: in the order in which they are to be carried out, the oldest first.
        skipped: lines that move no money.
    """

    account_id: str
    format: StatementFormat
    guessed: tuple[str, ...]
    notes: tuple[str, ...]
    commands: tuple[PlannedCommand, ...]
    skipped: tuple[Skipped, ...]


class Outcome(msgspec.Struct, frozen=True):
    """What became of an entry.

    Attributes:
        kind: ``imported``, ``already there`` or ``refused``.
        result: if it was imported.
        refusal: if it was refused.
        unsure: if it counts as already there, and may be another entry: why; else empty.
    """

    planned: PlannedCommand
    kind: str
    result: WriteResult | None = None
    refusal: LedgerError | None = None
    unsure: str = ""


class StatementReport(msgspec.Struct):
    """What an import did, or would do if it is a dry run.

    Attributes:
        money_in, money_out: minor units imported, neither negative.
        refused: the entries that the account refused, in the order in which they were tried.
        unsure: those that count as already there, and may be others.
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


def plan_import(
    content: bytes,
    format: StatementFormat | None,
    *,
    account_id: str,
    currency: str,
    decimals: int,
    book_zone: BookZone,
    opened_at: int,
) -> Plan:
    """Read a statement, and plan its import into an account.

    Args:
        format: None to infer all of it.
        currency, decimals: the account's.
        book_zone: of dates, where the format names no zone.
        opened_at: when the account was opened (µs UTC).

    Raises:
        InvalidInput: a line cannot be read (the error names it), or the statement does not settle
            how to read it.
        CurrencyMismatch: the statement is in another currency than the account.
    """
    statements = read_statements(content, format or StatementFormat(), currency, decimals)
    if len(statements) > 1:
        numbers = [each.account_number for each in statements]
        raise InvalidLine(
            f"the statement is of {len(statements)} accounts: {', '.join(numbers[:5])}"
            + (" \u2026" if len(numbers) > 5 else ""),
            advice="import a statement of one account",
        )
    statement = statements[0]
    assert statement.format is not None
    timed = _timed(statement.entries, statement.format.zone, book_zone, opened_at)
    timed = _oldest_first(timed, newest_first=statement.newest_first)
    commands = [_planned(entry, at, account_id, decimals) for at, entry in timed]
    return Plan(
        account_id,
        statement.format,
        statement.guessed,
        statement.notes,
        tuple(commands),
        tuple(statement.skipped),
    )


def _planned(entry: Entry, at: int, account_id: str, decimals: int) -> PlannedCommand:
    kind = Deposit if entry.amount > 0 else Withdraw
    amount = format_minor_units(abs(entry.amount), decimals)
    command = kind(account_id, amount, entry.description, at=format_instant(at))
    return PlannedCommand(entry, command)


def _timed(
    entries: Sequence[Entry], zone: tzinfo | None, book_zone: BookZone, opened_at: int
) -> list[tuple[int, Entry]]:
    """Each entry with its effective time (µs UTC).

    A bare date is the first instant of its day. On the day on which the account was opened it may
    be the opening itself: the bank does not say at what hour it was, and nothing can come before.
    """
    opening_day = day_at(opened_at, zone, book_zone)
    instants: dict[str, int] = {}
    timed = []
    for entry in entries:
        moment = entry.moment.isoformat()
        at = instants.get(moment)
        if at is None:
            try:
                at = instant_in(entry.moment, zone, book_zone)
            except LedgerError as refusal:
                raise refusal.at_line(entry.line) from None
            if day_of(entry.moment) == opening_day:
                at = max(at, opened_at)
            instants[moment] = at
        timed.append((at, entry))
    return timed


def _oldest_first(
    timed: list[tuple[int, Entry]], *, newest_first: bool | None
) -> list[tuple[int, Entry]]:
    """The entries by effective time; those of one instant in the order in which they followed.

    Unless it is given, whether the file has the newest entries first is seen from its dates.
    """
    if newest_first is None:
        times = [at for at, _ in timed]
        newest_first = sum(map(gt, times, times[1:])) > sum(map(lt, times, times[1:]))
    return sorted(reversed(timed) if newest_first else timed, key=itemgetter(0))


def carry_out(
    plan: Plan,
    report: StatementReport,
    *,
    store: EventStore,
    execute: Callable[[Deposit | Withdraw], WriteResult],
    continue_on_error: bool,
) -> Iterator[Outcome]:
    """Carry out a plan inside a transaction, and yield the outcome of each command.

    Args:
        report: is kept up to date.
        store: where what is there already is looked up.
        execute: carries out a command.
        continue_on_error: count entries that are refused, and go on.

    Raises:
        LedgerError: an entry was refused, and the import is not to continue; the error names the
            line.
    """
    matches = match_entries(store, plan.account_id, [each.entry for each in plan.commands])
    for unkeyed, match in zip(plan.commands, matches, strict=True):
        command = msgspec.structs.replace(unkeyed.command, idempotency_key=match.key)
        planned = msgspec.structs.replace(unkeyed, command=command)
        if match.is_there:
            outcome = Outcome(planned, ALREADY_THERE, unsure=match.unsure)
            report.already_there += 1
            report.unsure += [outcome] if match.unsure else []
            yield outcome
            continue
        try:
            result = execute(command)
        except (RuleViolation, InvalidInput) as refusal:
            # It was refused before anything was written, so the transaction can go on.
            refusal.at_line(planned.line)
            if not continue_on_error:
                raise
            report.refused.append(Outcome(planned, REFUSED, refusal=refusal))
            yield report.refused[-1]
            continue
        report.imported += 1
        if planned.amount > 0:
            report.money_in += planned.amount
        else:
            report.money_out -= planned.amount
        yield Outcome(planned, IMPORTED, result)
