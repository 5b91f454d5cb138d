"""The commands that open accounts, move money and erase, as methods of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

from ledger.api.wiring import Wired
from ledger.commands.arguments import amount_text, check_types, currency_of
from ledger.commands.command import CloseAccount, Deposit, OpenAccount, Transfer, Withdraw
from ledger.commands.context import BATCH
from ledger.commands.corrections import CommandOptions, conditions
from ledger.commands.results import BatchReport, WriteResult
from ledger.errors import CurrencyMismatch

if TYPE_CHECKING:
    from ledger.commands.amendments import AnyCommand
    from ledger.commands.batch import OnLine
    from ledger.commands.batch_input import InputFormat
    from ledger.commands.corrections import AmountLike
    from ledger.commands.erasing import Eraser, ErasurePlan, ErasureReport
    from ledger.domain.receipts import Receipt


class MovingMoney(Wired):
    """The commands of everyday."""

    def execute(self, command: AnyCommand) -> WriteResult:
        """Carry out a command.

        Args:
            command: such as `ledger.commands.command.Deposit`; the other methods make it for you.

        Raises:
            RuleViolation: a rule refuses it.
            NoSuchAccount: it is to an account that does not exist.
            VersionConflict: the account is not at the expected version.
            InvalidInput: an amount, currency, time, id or text cannot be meant.
            InvalidUsage: a field is of the wrong type.
        """
        try:
            return self._handler.handle(command, self._run_context())
        except (AttributeError, TypeError):
            check_types(command)
            raise

    def open_account(
        self,
        account_id: str,
        owner: str,
        currency: str = "USD",
        initial_balance: AmountLike = "0",
        *,
        decimals: int | None = None,
        overdraft: AmountLike = "0",
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Open an account.

        Args:
            account_id: a new id, such as ``club:cash``.
            owner: whose it is; a personal text that can be erased.
            currency: ISO 4217 code, or a name for a unit of your own.
            initial_balance: what is in it from the start.
            decimals: of a unit of your own.
            overdraft: how far below zero the balance may be, or ``unlimited``.
            options: see `CommandOptions`; ``at`` is when it was opened.

        Raises:
            AccountAlreadyOpen: there is one of that id.
            InvalidInput: the id, currency, amount or time cannot be meant.
        """
        if currency_of(initial_balance) not in ("", currency):
            raise CurrencyMismatch(
                f"account {account_id} is to be kept in {currency}, its initial balance is in "
                f"{currency_of(initial_balance)}",
                advice="give both in the same currency",
                account_id=account_id,
                currency=currency,
            )
        return self.execute(
            OpenAccount(
                account_id,
                owner,
                currency,
                amount_text(initial_balance),
                decimals,
                amount_text(overdraft),
                **conditions(options),
            )
        )

    def deposit(
        self,
        account_id: str,
        amount: AmountLike,
        description: str = "",
        *,
        tags: Mapping[str, str] | None = None,
        receipts: Sequence[Receipt] = (),
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Deposit money from outside the ledger.

        Args:
            account_id: the account's id.
            amount: more than zero, in the currency of the account.
            description: what it is for; it is a personal text and can be erased.
            tags: categories, such as ``{"category": "rent"}``; they are not erased.
            receipts: the sizes and SHA-256 digests of files that prove it.
            options: see `CommandOptions`.

        Raises:
            RuleViolation: the account is closed or locked then, or cannot hold so much.
            NoSuchAccount, VersionConflict, InvalidInput: as for `execute`.
        """
        return self.execute(
            Deposit(
                account_id,
                amount_text(amount),
                description,
                currency_of(amount),
                dict(tags or {}),
                tuple(receipts),
                **conditions(options),
            )
        )

    def withdraw(
        self,
        account_id: str,
        amount: AmountLike,
        description: str = "",
        *,
        tags: Mapping[str, str] | None = None,
        receipts: Sequence[Receipt] = (),
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Withdraw money from the ledger.

        Args:
            account_id: the account's id.
            amount: more than zero, in the currency of the account.
            description: what it is for; it is a personal text and can be erased.
            tags: categories, such as ``{"category": "rent"}``; they are not erased.
            receipts: the sizes and SHA-256 digests of files that prove it.
            options: see `CommandOptions`.

        Raises:
            InsufficientFunds: the balance would be too low then, or at a later moment.
            RuleViolation: the account is closed or locked then.
            NoSuchAccount, VersionConflict, InvalidInput: as for `execute`.
        """
        return self.execute(
            Withdraw(
                account_id,
                amount_text(amount),
                description,
                currency_of(amount),
                dict(tags or {}),
                tuple(receipts),
                **conditions(options),
            )
        )

    def transfer(
        self,
        from_account: str,
        to_account: str,
        amount: AmountLike,
        description: str = "",
        *,
        tags: Mapping[str, str] | None = None,
        receipts: Sequence[Receipt] = (),
        **options: Unpack[CommandOptions],
    ) -> WriteResult:
        """Move money between two accounts, in one append.

        Args:
            from_account: the account that sends it.
            to_account: the account that gets it, which is kept in the same currency.
            amount: more than zero, in the currency of the account.
            description: what it is for; it is a personal text and can be erased.
            tags: categories, such as ``{"category": "rent"}``; they are not erased.
            receipts: the sizes and SHA-256 digests of files that prove it.
            options: see `CommandOptions`.

        Raises:
            InsufficientFunds: the balance of the sender would be too low then, or later.
            RuleViolation: one account is closed or locked then, or both are the same.
            NoSuchAccount, VersionConflict, InvalidInput: as for `execute`.
        """
        return self.execute(
            Transfer(
                from_account,
                to_account,
                amount_text(amount),
                description,
                currency_of(amount),
                dict(tags or {}),
                tuple(receipts),
                **conditions(options),
            )
        )

    def close_account(
        self, account_id: str, reason: str = "", **options: Unpack[CommandOptions]
    ) -> WriteResult:
        """Close an account that holds nothing.

        Args:
            account_id: the account's id.
            reason: why; it is kept.
            options: see `CommandOptions`.

        Raises:
            RuleViolation: it holds money, or is closed already.
            NoSuchAccount, VersionConflict, InvalidInput: as for `execute`.
        """
        return self.execute(CloseAccount(account_id, reason, **conditions(options)))

    def erasure_plan(self, account_id: str) -> ErasurePlan:
        """What `erase` would take away now.

        Args:
            account_id: the account's id.

        Raises:
            NoSuchAccount: there is no such account.
            NotErasable: an event keeps its text where it cannot be erased.
        """
        return self._eraser().plan(account_id)

    def erase(self, account_id: str, reason: str) -> ErasureReport:
        """Erase the personal texts of an account, for ever: its owner, descriptions, and reasons.

        The texts of its transfers are erased on the other accounts too. Amounts, times, account
        ids, tags, receipts and idempotency keys stay, and so does the reason given here. Older
        backups and exports are not touched.

        Where another process kept the file from being written anew, the report says so: what was
        erased cannot be asked for any more, but traces of it are left until this is repeated.

        Args:
            account_id: the account's id.
            reason: why; it is kept, and best says nothing about the person.

        Raises:
            NoSuchAccount: there is no such account.
            NotErasable: an event keeps its text where it cannot be erased; nothing has changed.
        """
        report = self._eraser().erase(account_id, reason, self._run_context())
        if report.recorded is not None:
            self._dispatcher.publish([report.recorded])
        return report

    def batch(
        self,
        lines: Iterable[bytes],
        on_line: OnLine | None = None,
        *,
        input_format: InputFormat = "jsonl",
        continue_on_error: bool = False,
        commit_every: int | None = None,
        dry_run: bool = False,
        on_commit: Callable[[], None] = lambda: None,
    ) -> BatchReport:
        """Carry out commands from a file: all of them or none, unless said otherwise.

        Args:
            lines: JSON Lines, or CSV with a header; `ledger help scripting` lists the fields.
            on_line: called with (line number, result or refusal) for each; what it hears of is
                committed only when ``on_commit`` is called.
            input_format: ``jsonl`` or ``csv``.
            continue_on_error: carry out what is accepted, and only report the rest.
            commit_every: commit after so many lines; a batch that was killed can be run again if
                its lines have idempotency keys. None for one transaction.
            dry_run: carry out everything, and keep nothing.
            on_commit: called after each commit, and at the end of a dry run.

        Raises:
            LedgerError: a line cannot be read or was refused; it is named, and nothing has changed.
                With ``continue_on_error`` only for what is not about a line, such as a full disk.
        """
        from ledger.commands.batch import run_batch

        return run_batch(
            lines,
            input_format,
            self._bulk(),
            self._run_context(BATCH),
            on_line=on_line,
            on_commit=on_commit,
            continue_on_error=continue_on_error,
            commit_every=commit_every,
            dry_run=dry_run,
        )

    def _eraser(self) -> Eraser:
        from ledger.commands.erasing import Eraser

        return Eraser(self._store, self._repository, self._projector)
