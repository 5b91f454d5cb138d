"""The statements of several accounts, given one by one: none is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output import documents
from ledger.cli.output.answer import ENTRY, write_array
from ledger.cli.output.counted import counted
from ledger.cli.output.documents import Document
from ledger.cli.output.rows import write_csv, write_tsv
from ledger.cli.output.tables import Cell, Column, money_cell, show_line, show_origin, show_table
from ledger.cli.streams import Format
from ledger.domain.money import format_minor_units
from ledger.queries.several_statements import PeriodTotal, Statements
from ledger.queries.statements import Statement

STATEMENT_ENTRY: Final = (*ENTRY, "account_id")
_TOTALS: Final = (
    Column("Total"),
    Column("Opening", number=True),
    Column("In", number=True),
    Column("Out", number=True),
    Column("Closing", number=True),
    Column(""),
)


def rows_of(statements: Iterable[Statement]) -> Iterator[Document]:
    """The entries of statements, each with its account and the currency of its amounts."""
    for found in statements:
        of_account = {"account_id": found.account_id, "currency": found.currency}
        for entry in found.entries:
            yield documents.history_entry(entry) | of_account


def answer_statements(env: Environment, statements: Statements, more: Sequence[str]) -> None:
    """Answer with each as it is made.

    Args:
        more: the names of columns that the tables are to have as well.
    """
    match env.shown_as:
        case Format.JSON:
            write_array(env, map(documents.statement, statements))
        case Format.CSV:
            write_csv(env, rows_of(statements), STATEMENT_ENTRY)
        case Format.PLAIN:
            write_tsv(env, rows_of(statements), STATEMENT_ENTRY)
        case Format.TABLE:
            with env.paged():
                _show(env, statements, more)


def _show(env: Environment, statements: Statements, more: Sequence[str]) -> None:
    from ledger.cli.output.statements import draw_statement

    shown = False
    for found in statements:
        if shown:
            env.write("\n")
        draw_statement(env, found, more)
        shown = True
    if not shown:
        env.note("none of the accounts was open in the period")
        return
    totals = statements.totals
    if sum(total.accounts for total in totals) > 1:
        env.write("\n")
        _show_totals(env, totals)
    show_origin(env)


def _show_totals(env: Environment, totals: Sequence[PeriodTotal]) -> None:
    show_table(
        env,
        _TOTALS,
        (
            (
                Cell(counted(total.accounts, "account"), "bold"),
                *(
                    money_cell(env, minor_units, total.decimals)
                    for minor_units in (
                        total.opening_balance_minor,
                        total.total_in_minor,
                        total.total_out_minor,
                        total.closing_balance_minor,
                    )
                ),
                total.currency,
            )
            for total in totals
        ),
    )
    moved = [
        f"{env.amount(format_minor_units(total.between_minor, total.decimals))} {total.currency}"
        for total in totals
        if total.between_minor
    ]
    if moved:
        words = f"({', '.join(moved)} moved between these accounts: neither in nor out)"
        show_line(env, Cell(words, "dim"))
