"""Every form that an event was ever stored in can be read, for ever.

``tests/golden`` holds one file for each event type and schema version: the data as its text stood
in the store, and the event that it means today. A file is never changed; a new version adds one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from ledger.domain.events import AccountEvent
from ledger.eventstore.codec import decode_data, encode_data

GOLDEN = Path(__file__).parents[2] / "golden"

EVENT_TYPES: dict[str, type[AccountEvent]] = {
    kind.__name__: kind for kind in get_args(AccountEvent)
}

CURRENT_VERSIONS = {name: kind.schema_version for name, kind in EVENT_TYPES.items()}

EVERY_VERSION = [
    (event_type, version)
    for event_type, current in CURRENT_VERSIONS.items()
    for version in range(1, current + 1)
]


def golden(event_type: str, version: int) -> dict[str, Any]:
    path = GOLDEN / f"{event_type}-{version}.json"
    assert path.exists(), f"schema version {version} of {event_type} needs the golden file {path}"
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


@pytest.mark.parametrize(("event_type", "version"), EVERY_VERSION)
def test_what_was_stored_then_is_read_as_what_it_means_today(event_type: str, version: int) -> None:
    stored = golden(event_type, version)
    assert (stored["event_type"], stored["schema_version"]) == (event_type, version)

    event = decode_data(event_type, version, stored["data"])

    assert event == EVENT_TYPES[event_type](**stored["today"])


@pytest.mark.parametrize(("event_type", "version"), CURRENT_VERSIONS.items())
def test_what_is_stored_today_has_the_form_of_its_version(event_type: str, version: int) -> None:
    """A changed form without a new version would be unreadable to the program of yesterday."""
    stored = golden(event_type, version)

    data = encode_data(EVENT_TYPES[event_type](**stored["today"]))

    assert (stored["schema_version"], data) == (version, stored["data"])


def test_there_is_no_golden_file_of_a_version_that_never_was() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == sorted(
        f"{event_type}-{version}" for event_type, version in EVERY_VERSION
    )
