"""A text is a digest if and only if an erasure stands after it; `verify` names what is not so."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger import Ledger
from ledger.commands.erased_texts import ErasureFacts, ErasureWatch
from ledger.errors import BrokenChain
from ledger.eventstore.codec import decode_event
from ledger.eventstore.hash_chain import text_digest
from ledger.eventstore.records import RecordedEvent
from ledger.verification.findings import Finding
from tests.support.clock import Clock
from tests.support.erasure.members import ANNE, OF_ANNE, OF_OTHERS, append, opened, write

pytestmark = pytest.mark.usefixtures("forked_workers")

WORKERS = [1, 2, 3]


def tampered(path: str, *changes: tuple[str, tuple[Any, ...]]) -> None:
    """Change a ledger file behind its back, with its triggers put back afterwards."""
    with closing(sqlite3.connect(path)) as file:
        trigger = "events_are_never_updated"
        (sql,) = file.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (trigger,)).fetchone()
        file.execute(f"DROP TRIGGER {trigger}")
        file.execute("PRAGMA ignore_check_constraints = ON")
        for statement, values in changes:
            assert file.execute(statement, values).rowcount == 1
        file.execute(sql)
        file.commit()


def taken_out(event: RecordedEvent) -> tuple[str, tuple[Any, ...]]:
    digest = text_digest(event.text, event.salt)
    return (
        "UPDATE events SET text = ?, salt = NULL WHERE position = ?",
        (digest, event.position),
    )


def put_back(event: RecordedEvent) -> tuple[str, tuple[Any, ...]]:
    return (
        "UPDATE events SET text = ?, salt = ? WHERE position = ?",
        (event.text, event.salt, event.position),
    )


def events_with(path: str, *texts: str) -> list[RecordedEvent]:
    with Ledger.open(path, create=False) as ledger:
        return [event for event in ledger.events(raw=True) if event.text in texts]


def found(path: str, workers: int) -> list[Finding]:
    with Ledger.open(path, create=False) as ledger:
        return list(ledger.verify(workers=workers).findings)


def places(findings: list[Finding]) -> list[tuple[str, int | None, str | None]]:
    return [(each.check, each.position, each.found) for each in findings]


@pytest.fixture(scope="module")
def _written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "books.db"
    with Ledger.open(path, clock=Clock()) as ledger:
        write(ledger)
    return path


@pytest.fixture
def written(_written: Path, path: str) -> str:
    """The path of a ledger with all kinds of texts, as of the clock's time."""
    return shutil.copy(_written, path)


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("text", [OF_ANNE[1], OF_ANNE[4], OF_ANNE[5], OF_ANNE[6]])
def test_a_text_taken_out_without_an_erasure_is_found(
    written: str, text: str, workers: int
) -> None:
    events = events_with(written, text)
    tampered(written, *map(taken_out, events))
    findings = found(written, workers)
    assert places(findings) == [("erasure", event.position, "an erased text") for event in events]
    assert findings[0].account_id == events[0].stream_id
    assert "no erasure stands after it" in findings[0].message


@pytest.mark.parametrize("workers", WORKERS)
def test_a_text_taken_out_after_an_erasure_is_found(path: str, clock: Clock, workers: int) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        write(ledger)
        ledger.erase("anne", "asked for it")
        ledger.deposit("anne", "1", "since then")
        ledger.transfer("ben", "anne", "1", "a loan since then")
    events = events_with(path, "asked for it", "since then", "a loan since then")
    tampered(path, *map(taken_out, events))
    findings = found(path, workers)
    assert places(findings) == [("erasure", event.position, "an erased text") for event in events]


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("text", OF_ANNE[1:])
def test_a_text_put_in_place_of_an_erased_one_is_found(
    written: str, clock: Clock, text: str, workers: int
) -> None:
    events = events_with(written, text)
    with Ledger.open(written, clock=clock) as ledger:
        ledger.erase("anne", "asked for it")
    tampered(written, *map(put_back, events))
    findings = found(written, workers)
    assert [each for each in places(findings) if each[0] == "erasure"] == [
        ("erasure", event.position, "a text") for event in events
    ]
    assert {each.check for each in findings} <= {"erasure", "projection"}


@pytest.mark.parametrize("workers", WORKERS)
def test_one_side_of_a_transfer_put_back_is_found(written: str, clock: Clock, workers: int) -> None:
    of_ben, _ = events_with(written, OF_ANNE[3])
    with Ledger.open(written, clock=clock) as ledger:
        ledger.erase("anne", "asked for it")
    tampered(written, put_back(of_ben))
    findings = places(found(written, workers))
    assert ("erasure", of_ben.position, "a text") in findings
    assert sorted(check for check, *_ in findings) == ["erasure", "transfers"]


@pytest.mark.parametrize("workers", WORKERS)
def test_another_members_transfer_taken_out_is_found(
    written: str, clock: Clock, workers: int
) -> None:
    """The erasure of one account excuses nothing on the transfers of others."""
    events = events_with(written, OF_OTHERS[2])
    with Ledger.open(written, clock=clock) as ledger:
        ledger.erase("anne", "asked for it")
    tampered(written, *map(taken_out, events))
    findings = found(written, workers)
    assert places(findings) == [("erasure", event.position, "an erased text") for event in events]


def test_an_erasure_that_was_cut_off_is_recorded_anew(
    path: str, tmp_path: Path, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        write(ledger)
        erasure = ledger.erase("anne", "asked for it").recorded
        assert erasure is not None
        lines = list(ledger.export_events(to_position=erasure.position - 1))
    copy = str(tmp_path / "copy.db")
    with Ledger.draft(copy, restoring=True, clock=clock) as ledger:
        report = ledger.import_events(lines)
        assert report.carried_over == 1
        *_, last = ledger.events(raw=True)
        assert (last.event_type, last.stream_id) == ("PersonalDataErased", "anne")
    assert found(copy, 1) == []


def test_a_text_that_was_taken_out_of_an_export_is_not_imported(
    path: str, tmp_path: Path, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        write(ledger)
        before = list(ledger.export_events())
        ledger.erase("anne", "asked for it")
        after = list(ledger.export_events())
    place = next(each for each, line in enumerate(after) if b"text_sha256" in line)
    changed = [*before[:place], after[place], *before[place + 1 :]]
    with (
        pytest.raises(BrokenChain, match="was taken out, and no erasure"),
        Ledger.draft(tmp_path / "copy.db", restoring=True, clock=clock) as ledger,
    ):
        ledger.import_events(changed)
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("salt = NULL", "has a salt"),
        ("salt = x'00'", "has a salt"),
        ("text = NULL", "beside a text alone"),
        ("text = x'00', salt = NULL", "has 32 bytes"),
        ("text = zeroblob(32)", "beside a text alone"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_texts_and_salts_that_cannot_be_are_found(
    written: str, change: str, message: str, workers: int
) -> None:
    (event,) = events_with(written, OF_OTHERS[1])
    tampered(written, (f"UPDATE events SET {change} WHERE position = ?", (event.position,)))
    wrong = [each for each in found(written, workers) if each.check == "hash_chain"]
    assert [each.position for each in wrong] == [event.position]
    assert message in wrong[0].message


def test_a_salt_left_beside_an_erased_text_is_found(written: str, clock: Clock) -> None:
    (event,) = events_with(written, OF_ANNE[1])
    with Ledger.open(written, clock=clock) as ledger:
        ledger.erase("anne", "asked for it")
    tampered(
        written, ("UPDATE events SET salt = ? WHERE position = ?", (event.salt, event.position))
    )
    wrong = [each for each in found(written, 1) if each.check != "medium"]
    assert [(each.check, each.position) for each in wrong] == [("hash_chain", event.position)]


# ── sides that stand alone ──────────────────────────────────────────────────────────────────────


def test_a_side_without_another_one_is_of_no_other_account(path: str, clock: Clock) -> None:
    """A log of the older world may have one side of a transfer alone; lifted, it has its text."""
    from ledger.domain.events import TransferSent

    imported = '{"actor":"a","command":"migrate","run":"0","imported":{"event_id":"x"}}'
    with Ledger.open(path, clock=clock) as ledger:
        opened(ledger)
        event = append(
            ledger._store, "ben", TransferSent("t-1", "anne", 100, "USD", description="allein")
        )
    tampered(
        path, ("UPDATE events SET metadata = ? WHERE position = ?", (imported, event.position))
    )
    with Ledger.open(path, clock=clock) as ledger:
        ledger.erase("anne", "asked for it")
        assert "allein" in {each.text for each in ledger.events(raw=True)}
        assert [each.check for each in ledger.verify(workers=1).findings] == ["hash_chain"]


# ── facts ───────────────────────────────────────────────────────────────────────────────────────


def facts_of(ledger: Ledger, account_ids: set[str]) -> ErasureFacts:
    watch = ErasureWatch(ledger._store)
    for recorded in ledger.events(raw=True):
        if recorded.stream_id in account_ids:
            watch.see(recorded, decode_event(recorded))
    return watch.end()


def test_facts_of_parts_add_up_however_the_streams_are_shared_out(members: Ledger) -> None:
    members.erase("anne", "asked for it")
    members.erase("ben", "he too")
    accounts = {"anne", "ben", "club"}
    whole = facts_of(members, accounts)
    assert whole.hold
    for size in range(4):
        for some in combinations(sorted(accounts), size):
            added = facts_of(members, set(some))
            added.add(facts_of(members, accounts - set(some)))
            assert (added.hold, added.texts) == (True, whole.texts)
            assert added.erasures == whole.erasures
    alone = facts_of(members, {"club"})
    assert not alone.hold


# ── while others erase ──────────────────────────────────────────────────────────────────────────


def test_an_erasure_while_a_verification_runs_is_no_finding(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger, Ledger.open(path, clock=clock) as other:
        write(ledger)
        for number in range(2_500):
            ledger.deposit("anne", "1", f"number {number}")
        erasures = iter(["anne"])

        def erase_once(done: int, whole: int) -> None:
            for account_id in erasures if done else ():
                other.erase(account_id, "meanwhile")

        found = ledger.verify(workers=1, progress=erase_once)
        assert next(erasures, None) is None
        assert found.findings == ()
        assert found.head == ledger.head()


@pytest.mark.parametrize("workers", [1, 2])
def test_verifications_under_erasures_find_nothing(path: str, clock: Clock, workers: int) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        write(ledger)
    done = threading.Event()

    def erase() -> None:
        with Ledger.open(path, clock=clock, lock_timeout=60) as ledger:
            for number in range(6):
                ledger.deposit("anne", "1", f"since then {number}")
                ledger.transfer("ben", "anne", "1", f"loan {number}")
                ledger.erase("anne", f"time {number}")
        done.set()

    thread = threading.Thread(target=erase)
    thread.start()
    try:
        with Ledger.open(path, clock=clock, lock_timeout=60) as ledger:
            while not done.is_set():
                assert ledger.verify(workers=workers).findings == ()
            assert ledger.verify(workers=workers).findings == ()
    finally:
        thread.join()


def test_the_memory_of_the_facts_grows_with_accounts_not_with_events(members: Ledger) -> None:
    members.erase("anne", "asked for it")
    before = len(msgspec.json.encode(facts_of(members, {"anne", "ben", "club"})))
    for number in range(50):
        members.transfer("club", "anne", "1", f"{ANNE} {number}")
    members.erase("anne", "asked for it")
    after = len(msgspec.json.encode(facts_of(members, {"anne", "ben", "club"})))
    assert after <= before + 10
