"""The view `event_log`, for people with any SQLite tool, against the events themselves."""

from __future__ import annotations

import sqlite3
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.instant import format_instant
from ledger.eventstore.surroundings import Surroundings
from tests.support.appends import appended, appended_at, deposit, log_of
from tests.support.clock import NOON, SECOND, Clock, utc
from tests.support.eventstore.store_files import foreign, made, opened

YEAR_1 = -62_135_596_800 * SECOND
YEAR_9999_ENDS = 253_402_300_800 * SECOND - 1


def rows_of(path: Path) -> list[sqlite3.Row]:
    with foreign(path) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM event_log ORDER BY position").fetchall()


@settings(max_examples=15, deadline=None)
@given(moments=st.lists(st.integers(YEAR_1, NOON), min_size=1, max_size=40))
def test_the_view_shows_what_the_events_say(
    tmp_path_factory: pytest.TempPathFactory, moments: list[int]
) -> None:
    path = made(tmp_path_factory.mktemp("view") / "books.db", events=0)
    with opened(path) as store:
        texts = cycle(("rent", None, "ß\u2028", ""))
        events_of = zip(moments, texts, strict=False)
        appended(store, "ß:1", *(deposit(at=moment, text=text) for moment, text in events_of))
        events = log_of(store)

    rows = rows_of(path)

    assert [dict(row) for row in rows] == [
        {
            "position": event.position,
            "event_id": event.event_id,
            "account_id": "ß:1",
            "aggregate_type": "BankAccount",
            "version": event.version,
            "event_type": event.event_type,
            "schema_version": event.schema_version,
            "data": event.data,
            "text": event.text,
            "erased": False,
            "metadata": event.metadata,
            "effective_at": format_instant(event.effective_at),
            "recorded_at": format_instant(event.recorded_at),
            "backdated": event.backdated,
            "hash": event.hash.hex(),
        }
        for event in events
    ]
    assert [utc(row["effective_at"]) for row in rows] == moments


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-SECOND, "1969-12-31T23:59:59.000000Z"),
        (-SECOND - 1, "1969-12-31T23:59:58.999999Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (YEAR_1, "0001-01-01T00:00:00.000000Z"),
        (YEAR_9999_ENDS, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_times_are_shown_to_the_microsecond_on_either_side_of_1970(
    tmp_path: Path, moment: int, text: str
) -> None:
    path = made(tmp_path / "books.db", events=0)
    with opened(path) as store:
        store.surroundings = Surroundings(Clock(max(moment, NOON)))
        appended_at(store, "a", [moment])

    (row,) = rows_of(path)

    assert (row["effective_at"], utc(row["effective_at"])) == (text, moment)


def test_an_erased_text_is_not_shown_as_one(tmp_path: Path) -> None:
    path = made(tmp_path / "books.db", events=0)
    with opened(path) as store:
        appended(store, "a", deposit(text="rent"), deposit(text="rent"))
    with foreign(path) as connection:
        connection.execute("UPDATE events SET text = zeroblob(32), salt = NULL WHERE position = 1")

    assert [(row["text"], row["erased"]) for row in rows_of(path)] == [(None, 1), ("rent", 0)]


def test_ids_have_the_uuid_variant_for_every_first_digit_there_is(tmp_path: Path) -> None:
    path = made(tmp_path / "books.db", events=400)
    with opened(path) as store:
        events = log_of(store)

    rows = rows_of(path)

    assert {event.hash.hex()[16] for event in events} == set("0123456789abcdef")
    assert [row["event_id"] for row in rows] == [event.event_id for event in events]
