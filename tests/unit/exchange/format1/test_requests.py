from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import apsw
import pytest

from ledger.migration.format1.opening import open_source
from ledger.migration.format1.requests import (
    keyed_requests,
    metadata_without_text,
    request_parts,
    request_without_text,
)
from tests.support.format1.golden import BOOKS, EXPORT
from tests.support.format1.writing import event

OPEN = (
    '{"command":"open","account":"kw-fund","owner":"صندوق السفر","currency":"KWD",'
    '"initial_balance":"1.25","at":"2023-12-31T23:59:59.999999Z"}'
)
DIGEST = sha256(b"Pay").hexdigest()


def keyed(position: int, key: str, request: str = '{"command":"deposit"}') -> str:
    return f'{{"actor":"a","command":"deposit","idempotency_key":"{key}","request":{request}}}'


@pytest.mark.parametrize("path", [BOOKS, EXPORT])
def test_the_keys_of_a_log_are_those_that_0_1_remembered(path: Path) -> None:
    connection = apsw.Connection(f"file:{BOOKS}?immutable=1",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)  # fmt: skip
    kept = connection.execute("SELECT * FROM idempotency_keys ORDER BY first_position").fetchall()
    connection.close()
    with open_source(str(path)) as source:
        found = list(keyed_requests(source.events()))
    assert len(kept) == 28
    assert [
        (each.key, each.fingerprint, each.first_position, each.last_position) for each in found
    ] == kept


def test_a_keyed_transfer_is_one_request() -> None:
    with open_source(str(BOOKS)) as source:
        found = {each.key: each for each in keyed_requests(source.events())}
    transfer = found["t-1"]
    assert (transfer.first_position, transfer.last_position) == (15, 16)
    parts = request_parts(transfer.request)
    assert parts.members == {
        "command": "transfer",
        "from": "Assets:Bank:Checking",
        "to": "acc-002",
        "amount": "20",
    }
    assert (parts.text, parts.digest) == ("Half the rent\nsecond half later", None)


def test_neighbours_with_different_keys_are_two_requests() -> None:
    events = [event(1, metadata=keyed(1, "a")), event(2, metadata=keyed(2, "b")), event(3)]
    events += [event(4, metadata=keyed(4, "c")), event(5, metadata=keyed(5, "c"))]
    found = [(each.key, each.first_position, each.last_position) for each in keyed_requests(events)]
    assert found == [("a", 1, 1), ("b", 2, 2), ("c", 4, 5)]


def test_a_key_in_a_text_is_none() -> None:
    inner = '{"actor":"a","imported":{"idempotency_key":"x"}}'
    assert list(keyed_requests([event(1, metadata=inner)])) == []


def test_a_key_without_a_request_is_a_key() -> None:
    (found,) = keyed_requests([event(1, metadata='{"idempotency_key":"x"}')])
    assert found.request == ""
    assert found.fingerprint == sha256(b"").digest()
    assert request_parts(found.request).members == {}


@pytest.mark.parametrize(
    ("request_", "text", "digest"),
    [
        ('{"command":"deposit","amount":"1","description":"Pay"}', "Pay", None),
        ('{"command":"deposit","amount":"1","description":""}', "", None),
        (f'{{"command":"deposit","amount":"1","description_sha256":"{DIGEST}"}}', None, DIGEST),
        ('{"command":"deposit","amount":"1"}', None, None),
        ('{"command":"deposit","reason":"x","amount":"1"}', "x", None),
    ],
)
def test_a_request_is_taken_apart(request_: str, text: str | None, digest: str | None) -> None:
    parts = request_parts(request_)
    assert parts.members == {"command": "deposit", "amount": "1"}
    assert (parts.text, parts.digest) == (text, digest)
    assert request_without_text(request_) == '{"command":"deposit","amount":"1"}'


def test_nothing_of_the_text_stays_in_metadata() -> None:
    with open_source(str(BOOKS)) as source:
        for each in source.events():
            stripped = metadata_without_text(each.metadata)
            before, after = json.loads(each.metadata), json.loads(stripped)
            assert list(before) == list(after)
            request = before.pop("request", {})
            for name in ("owner", "description", "reason"):
                request.pop(name, None)
            assert after.pop("request", {}) == request
            assert after == before


def test_the_rest_of_metadata_stays_byte_for_byte() -> None:
    metadata = f'{{"imported":{{"n": 1.50 , "owner":"y"}}, "request":{OPEN}}}'
    assert metadata_without_text(metadata) == metadata.replace('"owner":"صندوق السفر",', "")
    assert metadata_without_text('{ "actor":"a" }') == '{ "actor":"a" }'
