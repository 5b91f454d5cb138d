"""Importing what a file says into the accounts of a ledger, after it was planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict, Unpack

from msgspec.structs import replace

from ledger.bank_statements.agreement import agreement_of, check_expected
from ledger.bank_statements.bank_accounts import mapped, only_one
from ledger.bank_statements.cells.amounts import currency_mismatch
from ledger.bank_statements.importing import Outcome, StatementReport, carry_out, check_decided
from ledger.bank_statements.matching.recorded_entries import RecordedEntry
from ledger.bank_statements.matching.similar_entries import Decisions
from ledger.bank_statements.planning import Into, Plan, plan_import
from ledger.bank_statements.reading import read_statements
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.statement import Statement
from ledger.commands.bulk import BulkHandler
from ledger.commands.context import Context
from ledger.commands.handler import CommandHandler
from ledger.commands.repository import AccountRepository
from ledger.errors import InvalidLine, PlanOutdated
from ledger.eventstore.store import EventStore
from ledger.times.book_zone import BookZone


class How(TypedDict, total=False):
    """How plans are carried out.

    Attributes:
        continue_on_error: carry out what the account takes, and report what it refuses.
        dry_run: try all of it, report what is refused, and keep nothing.
        expected_balance: a decimal; the account's at the end of the statement's last day.
        on_outcome: called for each entry; nothing is committed yet then.
    """

    continue_on_error: bool
    dry_run: bool
    expected_balance: str | None
    on_outcome: Callable[[Outcome], None] | None


class StatementImporter:
    """Plans and carries out the imports of statements into one ledger.

    Args:
        bulk: carries out commands in one transaction.
        handler: decides each of them.
        context: of the commands.
    """

    def __init__(
        self,
        store: EventStore,
        repository: AccountRepository,
        bulk: BulkHandler,
        handler: CommandHandler,
        book_zone: BookZone,
        context: Context,
    ) -> None:
        self._store = store
        self._repository = repository
        self._bulk = bulk
        self._handler = handler
        self._book_zone = book_zone
        self._context = context

    def plans(
        self,
        accounts: str | Mapping[str, str],
        content: bytes,
        rules: StatementFormat,
        decisions: Decisions,
    ) -> list[Plan]:
        """Plan the import of a file; see `ledger.ledger.Ledger.plan_statement`."""
        return self._planned(self._read(accounts, content, rules), decisions)

    def import_file(
        self,
        accounts: str | Mapping[str, str],
        content: bytes,
        rules: StatementFormat,
        decisions: Decisions,
        *,
        on_plan: Callable[[Plan], None] | None,
        **how: Unpack[How],
    ) -> list[StatementReport]:
        """Plan the import of a file and carry it out, with nobody writing in between."""
        statements = self._read(accounts, content, rules)

        def plans() -> list[Plan]:
            planned = self._planned(statements, decisions)
            if on_plan is not None:
                for plan in planned:
                    on_plan(plan)
            return planned

        return self._carried_out(plans, **how)

    def carry_out(self, plans: Sequence[Plan], **how: Unpack[How]) -> list[StatementReport]:
        """Carry out plans in one transaction; see `ledger.ledger.Ledger.import_plans`."""

        def checked() -> Sequence[Plan]:
            head = self._store.head()
            if any(plan.head != head for plan in plans):
                raise PlanOutdated(
                    "something was recorded after the statement was compared with the ledger",
                    advice="compare it once more",
                )
            return plans

        return self._carried_out(checked, **how)

    def _carried_out(
        self, plans: Callable[[], Sequence[Plan]], **how: Unpack[How]
    ) -> list[StatementReport]:
        on_outcome, expected = how.get("on_outcome"), how.get("expected_balance")
        dry_run = how.get("dry_run", False)
        reports = []
        with self._bulk.transaction(keep=not dry_run):
            for plan in (planned := plans()):
                check_decided(plan)
                check_expected(plan, expected)
                report = StatementReport.of(plan)
                for outcome in carry_out(
                    plan,
                    report,
                    execute=lambda command: self._handler.handle(command, self._context),
                    continue_on_error=how.get("continue_on_error", False) or dry_run,
                ):
                    if on_outcome:
                        on_outcome(outcome)
                reports.append(report)
            self._bulk.append()
            for plan, report in zip(planned, reports, strict=True):
                report.agreement = agreement_of(plan, self._repository, self._book_zone, expected)
        return reports

    def _read(
        self, accounts: str | Mapping[str, str], content: bytes, rules: StatementFormat
    ) -> list[tuple[Statement, str]]:
        """The statements of a file, each with the account that it is imported into."""
        names = [accounts] if isinstance(accounts, str) else list(accounts.values())
        first, *others = [self._into(name) for name in names]
        for other in others:
            if other.currency != first.currency:
                raise currency_mismatch(
                    f"account {first.account_id}",
                    first.currency,
                    other.currency,
                    f"account {other.account_id}",
                    account_id=other.account_id,
                )
        try:
            statements = read_statements(content, rules, first.currency, first.decimals)
        except InvalidLine as question:  # whose numbers these are, which a map says
            column = question.details.get("column")
            asks_whose = question.details.get("rule") == "own_account" and column
            if isinstance(accounts, str) or not asks_whose:
                raise
            rules = replace(rules, own_account=column)
            statements = read_statements(content, rules, first.currency, first.decimals)
        if isinstance(accounts, str):
            return [(only_one(statements), accounts)]
        return mapped(statements, accounts)

    def _planned(
        self, statements: Sequence[tuple[Statement, str]], decisions: Decisions
    ) -> list[Plan]:
        """The plans in their order, each as if those before it were carried out already."""
        plans: list[Plan] = []
        coming: dict[str, list[RecordedEntry]] = {}
        for statement, account_id in statements:
            into = self._into(account_id)
            if statement.currency not in (None, into.currency):
                raise currency_mismatch(
                    "the statement",
                    str(statement.currency),
                    into.currency,
                    f"account {account_id}",
                    account_id=account_id,
                )
            plan = plan_import(
                statement,
                into,
                store=self._store,
                book_zone=self._book_zone,
                decisions=decisions,
                coming=coming,
            )
            plans.append(plan)
            for account, entries in plan.coming.items():
                coming.setdefault(account, []).extend(entries)
        return plans

    def _into(self, account_id: str) -> Into:
        state = self._repository.load_at(account_id).account.state
        return Into(
            account_id,
            state.currency,
            state.decimals,
            state.balance,
            state.initial_balance,
            state.opened_at,
        )
