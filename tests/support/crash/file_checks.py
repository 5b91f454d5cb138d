"""Checks that a ledger file is intact, from outside, and reads what is in it."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from ledger import Ledger
from ledger.eventstore.records import RecordedEvent

FIGURELESS = ("AccountAmended", "BalanceConfirmed", "ConfirmationWithdrawn", "EntryAmended")
"""Types of events that change no balance and no count."""

BESIDE = ("-wal", "-shm", "-journal")
"""Endings of what SQLite has beside a file."""

MOST_KEPT = 100
"""Of the contents of files."""


class WrittenEvent(NamedTuple):
    """An event without what differs each time it is recorded."""

    account: str
    version: int
    event_type: str
    data: str
    text: str | bytes | None
    key: str | None
    effective_at: int


class Content(NamedTuple):
    """What is in a ledger; equal for two ledgers that were given the same commands."""

    events: tuple[WrittenEvent, ...] = ()
    snapshots: tuple[tuple[str, int], ...] = ()
    lags: tuple[int, ...] = (0, 0)

    def timeless(self) -> Content:
        """The same without times."""
        return self._replace(events=tuple(event._replace(effective_at=0) for event in self.events))


_intact: dict[bytes, Content] = {}
"""What is in files that were checked, by their digest."""


def checked_content(path: str) -> Content:
    """What is in the ledger at a path, once it is known to be intact.

    A file with the bytes of one that was checked, and nothing beside it, is not checked again:
    most faults and kills leave some of a folder's ledgers as they were.
    """
    if any(os.path.exists(path + suffix) for suffix in BESIDE):
        return _checked(path)
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    if digest not in _intact:
        if len(_intact) == MOST_KEPT:
            _intact.clear()
        _intact[digest] = _checked(path)
    return _intact[digest]


def _checked(path: str) -> Content:
    with Ledger.open(path, create=False) as ledger:
        assert ledger.verify().findings == ()
        events = list(ledger.events(raw=True))
        head = ledger.head().position
        lags = tuple(view.lag for view in ledger.projections())
        snapshots = tuple((each.account_id, each.version) for each in ledger.snapshots())
    assert head == len(events)
    with closing(sqlite3.connect(path)) as file:
        streams = {name for (name,) in file.execute("SELECT stream_id FROM streams")}
        assert streams == {event.stream_id for event in events}
        _check_keys(file, events)
        _check_projections(file, events)
    _check_pairs(events)
    return Content(tuple(written_event(event) for event in events), snapshots, lags)


def ledgers(folder: str) -> dict[str, Content]:
    """What is in each ledger of a folder, without times."""
    return {
        name: checked_content(os.path.join(folder, name)).timeless()
        for name in sorted(os.listdir(folder))
        if name.endswith(".db")
    }


def _check_keys(file: sqlite3.Connection, events: Sequence[RecordedEvent]) -> None:
    """Each key that an event names is remembered with just its events, and no other is."""
    places: dict[str, list[int]] = {}
    for event in events:
        key = json.loads(event.metadata).get("idempotency_key")
        if key is not None:
            places.setdefault(key, []).append(event.position)
    remembered = file.execute("SELECT key, first_position, last_position FROM idempotency_keys")
    assert {key: list(range(first, last + 1)) for key, first, last in remembered} == places


def _check_projections(file: sqlite3.Connection, events: Sequence[RecordedEvent]) -> None:
    """The projections are the sum of the events that they have seen."""
    checkpoints = dict(file.execute("SELECT name, position FROM projections"))
    assert set(checkpoints) == {"account_balances", "account_summaries"}
    balances, _, is_open = _sums(events[: checkpoints["account_balances"]])
    found = file.execute("SELECT account_id, balance, is_open FROM account_balances")
    assert {account: rest for account, *rest in found} == {
        account: [balance, account in is_open] for account, balance in balances.items()
    }
    balances, counts, is_open = _sums(events[: checkpoints["account_summaries"]])
    rows = file.execute(
        "SELECT account_id, balance, transaction_count, status FROM account_summaries"
    )
    assert {account: rest for account, *rest in rows} == {
        account: [balance, counts[account], "active" if account in is_open else "closed"]
        for account, balance in balances.items()
    }


def _sums(events: Sequence[RecordedEvent]) -> tuple[dict[str, int], Counter[str], set[str]]:
    balances: dict[str, int] = {}
    opened_with: dict[str, int] = {}
    counts: Counter[str] = Counter()
    is_open: set[str] = set()
    for event in events:
        data = json.loads(event.data, parse_float=Decimal)
        if event.stream_id == "$book":
            assert (event.event_type == "BookCreated") == (event.position == 1)
            continue
        if event.event_type in ("AccountOpened", "OpeningAmended"):
            first = event.event_type == "AccountOpened"
            initial = _minor(data["initial_balance"], not first or event.schema_version >= 4)
            gone = 0 if first else opened_with[event.stream_id]
            balances[event.stream_id] = balances.get(event.stream_id, 0) + initial - gone
            opened_with[event.stream_id] = initial
            is_open.add(event.stream_id)
            continue
        if event.event_type == "AccountReopened":
            is_open.add(event.stream_id)
            continue
        if event.event_type == "EntryReversed":
            balances[event.stream_id] += data["amount"]
            counts[event.stream_id] -= 1
            continue
        if event.event_type in FIGURELESS:
            continue
        if event.event_type == "AccountClosed":
            is_open.remove(event.stream_id)
            continue
        new = event.schema_version >= 2 or event.event_type.startswith("Transfer")
        amount = _minor(data["amount"], new)
        if event.event_type in ("MoneyWithdrawn", "TransferSent"):
            amount = -amount
        balances[event.stream_id] += amount
        counts[event.stream_id] += 1
        assert amount
    return balances, counts, is_open


def _minor(amount: Any, in_minor_units: bool) -> int:
    if in_minor_units:
        assert isinstance(amount, int)
        return amount
    return int((Decimal(amount) * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


def _check_pairs(events: Sequence[RecordedEvent]) -> None:
    """Whatever was sent is received by the very next event."""
    sent: dict[str, Any] | None = None
    text: str | bytes | None = None
    for event in events:
        data = json.loads(event.data)
        if event.event_type == "TransferReceived":
            assert sent is not None
            for field in ("transfer_id", "amount", "currency", "tags", "receipts"):
                assert sent.get(field) == data.get(field)
            assert text == event.text
            sent = None
            continue
        assert sent is None
        if event.event_type == "TransferSent":
            sent, text = data, event.text
    assert sent is None


def written_event(event: RecordedEvent) -> WrittenEvent:
    """What an event says."""
    data = json.loads(event.data)
    for drawn in ("transfer_id", "ledger_id"):
        data.pop(drawn, None)
    return WrittenEvent(
        event.stream_id,
        event.version,
        event.event_type,
        json.dumps(data),
        event.text,
        json.loads(event.metadata).get("idempotency_key"),
        event.effective_at,
    )
