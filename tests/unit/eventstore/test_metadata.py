"""Metadata as it is stored, and what can be found in it again."""

from __future__ import annotations

import msgspec
import pytest

from ledger.errors import UnreadableEvent
from ledger.eventstore.key_records import key_records, request_fingerprint
from ledger.eventstore.metadata import Metadata, keyed_part, parse_object
from ledger.eventstore.records import KeyRecord, RecordedEvent
from tests.support.eventstore.recorded_events import recorded


def test_unset_fields_are_not_written() -> None:
    assert Metadata("me", "deposit", "run-1").encode() == (
        '{"actor":"me","command":"deposit","run":"run-1"}'
    )


def test_everything_that_is_set_is_written_compactly_and_raw_parts_as_they_are() -> None:
    metadata = Metadata(
        "Ünï",
        "deposit",
        "run-1",
        "batch",
        "workflow-3",
        causation_id="message-9",
        idempotency_key="k",
        request=msgspec.Raw(b'{ "amount" : "5" }'),
        imported={"event_id": msgspec.Raw(b'"\\u0041"'), "n": msgspec.Raw(b"1.50")},
    )

    assert metadata.encode() == (
        '{"actor":"Ünï","command":"deposit","run":"run-1","via":"batch",'
        '"correlation_id":"workflow-3","causation_id":"message-9",'
        '"idempotency_key":"k","request":{ "amount" : "5" },'
        '"imported":{"event_id":"\\u0041","n":1.50}}'
    )


def test_the_keyed_part_is_found_again_exactly() -> None:
    request = b'{"command":"deposit","amount":"5"}'
    stored = Metadata(
        "me", "deposit", "r", idempotency_key="k", request=msgspec.Raw(request)
    ).encode()

    keyed = keyed_part(stored)

    assert (keyed.idempotency_key, bytes(keyed.request)) == ("k", request)


@pytest.mark.parametrize(
    "stored", ["{}", '{"actor":"me"}', '{"imported":{"idempotency_key":"theirs","request":1}}']
)
def test_metadata_without_a_key_has_no_keyed_part(stored: str) -> None:
    keyed = keyed_part(stored)

    assert (keyed.idempotency_key, bytes(keyed.request)) == (None, b"")


def test_any_object_can_be_read() -> None:
    assert parse_object('{"a": [1, "x"]}') == {"a": [1, "x"]}
    with pytest.raises(msgspec.MsgspecError):
        parse_object("[]")


# ── keys from a log ─────────────────────────────────────────────────────────────────────────────


def event(position: int, key: str | None, request: str = "{}") -> RecordedEvent:
    keyed = "" if key is None else f',"idempotency_key":"{key}","request":{request}'
    return recorded(position=position, metadata=f'{{"actor":"me"{keyed}}}')


def records(*keys: str | None) -> list[tuple[str, int, int]]:
    """The records of a log whose events have these keys."""
    found: list[KeyRecord] = []
    log = [event(position, key) for position, key in enumerate(keys, 1)]
    assert list(key_records(log, found.append)) == log
    return [(record.key, record.first_position, record.last_position) for record in found]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], []),
        ([None, None], []),
        (["a"], [("a", 1, 1)]),
        (["a", "a"], [("a", 1, 2)]),
        (["a", "b"], [("a", 1, 1), ("b", 2, 2)]),
        ([None, "a", "a", None, "b", None], [("a", 2, 3), ("b", 5, 5)]),
        (["a", None, None, "b", "b"], [("a", 1, 1), ("b", 4, 5)]),
    ],
)
def test_each_run_of_events_with_one_key_is_one_record(
    keys: list[str | None], expected: list[tuple[str, int, int]]
) -> None:
    assert records(*keys) == expected


def test_a_record_is_handed_over_once_its_last_event_has_gone_by() -> None:
    seen: list[object] = []
    log = [event(1, "a"), event(2, "a"), event(3, None), event(4, "b")]

    passing = key_records(log, lambda record: seen.append(record.key))
    while passed := next(passing, None):
        seen.append(passed.position)

    assert seen == [1, 2, "a", 3, 4, "b"]


def test_the_fingerprint_is_that_of_the_request_as_it_stands() -> None:
    found: list[KeyRecord] = []

    list(key_records([event(1, "a", '{ "x": 1 }')], found.append))

    assert found == [KeyRecord("a", request_fingerprint(b'{ "x": 1 }'), 1, 1)]
    assert found[0].fingerprint != request_fingerprint(b'{"x":1}')


def test_a_key_of_the_older_world_is_none_of_ours() -> None:
    found: list[KeyRecord] = []
    imported = recorded(metadata='{"imported":{"idempotency_key":"theirs"}}')

    assert list(key_records([imported], found.append)) == [imported]
    assert found == []


@pytest.mark.parametrize(
    "metadata", ['{"idempotency_key":5}', '["idempotency_key"]', '{"idempotency_key":"x"']
)
def test_metadata_that_cannot_be_read_is_named(metadata: str) -> None:
    with pytest.raises(UnreadableEvent, match="the metadata of event 7 cannot be read") as raised:
        list(key_records([recorded(metadata=metadata)], lambda _: None))

    assert raised.value.details == {"position": 7, "account_id": "acc-001"}
