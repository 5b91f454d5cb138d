"""What is stored of each event, and what the new log says of where it came from."""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.domain.book_events import TestLedger
from tests.golden.format1.todays_answers import RENAMED
from tests.support.counter import Counter
from tests.support.format1.golden import BOOKS, CREATED_AT, EXPORT, HEAD, LEDGER_ID
from tests.support.format1.writing import START, event
from tests.unit.migration.conftest import Log, MakeSource, opening, stored

OLD: list[dict[str, Any]] = [json.loads(line) for line in EXPORT.read_bytes().splitlines()[1:]]
OLD_TEXTS = [line.decode() for line in EXPORT.read_bytes().splitlines()[1:]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Log:
    path = tmp_path_factory.mktemp("kept") / "new.db"
    report = Ledger.migrate(BOOKS, path, time_zone="UTC")
    assert (report.events, report.accounts, report.kept) == (127, 17, 42)
    assert report.renamed == RENAMED
    return stored(path)


@pytest.fixture(scope="module")
def lifted(tmp_path_factory: pytest.TempPathFactory) -> Log:
    path = tmp_path_factory.mktemp("lifted") / "new.db"
    assert Ledger.migrate(BOOKS, path, lift=True, time_zone="UTC").kept == 0
    return stored(path)


def is_older(old: dict[str, Any]) -> bool:
    return "imported" in old["metadata"]


def names_no_id(old: dict[str, Any]) -> bool:
    """Whether it names an account by what is no id any more."""
    return old["data"].get("account_id") in RENAMED


def test_the_log_begins_with_its_book_and_where_it_came_from(kept: Log) -> None:
    created, origin = kept[:2]
    assert (created["event_type"], origin["event_type"]) == ("BookCreated", "LedgerMigrated")
    assert created["data"]["time_zone"] == "UTC"
    assert created["data"]["ledger_id"] != LEDGER_ID
    assert origin["data"] == {"ledger_id": LEDGER_ID, "format": 1}
    assert origin["text"] == f"{HEAD[0]}:{HEAD[1]}"
    assert created["metadata"]["command"] == origin["metadata"]["command"] == "migrate"
    assert created["metadata"]["run"] == origin["metadata"]["run"]
    for each in (created, origin):
        assert each["recorded_at"] == each["effective_at"] == "2024-01-09T23:59:59.999999Z"


def test_two_of_one_source_are_told_apart(tmp_path: Path) -> None:
    first, second = (
        Ledger.migrate(BOOKS, tmp_path / name, time_zone="UTC") for name in ("1.db", "2.db")
    )
    assert first.ledger_id != second.ledger_id
    assert first.head.hash != second.head.hash
    assert first.source_ledger_id == second.source_ledger_id == LEDGER_ID
    assert (first.source_head.position, first.source_head.hash.hex()) == HEAD


@pytest.mark.parametrize("way", ["kept", "lifted"])
def test_streams_versions_times_and_marks_are_the_same(
    request: pytest.FixtureRequest, way: str
) -> None:
    new: Log = request.getfixturevalue(way)
    fields = ("aggregate_id", "aggregate_type", "event_type", "version")
    times = ("effective_at", "recorded_at")
    assert [[each[name] for name in (*fields, *times)] for each in new[2:]] == [
        [RENAMED.get(each[name], each[name]) for name in (*fields, *times)] for each in OLD
    ]
    assert [each["position"] for each in new[2:]] == [each["position"] + 2 for each in OLD]


def test_texts_stand_beside_the_data_in_todays_versions(kept: Log) -> None:
    checked = 0
    for old, new in zip(OLD, kept[2:], strict=True):
        if is_older(old):
            continue
        field = {"AccountOpened": "owner", "AccountClosed": "reason"}.get(
            old["event_type"], "description"
        )
        data = {**old["data"]}
        text = data.pop(field)
        if old["event_type"] == "AccountOpened":
            data["decimals"] = {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4}[data["currency"]]
        assert new["data"] == data
        assert new.get("text") == (text or None)
        assert new["schema_version"] == old["schema_version"] + 1
        checked += 1
    assert checked == 127 - 43


def test_the_older_world_keeps_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    Ledger.migrate(BOOKS, path, time_zone="UTC")
    checked = 0
    with Ledger.open(path, create=False) as ledger:
        for old, text, new in zip(OLD, OLD_TEXTS, [*ledger.events(raw=True)][2:], strict=True):
            if is_older(old) and not names_no_id(old):
                assert f'"data":{new.data},"metadata"' in text
                assert new.schema_version == old["schema_version"]
                assert (new.text, new.salt) == (None, None)
                metadata = new.metadata[: new.metadata.index(',"migrated"')]
                assert f'"metadata":{metadata}' in text
                checked += 1
    assert checked == 42


def test_lifted_nothing_personal_is_left_but_in_the_texts(lifted: Log) -> None:
    checked = 0
    for old, new in zip(OLD, lifted[2:], strict=True):
        if not is_older(old):
            continue
        assert set(new["metadata"]["imported"]) == {"event_id", "timestamp"}
        assert new["metadata"]["imported"]["event_id"] == old["metadata"]["imported"]["event_id"]
        wanted = old["data"].get("name", old["data"].get("owner", old["data"].get("description")))
        assert new.get("text") == (wanted or None)
        beside = json.dumps([new["data"], new["metadata"]], ensure_ascii=False)
        for personal in (wanted, *map(str, old["metadata"]["imported"]["metadata"].values())):
            if personal and personal != "None":
                assert f'"{personal}"' not in beside
        checked += 1
    assert checked == 43
    assert {(each["event_type"], each["schema_version"]) for each in lifted[2:]} == {
        ("AccountOpened", 5),
        ("MoneyDeposited", 3),
        ("MoneyWithdrawn", 3),
        ("TransferSent", 2),
        ("TransferReceived", 2),
        ("AccountClosed", 2),
    }


def test_amounts_of_the_older_world_are_lifted_exactly(lifted: Log) -> None:
    amounts = {
        old["position"]: new["data"].get("amount", new["data"].get("initial_balance"))
        for old, new in zip(OLD, lifted[2:], strict=True)
    }
    # 2.675 and 0.015 half to even, 0.30000000000000004 by its text, 68 that was cents already
    assert [amounts[position] for position in (91, 93, 94, 95, 96, 97)] == [
        268,
        12,
        30,
        68,
        2,
        1234,
    ]


@pytest.mark.parametrize("way", ["kept", "lifted"])
def test_metadata_are_as_they_were_but_for_what_an_erasure_must_reach(
    request: pytest.FixtureRequest, way: str
) -> None:
    new: Log = request.getfixturevalue(way)
    for old, each in zip(OLD, new[2:], strict=True):
        metadata = each["metadata"]
        for field in ("actor", "command", "correlation_id", "causation_id"):
            assert metadata.get(field) == old["metadata"].get(field)
        assert "run" not in metadata
        if "request" in old["metadata"]:
            request_then, request_now = old["metadata"]["request"], metadata["request"]
            texts = {"owner", "description", "reason"}
            assert request_now == {
                name: value for name, value in request_then.items() if name not in texts
            }


def test_no_hash_over_a_text_is_left_in_clear(kept: Log, lifted: Log) -> None:
    for log in (kept, lifted):
        key = bytes.fromhex(log[1]["salt"])
        for old, new in zip(OLD, log[2:], strict=True):
            mark = hmac.new(key, old["hash"][:16].encode(), "sha256").hexdigest()[:16]
            assert new["metadata"]["migrated"] == f"{old['position']}:{mark}"
        beside = json.dumps([{**each, "text": None} for each in log])
        assert not [old["hash"] for old in OLD if old["hash"][:12] in beside]


def test_times_of_the_book_are_the_sources_first(source: MakeSource, tmp_path: Path) -> None:
    early, late = "2001-01-01T00:00:00.000000Z", "2024-06-01T00:00:00.000000Z"
    for number, (created_at, wanted) in enumerate(((early, early), (late, None))):
        old = source([opening(1), event(2)], created_at=created_at)
        new = tmp_path / f"{number}.db"
        Ledger.migrate(old, new, time_zone="UTC")
        log = stored(new)
        first = wanted or log[2]["recorded_at"]
        assert {each["recorded_at"] for each in log[:2]} == {first}


def test_the_golden_files_first_time_is_its_creation(kept: Log) -> None:
    assert kept[2]["recorded_at"] > kept[0]["recorded_at"]
    assert CREATED_AT == 1_704_844_799_999_999


def test_a_ledger_without_events(source: MakeSource, tmp_path: Path) -> None:
    report = Ledger.migrate(source([]), tmp_path / "new.db", time_zone="Asia/Tokyo")
    assert (report.events, report.accounts, report.head.position) == (0, 0, 2)
    with Ledger.open(tmp_path / "new.db", create=False) as ledger:
        assert ledger.verify(expect_head=f"0:{report.source_head.hash.hex()}").clean
        ledger.open_account("a", "Ana")
        assert ledger.time_zone.current == "Asia/Tokyo"


def test_a_test_ledger_has_one_head(tmp_path: Path) -> None:
    test = TestLedger("2026-01-01T09:00:00Z+1s", "7")
    heads = {
        Ledger.migrate(BOOKS, tmp_path / name, test=test).head.hash for name in ("1.db", "2.db")
    }
    assert len(heads) == 1


def test_another_programs_aggregates_stay_as_they_are(source: MakeSource, tmp_path: Path) -> None:
    data = '{ "dozens" : 2 }'
    counter = {
        "stream_id": "doves",
        "aggregate_type": Counter.aggregate_type,
        "event_type": "CounterMoved",
    }
    moved = event(2, version=1, schema_version=1, data=data, **counter)
    Ledger.migrate(source([opening(1), moved]), tmp_path / "new.db", lift=True, time_zone="UTC")
    with Ledger.open(tmp_path / "new.db", create=False) as ledger:
        last = [*ledger.events(raw=True)][-1]
        assert (last.stream_id, last.aggregate_type, last.event_type) == tuple(counter.values())
        assert (last.data, last.schema_version, last.text) == (data, 1, None)


@pytest.mark.parametrize("interval", [0, 3])
def test_snapshots_are_where_they_would_have_been(
    source: MakeSource, tmp_path: Path, interval: int
) -> None:
    late = [event(position) for position in range(2, 8)]
    backdated = event(8, effective_at=START + 3, backdated=True)
    old = source([opening(1), *late, backdated, event(9)])
    new = tmp_path / "new.db"
    Ledger.migrate(old, new, time_zone="UTC", snapshot_interval=interval)
    with Ledger.open(new, create=False) as ledger:
        assert [each.version for each in ledger.snapshots("a")] == ([3, 6, 9] if interval else [])
        assert ledger.verify().clean
        assert ledger.agreement("a").holds


def test_progress_goes_up_to_its_end(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    Ledger.migrate(
        BOOKS,
        tmp_path / "new.db",
        time_zone="UTC",
        progress=lambda done, of: calls.append((done, of)),
    )
    assert calls == sorted(calls)
    assert {of for _, of in calls} == {2 * 127 + 2}
    assert calls[0][0] == 127
    assert calls[-1][0] == 2 * 127 + 2
