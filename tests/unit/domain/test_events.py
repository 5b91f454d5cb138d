from __future__ import annotations

from typing import get_args, get_type_hints

import msgspec
import pytest

from ledger.domain.events import (
    AccountClosed,
    AccountEvent,
    AccountOpened,
    MoneyDeposited,
    MoneyWithdrawn,
    Movement,
    TransferReceived,
    TransferSent,
)

EVENTS: list[tuple[AccountEvent, int, str]] = [
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


def test_the_six_events_their_versions_and_fields_are_as_stored() -> None:
    assert {
        kind.__name__: (kind.schema_version, kind.__struct_fields__)
        for kind in get_args(AccountEvent)
    } == CONTRACT


@pytest.mark.parametrize(("event", "amount", "_"), EVENTS)
def test_what_an_event_adds_to_the_balance(event: AccountEvent, amount: int, _: str) -> None:
    assert event.signed_amount == amount


@pytest.mark.parametrize(("event", "_", "description"), EVENTS)
def test_the_words_that_go_with_an_event(event: AccountEvent, _: int, description: str) -> None:
    assert event.words == description


@pytest.mark.parametrize(("event", "_", "__"), EVENTS)
def test_an_event_cannot_be_changed(event: AccountEvent, _: int, __: str) -> None:
    with pytest.raises(AttributeError):
        setattr(event, event.__struct_fields__[0], "another")


@pytest.mark.parametrize(("event", "_", "__"), EVENTS)
def test_an_event_with_a_field_too_many_is_not_read(event: AccountEvent, _: int, __: str) -> None:
    fields = {**msgspec.structs.asdict(event), "more": 1}
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert(fields, type(event))


KINDS = get_args(AccountEvent)


def test_the_examples_are_of_every_type() -> None:
    assert [type(event) for event, _, _ in EVENTS] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_type_says_what_is_to_be_said_of_it(kind: type[AccountEvent]) -> None:
    assert getattr(kind, "__final__", False), "dispatch on its type would miss a subclass"
    assert kind.label
    fields = get_type_hints(kind)
    assert kind.text_field in kind.__struct_fields__
    assert fields[kind.text_field] is str


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_that_has_an_amount_says_in_which_direction_it_goes(
    kind: type[AccountEvent],
) -> None:
    moves = "amount" in kind.__struct_fields__
    assert issubclass(kind, Movement) == moves
    if issubclass(kind, Movement):
        assert kind.direction in (1, -1)
        assert kind.between_accounts == ("transfer_id" in kind.__struct_fields__)


@pytest.mark.parametrize(
    ("event", "counterparty"),
    [
        (TransferSent("t-1", "acc-002", 500, "USD", "Lunch"), "acc-002"),
        (TransferReceived("t-1", "acc-003", 500, "USD", "Lunch"), "acc-003"),
        (MoneyDeposited(500, "USD", "Paycheck"), None),
        (AccountOpened("acc-001", "Ana Souza", "USD", 700), None),
    ],
)
def test_only_a_side_of_a_transfer_has_a_counterparty(
    event: AccountEvent, counterparty: str | None
) -> None:
    assert event.counterparty == counterparty
