"""Domain events to stored JSON and back; what cannot be read is named."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.domain.aggregate import ERASED, Event
from ledger.domain.book_events import BookEvent, LedgerMigrated, TestLedger
from ledger.domain.events import (
    AccountAmended,
    AccountClosed,
    AccountEvent,
    EntryAmended,
    MoneyDeposited,
)
from ledger.domain.receipts import Receipt
from ledger.errors import UnreadableEvent
from ledger.eventstore.codec import decode_event, decode_events, decode_strictly, encode_event
from ledger.eventstore.records import RecordedEvent
from tests.support.eventstore.recorded_events import recorded
from tests.support.program import PROJECT

NOT_NUL = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
TAGS = st.dictionaries(NOT_NUL, NOT_NUL, max_size=3)
RECEIPTS = st.lists(st.builds(Receipt, INTEGERS, NOT_NUL), max_size=3).map(tuple)
VALUES: dict[object, st.SearchStrategy[object]] = {
    int: INTEGERS,
    str: NOT_NUL,
    int | None: st.none() | INTEGERS,
    str | None: st.none() | NOT_NUL,
    dict[str, str]: TAGS,
    dict[str, str] | None: st.none() | TAGS,
    tuple[Receipt, ...]: RECEIPTS,
    tuple[Receipt, ...] | None: st.none() | RECEIPTS,
    TestLedger | None: st.none() | st.builds(TestLedger, NOT_NUL, NOT_NUL),
}
KINDS = [*get_args(AccountEvent), *get_args(BookEvent)]
ANY_EVENT = st.one_of(
    *(
        st.builds(
            kind,
            **{
                name: VALUES[hint]
                for name, hint in get_type_hints(kind).items()
                if name in kind.__struct_fields__
            },
        )
        for kind in KINDS
    )
)


def stored(event: Event, **fields: object) -> RecordedEvent:
    data, text = encode_event(event)
    given: dict[str, object] = {
        "event_type": type(event).__name__,
        "schema_version": event.schema_version,
        "data": data,
        "text": text,
        "salt": None if text is None else bytes(16),
    }
    return recorded(**given | fields)


@given(event=ANY_EVENT)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    as_stored = stored(event)

    assert "\n" not in as_stored.data
    assert decode_event(as_stored) == event
    assert list(decode_events([as_stored, as_stored])) == [(as_stored, event)] * 2


@given(event=ANY_EVENT)
def test_the_free_text_stands_beside_the_data_and_nowhere_in_it(event: Event) -> None:
    words = "§ what is personal §"
    if event.text_field:
        event = replace(event, **{event.text_field: words})
    as_stored = stored(event)

    assert as_stored.text == (words if event.text_field else None)
    assert words not in as_stored.data
    assert event.text_field not in msgspec.json.decode(as_stored.data)


@given(event=ANY_EVENT)
def test_an_erased_text_reads_as_such(event: Event) -> None:
    if not event.text_field:
        return
    event = replace(event, **{event.text_field: "words"})
    erased = stored(event, text=bytes(32), salt=None)

    assert decode_event(erased) == replace(event, **{event.text_field: ERASED})
    assert list(decode_events([erased])) == [(erased, decode_event(erased))]


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (MoneyDeposited(1, "USD"), None),
        (MoneyDeposited(1, "USD", ""), None),
        (MoneyDeposited(1, "USD", " "), " "),
        (AccountClosed(""), None),
        (EntryAmended(1), None),
        (EntryAmended(1, description=""), ""),
        (AccountAmended(5), None),
        (AccountAmended(owner="Bo"), "Bo"),
        (LedgerMigrated("a", 1), None),
    ],
)
def test_an_empty_text_is_stored_only_where_it_means_something_else_than_none(
    event: Event, text: str | None
) -> None:
    assert encode_event(event)[1] == text


def test_what_has_its_default_is_not_stored() -> None:
    assert encode_event(MoneyDeposited(1, "USD", "x")) == ('{"amount":1,"currency":"USD"}', "x")
    assert encode_event(AccountClosed("moved")) == ("{}", "moved")


def test_the_fields_of_an_event_may_stand_in_any_order_and_layout() -> None:
    data = ' {"tags":\t{"a" :"b"},\r\n "currency" : "\\u0055SD", "amount": 1 } '

    assert decode_event(recorded(data=data)) == MoneyDeposited(1, "USD", tags={"a": "b"})


UNREADABLE: dict[str, tuple[dict[str, object], str]] = {
    "an unknown type": (
        {"event_type": "MoneyPrinted"},
        "no event type 'MoneyPrinted' .known: .*BookCreated",
    ),
    "no type": ({"event_type": ""}, "there is no event type ''"),
    "version 0": ({"schema_version": 0}, "MoneyDeposited has no schema version 0"),
    "a negative version": ({"schema_version": -1}, "has no schema version -1"),
    "a version to come": ({"schema_version": 5}, "MoneyDeposited has no schema version 5"),
    "a missing field": ({"data": '{"amount":1}'}, "field currency is missing"),
    "a text of an event that has none": (
        {
            "event_type": "TimeZoneChanged",
            "schema_version": 1,
            "data": '{"time_zone":"UTC"}',
            "text": "x",
        },
        "it can have no free text beside its data",
    ),
    "a digest beside an event that has no text": (
        {
            "event_type": "TimeZoneChanged",
            "schema_version": 1,
            "data": '{"time_zone":"UTC"}',
            "text": bytes(32),
        },
        "it can have no free text beside its data",
    ),
    "a second text beside an old version, which has it in its data": (
        {
            "schema_version": 2,
            "data": '{"amount":1,"currency":"USD","description":"x"}',
            "text": "y",
        },
        "it can have no free text beside its data",
    ),
    "a missing field of an old version": (
        {"schema_version": 1, "data": '{"description":""}'},
        "the field 'amount' is missing",
    ),
    "an unknown field": (
        {"data": '{"amount":1,"currency":"USD","description":"","tip":2}'},
        "it can have no field tip",
    ),
    "an unknown field of an old version": (
        {"schema_version": 1, "data": '{"amount":1,"description":"","tip":2}'},
        "it can have no field tip",
    ),
    "text for a number": (
        {"data": '{"amount":"1","currency":"USD","description":""}'},
        "amount must be a number, without quotation marks",
    ),
    "a fraction of a minor unit": (
        {"data": '{"amount":1.5,"currency":"USD","description":""}'},
        "amount must be a whole number",
    ),
    "a number for text": (
        {"data": '{"amount":1,"currency":840,"description":""}'},
        "must stand in quotation marks",
    ),
    "a number for text in an old version": (
        {"schema_version": 1, "data": '{"amount":1,"description":9}'},
        "must stand in quotation marks",
    ),
    "null": ({"data": "null"}, "it is no object in braces"),
    "an array": ({"data": "[]"}, "it is no object in braces"),
    "an array in an old version": (
        {"schema_version": 1, "data": "[]"},
        "it is no object in braces",
    ),
    "nothing": ({"data": ""}, "it ends too early"),
    "half of it": ({"data": '{"amount":1,"curr'}, "it ends too early"),
    "two of it": ({"data": "{}{}"}, "cannot be read"),
    "broken JSON in an old version": (
        {"schema_version": 1, "data": '{"amount":'},
        "it ends too early",
    ),
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
        "nested too deeply",
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


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('{"amount":1,"currency":"USD","description":"x"}', None),
        ('{"amount":1,"currency":"USD","description":"x"}', "y"),
        ('{"amount":1,"currency":"USD","\\u0064escription":"x"}', None),
        ('{"amount":1,"currency":"USD","description":""}', None),
        ('{"amount":1,"currency":"USD","tags":{"a":"b"},"description":"x"}', bytes(32)),
    ],
)
def test_a_text_that_stands_in_the_data_is_refused_where_others_may_have_written_it(
    data: str, text: str | bytes | None
) -> None:
    """No erasure would reach it there."""
    with pytest.raises(UnreadableEvent, match="its free text stands in its data"):
        decode_strictly(recorded(data=data, text=text))


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (3, '{"amount":1,"currency":"USD","tags":{"description":"x"}}'),
        (3, '{"amount":1,"currency":"USD","tags":{"a":"description"}}'),
        (2, '{"amount":1,"currency":"USD","description":"x"}'),
        (1, '{"amount":1,"description":"x"}'),
    ],
)
def test_words_that_are_no_free_text_stand_in_the_data_as_ever(version: int, data: str) -> None:
    event = recorded(schema_version=version, data=data)

    assert decode_strictly(event) == decode_event(event)


@given(event=ANY_EVENT)
def test_what_the_ledger_writes_is_read_strictly(event: Event) -> None:
    assert decode_strictly(stored(event)) == event


BAD_CHAINS = {
    "an upcaster too many": (
        "events.MoneyDeposited.upcasters += (dict,)",
        "leads past the current version 3",
    ),
    "an upcaster too few": (
        "events.TransferSent.schema_version = 3",
        "no upcaster lifts TransferSent from version 2",
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
