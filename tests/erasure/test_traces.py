"""Not a byte of an erased text is left in the file, beside it, or in what is made of it later."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import msgspec
import pytest

from ledger import Ledger
from ledger.errors import LockTimeout
from ledger.projections.projection import StreamProjection
from tests.erasure.test_erasing import AllWords, with_own
from tests.support.clock import Clock
from tests.support.erasure.members import (
    ANNE,
    OF_ANNE,
    OF_OTHERS,
    opened,
    write,
)
from tests.support.erasure.traces import content_of, forms, traces, traces_in

LONG = "Ausführliche Begründung der Familie Zürcher. " * 200
"""More than a page of the file has room for."""


def restored(path: str, lines: list[bytes], clock: Clock) -> Ledger:
    """The ledger that a log makes at a path."""
    with Ledger.draft(path, restoring=True, clock=clock) as ledger:
        ledger.import_events(lines)
    return Ledger.open(path, clock=clock)


def test_the_search_finds_what_is_there(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        write(ledger)
        lines = b"\n".join(ledger.export_events())
    assert traces(path, [*OF_ANNE, *OF_OTHERS]) == {*OF_ANNE, *OF_OTHERS}
    assert traces_in(lines, OF_ANNE) == {*OF_ANNE}
    for form in forms(ANNE):
        assert traces_in(b"..." + form + b"...", [ANNE]) == {ANNE}


def test_nothing_is_left_anywhere(path: str, tmp_path: Path, clock: Clock) -> None:
    with Ledger.open(path, clock=clock, snapshot_interval=1) as ledger:
        write(ledger)
        report = ledger.erase("anne", "asked for it")
        assert report.traces is None
        # With the file still open, so that closing it does not tidy up.
        assert os.path.getsize(f"{path}-wal") == 0
        copy = str(tmp_path / "copy.db")
        ledger.backup(copy)
        lines = list(ledger.export_events())
        head = ledger.head()
        assert ledger.verify(workers=1).findings == ()
    twin = str(tmp_path / "twin.db")
    with restored(twin, lines, clock) as ledger:
        assert ledger.head() == head
        assert ledger.verify(workers=1).findings == ()
        assert list(ledger.export_events()) == lines
    with Ledger.open(copy, clock=clock) as ledger:
        assert ledger.head() == head
        assert ledger.verify(workers=1).findings == ()
    for place in (path, copy, twin):
        assert traces(place, OF_ANNE) == set()
        assert traces(place, OF_OTHERS) == {*OF_OTHERS}
    assert traces_in(b"\n".join(lines), OF_ANNE) == set()


def test_nothing_is_left_while_the_file_is_open(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        write(ledger)
        ledger.erase("anne", "asked for it")
        if os.fork() == 0:  # reading it here would release the locks of this process
            os._exit(len(traces(path, OF_ANNE)))
        assert os.waitstatus_to_exitcode(os.wait()[1]) == 0


def test_long_texts_go_too(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        opened(ledger)
        for number in range(20):
            ledger.deposit("anne", "1", LONG[number:])
        ledger.erase("anne", "asked for it")
        assert ledger.verify(workers=1).clean
    assert b"Familie" not in content_of(path)


class Owners(msgspec.Struct):
    account_id: str
    owner: str


class OwnersOnly(StreamProjection[Owners]):
    name = "owners_only"
    row = Owners

    def fold_row(self, row: Owners | None, event: object, recorded: object) -> Owners | None:
        owner = getattr(event, "owner", None)
        return row if owner is None else Owners(getattr(recorded, "stream_id", ""), owner)


def test_what_was_deleted_or_replaced_earlier_is_gone_as_well(path: str, clock: Clock) -> None:
    """Rebuilt projections, replaced snapshots and a batch that was rolled back leave free pages."""
    with Ledger.open(path, clock=clock, projections=[AllWords, OwnersOnly]) as ledger:
        write(ledger)
        ledger.rebuild_projections(workers=1)
        ledger.snapshot(["anne", "ben"])
        ledger.snapshot(["anne"])
        line = b'{"command":"deposit","account":"anne","amount":"1","description":"%s"}'
        ledger.batch([line % OF_ANNE[1].encode()] * 2_000, dry_run=True)
        ledger.rebuild_projections(workers=1)
    assert traces(path, OF_ANNE) == {*OF_ANNE}
    with Ledger.open(path, clock=clock) as ledger:
        assert ledger.erase("anne", "asked for it").emptied == ("all_words", "owners_only")
    assert traces(path, OF_ANNE) == set()


def test_statements_and_keys_leave_nothing(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger:
        opened(ledger)
        ledger.import_statement(
            "anne",
            f"Date,Description,Amount\n2026-01-05,{OF_ANNE[1]},5.00\n".encode(),
        )
        ledger.deposit("anne", "1", OF_ANNE[2], idempotency_key="k")
        ledger.erase("anne", "asked for it")
        assert ledger.verify(workers=1).clean
    assert traces(path, OF_ANNE) == set()


# ── other processes ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reader(path: str, clock: Clock) -> Iterator[apsw.Connection]:
    """Somebody who reads an older state of the file, as a database browser does."""
    with Ledger.open(path, clock=clock) as ledger:
        write(ledger)
    connection = apsw.Connection(path)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM events").fetchall()
    yield connection
    connection.close()


def test_a_reader_leaves_traces_which_are_told_and_go_the_next_time(
    path: str, clock: Clock, reader: apsw.Connection
) -> None:
    with Ledger.open(path, clock=clock, lock_timeout=0.3) as ledger:
        began = time.monotonic()
        report = ledger.erase("anne", "asked for it")
        assert time.monotonic() - began < 5
        assert isinstance(report.traces, LockTimeout)
        assert path in report.traces.message
        assert report.texts == 9
        assert ledger.verify(workers=1).clean
        head = ledger.head()
        reader.execute("ROLLBACK")
        again = ledger.erase("anne", "asked for it")
        assert (again.recorded, again.traces) == (None, None)
        assert ledger.head() == head
    reader.close()
    assert traces(path, OF_ANNE) == set()


def test_a_reader_that_ends_in_time_is_waited_for(
    path: str, clock: Clock, reader: apsw.Connection
) -> None:
    reader.close()
    child = os.fork()
    if child == 0:
        connection = apsw.Connection(path)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM events").fetchall()
        time.sleep(1.0)
        os._exit(0)
    time.sleep(0.3)
    with Ledger.open(path, clock=clock, lock_timeout=10) as ledger:
        assert ledger.erase("anne", "asked for it").traces is None
    os.waitpid(child, 0)
    assert traces(path, OF_ANNE) == set()


def test_a_writer_that_holds_the_lock_leaves_everything_as_it_is(
    path: str, clock: Clock, reader: apsw.Connection
) -> None:
    reader.execute("ROLLBACK")
    reader.execute("BEGIN IMMEDIATE")
    with Ledger.open(path, clock=clock, lock_timeout=0.2) as ledger:
        before = list(ledger.export_events())
        with pytest.raises(LockTimeout):
            ledger.erase("anne", "asked for it")
        assert list(ledger.export_events()) == before


def test_others_see_the_erasure_at_once(path: str, clock: Clock) -> None:
    with Ledger.open(path, clock=clock) as ledger, with_own(path, clock, AllWords) as other:
        write(ledger)
        other.deposit("anne", "1", "kept by the other one")
        other.catch_up()
        ledger.erase("anne", "asked for it")
        assert other.history("anne").state.owner == "(erased)"
        assert other.deposit("anne", "1", "new").version == other.history("anne").version
        assert list(other.projection_rows("all_words"))
        assert other.verify(workers=1).clean
