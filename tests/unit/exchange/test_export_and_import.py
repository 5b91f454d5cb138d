from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from ledger import Ledger, LedgerError
from ledger.errors import (
    BrokenChain,
    ImportRefused,
    InvalidCurrency,
    InvalidLine,
    ProjectionFailed,
    UnreadableEvent,
)
from ledger.eventstore.appending import follow_chain
from ledger.eventstore.hash_chain import expected_hash, genesis
from ledger.eventstore.records import Head, RecordedEvent
from ledger.exchange.export_format import event_line, header_line
from tests.support.clock import Clock


@pytest.fixture
def exported(clock: Clock) -> list[bytes]:
    """The export of a small ledger that has seen everything once."""
    ledger = Ledger.in_memory(clock=clock)
    clock.to("2026-01-01T00:00")
    ledger.open_account("a", "Ana ☂", initial_balance="100")
    ledger.open_account("b", "Bo\nSon")
    clock.to("2026-03-01T12:00")
    ledger.deposit("a", "5", "back", at="2026-01-15T00:00Z")
    ledger.deposit("a", "2", "further back", at="2026-01-10T00:00Z", idempotency_key="k1")
    ledger.transfer("a", "b", "7", idempotency_key="k2")
    ledger.withdraw("b", "7", "[red]\t")
    ledger.close_account("b", "over")
    return list(ledger.export_events())


def answers(ledger: Ledger) -> object:
    """Everything that can be asked about a ledger."""
    return (
        ledger.ledger_id,
        ledger.head(),
        ledger.accounts(),
        ledger.balances(),
        ledger.balances(as_of="2026-01-12", known_at="2026-02-01"),
        [ledger.history(account) for account in ledger.account_ids()],
        [ledger.agreement(account) for account in ledger.account_ids()],
        ledger.projections(),
    )


def nothing_is_there(ledger: Ledger) -> bool:
    return not (
        ledger.head().position
        or ledger.account_ids()
        or ledger.accounts()
        or ledger.balances()
        or ledger.snapshots()
        or any(view.checkpoint for view in ledger.projections())
    )


def test_an_import_makes_the_same_ledger_bit_for_bit(
    exported: list[bytes], ledger: Ledger, clock: Clock
) -> None:
    report = ledger.import_events(exported)
    header = json.loads(exported[0])
    assert (report.source, report.events, report.accounts, report.rounded) == (
        *("ledger-events", 8, 2, 0),
    )
    assert (report.head_position, report.head_hash) == (header["events"], header["head"])
    assert list(ledger.export_events()) == exported
    assert ledger.ledger_id == header["ledger_id"]
    twin = Ledger.in_memory(clock=clock)
    twin.import_events(exported)
    assert answers(twin) == answers(ledger)
    assert len(list(follow_chain(ledger.ledger_id, ledger.events()))) == 8


def test_an_imported_ledger_lives_on_and_its_chain_holds(
    exported: list[bytes], ledger: Ledger
) -> None:
    ledger.import_events(exported)
    ledger.deposit("a", "1")
    ledger.open_account("c", "Cy")
    assert len(list(follow_chain(ledger.ledger_id, ledger.events()))) == 10
    assert ledger.agreement("a").holds


def test_an_empty_ledger_can_be_exported_and_imported(ledger: Ledger, clock: Clock) -> None:
    origin = Ledger.in_memory(clock=clock)
    report = ledger.import_events(origin.export_events())
    assert (report.events, ledger.ledger_id) == (0, origin.ledger_id)


def test_line_ends_and_a_byte_order_mark_are_forgiven(
    exported: list[bytes], ledger: Ledger
) -> None:
    ledger.import_events([b"\xef\xbb\xbf" + exported[0] + b"\r\n", b"\n", *exported[1:], b""])
    assert list(ledger.export_events()) == exported


def test_an_export_is_a_state_of_one_moment_while_others_write(books: Ledger, path: str) -> None:
    books.open_account("a", "Ana")
    with Ledger.open(path) as rival:
        lines = books.export_events()
        header = json.loads(next(lines))
        rival.deposit("a", "1")
        assert len(list(lines)) == header["events"] == 1


def test_a_second_import_is_refused(exported: list[bytes], ledger: Ledger) -> None:
    ledger.import_events(exported)
    before = answers(ledger)
    with pytest.raises(ImportRefused, match="already holds events") as refusal:
        ledger.import_events(exported)
    assert "line" not in refusal.value.details
    assert answers(ledger) == before


def test_an_export_goes_only_into_an_empty_ledger(exported: list[bytes], ledger: Ledger) -> None:
    ledger.open_account("z", "Zoë")
    before = answers(ledger)
    with pytest.raises(ImportRefused):
        ledger.import_events(exported)
    assert answers(ledger) == before


TAMPERED = [
    (3, b'"amount":500', b'"amount":501', BrokenChain, "broken at position 3: its hash"),
    (3, b'"description":"back"', b'"description":"Back"', BrokenChain, "its hash"),
    (3, b"2026-01-15T00:00:00.000000Z", b"2026-01-15T00:00:00.000001Z", BrokenChain, "its hash"),
    (3, b'"command":"deposit"', b'"command":"withdraw"', BrokenChain, "its hash"),
    (3, b'"version":2', b'"version":3', BrokenChain, "its version should be 2"),
    (3, b'"position":3', b'"position":4', BrokenChain, "its position should be 3"),
    (3, b'"recorded_at":"2026-03', b'"recorded_at":"2025-03', BrokenChain, "recorded before"),
    (3, b'"schema_version":2', b'"schema_version":1', BrokenChain, "its hash"),
    (
        3,
        b'"event_type":"MoneyDeposited"',
        b'"event_type":"MoneyStolen"',
        UnreadableEvent,
        "no event",
    ),
    (3, b'"amount":500', b'"amount":"500"', UnreadableEvent, "cannot be read"),
    (3, b'"hash":"', b'"hash":"00', LedgerError, "hash"),
    (3, b'"hash":"', b'"hash":"zz', InvalidLine, "not an exported event"),
    (3, b'Z","recorded', b'","recorded', InvalidLine, "is not in UTC"),
    (3, b'{"position"', b'{"poison"', InvalidLine, "missing required field `position`"),
    (3, b"}", b"", InvalidLine, "not an exported event"),
]


@pytest.mark.parametrize(("position", "old", "new", "error", "complaint"), TAMPERED)
def test_a_line_that_was_changed_is_named_and_nothing_is_written(
    position: int,
    old: bytes,
    new: bytes,
    error: type[LedgerError],
    complaint: str,
    exported: list[bytes],
    ledger: Ledger,
) -> None:
    identity = ledger.ledger_id
    assert exported[position].count(old) >= 1
    exported[position] = exported[position].replace(old, new, 1)
    with pytest.raises(error, match=rf"^line {position + 1}: .*{complaint}") as refusal:
        ledger.import_events(exported)
    assert refusal.value.details["line"] == position + 1
    assert nothing_is_there(ledger)
    assert ledger.ledger_id == identity


@pytest.mark.parametrize(
    ("places", "line", "complaint"),
    [
        ([0, 1, 2, 4, 3, 5, 6, 7, 8], 4, "its position should be 3"),
        ([0, 1, 2, 4, 5, 6, 7, 8], 4, "its position should be 3"),
        ([0, 1, 2, 3, 3, 4, 5, 6, 7, 8], 5, "its position should be 4"),
    ],
)
def test_lines_that_were_moved_left_out_or_doubled_are_named(
    places: list[int], line: int, complaint: str, exported: list[bytes], ledger: Ledger
) -> None:
    with pytest.raises(BrokenChain, match=rf"^line {line}: .*{complaint}"):
        ledger.import_events([exported[place] for place in places])
    assert nothing_is_there(ledger)


@pytest.mark.parametrize("kept", [1, 5, 8])
def test_an_export_that_was_cut_off_is_refused(
    kept: int, exported: list[bytes], ledger: Ledger
) -> None:
    with pytest.raises(InvalidLine, match=f"cut off: it has {kept - 1} of 8 events"):
        ledger.import_events(exported[:kept])
    assert nothing_is_there(ledger)


def test_an_export_that_was_cut_off_within_a_line_is_refused(
    exported: list[bytes], ledger: Ledger
) -> None:
    with pytest.raises(InvalidLine, match=r"^line 9: .*truncated"):
        ledger.import_events([*exported[:-1], exported[-1][:40]])
    assert nothing_is_there(ledger)


def test_a_header_that_does_not_fit_its_log_is_refused(
    exported: list[bytes], ledger: Ledger
) -> None:
    wrong_head = exported[0].replace(b'"head":"', b'"head":"f')
    too_few = exported[0].replace(b'"events":8', b'"events":7')
    for header in (wrong_head, too_few):
        with pytest.raises(BrokenChain, match="does not end as its header says"):
            ledger.import_events([header, *exported[1:]])
        assert nothing_is_there(ledger)


def test_the_log_of_one_ledger_under_the_header_of_another_is_refused(
    exported: list[bytes], ledger: Ledger, clock: Clock
) -> None:
    other = next(Ledger.in_memory(clock=clock).export_events())
    with pytest.raises(BrokenChain, match=r"^line 2: "):
        ledger.import_events([other, *exported[1:]])


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (b'"format_version":1', b'"format_version":2', "not the header of an export"),
        (b'"format":"ledger-events"', b'"format":"gnucash"', "not the header of an export"),
        (b'"created_at":"20', b'"created_at":"x', "not the header of an export"),
        (b'"events":8', b'"events":"8"', "not the header of an export"),
    ],
)
def test_a_header_of_something_else_is_refused(
    old: bytes, new: bytes, complaint: str, exported: list[bytes], ledger: Ledger
) -> None:
    with pytest.raises(InvalidLine, match=rf"^line 1: .*{complaint}"):
        ledger.import_events([exported[0].replace(old, new), *exported[1:]])
    assert nothing_is_there(ledger)


@pytest.mark.parametrize("lines", [[], [b""], [b"\xef\xbb\xbf\n", b"  "]])
def test_an_empty_file_is_refused(lines: list[bytes], ledger: Ledger) -> None:
    with pytest.raises(InvalidLine, match="the file is empty"):
        ledger.import_events(lines)


def test_after_a_refused_import_the_ledger_is_as_good_as_before(
    exported: list[bytes], ledger: Ledger
) -> None:
    with pytest.raises(InvalidLine):
        ledger.import_events(exported[:4])
    ledger.open_account("z", "Zoë")
    assert len(list(follow_chain(ledger.ledger_id, ledger.events()))) == 1
    assert ledger.agreement("z").holds


def test_a_failure_of_the_input_undoes_the_import(exported: list[bytes], ledger: Ledger) -> None:
    def lines() -> Iterator[bytes]:
        yield from exported[:4]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        ledger.import_events(lines())
    assert nothing_is_there(ledger)


def test_imported_streams_of_some_length_get_a_snapshot(
    ledger: Ledger, tmp_path: Path, clock: Clock
) -> None:
    ledger.open_account("a", "Ana")
    ledger.open_account("b", "Bo")
    for _ in range(4):
        ledger.deposit("a", "1")
    with Ledger.open(tmp_path / "copy.db", clock=clock, snapshot_interval=5) as copy:
        copy.import_events(ledger.export_events())
        assert [(each.account_id, each.version) for each in copy.snapshots()] == [("a", 5)]
        assert copy.agreement("a").snapshot_version == 5
        assert copy.agreement("a").holds
    with Ledger.open(tmp_path / "bare.db", clock=clock, snapshot_interval=0) as bare:
        bare.import_events(ledger.export_events())
        assert bare.snapshots() == []


def test_a_deferred_import_leaves_the_projections_for_later(
    exported: list[bytes], path: str, clock: Clock
) -> None:
    with Ledger.open(path, clock=clock, defer_projections=True) as ledger:
        ledger.import_events(exported)
        assert [view.lag for view in ledger.projections()] == [8, 8]
        assert ledger.catch_up() == 8
        assert ledger.agreement("a").holds


def test_subscribers_hear_of_imported_events_once_they_are_committed(
    exported: list[bytes], books: Ledger, path: str
) -> None:
    heard: list[tuple[int, int]] = []

    def hear(event: RecordedEvent) -> None:
        heard.append((event.position, other.head().position))

    with Ledger.open(path) as other:
        books.subscribe(hear)
        with pytest.raises(InvalidLine):
            books.import_events(exported[:-1])
        assert heard == []
        books.import_events(exported)
    assert heard == [(position, 8) for position in range(1, 9)]


def test_an_import_of_an_account_in_no_currency_is_refused(ledger: Ledger, clock: Clock) -> None:
    """Its hashes are right, but nothing could ever be said of what it holds."""
    origin = Ledger.in_memory(clock=clock)
    (opened,) = origin.open_account("a", "Ana").events
    strange = msgspec.structs.replace(opened, data=opened.data.replace("USD", "XYZ"))
    digest = expected_hash(genesis(origin.ledger_id), strange)
    forged = msgspec.structs.replace(strange, hash=digest)
    header = header_line(origin.ledger_id, Head(1, digest, 0))
    with pytest.raises(InvalidCurrency, match=r"^line 2: 'XYZ'"):
        ledger.import_events([header, event_line(forged)])
    assert nothing_is_there(ledger)


def test_an_import_that_a_projection_cannot_follow_is_refused(ledger: Ledger, clock: Clock) -> None:
    """Its hashes are right, but it moves money of an account that it never opens."""
    origin = Ledger.in_memory(clock=clock)
    origin.open_account("a", "Ana")
    (deposit,) = origin.deposit("a", "1").events
    orphan = msgspec.structs.replace(deposit, position=1, version=1)
    digest = expected_hash(genesis(origin.ledger_id), orphan)
    forged = msgspec.structs.replace(orphan, hash=digest)
    header = header_line(origin.ledger_id, Head(1, digest, 0))
    with pytest.raises(ProjectionFailed, match="cannot handle event 1"):
        ledger.import_events([header, event_line(forged)])
    assert nothing_is_there(ledger)
