"""The SQL views of random lives, beside what the ledger itself answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from ledger import Ledger
from tests.support.naive_lives import START, life
from tests.support.property.lived_books import LivedBook
from tests.support.property.places import lives, on_a_server
from tests.support.sql.plain_sqlite import (
    entry_rows,
    expected_accounts,
    expected_entries,
    in_memory,
    rows,
)

IN_SUITE = 10
AT_ONCE = 5


@contextmanager
def plain_client(ledger: Ledger) -> Iterator[Any]:
    """A connection of another program, which reads the ledger's views."""
    if not on_a_server():
        with closing(in_memory(ledger)) as connection:
            yield connection
        return
    import psycopg

    place = ledger._store.location  # type: ignore[attr-defined]
    with psycopg.connect(place) as client:
        yield client


@pytest.mark.parametrize("begin", range(0, IN_SUITE, AT_ONCE))
def test_the_views_say_what_the_ledger_says(begin: int) -> None:
    for seed in lives(begin, AT_ONCE):
        one = life(seed)
        with LivedBook(time_zone=("UTC", "America/Noronha")[seed % 2]) as lived:
            lived.begin(START)
            for number, step in enumerate(one.steps):
                if step.refused is None:
                    assert lived.carry_out(step.intent, one.at(step.before)) is None
                if number == len(one.steps) // 2 and seed % 3:
                    list(lived.ledger.find())  # the projection is made, and then falls behind
            if seed % 5 == 0 and lived.ledger.account_ids():
                lived.ledger.erase(lived.ledger.account_ids()[0], "Asked for")
            with plain_client(lived.ledger) as connection:
                entries = entry_rows(connection)
                accounts = rows(connection, "SELECT * FROM accounts ORDER BY account")
            assert accounts == expected_accounts(lived.ledger), seed
            assert entries == expected_entries(lived.ledger), seed
