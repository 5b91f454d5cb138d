from __future__ import annotations

from datetime import date, datetime

import pytest

from ledger.bank_statements.deduplication import content_hash, idempotency_keys
from ledger.bank_statements.entries import Entry

COFFEE = Entry(2, date(2025, 3, 1), -425, "Corner Café")


def test_keys_never_change_since_ledgers_store_them() -> None:
    assert idempotency_keys("acc-001", [COFFEE]) == [
        "import:acc-001:4371f75d5e7e46f224d223e7c914d50b:1"
    ]


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
def test_different_content_makes_a_different_entry(other: Entry) -> None:
    assert content_hash(other) != content_hash(COFFEE)


@pytest.mark.parametrize(
    "words", ["corner café", " Corner  Café\n", "CORNER CAFE\u0301", "Corner\u00a0Café"]
)
def test_spelling_and_line_do_not_make_a_different_entry(words: str) -> None:
    assert content_hash(Entry(99, COFFEE.moment, -425, words)) == content_hash(COFFEE)


def test_occurrences_are_counted_per_content() -> None:
    tea = Entry(3, COFFEE.moment, -425, "Tea")
    keys = idempotency_keys("a", [COFFEE, tea, COFFEE, COFFEE])
    assert [key.rpartition(":")[2] for key in keys] == ["1", "1", "2", "3"]
    assert len(set(keys)) == 4


def test_keys_differ_between_accounts() -> None:
    assert idempotency_keys("a", [COFFEE]) != idempotency_keys("b", [COFFEE])


def test_the_longest_account_id_leaves_room_for_its_keys() -> None:
    (key,) = idempotency_keys("a" * 128, [COFFEE])
    assert len(key) <= 200
