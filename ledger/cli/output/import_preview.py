"""What an import is going to do, before somebody agrees to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from typing import Final

from ledger.bank_statements.planning import Plan, PlannedCommand
from ledger.cli.output.counted import counted
from ledger.cli.output.import_progress import is_taken_for_another, told_taken
from ledger.cli.output.text_widths import cut, width_of
from ledger.domain.money import format_minor_units
from ledger.visible import visible

_ROWS: Final = 10
_TOLD: Final = 10
"""Lines that are left out, and entries that count as others, that are told one by one."""


def preview(file: str, plan: Plan) -> Iterator[str]:
    """The lines that show a plan to a person."""
    into, new = plan.into, plan.new
    there = len(plan.commands) - len(new)
    yield (
        f"{visible(file)} into {into.account_id}: {counted(len(new), 'new entry')}"
        + (f", {there} there already" if there else "")
        + (f", {len(plan.skipped)} left out" if plan.skipped else "")
    )
    for note in plan.notes:
        yield f"note: {visible(note)}"
    yield from _told(
        [f"line {each.line} is left out: {visible(each.reason)}" for each in plan.skipped],
        "lines are left out",
    )
    yield from _told(
        [
            f"line {each.line}: {told_taken(each)}"
            for each in plan.commands
            if is_taken_for_another(each)
        ],
        "entries count as others",
    )
    if not new:
        return
    yield from _table(plan, new)
    money_in = sum(each.amount_minor for each in new if each.amount_minor > 0)
    money_out = sum(-each.amount_minor for each in new if each.amount_minor < 0)
    after = into.balance_minor + money_in - money_out
    shown_in, shown_out, before, then = (
        format_minor_units(each, into.decimals)
        for each in (money_in, money_out, into.balance_minor, after)
    )
    yield f"in {shown_in}, out {shown_out} {into.currency}"
    yield f"{into.account_id} holds {before} {into.currency} now, {then} {into.currency} after it"
    closing = plan.closing
    if closing is not None:
        on = "" if closing.day is None else f" on {closing.day}"
        stated = format_minor_units(closing.amount_minor, into.decimals)
        yield f"the bank's balance{on} is {stated} {into.currency}"


def entry_line(plan: Plan, planned: PlannedCommand) -> str:
    """An entry of a statement in a line of its own."""
    amount = _signed(planned, plan.into.decimals)
    text = visible(planned.entry.description)
    return f"line {planned.line}: {planned.entry.moment}  {amount}  {text}".rstrip()


def _table(plan: Plan, new: Sequence[PlannedCommand]) -> Iterator[str]:
    width = shutil.get_terminal_size().columns
    shown = new[:_ROWS]
    rows = [
        (str(each.entry.moment), _signed(each, plan.into.decimals), _words(each)) for each in shown
    ]
    dates = max(len("Date"), *(len(date) for date, _, _ in rows))
    amounts = max(len("Amount"), *(len(amount) for _, amount, _ in rows))
    room = max(width - dates - amounts - 4, 20)
    yield f"{'Date':{dates}}  {'Amount':>{amounts}}  Description"
    for date, amount, text in rows:
        fitting = text if width_of(text) <= room else cut(text, room, "…")
        yield f"{date:{dates}}  {amount:>{amounts}}  {fitting}".rstrip()
    if len(new) > len(shown):
        yield f"and {len(new) - len(shown)} more"


def _words(planned: PlannedCommand) -> str:
    entry = planned.entry
    text = visible(entry.description)
    if entry.transfer_with and not planned.comparison.has_other_side:
        direction = "to" if planned.amount_minor < 0 else "from"
        text = f"[transfer {direction} {entry.transfer_with}] {text}"
    return text + "".join(f" #{key}={value}" for key, value in entry.tags.items())


def _signed(planned: PlannedCommand, decimals: int) -> str:
    sign = "+" if planned.amount_minor > 0 else ""
    return sign + format_minor_units(planned.amount_minor, decimals)


def _told(lines: Sequence[str], what: str) -> Iterator[str]:
    yield from lines[:_TOLD]
    if len(lines) > _TOLD:
        yield f"and {len(lines) - _TOLD} more {what}"
