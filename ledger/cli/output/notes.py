"""What an event says besides its amount and its free text, in a few words for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.cli.environment import Environment
from ledger.cli.output.counted import counted
from ledger.cli.output.tables import Cell, money_cell
from ledger.domain.aggregate import Event
from ledger.domain.book_events import PeriodLocked, PeriodUnlocked
from ledger.domain.events import (
    AccountAmended,
    AccountOpened,
    BalanceConfirmed,
    ConfirmationWithdrawn,
    EntryAmended,
    EntryReversed,
    Movement,
    OpeningAmended,
)
from ledger.domain.money import format_minor_units, limit_text
from ledger.domain.receipts import Receipt

NOTHING = Cell("")


def notes_of(env: Environment, event: Event, decimals: int) -> list[str]:
    """The notes of an event itself; tags and receipts are not among them."""
    match event:
        case EntryReversed():
            return [f"reverses {event.reverses}"]
        case EntryAmended():
            cleared = [
                f"no {name}"
                for name in ("description", "tags", "receipts")
                if getattr(event, name) is not None and not getattr(event, name)
            ]
            return [*cleared, f"amends {event.amends}"]
        case AccountAmended():
            changes = []
            if event.owner is not None:
                changes.append(f"owner {event.owner}")
            if event.overdraft_limit is not None:
                changes.append(overdraft(env, event.overdraft_limit, decimals))
            return changes
        case OpeningAmended():
            balance = env.amount(format_minor_units(event.initial_balance, event.decimals))
            return [
                f"opened {env.table_time(event.opened_at)}",
                f"initial balance {balance} {event.currency}",
            ]
        case BalanceConfirmed():
            balance = env.amount(format_minor_units(event.balance, decimals))
            return [f"confirmed: {balance} {event.currency}"]
        case PeriodLocked() | PeriodUnlocked():
            return [] if event.until is None else [f"until {env.table_time(event.until)}"]
        case ConfirmationWithdrawn():
            return [f"withdraws {event.confirms}"]
        case _:
            return []


def notes_of_terms(described: object) -> list[str]:
    """The tags, and how many receipts there are, of an entry or an event that may have neither."""
    tags: Mapping[str, str] = getattr(described, "tags", None) or {}
    receipts: Sequence[Receipt] = getattr(described, "receipts", None) or ()
    notes = [f"{key}={value}" for key, value in tags.items()]
    return [*notes, counted(len(receipts), "receipt")] if receipts else notes


def overdraft(env: Environment, limit: int, decimals: int) -> str:
    """An overdraft limit in minor units, in words."""
    return f"overdraft {env.amount(limit_text(limit, decimals))}"


def with_notes(words: str, notes: list[str]) -> str:
    """A description, and in brackets what else there is to say."""
    return " ".join(filter(None, (words, f"({', '.join(notes)})" if notes else "")))


def amount_cell(env: Environment, event: Event, amount: int, decimals: int) -> Cell:
    """A signed amount in minor units; nothing for an event that cannot move money."""
    if isinstance(event, (AccountOpened, OpeningAmended, EntryReversed, Movement)):
        return money_cell(env, amount, decimals, signed=True)
    return NOTHING
