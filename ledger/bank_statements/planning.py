"""From the entries of a statement to the commands that are to be carried out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from operator import gt, itemgetter, lt

import msgspec

from ledger.bank_statements.cells.dates import day_at, day_of, instant_in
from ledger.bank_statements.matching.deduplication import with_sure_ids
from ledger.bank_statements.matching.recorded_entries import RecordedEntry
from ledger.bank_statements.matching.similar_entries import (
    Coming,
    Comparison,
    Decision,
    Decisions,
    compare_entries,
)
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.statement import Entry, Skipped, StatedBalance, Statement
from ledger.commands.command import Deposit, Transfer, Withdraw
from ledger.domain.instant import format_instant, to_datetime
from ledger.domain.money import Money, format_minor_units
from ledger.errors import LedgerError, SameAccount
from ledger.eventstore.records import Head
from ledger.eventstore.store import EventStore
from ledger.times.book_zone import BookZone

Movement = Deposit | Withdraw | Transfer


class Into(msgspec.Struct, frozen=True):
    """The account that a statement is imported into.

    Attributes:
        balance_minor: as it is now (minor units).
        initial_balance_minor: that it was opened with.
        opened_us: µs UTC.
    """

    account_id: str
    currency: str
    decimals: int
    balance_minor: int
    initial_balance_minor: int
    opened_us: int

    @property
    def balance(self) -> Money:
        """As it is now."""
        return Money(self.balance_minor, self.currency, self.decimals)

    @property
    def initial_balance(self) -> Money:
        """What it was opened with."""
        return Money(self.initial_balance_minor, self.currency, self.decimals)

    @property
    def opened_at(self) -> datetime:
        """When it was opened (UTC)."""
        return to_datetime(self.opened_us)


class PlannedCommand(msgspec.Struct, frozen=True):
    """The command for an entry of a statement.

    Attributes:
        entry: as it was read.
        command: with the idempotency key that the entry has, or is going to have.
        comparison: what the entry is in the ledger already.
    """

    entry: Entry
    command: Movement
    comparison: Comparison

    @property
    def line(self) -> int:
        """Of the file, from 1."""
        return self.entry.line

    @property
    def amount_minor(self) -> int:
        """Signed minor units, negative for money out."""
        return self.entry.amount_minor

    @property
    def key(self) -> str:
        """The idempotency key of the entry."""
        return str(self.command.idempotency_key)

    @property
    def is_undecided(self) -> bool:
        """Whether somebody has to say whether it is the entry that it is like."""
        return self.comparison.decision is Decision.ASK


class Plan(msgspec.Struct, frozen=True):
    """What an import is going to do.

    Attributes:
        into: the account, as it is before.
        statement: as it was read.
        commands: in the order in which they are to be carried out, the oldest first.
        head: the end of the log by which it was compared.
    """

    into: Into
    statement: Statement
    commands: tuple[PlannedCommand, ...]
    head: Head

    @property
    def account_id(self) -> str:
        return self.into.account_id

    @property
    def format(self) -> StatementFormat | None:
        """The complete rules by which it was read; None for files that need none."""
        return self.statement.format

    @property
    def guessed(self) -> tuple[str, ...]:
        """The names of the rules that were not given."""
        return self.statement.guessed

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about the guesses."""
        return self.statement.notes

    @property
    def skipped(self) -> Sequence[Skipped]:
        """Lines that are left out."""
        return self.statement.skipped

    @property
    def closing(self) -> StatedBalance | None:
        """The balance that the file ends with."""
        return self.statement.closing

    @property
    def new(self) -> list[PlannedCommand]:
        """What is going to be recorded."""
        return [each for each in self.commands if not each.comparison.is_there]

    @property
    def coming(self) -> dict[str, list[RecordedEntry]]:
        """What is going to be recorded, by account."""
        found: dict[str, list[RecordedEntry]] = {}
        for each in self.new:
            command, day = each.command, day_of(each.entry.moment)
            account, other = self.account_id, ""
            if isinstance(command, Transfer):
                other = each.entry.transfer_with
            for ours, theirs, amount in (
                (account, other, each.amount_minor),
                *([(other, account, -each.amount_minor)] if other else []),
            ):
                what = "deposit" if amount > 0 else "withdrawal"
                if theirs:
                    what = f"transfer {'from' if amount > 0 else 'to'} {theirs}"
                found.setdefault(ours, []).append(
                    RecordedEntry(
                        0, day, amount, what, each.entry.description, theirs, line=each.line
                    )
                )
        return found

    @property
    def undecided(self) -> list[PlannedCommand]:
        """What has to be decided first."""
        return [each for each in self.commands if each.is_undecided]


def plan_import(
    statement: Statement,
    into: Into,
    *,
    store: EventStore,
    book_zone: BookZone,
    decisions: Decisions,
    coming: Coming,
) -> Plan:
    """Plan the import of a statement into an account.

    Args:
        store: where what is there already is looked up.
        book_zone: of dates, where the format names no zone.
        coming: what other statements of the same file record first.

    Raises:
        InvalidTime: an entry has an impossible date; its line is named.
        SameAccount: a rule makes a transfer of the account with itself.
    """
    zone = None if statement.format is None else statement.format.zone
    timed = _timed(with_sure_ids(statement.entries), zone, book_zone, into.opened_us)
    timed = _oldest_first(timed, newest_first=statement.newest_first)
    with store.transaction(read_only=True):
        head = store.head()
        entries = [entry for _, entry in timed]
        compared = compare_entries(store, into.account_id, entries, book_zone, decisions, coming)
    commands = [
        PlannedCommand(entry, _command(entry, at, into, comparison), comparison)
        for (at, entry), comparison in zip(timed, compared, strict=True)
    ]
    return Plan(into, statement, tuple(commands), head)


def _command(entry: Entry, at: int, into: Into, comparison: Comparison) -> Movement:
    key = comparison.match.key
    amount = format_minor_units(abs(entry.amount_minor), into.decimals)
    when = format_instant(at)
    text, tags = entry.description, entry.tags
    if entry.transfer_with and not comparison.has_other_side:
        sides = (into.account_id, entry.transfer_with)
        if len(set(sides)) == 1:
            raise SameAccount(
                f"a rule makes this a transfer of {into.account_id} with itself",
                advice="name another account in the rule, or import the statement into another one",
                account_id=into.account_id,
            ).at_line(entry.line)
        sender, recipient = sides if entry.amount_minor < 0 else sides[::-1]
        return Transfer(sender, recipient, amount, text, tags=tags, at=when, idempotency_key=key)
    kind = Deposit if entry.amount_minor > 0 else Withdraw
    return kind(into.account_id, amount, text, tags=tags, at=when, idempotency_key=key)


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
