"""What an account says to what cannot be: the errors of its rules about money and time."""

from __future__ import annotations

from ledger.domain.account_path import PathPoint
from ledger.domain.account_state import AccountState
from ledger.domain.instant import format_instant
from ledger.domain.money import MAX_MINOR_UNITS, Money, format_minor_units
from ledger.errors import (
    AccountClosed,
    BalanceNotZero,
    BalanceTooLarge,
    BeforeOpening,
    InsufficientFunds,
    InvalidAmount,
    RuleViolation,
    moment,
)


def was_closed(account_id: str, closed_at: int, *, still: bool = False) -> AccountClosed:
    """The refusal of what would change a closed account.

    Args:
        closed_at: µs UTC.
        still: whether it is closed today; else it was opened again later.
    """
    if still:
        return AccountClosed(
            f"account {account_id} was closed on {moment(closed_at)}",
            advice="a closed account takes nothing, backdated or not; reopen it, or use another "
            "account",
            account_id=account_id,
            closed_at=format_instant(closed_at),
        )
    return AccountClosed(
        f"account {account_id} was closed from {moment(closed_at)} until it was reopened",
        advice="nothing can change what it was in that time",
        account_id=account_id,
        closed_at=format_instant(closed_at),
        reopened=True,
    )


def before_opening(account_id: str, opened_at: int, at: int) -> BeforeOpening:
    """The refusal of what would happen before the opening (both µs UTC)."""
    return BeforeOpening(
        f"account {account_id} was opened on {moment(opened_at)}, after {moment(at)}",
        advice="nothing can happen to an account before it is open; if it was open earlier, "
        "amend its opening",
        account_id=account_id,
        opened_at=format_instant(opened_at),
        at=format_instant(at),
    )


def too_large(
    account_id: str, state: AccountState, point: PathPoint, amount: int | None
) -> BalanceTooLarge:
    """The refusal of a balance that cannot be counted.

    Args:
        amount: what was to come in, in minor units; None where something else was to be changed.
    """
    limit = format_minor_units(MAX_MINOR_UNITS, state.decimals)
    more = "so much" if amount is None else format_minor_units(amount, state.decimals)
    return BalanceTooLarge(
        f"account {account_id} cannot hold {more} {state.currency} more",
        advice=f"the largest balance is {limit} {state.currency} (2^63-1 minor units)",
        account_id=account_id,
        at=format_instant(point.moment),
    )


def insufficient_funds(
    account_id: str,
    state: AccountState,
    point: PathPoint,
    amount: int | None,
    effective_at: int,
    needed: int,
    most: int,
) -> InsufficientFunds:
    """The refusal of a balance below what is allowed.

    Args:
        point: the first bad state.
        amount: what was to leave, in minor units; None where something else was to be changed.
        effective_at: when (µs UTC).
        needed: the overdraft limit (minor units) that would allow it from that point on.
        most: the most that can leave (minor units).
    """
    currency, decimals = state.currency, state.decimals
    left = format_minor_units(point.balance, decimals)
    limit = ""
    if point.limit:
        most_below = format_minor_units(point.limit, decimals)
        limit = f", and its overdraft limit is {most_below}"
        if point.limit == MAX_MINOR_UNITS:
            limit = f", and even an unlimited overdraft ends at {most_below}"
    details = {"account_id": account_id, "currency": currency, "at": format_instant(point.moment)}
    if needed <= MAX_MINOR_UNITS:
        details["overdraft_needed"] = format_minor_units(needed, decimals)
    if amount is None:
        return InsufficientFunds(
            f"that would leave account {account_id} at {left} {currency} on "
            f"{moment(point.moment)}{limit}",
            advice="the money was spent since; see its history",
            balance=left,
            **details,
        )
    held, asked = (
        format_minor_units(minor_units, decimals)
        for minor_units in (point.balance + amount, amount)
    )
    if point.moment == effective_at:
        message = f"account {account_id} holds {held} {currency}"
        if effective_at < state.last_activity:
            message += f" on {moment(effective_at)}"
        message += f", and {asked} was asked for"
    else:
        message = (
            f"taking {asked} {currency} on {moment(effective_at)} would leave "
            f"account {account_id} at {left} on {moment(point.moment)}"
        )
    advice = f"the most that can leave it is {format_minor_units(most, decimals)}"
    if effective_at < state.last_activity:
        advice += f" on {moment(effective_at)}; see its history"
    return InsufficientFunds(
        message + limit, advice=advice, balance=held, requested=asked, **details
    )


def check_initial_balance(account_id: str, balance: Money) -> None:
    """See that an account can open with a balance.

    Raises:
        InvalidAmount: it is below zero, or too large.
    """
    if not 0 <= balance.minor_units <= MAX_MINOR_UNITS:
        limit = format_minor_units(MAX_MINOR_UNITS, balance.decimals)
        amount = format_minor_units(balance.minor_units, balance.decimals)
        raise InvalidAmount(
            f"account {account_id} cannot be opened with {amount} {balance.currency}",
            advice=f"an account opens with 0 to {limit} {balance.currency}",
            account_id=account_id,
            amount=amount,
        )


def check_limit(limit: int, currency: str, decimals: int) -> None:
    """See that an overdraft limit (minor units) can be one.

    Raises:
        InvalidAmount: it is below zero, or too large.
    """
    if not 0 <= limit <= MAX_MINOR_UNITS:
        amount = format_minor_units(limit, decimals)
        raise InvalidAmount(
            f"an overdraft limit cannot be {amount} {currency}",
            advice="give how far below zero the balance may be, as an amount without a sign",
            amount=amount,
        )


def wrong_state(
    account_id: str,
    state: AccountState,
    point: PathPoint,
    amount: int | None,
    effective_at: int,
    needed: int,
    most: int = 0,
) -> RuleViolation:
    """The refusal of a state that cannot be.

    Args:
        state: as it is now.
        point: the first state that cannot be.
        amount: what was to be moved (minor units); None where something else was to be changed.
        effective_at: when that was to be (µs UTC).
        needed: the limit (minor units) that would allow all states from this one on.
        most: the most that can leave, where something was to leave.
    """
    if point.closed_at is not None:
        return was_closed(account_id, point.closed_at)
    if point.balance > MAX_MINOR_UNITS:
        return too_large(account_id, state, point, amount)
    return insufficient_funds(account_id, state, point, amount, effective_at, needed, most)


def not_zero(account_id: str, state: AccountState, held: int) -> BalanceNotZero:
    """The refusal to close an account that holds something (minor units), or owes it."""
    balance, amount = (format_minor_units(each, state.decimals) for each in (held, abs(held)))
    return BalanceNotZero(
        f"account {account_id} still holds {balance} {state.currency}"
        if held > 0
        else f"account {account_id} is overdrawn by {amount} {state.currency}",
        advice="withdraw or transfer the rest, then close it"
        if held > 0
        else "deposit or transfer what is missing, then close it",
        account_id=account_id,
        balance=balance,
        currency=state.currency,
    )
