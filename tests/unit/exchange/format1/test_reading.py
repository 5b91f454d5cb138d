from __future__ import annotations

import json
import shutil
import sys
import tracemalloc
from pathlib import Path

import apsw
import pytest

from ledger.domain.instant import format_instant
from ledger.errors import DamagedLedger, NotALedger, StorageFailure
from ledger.migration.format1.events import chain_hash, genesis
from ledger.migration.format1.opening import open_source
from ledger.migration.format1.verification import verify_source
from tests.support.child_process import fresh_child
from tests.support.format1.golden import BOOKS, CREATED_AT, EXPORT, HEAD, LEDGER_ID
from tests.support.format1.writing import chained, edited_export, event, write_export


@pytest.mark.parametrize("path", [BOOKS, EXPORT])
def test_a_source_says_which_ledger_it_is(path: Path) -> None:
    with open_source(str(path)) as source:
        assert (source.ledger_id, source.created_at) == (LEDGER_ID, CREATED_AT)
        assert (source.head.position, source.head.hash.hex()) == HEAD


@pytest.mark.parametrize("path", [BOOKS, EXPORT])
def test_every_event_is_as_0_1_exported_it(path: Path) -> None:
    lines = EXPORT.read_text("utf-8").splitlines()[1:]
    with open_source(str(path)) as source:
        events = list(source.events())
    assert len(events) == len(lines) == 127
    for found, line in zip(events, lines, strict=True):
        kept = json.loads(line)
        assert found.event_id == kept["event_id"]
        assert found.hash.hex() == kept["hash"]
        assert (found.position, found.version) == (kept["position"], kept["version"])
        assert (found.stream_id, found.aggregate_type) == (
            kept["aggregate_id"],
            kept["aggregate_type"],
        )
        assert (found.event_type, found.schema_version) == (
            kept["event_type"],
            kept["schema_version"],
        )
        assert format_instant(found.effective_at) == kept["effective_at"]
        assert format_instant(found.recorded_at) == kept["recorded_at"]
        assert f'"data":{found.data},"metadata":{found.metadata},"effective_at"' in line


def test_a_file_and_its_export_have_the_same_events() -> None:
    with open_source(str(BOOKS)) as file, open_source(str(EXPORT)) as export:
        events = list(file.events())
        assert events == list(export.events())
    assert any(each.backdated for each in events)


def test_the_log_can_be_read_several_times() -> None:
    for path in (BOOKS, EXPORT):
        with open_source(str(path)) as source:
            assert list(source.events()) == list(source.events())


def test_the_hashes_are_those_that_0_1_made() -> None:
    with open_source(str(BOOKS)) as source:
        previous = genesis(source.ledger_id)
        for each in source.events():
            assert chain_hash(previous, each) == each.hash
            previous = each.hash
    assert previous.hex() == HEAD[1]


def test_a_log_without_events_is_a_log(tmp_path: Path) -> None:
    path = write_export(tmp_path / "empty.jsonl", [])
    with open_source(str(path)) as source:
        assert source.head.position == 0
        assert list(source.events()) == []
        assert verify_source(source).clean


def test_an_export_may_have_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + EXPORT.read_bytes().replace(b"\n", b"\r\n\r\n"))
    with open_source(str(path)) as source, open_source(str(EXPORT)) as whole:
        assert list(source.events()) == list(whole.events())


def test_an_unreadable_event_ends_plain_reading(tmp_path: Path) -> None:
    def edit(lines: list[str]) -> None:
        lines[40] = "{}"

    with open_source(str(edited_export(tmp_path / "x.jsonl", edit))) as source:
        with pytest.raises(DamagedLedger, match="line 41") as caught:
            list(source.events())
        assert caught.value.details == {"line": 41}


def test_an_export_that_is_replaced_meanwhile_is_refused(tmp_path: Path) -> None:
    path = Path(shutil.copyfile(EXPORT, tmp_path / "x.jsonl"))
    with open_source(str(path)) as source:
        path.write_bytes(path.read_bytes() + b"\n")
        with pytest.raises(StorageFailure, match="was written to"):
            list(source.events())
        with pytest.raises(StorageFailure, match="was written to"):
            source.check_unchanged()


def test_memory_does_not_grow_with_the_events(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = write_export(tmp_path / f"{count}.jsonl", chained(map(event, range(1, count + 1))))
        with open_source(str(path)) as source:
            tracemalloc.start()
            assert verify_source(source).events == count
            _, highest = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        return highest

    few = peak(1_000)
    assert peak(4_000) < few + 50_000


def test_nothing_that_will_change_is_imported() -> None:
    with fresh_child(print_what_is_loaded) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    loaded = out.split()
    assert "ledger.migration.format1.verification" in loaded
    follows = ("ledger.eventstore", "ledger.exchange", "ledger.projections", "ledger.verification")
    assert [name for name in loaded if name.startswith(follows)] == []
    assert "ledger.domain.events" not in loaded


def print_what_is_loaded() -> None:
    from ledger.migration.format1 import opening, requests, verification  # noqa: F401

    print(*[name for name in sys.modules if name.startswith("ledger.")])


def test_a_file_without_its_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    shutil.copyfile(BOOKS, path)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA foreign_keys = OFF; DROP TABLE streams")
    connection.close()
    with pytest.raises(DamagedLedger, match="streams missing from its schema"):
        open_source(str(path))


def test_a_view_in_the_place_of_a_table_is_not_asked(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    shutil.copyfile(BOOKS, path)
    connection = apsw.Connection(str(path))
    connection.execute(
        "ALTER TABLE ledger RENAME TO hidden; CREATE VIEW ledger AS SELECT * FROM hidden"
    )
    connection.close()
    with pytest.raises(DamagedLedger, match="ledger missing from its schema"):
        open_source(str(path))


def test_a_table_that_was_made_anew_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    shutil.copyfile(BOOKS, path)
    connection = apsw.Connection(str(path))
    connection.execute(
        "DROP TABLE ledger; CREATE TABLE ledger (only_row, ledger_id, created_at);"
        "INSERT INTO ledger VALUES (1, 'x', 1)"
    )
    connection.close()
    with pytest.raises(DamagedLedger, match="the table ledger differs"):
        open_source(str(path))


def test_the_format_is_named_in_the_refusal(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    shutil.copyfile(BOOKS, path)
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", 2)
    connection.close()
    with pytest.raises(NotALedger, match="of format 2 already") as caught:
        open_source(str(path))
    assert caught.value.details["file_format"] == 2
