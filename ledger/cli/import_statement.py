"""``import``."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.bank_statements.matching.similar_entries import Decision, Decisions
from ledger.bank_statements.planning import Plan
from ledger.bank_statements.reading import rules_for
from ledger.bank_statements.rules.rules_file import LARGEST as LARGEST_RULES
from ledger.bank_statements.rules.rules_file import read_format
from ledger.bank_statements.rules.statement_format import StatementFormat
from ledger.bank_statements.text.decoding import LARGEST as LARGEST_STATEMENT
from ledger.cli import retyped
from ledger.cli.completion import complete_open_account
from ledger.cli.environment import Environment
from ledger.cli.input_files import read_file
from ledger.cli.options import LedgerCommand, environment
from ledger.cli.output.import_progress import ImportProgress
from ledger.errors import InvalidUsage, PlanOutdated
from ledger.visible import visible

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
      ledger import sample_data/bank_statement.csv --account acc-001 --yes
      ledger import sample_data/bank_statement.csv --show-rules > us.toml
      ledger import sample_data/bank_statement.csv --account acc-001 -r us.toml
      ledger import sample_data/bank_statement.csv --account acc-001 --dry-run
    """,
)
def import_statement(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A bank's file (CSV, OFX, camt, MT940, QIF), or - for stdin."
        ),
    ],
    account: Annotated[
        str | None,
        typer.Option(
            metavar="ACCOUNT",
            help="The account that the statement belongs to.",
            autocompletion=complete_open_account,
            show_default=False,
        ),
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="NUMBER=ACCOUNT",
            help="For a file of several accounts: which of the bank's is which; repeatable.",
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
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            "-y",
            help="Do not ask first; take what is guessed. Needed for that where there is no "
            "terminal to ask on.",
        ),
    ] = False,
    duplicates: Annotated[
        Decision,
        typer.Option(help="Entries that may be there already: ask, leave out, or record."),
    ] = Decision.ASK,
    transfers: Annotated[
        Decision,
        typer.Option(help="Entries that may be transfers that are there: the same choices."),
    ] = Decision.ASK,
    expect_balance: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT",
            help="What the bank says is left on the last day; refused if the ledger differs.",
        ),
    ] = None,
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
        env.write(rules_for(content, given, currency).to_toml())
        return 0
    accounts = _accounts(account, map_ or [])
    if expect_balance is not None and not isinstance(accounts, str) and len(accounts) > 1:
        raise InvalidUsage(
            "a balance can be expected of one account only",
            advice="import the accounts one after the other, or leave --expect-balance out",
        )
    progress = ImportProgress(env, file, dry_run=dry_run)
    decisions = Decisions(duplicates, transfers)
    may_ask = env.can_ask and not yes and not dry_run
    with env.ledger() as ledger:

        def plan(decided: Decisions) -> list[Plan]:
            return ledger.plan_statement(accounts, content, given, decided)

        while True:
            plans = plan(decisions)
            if may_ask:
                from ledger.cli.asked_import import AskedImport

                plans = AskedImport(env, file, progress).agreed(plans, decisions, plan)
            else:
                progress.plan(plans)
                if rules is None and not yes and not dry_run:
                    _check_not_guessed(env, file, plans)
            try:
                reports = ledger.import_plans(
                    plans,
                    continue_on_error=continue_on_error,
                    dry_run=dry_run,
                    expected_balance=expect_balance,
                    on_outcome=progress.outcome,
                )
                break
            except PlanOutdated:
                progress.begin_again()
    return progress.end(plans, reports)


def _accounts(account: str | None, mapped: list[str]) -> str | dict[str, str]:
    """The account that the file belongs to, or several by the bank's numbers."""
    if account is not None and mapped:
        raise InvalidUsage("--account and --map exclude each other", advice="leave one of them out")
    if account is not None:
        return account
    by_number: dict[str, str] = {}
    for each in mapped:
        number, equals, name = each.rpartition("=")
        if not (number and equals and name):
            raise InvalidUsage(
                f"--map {each!r} is not NUMBER=ACCOUNT",
                advice="write the bank's number of an account, = and the account's id",
            )
        if number in by_number:
            raise InvalidUsage(
                f"the bank's account {number} is named twice", advice="name it once with --map"
            )
        by_number[number] = name
    if not by_number:
        raise InvalidUsage(
            "name the account that the statement belongs to", advice="add --account ACCOUNT"
        )
    return by_number


def _check_not_guessed(env: Environment, file: str, plans: list[Plan]) -> None:
    """See that nothing was guessed where nobody can be asked.

    Raises:
        InvalidUsage: something was.
    """
    if not any(plan.guessed and plan.new for plan in plans):
        return
    raise InvalidUsage(
        f"how to read {visible(file)} was guessed, and there is no terminal to ask on; nothing was "
        "imported",
        advice=f"to take it as it was guessed: {retyped.typed_again(env, {}, '--yes')}; to see "
        f"that as rules, which can be saved: {retyped.typed_again(env, {}, '--show-rules')}",
    )


def _currency(env: Environment, account: str) -> str:
    with env.ledger() as ledger:
        return ledger.balance(account).balance.currency
