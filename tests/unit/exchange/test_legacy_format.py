"""Lines of an older world's log: kept byte for byte, inferred as events of today."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.domain.events import AccountClosed, AccountOpened, MoneyDeposited
from ledger.errors import InvalidLine
from ledger.exchange.legacy_format import read_older_event

WHOLE: dict[str, Any] = {
    "event_id": "13578e4a-75e0-4493-86b5-5d6c66957f1d",
    "aggregate_id": "acc-001",
    "aggregate_type": "BankAccount",
    "event_type": "MoneyDeposited",
    "data": {"amount": 50.0, "description": "Interest"},
    "metadata": {"user": "nightly-job"},
    "version": 2,
    "timestamp": "2024-01-06T20:26:32.513588",
}


def line(**changes: Any) -> bytes:
    return json.dumps({**WHOLE, **changes}).encode()


def test_a_line_without_a_schema_version_is_of_version_1() -> None:
    older = read_older_event(line())

    assert older.event == MoneyDeposited(5_000, "USD", "Interest")
    assert (older.event_type, older.schema_version) == ("MoneyDeposited", 1)
    assert (older.aggregate_id, older.version) == ("acc-001", 2)
    assert older.event_id == "13578e4a-75e0-4493-86b5-5d6c66957f1d"
    assert older.timestamp == "2024-01-06T20:26:32.513588"
    assert not older.rounded


def test_data_is_kept_byte_for_byte() -> None:
    data = '{ "description":"Caf\\u00e9 \\/ é",\t"amount" : 1.25e-1\r }'

    older = read_older_event(line(data=0).replace(b'"data": 0', f'"data":  {data}  '.encode()))

    assert older.data == data
    assert older.event == MoneyDeposited(12, "USD", "Café / é")
    assert older.rounded
    assert not older.rounded_to_nothing


def test_whatever_else_a_line_says_is_kept_as_it_stands() -> None:
    spaced = b'{ "user":\t"caf\\u00e9", "n": 1.50 }'

    older = read_older_event(
        line(metadata=0, session=[1, 2]).replace(b'"metadata": 0', b'"metadata": ' + spaced)
    )

    assert {name: bytes(raw) for name, raw in older.imported.items()} == {
        "event_id": b'"13578e4a-75e0-4493-86b5-5d6c66957f1d"',
        "metadata": spaced,
        "timestamp": b'"2024-01-06T20:26:32.513588"',
        "session": b"[1, 2]",
    }


def test_a_line_may_state_its_schema_version() -> None:
    older = read_older_event(
        line(
            event_type="AccountOpened",
            schema_version=2,
            data={"account_id": "acc-001", "owner": "Alice", "initial_balance": 2.675},
        )
    )

    assert older.event == AccountOpened("acc-001", "USD", 2, 268, owner="Alice")
    assert (older.schema_version, older.rounded) == (2, True)
    closed = read_older_event(line(event_type="AccountClosed", data={"reason": "moved"}))
    assert closed.event == AccountClosed("moved")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"aggregate_id": ""}, "the aggregate_id '' cannot be an account id"),
    ({"aggregate_id": "a\nb"}, r"the aggregate_id 'a\\nb' cannot be an account id"),
    ({"aggregate_id": "a\x7f"}, "cannot be an account id"),
    ({"aggregate_id": "$book"}, r"'\$book' cannot be an account id: what begins with \$ is kept"),
    ({"aggregate_id": "$"}, "cannot be an account id"),
    ({"aggregate_id": 5}, "the field 'aggregate_id' is not right"),
    ({"aggregate_type": "Loan"}, "the aggregate_type 'Loan' is not BankAccount"),
    ({"aggregate_type": None}, "the field 'aggregate_type' is not right"),
    ({"event_type": "MoneyPrinted"}, "this MoneyPrinted cannot be read: there is no event type"),
    ({"event_type": []}, "the field 'event_type' is not right"),
    ({"event_id": 1}, "the field 'event_id' is not right"),
    ({"schema_version": 0}, "MoneyDeposited has no schema version 0"),
    ({"schema_version": 9}, "MoneyDeposited has no schema version 9"),
    ({"schema_version": "1"}, "the field 'schema_version' is not right"),
    ({"version": "2"}, "the field 'version' is not right"),
    ({"version": 2.5}, "the field 'version' is not right"),
    ({"timestamp": 1704572792}, "the field 'timestamp' is not right"),
    ({"data": None}, "this MoneyDeposited cannot be read"),
    ({"data": []}, "this MoneyDeposited cannot be read"),
    ({"data": {}}, "this MoneyDeposited cannot be read: the field 'amount' is missing"),
    ({"data": {"amount": "5"}}, "the amount '5' is not a decimal number"),
    ({"data": {"amount": True, "description": ""}}, "the amount True is not a decimal number"),
    ({"data": {"amount": 1e300, "description": ""}}, "is out of range"),
    ({"data": {"amount": 5.0, "description": None}}, "description is null"),
    ({"data": {"amount": 5.0, "description": "", "fee": 1}}, "it can have no field fee"),
    ({"data": {"amount": 5.0, "description": "", "currency": "usd"}}, "is not an ISO 4217"),
]


@pytest.mark.parametrize(("changes", "why"), REFUSED)
def test_a_line_that_cannot_be_meant_is_refused_with_the_reason(
    changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(InvalidLine, match=why) as refused:
        read_older_event(line(**changes))

    assert "correct the line" in refused.value.advice


@pytest.mark.parametrize(
    "field",
    ["event_id", "aggregate_id", "aggregate_type", "event_type", "data", "version", "timestamp"],
)
def test_a_line_without_a_field_is_refused_by_its_name(field: str) -> None:
    fields = {name: value for name, value in WHOLE.items() if name != field}

    with pytest.raises(InvalidLine, match=f"the field '{field}' is missing"):
        read_older_event(json.dumps(fields).encode())


def test_a_line_without_metadata_is_read() -> None:
    fields = {name: value for name, value in WHOLE.items() if name != "metadata"}

    assert "metadata" not in read_older_event(json.dumps(fields).encode()).imported


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"null",
        b"[1]",
        b'"text"',
        b"not json",
        line()[:-1],
        line() + b"}",
        line(metadata="?").replace(b"?", b"\xff"),
        line(data={"amount": 1, "description": "?"}).replace(b"?", b"\xff"),
        line(metadata=0).replace(b'"metadata": 0', b'"metadata": ' + b"[" * 99_999 + b"]" * 99_999),
        b'{"\xff": 1}',
    ],
)
def test_what_is_no_json_object_is_refused(broken: bytes) -> None:
    with pytest.raises(InvalidLine, match="this is not a JSON object"):
        read_older_event(broken)


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        (b'"amount": ', b'"amount": 1, "amount": ', "amount"),
        (b'"amount": ', b'"amo\\u0075nt": 1, "amount": ', "amount"),
        (b'"metadata": 0', b'"metadata": {"a": {"b": 1, "b": 2}}', "b"),
        (b'"version": ', b'"version": 7, "version": ', "version"),
        (b'"metadata": 0', b'"metadata": ' + b"9" * 5_000 + b', "metadata": 0', "metadata"),
    ],
)
def test_a_line_that_says_something_twice_is_refused(
    before: bytes, after: bytes, name: str
) -> None:
    twice = line(metadata=0).replace(before, after)
    with pytest.raises(InvalidLine, match=f"the field '{name}' is given twice"):
        read_older_event(twice)


def test_data_without_bottom_is_refused() -> None:
    deep = b"[" * 600 + b"]" * 600

    with pytest.raises(InvalidLine):
        read_older_event(
            line(data={"amount": 0, "description": ""}).replace(
                b'"amount": 0', b'"amount": ' + deep
            )
        )
