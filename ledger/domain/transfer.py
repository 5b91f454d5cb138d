"""A transfer between two accounts: one fact on each side, or none."""

from __future__ import annotations

from ledger.domain.account import BankAccount
from ledger.domain.balance_timeline import BalanceTimeline
from ledger.domain.events import TransferReceived, TransferSent
from ledger.domain.money import Money
from ledger.errors import CurrencyMismatch, SameAccount


def transfer(
    sender: BankAccount,
    recipient: BankAccount,
    amount: Money,
    description: str,
    effective_at: int,
    *,
    transfer_id: str,
    path: BalanceTimeline | None = None,
) -> tuple[TransferSent, TransferReceived]:
    """Decide both sides of a transfer.

    Args:
        amount: in the currency that both accounts share.
        effective_at: µs UTC, not in the future.
        transfer_id: what ties the two events together.
        path: the sender's balances from ``effective_at`` on, needed where it is backdated.

    Raises:
        SameAccount: both sides are one account.
        CurrencyMismatch: the accounts are kept in different currencies.
        RuleViolation: either account refuses its side.
    """
    if sender.stream_id == recipient.stream_id:
        raise SameAccount(
            f"both sides of the transfer are account {sender.stream_id}",
            advice="name two different accounts",
            account_id=sender.stream_id,
        )
    if sender.state.currency != recipient.state.currency:
        raise CurrencyMismatch(
            f"account {sender.stream_id} is kept in {sender.state.currency} and "
            f"{recipient.stream_id} in {recipient.state.currency}",
            advice="nothing is converted: withdraw from one account and deposit to the other",
            from_account=sender.stream_id,
            from_currency=sender.state.currency,
            to_account=recipient.stream_id,
            to_currency=recipient.state.currency,
        )
    return (
        sender.send(
            amount,
            description,
            effective_at,
            transfer_id=transfer_id,
            to_account=recipient.stream_id,
            path=path,
        ),
        recipient.receive(
            amount,
            description,
            effective_at,
            transfer_id=transfer_id,
            from_account=sender.stream_id,
        ),
    )
