"""What to type next where something was to be put right, or has to be before a command can work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ledger.cli.entries import Entries, entries_of_account
from ledger.cli.environment import Environment
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import command, typed_again
from ledger.domain.account_state import AccountState, fold
from ledger.domain.aggregate import ERASED
from ledger.domain.entries import Entry
from ledger.domain.events import (
    AccountAmended,
    AccountOpened,
    EntryAmended,
    EntryReversed,
    OpeningAmended,
)
from ledger.domain.instant import format_instant
from ledger.domain.money import MAX_MINOR_UNITS, format_minor_units, limit_text
from ledger.errors import LedgerError

FAMILY: Final = ("amend", "amend-entry", "correct", "reopen", "reverse", "undo")
"""The commands that put something right."""


def _about(error: LedgerError) -> str:
    """The account that an error is about; empty where it stands in a line of a file, whose other
    lines may have opened it."""
    return "" if "line" in error.details else str(error.details.get("account_id", ""))


def _short(time: str) -> str:
    """A time as people type it."""
    return time.replace(".000000Z", "Z")


def _time(instant: int) -> str:
    return _short(format_instant(instant))


def before_opening(env: Environment, error: LedgerError) -> str:
    """Open the account earlier."""
    account, at = _about(error), error.details.get("at")
    if not account or not isinstance(at, str):
        return error.advice
    typed = None if env.typed is None else env.typed.params.get("at")
    earlier = str(typed or _short(at))
    return followed_by(error.advice, command(env, "amend", account, "--opened-at", earlier))


def lacking(env: Environment, error: LedgerError) -> str:
    """Allow an overdraft at the moment when there is too little."""
    account, at = _about(error), error.details.get("at")
    short = _short_of(error)
    if not account or not isinstance(at, str) or not short:
        return ""
    if env.typed is not None and env.typed.params.get("overdraft") is not None:
        return typed_again(env, {"overdraft": short})
    return command(env, "amend", account, "--overdraft", short, "--at", _short(at))


def _short_of(error: LedgerError) -> str:
    """How far below zero the balance would be, as an amount; empty where no limit allows that."""
    from decimal import Decimal

    balance, requested = error.details.get("balance"), error.details.get("requested", "0")
    if not isinstance(balance, str) or not isinstance(requested, str):
        return ""
    short = str(Decimal(requested) - Decimal(balance))
    return short if int(short.replace(".", "")) <= MAX_MINOR_UNITS else ""


def closed(env: Environment, error: LedgerError) -> str:
    """Open the account again; empty where it is not closed any more."""
    account = _about(error)
    return command(env, "reopen", account) if account and "reopened" not in error.details else ""


def already_reversed(env: Environment, error: LedgerError) -> str:
    """Record the entry again."""
    account, version = _about(error), error.details.get("version")
    if not account or not isinstance(version, int):
        return error.advice
    hint = followed_by(error.advice, _recorded_again(env, _entries(env, account), version))
    return f"{hint}; to see what happened: {command(env, 'history', account)}"


def no_such_entry(env: Environment, error: LedgerError) -> str:
    """Look where entries and their versions, or the ids of transfers, are shown."""
    if "line" in error.details:
        return error.advice
    account = _about(error)
    shown = command(env, "history", account) if account else command(env, "events", "--json")
    return followed_by(error.advice, shown)


def nothing_to_undo(env: Environment, error: LedgerError) -> str:
    """Look who has recorded what."""
    return f"{error.advice}; to see who has recorded what: {command(env, 'events', '--json')}"


def not_earlier(env: Environment, error: LedgerError) -> str:
    """Leave out a time that is too early."""
    if env.typed is None or env.typed.params.get("at") is None or not _about(error):
        return error.advice
    return f"{error.advice}, or when it was: {typed_again(env, {'at': None})}"


def not_reversible(env: Environment, error: LedgerError) -> str:
    """Type the command that takes back what is no entry."""
    account, kind = _about(error), str(error.details.get("event_type"))
    version = error.details.get("version")
    make = _INSTEAD.get(kind)
    if make is None or not account or not isinstance(version, int):
        return error.advice
    found = None
    if kind in _FROM_THE_PAST and (found := _entries(env, account)) is None:
        return error.advice
    return followed_by(error.advice, make(env, account, version, found))


# ── instead of reversing what is no entry, by event type ────────────────────────────────────────

_Instead = Callable[[Environment, str, int, Entries | None], str]


def _entries(env: Environment, account: str) -> Entries | None:
    with suppress(LedgerError), env.ledger() as ledger:
        return entries_of_account(ledger, account)
    return None


def _opened(env: Environment, account: str, version: int, found: Entries | None) -> str:
    assert found is not None
    opened = found.events[version].event
    if isinstance(opened, AccountOpened) and opened.initial_balance:
        return command(env, "amend", account, "--initial-balance", "0")
    renamed = command(env, "amend", account, "--owner", "NAME")
    return f"{renamed}; if the account is not wanted at all: {command(env, 'close', account)}"


def _opening_amended(env: Environment, account: str, version: int, found: Entries | None) -> str:
    """Amend the opening to what it was."""
    assert found is not None
    before, after = _state(found, version - 1), found.events[version].event
    assert isinstance(after, OpeningAmended)
    options: list[str] = []
    if before.opened_at != after.opened_at:
        options += "--opened-at", _time(before.opened_at)
    if (before.currency, before.decimals) != (after.currency, after.decimals):
        options += "--currency", before.currency
    if before.initial_balance != after.initial_balance:
        balance = format_minor_units(before.initial_balance, before.decimals)
        options += "--initial-balance", balance
    return command(env, "amend", account, *options)


def _account_amended(env: Environment, account: str, version: int, found: Entries | None) -> str:
    """Amend the account to what it was."""
    assert found is not None
    before, dated = _state(found, version - 1), found.events[version]
    amended = dated.event
    assert isinstance(amended, AccountAmended)
    options: list[str] = []
    if amended.owner is not None and before.owner != ERASED:
        options += "--owner", before.owner
    if amended.overdraft_limit is not None:
        options += "--overdraft", limit_text(before.overdraft_limit, before.decimals)
    if not options:
        return ""
    return command(env, "amend", account, *options, "--at", _time(dated.effective_at))


def _entry_amended(env: Environment, account: str, version: int, found: Entries | None) -> str:
    """Describe the entry as it was described before."""
    assert found is not None
    amended = found.events[version].event
    assert isinstance(amended, EntryAmended)
    entry = found.before(version).entries[amended.amends]
    options: list[str] = []
    if amended.description is not None and entry.description != ERASED:
        options += "--description", entry.description
    if amended.tags is not None:
        for key in sorted({*amended.tags, *entry.tags}):
            if amended.tags.get(key) != entry.tags.get(key):
                options += "--tag", f"{key}={entry.tags.get(key, '')}"
    if amended.receipts is not None:
        for receipt in amended.receipts:
            if receipt not in entry.receipts:
                options += "--no-receipt", receipt.sha256
    if not options:
        return ""
    return command(env, "amend-entry", account, str(amended.amends), *options)


def _reversed(env: Environment, account: str, version: int, found: Entries | None) -> str:
    assert found is not None
    event = found.events[version].event
    assert isinstance(event, EntryReversed)
    return _recorded_again(env, found, event.reverses)


def _recorded_again(env: Environment, found: Entries | None, version: int) -> str:
    """The command that records an entry as it was."""
    entry = None if found is None else found.entries.get(version)
    if found is None or entry is None:
        return ""
    what = _movement(entry, found.account_id)
    amount = format_minor_units(entry.event.amount, found.decimals)
    options = ["--at", _time(entry.effective_at)]
    if entry.description and entry.description != ERASED:
        options += "--description", entry.description
    for key, value in entry.tags.items():
        options += "--tag", f"{key}={value}"
    return command(env, *what, amount, *options)


def _movement(entry: Entry, account: str) -> tuple[str, ...]:
    event = entry.event
    if not event.between_accounts:
        return ("deposit" if event.direction > 0 else "withdraw", account)
    other = str(getattr(event, "counterparty", ""))
    return ("transfer", other, account) if event.direction > 0 else ("transfer", account, other)


def _state(found: Entries, version: int) -> AccountState:
    """The account at a version."""
    state: AccountState | None = None
    for number, effective_at, event in found.events.values():
        if number <= version:
            state = fold(state, event, effective_at)
    assert state is not None
    return state


def _simply(*words: str) -> _Instead:
    """A command on the account alone."""
    name, *more = words
    return lambda env, account, version, found: command(env, name, account, *more)


_FROM_THE_PAST: Final = {
    "AccountOpened": _opened,
    "OpeningAmended": _opening_amended,
    "AccountAmended": _account_amended,
    "EntryReversed": _reversed,
    "EntryAmended": _entry_amended,
}
"""What depends on the account's other events."""

_INSTEAD: Final[dict[str, _Instead]] = {
    **_FROM_THE_PAST,
    "AccountClosed": _simply("reopen"),
    "AccountReopened": _simply("close"),
    "BalanceConfirmed": _simply("confirm", "--withdraw"),
    "ConfirmationWithdrawn": _simply("history"),
    "PeriodLocked": lambda env, account, version, found: command(env, "unlock", "--reason", "TEXT"),
}
