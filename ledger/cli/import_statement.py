"""``import``."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from ledger.bank_statements.decoding import LARGEST as LARGEST_STATEMENT
from ledger.bank_statements.importing import (
    ALREADY_THERE,
    IMPORTED,
    REFUSED,
    SKIPPED,
    Outcome,
    Plan,
    StatementReport,
)
from ledger.bank_statements.inference import infer_format
from ledger.bank_statements.rules_file import LARGEST as LARGEST_RULES
from ledger.bank_statements.rules_file import read_format
from ledger.bank_statements.statement_format import StatementFormat
from ledger.cli import retyped
from ledger.cli.completion import complete_account
from ledger.cli.environment import Environment
from ledger.cli.input_files import read_file
from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output import documents
from ledger.cli.output.changed_balances import ChangedBalances
from ledger.cli.output.documents import Document
from ledger.cli.output.visible import visible
from ledger.cli.streams import Format
from ledger.domain.money import format_minor_units
from ledger.errors import InvalidUsage, RuleViolation

commands = typer.Typer(rich_markup_mode=None)


@commands.command(
    "import",
    cls=LedgerCommand,
    epilog="""
    \b
    The rules are a TOML file; what it leaves out is guessed. A column is a
    name, or a number from 1. Amounts are in one column, in two, or beside a
    word for the direction (or several: ["Debit", "Fee"]); where they have no
    sign, money_out = "balance" takes the direction from the balances:
      amount = "Amount"             money_out = "negative" (or "positive")
      debit = "Paid out"            credit = "Paid in"
      direction = "D/C"             direction_out = "D"   direction_in = "C"
      decimal_mark = ","            thousands_mark = "."
      date = "Booking date"         date_format = "%d.%m.%Y"
      time_zone = "Europe/Berlin"   newest_first = true
      currency = "EUR"              currency_column = "Ccy"
      description = "{Payee}: {3}"  header = true
      balance = "Saldo"             own_account = "IBAN"
      time = "Time"                 id = "Transaction ID"
      fee = "Fee"                   (these five may be "" for none)
      skip_top = 4                  skip_bottom = 1
      encoding = "cp1252"           delimiter = ";"       quote = "'"

    \b
    Rows to leave out, and rows that are entries whatever they look like; a
    text stands for the whole cell, "" for an empty one, and between slashes
    is a regular expression:
      skip = {State = ["PENDING", "/^revert/"], "Completed Date" = ""}
      take = {Description = "Opening balance"}

    \b
    Tags, and transfers with accounts of the ledger, from a column or by a
    regular expression that is looked for in the description:
      tag_columns = {category = "Category"}
      [[tag]]
      match = "REWE|EDEKA"
      category = "food"
      [[transfer]]
      match = "SAVINGS"
      account = "club:savings"

    \b
    Examples:
      ledger import sample_data/bank_statement.csv --account acc-001
      ledger import sample_data/bank_statement.csv --show-rules > us.toml
      ledger import sample_data/bank_statement.csv --account acc-001 -r us.toml
      ledger import sample_data/bank_statement.csv --account acc-001 --dry-run
    """,
)
def import_statement(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A bank statement as CSV, or - for stdin.")
    ],
    account: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            help="The account that the statement belongs to.",
            autocompletion=complete_account,
            show_default=False,
        ),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option("--rules", "-r", metavar="FILE", help="How to read the statement: see below."),
    ] = None,
    show_rules: Annotated[
        bool, typer.Option("--show-rules", help="Print the rules it would be read by, and stop.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print what would be imported as lines for batch; write nothing."
        ),
    ] = False,
    continue_on_error: Annotated[
        bool,
        typer.Option("--continue-on-error", help="Import what is accepted, report what is not."),
    ] = False,
) -> int:
    """Import a bank statement as deposits and withdrawals: all of it, or nothing.

    Importing the same statement again, or one that overlaps it, adds nothing twice.
    """
    env = environment(ctx)
    given = StatementFormat()
    if rules is not None:
        given = read_format(read_file(rules, LARGEST_RULES), rules)
    content = read_file(file, LARGEST_STATEMENT)
    if show_rules:
        currency = None if account is None else _currency(env, account)
        env.write(infer_format(content, given, currency).kept.to_toml())
        return 0
    if account is None:
        raise InvalidUsage(
            "name the account that the statement belongs to", advice="add --account ACCOUNT"
        )
    progress = ImportProgress(env, file, dry_run=dry_run)
    with env.ledger() as ledger:
        report = ledger.import_statement(
            account,
            content,
            given,
            continue_on_error=continue_on_error,
            dry_run=dry_run,
            on_plan=progress.plan,
            on_outcome=progress.outcome,
        )
    return progress.end(report)


class ImportProgress:
    """Reports one import.

    Nothing is committed before the last entry, so nothing is acknowledged before it either.
    """

    def __init__(self, env: Environment, file: str, *, dry_run: bool) -> None:
        self._env = env
        self._file = file
        self._dry_run = dry_run
        self._documents = env.shown_as is Format.JSON and not dry_run
        self._answers = bytearray()
        self._changed = ChangedBalances(env)

    def plan(self, plan: Plan) -> None:
        """Show what was guessed before it is used."""
        if self._documents:
            if plan.guessed:
                self._env.write_bytes(
                    _json_line(
                        {
                            "outcome": "rules",
                            "rules": plan.format.rules,
                            "guessed": plan.guessed,
                            "notes": plan.notes,
                        }
                    )
                )
            for skipped in plan.skipped:
                self._answer({"outcome": SKIPPED, "reason": skipped.reason, "line": skipped.line})
            return
        for note in plan.notes:
            self._env.note(f"# note: {visible(note)}")
        if plan.guessed:
            rules = "\n".join(map(visible, plan.format.to_toml().split("\n")))
            self._env.note(
                f"# guessed from {visible(self._file)}; to change a rule, save these as a file and "
                f"pass it with --rules\n{rules}"
            )
        for skipped in plan.skipped:
            self._env.note(f"line {skipped.line}: skipped, {visible(skipped.reason)}")

    def outcome(self, outcome: Outcome) -> None:
        """Keep the outcome of an entry for the end."""
        if outcome.result and outcome.kind == IMPORTED and not self._dry_run:
            self._changed.see(outcome.result)
        if self._dry_run:
            if outcome.kind != ALREADY_THERE:
                self._answers.extend(msgspec.json.encode(outcome.planned.command) + b"\n")
        elif self._documents:
            self._answer(_document(outcome))

    def end(self, report: StatementReport) -> int:
        """Print the answers and the summary, and return the exit status."""
        self._env.write_bytes(bytes(self._answers))
        if not self._documents:
            for outcome in report.refused:
                refusal = outcome.refusal
                assert refusal is not None
                refusal.show_times(self._env.show_end)
                self._env.say(f"{visible(refusal.message)} ({refusal.code})")
            for outcome in report.unsure:
                self._env.note(self._unsure(outcome))
        self._env.note(_summary(report, dry_run=self._dry_run))
        self._changed.tell()
        return RuleViolation.exit_status if report.refused else 0

    def _unsure(self, outcome: Outcome) -> str:
        """What to do about an entry that may not be there after all."""
        planned = outcome.planned
        command = planned.command
        return (
            f"line {planned.line}: taken for an entry of that date and amount that is there "
            f"already; {outcome.unsure}. If it is another one, record it: "
            + retyped.command(
                self._env, command.name, command.account, command.amount, "--at", str(command.at)
            )
        )

    def _answer(self, document: Document) -> None:
        self._answers.extend(_json_line(document))


def _currency(env: Environment, account: str) -> str:
    with env.ledger() as ledger:
        return ledger.balance(account).balance.currency


def _json_line(document: Document) -> bytes:
    return msgspec.json.encode(document, enc_hook=str) + b"\n"


def _document(outcome: Outcome) -> Document:
    """An entry's outcome for programs: what the single command prints, and the line."""
    done: Document = {}
    if outcome.kind == IMPORTED:
        assert outcome.result is not None
        done = documents.write_result(outcome.result)
    elif outcome.kind == REFUSED:
        assert outcome.refusal is not None
        done = documents.error(outcome.refusal)
    return {
        "outcome": outcome.kind,
        **done,
        "idempotency_key": outcome.planned.key,
        "line": outcome.planned.line,
        **({"unsure": outcome.unsure} if outcome.unsure else {}),
    }


def _summary(report: StatementReport, *, dry_run: bool) -> str:
    money_in, money_out = (
        format_minor_units(minor_units, report.decimals)
        for minor_units in (report.money_in, report.money_out)
    )
    return (
        f"{'would import' if dry_run else 'imported'} {report.imported} "
        f"(in {money_in}, out {money_out} {report.currency}), "
        f"already there {report.already_there}, refused {len(report.refused)}, "
        f"skipped {report.skipped}"
    )
