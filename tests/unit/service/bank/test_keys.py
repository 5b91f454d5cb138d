from __future__ import annotations

from datetime import date, datetime

import pytest

from ledger.bank_statements.deduplication import content_hash, keyed
from ledger.bank_statements.entries import Entry

COFFEE = Entry(2, date(2025, 3, 1), -425, "Corner Café")


def test_a_key_is_pinned_since_ledgers_hold_it_for_ever() -> None:
    assert list(keyed("acc-001", [COFFEE])) == ["import:acc-001:4371f75d5e7e46f224d223e7c914d50b:1"]


@pytest.mark.parametrize(
    "other",
    [
        Entry(2, date(2025, 3, 2), -425, "Corner Café"),
        Entry(2, date(2025, 3, 1), 425, "Corner Café"),
        Entry(2, date(2025, 3, 1), -424, "Corner Café"),
        Entry(2, date(2025, 3, 1), -425, "Corner Cafe"),
        Entry(2, datetime.fromisoformat("2025-03-01T00:00"), -425, "Corner Café"),
        Entry(2, date(2025, 3, 1), -42, "5\nCorner Café"),
    ],
)
def test_other_content_is_another_entry(other: Entry) -> None:
    assert content_hash(other) != content_hash(COFFEE)


@pytest.mark.parametrize(
    "words", ["corner café", " Corner  Café\n", "CORNER CAFE\u0301", "Corner\u00a0Café"]
)
def test_spelling_and_place_in_the_file_make_no_other_entry(words: str) -> None:
    assert content_hash(Entry(99, COFFEE.moment, -425, words)) == content_hash(COFFEE)


def test_occurrences_are_counted_by_content() -> None:
    tea = Entry(3, COFFEE.moment, -425, "Tea")
    keys = list(keyed("a", [COFFEE, tea, COFFEE, COFFEE]))
    assert [key.rpartition(":")[2] for key in keys] == ["1", "1", "2", "3"]
    assert len(set(keys)) == 4


def test_accounts_have_keys_of_their_own() -> None:
    assert list(keyed("a", [COFFEE])) != list(keyed("b", [COFFEE]))


def test_the_longest_account_id_leaves_room_for_its_keys() -> None:
    (key,) = keyed("a" * 128, [COFFEE])
    assert len(key) <= 200
