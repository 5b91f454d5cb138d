from __future__ import annotations

from datetime import date, datetime

import pytest

from ledger import Ledger
from ledger.bank_statements.matching.deduplication import key_prefix, match_entries
from ledger.bank_statements.statement import Entry
from tests.support.bank_statements.reading import statement
from tests.support.clock import Clock

COFFEE = Entry(2, date(2025, 3, 1), -425, "Corner Café")


@pytest.fixture
def bank(clock: Clock) -> Ledger:
    """A ledger in which `COFFEE` was imported into the account ``a``."""
    ledger = Ledger.in_memory(clock=clock)
    ledger.open_account("a", "Ana", at="2025-01-01", initial_balance="100")
    content = statement("Date,Description,Amount", "2025-03-01,Corner Café,-4.25")
    assert ledger.import_statement("a", content).imported == 1
    return ledger


def is_there(ledger: Ledger, entry: Entry, account_id: str = "a") -> bool:
    (match,) = match_entries(ledger._store, account_id, [entry])
    assert not match.unsure
    return match.is_there


def test_keys_never_change_since_ledgers_store_them() -> None:
    assert (
        key_prefix("acc-001", COFFEE.moment, COFFEE.amount_minor)
        == "import:acc-001:2025-03-01:-425:"
    )
    moment = datetime.fromisoformat("2025-03-01T08:30:00+02:00")
    assert key_prefix("acc-001", moment, 5) == "import:acc-001:2025-03-01T08:30:00+02:00:5:"


@pytest.mark.parametrize(
    "other",
    [
        Entry(2, date(2025, 3, 2), -425, "Corner Café"),
        Entry(2, date(2025, 3, 1), 425, "Corner Café"),
        Entry(2, date(2025, 3, 1), -424, "Corner Café"),
        Entry(2, date(2025, 3, 1), -425, "Corner Cafe"),
        Entry(2, date(2025, 3, 1), -425, ""),
        Entry(2, datetime.fromisoformat("2025-03-01T00:00"), -425, "Corner Café"),
        Entry(2, date(2025, 3, 1), -42, "5\nCorner Café"),
    ],
)
def test_different_content_makes_a_different_entry(bank: Ledger, other: Entry) -> None:
    assert is_there(bank, COFFEE)
    assert not is_there(bank, other)


@pytest.mark.parametrize(
    "words", ["corner café", " Corner  Café\n", "CORNER CAFE\u0301", "Corner\u00a0Café"]
)
def test_spelling_and_line_do_not_make_a_different_entry(bank: Ledger, words: str) -> None:
    assert is_there(bank, Entry(99, COFFEE.moment, -425, words))


def test_occurrences_are_counted_per_content(bank: Ledger) -> None:
    tea = Entry(3, COFFEE.moment, -425, "Tea")
    matches = match_entries(bank._store, "a", [COFFEE, tea, COFFEE, COFFEE])
    assert [match.is_there for match in matches] == [True, False, False, False]
    assert [match.key.rpartition(":")[2] for match in matches] == ["1", "2", "3", "4"]


def test_keys_differ_between_accounts(bank: Ledger) -> None:
    assert not is_there(bank, COFFEE, "b")


def test_the_longest_account_id_leaves_room_for_its_keys() -> None:
    moment = datetime.fromisoformat("2025-03-01T08:30:00.123456+02:00")
    assert len(key_prefix("a" * 128, moment, -(2**63))) + len("1000000000") <= 255
