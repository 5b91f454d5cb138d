"""Balances: one, several in a table, or added up as a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output.answer import answer
from ledger.cli.output.documents import Document, instant
from ledger.cli.output.knowledge import known_at
from ledger.cli.output.tables import Cell, Column, money_cell, show_line, show_origin, show_table
from ledger.domain.money import format_minor_units
from ledger.queries.balance_tree import BranchBalance, added_up, totals
from ledger.queries.balances import BalanceReport

_BRANCH: Final = (
    "path",
    "depth",
    "balance",
    "currency",
    "accounts",
    "own_balance",
    "as_of",
    "known_at",
    "known_position",
)
_INDENT: Final = "  "


def show_balance(env: Environment, report: BalanceReport) -> None:
    """What one account holds, on a line."""
    show_line(env, Cell(env.amount(str(report.balance)), "bold"), Cell(_point(env, report), "dim"))
    show_origin(env)


def show_balances(env: Environment, reports: Sequence[BalanceReport]) -> None:
    """What accounts hold, and what they hold together."""
    if not reports:
        env.note("no open accounts")
        return
    _show_point(env, reports[0])
    show_table(
        env,
        (Column("Account"), Column("Balance", number=True), Column("")),
        (
            (
                Cell(report.account_id, "bold"),
                money_cell(env, report.balance_minor, report.decimals),
                report.currency,
            )
            for report in reports
        ),
        caption=_total(env, reports),
    )
    show_origin(env)


def answer_tree(env: Environment, reports: Sequence[BalanceReport]) -> None:
    """Answer with what accounts hold, added up by the parts of their ids."""
    branches = added_up(reports)
    found = map(_branch, branches)
    answer(
        env,
        document=lambda: list(found),
        rows=found,
        columns=_BRANCH,
        person=lambda: _show_tree(env, reports, branches),
    )


def _show_tree(
    env: Environment, reports: Sequence[BalanceReport], branches: Sequence[BranchBalance]
) -> None:
    if not reports:
        env.note("no open accounts")
        return
    _show_point(env, reports[0])
    show_table(
        env,
        (
            Column("Account"),
            Column("Balance", number=True),
            Column(""),
            Column("Accounts", number=True),
        ),
        _tree_rows(env, branches),
        caption=_total(env, reports),
    )
    show_origin(env)


def _tree_rows(
    env: Environment, branches: Sequence[BranchBalance]
) -> Iterator[tuple[Cell | str, ...]]:
    """A row for each branch and currency, and then for what the account of its very name holds."""
    for path, same_path in groupby(branches, key=attrgetter("path")):
        in_each = list(same_path)
        indent = _INDENT * in_each[0].depth
        label = f"{indent}{path.rpartition(':')[2] or path}"
        for branch in in_each:
            balance = money_cell(env, branch.balance_minor, branch.decimals)
            yield Cell(label, "bold"), balance, branch.currency, str(branch.accounts)
            label = ""
        if sum(branch.accounts for branch in in_each) == 1:
            continue
        for branch in in_each:
            own = branch.own_balance_minor
            if own is not None:
                balance = money_cell(env, own, branch.decimals)
                yield f"{indent}{_INDENT}(itself)", balance, branch.currency, "1"


def _branch(branch: BranchBalance) -> Document:
    own = branch.own_balance_minor
    return {
        "path": branch.path,
        "depth": branch.depth,
        "balance": format_minor_units(branch.balance_minor, branch.decimals),
        "currency": branch.currency,
        "accounts": branch.accounts,
        "own_balance": None if own is None else format_minor_units(own, branch.decimals),
        "as_of": instant(branch.as_of_us),
        "known_at": instant(branch.known_us),
        "head": branch.head.short,
        "known_position": branch.known_position,
    }


def _total(env: Environment, reports: Sequence[BalanceReport]) -> str:
    return f"total: {', '.join(env.amount(str(total)) for total in totals(reports))}"


def _show_point(env: Environment, report: BalanceReport) -> None:
    """What the balances of a table are of, on a line of its own, where it is not now."""
    words = _point(env, report)
    if words:
        show_line(env, Cell(words.lstrip(), "dim"))


def _point(env: Environment, report: BalanceReport) -> str:
    words = ""
    if report.as_of_us is not None:
        words += f" as of {env.table_time(report.as_of_us)}"
    if report.known_us is not None:
        words += f" {known_at(env, report.known_us, report.known_position)}"
    return words
