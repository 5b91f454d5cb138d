"""The write side: every way in which facts come to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ledger.commands.arguments import TimeLike, amount_of, instant_of
from ledger.commands.command import CloseAccount, Command, Deposit, OpenAccount, Transfer, Withdraw
from ledger.commands.results import BatchReport, WriteResult
from ledger.domain.money import Money
from ledger.wiring import Wiring

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.bank_statements.importing import Outcome, Plan, StatementReport
    from ledger.bank_statements.statement_format import StatementFormat
    from ledger.commands.batch import OnLine
    from ledger.commands.batch_input import InputFormat
    from ledger.exchange.log_files import ImportReport


class WriteSide(Wiring):
    """Commands, one method each, and what carries out many of them."""

    def execute(
        self,
        command: Command,
        *,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Carry out a command.

        Args:
            idempotency_key: repeat a command under the same key, and it is done once.
            expected_version: the version that the account (of a transfer: the sender) must be at.

        Raises:
            RuleViolation: a rule refuses it.
            NoSuchAccount: it is to an account that does not exist.
            VersionConflict: the account is not at the expected version.
            InvalidInput: an amount, currency, time, id or text is none.
        """
        return self._handler.handle(
            command,
            self._run_context(),
            key=idempotency_key,
            expected_version=expected_version,
        )

    def open_account(
        self,
        account_id: str,
        owner: str,
        currency: str = "USD",
        initial_balance: str | int | Decimal | Money = "0",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Open an account; see `execute` for what can be refused."""
        return self.execute(
            OpenAccount(account_id, owner, currency, amount_of(initial_balance), at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def deposit(
        self,
        account_id: str,
        amount: str | int | Decimal | Money,
        description: str = "",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Take money in; see `execute` for what can be refused."""
        return self.execute(
            Deposit(account_id, amount_of(amount), description, at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def withdraw(
        self,
        account_id: str,
        amount: str | int | Decimal | Money,
        description: str = "",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Let money out; see `execute` for what can be refused."""
        return self.execute(
            Withdraw(account_id, amount_of(amount), description, at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def transfer(
        self,
        from_account: str,
        to_account: str,
        amount: str | int | Decimal | Money,
        description: str = "",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Move money between two accounts, in one append; see `execute` for what can be refused."""
        return self.execute(
            Transfer(from_account, to_account, amount_of(amount), description, at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

    def close_account(
        self,
        account_id: str,
        reason: str = "",
        *,
        at: TimeLike = None,
        idempotency_key: str | None = None,
        expected_version: int | None = None,
    ) -> WriteResult:
        """Close an account that holds nothing; see `execute` for what can be refused."""
        return self.execute(
            CloseAccount(account_id, reason, at=instant_of(at)),
            idempotency_key=idempotency_key,
            expected_version=expected_version,
        )

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
            lines: JSON Lines, or CSV with a header; see the README for the fields.
            on_line: called with (line number, result or refusal) for each; what it hears of is
                committed only when ``on_commit`` is called.
            continue_on_error: carry out what is accepted, and only tell of the rest.
            commit_every: commit after so many lines; a batch that was killed can be run again if
                its lines have idempotency keys. None for one transaction.
            dry_run: carry out everything, and keep nothing.
            on_commit: called after each commit, and at the end of a dry run.

        Raises:
            LedgerError: a line cannot be read or was refused; it is named, and nothing has changed.
                With ``continue_on_error`` only for what is no line's error, such as a full disk.
        """
        from ledger.commands.batch import run_batch
        from ledger.commands.batch_input import read_batch

        context, handle = self._run_context(), self._handler.handle

        def committed() -> None:
            self._delivery.publish_rest()
            on_commit()

        return run_batch(
            read_batch(lines, input_format),
            lambda command, key, version: handle(
                command, context, key=key, expected_version=version
            ),
            self._bulk,
            on_line=on_line,
            on_commit=committed,
            continue_on_error=continue_on_error,
            commit_every=commit_every,
            dry_run=dry_run,
        )

    def import_statement(
        self,
        account_id: str,
        content: bytes,
        rules: StatementFormat | None = None,
        *,
        continue_on_error: bool = False,
        dry_run: bool = False,
        on_plan: Callable[[Plan], None] | None = None,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> StatementReport:
        """Take a bank's statement into an account as deposits and withdrawals, in one transaction.

        The same statement again, or another one that overlaps it, adds nothing twice; see
        `ledger.bank_statements.deduplication`.

        Args:
            content: of a CSV file.
            rules: how to read it; what they leave open is guessed.
            continue_on_error: carry out what the account takes, and report what it refuses.
            dry_run: try all of it, report what is refused, and keep nothing.
            on_plan: called once the statement is read, before anything is tried.
            on_outcome: called for each entry; nothing is committed yet then.

        Raises:
            InvalidInput: the statement cannot be read; the line is named.
            CurrencyMismatch: it is in another currency than the account.
            RuleViolation: the account refuses an entry; its line is named, and nothing has changed.
        """
        from ledger.bank_statements.importing import (
            NothingIsKept,
            StatementReport,
            carry_out,
            plan_import,
        )

        account = self._loader.load_at(account_id).account.state
        plan = plan_import(
            content,
            rules,
            account_id=account_id,
            currency=account.currency,
            opened_at=account.opened_at,
        )
        if on_plan:
            on_plan(plan)
        report = StatementReport(account_id, account.currency, skipped=len(plan.skipped))
        try:
            with self._bulk():
                for outcome in carry_out(
                    plan,
                    report,
                    is_done=lambda key: self._store.key_record(key) is not None,
                    execute=lambda each: self.execute(each.command, idempotency_key=each.key),
                    continue_on_error=continue_on_error or dry_run,
                ):
                    if on_outcome:
                        on_outcome(outcome)
                if dry_run:
                    raise NothingIsKept
        except NothingIsKept:
            return report
        self._delivery.publish_rest()
        return report

    def import_events(self, lines: Iterable[bytes]) -> ImportReport:
        """Append a log in the export format or the older world's; see `Importer.run`."""
        from ledger.exchange.log_files import Importer

        importer = Importer(
            self._store, self._clock, self._loader, snapshot_interval=self._snapshot_interval
        )
        with self._store.transaction():
            start = self._store.head().position
            report = importer.run(lines, self._run_context())
            self._delivery.catch_up()
        if self._subscribers:
            imported = self._store.read_all(after_position=start, to_position=report.head_position)
            self._delivery.publish(list(imported))
        return report
