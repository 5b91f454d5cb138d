"""A ledger of today's format in which everything stands that a migration must not lose."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.clock import DAY, HOUR, Clock
from tests.support.older_world import deposited, opened
from tests.support.program import SAMPLE_DATA

ERASED = "Erika Mustermann"
"""Whose texts are erased already."""

BEGUN = "2027-03-01T12:00"

LIFTED = 203
"""So many events came from the older world."""


def fill(ledger: Ledger, clock: Clock) -> None:
    ledger.rename_book("Chess club")
    ledger.batch((SAMPLE_DATA / "club_year.jsonl").read_bytes().splitlines())
    ledger.unlock("an older system is taken over")
    ledger.import_events((SAMPLE_DATA / "older_world.jsonl").read_bytes().splitlines())
    small = (deposited(2, "0.004", 5, account="small"), deposited(3, "7.5", 6, account="small"))
    ledger.import_events([opened("small"), *small])
    ledger.open_account("keyed", "Kim", at="2026-01-01", idempotency_key="opening")
    ledger.open_account("gone", ERASED, at="2026-01-01")
    ledger.deposit("gone", "9", ERASED, at="2026-02-01", idempotency_key="fee")
    ledger.transfer("gone", "keyed", "4", f"from {ERASED}", idempotency_key="gift")
    ledger.erase("gone", "asked for it")
    clock.now += DAY
    ledger.change_time_zone("Asia/Tokyo", "2027-06-01")
    ledger.deposit("keyed", "3", "later, about before", at="2026-01-15")
    for days in (1, 365):
        clock.now += days * DAY
        ledger.deposit("keyed", "1", f"{days} days ahead")
        clock.now -= days * DAY - HOUR
        ledger.correct_clock("it was ahead", trust_clock=True)
        if days == 1:
            clock.now += 2 * DAY
            ledger.withdraw_clock_correction()
    clock.now += HOUR
    ledger.transfer("keyed", "acc-001", "2", "today")


@pytest.fixture
def clock() -> Clock:
    return Clock(BEGUN)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The ledger's file, to be read, and the time by its clock."""
    path, clock = tmp_path_factory.mktemp("todays") / "old.db", Clock(BEGUN)
    with Ledger.draft(path, clock=clock, book={"time_zone": "Europe/Berlin"}) as ledger:
        fill(ledger, clock)
        clock.now += HOUR
    return path, clock.now


@pytest.fixture
def path(filled: tuple[Path, int], tmp_path: Path, clock: Clock) -> Path:
    """The ledger's file."""
    source, clock.now = filled
    return Path(shutil.copy(source, tmp_path))


@pytest.fixture(params=["file", "export"])
def source(request: pytest.FixtureRequest, path: Path, clock: Clock) -> Path:
    """The ledger's file, or an export of it."""
    return path if request.param == "file" else exported(path, clock)


def exported(path: Path, clock: Callable[[], int]) -> Path:
    with Ledger.open(path, create=False, clock=clock) as ledger:
        lines = [line + b"\n" for line in ledger.export_events()]
    export = path.with_suffix(".jsonl")
    export.write_bytes(b"".join(lines))
    return export
