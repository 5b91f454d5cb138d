"""What can be put right, as methods of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

from ledger.commands.arguments import amount_text, time_text, version_of

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.commands.amendments import AnyCommand
    from ledger.commands.arguments import TimeLike
    from ledger.commands.context import Context
    from ledger.commands.handler import CommandHandler
    from ledger.commands.results import WriteResult
    from ledger.commands.undoing import UndoPlan
    from ledger.domain.money import Money
    from ledger.domain.receipts import Receipt

    AmountLike = str | int | Decimal | Money


class CommandOptions(TypedDict, total=False):
    """What every command takes besides its own arguments.

    Attributes:
        at: when it happened; now if left out.
        idempotency_key: repeat a command under the same key, and it is carried out once.
        expected_version: the version that the account (of a transfer: the sender) must be at.
    """

    at: TimeLike
    idempotency_key: str | None
    expected_version: int | None


class Conditions(TypedDict, total=False):
    at: str | None
    idempotency_key: str | None
    expected_version: int | None


def conditions(options: CommandOptions) -> Conditions:
    """The options of a command as its fields."""
    return {
        "at": time_text(options.get("at")),
        "idempotency_key": options.get("idempotency_key"),
        "expected_version": version_of(options.get("expected_version")),
    }


class EntryChanges(TypedDict, total=False):
    """What is to be different about an entry; what is left out stays as it was.

    Attributes:
        description: empty for none.
        tags: changes to them; an empty value takes one away.
        receipts: more of them.
        without_receipts: SHA-256 digests in hex, or how they begin.
    """

    description: str | None
    tags: Mapping[str, str] | None
    receipts: Sequence[Receipt]
    without_receipts: Sequence[str]


class Corrections:
    """The commands that put mistakes right. Nothing is edited: each records what is to count."""

    _handler: CommandHandler

    def execute(self, command: AnyCommand) -> WriteResult:
        raise NotImplementedError

    def _run_context(self, via: str | None = None) -> Context:
        raise NotImplementedError

    def reverse(
        self, account_id: str, version: int, reason: str = "", **options: Unpack[CommandOptions]
    ) -> WriteResult:
        """Undo an entry, on both accounts where it is a transfer.

        It is as if the entry had never been, from its own moment on or from ``at`` on.

        Args:
            account_id: the account's id.
            version: of the entry: its 1-based place in the account.
            reason: why; it is kept.
            options: see `CommandOptions`.

        Raises:
            AlreadyReversed, NotReversible: it does not stand, or is no entry.
            InsufficientFunds: the money was spent since; the first bad moment is named.
            Locked, AccountClosed, NoSuchEntry: see there.
        """
        from ledger.commands.entry_amendments import Reverse

        return self.execute(Reverse(account_id, version, reason=reason, **conditions(options)))

    def reverse_transfer(
        self, transfer_id: str, reason: str = "", **options: Unpack[CommandOptions]
    ) -> WriteResult:
        """Undo a transfer, which is named by its id; see `reverse`.

        Args:
            transfer_id: as the transfer answered it.
            reason: why; it is kept.
            options: see `CommandOptions`.

        Raises:
            RuleViolation: as for `reverse`.
        """
        from ledger.commands.entry_amendments import Reverse

        return self.execute(Reverse(transfer=transfer_id, reason=reason, **conditions(options)))

    def correct(
        self,
        account_id: str,
        version: int,
        *,
        amount: AmountLike | None = None,
        into: str = "",
        from_account: str = "",
        to_account: str = "",
        changes: EntryChanges | None = None,
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Undo an entry, and record the right one in the same append.

        Args:
            account_id: the account's id.
            version: of the entry: its 1-based place in the account.
            amount: the right one; the same if left out.
            into: the account that a deposit or withdrawal belongs to.
            from_account, to_account: the accounts that a transfer is between.
            changes: to what is said of it.
            options: ``at`` is when it happened; when the wrong one did if left out.

        Raises:
            InvalidUsage: nothing would be different.
            RuleViolation: as for `reverse`, and of the right entry as for any.
        """
        from ledger.commands.entry_amendments import Correct

        return self.execute(
            Correct(
                account_id,
                version,
                None if amount is None else amount_text(amount),
                *_told(changes or EntryChanges()),
                into,
                from_account,
                to_account,
                **conditions(options),
            )
        )

    def amend_entry(
        self,
        account_id: str,
        version: int,
        changes: EntryChanges,
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Describe an entry anew, on both accounts where it is a transfer.

        Args:
            account_id: the account's id.
            version: of the entry: its 1-based place in the account.
            changes: to what is said of it.
            options: see `CommandOptions`.

        Raises:
            InvalidUsage: nothing would be different.
            Locked: only receipts may be added to an entry of a locked period.
        """
        from ledger.commands.entry_amendments import AmendEntry

        return self.execute(AmendEntry(account_id, version, *_told(changes), **conditions(options)))

    def undo(self, reason: str = "") -> WriteResult:
        """Reverse all entries of this actor's last run, or none.

        Args:
            reason: why; it is kept.

        Raises:
            NothingToUndo: the actor has recorded nothing.
            NotReversible: that run did something else, too.
            RuleViolation: as for `reverse`.
        """
        from ledger.commands.entry_amendments import Undo

        return self.execute(Undo(reason=reason))

    def undo_plan(self) -> UndoPlan:
        """What `undo` would reverse now.

        Raises:
            NothingToUndo, NotReversible: as for `undo`.
        """
        from ledger.commands.undoing import plan_undo

        return plan_undo(self._handler, self._run_context())

    def amend_account(
        self,
        account_id: str,
        *,
        owner: str | None = None,
        overdraft: AmountLike | None = None,
        opened_at: TimeLike = None,
        initial_balance: AmountLike | None = None,
        currency: str | None = None,
        decimals: int | None = None,
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Change an account's owner or overdraft limit from ``at`` on, or its opening.

        Args:
            account_id: the account's id.
            owner: the name to go by from now on.
            overdraft: how far below zero the balance may be, or ``unlimited``.
            opened_at: when it was opened; no entry may lie before that.
            initial_balance: what it was opened with.
            currency, decimals: what it is kept in; only while no entry stands.
            options: see `CommandOptions`; ``at`` is when the owner or limit begins to count.

        Raises:
            RuleViolation: the first bad moment is named.
            InvalidUsage: nothing would be different.
        """
        from ledger.commands.account_amendments import AmendAccount

        return self.execute(
            AmendAccount(
                account_id,
                owner,
                None if overdraft is None else amount_text(overdraft),
                time_text(opened_at),
                None if initial_balance is None else amount_text(initial_balance),
                currency,
                decimals,
                **conditions(options),
            )
        )

    def reopen_account(
        self, account_id: str, reason: str = "", **options: Unpack[CommandOptions]
    ) -> WriteResult:
        """Open a closed account again, from its closing on unless ``at`` or a lock says later.

        Args:
            account_id: the account's id.
            reason: why; it is kept.
            options: see `CommandOptions`.

        Raises:
            AccountAlreadyOpen: it is not closed.
        """
        from ledger.commands.account_amendments import ReopenAccount

        return self.execute(ReopenAccount(account_id, reason, **conditions(options)))

    def confirm(
        self,
        account_id: str,
        balance: AmountLike,
        source: str = "",
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Note that somebody else's books, such as the bank's, have the same balance.

        Args:
            account_id: the account's id.
            balance: what they say.
            source: whose books they are.
            options: ``at`` is the moment that they say it of, a date or month its last instant.

        Raises:
            ConfirmationDiffers: the balance was another one.
        """
        from ledger.commands.account_amendments import Confirm

        return self.execute(
            Confirm(account_id, amount_text(balance), source, **conditions(options))
        )

    def withdraw_confirmation(
        self,
        account_id: str,
        version: int | None = None,
        reason: str = "",
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Take a confirmation back; the last one that stands where none is named.

        Args:
            account_id: the account's id.
            version: of the confirmation; the last one that stands if left out.
            reason: why; it is kept.
            options: see `CommandOptions`.

        Raises:
            NoSuchEntry: there is none.
        """
        from ledger.commands.account_amendments import WithdrawConfirmation

        return self.execute(
            WithdrawConfirmation(account_id, version, reason, **conditions(options))
        )


def _told(
    changes: EntryChanges,
) -> tuple[str | None, dict[str, str] | None, tuple[Receipt, ...] | None, tuple[str, ...]]:
    """Changes to what is said of an entry, as the fields of a command."""
    tags, receipts = changes.get("tags"), changes.get("receipts")
    return (
        changes.get("description"),
        None if tags is None else dict(tags),
        None if receipts is None else tuple(receipts),
        tuple(changes.get("without_receipts", ())),
    )
