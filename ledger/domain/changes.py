"""What a command leads to on several accounts, or several times on one: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledger.domain.account import BankAccount
from ledger.domain.account_path import Change
from ledger.domain.events import AccountEvent
from ledger.domain.instant import format_instant
from ledger.errors import Locked, moment


class AccountChange(NamedTuple):
    """An event to append to an account.

    Attributes:
        effective_at: µs UTC.
        moves_figures: whether it can change an answer about that moment or a later one.
    """

    account: BankAccount
    effective_at: int
    event: AccountEvent
    moves_figures: bool = True


def check_together(changes: Sequence[AccountChange], locked_until: int | None) -> None:
    """Ask the rules that only the whole of a command can keep.

    Raises:
        Locked: something would change at or before the moment (µs UTC) that is locked.
        InsufficientFunds, BalanceTooLarge, AccountClosed: a state along an account's path would be
            against the rules; the first bad moment is named.
    """
    moving = [change for change in changes if change.moves_figures]
    if moving:  # the earliest is named: whoever unlocks it unlocks all of them
        check_lock(min(change.effective_at for change in moving), locked_until)
    by_account: dict[str, tuple[BankAccount, list[Change]]] = {}
    for account, effective_at, event, _ in moving:
        own = by_account.setdefault(account.stream_id, (account, []))
        own[1].append((effective_at, event))
    for _, (account, new) in sorted(by_account.items()):
        account.check_since(min(effective_at for effective_at, _ in new), new)


def check_lock(effective_at: int, locked_until: int | None) -> None:
    """See that a moment (µs UTC) is not locked.

    Raises:
        Locked: it is.
    """
    if locked_until is not None and effective_at <= locked_until:
        raise Locked(
            f"the books are locked until {moment(locked_until)}, and {moment(effective_at)} is "
            "not later",
            advice="date it after the lock, or unlock the period first",
            locked_until=format_instant(locked_until),
            at=format_instant(effective_at),
        )
