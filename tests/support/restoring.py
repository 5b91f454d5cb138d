"""Ledgers without a book, which an export brings with it."""

from __future__ import annotations

from typing import Any

from ledger import Ledger
from ledger.eventstore.opening import draft_store, open_store
from ledger.eventstore.store import Clock
from ledger.projections.projector import Projector


def to_be_restored(path: str, clock: Clock, **options: Any) -> Ledger:
    """A ledger in a file that others can open, and nothing in it."""
    draft = draft_store(path, "to be restored", clock)
    Projector(draft, own=options.get("projections", ())).create()
    draft.publish()
    return Ledger(open_store(path, clock), clock=clock, **options)
