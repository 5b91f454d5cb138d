"""The commands that take back what was recorded, where it is not simply undone."""

from __future__ import annotations

from datetime import timedelta

from ledger.cli.corrected import as_typed, corrected_back, in_its_place, recorded_again, tags_back
from ledger.cli.entries import Entries, entries_of_account
from ledger.cli.environment import Environment
from ledger.cli.retyped import command
from ledger.cli.unlocking import period_end, unlocked_after
from ledger.domain.account_state import AccountState, fold
from ledger.domain.aggregate import ERASED
from ledger.domain.book import BOOK_STREAM, Book
from ledger.domain.book_events import (
    BookRenamed,
    ClockCorrected,
    ClockCorrectionWithdrawn,
    PeriodLocked,
    TimeZoneChanged,
)
from ledger.domain.confirmations import standing_confirmations
from ledger.domain.currency import DECIMALS
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountOpened,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    OpeningAmended,
)
from ledger.domain.instant import to_datetime
from ledger.domain.money import format_minor_units, limit_text
from ledger.domain.overdraft_limits import limits_since
from ledger.eventstore.codec import decode_event
from ledger.ledger import Ledger
from ledger.times import system_clock


class TakingBack:
    """Looks up what was before.

    Args:
        ledger: it is open while it is asked.
    """

    def __init__(self, env: Environment, ledger: Ledger) -> None:
        self._env = env
        self._ledger = ledger
        self._entries: dict[str, Entries] = {}

    def entries(self, account: str) -> Entries:
        """The entries of an account.

        Raises:
            NoSuchAccount: there is none.
        """
        if account not in self._entries:
            self._entries[account] = entries_of_account(self._ledger, account)
        return self._entries[account]

    def commands(self, stream_id: str, version: int) -> list[str]:
        """What to type, in this order, to take back an event; nothing where no command does it."""
        if stream_id == BOOK_STREAM:
            return self._book(version)
        found = self.entries(stream_id)
        event = found.events[version].event
        match event:
            case AccountOpened():
                emptied = self._command("amend", stream_id, "--initial-balance", "0")
                return [emptied] * bool(event.initial_balance) + [self._command("close", stream_id)]
            case OpeningAmended():
                return self._opening(found, version, event)
            case AccountAmended():
                return self._account(found, version, event)
            case EntryReversed():
                again = self.reversed(found, event.reverses)
                return [again] if again else []
            case EntryAmended():
                return self._entry(found, version, event)
            case AccountClosed():
                return [self._command("reopen", stream_id)]
            case AccountReopened():
                closed_at = _state(found, version - 1).closed_at
                since = () if closed_at is None else ("--at", as_typed(closed_at))
                return [self._command("close", stream_id, *since)]
            case BalanceConfirmed():
                standing = standing_confirmations(found.events.values())
                named = () if version == max(standing, default=version) else (str(version),)
                return [self._command("confirm", stream_id, *named, "--withdraw")]
            case ConfirmationWithdrawn():
                return self._confirmation(found, event)
        return []

    def opened(self, account: str) -> str:
        """What to type about an account that was opened by mistake, or simply otherwise."""
        opened = self.entries(account).events[1].event
        if isinstance(opened, AccountOpened) and opened.initial_balance:
            return self._command("amend", account, "--initial-balance", "0")
        closed = self._command("close", account)
        amended = self._command("amend", "--help")
        return f"{amended}; if the account is not wanted at all: {closed}"

    def reversed(self, found: Entries, wrong: int) -> str:
        """The command that has an entry count again: correcting what stands in its place, or
        recording it."""
        right = in_its_place(self._ledger, found, wrong)
        if right is None:
            return recorded_again(self._env, found, wrong)
        return corrected_back(self._env, found, wrong, right)

    def _command(self, *words: str) -> str:
        return command(self._env, *words)

    # ── an account ──────────────────────────────────────────────────────────────────────────────

    def _opening(self, found: Entries, version: int, after: OpeningAmended) -> list[str]:
        before = _state(found, version - 1)
        options: list[str] = []
        if before.opened_at != after.opened_at:
            options += "--opened-at", as_typed(before.opened_at)
        if (before.currency, before.decimals) != (after.currency, after.decimals):
            options += "--currency", before.currency
            if before.currency not in DECIMALS:
                options += "--decimals", str(before.decimals)
        if before.initial_balance != after.initial_balance:
            balance = format_minor_units(before.initial_balance, before.decimals)
            options += "--initial-balance", balance
        return [self._command("amend", found.account_id, *options)]

    def _account(self, found: Entries, version: int, amended: AccountAmended) -> list[str]:
        before, since = _state(found, version - 1), found.events[version].effective_at
        owner: list[str] = []
        if amended.owner is not None and before.owner != ERASED:
            owner = ["--owner", before.owner]
        if amended.overdraft_limit is None:
            dated = ["--at", as_typed(since)]
            return [self._command("amend", found.account_id, *owner, *dated)] if owner else []
        others = [each for each in found.events.values() if each.version != version]
        commands = []
        for moment, amount in limits_since(others, since):
            limit = limit_text(amount, before.decimals)
            options = *owner, "--overdraft", limit, "--at", as_typed(moment)
            commands.append(self._command("amend", found.account_id, *options))
            owner = []
        return commands

    def _entry(self, found: Entries, version: int, amended: EntryAmended) -> list[str]:
        entry = found.before(version).entries[amended.amends]
        options: list[str] = []
        if amended.description is not None and entry.description != ERASED:
            options += "--description", entry.description
        if amended.tags is not None:
            options += tags_back(amended.tags, entry.tags)
        for receipt in amended.receipts or ():
            if receipt not in entry.receipts:
                options += "--no-receipt", receipt.sha256
        named = found.account_id, str(amended.amends)
        return [self._command("amend-entry", *named, *options)] if options else []

    def _confirmation(self, found: Entries, withdrawn: ConfirmationWithdrawn) -> list[str]:
        confirmed = found.events[withdrawn.confirms].event
        assert isinstance(confirmed, BalanceConfirmed)
        options = ["--as-of", period_end(self._ledger.time_zone, confirmed.until)]
        if confirmed.source and confirmed.source != ERASED:
            options += "--source", confirmed.source
        balance = format_minor_units(confirmed.balance, found.decimals)
        if balance.startswith("-"):
            return [f"{self._command('confirm', found.account_id, *options)} -- {balance}"]
        return [self._command("confirm", found.account_id, balance, *options)]

    # ── the book ────────────────────────────────────────────────────────────────────────────────

    def _book(self, version: int) -> list[str]:
        before, event = Book(BOOK_STREAM), None
        for recorded in self._ledger.events(raw=True, account_id=BOOK_STREAM):
            event = decode_event(recorded)
            if recorded.version == version:
                break
            before.apply(event, recorded.effective_at)
        match event:
            case BookRenamed():
                return [self._command("book", "rename", before.state.name)]
            case TimeZoneChanged():
                earlier = max(event.since or 0, recorded.recorded_at)
                return [self._time_zone(before.state.time_zones[-1][1], event, earlier)]
            case PeriodLocked() if self._ledger.locked_until == to_datetime(event.until):
                locked, zone = before.state.locked_until, self._ledger.time_zone
                return [unlocked_after(self._env, zone, locked, "it was locked by mistake")]
            case ClockCorrected():
                return [self._command("book", "correct-clock", "--withdraw")]
            case ClockCorrectionWithdrawn():
                return [self._command("book", "correct-clock")]
        return []

    def _time_zone(self, zone: str, changed: TimeZoneChanged, earlier: int) -> str:
        """What sets a time zone again: for all times where nothing is recorded yet."""
        if changed.since is None and not self._ledger.account_ids():
            return self._command("book", "time-zone", zone)
        today = self._ledger.time_zone.day_of(max(earlier, system_clock()))
        since = str(today + timedelta(days=1))
        return self._command("book", "time-zone", zone, "--from", since)


def _state(found: Entries, version: int) -> AccountState:
    """The account at a version."""
    state: AccountState | None = None
    for number, effective_at, event in found.events.values():
        if number <= version:
            state = fold(state, event, effective_at)
    assert state is not None
    return state
