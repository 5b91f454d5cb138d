"""The entries that were found, in every format: written as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

import msgspec

from ledger.cli.completion_of_entries import groups
from ledger.cli.environment import Environment
from ledger.cli.mistyped import nearest
from ledger.cli.output.answer import write_array
from ledger.cli.output.counted import counted, left_out, listed
from ledger.cli.output.documents import Document
from ledger.cli.output.extra_columns import extra_cells, extra_columns
from ledger.cli.output.notes import notes_of_terms, with_notes
from ledger.cli.output.rows import write_csv, write_tsv
from ledger.cli.output.tables import Cell, Column, money_cell, show_line, show_origin, show_table
from ledger.cli.streams import Format
from ledger.domain.instant import format_instant
from ledger.domain.money import format_minor_units
from ledger.ledger import Ledger
from ledger.queries.finding.found import Found, FoundEntry, Sums
from ledger.visible import visible

FOUND: Final = (
    "account_id",
    "version",
    "event_type",
    "amount",
    "currency",
    "description",
    "effective_at",
    "recorded_at",
    "counterparty",
    "tags",
    "receipts",
    "actor",
    "reverses",
    "reversed_by",
    "position",
)
_COLUMNS: Final = (
    Column("Date", time=True),
    Column("Account"),
    Column("#", number=True),
    Column("What", words=True),
    Column("Description", words=True),
    Column("Amount", number=True),
    Column(""),
)
_AT_ONCE: Final = 200
"""Entries that are written together."""


def show_found(env: Environment, ledger: Ledger, found: Found, more: Sequence[str] = ()) -> None:
    """Write the entries, and say what is good to know about them.

    Args:
        more: the names of columns that the table is to have as well.
    """
    entries = iter(found)
    match env.shown_as:
        case Format.JSON:
            write_array(env, map(document, entries), between=b",\n", at_once=_AT_ONCE)
        case Format.CSV:
            write_csv(env, map(document, entries), FOUND)
        case Format.PLAIN:
            write_tsv(env, map(document, entries), FOUND)
        case Format.TABLE:
            with env.paged():
                _draw(env, found, entries, more)
    if env.shown_as is not Format.TABLE and found.left_out:
        env.note(f"note: {left_out(found.left_out)}")
    _note_unknown(env, ledger, found)


def document(entry: FoundEntry) -> Document:
    """An entry as programs see it."""
    return {
        "account_id": entry.account_id,
        "version": entry.version,
        "event_type": entry.event_type,
        "amount": format_minor_units(entry.amount_minor, entry.decimals),
        "currency": entry.currency,
        "description": None if entry.erased else entry.description,
        "effective_at": format_instant(entry.effective_us),
        "recorded_at": format_instant(entry.recorded_us),
        "counterparty": entry.counterparty,
        "tags": entry.tags,
        "receipts": [msgspec.to_builtins(receipt) for receipt in entry.receipts],
        "actor": entry.actor,
        "reverses": entry.reverses,
        "reversed_by": entry.reversed_by,
        "position": entry.position,
    }


def _draw(
    env: Environment, found: Found, entries: Iterator[FoundEntry], more: Sequence[str]
) -> None:
    first = list(islice(entries, 1))
    if first:
        columns = (*_COLUMNS, *extra_columns(more))
        show_table(env, columns, (_cells(env, each, more) for each in chain(first, entries)))
        for sums in found.sums:
            initial = env.amount(format_minor_units(sums.initial_minor, sums.decimals))
            show_line(
                env,
                *(("opening balances ", Cell(initial, "bold"), ", ") if sums.initial_minor else ()),
                "in ",
                Cell(env.amount(format_minor_units(sums.total_in_minor, sums.decimals)), "bold"),
                ", out ",
                Cell(env.amount(format_minor_units(sums.total_out_minor, sums.decimals)), "bold"),
                f" {sums.currency}",
                Cell(f"  {counted(sums.count, 'entry')}", "dim"),
            )
        _show_moved(env, found.sums)
    elif not found.has_earlier:
        env.note("note: nothing was found")
    if found.has_earlier:
        show_line(env, Cell("(earlier entries are not shown)", "dim"))
    if found.left_out:
        show_line(env, Cell(f"({left_out(found.left_out)})", "dim"))
    show_origin(env)


def _show_moved(env: Environment, found: Sequence[Sums]) -> None:
    """Say what is neither in nor out, since both sides of a transfer are among the entries."""
    whole: list[str] = []
    for sums in found:
        sides = (sums.moved_in_minor, sums.moved_out_minor)
        came, went = (env.amount(format_minor_units(side, sums.decimals)) for side in sides)
        if sides[0] == sides[1]:
            whole += [f"{came} {sums.currency}"] if sides[0] else []
        else:
            words = f"(transfers between these accounts: {came} in, {went} out {sums.currency})"
            show_line(env, Cell(words, "dim"))
    if whole:
        words = f"({listed(whole)} moved between these accounts: neither in nor out)"
        show_line(env, Cell(words, "dim"))


def _cells(env: Environment, entry: FoundEntry, more: Sequence[str]) -> tuple[Cell | str, ...]:
    notes = notes_of_terms(entry)
    notes += [
        f"{words} {version}"
        for words, version in (("reverses", entry.reverses), ("reversed by", entry.reversed_by))
        if version is not None
    ]
    return (
        env.table_time(entry.effective_us)[:10],
        entry.account_id,
        str(entry.version),
        entry.what,
        with_notes(entry.description, notes),
        money_cell(env, entry.amount_minor, entry.decimals, signed=True),
        entry.currency,
        *extra_cells(env, more, entry.actor, entry.recorded_us),
    )


def _note_unknown(env: Environment, ledger: Ledger, found: Found) -> None:
    """Say which names no entry has, and what they may stand for."""
    if found.unknown_accounts:
        ids = ledger.account_ids()
        names = [*sorted(groups(ids)), *ids]
        for prefix in found.unknown_accounts:
            _note(env, f"no account starts with {prefix}", prefix, names)
    for kind, name, known in found.unknown:
        what = f"has the tag {name}" if kind == "tag" else f"was recorded by {name}"
        _note(env, f"no entry {what}", name, known)


def _note(env: Environment, said: str, wrong: str, names: Iterable[str]) -> None:
    near = nearest(wrong, list(names))
    question = f"; did you mean {' or '.join(near)}?" if near else ""
    env.note(visible(f"note: {said}{question}"))
