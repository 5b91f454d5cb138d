"""Entries, replays and the log, drawn for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ledger.cli.environment import Environment
from ledger.cli.output.tables import (
    Cell,
    Column,
    local_time,
    money_cell,
    show_head,
    show_line,
    show_table,
)
from ledger.domain.account_state import AccountState
from ledger.domain.aggregate import Event
from ledger.domain.money import format_minor_units
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.queries.history import HistoryEntry, HistoryReport
from ledger.queries.replay import Agreement, ReplayStep

ENTRY_COLUMNS: Final = (
    Column("#", number=True),
    Column("When"),
    Column("What", words=True),
    Column("Amount", number=True),
    Column("Balance", number=True),
    Column("Description", words=True),
)


def show_history(env: Environment, report: HistoryReport) -> None:
    """The entries as a table, and the state under it."""
    state = report.state
    point = "now"
    if report.as_of is not None:
        point = f"as of {local_time(report.as_of)}"
    if report.known_at is not None:
        point += f", known at {local_time(report.known_at)}"
    show_line(
        env,
        Cell(report.account_id, "bold"),
        f"  {state.owner}  ",
        Cell(f"{state.status}, version {report.version}, {point}", "dim"),
    )
    if report.omitted:
        show_line(env, Cell(f"({report.omitted} earlier entries are not shown)", "dim"))
    show_table(
        env,
        ENTRY_COLUMNS,
        (entry_cells(entry, state.currency) for entry in report.entries),
    )
    balance = format_minor_units(state.balance, state.currency)
    backdated = any(entry.backdated for entry in report.entries)
    show_line(
        env,
        "balance ",
        Cell(f"{balance} {state.currency}", "bold"),
        Cell("   * recorded later than it happened" if backdated else "", "dim"),
    )
    show_head(env, report.head)


def entry_cells(entry: HistoryEntry, currency: str) -> tuple[Cell | str, ...]:
    """An entry as a row below `ENTRY_COLUMNS`."""
    what = entry.label
    if entry.counterparty is not None:
        what = f"{what} {entry.counterparty}"
    return (
        str(entry.version),
        local_time(entry.effective_at) + ("*" if entry.backdated else ""),
        what,
        money_cell(entry.amount, currency, signed=True),
        money_cell(entry.balance, currency),
        entry.description,
    )


def show_steps(env: Environment, steps: Iterator[ReplayStep]) -> None:
    """Each event with the state before and after it."""
    show_table(
        env,
        (
            Column("#", number=True),
            Column("When"),
            Column("Event"),
            Column("Amount", number=True),
            Column("Before", number=True),
            Column("After", number=True),
            Column("What else changes", words=True),
        ),
        (
            (
                str(step.recorded.version),
                local_time(step.recorded.effective_at),
                _alone(step.event),
                money_cell(step.event.signed_amount, step.after.currency, signed=True),
                "" if step.before is None else money_cell(step.before.balance, step.after.currency),
                money_cell(step.after.balance, step.after.currency),
                _changes(step.before, step.after),
            )
            for step in steps
        ),
    )


def _changes(before: AccountState | None, after: AccountState) -> str:
    if before is None:
        return f"owner {after.owner}, currency {after.currency}, status active"
    if before.status != after.status:
        return f"status {before.status} → {after.status}"
    return f"transactions {before.transaction_count} → {after.transaction_count}"


def show_agreement(env: Environment, found: Agreement) -> None:
    """Fold, snapshot and projections side by side."""
    currency = found.fold.currency

    def line(
        way: str, source: str, held: AccountState | int | None, nothing: str
    ) -> tuple[Cell | str, ...]:
        differs = source in found.disagreements
        verdict = Cell("DIFFERS", "bold red") if differs else Cell("agrees", "green")
        if held is None:
            found_none = Cell("missing" if differs else nothing, "dim")
            return way, found_none, "", "", verdict if differs else ""
        if isinstance(held, int):
            return way, money_cell(held, currency), "", "", verdict
        balance = money_cell(held.balance, currency)
        return way, balance, str(held.transaction_count), held.status, verdict

    show_table(
        env,
        (
            Column(f"{found.account_id} at version {found.version}"),
            Column(f"Balance {currency}", number=True),
            Column("Entries", number=True),
            Column("Status"),
            Column(""),
        ),
        (
            line("fold from event 1", "fold", found.fold, ""),
            line(_snapshot_way(found), "snapshot", found.snapshot, "none yet"),
            line("account_summaries", "account_summaries", found.projection, _unseen(found)),
            line("account_balances", "account_balances", found.projected_balance, _unseen(found)),
        ),
    )


def _snapshot_way(found: Agreement) -> str:
    if found.snapshot_version is None:
        return "from a snapshot on"
    return f"from snapshot {found.snapshot_version} on"


def _unseen(found: Agreement) -> str:
    return f"{found.projection_lag} events behind" if found.projection_lag else "is further on"


def show_events(env: Environment, events: Iterable[RecordedEvent], *, follow: bool) -> None:
    """The log as a table; when it is followed, line by line."""
    if follow:
        for event in events:
            number, when, account, what, amount, words = _event(event)
            show_line(
                env,
                f"{number:>8}  {when}  ",
                Cell(account, "bold"),
                f"  {what}  ",
                amount,
                f"  {words}",
            )
            env.stdout.flush()
        return
    show_table(
        env,
        (
            Column("Position", number=True),
            Column("When"),
            Column("Account"),
            Column("Event"),
            Column("Amount", number=True),
            Column("Description", words=True),
        ),
        (_event(event) for event in events),
    )


def _event(event: RecordedEvent) -> tuple[str, str, str, str, Cell, str]:
    decoded = decode_event(event)
    currency = getattr(decoded, "currency", None)
    return (
        str(event.position),
        local_time(event.effective_at) + ("*" if event.backdated else ""),
        event.stream_id,
        _alone(decoded),
        Cell("") if currency is None else money_cell(decoded.signed_amount, currency, signed=True),
        decoded.words,
    )


def _alone(event: Event) -> str:
    """What an event is called where no other account follows."""
    return event.label.removesuffix(" to").removesuffix(" from")
