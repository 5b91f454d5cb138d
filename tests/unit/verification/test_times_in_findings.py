"""Findings tell times as the book does."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.clock import Clock
from tests.support.log_editing import edit_file

NEW_YEAR = 1_767_222_000_000_000
"""µs UTC: 2025-12-31T23:00:00Z, when the year 2026 begins in Berlin."""
HOUR = 3_600_000_000


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "books.db")
    with Ledger.draft(path, clock=Clock(NEW_YEAR), book={"time_zone": "Europe/Berlin"}) as books:
        books.open_account("a", "Ana")  # 2
        books.deposit("a", "5", at=NEW_YEAR)  # 3
    return path


def test_they_stand_in_the_books_zone(path: str) -> None:
    edit_file(
        path,
        f"UPDATE events SET recorded_at = recorded_at + {HOUR} WHERE position = 2",
        f"UPDATE events SET effective_at = effective_at - {HOUR} WHERE position = 3",
    )

    with Ledger.open(path, create=False, as_it_is=True) as books:
        found = books.verify().findings

    texts = {
        text
        for finding in found
        if finding.check != "hash_chain"
        for text in (finding.message, finding.expected, finding.found)
    }
    assert "2026-01-01T01:00:00+01:00 or later" in texts  # recorded_times
    assert "2026-01-01T00:00:00+01:00" in texts
    assert (
        "account a was opened on 2026-01-01T00:00:00+01:00, after 2025-12-31T23:00:00+01:00"
    ) in texts
    assert not any("Z" in text for text in texts if text)
    assert "2026-01-01T00:00:00+01:00" in " ".join(
        problem.message for problem in Ledger.diagnose(path, repair=False).problems
    )


def test_a_zone_that_is_not_known_leaves_them_in_utc(path: str) -> None:
    edit_file(
        path,
        "UPDATE events SET data = replace(data, 'Berlin', 'Bonn') WHERE position = 1",
        f"UPDATE events SET recorded_at = recorded_at + {HOUR} WHERE position = 2",
    )

    with Ledger.open(path, create=False, as_it_is=True) as books:
        found = books.verify().findings

    assert ("2026-01-01T00:00:00Z or later", "2025-12-31T23:00:00Z") in {
        (finding.expected, finding.found) for finding in found
    }
