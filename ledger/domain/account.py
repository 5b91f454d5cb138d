"""The BankAccount aggregate: every rule about one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final

from ledger.domain.account_past import AccountWithPast
from ledger.domain.account_path import Change, PathPoint, path_of
from ledger.domain.account_state import AccountState
from ledger.domain.currency import pinned_decimals
from ledger.domain.events import (
    AccountClosed,
    AccountEvent,
    AccountOpened,
    MoneyDeposited,
    MoneyWithdrawn,
    Movement,
    PersonalDataErased,
    TransferReceived,
    TransferSent,
)
from ledger.domain.instant import format_instant
from ledger.domain.money import MAX_MINOR_UNITS, Money, format_minor_units
from ledger.domain.receipts import Receipt, check_receipts
from ledger.domain.refusals import (
    before_opening,
    check_initial_balance,
    check_limit,
    not_zero,
    was_closed,
    wrong_state,
)
from ledger.domain.tags import check_tags
from ledger.domain.validation import check_account_id, check_needed_reason, check_owner, check_text
from ledger.errors import (
    AccountAlreadyOpen,
    AccountMismatch,
    CurrencyMismatch,
    InvalidAmount,
    LaterActivity,
)
from ledger.errors import moment as in_message

NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})


class BankAccount(AccountWithPast):
    """An account: its rules as command methods, its state as a fold.

    Command methods take the effective time (µs UTC, not in the future) and return the event to
    append. They raise a `ledger.errors.RuleViolation`, or `ledger.errors.InvalidInput` for what no
    account could accept, and change nothing.
    """

    aggregate_type: ClassVar[str] = "BankAccount"

    __slots__ = ()

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    def open(self, owner: str, initial_balance: Money, overdraft_limit: int = 0) -> AccountOpened:
        """Open it, with a balance of zero or more. An id is opened once, for ever.

        Args:
            overdraft_limit: how far the balance may be below zero, in minor units.
        """
        self._check_opening(initial_balance, overdraft_limit)
        return AccountOpened(
            account_id=check_account_id(self.stream_id),
            currency=initial_balance.currency,
            decimals=initial_balance.decimals,
            initial_balance=initial_balance.minor_units,
            overdraft_limit=overdraft_limit,
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
        self._check_movement(amount.minor_units, amount.currency, effective_at, 1)
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
        self._check_movement(amount.minor_units, amount.currency, effective_at, -1)
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
        self._check_movement(amount.minor_units, amount.currency, effective_at, -1)
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
        self._check_movement(amount.minor_units, amount.currency, effective_at, 1)
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
        advice = "say why the texts are erased, such as who asked for it"
        return PersonalDataErased(check_needed_reason(reason, advice))

    def close(self, reason: str, effective_at: int) -> AccountClosed:
        """Close it, at zero and after everything else that happened and stands."""
        self._check_closing(effective_at)
        return AccountClosed(check_text(reason, "the reason"))

    def check(
        self, event: AccountEvent, effective_at: int, *, rounded_to_nothing: bool = False
    ) -> None:
        """Ask the rules whether an event from elsewhere could have been produced here.

        Only what the rules say about money and order is asked; names and texts of another world are
        kept as they came. A change is asked about by itself: the path that it leads to is that of
        all events of its append, see `check_since`.

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
                self.check_place(event.currency, effective_at)
            else:
                self._check_movement(event.amount, event.currency, effective_at, event.direction)
        elif type(event) is AccountOpened:
            balance = Money(event.initial_balance, event.currency, event.decimals)
            self._check_opening(balance, event.overdraft_limit)
            self.check_own(event.account_id)
        elif type(event) is AccountClosed:
            self._check_closing(effective_at)
        elif type(event) is PersonalDataErased:
            _ = self.state
        else:
            from ledger.domain.recorded_changes import check_change  # few logs have any

            check_change(self, event, effective_at)

    # ── rules ───────────────────────────────────────────────────────────────────────────────────

    def _check_opening(self, initial_balance: Money, limit: int) -> None:
        if self._state is not None:
            raise AccountAlreadyOpen(
                f"account {self.stream_id} was opened before, on "
                f"{in_message(self._state.opened_at)}",
                advice="choose another id; the id of a closed account is not used again",
                account_id=self.stream_id,
            )
        currency, decimals = initial_balance.currency, initial_balance.decimals
        pinned_decimals(currency, decimals)
        check_initial_balance(self.stream_id, initial_balance)
        check_limit(limit, currency, decimals)

    def check_usable(self, effective_at: int, *, opened_at: int | None = None) -> AccountState:
        """See that it takes something at a moment (µs UTC): it was open then, and is now.

        Args:
            opened_at: when it was opened (µs UTC), where a change to that is to come.

        Raises:
            AccountClosed: it is closed, or was at that moment.
            BeforeOpening: it was not open yet.
        """
        state = self._check_open_now(effective_at, opened_at)
        if effective_at < state.last_activity:
            then = self.path_since(effective_at).at(effective_at)
            if then is not None and then.closed_at is not None:
                raise was_closed(self.stream_id, then.closed_at)
        return state

    def _check_open_now(self, effective_at: int, opened_at: int | None = None) -> AccountState:
        state = self._state or self.state
        if state.closed_at is not None:
            raise was_closed(self.stream_id, state.closed_at, still=True)
        if effective_at < (state.opened_at if opened_at is None else opened_at):
            raise before_opening(self.stream_id, state.opened_at, effective_at)
        return state

    def check_own(self, account_id: str) -> None:
        """See that the account which an opening names is this one.

        Raises:
            AccountMismatch: it is another.
        """
        if account_id != self.stream_id:
            raise AccountMismatch(
                f"the opening of account {self.stream_id!a} names another account, {account_id!a}",
                advice="find out which of the two it is, and correct the other",
                account_id=self.stream_id,
                named=account_id,
            )

    def check_place(self, currency: str, effective_at: int) -> AccountState:
        """What holds for money in both directions, whatever its amount.

        Raises:
            AccountClosed, BeforeOpening: it does not take anything at that moment (µs UTC).
            CurrencyMismatch: it is kept in another currency.
        """
        state = self._check_open_now(effective_at)
        if currency != state.currency:
            raise CurrencyMismatch(
                f"account {self.stream_id} is kept in {state.currency}, the amount is in "
                f"{currency}",
                advice="nothing is converted: withdraw from one account and deposit to the other",
                account_id=self.stream_id,
                currency=state.currency,
            )
        return state

    def check_amount(self, amount: int, currency: str) -> None:
        """See that an amount (minor units) can be moved.

        Raises:
            InvalidAmount: it is zero or less.
        """
        if amount <= 0:
            shown = format_minor_units(amount, self.state.decimals)
            raise InvalidAmount(
                f"{shown} {currency} cannot be moved: the amount must be more than zero",
                advice="give the amount that was moved",
                amount=shown,
            )

    def _check_movement(self, amount: int, currency: str, effective_at: int, sign: int) -> None:
        """Money that came or left in the past changes every balance since: all are checked."""
        state = self.check_place(currency, effective_at)
        if amount <= 0:
            self.check_amount(amount, currency)
        moved = sign * amount
        if (
            effective_at >= state.last_activity
            and -state.overdraft_limit <= state.balance + moved <= MAX_MINOR_UNITS
        ):
            return
        path = self.path_since(effective_at)
        if (
            sign > 0
            and effective_at < state.last_activity
            and amount <= path.most_to_come(effective_at)
        ):
            return  # it lowers nothing
        then = path.at(effective_at)
        if then is not None and then.closed_at is not None:
            raise was_closed(self.stream_id, then.closed_at)
        after = path.with_more(effective_at, moved)
        wrong = after.first_wrong(effective_at)
        if wrong is not None:
            most = path.most_to_leave(effective_at)
            needed = after.overdraft(wrong.moment)
            raise wrong_state(self.stream_id, state, wrong, amount, effective_at, needed, most)

    def check_since(self, moment: int, new: Sequence[Change] = ()) -> None:
        """See that no state since a moment (µs UTC) is against the rules.

        Args:
            new: events to come, which the other rules allow, with their effective times.

        Raises:
            InsufficientFunds, BalanceTooLarge, AccountClosed: the first bad moment is named.
        """
        path = self.path_with(moment, new)
        wrong = path.first_wrong(moment)
        if wrong is not None:
            # A limit that is to allow this would have to allow what is without it, too.
            without = self.path_since(moment).overdraft(wrong.moment)
            needed = max(path.overdraft(wrong.moment), without)
            raise wrong_state(self.stream_id, self.state, wrong, None, moment, needed)

    def _check_closing(self, effective_at: int) -> None:
        state = self._check_open_now(effective_at)
        path: list[PathPoint] = []
        if effective_at < state.last_activity:
            from ledger.domain.entries import moments_of_activity  # few are closed in the past

            history = self.history()
            path = path_of(history, effective_at)
            if path[0].closed_at is not None:
                raise was_closed(self.stream_id, path[0].closed_at)
            last = max(moments_of_activity(history), default=effective_at)
            if last > effective_at:
                raise LaterActivity(
                    f"account {self.stream_id} was still used on {in_message(last)}",
                    advice="close it at that moment or later",
                    account_id=self.stream_id,
                    last_activity=format_instant(last),
                )
        for point in path:
            if point.closed_at is not None:
                raise was_closed(self.stream_id, point.closed_at)
        held = next((point.balance for point in path if point.balance), state.balance)
        if held:
            raise not_zero(self.stream_id, state, held)


def _described(
    description: str, tags: Mapping[str, str], receipts: Sequence[Receipt]
) -> tuple[str, dict[str, str], tuple[Receipt, ...]]:
    """What describes an entry, as it is stored.

    Raises:
        InvalidText, InvalidTag, InvalidReceipt: it cannot.
    """
    return check_text(description), check_tags(tags), check_receipts(receipts)
