"""A log of the older world with all that its program wrote can be imported, for ever.

``older_world.jsonl`` has every event type of that world, with and without what had a default there,
amounts that are no whole cents, timestamps in every form, and transfers with one side and with two.
The data is invented.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import NoSuchAccount
from ledger.eventstore.codec import decode_event
from tests.support.clock import DAY, Clock

LINES = (Path(__file__).parent / "older_world.jsonl").read_bytes().splitlines()
OLDER: list[dict[str, Any]] = [json.loads(line) for line in LINES]

IMPORTED_ON = "2026-03-01T12:00:00Z"

# account: owner, status, currency, minor units, transactions
ACCOUNTS = {
    "camp": ("Hiro Tanaka", "active", "JPY", 3_000, 1),
    "fund": ("Unknown", "active", "USD", 23_750, 4),
    "old-box": ('Ivo "Ivó" Kovács', "closed", "USD", 0, 1),
    "sponsor": ("Noor Ibrahim", "active", "KWD", 1_375, 1),
    "till": ("Greta Lindqvist", "active", "USD", 25_033, 4),
    "vault": ("Unknown", "closed", "USD", 0, 4),
}

# What was so at some moments in the life of these accounts: account, as of, minor units, version
PAST = [
    ("till", "2023-01-02T08:00:00Z", 25_000, 1),
    ("till", "2023-01-03T07:59:59.999999Z", 25_000, 1),
    ("till", "2023-01-03T08:00:00Z", 25_268, 4),  # found later, and dated back
    ("till", "2023-01-03T17:30:00.249999Z", 25_268, 4),
    ("till", "2023-01-03T17:30:00.25Z", 30_268, 4),
    ("till", "2023-01-31T00:00:00Z", 29_033, 4),
    ("till", "2023-02-02T12:00:00Z", 25_033, 5),
    ("vault", "2023-01-05T12:00:00.123455Z", 0, 1),
    ("vault", "2023-01-05T12:00:00.123456Z", 30, 3),  # seven digits and nine
    ("vault", "2023-01-06T00:00:00Z", 30, 4),  # with an offset
    ("vault", "2023-01-07T10:00:00Z", 0, 5),
    ("fund", "2023-02-02T12:00:00Z", 14_000, 3),
    ("fund", "2023-02-03T00:00:00Z", 23_500, 4),
    ("old-box", "2023-03-01T00:00:00Z", 12, 1),
    ("camp", "2023-04-01T23:59:59Z", 2_500, 1),
    ("camp", "2023-04-02T00:00:00Z", 3_000, 2),
    ("sponsor", "2023-04-03T00:00:00Z", 1_250, 1),
]


@pytest.fixture
def clock() -> Clock:
    return Clock(IMPORTED_ON)


@pytest.fixture(params=["imported", "restored", "with snapshots"])
def books(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    """The log in a ledger: as it was imported, or as a ledger was made from its export."""
    interval = 2 if request.param == "with snapshots" else 0
    with Ledger.open(tmp_path / "books.db", clock=clock, snapshot_interval=interval) as ledger:
        ledger.import_events(LINES)
        clock.now += DAY
        if request.param != "restored":
            yield ledger
            return
        with Ledger.in_memory(clock=clock, restoring=True) as copy:
            copy.import_events(ledger.export_events())
            yield copy


def test_the_file_has_every_event_type_of_the_older_world() -> None:
    assert Counter((each["event_type"], each.get("schema_version", 1)) for each in OLDER) == {
        ("AccountOpened", 1): 3,
        ("AccountOpened", 2): 1,
        ("AccountOpened", 3): 1,
        ("AccountOpened", 4): 1,
        ("MoneyDeposited", 1): 6,
        ("MoneyDeposited", 2): 1,
        ("MoneyWithdrawn", 1): 3,
        ("MoneyWithdrawn", 2): 1,
        ("TransferSent", 1): 2,
        ("TransferReceived", 1): 2,
        ("AccountClosed", 1): 2,
    }


def test_the_report_says_what_was_rounded(clock: Clock) -> None:
    with Ledger.in_memory(clock=clock) as ledger:
        report = ledger.import_events(LINES)

    assert (report.source, report.events, report.accounts) == ("older-world", len(OLDER), 6)
    assert (report.rounded, report.rounded_to_nothing) == (6, 2)


def test_every_account_is_what_it_was(books: Ledger) -> None:
    for _ in range(2):
        found = {
            row.account_id: (
                *(row.owner, row.status, row.currency, row.balance_minor, row.transaction_count),
            )
            for row in books.accounts(status="all")
        }
        assert found == ACCOUNTS
        books.rebuild_projections()


@pytest.mark.parametrize(("account", "as_of", "balance", "version"), PAST)
def test_the_past_is_what_it_was(
    books: Ledger, account: str, as_of: str, balance: int, version: int
) -> None:
    found = books.balance(account, as_of=as_of)
    assert (found.balance.minor_units, found.version) == (balance, version)
    known = books.balance(account, as_of=as_of, known_at=IMPORTED_ON)
    assert (known.balance, known.version) == (found.balance, found.version)


def test_nothing_was_known_before_the_import(books: Ledger) -> None:
    for account in ACCOUNTS:
        with pytest.raises(NoSuchAccount):
            books.balance(account, known_at="2026-03-01T11:59:59.999999Z")


def test_nothing_was_there_before_it_was_opened(books: Ledger) -> None:
    with pytest.raises(NoSuchAccount):
        books.balance("till", as_of="2023-01-02T07:59:59.999999Z")


def test_what_was_stored_is_what_stood_in_the_file(books: Ledger) -> None:
    _, *events = books.events(raw=True)
    for event, line, older in zip(events, LINES, OLDER, strict=True):
        assert (event.stream_id, event.version) == (older["aggregate_id"], older["version"])
        assert event.schema_version == older.get("schema_version", 1)
        assert f'"data": {event.data}, '.encode() in line
        assert (event.text, event.salt) == (None, None)
        imported = json.loads(event.metadata)["imported"]
        assert imported["event_id"] == older["event_id"]
        assert imported["timestamp"] == older["timestamp"]
        assert imported.get("metadata") == older.get("metadata")
        assert imported.get("shard") == older.get("shard")


def test_its_texts_are_read_from_where_they_stand(books: Ledger) -> None:
    _, *events = books.events(raw=True)
    words = [getattr(decode_event(event), decode_event(event).text_field) for event in events]
    assert words == [
        *("Greta Lindqvist", "Café takings ☕", "Stamps", "Unknown", "", "interest", "", "", ""),
        *("found under the drawer", "Unknown", "to the fund", "", "to the fund", "", ""),
        *('Ivo "Ivó" Kovács', "emptied", "moved to the vault", "Hiro Tanaka", "Barley tea"),
        *("Noor Ibrahim", ""),
    ]


def test_nothing_is_wrong_with_it(books: Ledger) -> None:
    found = books.verify()
    assert found.findings == ()
    assert found.looked_at["transfers"] == 1
    assert "2 sides of transfers stand alone" in found.notes[0]
    assert all(books.agreement(account).holds for account in ACCOUNTS)


def test_it_goes_on(books: Ledger) -> None:
    books.transfer("till", "fund", "50.33", "the rest of January")
    books.withdraw("till", "1.00", at="2023-01-04T00:00:00Z")
    assert books.balance("fund").balance.minor_units == 28_783
    assert books.verify().findings == ()
