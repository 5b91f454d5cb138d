"""The projection of entries: followed, made from whole streams or folded apart, it is the same."""

from __future__ import annotations

from random import Random

import pytest

from ledger.projections.apart import folded_apart
from ledger.projections.entries import AccountEntries
from ledger.projections.projector import Projector
from ledger.projections.rebuild import rebuild
from tests.support.naive_lives import START, life
from tests.support.property.lived_books import LivedBook


@pytest.mark.parametrize("seed", range(8))
def test_its_rows_are_the_same_however_they_are_made(seed: int) -> None:
    one, dice = life(seed), Random(seed)
    with LivedBook() as lived:
        lived.begin(START)
        store, projector = lived.store, Projector(lived.store)
        (entries,) = projector.on_demand
        for step in one.steps:
            lived.carry_out(step.intent, one.at(step.before))
            if dice.random() < 0.7:
                projector.catch_up(entries)
        projector.catch_up(entries)
        followed = list(store.tables.rows(AccountEntries.table))
        assert len(followed) > 3
        with folded_apart(store, entries, store.head().position) as apart:
            assert list(apart.rows(AccountEntries.table)) == followed
        rebuild(store, [entries])
        assert list(store.tables.rows(AccountEntries.table)) == followed
