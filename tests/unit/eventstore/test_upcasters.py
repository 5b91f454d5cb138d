"""Upcaster chains: one version at a time, without gap, duplicate or cycle."""

from __future__ import annotations

from functools import partial

import pytest

from ledger.errors import BrokenUpcasters
from ledger.eventstore.schema_history import registry as real_registry
from ledger.eventstore.upcasters import JsonObject, UpcasterRegistry


def same(data: JsonObject) -> JsonObject:
    return data


def noting(version: int, data: JsonObject) -> JsonObject:
    return {"path": [*data["path"], version]}


def registry(*steps: tuple[str, int]) -> UpcasterRegistry:
    made = UpcasterRegistry()
    for event_type, from_version in steps:
        made.register(event_type, from_version)(same)
    return made


def test_a_new_version_of_an_event_needs_one_function() -> None:
    chain = registry()

    @chain.register("MoneyDeposited", 1)
    def add_category(data: JsonObject) -> JsonObject:
        return {**data, "category": "none"}

    chain.check({"MoneyDeposited": 2, "AccountClosed": 1})
    old = {"amount": 5}
    assert chain.lift("MoneyDeposited", 1, 2, old) == {"amount": 5, "category": "none"}
    assert old == {"amount": 5}


def test_data_is_lifted_one_version_at_a_time_from_wherever_it_is() -> None:
    chain = registry()
    for version in (2, 1, 3):
        chain.register("E", version)(partial(noting, version))

    chain.check({"E": 4})

    assert chain.lift("E", 1, 4, {"path": []}) == {"path": [1, 2, 3]}
    assert chain.lift("E", 3, 4, {"path": []}) == {"path": [3]}
    assert chain.lift("E", 4, 4, {"path": []}) == {"path": []}


def test_one_function_may_serve_several_events() -> None:
    chain = registry()

    decorated = chain.register("A", 1)(chain.register("B", 1)(same))

    chain.check({"A": 2, "B": 2})
    assert decorated is same


def test_two_upcasters_of_one_version_are_refused() -> None:
    chain = registry(("E", 1))

    with pytest.raises(BrokenUpcasters, match="two upcasters lift E from version 1"):
        chain.register("E", 1)(same)


@pytest.mark.parametrize("to_version", [2, 1, 0])
def test_an_upcaster_that_does_not_lead_up_is_a_cycle(to_version: int) -> None:
    with pytest.raises(BrokenUpcasters, match=f"E 2 leads to {to_version}: a cycle"):
        registry().register("E", 2, to_version)(same)


def test_an_upcaster_that_skips_a_version_leaves_a_gap() -> None:
    with pytest.raises(BrokenUpcasters, match="E 2 leads to 4: a gap"):
        registry().register("E", 2, 4)(same)


def test_an_upcaster_may_say_that_it_leads_to_the_next_version() -> None:
    chain = UpcasterRegistry()
    chain.register("E", 1, 2)(same)

    chain.check({"E": 2})


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_a_chain_with_a_version_left_out_is_refused(gap: int) -> None:
    chain = registry(*(("E", version) for version in (1, 2, 3) if version != gap))

    with pytest.raises(BrokenUpcasters, match=f"no upcaster lifts E from version {gap}"):
        chain.check({"E": 4})


@pytest.mark.parametrize("version", [1, 2])
def test_a_chain_that_leads_past_the_current_version_is_refused(version: int) -> None:
    chain = registry(*(("E", step) for step in range(1, version + 1)))

    with pytest.raises(BrokenUpcasters, match=f"E {version} leads past the current .* {version}"):
        chain.check({"E": version})


def test_an_upcaster_of_no_event_is_refused() -> None:
    with pytest.raises(BrokenUpcasters, match="is registered for Typo, no event type"):
        registry(("Typo", 1)).check({"E": 1})


def test_each_function_of_the_real_chains_leaves_what_it_is_given_alone() -> None:
    stored = {
        "AccountOpened": {"account_id": "a", "name": "A", "initial_balance": 1},
        "MoneyDeposited": {"amount": 1, "description": ""},
        "MoneyWithdrawn": {"amount": 1, "description": ""},
    }
    for event_type, data in stored.items():
        before = dict(data)
        real_registry.lift(event_type, 1, 2, data)
        assert data == before
