"""An aggregate as somebody who embeds a ledger would write it, with a projection of its own."""

from __future__ import annotations

import msgspec

from ledger import Aggregate, Projection, RecordedEvent
from ledger.errors import InvalidAmount
from ledger.events import Event
from ledger.projections.projection import Rows


class BudgetSet(Event, frozen=True):
    label = "budget set"
    text_field = "why"

    amount: int
    why: str = ""


class Limit(msgspec.Struct):
    amount: int


class Budget(Aggregate[Limit, BudgetSet]):
    aggregate_type = "Budget"
    event_types = (BudgetSet,)
    state_type = Limit

    def apply(self, event: BudgetSet, effective_at: int) -> None:
        self._state = Limit(event.amount)
        self.version += 1

    def check(self, event: BudgetSet, effective_at: int) -> None:
        if event.amount < 0:
            raise InvalidAmount("a budget is not below zero")


class BudgetRow(msgspec.Struct):
    budget: str
    amount: int


class Budgets(Projection[BudgetRow]):
    name = "budgets"
    row = BudgetRow
    key_columns = ("budget",)

    def fold(self, rows: Rows[BudgetRow], event: Event, recorded: RecordedEvent) -> None:
        if isinstance(event, BudgetSet):
            rows[recorded.stream_id] = BudgetRow(recorded.stream_id, event.amount)
