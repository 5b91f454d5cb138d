"""The export format: a log as lines, from which the very same log can be made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import InvalidLine, OlderFormat
from ledger.eventstore.appending import follow_chain
from ledger.eventstore.export_format import (
    event_line,
    header_line,
    read_events,
    read_header,
)
from ledger.eventstore.records import NewEvent, RecordedEvent
from tests.support.appends import LEDGER_ID, appended_at, deposit, log_of, write
from tests.support.clock import NOON, SECOND, Clock
from tests.support.eventstore.recorded_events import recorded
from tests.support.memory_store import MemoryStore

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
SPACE = st.text(" \t\r", max_size=2)


@st.composite
def json_texts(draw: st.DrawFn) -> str:
    """JSON as some program might write it: spaces anywhere, non-ASCII escaped or not."""
    return json.dumps(
        draw(JSON),
        ensure_ascii=draw(st.booleans()),
        separators=(f"{draw(SPACE)},{draw(SPACE)}", f"{draw(SPACE)}:{draw(SPACE)}"),
    )


def exported(events: list[RecordedEvent]) -> list[tuple[int, bytes]]:
    return list(enumerate(map(event_line, events), 2))


@settings(max_examples=50, deadline=None)
@given(
    events=st.lists(
        st.builds(
            NewEvent,
            TEXTS,
            st.integers(1, 2**31 - 1),
            json_texts(),
            json_texts(),
            st.integers(-(10**16), NOON),
            st.none() | TEXTS,
        ),
        max_size=6,
    ),
    names=st.lists(TEXTS, min_size=1, max_size=3),
)
def test_a_log_comes_back_bit_for_bit(events: list[NewEvent], names: list[str]) -> None:
    store = MemoryStore(LEDGER_ID, Clock())
    for place, event in enumerate(events):
        store.append([write(store, names[place % len(names)], event)])
    log = log_of(store)

    lines = exported(log)

    assert all(b"\n" not in line for _, line in lines)
    assert list(read_events(lines)) == list(enumerate(log, 2))
    assert exported([event for _, event in read_events(lines)]) == lines
    assert list(follow_chain(LEDGER_ID, (event for _, event in read_events(lines)))) == log


def test_data_and_metadata_stand_in_the_line_as_they_are_stored() -> None:
    data = '{ "amount":\t1 ,\r "currency":"\\u0055SD","description":"\\/ é \\u00e9 \u2028"}'
    metadata = '{"x" : 1.0e+2, "x":0.10, "big": 123456789012345678901234567890}'

    line = event_line(recorded(data=data, metadata=metadata))

    assert f'"data":{data},"metadata":{metadata},'.encode() in line


def test_a_line_has_the_fields_of_the_contract_in_their_order() -> None:
    event = recorded(effective_at=NOON - SECOND, recorded_at=NOON)

    document = json.loads(event_line(event))

    assert document == {
        "position": 7,
        "event_id": event.event_id,
        "aggregate_id": "acc-001",
        "aggregate_type": "BankAccount",
        "event_type": "MoneyDeposited",
        "schema_version": 3,
        "version": 3,
        "data": {"amount": 100, "currency": "USD"},
        "metadata": {"actor": "test"},
        "effective_at": "2026-03-01T11:59:59.000000Z",
        "recorded_at": "2026-03-01T12:00:00.000000Z",
        "hash": "00" * 32,
    }
    assert list(document)[:3] == ["position", "event_id", "aggregate_id"]


@pytest.mark.parametrize("text", ["rent", "", "ß \u2028\n"])
def test_a_text_and_its_salt_come_last(text: str) -> None:
    document = json.loads(event_line(recorded(text=text, salt=bytes(range(16)))))

    assert document["text"] == text
    assert document["salt"] == "000102030405060708090a0b0c0d0e0f"
    assert list(document)[-3:] == ["hash", "text", "salt"]


def test_of_an_erased_text_the_digest_alone_is_exported() -> None:
    event = recorded(text=bytes(range(32)), salt=None)
    line = event_line(event)

    document = json.loads(line)

    assert "text" not in document
    assert "salt" not in document
    assert document["text_sha256"] == bytes(range(32)).hex()
    assert list(read_events([(2, line)])) == [(2, event)]


def test_backdated_marks_are_found_again() -> None:
    store = MemoryStore(LEDGER_ID, Clock())
    log = [
        *appended_at(store, "a", [NOON - 5, NOON - 9, NOON - 5]),
        *appended_at(store, "b", [NOON - 8, NOON - 9]),
        *appended_at(store, "a", [NOON - 6]),
    ]

    assert [event.backdated for _, event in read_events(exported(log))] == [
        False,
        True,
        False,
        False,
        True,
        True,
    ]


# ── what is no export ───────────────────────────────────────────────────────────────────────────


def a_line(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(event_line(recorded()))
    return {**document, **changes}


BAD_FIELDS: list[tuple[str, object, str]] = [
    ("position", "7", "position must be a number, without quotation marks"),
    ("position", 1.5, "position must be a whole number"),
    ("event_id", None, "event_id is null"),
    ("event_id", "6f1c7e0a-93b1-4c8e-8a3f-0d6c8c4a7a11", "does not belong to its hash"),
    ("aggregate_id", 5, "aggregate_id must stand in quotation marks"),
    ("schema_version", 0, "schema_version must be a whole number >= 1"),
    ("schema_version", 2**31, "schema_version must be a whole number <="),
    ("effective_at", "2024-06-15T12:00:00", "is not in UTC"),
    ("effective_at", "2024-06-15T12:00:00+00:00", "is not in UTC"),
    ("recorded_at", "yesterdayZ", "'yesterdayZ' is not a time"),
    ("recorded_at", "2024-13-01T00:00:00Z", "is not a time"),
    ("hash", "xyz", "hash does not consist of hex digits"),
    ("hash", 0, "hash must stand in quotation marks"),
    ("text", 5, "text must stand in quotation marks"),
    ("salt", "xyz", "salt does not consist of hex digits"),
    ("salt", 5, "salt must stand in quotation marks"),
    ("text_sha256", "xyz", "text_sha256 does not consist of hex digits"),
    ("text_sha256", ["00"], "text_sha256 must be a text, not a list"),
]


def test_a_line_with_a_text_and_the_digest_of_an_erased_one_is_named() -> None:
    line = a_line(text="rent", salt="00" * 16, text_sha256="00" * 32)

    with pytest.raises(
        InvalidLine, match=r"line 2: .* both a text and the digest of an erased one"
    ):
        list(read_events([(2, json.dumps(line).encode())]))


@pytest.mark.parametrize(("field", "value", "why"), BAD_FIELDS)
def test_a_line_with_a_field_that_cannot_be_is_named(field: str, value: object, why: str) -> None:
    lines = [(2, event_line(recorded())), (5, json.dumps(a_line(**{field: value})).encode())]

    with pytest.raises(InvalidLine, match=why.replace("$", r"\$")) as invalid:
        list(read_events(lines))

    assert invalid.value.details["line"] == 5
    assert invalid.value.message.startswith("line 5: this is not an exported event: ")
    assert "export the ledger again" in invalid.value.advice


@pytest.mark.parametrize("field", list(a_line()))
def test_a_line_without_a_field_is_named(field: str) -> None:
    document = a_line()
    del document[field]

    with pytest.raises(InvalidLine, match=f"line 3: .*the field {field} is missing"):
        list(read_events([(3, json.dumps(document).encode())]))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"not json",
        event_line(recorded())[:-5],
        event_line(recorded()) + b",",
        event_line(recorded(metadata='"caf\u00e9"')).replace("é".encode(), b"\xe9"),
        event_line(recorded(data="[" * 100_000 + "]" * 100_000)),
    ],
)
def test_a_line_that_is_no_event_is_named(line: bytes) -> None:
    with pytest.raises(InvalidLine, match="line 4: this is not an exported event: "):
        list(read_events([(4, line)]))


def test_the_events_before_a_bad_line_are_given() -> None:
    reading = read_events([(2, event_line(recorded())), (3, b"")])

    assert next(reading) == (2, recorded())


# ── the header ──────────────────────────────────────────────────────────────────────────────────


def test_the_header_says_which_ledger_it_is_and_where_its_log_ends() -> None:
    store = MemoryStore("id ✓", Clock())
    store.append([write(store, "a", deposit(), deposit())])
    head = store.head()

    header = read_header(header_line(store.ledger_id, head))

    assert header.ledger_id == store.ledger_id == "id ✓"
    assert (header.events, header.head) == (2, head.hash.hex())
    assert (header.format, header.format_version) == ("ledger-events", 2)


GOOD_HEADER = {
    "format": "ledger-events",
    "format_version": 2,
    "ledger_id": "x",
    "events": 0,
    "head": "",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "other-events"},
        {"format_version": 3},
        {"format_version": 0},
        {"format_version": "2"},
        {"ledger_id": 5},
        {"events": None},
    ],
)
def test_a_header_of_another_format_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidLine, match="line 1: this is not the header of an export") as invalid:
        read_header(json.dumps({**GOOD_HEADER, **changes}).encode())

    assert "newer ledger" in invalid.value.advice


@pytest.mark.parametrize(
    "line", [b"", b"[]", b'{"format": "ledger-events"}', b"\xff", b"[" * 100_000]
)
def test_a_line_that_is_no_header_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidLine, match="line 1: this is not the header of an export"):
        read_header(line)


@pytest.mark.parametrize("left_out", ["ledger_id", "head"])
def test_the_header_of_an_older_export_is_told_from_a_wrong_one(left_out: str) -> None:
    """Whatever else it says: its format is not read here."""
    older = {**GOOD_HEADER, "format_version": 1, "created_at": "2024-06-15T12:00:00Z"}
    del older[left_out]

    with pytest.raises(OlderFormat, match="was exported by an older release") as refused:
        read_header(json.dumps(older).encode())

    assert refused.value.details == {"format": 1}
    assert refused.value.exit_status == 2
    assert "migrate" in refused.value.advice
