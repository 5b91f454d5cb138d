"""The BankAccount aggregate: every rule about one account."""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.account_state import FOLDS, AccountState
from ledger.domain.aggregate import Aggregate
from ledger.domain.balance_timeline import BalanceTimeline
from ledger.domain.currency import decimals_of
from ledger.domain.events import (
    AccountClosed,
    AccountOpened,
    Event,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)
from ledger.domain.instant import format_instant, short_instant
from ledger.domain.money import MAX_MINOR_UNITS, Money, format_minor_units
from ledger.domain.validation import check_account_id, check_owner, check_text
from ledger.errors import (
    AccountAlreadyOpen,
    BalanceNotZero,
    BalanceTooLarge,
    BeforeOpening,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidAmount,
    LaterActivity,
    NoSuchAccount,
)
from ledger.errors import AccountClosed as AccountIsClosed


class BankAccount(Aggregate):
    """An account: its rules as command methods, its state as a fold.

    Command methods take the effective time (µs UTC, not in the future) and return the event to
    append. They raise a `ledger.errors.RuleViolation`, or `ledger.errors.InvalidInput` for what no
    account could accept, and change nothing.
    """

    aggregate_type: ClassVar[str] = "BankAccount"

    __slots__ = ("_state",)

    def __init__(self, stream_id: str, state: AccountState | None = None, version: int = 0) -> None:
        super().__init__(stream_id, version)
        self._state = state

    @property
    def state(self) -> AccountState:
        """The state at the version reached.

        Raises:
            NoSuchAccount: no event has been applied.
        """
        if self._state is None:
            raise NoSuchAccount(
                f"there is no account {self.stream_id!a}",
                advice="check the id, or open the account first",
                account_id=self.stream_id,
            )
        return self._state

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def open(self, owner: str, initial_balance: Money) -> AccountOpened:
        """Open it, with a balance of zero or more. An id is opened once, for ever."""
        self._check_opening(initial_balance)
        return AccountOpened(
            account_id=check_account_id(self.stream_id),
            owner=check_owner(owner),
            currency=initial_balance.currency,
            initial_balance=initial_balance.minor_units,
        )

    def deposit(self, amount: Money, description: str, effective_at: int) -> MoneyDeposited:
        """Take money in from outside the ledger."""
        self._check_credit(amount, effective_at)
        return MoneyDeposited(amount.minor_units, amount.currency, check_text(description))

    def withdraw(
        self,
        amount: Money,
        description: str,
        effective_at: int,
        path: BalanceTimeline | None = None,
    ) -> MoneyWithdrawn:
        """Let money out of the ledger; a backdated one needs the path from its moment on."""
        self._check_debit(amount, effective_at, path)
        return MoneyWithdrawn(amount.minor_units, amount.currency, check_text(description))

    def send(
        self,
        amount: Money,
        description: str,
        effective_at: int,
        *,
        transfer_id: str,
        to_account: str,
        path: BalanceTimeline | None = None,
    ) -> TransferSent:
        """The sending side of a transfer; a backdated one needs the path from its moment on."""
        self._check_debit(amount, effective_at, path)
        return TransferSent(
            transfer_id, to_account, amount.minor_units, amount.currency, check_text(description)
        )

    def receive(
        self,
        amount: Money,
        description: str,
        effective_at: int,
        *,
        transfer_id: str,
        from_account: str,
    ) -> TransferReceived:
        """The receiving side of a transfer."""
        self._check_credit(amount, effective_at)
        return TransferReceived(
            transfer_id, from_account, amount.minor_units, amount.currency, check_text(description)
        )

    def close(self, reason: str, effective_at: int) -> AccountClosed:
        """Close it for good, at zero and after everything else that happened."""
        state = self._check_active(effective_at)
        if effective_at < state.last_activity:
            raise LaterActivity(
                f"account {self.stream_id} was still used on {short_instant(state.last_activity)}",
                advice="close it at that moment or later",
                account_id=self.stream_id,
                last_activity=format_instant(state.last_activity),
            )
        if state.balance:
            balance = format_minor_units(state.balance, state.currency)
            raise BalanceNotZero(
                f"account {self.stream_id} still holds {balance} {state.currency}",
                advice="withdraw or transfer the rest, then close it",
                account_id=self.stream_id,
                balance=balance,
                currency=state.currency,
            )
        return AccountClosed(check_text(reason, "the reason"))

    def check(self, event: Event, effective_at: int, path: BalanceTimeline | None = None) -> None:
        """Ask the rules whether a fact from elsewhere could have been decided here.

        Only what the rules say about money and order is asked; names and texts of another world are
        kept as they came.

        Raises:
            RuleViolation: the rules refuse it.
            InvalidInput: its amount or currency is impossible.
            NoSuchAccount: it is not an opening, and nothing came before it.
        """
        if isinstance(event, AccountOpened):
            self._check_opening(Money(event.initial_balance, event.currency))
        elif isinstance(event, (MoneyDeposited, TransferReceived)):
            self._check_credit(Money(event.amount, event.currency), effective_at)
        elif isinstance(event, (MoneyWithdrawn, TransferSent)):
            self._check_debit(Money(event.amount, event.currency), effective_at, path)
        else:
            self.close("", effective_at)

    # ── rules ───────────────────────────────────────────────────────────────────────────────────

    def _check_opening(self, initial_balance: Money) -> None:
        if self._state is not None:
            raise AccountAlreadyOpen(
                f"account {self.stream_id} was opened before, on "
                f"{short_instant(self._state.opened_at)}",
                advice="choose another id; the id of a closed account is not used again",
                account_id=self.stream_id,
            )
        decimals_of(initial_balance.currency)
        if not 0 <= initial_balance.minor_units <= MAX_MINOR_UNITS:
            limit = format_minor_units(MAX_MINOR_UNITS, initial_balance.currency)
            raise InvalidAmount(
                f"account {self.stream_id} cannot be opened with {initial_balance}",
                advice=f"an account opens with 0 to {limit} {initial_balance.currency}",
                account_id=self.stream_id,
                amount=format_minor_units(initial_balance.minor_units, initial_balance.currency),
            )

    def _check_active(self, effective_at: int) -> AccountState:
        state = self.state
        if state.closed_at is not None:
            raise AccountIsClosed(
                f"account {self.stream_id} was closed on {short_instant(state.closed_at)}",
                advice="a closed account takes nothing, backdated or not; use another account",
                account_id=self.stream_id,
                closed_at=format_instant(state.closed_at),
            )
        if effective_at < state.opened_at:
            raise BeforeOpening(
                f"account {self.stream_id} was opened on {short_instant(state.opened_at)}, after "
                f"{short_instant(effective_at)}",
                advice="nothing can happen to an account before it is open",
                account_id=self.stream_id,
                opened_at=format_instant(state.opened_at),
            )
        return state

    def _check_amount(self, amount: Money, state: AccountState) -> None:
        if amount.currency != state.currency:
            raise CurrencyMismatch(
                f"account {self.stream_id} is kept in {state.currency}, the amount is in "
                f"{amount.currency}",
                advice="nothing is converted: withdraw from one account and deposit to the other",
                account_id=self.stream_id,
                currency=state.currency,
            )
        if amount.minor_units <= 0:
            raise InvalidAmount(
                f"{format_minor_units(amount.minor_units, amount.currency)} {amount.currency} is "
                "not an amount to move: it must be more than zero",
                advice="to record that nothing moved, record nothing",
                amount=format_minor_units(amount.minor_units, amount.currency),
            )

    def _check_credit(self, amount: Money, effective_at: int) -> None:
        state = self._check_active(effective_at)
        self._check_amount(amount, state)
        if state.balance + amount.minor_units > MAX_MINOR_UNITS:
            limit = format_minor_units(MAX_MINOR_UNITS, state.currency)
            raise BalanceTooLarge(
                f"account {self.stream_id} cannot hold {amount} more",
                advice=f"the largest balance is {limit} {state.currency} (2^63-1 minor units)",
                account_id=self.stream_id,
            )

    def _check_debit(self, amount: Money, effective_at: int, path: BalanceTimeline | None) -> None:
        state = self._check_active(effective_at)
        self._check_amount(amount, state)
        if effective_at >= state.last_activity:
            path = BalanceTimeline(((effective_at, state.balance),))
        elif path is None:
            raise ValueError("a backdated debit needs the balance path from its moment on")
        short = path.first_below(amount.minor_units)
        if short is not None:
            raise self._insufficient(amount, effective_at, path.lowest, *short)

    def _insufficient(
        self, amount: Money, effective_at: int, lowest: int, moment: int, balance: int
    ) -> InsufficientFunds:
        held = format_minor_units(balance, amount.currency)
        asked = format_minor_units(amount.minor_units, amount.currency)
        left = format_minor_units(balance - amount.minor_units, amount.currency)
        last_activity = self.state.last_activity
        if moment == effective_at:
            message = f"account {self.stream_id} holds {held} {amount.currency}"
            if moment < last_activity:
                message += f" on {short_instant(moment)}"
            message += f", and {asked} was asked for"
        else:
            message = (
                f"taking {asked} {amount.currency} on {short_instant(effective_at)} would leave "
                f"account {self.stream_id} at {left} on {short_instant(moment)}"
            )
        advice = f"the most that can leave it is {format_minor_units(lowest, amount.currency)}"
        if effective_at < last_activity:
            advice += f" on {short_instant(effective_at)}; see its history"
        return InsufficientFunds(
            message,
            advice=advice,
            account_id=self.stream_id,
            balance=held,
            requested=asked,
            currency=amount.currency,
            at=format_instant(moment),
        )

    # ── fold ────────────────────────────────────────────────────────────────────────────────────

    def apply(self, event: Event, effective_at: int) -> None:
        self._state = FOLDS[type(event)](self._state, event, effective_at)
        self.version += 1
