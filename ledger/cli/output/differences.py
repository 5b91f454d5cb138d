"""What two states say, drawn for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output.counted import counted
from ledger.cli.output.extra_columns import extra_cells, extra_columns
from ledger.cli.output.notes import with_notes
from ledger.cli.output.tables import (
    Cell,
    Column,
    money_cell,
    show_head,
    show_line,
    show_table,
)
from ledger.cli.retyped import command
from ledger.commands.corrected_entries import Elsewhere
from ledger.domain.money import format_minor_units
from ledger.queries.differences.difference import (
    AccountDifference,
    Change,
    Difference,
    Figure,
    Side,
    State,
)

_COLUMNS: Final = (
    Column("Account"),
    Column("#", number=True),
    Column("When", time=True),
    Column("What", words=True),
    Column("Amount", number=True),
    Column("Description", words=True),
)

_Row = tuple[Cell | str, ...]


def show_difference(env: Environment, found: Difference, more: Sequence[str] = ()) -> None:
    """The two states, what was locked between, and of each account how one figure led to the
    other.

    Args:
        more: the names of columns that the table is to have as well.
    """
    show_line(env, "from ", Cell(_named(env, found.before), "bold"))
    until = "" if found.as_of_us is None else f", as of {env.table_time(found.as_of_us)}"
    show_line(env, "to   ", Cell(_named(env, found.after), "bold"), until)
    for told in _relation(found):
        show_line(env, Cell(told, "dim"))
    for side, event in found.locks:
        until = "" if event.event.until is None else f" until {env.table_time(event.event.until)}"
        reason = f": {event.event.reason}" if event.event.reason else ""
        when = f"{env.table_time(event.recorded.recorded_at)} by {event.actor}{reason}"
        where = f" in {_short(found, side)}" if found.relation == "apart" else ""
        show_line(env, Cell(f"{event.event.label}{until}{where}, {when}", "yellow"))
    accounts = iter(found.accounts)
    first = next(accounts, None)
    if first is None:
        show_line(env, "no account differs")
    else:
        show_table(
            env,
            (*_COLUMNS, *extra_columns(more)),
            (_widened(row, more) for row in _rows(env, found, more, first, accounts)),
        )
    if found.left_out:
        one = found.left_out == 1
        words = (
            "entry that came and was reversed is"
            if one
            else "entries that came and were reversed are"
        )
        show_line(env, Cell(f"({found.left_out} {words} left out)", "dim"))
    show_head(env, found.after.head)
    if first is None:
        note_earlier_lock(env, found)


def _named(env: Environment, state: State) -> str:
    head = state.head
    if not head.position:
        return "before the first entry"
    where = "" if state.path is None else f"{state.path}, "
    time = head.recorded_us if state.time_us is None else state.time_us
    word = "recorded" if state.time_us is None else "known at"
    lock = "" if state.lock is None else f"the lock up to {_day(env, state.lock.until_us)}, "
    return f"{lock}{where}{head.short}, {word} {env.table_time(time)}"


def _day(env: Environment, until: int) -> str:
    """The end of a period: of a whole day its date, else the time itself."""
    return env.show_end(until).removeprefix("the end of ")


def _short(found: Difference, side: Side) -> str:
    state = found.before if side == "from" else found.after
    if state.path is not None:
        return state.path
    return "this ledger" if state.is_last else f"this ledger at {state.head.position}"


def note_earlier_lock(env: Environment, found: Difference) -> None:
    """Say how to see what changed since an earlier lock, where nothing has since this one."""
    lock = found.before.lock
    if lock is not None and lock.earlier_us is not None:
        again = command(env, "diff", "lock", "--as-of", _day(env, lock.earlier_us))
        env.note(f"note: to see what changed since an earlier lock: {again}")


def _relation(found: Difference) -> Iterator[str]:
    """How two files follow from each other; nothing where they are one."""
    if found.before.path == found.after.path:
        return
    one, other = _short(found, "from"), _short(found, "to")
    common = found.common.position
    only_one, only_other = found.before.head.position - common, found.after.head.position - common
    for name, more, less in ((one, only_one, other), (other, only_other, one)):
        if more:
            yield f"{name} has {counted(more, 'change')} that {less} does not have"
        else:
            yield f"{name} has nothing that {less} does not have"
    if found.relation == "apart":
        yield f"both are the same up to {found.common.short}"


def _rows(
    env: Environment,
    found: Difference,
    more: Sequence[str],
    first: AccountDifference,
    rest: Iterator[AccountDifference],
) -> Iterator[_Row]:
    yield from _account_rows(env, found, more, first)
    for account in rest:
        yield from _account_rows(env, found, more, account)


def _widened(row: _Row, more: Sequence[str]) -> _Row:
    return row if len(row) > len(_COLUMNS) else (*row, *("" for _ in more))


def _account_rows(
    env: Environment, found: Difference, more: Sequence[str], account: AccountDifference
) -> Iterator[_Row]:
    """The figure then, what moved it, the figure now, and what moved nothing."""
    name = Cell(account.account_id, "bold")
    if found.relation in ("apart", "behind"):
        yield _figure_row(env, name, "in both", account.common)
        side: Side = "from"
        for change in account.entries:
            if change.side != side:
                yield _figure_row(env, "", f"in {_short(found, side)}", account.before)
                yield _figure_row(env, "", "in both", account.common)
                side = change.side
            yield _change_row(env, change, more)
        if side == "from":
            yield _figure_row(env, "", f"in {_short(found, side)}", account.before)
        yield _figure_row(
            env, "", f"in {_short(found, 'to')}", account.after, _difference(env, account)
        )
    else:
        yield _figure_row(env, name, "then", account.before)
        for change in account.entries:
            yield _change_row(env, change, more)
        yield _figure_row(env, "", "now", account.after, _difference(env, account))
    for change in account.others:
        yield _change_row(env, change, more)


def _figure_row(
    env: Environment, name: Cell | str, words: str, figure: Figure | None, difference: str = ""
) -> _Row:
    if figure is None:
        return (
            name,
            "",
            "",
            Cell(words, "bold"),
            "",
            with_notes("not open", [difference][: bool(difference)]),
        )
    amount = money_cell(env, figure.balance_minor, figure.decimals)
    closed = "closed" if figure.status == "closed" else ""
    notes = [note for note in (closed, difference) if note]
    return name, "", "", Cell(words, "bold"), amount, with_notes(figure.currency, notes)


def _difference(env: Environment, account: AccountDifference) -> str:
    difference = account.difference_minor
    if difference is None:
        return "another unit of money"
    if not difference:
        return "the same"
    sign = "+" if difference > 0 else ""
    return f"{sign}{env.amount(format_minor_units(difference, account.unit[1]))}"


def _change_row(env: Environment, change: Change, more: Sequence[str]) -> _Row:
    moves = change.effect_minor != 0
    return (
        "",
        str(change.version),
        env.table_time(change.effective_us),
        change.what,
        money_cell(env, change.effect_minor, change.decimals, signed=True) if moves else "",
        with_notes(change.description, list(_notes(env, change))),
        *extra_cells(env, more, change.actor, change.recorded_us),
    )


def _notes(env: Environment, change: Change) -> Iterator[str]:
    if change.reversed_what is not None:
        yield f"reversed: {change.reversed_description or change.reversed_what}"
    for words, entry in (("corrects", change.corrects), ("corrected by", change.corrected_by)):
        if entry is not None:
            yield f"{words} {_entry(entry, change)}"
    if change.reversed_by is not None:
        yield f"reversed by {change.reversed_by}"
    if change.before is not None:
        yield from _before(env, change)
    if change.owner is not None:
        was = "" if change.owner_before is None else f"{change.owner_before} → "
        yield f"owner {was}{change.owner}"


def _before(env: Environment, change: Change) -> Iterator[str]:
    """What an amendment changed."""
    before = change.before
    assert before is not None
    if (before.amount_minor, before.currency) != (change.amount_minor, change.currency):
        was, now = (
            f"{env.amount(format_minor_units(amount, decimals))} {currency}"
            for amount, decimals, currency in (
                (before.amount_minor, before.decimals, before.currency),
                (change.amount_minor, change.decimals, change.currency),
            )
        )
        yield f"{was} → {now}"
    if before.effective_us != change.effective_us:
        yield f"{env.table_time(before.effective_us)} → {env.table_time(change.effective_us)}"
    if before.description != change.description:
        yield f"was: {before.description or 'no description'}"
    for key in sorted({*before.tags, *change.tags}):
        was, now = before.tags.get(key, "none"), change.tags.get(key, "none")
        if was != now:
            yield f"{key} {was} → {now}"
    if before.receipts != change.receipts:
        yield f"{len(before.receipts)} → {counted(len(change.receipts), 'receipt')}"


def _entry(entry: Elsewhere, change: Change) -> str:
    there = "" if entry.account_id == change.account_id else f" of {entry.account_id}"
    return f"{entry.version}{there}"
