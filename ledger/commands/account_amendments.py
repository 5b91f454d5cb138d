"""The commands that change what an account is; see `ledger.commands.amendments`."""

from __future__ import annotations

from typing import final

from ledger.commands.book_times import When
from ledger.commands.command import Amending, Amount, FreeText, check_no_time, limit_of
from ledger.commands.desk import Desk
from ledger.domain import account_changes
from ledger.domain.account import BankAccount
from ledger.domain.account_changes import opening_of
from ledger.domain.changes import AccountChange
from ledger.domain.currency import pinned_decimals
from ledger.domain.money import Money, balance_in, format_minor_units
from ledger.errors import InvalidUsage


@final
class AmendAccount(Amending, frozen=True, gc=False, tag="amend"):
    """Change an account's owner, overdraft limit or opening; what is None stays as it was."""

    text_is_of_last_event = True

    account: str
    owner: FreeText | None = None
    overdraft: Amount | None = None
    opened_at: str | None = None
    initial_balance: Amount | None = None
    currency: str | None = None
    decimals: int | None = None

    def decide_at(self, desk: Desk, at: When | None) -> list[AccountChange]:
        """The events that the command leads to; the rules are asked for each."""
        account = desk.account(self.account)
        changes: list[AccountChange] = []
        opened_at = None
        if (self.opened_at, self.initial_balance, self.currency, self.decimals) != (None,) * 4:
            if self.opened_at is not None:
                opened_at = desk.moment(desk.times.when(self.opened_at), desk.now)
            changes.append(self._amend_opening(account, opened_at))
        if self.owner is not None or self.overdraft is not None:
            state = account.state
            limit = (
                None
                if self.overdraft is None
                else limit_of(self.overdraft, state.currency, state.decimals)
            )
            effective_at = desk.moment(at, desk.now, not_before=opened_at or state.opened_at)
            changes.append(
                account_changes.amend(
                    account,
                    effective_at,
                    owner=self.owner,
                    overdraft_limit=limit,
                    opened_at=opened_at,
                )
            )
        else:
            check_no_time(at, "an opening has a moment of its own, and no other one counts")
        if not changes:
            raise InvalidUsage(
                f"nothing was said that is to be different about account {self.account}",
                advice="give another owner, overdraft limit, opening or initial balance",
            )
        return changes

    def _amend_opening(self, account: BankAccount, opened_at: int | None) -> AccountChange:
        state, opening = account.state, opening_of(account)
        currency, decimals = self.currency or state.currency, state.decimals
        if self.currency not in (None, state.currency) or self.decimals is not None:
            decimals = pinned_decimals(currency, self.decimals)
        balance = self.initial_balance
        if balance is None:
            balance = format_minor_units(opening.initial_balance, opening.decimals)
            if decimals < opening.decimals:  # 10.00 USD are 10 JPY, and 10.50 USD are no JPY
                balance = balance.rstrip("0").rstrip(".") if "." in balance else balance
        return account_changes.amend_opening(
            account,
            opening,
            opened_at=opened_at,
            initial_balance=Money.parse(balance, currency, decimals),
        )


@final
class ReopenAccount(Amending, frozen=True, gc=False, tag="reopen"):
    account: str
    reason: FreeText = ""

    def decide_at(self, desk: Desk, at: When | None) -> list[AccountChange]:
        """The events that the command leads to; the rules are asked for each."""
        account = desk.account(self.account)
        closed_at = account.state.closed_at
        effective_at = None if at is None else desk.moment(at, 0, not_before=closed_at)
        earliest = 0 if desk.locked_until is None else desk.locked_until + 1
        return [account_changes.reopen(account, self.reason, effective_at, earliest)]


@final
class Confirm(Amending, frozen=True, gc=False, tag="confirm"):
    """Note that somebody else's books agree; ``at`` is when, a date or month its last instant."""

    is_of_period = True

    account: str
    amount: str
    source: FreeText = ""

    def decide_at(self, desk: Desk, at: When | None) -> list[AccountChange]:
        """The events that the command leads to; the rules are asked for each."""
        account = desk.account(self.account)
        until = desk.now
        if at is not None:  # today's last instant has not come, and nor has what may follow
            until = min(at.last, desk.now) if at.first <= desk.now else desk.moment(at, 0)
        state = account.state
        balance = balance_in(self.amount, state.currency, state.decimals)
        return [account_changes.confirm(account, balance, until, self.source)]


@final
class WithdrawConfirmation(Amending, frozen=True, gc=False, tag="withdraw-confirmation"):
    """Take a confirmation back; the last one that stands where no version is named."""

    account: str
    version: int | None = None
    reason: FreeText = ""

    def decide_at(self, desk: Desk, at: When | None) -> list[AccountChange]:
        """The events that the command leads to; the rules are asked for each."""
        check_no_time(at, "a confirmation is withdrawn for its own moment")
        account = desk.account(self.account)
        return [account_changes.withdraw_confirmation(account, self.version, self.reason)]
