"""Replays, drawn for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ledger.cli.environment import Environment
from ledger.cli.output.notes import amount_cell, notes_of_terms, overdraft, with_notes
from ledger.cli.output.tables import Cell, Column, money_cell, show_table
from ledger.queries.account_details import AccountDetails
from ledger.queries.replay import Agreement, ReplayStep


def show_steps(env: Environment, steps: Iterator[ReplayStep]) -> None:
    """Each event with the state before and after it."""
    show_table(
        env,
        (
            Column("#", number=True),
            Column("When", time=True),
            Column("Event", words=True),
            Column("Amount", number=True),
            Column("Before", number=True),
            Column("After", number=True),
            Column("What else changes", words=True),
        ),
        (
            (
                str(step.recorded.version),
                env.table_time(step.recorded.effective_at),
                step.event.label,
                amount_cell(env, step.event, step.amount_minor, step.after.decimals),
                ""
                if step.before is None
                else money_cell(env, step.before.balance_minor, step.before.decimals),
                money_cell(env, step.after.balance_minor, step.after.decimals),
                with_notes(_changes(env, step.before, step.after), notes_of_terms(step.event)),
            )
            for step in steps
        ),
    )


def _changes(env: Environment, before: AccountDetails | None, after: AccountDetails) -> str:
    if before is None:
        return f"owner {after.owner}, currency {after.currency}, status active"

    def words(name: str, value: Any) -> str:
        if name == "opened":
            return env.table_time(value)
        return overdraft(env, *value).partition(" ")[2] if name == "overdraft" else str(value)

    old, new = _figures(before), _figures(after)
    return ", ".join(
        f"{name} {words(name, old[name])} → {words(name, value)}"
        for name, value in new.items()
        if old[name] != value
    )


def _figures(state: AccountDetails) -> dict[str, Any]:
    """What a step may change besides the balance, by the name that it is told under."""
    return {
        "status": state.status,
        "owner": state.owner,
        "currency": state.currency,
        "decimals": state.decimals,
        "opened": state.opened_us,
        "overdraft": (state.overdraft_limit_minor, state.decimals),
        "transactions": state.transaction_count,
    }


def show_agreement(env: Environment, found: Agreement) -> None:
    """Fold, snapshot and projections side by side."""
    currency, decimals = found.fold.currency, found.fold.decimals

    def verdict_on(source: str) -> Cell:
        if source in found.disagreements:
            return Cell("DIFFERS", "bold red")
        return Cell("agrees", "green")

    def line(
        way: str, source: str, held: AccountDetails | int | None, nothing: str
    ) -> tuple[Cell | str, ...]:
        differs, verdict = source in found.disagreements, verdict_on(source)
        if held is None:
            found_none = Cell("missing" if differs else nothing, "dim")
            return way, found_none, "", "", verdict if differs else ""
        if isinstance(held, int):
            return way, money_cell(env, held, decimals), "", "", verdict
        balance = money_cell(env, held.balance_minor, decimals)
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
            line(
                "account_balances",
                "account_balances",
                found.projected_balance_minor,
                _unseen(found),
            ),
            *((name, "", "", "", verdict_on(name)) for name in found.compared[_BUILT_IN:]),
        ),
    )


_BUILT_IN: Final = 2
"""How many of the projections that are compared have a line of their own kind; they come first."""


def _snapshot_way(found: Agreement) -> str:
    if found.snapshot_version is None:
        return "from a snapshot on"
    return f"from snapshot {found.snapshot_version} on"


def _unseen(found: Agreement) -> str:
    return f"{found.projection_lag} events behind" if found.projection_lag else "is further on"
