"""Figures of an archived time are held against the archive, of which each file is read once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger import Ledger
from ledger.errors import ArchiveMissing, DamagedArchive, DamagedLedger
from ledger.eventstore.archive.records import SegmentRecord
from ledger.eventstore.store import archived_version
from ledger.queries import folded_balances
from ledger.queries.folded_balances import FOLDED
from ledger.queries.reports.lines import Report
from tests.support.clock import DAY, Clock, utc
from tests.support.log_editing import edit_file, run_sql

ACCOUNTS = [f"acc-{number:02}" for number in range(FOLDED + 3)]
YEARS = (2023, 2024, 2025)
LAST_YEAR = {"from_time": "2024-01-01", "to_time": "2024-11-30"}


@pytest.fixture
def archived(path: str, clock: Clock, tmp_path: Path) -> Iterator[Ledger]:
    """Three years, of which the first two were archived as each was over.

    A later account holds more; the entry of each month but January comes a day late.
    """
    clock.now = utc("2023-01-01")
    with Ledger.open(path, clock=clock, snapshot_interval=5) as ledger:
        for account in ACCOUNTS:
            ledger.open_account(account, "Ana", initial_balance="1000")
        for year in YEARS:
            for month in range(1, 13):
                clock.now = utc(f"{year}-{month:02}-15") + DAY
                for number, account in enumerate(ACCOUNTS):
                    at = clock.now - (DAY if month > 1 else 0)
                    ledger.deposit(account, f"{number + month}.07", at=at)
            clock.now = utc(f"{year}-12-28")
            ledger.transfer(ACCOUNTS[0], ACCOUNTS[-1], "5")
            if year < YEARS[-1]:
                clock.now = utc(f"{year + 1}-01-02")
                ledger.archive(tmp_path / "archive", f"{year}-12-31")
        yield ledger


def lines_of(report: Report) -> list[msgspec.Struct]:
    return list(report.lines)


def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Told how much of files is read from some place on."""
    read, seen = os.pread, list[int]()

    def counted(file: int, size: int, place: int) -> bytes:
        found = read(file, size, place)
        seen.append(len(found))
        return found

    monkeypatch.setattr(os, "pread", counted)
    return seen


QUESTIONS = (
    LAST_YEAR,
    {"from_time": "2023-02-15", "to_time": "2023-02-15"},
    {"from_time": "2024-12-29"},
    {"to_time": "2023-06"},
    {"as_of": "2023-06-14", "known_at": "2023-08-16"},
    {"from_time": "2023-03-01", "known_at": "2024-05-15"},
    {"from_time": "2023-03-01", "known_at": "2025-05-15"},
)


def test_a_report_of_an_archived_time_says_what_it_said_before(
    archived: Ledger, clock: Clock
) -> None:
    with Ledger.in_memory(restoring=True, clock=clock) as whole:
        whole.import_events(archived.export_events())
        for asked in QUESTIONS:
            for prefixes in ((), (ACCOUNTS[3],)):
                found = archived.report(prefixes, by=("account", "month"), **asked)
                expected = whole.report(prefixes, by=("account", "month"), **asked)
                assert lines_of(found) == lines_of(expected), asked


def test_each_file_is_read_once_for_all_accounts_and_both_ends(
    archived: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    archived.report(**LAST_YEAR)  # which catches the table up
    first, second = (os.path.getsize(Path(each.folder, each.file)) for each in places(archived))
    seen = bytes_read(monkeypatch)
    archived.report(**LAST_YEAR)
    assert sum(seen) <= first + second
    seen.clear()
    archived.report(from_time="2023-02-01", to_time="2023-12-31")
    assert 0 < sum(seen) <= first, "no entry of the second file is of that time"
    seen.clear()
    archived.report(from_time="2025-02-01", to_time="2025-06-30")
    assert seen == [], "what was kept of the accounts is enough"


def places(ledger: Ledger) -> list[SegmentRecord]:
    """The segments, each with the folder where it is."""
    return [
        msgspec.structs.replace(each.segment, folder=each.folder) for each in ledger.book().archive
    ]


# ── what is not so ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.files
@pytest.mark.parametrize("account", [ACCOUNTS[-2], ACCOUNTS[5]])
@pytest.mark.parametrize(
    ("version", "change", "asked"),
    [
        (14, f"effective_at = effective_at - {200 * DAY}", LAST_YEAR),
        (13, f"effective_at = effective_at + {40 * DAY}", {"to_time": "2023-12"}),
        (13, "known_from = 1", {"known_at": "2023-06-01", "from_time": "2023-02"}),
    ],
)
def test_an_altered_row_of_an_archived_time_is_never_added_up(
    archived: Ledger, path: str, account: str, version: int, change: str, asked: dict[str, str]
) -> None:
    before = archived.report(**asked)
    run_sql(
        path,
        f"UPDATE account_entries SET {change} "
        f"WHERE account_id = '{account}' AND version = {version}",
    )
    with pytest.raises(DamagedLedger, match=f"account {account} "):
        archived.report(**asked)
    archived.rebuild_projections(["account_entries"], workers=1)
    assert archived.report(**asked) == before


@pytest.mark.files
def test_a_difference_as_of_an_archived_time_is_held_against_the_archive(
    archived: Ledger, path: str
) -> None:
    with archived.diff("2023-06-01", "2024-06-01", as_of="2023-12-31") as found:
        assert len(list(found.accounts)) == len(ACCOUNTS)
    run_sql(
        path,
        f"UPDATE account_entries SET known_from = 1 "
        f"WHERE account_id = '{ACCOUNTS[FOLDED - 1]}' AND version = 2",
        f"UPDATE account_entries SET amount = amount + 1 "
        f"WHERE account_id = '{ACCOUNTS[FOLDED - 1]}' AND version = 2",
    )
    with (
        pytest.raises(DamagedLedger, match=f"account {ACCOUNTS[FOLDED - 1]} "),
        archived.diff("2023-06-01", "2024-06-01", as_of="2023-12-31") as found,
    ):
        list(found.accounts)


@pytest.mark.files
def test_a_state_that_was_altered_since_it_was_archived_gives_no_figures(
    archived: Ledger, path: str
) -> None:
    archived.report(from_time="2025-02")
    edit_file(
        path,
        "UPDATE archived_streams SET state = json_set(state, '$.balance', 5) WHERE stream_no = "
        f"(SELECT stream_no FROM streams WHERE stream_id = '{ACCOUNTS[-1]}')",
    )
    with pytest.raises(DamagedLedger, match=f"account {ACCOUNTS[-1]} "):
        archived.report(from_time="2025-02")
    archived.report(**LAST_YEAR)  # for which it is not asked


def test_a_file_that_is_away_or_altered_gives_no_figures(archived: Ledger, path: str) -> None:
    def reported(**asked: str) -> Report:
        with Ledger.open(path, create=False) as ledger:
            return ledger.report(**asked)

    before = reported(**LAST_YEAR)
    first, second = (Path(each.folder, each.file) for each in places(archived))
    content = second.read_bytes()
    second.unlink()
    reported(from_time="2023-02", to_time="2023-12")
    with pytest.raises(ArchiveMissing, match=second.name):
        reported(**LAST_YEAR)
    second.write_bytes(content[:-9] + b"x" + content[-8:])
    with pytest.raises(DamagedArchive, match=second.name):
        reported(**LAST_YEAR)
    second.write_bytes(content)
    assert reported(**LAST_YEAR) == before
    first.unlink()
    with pytest.raises(ArchiveMissing, match=first.name):
        reported(**LAST_YEAR)


def test_what_is_archived_while_a_report_is_made_counts_once(
    archived: Ledger, path: str, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"from_time": "2024-06-01", "to_time": "2025-06-14"}
    for day in (29, 30):
        clock.now = utc(f"2025-12-{day}")
        archived.deposit(ACCOUNTS[-1], "70", at="2024-03-01")
    before = archived.report(**asked)

    def then_archived(*arguments: Any) -> int:
        found = archived_version(*arguments)
        monkeypatch.undo()
        with Ledger.open(path, clock=clock, create=False) as other:
            other.archive(tmp_path / "archive", "2025-12-29")
        return found

    monkeypatch.setattr(folded_balances, "archived_version", then_archived)
    assert lines_of(archived.report(**asked)) == lines_of(before)
    assert len(archived.book().archive) == 3
