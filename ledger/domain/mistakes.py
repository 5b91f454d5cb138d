"""Putting entries right: reversing, correcting and describing them anew.

Nothing is edited: each of these is a further event, on every account that the entry touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.changes import AccountChange
from ledger.domain.entries import Entry
from ledger.domain.events import (
    EntryAmended,
    EntryReversed,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)
from ledger.domain.instant import format_instant
from ledger.domain.receipts import Receipt, check_receipts
from ledger.domain.tags import check_tags
from ledger.domain.validation import check_text
from ledger.errors import AlreadyReversed, CurrencyMismatch, InvalidTime, InvalidUsage, moment


class Side(NamedTuple):
    """An entry on one of the accounts that it touched."""

    account: BankAccount
    entry: Entry


class Description(msgspec.Struct, frozen=True):
    """What is said of an entry: all of it, or what is to be different (None for unchanged)."""

    text: str | None = None
    tags: Mapping[str, str] | None = None
    receipts: tuple[Receipt, ...] | None = None

    @property
    def is_empty(self) -> bool:
        return self.text is None and self.tags is None and self.receipts is None

    def is_of(self, entry: Entry) -> bool:
        """Whether all that it says is said of an entry already."""
        return (
            self.text in (None, entry.description)
            and self.tags in (None, entry.tags)
            and self.receipts in (None, entry.receipts)
        )

    def checked(self) -> Description:
        """The same, as it is stored.

        Raises:
            InvalidText, InvalidTag, InvalidReceipt: it cannot.
        """
        return Description(
            None if self.text is None else check_text(self.text),
            None if self.tags is None else check_tags(self.tags),
            None if self.receipts is None else check_receipts(self.receipts),
        )


def reverse(sides: Sequence[Side], effective_at: int | None, reason: str) -> list[AccountChange]:
    """Undo an entry on every account that it touched.

    Args:
        effective_at: µs UTC; None for when the entry was.

    Raises:
        AlreadyReversed: it was undone before.
        InvalidTime: it happened later than that.
        AccountClosed: one of the accounts takes nothing then.
    """
    reason = check_text(reason, "the reason")
    changes = []
    for account, entry in sides:
        check_standing(account, entry)
        at = entry.effective_at if effective_at is None else effective_at
        if at < entry.effective_at:
            raise InvalidTime(
                f"the entry happened on {moment(entry.effective_at)}, after {moment(at)}",
                advice="reverse it at that moment or later",
                account_id=account.stream_id,
                at=format_instant(at),
            )
        account.check_usable(at)
        event = EntryReversed(
            entry.version,
            -entry.event.signed_amount,
            entry.event.currency,
            getattr(entry.event, "transfer_id", None),
            reason,
        )
        changes.append(AccountChange(account, at, event))
    return changes


def check_standing(account: BankAccount, entry: Entry) -> None:
    """See that an entry counts.

    Raises:
        AlreadyReversed: it was undone.
    """
    if entry.reversed_by:
        raise AlreadyReversed(
            f"version {entry.version} of account {account.stream_id} was reversed by version "
            f"{entry.reversed_by}",
            advice="it counts no more; a reversal is not reversed: record the entry again instead",
            account_id=account.stream_id,
            version=entry.version,
            reversed_by=entry.reversed_by,
        )


def enter_again(
    wrong: Entry,
    account: BankAccount,
    *,
    kept_in: BankAccount,
    amount: int,
    effective_at: int,
    description: Description,
) -> AccountChange:
    """The right deposit or withdrawal in the place of a wrong one.

    Args:
        account: where it belongs.
        kept_in: the account of the wrong one.
        amount: minor units.
        effective_at: µs UTC.
        description: all of it, as it is stored.

    Raises:
        CurrencyMismatch: the accounts are kept in different units.
        RuleViolation: the account takes nothing then.
    """
    check_same_unit(kept_in, account)
    currency = account.state.currency
    account.check_usable(effective_at)
    account.check_amount(amount, currency)
    kind = MoneyDeposited if wrong.event.direction > 0 else MoneyWithdrawn
    return AccountChange(account, effective_at, kind(amount, currency, *_stored(description)))


def send_again(
    sender: BankAccount,
    recipient: BankAccount,
    *,
    amount: int,
    effective_at: int,
    description: Description,
    transfer_id: str,
) -> list[AccountChange]:
    """The right transfer in the place of a wrong one; see `enter_again` for the arguments.

    Raises:
        SameAccount, CurrencyMismatch, RuleViolation: see `ledger.domain.transfer.transfer`.
    """
    from ledger.domain.transfer import check_pair

    check_pair(sender, recipient)
    currency, told = sender.state.currency, _stored(description)
    for account in (sender, recipient):
        account.check_usable(effective_at)
        account.check_amount(amount, currency)
    sent = TransferSent(transfer_id, recipient.stream_id, amount, currency, *told)
    received = TransferReceived(transfer_id, sender.stream_id, amount, currency, *told)
    return [
        AccountChange(sender, effective_at, sent),
        AccountChange(recipient, effective_at, received),
    ]


def check_same_unit(one: BankAccount, other: BankAccount) -> None:
    """See that two accounts count in one unit.

    Raises:
        CurrencyMismatch: they do not.
    """
    ours, theirs = one.state, other.state
    if (ours.currency, ours.decimals) != (theirs.currency, theirs.decimals):
        raise CurrencyMismatch(
            f"account {one.stream_id} is kept in {ours.currency} with {ours.decimals} decimals "
            f"and {other.stream_id} in {theirs.currency} with {theirs.decimals}",
            advice="nothing is converted: reverse the entry, and record the right one",
            account_id=other.stream_id,
            currency=theirs.currency,
        )


def amend_entry(sides: Sequence[Side], told: Description) -> list[AccountChange]:
    """Describe an entry anew, on every account that it touched.

    Args:
        told: what is different.

    Raises:
        InvalidUsage: nothing would be different.
    """
    told = told.checked()
    changes = [amend_side(side, told) for side in sides]
    if all(told.is_of(side.entry) for side in sides):
        raise so_already(*sides[0])
    return changes


def amend_side(side: Side, told: Description) -> AccountChange:
    """Describe an entry anew on one of its accounts, in words that can be stored.

    Raises:
        InvalidUsage: nothing would be different.
    """
    if told.is_empty:
        raise InvalidUsage(
            "nothing was said that is to be different",
            advice="give a description, a tag or a receipt",
        )
    account, entry = side
    kept = set(entry.receipts) <= set(entry.receipts if told.receipts is None else told.receipts)
    moves = told.text is not None or told.tags is not None or not kept
    tags = None if told.tags is None else dict(told.tags)
    event = EntryAmended(entry.version, tags, told.receipts, told.text)
    return AccountChange(account, entry.effective_at, event, moves_figures=moves)


def so_already(account: BankAccount, entry: Entry) -> InvalidUsage:
    """The refusal of a change to an entry that would make nothing different."""
    return InvalidUsage(
        "the entry is so already",
        advice="say what is to be different",
        account_id=account.stream_id,
        version=entry.version,
    )


def _stored(told: Description) -> tuple[str, dict[str, str], tuple[Receipt, ...]]:
    return told.text or "", dict(told.tags or {}), told.receipts or ()
