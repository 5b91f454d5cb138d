"""Changing what an account is: its owner, limit and opening; reopening and confirming it.

Each function asks the account's rules, and gives the event to append with its effective time. The
path that it leads to is checked for all events of a command together; see `ledger.domain.changes`.
"""

from __future__ import annotations

from contextlib import suppress

from ledger.domain.account import BankAccount
from ledger.domain.account_path import path_of
from ledger.domain.changes import AccountChange
from ledger.domain.confirmations import standing_confirmations
from ledger.domain.diagnosing_gaps import Candidate, as_details, candidates, in_words
from ledger.domain.entries import moments_of_activity
from ledger.domain.events import (
    AccountAmended,
    AccountOpened,
    AccountReopened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    OpeningAmended,
)
from ledger.domain.instant import format_instant
from ledger.domain.money import MAX_MINOR_UNITS, Money, format_minor_units
from ledger.domain.refusals import before_opening, check_initial_balance, check_limit, was_closed
from ledger.domain.validation import check_owner, check_text
from ledger.errors import (
    AccountAlreadyOpen,
    ArchiveMissing,
    BeforeOpening,
    ConfirmationDiffers,
    CurrencyMismatch,
    InvalidTime,
    InvalidUsage,
    NoSuchEntry,
    moment,
)


def amend(
    account: BankAccount,
    effective_at: int,
    *,
    owner: str | None = None,
    overdraft_limit: int | None = None,
    opened_at: int | None = None,
) -> AccountChange:
    """Give it another owner or overdraft limit from a moment on (µs UTC).

    Args:
        overdraft_limit: minor units.
        opened_at: when it was opened (µs UTC), where a change to that is to come with this one.

    Raises:
        RuleViolation: it takes nothing at that moment.
        InvalidText, InvalidAmount: they cannot be that.
        InvalidUsage: nothing would be different.
    """
    if owner is None and overdraft_limit is None:
        raise InvalidUsage(
            f"nothing was said that is to be different about account {account.stream_id}",
            advice="give another owner or overdraft limit",
        )
    state = account.check_usable(effective_at, opened_at=opened_at)
    if overdraft_limit is not None:
        check_limit(overdraft_limit, state.currency, state.decimals)
    event = AccountAmended(overdraft_limit, None if owner is None else check_owner(owner))
    return AccountChange(account, effective_at, event)


def opening_of(account: BankAccount) -> AccountOpened | OpeningAmended:
    """Its opening, as it was last amended."""
    _ = account.state
    for _, _, event in reversed(account.history()):
        if type(event) is AccountOpened or type(event) is OpeningAmended:
            return event
    raise AssertionError("an account with a state was opened")


def amend_opening(
    account: BankAccount,
    opening: AccountOpened | OpeningAmended,
    *,
    opened_at: int | None = None,
    initial_balance: Money | None = None,
) -> AccountChange:
    """Open it at another moment, with another balance or in another currency, as if it had been so
    from the start.

    Args:
        opening: its opening, as it was last amended.
        opened_at: µs UTC; None for unchanged.
        initial_balance: None for unchanged; another currency only while no other entry stands.

    Raises:
        AccountClosed: it is closed.
        BeforeOpening: something happened before that moment.
        CurrencyMismatch: entries, a limit or a confirmation in the currency of today stand.
        InvalidUsage: nothing would change.
    """
    state = account.state
    if state.closed_at is not None:
        raise was_closed(account.stream_id, state.closed_at, still=True)
    if opened_at is None:
        opened_at = state.opened_at
    if initial_balance is None:
        initial_balance = Money(opening.initial_balance, state.currency, state.decimals)
    currency, decimals = initial_balance.currency, initial_balance.decimals
    check_initial_balance(account.stream_id, initial_balance)
    history = account.history()
    activity = moments_of_activity(history)
    same_unit = (currency, decimals) == (state.currency, state.decimals)
    if not same_unit:
        _check_nothing_stands_in_unit(account, opening, activity=bool(activity))
    if same_unit and (opened_at, initial_balance.minor_units) == (
        state.opened_at,
        opening.initial_balance,
    ):
        raise InvalidUsage(
            f"the opening of account {account.stream_id} is so already",
            advice="say what is to be different: the moment, the initial balance, or the currency",
        )
    closings = [each.moment for each in path_of(history, 0) if each.closed_at is not None]
    for first in sorted([*activity, *closings]):
        if first < opened_at:
            raise BeforeOpening(
                f"account {account.stream_id} was used on {moment(first)}, before "
                f"{moment(opened_at)}",
                advice="open it at that moment or earlier, or reverse what was before",
                account_id=account.stream_id,
                opened_at=format_instant(opened_at),
                at=format_instant(first),
            )
    event = OpeningAmended(
        account.stream_id,
        currency,
        decimals,
        initial_balance.minor_units,
        opened_at,
        opening.overdraft_limit,
        opening.owner,
    )
    return AccountChange(account, min(opened_at, state.opened_at), event)


def _check_nothing_stands_in_unit(
    account: BankAccount, opening: AccountOpened | OpeningAmended, *, activity: bool
) -> None:
    """See that nothing but its initial balance is counted in the unit of today."""
    history = account.history()
    if activity:
        what, advice = "entries", "reverse the entries first"
    elif _is_of_a_unit(opening.overdraft_limit) or any(
        type(event) is AccountAmended and _is_of_a_unit(event.overdraft_limit)
        for _, _, event in history
    ):
        what, advice = "an overdraft limit", "open another account in the other currency"
    elif standing_confirmations(history):
        what, advice = "a confirmed balance", "withdraw the confirmation first"
    else:
        return
    currency = account.state.currency
    raise CurrencyMismatch(
        f"account {account.stream_id} has {what} in {currency}",
        advice=advice,
        account_id=account.stream_id,
        currency=currency,
    )


def _is_of_a_unit(limit: int | None) -> bool:
    """Whether an overdraft limit would be another one in another unit."""
    return limit not in (None, 0, MAX_MINOR_UNITS)


def reopen(
    account: BankAccount, reason: str, effective_at: int | None, earliest: int
) -> AccountChange:
    """Open a closed account again.

    Args:
        effective_at: µs UTC; None for the moment of its closing, or ``earliest`` if that is later.
        earliest: the first moment (µs UTC) that is not locked.

    Raises:
        AccountAlreadyOpen: it is not closed.
        InvalidTime: it was closed later than that.
    """
    closed_at = account.state.closed_at
    if closed_at is None:
        raise AccountAlreadyOpen(
            f"account {account.stream_id} is not closed",
            advice="it can be used as it is",
            account_id=account.stream_id,
        )
    if effective_at is None:
        effective_at = max(closed_at, earliest)
    elif effective_at < closed_at:
        raise InvalidTime(
            f"account {account.stream_id} was closed on {moment(closed_at)}, after "
            f"{moment(effective_at)}",
            advice="reopen it at that moment or later",
            account_id=account.stream_id,
            closed_at=format_instant(closed_at),
        )
    return AccountChange(account, effective_at, AccountReopened(check_text(reason, "the reason")))


def confirm(account: BankAccount, balance: int, until: int, source: str) -> AccountChange:
    """Note that somebody else's books have the same balance.

    Args:
        balance: minor units.
        until: the moment (µs UTC) that they say it of.
        source: who says so, such as the bank's statement.

    Raises:
        BeforeOpening: the account was not open then.
        ConfirmationDiffers: the balance was another one.
    """
    state = account.state
    then = None if until < state.opened_at else account.path_since(until).at(until)
    if then is None:
        raise before_opening(account.stream_id, state.opened_at, until)
    held = then.balance
    if held != balance:
        raise _differs(account, held, balance, until)
    event = BalanceConfirmed(balance, state.currency, until, check_text(source, "the source"))
    return AccountChange(account, until, event, moves_figures=False)


def _differs(account: BankAccount, held: int, balance: int, until: int) -> ConfirmationDiffers:
    """The refusal of another balance (minor units), with the entries that may be why."""
    state = account.state
    found: list[Candidate] = []
    with suppress(ArchiveMissing):  # what may be why stands there; that it differs is known
        found = candidates(account.history(), until, balance - held)
    shown, wanted, gap = (
        format_minor_units(each, state.decimals) for each in (held, balance, balance - held)
    )
    why = in_words(found, state.decimals) or "compare the entries with the statement"
    if state.balance == balance:
        why = (
            "what is dated later makes it, so confirm it for a later moment, or see to those dates"
        )
    return ConfirmationDiffers(
        f"account {account.stream_id} held {shown} {state.currency} on {moment(until)}, not "
        f"{wanted}",
        advice=f"the difference is {gap}: {why}",
        account_id=account.stream_id,
        balance=shown,
        confirmed=wanted,
        difference=gap,
        currency=state.currency,
        at=format_instant(until),
        candidates=as_details(found, state.decimals),
    )


def withdraw_confirmation(account: BankAccount, version: int | None, reason: str) -> AccountChange:
    """Take a confirmation back.

    Args:
        version: of the confirmation; the last one that stands if left out.

    Raises:
        NoSuchEntry: there is none.
    """
    _ = account.state
    standing = standing_confirmations(account.history())
    if version is None and standing:
        version = max(standing)
    if version is None or version not in standing:
        raise NoSuchEntry(
            f"account {account.stream_id} has no confirmation that stands"
            if version is None
            else f"version {version} of account {account.stream_id} is no confirmation that stands",
            advice="its history shows its confirmations",
            account_id=account.stream_id,
        )
    event = ConfirmationWithdrawn(version, check_text(reason, "the reason"))
    return AccountChange(account, standing[version].until, event, moves_figures=False)
