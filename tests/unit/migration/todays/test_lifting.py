"""A ledger of today's format, written anew with every event in its current schema version."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger import Ledger
from ledger.domain.book_events import TestLedger
from ledger.errors import NotErasable
from tests.support.clock import DAY, Clock
from tests.support.erasure.traces import content_of
from tests.support.log_editing import edit_file
from tests.unit.migration.conftest import Log
from tests.unit.migration.todays.conftest import ERASED, LIFTED, exported

pytestmark = pytest.mark.usefixtures("forked_workers")


@pytest.fixture(scope="session")
def lifted(filled: tuple[Path, int]) -> Callable[[str], Path]:
    """What is written anew from a ``"file"`` or an ``"export"``, to be copied."""
    path, now = filled

    @cache
    def from_a(kind: str) -> Path:
        destination, clock = path.with_name(f"lifted-{kind}.db"), Clock(now)
        source = path if kind == "file" else exported(path, clock)
        report = Ledger.migrate(source, destination, lift=True, clock=clock)
        assert (report.kept, report.lifted) == (0, LIFTED)
        return destination

    return from_a


@pytest.fixture(params=["file", "export"])
def new(
    request: pytest.FixtureRequest, lifted: Callable[[str], Path], path: Path, tmp_path: Path
) -> Path:
    """The ledger written anew from the file of the old one, or from an export of it."""
    return Path(shutil.copy(lifted(request.param), tmp_path / "new.db"))


@pytest.fixture
def new_of_file(lifted: Callable[[str], Path], path: Path, tmp_path: Path) -> Path:
    """The one written anew from the file, for what follows from its log alone."""
    return Path(shutil.copy(lifted("file"), tmp_path / "new.db"))


def stored(path: Path, clock: Clock) -> Log:
    with Ledger.open(path, create=False, clock=clock) as ledger:
        return [json.loads(line) for line in ledger.export_events()][1:]


def moments_of(path: Path, clock: Clock) -> list[int]:
    """Some recorded times, and all of the book."""
    with Ledger.open(path, create=False, clock=clock) as ledger:
        events = list(ledger.events(raw=True))
    book = [event for event in events if event.stream_id == "$book"]
    return sorted({event.recorded_at for event in (*events[:: len(events) // 7], *book)})


def answers(path: Path, clock: Clock, moments: list[int]) -> list[Any]:
    """What a ledger answers on both clocks, but for its own hashes."""
    found: list[Any] = []
    with Ledger.open(path, create=False, clock=clock) as ledger:
        found += [msgspec.structs.replace(each, head=None) for each in ledger.accounts()]
        for known_at in [*moments, None]:
            for as_of in (None, "2026-01-20", "2024-02-01"):
                balances = ledger.balances(as_of=as_of, known_at=known_at)
                found += [(each.account_id, each.balance, each.version) for each in balances]
        for account_id in ledger.account_ids():
            history = msgspec.to_builtins(ledger.history(account_id, as_of=moments[-1]))
            found.append([history["state"], history["entries"]])
            statement = ledger.statement(account_id, from_time="2026-01-01", to_time="2026-12-31")
            found.append(
                [
                    statement.opening_balance_minor,
                    statement.entries,
                    statement.closing_balance_minor,
                ]
            )
        book = ledger.book()
        found.append([book.name, book.time_zone, book.created_us, book.corrections])
    return found


def test_the_new_ledger_answers_as_the_old_one_does(
    path: Path, new_of_file: Path, clock: Clock
) -> None:
    moments = moments_of(path, clock)
    assert answers(new_of_file, clock, moments) == answers(path, clock, moments)


DRAWN = ("event_id", "hash", "salt", "text_sha256")
"""What two logs of the same content need not share."""


def test_a_file_and_its_export_make_the_same_log(
    lifted: Callable[[str], Path], path: Path, clock: Clock, tmp_path: Path
) -> None:
    of_file, of_export = (
        [
            {name: value for name, value in each.items() if name not in DRAWN}
            for each in stored(Path(shutil.copy(lifted(kind), tmp_path / kind)), clock)
        ]
        for kind in ("file", "export")
    )
    for log in (of_file, of_export):
        assert log[0]["data"].pop("ledger_id")
        for each in log[:-1]:  # the mark is made with a key that is drawn
            each["metadata"]["migrated"] = each["metadata"]["migrated"].partition(":")[0]
    assert of_file == of_export


def test_every_event_keeps_its_place_its_times_and_its_mark(
    path: Path, new: Path, clock: Clock
) -> None:
    old, log = stored(path, clock), stored(new, clock)
    origin = log.pop()
    fields = ("position", "aggregate_id", "version", "event_type", "effective_at", "recorded_at")
    assert [[each[name] for name in fields] for each in log] == [
        [each[name] for name in fields] for each in old
    ]
    assert origin["event_type"] == "LedgerMigrated"
    assert origin["text"] == f"{old[-1]['position']}:{old[-1]['hash']}"
    assert "run" not in origin["metadata"]
    assert log[0]["data"]["ledger_id"] != old[0]["data"]["ledger_id"]
    for was, now in zip(old[1:], log[1:], strict=True):
        if was["schema_version"] == now["schema_version"]:
            for name in ("data", "text", "salt", "text_sha256"):
                assert now.get(name) == was.get(name)
            now["metadata"].pop("migrated")
            assert now["metadata"] == was["metadata"]
        else:
            assert set(now["metadata"]["imported"]) == {"event_id", "timestamp"}
            assert now["salt"] or not now.get("text")


def test_it_is_sound_and_knows_the_heads_of_the_old_one(
    path: Path, new: Path, clock: Clock
) -> None:
    old = stored(path, clock)
    with Ledger.open(new, create=False, clock=clock) as ledger:
        for workers in (1, 2):
            assert ledger.verify(workers=workers).findings == ()
        for each in (old[-1], old[100]):
            noted = ledger.verify(expect_head=f"{each['position']}:{each['hash'][:16]}")
            assert (noted.noted_head, noted.findings) == ("of_source", ())
        assert ledger.verify(expect_head=f"100:{old[100]['hash']}").noted_head == "missing"


def test_keys_are_remembered(new: Path, clock: Clock) -> None:
    with Ledger.open(new, create=False, clock=clock) as ledger:
        before = ledger.head()
        again = ledger.open_account("keyed", "Kim", at="2026-01-01", idempotency_key="opening")
        assert again.replayed
        fee = ledger.deposit("gone", "9", ERASED, at="2026-02-01", idempotency_key="fee")
        assert fee.replayed
        assert ledger.head() == before


def test_every_account_can_be_erased_afterwards(
    path: Path, new_of_file: Path, clock: Clock
) -> None:
    with Ledger.open(path, create=False, clock=clock) as ledger, pytest.raises(NotErasable):
        ledger.erase("small", "asked for it")
    with Ledger.open(new_of_file, create=False, clock=clock) as ledger:
        (key,) = [
            each.salt for each in ledger.events(raw=True) if each.event_type == "LedgerMigrated"
        ]
        for account_id in ledger.account_ids():
            ledger.erase(account_id, "asked for it")
        for workers in (1, 2):
            assert ledger.verify(workers=workers).findings == ()
        assert "Olga" not in str([*ledger.export_events()])
    content = content_of(str(new_of_file))
    assert key is not None
    for gone in (
        b"Olga",
        b"teller-2",
        b"Alice Martin",
        key,
        stored(path, clock)[-1]["hash"].encode(),
    ):
        assert gone not in content


def test_what_was_erased_stays_erased(path: Path, new: Path, clock: Clock) -> None:
    assert ERASED.encode() not in content_of(str(new))
    with Ledger.open(new, create=False, clock=clock) as ledger:
        texts = [event.text for event in ledger.events(raw=True) if event.stream_id == "gone"]
    assert [type(text) for text in texts] == [bytes, bytes, bytes, str]
    assert [each.get("text_sha256") for each in stored(new, clock)[:-1]] == [
        each.get("text_sha256") for each in stored(path, clock)
    ]


def test_an_amount_of_which_nothing_was_left_accuses_nobody(new: Path, clock: Clock) -> None:
    (small,) = [
        each
        for each in stored(new, clock)
        if each["aggregate_id"] == "small" and each["data"].get("amount") == 0
    ]
    assert small["metadata"]["unrounded"] == "0.004"
    assert small["schema_version"] == 3


@pytest.mark.parametrize("unrounded", [None, "0.006", "0", "NaN", "x", "1e999999999"])
def test_a_zero_amount_needs_a_reason(
    lifted: Callable[[str], Path], path: Path, clock: Clock, tmp_path: Path, unrounded: str | None
) -> None:
    shutil.copy(lifted("file"), tmp_path / "new.db")
    with Ledger.open(tmp_path / "new.db", create=False, clock=clock) as ledger:
        (position,) = [e.position for e in ledger.events(raw=True) if '"unrounded"' in e.metadata]
    said = "" if unrounded is None else f'"unrounded":"{unrounded}",'
    edit_file(
        tmp_path / "new.db",
        "UPDATE events SET metadata = "
        f"replace(metadata, '\"unrounded\":\"0.004\",', '{said}') WHERE position = {position}",
    )
    with Ledger.open(tmp_path / "new.db", create=False, clock=clock) as ledger:
        found = [(f.check, f.position) for f in ledger.verify(workers=1).findings]
    assert found == [("hash_chain", position), ("rules", position)]


def test_the_log_beside_an_open_file_is_read_and_nothing_is_touched(
    path: Path, clock: Clock, tmp_path: Path
) -> None:
    with Ledger.open(path, create=False, clock=clock) as ledger:
        ledger.deposit("small", "1", "in the log alone")
        beside = [path, Path(f"{path}-wal")]
        assert beside[1].stat().st_size
        before = [(each.read_bytes(), each.stat().st_mtime_ns) for each in beside]
        names = sorted(each.name for each in tmp_path.iterdir())
        Ledger.migrate(path, tmp_path / "new.db", lift=True, clock=clock)
        assert [(each.read_bytes(), each.stat().st_mtime_ns) for each in beside] == before
        assert sorted(each.name for each in tmp_path.iterdir()) == sorted([*names, "new.db"])
        ledger.deposit("small", "1")  # its locks are still there
    assert any(
        each.get("text") == "in the log alone" for each in stored(tmp_path / "new.db", clock)
    )


def test_it_may_be_repeated_and_all_marks_stay(
    new_of_file: Path, clock: Clock, tmp_path: Path
) -> None:
    old = stored(new_of_file, clock)
    report = Ledger.migrate(new_of_file, tmp_path / "again.db", lift=True, clock=clock)
    assert report.lifted == 0
    with Ledger.open(tmp_path / "again.db", create=False, clock=clock) as ledger:
        book = ledger.book()
        assert book.migrated_from is not None
        assert book.migrated_from.ledger_id == old[0]["data"]["ledger_id"]
        origin = json.loads(next(e.data for e in ledger.events(raw=True) if e.position == len(old)))
        first, head = origin["ledger_id"], old[-1]["text"]
        for noted, whose in (
            (head, first),
            (f"100:{old[99]['hash']}", book.migrated_from.ledger_id),
        ):
            verified = ledger.verify(expect_head=noted)
            assert (verified.noted_head, verified.findings) == ("of_source", ())
            assert whose in verified.notes[0]
        ledger.erase("small", "asked for it")
        for workers in (1, 2):
            assert ledger.verify(workers=workers).findings == ()


def test_a_test_ledger_has_one_head(tmp_path: Path) -> None:
    test = TestLedger("2027-01-01T09:00:00Z+1s", "7")
    path = tmp_path / "old.db"
    with Ledger.open(path, test=test) as ledger:
        ledger.open_account("a", "Ana")
        ledger.deposit("a", "1", "x")
    first, second = (
        Ledger.migrate(path, tmp_path / name, lift=True, test=test) for name in ("1.db", "2.db")
    )
    assert first.head == second.head
    assert first.ledger_id == second.ledger_id != first.source_ledger_id


def test_a_head_far_ahead_of_the_clock_stays_for_a_correction(
    path: Path, clock: Clock, tmp_path: Path
) -> None:
    clock.now += 100 * DAY
    with Ledger.open(path, create=False, clock=clock) as ledger:
        ledger.deposit("small", "1")
    clock.now -= 50 * DAY
    Ledger.migrate(exported(path, clock), tmp_path / "new.db", lift=True, clock=clock)
    with Ledger.open(tmp_path / "new.db", create=False, clock=clock) as ledger:
        ledger.correct_clock("it was ahead", trust_clock=True)
        ledger.deposit("small", "1")
        assert ledger.verify().findings == ()
