"""What undoing the last run would reverse, for who is asked before it is done."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ledger.commands.amending import desk_for
from ledger.commands.entry_amendments import entries_to_undo
from ledger.domain.instant import to_datetime
from ledger.domain.money import Money
from ledger.eventstore.metadata import came_via, written_by

if TYPE_CHECKING:
    from ledger.commands.context import Context
    from ledger.commands.six_steps import SixSteps


class UndoPlan(msgspec.Struct, frozen=True):
    """What the last run of an actor recorded.

    Attributes:
        command: what the run was: ``batch`` or ``import``, or the command that was given.
        recorded_us: when its last entry was recorded (µs UTC).
        entries: how many there are; a transfer is one.
        money_in, money_out, transferred: what they moved, one sum per currency.
        last_position: of its last entry in the log.
        account_ids: of the accounts that the entries are on; of a transfer the sender.
        last_version: of its last entry.
    """

    command: str
    recorded_us: int
    entries: int
    money_in: tuple[Money, ...]
    money_out: tuple[Money, ...]
    transferred: tuple[Money, ...]
    last_position: int
    account_ids: tuple[str, ...]
    last_version: int

    @property
    def recorded_at(self) -> datetime:
        """When its last entry was recorded (UTC)."""
        return to_datetime(self.recorded_us)


def plan_undo(handler: SixSteps, context: Context) -> UndoPlan:
    """See `ledger.commands.corrections.Corrections.undo_plan`."""
    sums: dict[str, Counter[tuple[str, int]]] = {
        each: Counter() for each in ("in", "out", "transferred")
    }
    with handler.store.transaction(read_only=True):
        desk = desk_for(handler, context)
        found = entries_to_undo(desk)
        for recorded in found:
            state = desk.account(recorded.stream_id).state
            event = desk.entry(recorded.stream_id, recorded.version).event
            way = "in" if event.direction > 0 else "out"
            way = "transferred" if event.between_accounts else way
            sums[way][state.currency, state.decimals] += event.amount
    last = found[-1]
    return UndoPlan(
        came_via(last.metadata) or written_by(last.metadata).command,
        last.recorded_at,
        len(found),
        _money(sums["in"]),
        _money(sums["out"]),
        _money(sums["transferred"]),
        last.position,
        tuple(dict.fromkeys(each.stream_id for each in found)),
        last.version,
    )


def _money(sums: Counter[tuple[str, int]]) -> tuple[Money, ...]:
    return tuple(Money(amount, *unit) for unit, amount in sorted(sums.items()))
