from __future__ import annotations

import msgspec
import pytest

from ledger.domain.events import (
    EVENT_TYPES,
    AccountClosed,
    AccountOpened,
    Event,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
    description_of,
    signed_amount,
)

EVENTS: list[tuple[Event, int, str]] = [
    (AccountOpened("acc-001", "Ana Souza", "USD", 700), 700, ""),
    (MoneyDeposited(500, "USD", "Paycheck"), 500, "Paycheck"),
    (MoneyWithdrawn(500, "USD", "Rent"), -500, "Rent"),
    (TransferSent("t-1", "acc-002", 500, "USD", "Lunch"), -500, "Lunch"),
    (TransferReceived("t-1", "acc-002", 500, "USD", "Lunch"), 500, "Lunch"),
    (AccountClosed("moved away"), 0, "moved away"),
]

# What stands in stored bytes, for ever. A change here needs a new schema version and an upcaster.
CONTRACT = {
    "AccountOpened": (4, ("account_id", "owner", "currency", "initial_balance")),
    "MoneyDeposited": (2, ("amount", "currency", "description")),
    "MoneyWithdrawn": (2, ("amount", "currency", "description")),
    "TransferSent": (1, ("transfer_id", "to_account", "amount", "currency", "description")),
    "TransferReceived": (1, ("transfer_id", "from_account", "amount", "currency", "description")),
    "AccountClosed": (1, ("reason",)),
}


def test_the_six_facts_their_versions_and_fields_are_as_stored() -> None:
    assert {
        name: (event_type.schema_version, event_type.__struct_fields__)
        for name, event_type in EVENT_TYPES.items()
    } == CONTRACT


@pytest.mark.parametrize(("event", "amount", "_"), EVENTS)
def test_what_an_event_adds_to_the_balance(event: Event, amount: int, _: str) -> None:
    assert signed_amount(event) == amount


@pytest.mark.parametrize(("event", "_", "description"), EVENTS)
def test_the_words_that_go_with_an_event(event: Event, _: int, description: str) -> None:
    assert description_of(event) == description


@pytest.mark.parametrize(("event", "_", "__"), EVENTS)
def test_a_fact_cannot_be_changed(event: Event, _: int, __: str) -> None:
    with pytest.raises(AttributeError):
        setattr(event, event.__struct_fields__[0], "another")


@pytest.mark.parametrize(("event", "_", "__"), EVENTS)
def test_a_fact_with_a_field_too_many_is_not_read(event: Event, _: int, __: str) -> None:
    fields = {**msgspec.structs.asdict(event), "more": 1}
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert(fields, type(event))
