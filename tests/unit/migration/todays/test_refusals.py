"""What of today's format is not written anew; nothing is at the destination then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.domain.book_events import TestLedger
from ledger.errors import InvalidOption, LedgerError, NotALedger, VerificationFailed
from tests.support.clock import Clock
from tests.support.log_editing import edit_file
from tests.unit.migration.todays.conftest import exported


def refused(kind: type[LedgerError], source: Path, clock: Clock, **how: Any) -> LedgerError:
    new = source.parent / "new.db"
    with pytest.raises(kind) as caught:
        Ledger.migrate(source, new, clock=clock, **how)
    assert not new.exists()
    return caught.value


def test_without_a_reason_to_write_it_anew(source: Path, clock: Clock) -> None:
    error = refused(NotALedger, source, clock)
    assert "of format 2 already" in error.message
    assert "an older program" in error.advice


def test_another_time_zone(source: Path, clock: Clock, tmp_path: Path) -> None:
    error = refused(InvalidOption, source, clock, lift=True, time_zone="UTC")
    assert error.details["time_zone"] == "Asia/Tokyo"
    Ledger.migrate(
        source, tmp_path / "new.db", clock=clock, lift=True, default_time_zone="Europe/Rome"
    )


def test_the_clock_of_a_test_ledger(source: Path, clock: Clock) -> None:
    test = TestLedger("2027-01-01T09:00:00Z+1s", "7")
    refused(InvalidOption, source, clock, lift=True, test=test)


def test_a_changed_file(path: Path, clock: Clock) -> None:
    edit_file(path, "UPDATE events SET metadata = '{}' WHERE position = 50")
    error = refused(VerificationFailed, path, clock, lift=True)
    assert "does not hold what was written to it" in error.message
    assert error.details["findings"][0]["position"] == 50  # type: ignore[index]


def test_a_changed_export(path: Path, clock: Clock) -> None:
    export = exported(path, clock)
    export.write_bytes(export.read_bytes().replace(b'"amount":', b'"amount": ', 1))
    refused(LedgerError, export, clock, lift=True)
    assert export.read_bytes()


def test_what_is_made_from_the_log_may_be_wrong(path: Path, clock: Clock, tmp_path: Path) -> None:
    edit_file(path, "UPDATE account_balances SET balance = balance + 1")
    Ledger.migrate(path, tmp_path / "new.db", clock=clock, lift=True)
    with Ledger.open(tmp_path / "new.db", create=False, clock=clock) as ledger:
        assert ledger.verify().findings == ()
