"""The BankAccount aggregate: every rule about one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final, get_args

from ledger.domain.account_state import FOLD_REVISION, AccountState, fold
from ledger.domain.aggregate import Aggregate
from ledger.domain.balance_timeline import BalanceTimeline
from ledger.domain.currency import pinned_decimals
from ledger.domain.events import (
    AccountClosed,
    AccountEvent,
    AccountOpened,
    MoneyDeposited,
    MoneyWithdrawn,
    Movement,
    OpeningAmended,
    PersonalDataErased,
    TransferReceived,
    TransferSent,
)
from ledger.domain.instant import format_instant
from ledger.domain.money import MAX_MINOR_UNITS, Money, format_minor_units
from ledger.domain.receipts import Receipt, check_receipts
from ledger.domain.tags import check_tags
from ledger.domain.validation import check_account_id, check_owner, check_text
from ledger.errors import (
    AccountAlreadyOpen,
    AccountMismatch,
    BalanceNotZero,
    BalanceTooLarge,
    BeforeOpening,
    CurrencyMismatch,
    InsufficientFunds,
    InvalidAmount,
    InvalidText,
    LaterActivity,
    NoSuchAccount,
)
from ledger.errors import AccountClosed as AccountIsClosed
from ledger.errors import moment as in_message

NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})


class BankAccount(Aggregate[AccountState, AccountEvent]):
    """An account: its rules as command methods, its state as a fold.

    Command methods take the effective time (µs UTC, not in the future) and return the event to
    append. They raise a `ledger.errors.RuleViolation`, or `ledger.errors.InvalidInput` for what no
    account could accept, and change nothing.
    """

    aggregate_type: ClassVar[str] = "BankAccount"
    event_types = get_args(AccountEvent)
    state_type = AccountState
    fold_revision = FOLD_REVISION

    __slots__ = ()

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

    @property
    def highest_effective_at(self) -> int:
        return self.state.last_activity

    def apply(self, event: AccountEvent, effective_at: int) -> None:
        self._state = fold(self._state, event, effective_at)
        self.version += 1

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def open(self, owner: str, initial_balance: Money) -> AccountOpened:
        """Open it, with a balance of zero or more. An id is opened once, for ever."""
        self._check_opening(initial_balance)
        return AccountOpened(
            account_id=check_account_id(self.stream_id),
            currency=initial_balance.currency,
            decimals=initial_balance.decimals,
            initial_balance=initial_balance.minor_units,
            owner=check_owner(owner),
        )

    def deposit(
        self,
        amount: Money,
        description: str,
        effective_at: int,
        tags: Mapping[str, str] = NO_TAGS,
        receipts: Sequence[Receipt] = (),
    ) -> MoneyDeposited:
        """Deposit money from outside the ledger."""
        self._check_credit(amount.minor_units, amount.currency, effective_at)
        return MoneyDeposited(
            amount.minor_units,
            amount.currency,
            *_described(description, tags, receipts),
        )

    def withdraw(
        self,
        amount: Money,
        description: str,
        effective_at: int,
        tags: Mapping[str, str] = NO_TAGS,
        receipts: Sequence[Receipt] = (),
    ) -> MoneyWithdrawn:
        """Withdraw money from the ledger."""
        self._check_debit(amount.minor_units, amount.currency, effective_at)
        return MoneyWithdrawn(
            amount.minor_units,
            amount.currency,
            *_described(description, tags, receipts),
        )

    def send(
        self,
        amount: Money,
        description: str,
        effective_at: int,
        tags: Mapping[str, str] = NO_TAGS,
        receipts: Sequence[Receipt] = (),
        *,
        transfer_id: str,
        to_account: str,
    ) -> TransferSent:
        """The sending side of a transfer."""
        self._check_debit(amount.minor_units, amount.currency, effective_at)
        return TransferSent(
            transfer_id,
            to_account,
            amount.minor_units,
            amount.currency,
            *_described(description, tags, receipts),
        )

    def receive(
        self,
        amount: Money,
        description: str,
        effective_at: int,
        tags: Mapping[str, str] = NO_TAGS,
        receipts: Sequence[Receipt] = (),
        *,
        transfer_id: str,
        from_account: str,
    ) -> TransferReceived:
        """The receiving side of a transfer."""
        self._check_credit(amount.minor_units, amount.currency, effective_at)
        return TransferReceived(
            transfer_id,
            from_account,
            amount.minor_units,
            amount.currency,
            *_described(description, tags, receipts),
        )

    def erase(self, reason: str) -> PersonalDataErased:
        """Erase the personal texts of its events; a closed account's too."""
        _ = self.state
        if not reason.strip():
            raise InvalidText(
                "the reason is empty",
                advice="say why the texts are erased, such as who asked for it",
                field="the reason",
            )
        return PersonalDataErased(check_text(reason, "the reason"))

    def close(self, reason: str, effective_at: int) -> AccountClosed:
        """Close it for good, at zero and after everything else that happened."""
        self._check_closing(effective_at)
        return AccountClosed(check_text(reason, "the reason"))

    def check(
        self, event: AccountEvent, effective_at: int, *, rounded_to_nothing: bool = False
    ) -> None:
        """Ask the rules whether an event from elsewhere could have been produced here.

        Only what the rules say about money and order is asked; names and texts of another world are
        kept as they came.

        Args:
            rounded_to_nothing: it did move money where it comes from, though less than can be
                counted here; so its amount may be zero.

        Raises:
            RuleViolation: the rules refuse it.
            InvalidInput: its amount or currency is impossible.
            NoSuchAccount: it is not an opening, and nothing came before it.
        """
        if isinstance(event, Movement):
            if rounded_to_nothing and event.amount == 0:
                self._check_place(event.currency, effective_at)
            elif event.direction > 0:
                self._check_credit(event.amount, event.currency, effective_at)
            else:
                self._check_debit(event.amount, event.currency, effective_at)
        elif type(event) is AccountOpened:
            self._check_opening(Money(event.initial_balance, event.currency, event.decimals))
            self._check_own(event.account_id)
        elif type(event) is OpeningAmended:
            _ = self.state
            self._check_own(event.account_id)
        elif type(event) is AccountClosed:
            self._check_closing(effective_at)
        else:
            _ = self.state

    # ── rules ───────────────────────────────────────────────────────────────────────────────────

    def _check_opening(self, initial_balance: Money) -> None:
        if self._state is not None:
            raise AccountAlreadyOpen(
                f"account {self.stream_id} was opened before, on "
                f"{in_message(self._state.opened_at)}",
                advice="choose another id; the id of a closed account is not used again",
                account_id=self.stream_id,
            )
        currency, decimals = initial_balance.currency, initial_balance.decimals
        pinned_decimals(currency, decimals)
        if not 0 <= initial_balance.minor_units <= MAX_MINOR_UNITS:
            limit = format_minor_units(MAX_MINOR_UNITS, decimals)
            amount = format_minor_units(initial_balance.minor_units, decimals)
            raise InvalidAmount(
                f"account {self.stream_id} cannot be opened with {amount} {currency}",
                advice=f"an account opens with 0 to {limit} {currency}",
                account_id=self.stream_id,
                amount=amount,
            )

    def _check_active(self, effective_at: int) -> AccountState:
        state = self._state or self.state
        if state.closed_at is not None:
            raise AccountIsClosed(
                f"account {self.stream_id} was closed on {in_message(state.closed_at)}",
                advice="a closed account takes nothing, backdated or not; use another account",
                account_id=self.stream_id,
                closed_at=format_instant(state.closed_at),
            )
        if effective_at < state.opened_at:
            raise BeforeOpening(
                f"account {self.stream_id} was opened on {in_message(state.opened_at)}, after "
                f"{in_message(effective_at)}",
                advice="nothing can happen to an account before it is open",
                account_id=self.stream_id,
                opened_at=format_instant(state.opened_at),
            )
        return state

    def _check_own(self, account_id: str) -> None:
        if account_id != self.stream_id:
            raise AccountMismatch(
                f"the opening of account {self.stream_id!a} names another account, {account_id!a}",
                advice="find out which of the two it is, and correct the other",
                account_id=self.stream_id,
                named=account_id,
            )

    def _check_place(self, currency: str, effective_at: int) -> AccountState:
        """What holds for money in both directions, whatever its amount."""
        state = self._check_active(effective_at)
        if currency != state.currency:
            raise CurrencyMismatch(
                f"account {self.stream_id} is kept in {state.currency}, the amount is in "
                f"{currency}",
                advice="nothing is converted: withdraw from one account and deposit to the other",
                account_id=self.stream_id,
                currency=state.currency,
            )
        return state

    def _check_movement(self, amount: int, currency: str, effective_at: int) -> AccountState:
        """What holds for money in both directions."""
        state = self._check_place(currency, effective_at)
        if amount <= 0:
            shown = format_minor_units(amount, state.decimals)
            raise InvalidAmount(
                f"{shown} {currency} cannot be moved: the amount must be more than zero",
                advice="give the amount that was moved",
                amount=shown,
            )
        return state

    def _check_credit(self, amount: int, currency: str, effective_at: int) -> None:
        state = self._check_movement(amount, currency, effective_at)
        if state.balance + amount > MAX_MINOR_UNITS:
            limit = format_minor_units(MAX_MINOR_UNITS, state.decimals)
            raise BalanceTooLarge(
                f"account {self.stream_id} cannot hold "
                f"{format_minor_units(amount, state.decimals)} {currency} more",
                advice=f"the largest balance is {limit} {state.currency} (2^63-1 minor units)",
                account_id=self.stream_id,
            )

    def _check_debit(self, amount: int, currency: str, effective_at: int) -> None:
        """Money that left in the past is missing at every moment since: all are checked."""
        state = self._check_movement(amount, currency, effective_at)
        if effective_at >= state.last_activity:
            if state.balance >= amount:
                return
            timeline = BalanceTimeline(((effective_at, state.balance),))
        else:
            timeline = self._timeline_from(effective_at, state.balance)
        short = timeline.first_below(amount)
        if short is not None:
            raise self._insufficient(amount, currency, effective_at, timeline.lowest, *short)

    def _check_closing(self, effective_at: int) -> None:
        state = self._check_active(effective_at)
        if effective_at < state.last_activity:
            raise LaterActivity(
                f"account {self.stream_id} was still used on {in_message(state.last_activity)}",
                advice="close it at that moment or later",
                account_id=self.stream_id,
                last_activity=format_instant(state.last_activity),
            )
        if state.balance:
            balance = format_minor_units(state.balance, state.decimals)
            raise BalanceNotZero(
                f"account {self.stream_id} still holds {balance} {state.currency}",
                advice="withdraw or transfer the rest, then close it",
                account_id=self.stream_id,
                balance=balance,
                currency=state.currency,
            )

    def _timeline_from(self, at: int, balance: int) -> BalanceTimeline:
        """The balances from an instant on, by what happened later."""
        later = [
            (moment, event.signed_amount)
            for moment, event in self._events_after(self.stream_id, at, self.version)
        ]
        return BalanceTimeline.starting(at, balance - sum(amount for _, amount in later), later)

    def _insufficient(
        self,
        amount: int,
        currency: str,
        effective_at: int,
        lowest: int,
        moment: int,
        balance: int,
    ) -> InsufficientFunds:
        held, asked, left, most = (
            format_minor_units(minor_units, self.state.decimals)
            for minor_units in (balance, amount, balance - amount, lowest)
        )
        last_activity = self.state.last_activity
        if moment == effective_at:
            message = f"account {self.stream_id} holds {held} {currency}"
            if moment < last_activity:
                message += f" on {in_message(moment)}"
            message += f", and {asked} was asked for"
        else:
            message = (
                f"taking {asked} {currency} on {in_message(effective_at)} would leave "
                f"account {self.stream_id} at {left} on {in_message(moment)}"
            )
        advice = f"the most that can leave it is {most}"
        if effective_at < last_activity:
            advice += f" on {in_message(effective_at)}; see its history"
        return InsufficientFunds(
            message,
            advice=advice,
            account_id=self.stream_id,
            balance=held,
            requested=asked,
            currency=currency,
            at=format_instant(moment),
        )


def _described(
    description: str, tags: Mapping[str, str], receipts: Sequence[Receipt]
) -> tuple[str, dict[str, str], tuple[Receipt, ...]]:
    """What describes an entry, as it is stored.

    Raises:
        InvalidText, InvalidTag, InvalidReceipt: it cannot.
    """
    return check_text(description), check_tags(tags), check_receipts(receipts)
