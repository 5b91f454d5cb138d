"""Whether a change that something else may have written could have been made here.

Each is made once more, as its command does it, and the two are compared; so no rule is written
twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from msgspec.structs import replace

from ledger.domain import account_changes, mistakes
from ledger.domain.account import BankAccount
from ledger.domain.aggregate import ERASED
from ledger.domain.changes import AccountChange
from ledger.domain.currency import pinned_decimals
from ledger.domain.entries import Entry, entries_of
from ledger.domain.events import (
    AccountAmended,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    OpeningAmended,
)
from ledger.domain.instant import format_instant
from ledger.domain.mistakes import Description, Side
from ledger.domain.money import Money
from ledger.errors import InvalidOption, InvalidTime, NoSuchEntry, moment

RecordedChange = (
    EntryReversed
    | EntryAmended
    | AccountAmended
    | OpeningAmended
    | BalanceConfirmed
    | ConfirmationWithdrawn
    | AccountReopened
)

EntryOf = Callable[[int], Entry | None]
"""Gives the entry of an account with a version; None where that is no entry of its past."""


def check_change(
    account: BankAccount,
    event: RecordedChange,
    effective_at: int,
    entry_of: EntryOf | None = None,
) -> AccountChange:
    """Ask the rules of a change by itself; the path it leads to is that of all its append.

    Args:
        effective_at: µs UTC.
        entry_of: looks entries up; in all of its past if left out.

    Returns:
        The change as it would be made here, which is the same.

    Raises:
        LedgerError: it would not be made, or not so.
    """
    look_up = entry_of or (lambda version: entries_of(account.history()).get(version))
    made = _made_again(account, event, effective_at, look_up)
    name = event.label
    if made.effective_at != effective_at:
        raise InvalidTime(
            f"the {name} of account {account.stream_id} counts from {moment(effective_at)} on, "
            f"and could only count from {moment(made.effective_at)} on",
            advice="date it so",
            account_id=account.stream_id,
            at=format_instant(effective_at),
        )
    differing = [
        field
        for field in event.__struct_fields__
        if getattr(event, field) != getattr(made.event, field)
    ]
    if differing:
        raise InvalidOption(
            f"the {name} of account {account.stream_id} is not what it refers to: "
            f"{', '.join(differing)}",
            advice="it has to agree with what was recorded before",
            account_id=account.stream_id,
            fields=differing,
        )
    return made


def _made_again(
    account: BankAccount,
    event: RecordedChange,
    effective_at: int,
    entry_of: EntryOf,
) -> AccountChange:
    _ = account.state
    match event:
        case EntryReversed():
            side = Side(account, _entry(account, event.reverses, entry_of))
            (change,) = mistakes.reverse([side], effective_at, event.reason)
            return change
        case EntryAmended():
            side = Side(account, _entry(account, event.amends, entry_of))
            return mistakes.amend_side(
                side, Description(event.description, event.tags, event.receipts)
            )
        case AccountAmended():
            return account_changes.amend(
                account, effective_at, owner=event.owner, overdraft_limit=event.overdraft_limit
            )
        case OpeningAmended():
            account.check_own(event.account_id)
            pinned_decimals(event.currency, event.decimals)
            opening = account_changes.opening_of(account)
            if ERASED in (opening.owner, event.owner):  # an erasure may stand between the two
                opening = replace(opening, owner=event.owner)
            balance = Money(event.initial_balance, event.currency, event.decimals)
            return account_changes.amend_opening(
                account, opening, opened_at=event.opened_at, initial_balance=balance
            )
        case BalanceConfirmed():
            return account_changes.confirm(account, event.balance, event.until, event.source)
        case ConfirmationWithdrawn():
            return account_changes.withdraw_confirmation(account, event.confirms, event.reason)
        case AccountReopened():
            return account_changes.reopen(account, event.reason, effective_at, effective_at)
        case _:
            assert_never(event)


def _entry(account: BankAccount, version: int, entry_of: EntryOf) -> Entry:
    entry = entry_of(version)
    if entry is None:
        raise NoSuchEntry(
            f"version {version} of account {account.stream_id} is no entry that was made before",
            advice="its history shows its entries",
            account_id=account.stream_id,
            version=version,
        )
    return entry
