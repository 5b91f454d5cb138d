"""What is not migrated: nothing is at the destination then, and the source is as it was."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from ledger import Ledger
from ledger.errors import (
    DamagedLedger,
    InvalidOption,
    InvalidTime,
    LedgerError,
    NoSuchLedger,
    NotALedger,
    StorageFailure,
    VerificationFailed,
)
from ledger.migration.source_event import SourceEvent
from tests.support.format1.folders import snapshot
from tests.support.format1.golden import BOOKS, DAMAGED, EXPORT
from tests.support.format1.writing import append_deposit, edited_export, event
from tests.support.permissions import run_bound
from tests.support.program import PROGRAM
from tests.unit.migration.conftest import MakeSource, opening


def refused(kind: type[LedgerError], source: Path, destination: Path, **how: Any) -> LedgerError:
    """Migrate in vain, and see that nothing has changed."""
    before = snapshot(destination.parent)
    with pytest.raises(kind) as raised:
        Ledger.migrate(source, destination, **{"time_zone": "UTC", **how})
    assert snapshot(destination.parent) == before
    return raised.value


def findings(error: LedgerError) -> list[tuple[Any, ...]]:
    details: Any = error.details
    assert details["count"] == len(details["findings"])
    return [
        (each["check"], each.get("position"), each.get("account_id"))
        for each in details["findings"]
    ]


# ── the destination ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "put",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("nowhere"),
        lambda path: shutil.copyfile(BOOKS, path),
    ],
    ids=["file", "folder", "dangling link", "ledger"],
)
def test_nothing_is_migrated_over_what_is_there(
    tmp_path: Path, put: Callable[[Path], object]
) -> None:
    put(tmp_path / "new.db")
    names = sorted(tmp_path.iterdir())
    with pytest.raises(InvalidOption, match="exists already"):
        Ledger.migrate(BOOKS, tmp_path / "new.db", time_zone="UTC")
    assert sorted(tmp_path.iterdir()) == names


def test_onto_itself(tmp_path: Path) -> None:
    path = Path(shutil.copyfile(BOOKS, tmp_path / "books.db"))
    refused(InvalidOption, path, path)
    assert path.read_bytes() == BOOKS.read_bytes()


def test_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageFailure, match="no ledger can be made"):
        Ledger.migrate(BOOKS, tmp_path / "nowhere" / "new.db", time_zone="UTC")
    assert list(tmp_path.iterdir()) == []


def test_into_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    folder.mkdir()
    folder.chmod(0o500)
    done = run_bound([PROGRAM, "migrate", BOOKS, folder / "new.db"])
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("error: no ledger can be made at")
    assert list(folder.iterdir()) == []


def test_in_a_time_zone_that_does_not_exist(tmp_path: Path) -> None:
    refused(InvalidTime, BOOKS, tmp_path / "new.db", time_zone="Mars/Phobos")


# ── the source ──────────────────────────────────────────────────────────────────────────────────


def foreign(path: Path) -> None:
    apsw.Connection(str(path)).execute("PRAGMA application_id = 7; CREATE TABLE t (a)")


def newer(path: Path) -> None:
    shutil.copyfile(BOOKS, path)
    apsw.Connection(str(path)).execute("PRAGMA user_version = 4")


def already_migrated(path: Path) -> None:
    Ledger.migrate(BOOKS, path, time_zone="UTC")


def cut_off(path: Path) -> None:
    shutil.copyfile(BOOKS, path)
    os.truncate(path, 4_096)


def exported_today(path: Path) -> None:
    with Ledger.in_memory() as ledger:
        path.write_bytes(b"\n".join(ledger.export_events()))


@pytest.mark.parametrize(
    ("put", "kind", "why"),
    [
        (lambda path: None, NoSuchLedger, "nothing"),
        (lambda path: path.mkdir(), NotALedger, "a folder"),
        (lambda path: os.mkfifo(path), NotALedger, "not a regular file"),
        (lambda path: path.write_bytes(b""), NotALedger, "empty"),
        (lambda path: path.write_bytes(b"hello\n"), NotALedger, "neither"),
        (foreign, NotALedger, "another application"),
        (newer, NotALedger, "newer"),
        (already_migrated, NotALedger, "of format 2 already"),
        (exported_today, NotALedger, "of format 2 already"),
        (cut_off, DamagedLedger, ""),
    ],
    ids=[
        "nothing",
        "folder",
        "fifo",
        "empty",
        "text",
        "foreign",
        "newer",
        "migrated",
        "export of today",
        "cut off",
    ],
)
def test_what_is_no_ledger_of_format_1(
    tmp_path: Path, put: Callable[[Path], object], kind: type[LedgerError], why: str
) -> None:
    put(tmp_path / "source")
    folder = tmp_path / "destination"
    folder.mkdir()
    assert why in refused(kind, tmp_path / "source", folder / "new.db").message


def test_a_damaged_file_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    error = refused(VerificationFailed, DAMAGED, tmp_path / "new.db")
    assert error.exit_status == 6
    assert findings(error) == [("hash_chain", 25, "kw-fund")]


def test_an_edited_export_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    def edit(lines: list[str]) -> None:
        lines[20] = lines[20].replace("Emptied", "emptied")
        lines[25] = lines[25].replace('"amount":', '"amount":1')
        del lines[100]

    old = edited_export(tmp_path / "old.jsonl", edit)
    found = findings(refused(VerificationFailed, old, tmp_path / "new.db"))
    assert ("hash_chain", 25) in [each[:2] for each in found]
    assert ("positions", 100) in [each[:2] for each in found]


def test_an_event_that_means_nothing_is_named(source: MakeSource, tmp_path: Path) -> None:
    old = source(
        [
            opening(1),
            event(2, data='{"amount":"many","currency":"USD","description":""}'),
            event(3),
            event(4, data='{"currency":"USD","description":""}'),
        ]
    )
    error = refused(VerificationFailed, old, tmp_path / "new.db")
    assert findings(error) == [("unreadable", 2, "a"), ("unreadable", 4, "a")]


TOO_MUCH = '{"amount":1001,"currency":"USD","description":""}'


@pytest.mark.parametrize(
    ("second", "check"),
    [
        (event(2, event_type="MoneyWithdrawn", data=TOO_MUCH), "rules"),
        (event(2, stream_id="b", version=1), "rules"),
        (event(2, data='{"amount":1,"currency":"EUR","description":""}'), "rules"),
        (event(2, stream_id="x", aggregate_type="Loan", version=1), "unknown_type"),
        (
            event(
                2,
                event_type="TransferSent",
                schema_version=1,
                data='{"transfer_id":"t","to_account":"b","amount":1,"currency":"USD",'
                '"description":""}',
            ),
            "transfers",
        ),
    ],
    ids=["overdrawn", "never opened", "another currency", "unknown type", "half a transfer"],
)  # fmt: skip
def test_what_breaks_the_rules_is_named_by_its_place_in_the_source(
    source: MakeSource, tmp_path: Path, second: Any, check: str
) -> None:
    old = source([opening(1), second])
    error = refused(VerificationFailed, old, tmp_path / "new.db")
    assert (check, 2, second.stream_id) in findings(error)


def test_an_account_of_the_older_world_that_has_the_books_id(
    source: MakeSource, tmp_path: Path
) -> None:
    old = source([opening(1), opening(2, stream_id="$book")])
    assert findings(refused(VerificationFailed, old, tmp_path / "new.db")) == [
        ("streams", 2, "$book")
    ]
    Ledger.migrate(
        old,
        tmp_path / "new.db",
        time_zone="UTC",
        transform=lambda given: [given] if given.stream_id == "a" else [],
    )


def test_a_key_that_two_commands_came_with(source: MakeSource, tmp_path: Path) -> None:
    keyed = json.dumps({"actor": "a", "command": "deposit", "idempotency_key": "k"})
    old = source([opening(1), event(2, metadata=keyed), event(3), event(4, metadata=keyed)])
    error = refused(VerificationFailed, old, tmp_path / "new.db")
    assert findings(error) == [("idempotency", None, "a")]


def test_a_source_that_is_written_to_meanwhile(tmp_path: Path) -> None:
    books = Path(shutil.copyfile(BOOKS, tmp_path / "books.db"))
    folder = tmp_path / "destination"
    folder.mkdir()

    def meanwhile(given: SourceEvent) -> list[SourceEvent]:
        append_deposit(apsw.Connection(str(books)))
        return [given]

    with pytest.raises(StorageFailure, match="written to"):
        Ledger.migrate(books, folder / "new.db", time_zone="UTC", transform=meanwhile)
    assert list(folder.iterdir()) == []


# ── what stays untouched ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [BOOKS, EXPORT, DAMAGED])
@pytest.mark.parametrize("lift", [False, True])
def test_the_source_is_never_touched(tmp_path: Path, path: Path, lift: bool) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    shutil.copyfile(path, folder / path.name)
    before = snapshot(folder)
    try:
        Ledger.migrate(folder / path.name, tmp_path / "new.db", lift=lift, time_zone="UTC")
    except VerificationFailed:
        assert path == DAMAGED
    assert snapshot(folder) == before
