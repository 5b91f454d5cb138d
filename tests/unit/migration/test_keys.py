"""Idempotency keys go on to be remembered, whatever form their requests were in."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import IdempotencyKeyReused
from ledger.migration.format1.events import Format1Event
from ledger.migration.todays_metadata import todays_request
from tests.support.format1.writing import START, event
from tests.unit.migration.conftest import MakeSource, opening, stored

REQUEST = {"command": "deposit", "account": "a", "amount": "1", "description": "Päy"}


def keyed(position: int, request: dict[str, str] | None, key: str = "k", **fields: Any) -> Any:
    metadata: dict[str, Any] = {"actor": "ana", "command": "deposit", "idempotency_key": key}
    if request is not None:
        metadata["request"] = request
    text = json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)
    return event(position, metadata=text, **fields)


def migrated(source: MakeSource, tmp_path: Path, events: list[Format1Event]) -> Path:
    path = tmp_path / "new.db"
    Ledger.migrate(source([opening(1), *events]), path, time_zone="UTC")
    return path


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "request_then",
    [
        REQUEST,
        dict(reversed(REQUEST.items())),
        {**{k: v for k, v in REQUEST.items() if k != "description"},
         "description_sha256": digest("Päy")},
    ],
    ids=["in clear", "in another order", "as a digest"],
)  # fmt: skip
def test_a_repeated_command_replays(
    source: MakeSource, tmp_path: Path, request_then: dict[str, str]
) -> None:
    path = migrated(source, tmp_path, [keyed(2, request_then)])
    log = stored(path)
    assert "Päy" not in json.dumps(log[-1]["metadata"], ensure_ascii=False)
    assert digest("Päy") not in json.dumps(log[-1]["metadata"])
    with Ledger.open(path, create=False) as ledger:
        again = ledger.deposit("a", "1.00", "Päy", idempotency_key="k")
        assert again.replayed
        assert again.recorded[0].position == 4
        for changed in ({"amount": "2"}, {"description": "Pay"}):
            with pytest.raises(IdempotencyKeyReused, match=next(iter(changed))):
                ledger.deposit(
                    "a",
                    changed.get("amount", "1"),
                    changed.get("description", "Päy"),
                    idempotency_key="k",
                )
        assert ledger.verify().clean


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (
            {"at": "2024-01-03T10:00:00.000000Z", "command": "deposit", "account": "a",
             "amount": "12.5", "description": "x"},
            {"command": "deposit", "account": "a", "amount": "12.5",
             "at": "2024-01-03T10:00:00.000000Z"},
        ),
        (
            {"command": "open", "account": "a", "owner": "Ana", "currency": "JPY",
             "initial_balance": "0"},
            {"command": "open", "account": "a", "currency": "JPY", "initial_balance": "0"},
        ),
        (
            {"to": "b", "from": "a", "amount": "1", "command": "transfer", "description": ""},
            {"command": "transfer", "from": "a", "to": "b", "amount": "1"},
        ),
        (
            {"reason": "r", "command": "close", "account": "a"},
            {"command": "close", "account": "a"},
        ),
        ({"command": "dance", "account": "a", "reason": "r"}, {"command": "dance", "account": "a"}),
        ({"command": "deposit", "account": "a", "description": "x"},
         {"command": "deposit", "account": "a"}),
    ],
)  # fmt: skip
def test_requests_in_todays_form(then: dict[str, str], now: dict[str, str]) -> None:
    assert json.loads(todays_request(json.dumps(then))) == now


def test_a_request_is_exactly_what_the_command_makes_of_itself_today(
    source: MakeSource, tmp_path: Path
) -> None:
    path = migrated(source, tmp_path, [keyed(2, {**REQUEST, "at": "2023-11-14T22:13:20.000002Z"})])
    with Ledger.open(path, create=False) as ledger:
        at = "2023-11-14T22:13:21Z"
        ledger.deposit("a", "1", "Päy", at=at, idempotency_key="k2")
        before, after = ([json.loads(each.metadata) for each in ledger.events(raw=True)])[-2:]
    assert list(before["request"]) == list(after["request"])
    assert {**before["request"], "at": at} == {**after["request"], "at": at}


def test_both_sides_of_a_keyed_transfer_are_remembered_together(
    source: MakeSource, tmp_path: Path
) -> None:
    request = {"command": "transfer", "from": "a", "to": "b", "amount": "1", "description": "t"}
    rest = '"transfer_id":"t-1","amount":100,"currency":"USD","description":"t"'
    sent: dict[str, Any] = {"event_type": "TransferSent", "data": f'{{"to_account":"b",{rest}}}'}
    received: dict[str, Any] = {
        "event_type": "TransferReceived",
        "data": f'{{"from_account":"a",{rest}}}',
    }
    when: dict[str, Any] = {"effective_at": START + 3, "recorded_at": START + 4}
    events = [
        opening(2, stream_id="b"),
        keyed(3, request, version=2, schema_version=1, **sent),
        keyed(4, request, version=2, schema_version=1, stream_id="b", **received, **when),
        keyed(5, {**REQUEST, "account": "b"}, "other", version=3, stream_id="b"),
    ]
    with Ledger.open(migrated(source, tmp_path, events), create=False) as ledger:
        again = ledger.transfer("a", "b", "1", "t", idempotency_key="k")
        assert again.replayed
        assert [each.position for each in again.recorded] == [5, 6]
        assert ledger.deposit("b", "1", "Päy", idempotency_key="other").replayed


def test_a_key_without_a_request_stays_taken(source: MakeSource, tmp_path: Path) -> None:
    path = migrated(source, tmp_path, [keyed(2, None)])
    with Ledger.open(path, create=False) as ledger:
        assert ledger.verify().idempotency_keys == 1
        with pytest.raises(IdempotencyKeyReused):
            ledger.deposit("a", "1", "Päy", idempotency_key="k")
