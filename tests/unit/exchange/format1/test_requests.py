from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest

from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.json_members import rewrite_members
from ledger.migration.format1.opening import open_source
from ledger.migration.format1.requests import (
    KeyedRequest,
    keyed_request,
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


class Run(NamedTuple):
    """A keyed command: what was remembered of it, and its first and last position."""

    keyed: KeyedRequest
    first: int
    last: int


def runs(events: Iterable[Format1Event]) -> list[Run]:
    """The keyed commands of a log."""
    found: list[Run] = []
    for each in events:
        keyed = keyed_request(each)
        if keyed is None:
            continue
        if found and found[-1].keyed.key == keyed.key:
            found[-1] = Run(keyed, found[-1].first, each.position)
        else:
            found.append(Run(keyed, each.position, each.position))
    return found


def fingerprint(keyed: KeyedRequest) -> bytes:
    """What 0.1 knew a request by."""
    return sha256(keyed.request.encode()).digest()


def metadata_without_text(metadata: str) -> str:
    return rewrite_members(
        metadata, lambda name, value: request_without_text(value) if name == "request" else value
    )


def keyed(position: int, key: str, request: str = '{"command":"deposit"}') -> str:
    return f'{{"actor":"a","command":"deposit","idempotency_key":"{key}","request":{request}}}'


@pytest.mark.parametrize("path", [BOOKS, EXPORT])
def test_the_keys_of_a_log_are_those_that_0_1_remembered(path: Path) -> None:
    connection = apsw.Connection(f"file:{BOOKS}?immutable=1",
        flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)  # fmt: skip
    kept = connection.execute("SELECT * FROM idempotency_keys ORDER BY first_position").fetchall()
    connection.close()
    with open_source(str(path)) as source:
        found = runs(source.events())
    assert len(kept) == 28
    assert [(each.keyed.key, fingerprint(each.keyed), each.first, each.last) for each in found] == (
        kept
    )


def test_a_keyed_transfer_is_one_request() -> None:
    with open_source(str(BOOKS)) as source:
        found = {each.keyed.key: each for each in runs(source.events())}
    transfer = found["t-1"]
    assert (transfer.first, transfer.last) == (15, 16)
    parts = request_parts(transfer.keyed.request)
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
    found = [(each.keyed.key, each.first, each.last) for each in runs(events)]
    assert found == [("a", 1, 1), ("b", 2, 2), ("c", 4, 5)]


def test_a_key_in_a_text_is_none() -> None:
    inner = '{"actor":"a","imported":{"idempotency_key":"x"}}'
    assert keyed_request(event(1, metadata=inner)) is None


def test_a_key_without_a_request_is_a_key() -> None:
    found = keyed_request(event(1, metadata='{"idempotency_key":"x"}'))
    assert found is not None
    assert found.key == "x"
    assert found.request == ""
    assert fingerprint(found) == sha256(b"").digest()
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
