"""Every form that an event was ever stored in can be read, for ever.

``tests/golden`` holds one file for each event type and schema version: the data and the free text
as they stood in the store, and the event that they mean today. What was stored is never changed; a
new version adds a file, and a new field says in the older ones what it means there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import ERASED, Event
from ledger.domain.book import Book
from ledger.domain.events import EntryAmended
from ledger.eventstore.codec import decode_event, encode_event
from ledger.eventstore.records import RecordedEvent

GOLDEN = Path(__file__).parents[2] / "golden"

EVENT_TYPES: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (*BankAccount.event_types, *Book.event_types)
}

CURRENT_VERSIONS = {name: kind.schema_version for name, kind in EVENT_TYPES.items()}

EVERY_VERSION = [
    (event_type, version)
    for event_type, current in CURRENT_VERSIONS.items()
    for version in range(1, current + 1)
]

# From which version on a type keeps its free text beside its data, so that it can be erased.
TEXT_BESIDE_SINCE = {
    "AccountOpened": 5,
    "MoneyDeposited": 3,
    "MoneyWithdrawn": 3,
    "TransferSent": 2,
    "TransferReceived": 2,
    "AccountClosed": 2,
}
WITHOUT_TEXT = {"TimeZoneChanged", "LogArchived"}

TEXT_BESIDE = [
    (event_type, version)
    for event_type, version in EVERY_VERSION
    if version >= TEXT_BESIDE_SINCE.get(event_type, 1) and event_type not in WITHOUT_TEXT
]

DIGEST = b"\x9f" * 32


def golden(event_type: str, version: int) -> dict[str, Any]:
    path = GOLDEN / f"{event_type}-{version}.json"
    assert path.exists(), f"schema version {version} of {event_type} needs the golden file {path}"
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def recorded(stored: dict[str, Any], text: str | bytes | None) -> RecordedEvent:
    """An event as it stands in a store, with the parts that say what it is."""
    return RecordedEvent(
        position=2,
        stream_id="acc-001",
        aggregate_type="BankAccount",
        version=1,
        event_type=stored["event_type"],
        schema_version=stored["schema_version"],
        data=stored["data"],
        text=text,
        salt=b"\x07" * 16 if isinstance(text, str) else None,
        metadata="{}",
        effective_at=0,
        recorded_at=0,
        backdated=False,
        hash=bytes(32),
    )


def today(stored: dict[str, Any]) -> Event:
    """The event that a golden file says it is: every field is written down, defaults too."""
    kind = EVENT_TYPES[stored["event_type"]]
    assert set(stored["today"]) == set(kind.__struct_encode_fields__)
    event: Event = msgspec.convert(stored["today"], kind)
    return event


@pytest.mark.parametrize(("event_type", "version"), EVERY_VERSION)
def test_what_was_stored_then_is_read_as_what_it_means_today(event_type: str, version: int) -> None:
    stored = golden(event_type, version)
    assert (stored["event_type"], stored["schema_version"]) == (event_type, version)

    event = decode_event(recorded(stored, stored["text"]))

    assert type(event) is EVENT_TYPES[event_type]
    assert event == today(stored)


@pytest.mark.parametrize(("event_type", "version"), CURRENT_VERSIONS.items())
def test_what_is_stored_today_has_the_form_of_its_version(event_type: str, version: int) -> None:
    """A changed form without a new version would be unreadable to the program of yesterday."""
    stored = golden(event_type, version)

    data, text = encode_event(today(stored))

    assert (stored["schema_version"], data, text) == (version, stored["data"], stored["text"])


@pytest.mark.parametrize(("event_type", "version"), TEXT_BESIDE)
def test_an_erasure_takes_the_text_and_nothing_else(event_type: str, version: int) -> None:
    stored = golden(event_type, version)
    text_field = EVENT_TYPES[event_type].text_field

    event = decode_event(recorded(stored, DIGEST))

    assert event == msgspec.structs.replace(today(stored), **{text_field: ERASED})


@pytest.mark.parametrize(("event_type", "version"), TEXT_BESIDE)
def test_no_text_that_can_be_erased_stands_in_the_data(event_type: str, version: int) -> None:
    stored = golden(event_type, version)
    assert EVENT_TYPES[event_type].text_field not in json.loads(stored["data"])


def test_a_cleared_text_stands_beside_the_data_as_any_other() -> None:
    assert encode_event(EntryAmended(17, description="")) == ('{"amends":17}', "")


def test_there_is_no_golden_file_of_a_version_that_never_was() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == sorted(
        f"{event_type}-{version}" for event_type, version in EVERY_VERSION
    )
