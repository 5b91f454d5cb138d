"""Bringing in what others have recorded, and giving out what is recorded here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Unpack

from ledger.api.wiring import Wired
from ledger.commands.context import IMPORT
from ledger.eventstore.store import Erases

if TYPE_CHECKING:
    from ledger.bank_statements.importer import How, StatementImporter
    from ledger.bank_statements.importing import StatementReport
    from ledger.bank_statements.matching.similar_entries import Decisions
    from ledger.bank_statements.planning import Plan
    from ledger.bank_statements.rules.statement_format import StatementFormat
    from ledger.commands.arguments import TimeLike
    from ledger.exchange.exports import Exported, Out
    from ledger.exchange.restoring import ImportReport


class Importing(Wired):
    """Statements of banks in, logs in and out, and what others read out."""

    def plan_statement(
        self,
        accounts: str | Mapping[str, str],
        content: bytes,
        rules: StatementFormat | None = None,
        decisions: Decisions | None = None,
    ) -> list[Plan]:
        """Plan the import of a bank's file, a plan for each account; nothing is written.

        Args:
            accounts: the account that the file belongs to, or several by the bank's own numbers.
            content: of the file.
            rules: how to read it; what they leave open is inferred.
            decisions: about entries that may be there already; by default none is decided.

        Raises:
            InvalidInput: the file cannot be read; the line is named.
            CurrencyMismatch: it is in another currency than the account.
        """
        from ledger.bank_statements.matching.similar_entries import Decisions
        from ledger.bank_statements.rules.statement_format import StatementFormat

        return self._statements().plans(
            accounts, content, rules or StatementFormat(), decisions or Decisions()
        )

    def import_plans(self, plans: Sequence[Plan], **how: Unpack[How]) -> list[StatementReport]:
        """Carry out what `plan_statement` planned, in one transaction.

        Args:
            plans: as `plan_statement` gave them.
            how: see `ledger.bank_statements.importer.How`.

        Raises:
            PlanOutdated: something was recorded since.
            UndecidedEntry: an entry may be there already, and nobody decided.
            ConfirmationDiffers: another balance was expected.
            RuleViolation: the account refuses an entry; its line is named, and nothing has changed.
        """
        return self._statements().carry_out(plans, **how)

    def import_statement(
        self,
        account_id: str,
        content: bytes,
        rules: StatementFormat | None = None,
        decisions: Decisions | None = None,
        *,
        on_plan: Callable[[Plan], None] | None = None,
        **how: Unpack[How],
    ) -> StatementReport:
        """Plan the import of a bank's file into an account, and carry it out at once.

        The same statement again, or another one that overlaps it, adds nothing twice; see
        `ledger.bank_statements.matching.deduplication`. Arguments and errors are those of
        `plan_statement` and `import_plans`.

        Args:
            account_id: the account that the file belongs to.
            content: of the file.
            rules: how to read it; what they leave open is inferred.
            decisions: about entries that may be there already; by default none is decided.
            on_plan: called once the statement is read, before anything is tried.
            how: see `ledger.bank_statements.importer.How`.
        """
        from ledger.bank_statements.matching.similar_entries import Decisions
        from ledger.bank_statements.rules.statement_format import StatementFormat

        (report,) = self._statements().import_file(
            account_id,
            content,
            rules or StatementFormat(),
            decisions or Decisions(),
            on_plan=on_plan,
            **how,
        )
        return report

    def import_events(self, lines: Iterable[bytes]) -> ImportReport:
        """Append a log in the export format or the older world's; see `Importer.run`.

        Args:
            lines: of the log, as bytes.

        Raises:
            InvalidInput: a line cannot be read, or is no event of such a log; nothing was added.
        """
        from ledger.exchange.log_files import Importer

        importer = Importer(
            self._store, self._repository, snapshot_interval=self._snapshot_interval
        )
        with self._store.transaction():
            start = self._store.head().position
            report = importer.run(lines, self._run_context(IMPORT))
            self._dispatcher.catch_up()
        if report.erased and isinstance(self._store, Erases):
            self._store.scrub()
        if self._subscribers:
            imported = self._store.read_all(after_position=start, to_position=report.head_position)
            self._dispatcher.publish(list(imported))
        return report

    def export_events(self, *, to_position: int | None = None) -> Iterator[bytes]:
        """The log in the export format, line by line without line ends; see `export_lines`.

        Args:
            to_position: the last position to export; all if left out.
        """
        from ledger.exchange.log_files import export_lines

        return export_lines(self._store, to_position)

    def export(
        self,
        format: str,
        out: Out,
        *,
        accounts: str | Iterable[str] = (),
        from_time: TimeLike = None,
        to_time: TimeLike = None,
        group_digits: bool = False,
    ) -> Exported:
        """Write accounts over a period in another format, all of one state of the ledger.

        Args:
            format: its name, such as ``html``; see `ledger.exchange.exports.FORMATS`.
            out: what it is written to, as text.
            accounts: ids, and prefixes such as ``club:``; none for all accounts.
            from_time, to_time: both ends belong to the period; left out, it has no such end.
            group_digits: whether a page shows amounts as 1 234 567.89.

        Raises:
            InvalidOption: there is no such format, or the period ends before it begins.
            MissingPackage: what the format needs is not installed.
            NoSuchAccount: there is none of an id, or none below a prefix.
        """
        write = self.prepare_export(
            format,
            accounts=accounts,
            from_time=from_time,
            to_time=to_time,
            group_digits=group_digits,
        )
        return write(out)

    def prepare_export(
        self,
        format: str,
        *,
        accounts: str | Iterable[str] = (),
        from_time: TimeLike = None,
        to_time: TimeLike = None,
        group_digits: bool = False,
    ) -> Callable[[Out], Exported]:
        """Like `export`, but give what writes it, for whoever opens a file only if it can be.

        Args:
            format: its name, such as ``html``; see `ledger.exchange.exports.FORMATS`.
            accounts: ids, and prefixes such as ``club:``; none for all accounts.
            from_time, to_time: both ends belong to the period; left out, it has no such end.
            group_digits: whether a page shows amounts as 1 234 567.89.

        Raises:
            InvalidOption: there is no such format, or the period ends before it begins.
            MissingPackage: what the format needs is not installed.
            NoSuchAccount: there is none of an id, or none below a prefix.
        """
        from ledger.exchange.exports import extract, writer

        write = writer(format)
        times = self._source.times
        with self._store.transaction(read_only=True):
            begins, ends = times.period_start(from_time), times.period_end(to_time)
            chosen = (accounts,) if isinstance(accounts, str) else accounts
            part = extract(self._source, chosen, begins, ends, group_digits=group_digits)
        return lambda out: write(part, out)

    def _statements(self) -> StatementImporter:
        from ledger.bank_statements.importer import StatementImporter

        return StatementImporter(
            self._store,
            self._repository,
            self._bulk(),
            self._handler,
            self._source.times.zone,
            self._run_context(IMPORT),
        )
