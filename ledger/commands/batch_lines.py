"""Commands as a batch gives them: the names that options have, amounts and times still texts."""

from __future__ import annotations

import msgspec

from ledger.commands.command import CloseAccount, Command, Deposit, OpenAccount, Transfer, Withdraw
from ledger.times import parse_instant


class _Line(
    msgspec.Struct,
    frozen=True,
    gc=False,
    forbid_unknown_fields=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="command",
):
    at: str | None = None
    idempotency_key: str | None = None
    expected_version: int | None = None


class OpenLine(_Line, frozen=True, tag="open", kw_only=True):
    account: str
    owner: str
    currency: str = "USD"
    initial_balance: str = "0"


class DepositLine(_Line, frozen=True, tag="deposit", kw_only=True):
    account: str
    amount: str
    description: str = ""


class WithdrawLine(_Line, frozen=True, tag="withdraw", kw_only=True):
    account: str
    amount: str
    description: str = ""


class TransferLine(_Line, frozen=True, tag="transfer", kw_only=True):
    from_account: str = msgspec.field(name="from")
    to_account: str = msgspec.field(name="to")
    amount: str
    description: str = ""


class CloseLine(_Line, frozen=True, tag="close", kw_only=True):
    account: str
    reason: str = ""


Line = OpenLine | DepositLine | WithdrawLine | TransferLine | CloseLine


def command_in(line: Line) -> Command:
    """The command that a line gives.

    Raises:
        InvalidTime: its ``at`` is no time.
    """
    at = None if line.at is None else parse_instant(line.at)
    if isinstance(line, DepositLine):
        return Deposit(line.account, line.amount, line.description, at=at)
    if isinstance(line, WithdrawLine):
        return Withdraw(line.account, line.amount, line.description, at=at)
    if isinstance(line, TransferLine):
        return Transfer(line.from_account, line.to_account, line.amount, line.description, at=at)
    if isinstance(line, OpenLine):
        return OpenAccount(line.account, line.owner, line.currency, line.initial_balance, at=at)
    return CloseAccount(line.account, line.reason, at=at)
