"""The commands: one struct each, which is at once what Python callers pass, a line of a batch, and
what the canonical request of an idempotency key is made of.

All fields are plain texts, as somebody typed them: only the account knows how many decimals its
amounts have. A new command is a struct here with its `decide`, a member of `Command`, a method of
`ledger.ledger.Ledger` and a function of the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, final

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.currency import pinned_decimals
from ledger.domain.events import AccountEvent
from ledger.domain.money import MAX_MINOR_UNITS, UNLIMITED, Money
from ledger.domain.receipts import Receipt
from ledger.domain.transfer import transfer
from ledger.errors import CurrencyMismatch, InvalidAmount, InvalidUsage

if TYPE_CHECKING:
    from ledger.commands.book_times import When

AMOUNT: Final = "amount"
FREE_TEXT: Final = "free text"
CURRENCY_CHECK: Final = "currency check"

Amount = Annotated[str, msgspec.Meta(extra={"is": AMOUNT})]
"""A decimal; equal amounts are the same request, however they are written."""
FreeText = Annotated[str, msgspec.Meta(extra={"is": FREE_TEXT})]
"""What may be personal; a request does not hold it."""
CurrencyCheck = Annotated[str, msgspec.Meta(extra={"is": CURRENCY_CHECK})]
"""The currency that the amount is in, where it is said: it must be the account's. It is no part of
the request: a bare amount is the same one, whichever currency the account is kept in."""

DrawId = Callable[[], str]
"""Draws a random id."""


class Shared(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="command",
):
    """What all commands share.

    Attributes:
        text_is_of_last_event: whether that has its free text, and not the first one.
        is_of_period: whether ``at`` may be a month, as it names the end of a period.
        at: when it happened, as ISO 8601 text; None for now.
        idempotency_key: a command repeated under its key is carried out once.
        expected_version: the version that the first account must be at.
    """

    text_is_of_last_event: ClassVar[bool] = False
    is_of_period: ClassVar[bool] = False

    at: str | None = None
    idempotency_key: str | None = None
    expected_version: int | None = None

    @property
    def name(self) -> str:
        """What people type for it."""
        return str(self.__struct_config__.tag)


class Amending(Shared, frozen=True, gc=False):
    """What the commands share that put something right; see `ledger.commands.amendments`."""


class OfBook(Amending, frozen=True, gc=False):
    """What the commands share that are about the ledger as a whole, and to no account."""


class _OneAccount(Shared, frozen=True, gc=False):
    """A command to a single account."""

    account: str

    @property
    def accounts(self) -> tuple[str, ...]:
        """The ids of the accounts that it changes."""
        return (self.account,)


class _Movement(_OneAccount, frozen=True, gc=False):
    """Money in or out of an account."""

    amount: Amount
    description: FreeText = ""
    currency: CurrencyCheck = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()


@final
class OpenAccount(_OneAccount, frozen=True, gc=False, tag="open"):
    owner: FreeText
    currency: str = "USD"
    initial_balance: Amount = "0"
    decimals: int | None = None
    overdraft: Amount = "0"

    def decide(
        self, accounts: Sequence[BankAccount], effective_at: int, draw_id: DrawId
    ) -> tuple[AccountEvent, ...]:
        """The events that the command leads to, one per account; the rules are asked for each."""
        decimals = pinned_decimals(self.currency, self.decimals)
        balance = Money.parse(self.initial_balance, self.currency, decimals)
        limit = limit_of(self.overdraft, self.currency, decimals)
        return (accounts[0].open(self.owner, balance, limit),)


@final
class Deposit(_Movement, frozen=True, gc=False, tag="deposit"):
    def decide(
        self, accounts: Sequence[BankAccount], effective_at: int, draw_id: DrawId
    ) -> tuple[AccountEvent, ...]:
        account = accounts[0]
        amount = _money(self.amount, self.currency, account)
        event = account.deposit(amount, self.description, effective_at, self.tags, self.receipts)
        return (event,)


@final
class Withdraw(_Movement, frozen=True, gc=False, tag="withdraw"):
    def decide(
        self, accounts: Sequence[BankAccount], effective_at: int, draw_id: DrawId
    ) -> tuple[AccountEvent, ...]:
        account = accounts[0]
        amount = _money(self.amount, self.currency, account)
        event = account.withdraw(amount, self.description, effective_at, self.tags, self.receipts)
        return (event,)


@final
class Transfer(Shared, frozen=True, gc=False, tag="transfer"):
    from_account: str = msgspec.field(name="from")
    to_account: str = msgspec.field(name="to")
    amount: Amount
    description: FreeText = ""
    currency: CurrencyCheck = ""
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()

    @property
    def accounts(self) -> tuple[str, ...]:
        return (self.from_account, self.to_account)

    def decide(
        self, accounts: Sequence[BankAccount], effective_at: int, draw_id: DrawId
    ) -> tuple[AccountEvent, ...]:
        sender, recipient = accounts
        amount = _money(self.amount, self.currency, sender)
        return transfer(
            sender,
            recipient,
            amount,
            self.description,
            effective_at,
            self.tags,
            self.receipts,
            transfer_id=draw_id(),
        )


@final
class CloseAccount(_OneAccount, frozen=True, gc=False, tag="close"):
    reason: FreeText = ""

    def decide(
        self, accounts: Sequence[BankAccount], effective_at: int, draw_id: DrawId
    ) -> tuple[AccountEvent, ...]:
        return (accounts[0].close(self.reason, effective_at),)


Command = OpenAccount | Deposit | Withdraw | Transfer | CloseAccount
"""Those that lead to one event on each of their accounts; `ledger.commands.amendments` has the
others."""


def check_no_time(at: When | None, why: str) -> None:
    """See that a command that has no time of its own was given none.

    Raises:
        InvalidUsage: it was.
    """
    if at is not None:
        raise InvalidUsage(f"this takes no time: {why}", advice="leave the time out")


def limit_of(text: str, currency: str, decimals: int) -> int:
    """An overdraft limit in minor units; the largest one for "unlimited".

    Raises:
        InvalidAmount: it is none.
    """
    if text == UNLIMITED:
        return MAX_MINOR_UNITS
    try:
        return Money.parse(text, currency, decimals).minor_units
    except InvalidAmount as error:
        error.advice += f", or {UNLIMITED}"
        raise


def _money(amount: str, currency: str, account: BankAccount) -> Money:
    """An amount in the account's currency.

    Raises:
        CurrencyMismatch: the command names another one.
        InvalidAmount: it is not an amount of the account's currency.
    """
    state = account.state
    kept_in = state.currency
    if currency and currency != kept_in:
        raise CurrencyMismatch(
            f"account {account.stream_id} is kept in {kept_in}, the amount is in {currency}",
            advice="nothing is converted: withdraw from one account and deposit to the other",
            account_id=account.stream_id,
            currency=kept_in,
        )
    return Money.parse(amount, kept_in, state.decimals)
