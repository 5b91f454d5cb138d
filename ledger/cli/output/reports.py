"""Reports, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output.counted import left_out, listed
from ledger.cli.output.documents import Document, instant
from ledger.cli.output.tables import Cell, Column, money_cell, show_line, show_origin, show_table
from ledger.domain.money import format_minor_units
from ledger.queries.reports.groupings import TAG, Grouping
from ledger.queries.reports.lines import Report, ReportLine

_FIGURES: Final = (
    "currency",
    "opening_balance",
    "initial_balances",
    "in",
    "out",
    "transfers",
    "closing_balance",
    "entries",
)
_INDENT: Final = "  "


def document(found: Report) -> Document:
    """What JSON shows."""
    return {
        "accounts": list(found.accounts.ids),
        "prefixes": list(found.accounts.prefixes),
        "by": list(found.by),
        "from": instant(found.from_us),
        "to": instant(found.to_us),
        "as_of": instant(found.as_of_us),
        "known_at": instant(found.known_us),
        "periods_until": instant(found.periods_until_us),
        "rows": [row(found, line) for line in found.rows],
        "subtotals": [
            row(found, line) for line in found.lines if 0 < len(line.path) < len(found.by)
        ],
        "totals": [row(found, line) for line in found.totals],
        "head": found.head.short,
        "known_position": found.known_position,
        "left_out": found.left_out,
    }


def columns(found: Report) -> tuple[str, ...]:
    """The columns of a row for programs."""
    return (*found.by, *_FIGURES)


def row(found: Report, line: ReportLine) -> Document:
    """A group: what it is called, by what the report is by, and its figures."""

    def text(minor_units: int | None) -> str | None:
        return None if minor_units is None else format_minor_units(minor_units, line.decimals)

    return {
        **dict(zip(found.by, line.path, strict=False)),
        "currency": line.currency,
        "opening_balance": text(line.opening_balance_minor),
        "initial_balances": text(line.initial_minor),
        "in": text(line.in_minor),
        "out": text(line.out_minor),
        "transfers": text(line.transfers_minor),
        "closing_balance": text(line.closing_balance_minor),
        "entries": line.entries,
    }


# ── for people ──────────────────────────────────────────────────────────────────────────────────


def show_report(env: Environment, found: Report) -> None:
    """A table for each currency, with what is below a group indented, and the total at its end."""
    if not found.lines:
        env.note("no accounts" if found.accounts.is_all else "no accounts then")
        return
    show_line(env, Cell(_accounts(found), "bold"), Cell(f"  {_period(env, found)}", "dim"))
    for place, (_, lines) in enumerate(
        groupby(found.lines, key=lambda line: (line.currency, line.decimals))
    ):
        if place:
            env.write("\n")
        _show_block(env, found, list(lines))
    if found.left_out:
        show_line(env, Cell(f"({left_out(found.left_out)})", "dim"))
    if found.periods_until_us is not None:
        until = env.table_time(found.periods_until_us)[:10]
        words = f"(periods after {until} are not shown: nothing has happened in them yet)"
        show_line(env, Cell(words, "dim"))
    show_origin(env)


def _accounts(found: Report) -> str:
    if found.accounts.is_all:
        return "all accounts"
    names = [*found.accounts.ids, *(f"{each}…" for each in found.accounts.prefixes)]
    return f"account{'s' if found.accounts.prefixes or names[1:] else ''} {listed(sorted(names))}"


def _period(env: Environment, found: Report) -> str:
    known = "" if found.known_position is None else f" (up to change {found.known_position})"
    ends = [
        f"{word} {env.table_time(moment).removesuffix(of_a_day)}{more}"
        for word, moment, of_a_day, more in (
            ("from", found.from_us, " 00:00:00", ""),
            ("to", found.to_us, " 23:59:59", ""),
            ("as of", found.as_of_us, " 23:59:59", ""),
            ("known at", found.known_us, " 23:59:59", known),
        )
        if moment is not None
    ]
    return ", ".join(ends) or "all entries"


def _show_block(env: Environment, found: Report, lines: list[ReportLine]) -> None:
    total, groups = lines[0], _without_nothing(found, lines[1:])
    initial = any(line.initial_minor for line in lines)
    transfers = any(line.transfers_minor for line in lines)
    named = ", ".join(each.removeprefix(TAG) for each in found.by).capitalize()
    heads = [
        Column(named, words=True, ids=_never_cut(found, groups)),
        Column("Opening", number=True),
    ]
    heads += [Column("Initial", number=True)] if initial else []
    heads += [Column("In", number=True), Column("Out", number=True)]
    heads += [Column("Transfers", number=True)] if transfers else []
    heads += [Column(f"Closing {total.currency}", number=True)]

    def cells(line: ReportLine, name: str, style: str) -> Iterator[Cell]:
        yield Cell(name, style)
        yield _balance(env, line.opening_balance_minor, line.decimals)
        if initial:
            yield _moved(env, line.initial_minor, line.decimals)
        yield _moved(env, line.in_minor, line.decimals)
        yield _moved(env, line.out_minor, line.decimals)
        if transfers:
            yield _moved(env, line.transfers_minor, line.decimals, signed=True)
        yield _balance(env, line.closing_balance_minor, line.decimals)

    def drawn() -> Iterable[list[Cell]]:
        for line in groups:
            depth = len(line.path) - 1
            name = line.path[-1]
            if name is None:
                name = f"(no {found.by[depth].removeprefix(TAG)})"
            outer = "bold" if len(found.by) > 1 and not depth else ""
            yield list(cells(line, _INDENT * depth + name, outer))
        yield list(cells(total, "total", "bold"))

    show_table(env, heads, drawn())


def _without_nothing(found: Report, groups: list[ReportLine]) -> list[ReportLine]:
    """The lines without those below a tag in which nothing came in or went out, nor moved in any
    that is below them: both sides of a transfer, most of the time."""
    kept: list[ReportLine] = []
    deepest = 0  # of those just before it, going backwards, that are kept
    for line in reversed(groups):
        depth = len(line.path)
        moved = (line.initial_minor, line.in_minor, line.out_minor, line.transfers_minor)
        if line.opening_balance_minor is not None or any(moved) or depth < deepest:
            kept.append(line)
            deepest = depth
    return kept[::-1]


def _never_cut(found: Report, groups: Iterable[ReportLine]) -> set[str]:
    """Names of groups that are ids or periods."""
    return {
        line.path[-1]
        for line in groups
        if line.path[-1] is not None and not Grouping(found.by[len(line.path) - 1]).tag
    } | {"total"}


def _balance(env: Environment, minor_units: int | None, decimals: int) -> Cell:
    return Cell("") if minor_units is None else money_cell(env, minor_units, decimals)


def _moved(env: Environment, minor_units: int, decimals: int, *, signed: bool = False) -> Cell:
    if not minor_units:
        return Cell(format_minor_units(0, decimals), "dim")
    return money_cell(env, minor_units, decimals, signed=signed)
