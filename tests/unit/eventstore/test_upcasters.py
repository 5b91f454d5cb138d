"""Upcaster chains: in the event classes, one version at a time, none missing, none too many."""

from __future__ import annotations

from functools import partial
from typing import get_args

import pytest

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import AGGREGATES, Aggregate, Event, JsonObject, Upcaster
from ledger.domain.aggregate import check_upcasters as check
from ledger.domain.events import (
    AccountClosed,
    AccountEvent,
    AccountOpened,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
)
from ledger.errors import BrokenUpcasters
from ledger.eventstore.codec import lift


def same(data: JsonObject) -> JsonObject:
    return data


def noting(version: int, data: JsonObject) -> JsonObject:
    return {"path": [*data["path"], version]}


def event_type(version: int, *upcasters: Upcaster) -> type[Event]:
    """An event ``E`` at a schema version, with upcasters from version 1 on."""

    class E(Event, frozen=True, gc=False):
        schema_version = version

    E.upcasters = upcasters
    return E


def test_a_new_version_of_an_event_needs_one_function() -> None:
    def add_category(data: JsonObject) -> JsonObject:
        return {**data, "category": "none"}

    kind = event_type(2, add_category)

    check(kind)
    old = {"amount": 5}
    assert lift(kind, 1, old) == {"amount": 5, "category": "none"}
    assert old == {"amount": 5}


def test_data_is_lifted_one_version_at_a_time_from_wherever_it_is() -> None:
    kind = event_type(4, *(partial(noting, version) for version in (1, 2, 3)))

    check(kind)

    assert lift(kind, 1, {"path": []}) == {"path": [1, 2, 3]}
    assert lift(kind, 3, {"path": []}) == {"path": [3]}
    assert lift(kind, 4, {"path": []}) == {"path": []}


def test_one_function_may_serve_several_events() -> None:
    check(event_type(2, same))
    check(event_type(3, same, same))


@pytest.mark.parametrize(("version", "upcasters"), [(2, 0), (4, 0), (4, 2), (4, 1)])
def test_a_chain_that_ends_before_the_current_version_is_refused(
    version: int, upcasters: int
) -> None:
    missing = upcasters + 1
    with pytest.raises(BrokenUpcasters, match=f"no upcaster lifts E from version {missing}$"):
        check(event_type(version, *[same] * upcasters))


@pytest.mark.parametrize(("version", "upcasters"), [(1, 1), (2, 2), (2, 5)])
def test_a_chain_that_leads_past_the_current_version_is_refused(
    version: int, upcasters: int
) -> None:
    with pytest.raises(BrokenUpcasters, match=f"E {version} leads past the current .* {version}$"):
        check(event_type(version, *[same] * upcasters))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (event_type(2), "no upcaster lifts E from version 1"),
        (event_type(2, same, same), "E 2 leads past the current version 2"),
    ],
)
def test_no_aggregate_is_made_of_events_with_a_broken_chain(kind: type[Event], why: str) -> None:
    with pytest.raises(BrokenUpcasters, match=why):
        type("Broken", (Aggregate,), {"aggregate_type": "Broken", "event_types": (kind,)})
    assert "Broken" not in AGGREGATES


def test_two_aggregates_cannot_have_an_event_type_of_the_same_name() -> None:
    """Stored events name their type alone; they could be read as the other one."""

    class MoneyDeposited(Event, frozen=True):
        pass

    with pytest.raises(ValueError, match="another aggregate has an event type MoneyDeposited"):
        type("Other", (Aggregate,), {"aggregate_type": "Other", "event_types": (MoneyDeposited,)})
    assert "Other" not in AGGREGATES


def test_two_aggregates_cannot_have_one_type() -> None:
    with pytest.raises(ValueError, match="another aggregate of the type BankAccount"):
        type("Twin", (Aggregate,), {"aggregate_type": "BankAccount", "event_types": ()})
    assert AGGREGATES["BankAccount"] is BankAccount


def test_each_function_of_the_real_chains_leaves_what_it_is_given_alone() -> None:
    stored: dict[type[AccountEvent], JsonObject] = {
        AccountOpened: {"account_id": "a", "name": "A", "initial_balance": 1},
        MoneyDeposited: {"amount": 1, "description": ""},
        MoneyWithdrawn: {"amount": 1, "description": ""},
        TransferSent: {"transfer_id": "t", "to_account": "b", "amount": 1, "currency": "USD"},
        TransferReceived: {"transfer_id": "t", "from_account": "a", "amount": 1, "currency": "USD"},
        AccountClosed: {},
    }
    assert set(stored) == {kind for kind in get_args(AccountEvent) if kind.upcasters}
    for kind, data in stored.items():
        for upcast in kind.upcasters:
            before = dict(data)
            lifted = upcast(data)
            assert data == before
            data = lifted
