"""Domain events to stored JSON and back; what cannot be read is named."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.events import AccountEvent, MoneyDeposited
from ledger.errors import UnreadableEvent
from ledger.eventstore.codec import decode_event, encode_data
from tests.support.eventstore.recorded_events import recorded
from tests.support.program import PROJECT

NOT_NUL = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ANY_EVENT = st.one_of(
    *(
        st.builds(
            kind,
            **{
                field.name: st.integers(-(2**63), 2**63 - 1) if field.type is int else NOT_NUL
                for field in msgspec.structs.fields(kind)
            },
        )
        for kind in get_args(AccountEvent)
    )
)


@given(event=ANY_EVENT)
def test_every_event_comes_back_as_it_was(event: AccountEvent) -> None:
    name, data = type(event).__name__, encode_data(event)

    assert "\n" not in data
    assert event == decode_event(
        recorded(event_type=name, schema_version=event.schema_version, data=data)
    )


def test_the_fields_of_an_event_may_stand_in_any_order_and_layout() -> None:
    data = ' {"description":\t"x",\r\n "currency" : "\\u0055SD", "amount": 1 } '

    assert decode_event(recorded(data=data)) == MoneyDeposited(1, "USD", "x")


UNREADABLE: dict[str, tuple[dict[str, object], str]] = {
    "an unknown type": ({"event_type": "MoneyPrinted"}, "no event type 'MoneyPrinted' .known: Acc"),
    "no type": ({"event_type": ""}, "there is no event type ''"),
    "version 0": ({"schema_version": 0}, "MoneyDeposited has no schema version 0"),
    "a negative version": ({"schema_version": -1}, "has no schema version -1"),
    "a version to come": ({"schema_version": 5}, "MoneyDeposited has no schema version 5"),
    "a missing field": ({"data": '{"amount":1,"currency":"USD"}'}, "field `description`"),
    "a missing field of an old version": (
        {"schema_version": 1, "data": '{"description":""}'},
        "the field 'amount' is missing",
    ),
    "an unknown field": (
        {"data": '{"amount":1,"currency":"USD","description":"","tip":2}'},
        "unknown field `tip`",
    ),
    "an unknown field of an old version": (
        {"schema_version": 1, "data": '{"amount":1,"description":"","tip":2}'},
        "unknown field `tip`",
    ),
    "text for a number": (
        {"data": '{"amount":"1","currency":"USD","description":""}'},
        "Expected `int`, got `str`",
    ),
    "a fraction of a minor unit": (
        {"data": '{"amount":1.5,"currency":"USD","description":""}'},
        "Expected `int`, got `float`",
    ),
    "a number for text": (
        {"data": '{"amount":1,"currency":840,"description":""}'},
        "Expected `str`, got `int`",
    ),
    "a number for text in an old version": (
        {"schema_version": 1, "data": '{"amount":1,"description":9}'},
        "Expected `str`, got `int`",
    ),
    "null": ({"data": "null"}, "Expected `object`, got `null`"),
    "an array": ({"data": "[]"}, "Expected `object`, got `array`"),
    "an array in an old version": ({"schema_version": 1, "data": "[]"}, "got `array`"),
    "nothing": ({"data": ""}, "Input data was truncated"),
    "half of it": ({"data": '{"amount":1,"curr'}, "Input data was truncated"),
    "two of it": ({"data": "{}{}"}, "cannot be read"),
    "broken JSON in an old version": ({"schema_version": 1, "data": '{"amount":'}, "truncated"),
    "an amount that is no number": (
        {"schema_version": 1, "data": '{"amount":"five","description":""}'},
        "the amount 'five' is not a decimal number",
    ),
    "an impossible exponent": (
        {"schema_version": 1, "data": '{"amount":1e99999999999999999999,"description":""}'},
        "cannot be read",
    ),
    "a currency that is none": (
        {
            "event_type": "AccountOpened",
            "schema_version": 3,
            "data": '{"account_id":"a","owner":"A","currency":"usd","initial_balance":1}',
        },
        "'usd' is not an ISO 4217 currency",
    ),
    "a currency that is not even text": (
        {
            "event_type": "AccountOpened",
            "schema_version": 3,
            "data": '{"account_id":"a","owner":"A","currency":["USD"],"initial_balance":1}',
        },
        "is not an ISO 4217 currency",
    ),
    "JSON without bottom": (
        {"schema_version": 1, "data": '{"amount":' + "[" * 100_000 + "]" * 100_000 + "}"},
        "recursion",
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_named_with_its_place(what: str) -> None:
    fields, why = UNREADABLE[what]
    event = recorded(**fields)

    with pytest.raises(UnreadableEvent, match=why) as unreadable:
        decode_event(event)

    assert unreadable.value.details == {"position": 7, "account_id": "acc-001"}
    assert unreadable.value.message.startswith(
        f"event 7 ({event.event_type} version 3 of 'acc-001') cannot be read: "
    )
    assert unreadable.value.advice


BAD_CHAINS = {
    "an upcaster too many": (
        "events.MoneyDeposited.upcasters += (dict,)",
        "leads past the current version 2",
    ),
    "an upcaster too few": (
        "events.TransferSent.schema_version = 2",
        "no upcaster lifts TransferSent from version 1",
    ),
}


@pytest.mark.parametrize("what", BAD_CHAINS)
def test_the_program_does_not_start_with_a_broken_chain(what: str) -> None:
    change, why = BAD_CHAINS[what]
    program = f"from ledger.domain import events; {change}; import ledger.ledger"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ledger.errors.BrokenUpcasters: ")
    assert why in done.stderr
