"""A transfer between two accounts: one event on each side, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.domain.account import NO_TAGS, BankAccount
from ledger.domain.events import TransferReceived, TransferSent
from ledger.domain.money import Money
from ledger.domain.receipts import Receipt
from ledger.errors import CurrencyMismatch, SameAccount


def transfer(
    sender: BankAccount,
    recipient: BankAccount,
    amount: Money,
    description: str,
    effective_at: int,
    tags: Mapping[str, str] = NO_TAGS,
    receipts: Sequence[Receipt] = (),
    *,
    transfer_id: str,
) -> tuple[TransferSent, TransferReceived]:
    """Produce both sides of a transfer.

    Args:
        amount: in the currency that both accounts share.
        effective_at: µs UTC, not in the future.
        transfer_id: what ties the two events together.

    Raises:
        SameAccount: both sides are one account.
        CurrencyMismatch: the accounts are kept in different currencies, or in one unit with
            different decimals, so that the same number would be another amount.
        RuleViolation: either account refuses its side.
    """
    check_pair(sender, recipient)
    return (
        sender.send(
            amount,
            description,
            effective_at,
            tags,
            receipts,
            transfer_id=transfer_id,
            to_account=recipient.stream_id,
        ),
        recipient.receive(
            amount,
            description,
            effective_at,
            tags,
            receipts,
            transfer_id=transfer_id,
            from_account=sender.stream_id,
        ),
    )


def check_pair(sender: BankAccount, recipient: BankAccount) -> None:
    """See that money can move between two accounts at all.

    Raises:
        SameAccount, CurrencyMismatch: see `transfer`.
    """
    if sender.stream_id == recipient.stream_id:
        raise SameAccount(
            f"both sides of the transfer are account {sender.stream_id}",
            advice="name two different accounts",
            account_id=sender.stream_id,
        )
    one, other = sender.state, recipient.state
    if (one.currency, one.decimals) != (other.currency, other.decimals):
        if one.currency == other.currency:
            message = (
                f"account {sender.stream_id} is kept in {one.currency} with {one.decimals} "
                f"decimals and {recipient.stream_id} with {other.decimals}"
            )
        else:
            message = (
                f"account {sender.stream_id} is kept in {one.currency} and "
                f"{recipient.stream_id} in {other.currency}"
            )
        raise CurrencyMismatch(
            message,
            advice="nothing is converted: withdraw from one account and deposit to the other",
            from_account=sender.stream_id,
            from_currency=one.currency,
            from_decimals=one.decimals,
            to_account=recipient.stream_id,
            to_currency=other.currency,
            to_decimals=other.decimals,
        )
