"""Erasing while others write, read, rebuild, copy and export."""

from __future__ import annotations

from pathlib import Path

from ledger import Ledger
from ledger.errors import ErasedMeanwhile
from tests.support.child_process import Child, child
from tests.support.erasure.members import OF_ANNE, OF_OTHERS, write
from tests.support.erasure.traces import traces
from tests.support.erasure.workers import LOCK_TIMEOUT, erase_often, write_words


def ended(processes: list[Child[str]]) -> None:
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert (process.returncode, err) == (0, "")


def test_erasures_among_writers_lose_nothing_and_leave_nothing(path: str) -> None:
    with Ledger.open(path) as ledger:
        write(ledger)
    ended(
        [
            *(child(write_words, path, name, 25) for name in ("one", "other")),
            child(erase_often, path, "anne", 6),
        ]
    )
    with Ledger.open(path, create=False, lock_timeout=LOCK_TIMEOUT) as ledger:
        assert ledger.verify(workers=1).findings == ()
        erasures = [e for e in ledger.events(raw=True) if e.event_type == "PersonalDataErased"]
        assert erasures
        last = erasures[-1].position
        assert all(
            not isinstance(event.text, str)
            for event in ledger.events(raw=True, account_id="anne")
            if event.position < last
        )
        # What each did is there once: a lost race is decided again.
        keys = [record.key for record in ledger._store.key_records(prefix="one-")]
        assert len(keys) == len(set(keys)) > 0
        ledger.erase("anne", "the last one")
        assert ledger.verify(workers=2).findings == ()
    assert traces(path, OF_ANNE) == set()
    assert traces(path, OF_OTHERS) == {*OF_OTHERS}


def test_copies_exports_and_rebuilds_made_meanwhile_are_sound(path: str, tmp_path: Path) -> None:
    with Ledger.open(path) as ledger:
        write(ledger)
    processes = [
        child(write_words, path, "one", 40),
        child(erase_often, path, "anne", 8),
        child(erase_often, path, "ben", 4),
    ]
    exports = whole = 0
    with Ledger.open(path, create=False, lock_timeout=LOCK_TIMEOUT) as ledger:
        while any(process.poll() is None for process in processes):
            exports += 1
            ledger.backup(tmp_path / f"copy-{exports}.db")
            ledger.rebuild_projections(workers=1)
            assert ledger.verify(workers=1).findings == ()
            try:
                lines = list(ledger.export_events())
            except ErasedMeanwhile:
                continue
            whole += 1
            with Ledger.in_memory(restoring=True) as twin:
                assert twin.import_events(lines).erased == 0
                assert twin.verify().findings == ()
    ended(processes)
    assert exports
    assert whole
    for number in range(1, exports + 1):
        with Ledger.open(tmp_path / f"copy-{number}.db", create=False) as copy:
            assert copy.verify(workers=1).findings == ()
