from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ledger import Ledger, LedgerError
from ledger.commands.book import read_book
from ledger.errors import (
    BrokenChain,
    ImportRefused,
    InvalidCurrency,
    InvalidLine,
    NoSuchAccount,
    UnreadableEvent,
)
from ledger.eventstore.appending import follow_chain
from ledger.eventstore.export_format import event_line, header_line
from ledger.eventstore.hash_chain import expected_hash
from ledger.eventstore.opening import open_store
from ledger.eventstore.records import Head, RecordedEvent
from tests.support.clock import Clock
from tests.support.restoring import to_be_restored


@pytest.fixture
def exported(clock: Clock) -> list[bytes]:
    """The export of a small ledger that has seen everything once."""
    clock.to("2026-01-01T00:00")
    ledger = Ledger.in_memory(clock=clock)
    ledger.open_account("a", "Ana ☂", initial_balance="100")
    ledger.open_account("b", "Bo\nSon")
    clock.to("2026-03-01T12:00")
    ledger.deposit("a", "5", "back", at="2026-01-15T00:00Z")
    ledger.deposit("a", "2", "further back", at="2026-01-10T00:00Z", idempotency_key="k1")
    ledger.transfer("a", "b", "7", idempotency_key="k2")
    ledger.withdraw("b", "7", "[red]\t")
    ledger.close_account("b", "over")
    return list(ledger.export_events())


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, path: str, clock: Clock) -> Iterator[Ledger]:
    """A ledger that an export can be restored into, of either kind."""
    if request.param == "memory":
        yield Ledger.in_memory(clock=clock, restoring=True)
    else:
        with to_be_restored(path, clock) as ledger:
            yield ledger


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
        *("ledger-events", 9, 2, 0),
    )
    assert (report.head_position, report.head_hash) == (header["events"], header["head"])
    assert list(ledger.export_events()) == exported
    assert ledger.ledger_id == header["ledger_id"]
    twin = Ledger.in_memory(clock=clock, restoring=True)
    twin.import_events(exported)
    assert answers(twin) == answers(ledger)
    assert len(list(follow_chain(ledger.ledger_id, ledger.events(raw=True)))) == 9
    assert read_book(twin._store).state.ledger_id == header["ledger_id"]


def test_an_imported_ledger_lives_on_and_its_chain_holds(
    exported: list[bytes], ledger: Ledger
) -> None:
    ledger.import_events(exported)
    ledger.deposit("a", "1")
    ledger.open_account("c", "Cy")
    assert len(list(follow_chain(ledger.ledger_id, ledger.events(raw=True)))) == 11
    assert ledger.agreement("a").holds


def test_an_empty_ledger_can_be_exported_and_imported(ledger: Ledger, clock: Clock) -> None:
    origin = Ledger.in_memory(clock=clock)
    report = ledger.import_events(origin.export_events())
    assert (report.events, report.accounts) == (1, 0)
    assert (ledger.ledger_id, ledger.head()) == (origin.ledger_id, origin.head())


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
        assert len(list(lines)) == header["events"] == 2


def test_a_second_import_is_refused(exported: list[bytes], ledger: Ledger) -> None:
    ledger.import_events(exported)
    before = answers(ledger)
    with pytest.raises(ImportRefused, match="already holds events") as refusal:
        ledger.import_events(exported)
    assert "line" not in refusal.value.details
    assert answers(ledger) == before


def test_an_export_goes_only_into_a_ledger_without_a_book(
    exported: list[bytes], books: Ledger
) -> None:
    """It makes that book again, and not a second one."""
    before = list(books.export_events())
    assert len(before) == 2
    with pytest.raises(ImportRefused, match="already holds events"):
        books.import_events(exported)
    assert list(books.export_events()) == before


TAMPERED = [
    (4, b'"amount":500', b'"amount":501', BrokenChain, "broken at position 4: its hash"),
    (4, b'"text":"back"', b'"text":"Back"', BrokenChain, "its hash"),
    (4, b'"text":"back",', b"", BrokenChain, "a salt stands beside a text alone"),
    (4, b'"salt":"', b'"pepper":"', BrokenChain, "a text has a salt of 16 bytes"),
    (4, b'"salt":"', b'"salt":"00', BrokenChain, "a text has a salt of 16 bytes"),
    (4, b'"text":"back"', b'"text_sha256":"00"', BrokenChain, "a salt stands beside a text alone"),
    (4, b"2026-01-15T00:00:00.000000Z", b"2026-01-15T00:00:00.000001Z", BrokenChain, "its hash"),
    (4, b'"command":"deposit"', b'"command":"withdraw"', BrokenChain, "its hash"),
    (4, b'"version":2', b'"version":3', BrokenChain, "its version should be 2"),
    (4, b'"position":4', b'"position":5', BrokenChain, "its position should be 4"),
    (4, b'"recorded_at":"2026-03', b'"recorded_at":"2025-03', BrokenChain, "recorded before"),
    (6, b'"schema_version":2', b'"schema_version":1', BrokenChain, "its hash"),
    (5, b'"schema_version":3', b'"schema_version":2', UnreadableEvent, "no free text beside its"),
    (
        4,
        b'"event_type":"MoneyDeposited"',
        b'"event_type":"MoneyStolen"',
        UnreadableEvent,
        "no event",
    ),
    (4, b'"amount":500', b'"amount":"500"', UnreadableEvent, "cannot be read"),
    (4, b'"hash":"', b'"hash":"00', LedgerError, "hash"),
    (4, b'"hash":"', b'"hash":"zz', InvalidLine, "not an exported event"),
    (4, b'Z","recorded', b'","recorded', InvalidLine, "is not in UTC"),
    (4, b'{"position"', b'{"poison"', InvalidLine, "the field position is missing"),
    (4, b"}", b"", InvalidLine, "not an exported event"),
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
        ([0, 1, 2, 4, 3, 5, 6, 7, 8, 9], 4, "its position should be 3"),
        ([0, 1, 2, 4, 5, 6, 7, 8, 9], 4, "its position should be 3"),
        ([0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9], 5, "its position should be 4"),
    ],
)
def test_lines_that_were_moved_left_out_or_doubled_are_named(
    places: list[int], line: int, complaint: str, exported: list[bytes], ledger: Ledger
) -> None:
    with pytest.raises(BrokenChain, match=rf"^line {line}: .*{complaint}"):
        ledger.import_events([exported[place] for place in places])
    assert nothing_is_there(ledger)


@pytest.mark.parametrize("kept", [1, 2, 5, 9])
def test_an_export_that_was_cut_off_is_refused(
    kept: int, exported: list[bytes], ledger: Ledger
) -> None:
    with pytest.raises(InvalidLine, match=f"cut off: it has {kept - 1} of 9 events"):
        ledger.import_events(exported[:kept])
    assert nothing_is_there(ledger)


def test_an_export_that_was_cut_off_within_a_line_is_refused(
    exported: list[bytes], ledger: Ledger
) -> None:
    with pytest.raises(InvalidLine, match=r"^line 10: .*it ends too early"):
        ledger.import_events([*exported[:-1], exported[-1][:40]])
    assert nothing_is_there(ledger)


def test_a_header_that_does_not_fit_its_log_is_refused(
    exported: list[bytes], ledger: Ledger
) -> None:
    wrong_head = exported[0].replace(b'"head":"', b'"head":"f')
    too_few = exported[0].replace(b'"events":9', b'"events":8')
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
        (b'"format_version":2', b'"format_version":3', "not the header of an export"),
        (b'"format":"ledger-events"', b'"format":"gnucash"', "not the header of an export"),
        (b'"ledger_id":"', b'"ledger":"', "not the header of an export"),
        (b'"events":9', b'"events":"9"', "not the header of an export"),
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
    assert ledger.import_events(exported).events == 9
    ledger.open_account("z", "Zoë")
    assert len(list(follow_chain(ledger.ledger_id, ledger.events(raw=True)))) == 10
    assert ledger.agreement("z").holds


def test_a_failure_of_the_input_undoes_the_import(exported: list[bytes], ledger: Ledger) -> None:
    def lines() -> Iterator[bytes]:
        yield from exported[:4]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        ledger.import_events(lines())
    assert nothing_is_there(ledger)


def test_imported_streams_of_some_length_get_a_snapshot(
    books: Ledger, tmp_path: Path, clock: Clock
) -> None:
    ledger = books
    ledger.open_account("a", "Ana")
    ledger.open_account("b", "Bo")
    for _ in range(4):
        ledger.deposit("a", "1")
    with to_be_restored(str(tmp_path / "copy.db"), clock, snapshot_interval=5) as copy:
        copy.import_events(ledger.export_events())
        assert [(each.account_id, each.version) for each in copy.snapshots()] == [("a", 5)]
        assert copy.agreement("a").snapshot_version == 5
        assert copy.agreement("a").holds
    with to_be_restored(str(tmp_path / "bare.db"), clock, snapshot_interval=0) as bare:
        bare.import_events(ledger.export_events())
        assert bare.snapshots() == []


def test_a_deferred_import_leaves_the_projections_for_later(
    exported: list[bytes], path: str, clock: Clock
) -> None:
    with to_be_restored(path, clock, defer_projections=True) as ledger:
        ledger.import_events(exported)
        assert [view.lag for view in ledger.projections()] == [9, 9]
        assert ledger.catch_up() == 9
        assert ledger.agreement("a").holds


def test_subscribers_hear_of_imported_events_once_they_are_committed(
    exported: list[bytes], path: str, clock: Clock
) -> None:
    heard: list[tuple[int, int]] = []

    def hear(event: RecordedEvent) -> None:
        heard.append((event.position, other.head().position))

    with to_be_restored(path, clock) as books, closing(open_store(path, clock)) as other:
        books.subscribe(hear, raw=True)
        with pytest.raises(InvalidLine):
            books.import_events(exported[:-1])
        assert heard == []
        books.import_events(exported)
    assert heard == [(position, 9) for position in range(1, 10)]


def forged(origin: Ledger, last: RecordedEvent) -> list[bytes]:
    """An export of a ledger's book and one event more, whose hashes are right."""
    book = next(origin.events(raw=True))
    digest = expected_hash(book.hash, last)
    last = msgspec.structs.replace(last, hash=digest)
    head = Head(last.position, digest, 0)
    return [header_line(origin.ledger_id, head), event_line(book), event_line(last)]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"USD"', '"JPY"', "JPY has 0 decimals, not 2"),
        ('"decimals":2', '"decimals":3', "USD has 2 decimals, not 3"),
        ('"decimals":2', '"decimals":40', "decimals"),
        ('"USD"', '"usd"', "'usd'"),
    ],
)
def test_an_import_of_an_account_in_no_currency_is_refused(
    old: str, new: str, complaint: str, ledger: Ledger, clock: Clock
) -> None:
    """Its hashes are right, but nothing could ever be said of what it holds."""
    origin = Ledger.in_memory(clock=clock)
    (opened,) = origin.open_account("a", "Ana").recorded
    assert old in opened.data
    strange = msgspec.structs.replace(opened, data=opened.data.replace(old, new))
    with pytest.raises(InvalidCurrency, match=rf"^line 3: .*({complaint})"):
        ledger.import_events(forged(origin, strange))
    assert nothing_is_there(ledger)


def test_an_import_of_an_account_in_a_unit_of_ones_own_is_none(
    ledger: Ledger, clock: Clock
) -> None:
    origin = Ledger.in_memory(clock=clock)
    origin.open_account("a", "Ana", "BTC", "0.00000001", decimals=8)
    ledger.import_events(origin.export_events())
    assert str(ledger.balance("a").balance) == "0.00000001 BTC"


def test_an_import_that_opens_no_account_is_refused(ledger: Ledger, clock: Clock) -> None:
    """Its hashes are right, but it moves money of an account that it never opens."""
    origin = Ledger.in_memory(clock=clock)
    origin.open_account("a", "Ana")
    (deposit,) = origin.deposit("a", "1").recorded
    orphan = msgspec.structs.replace(deposit, position=2, version=1)
    with pytest.raises(NoSuchAccount, match=r"^line 3: there is no account 'a'"):
        ledger.import_events(forged(origin, orphan))
    assert nothing_is_there(ledger)


def test_an_import_of_a_text_that_no_erasure_would_reach_is_refused(
    ledger: Ledger, clock: Clock
) -> None:
    """Its hashes are right, but the text stands in the data, and not beside them."""
    origin = Ledger.in_memory(clock=clock)
    (opened,) = origin.open_account("a", "A").recorded
    data = opened.data.replace("{", '{"owner":"Ana",', 1)
    hidden = msgspec.structs.replace(opened, data=data, text=None, salt=None)
    with pytest.raises(UnreadableEvent, match=r"^line 3: .*where no erasure reaches it"):
        ledger.import_events(forged(origin, hidden))
    assert nothing_is_there(ledger)


def test_erased_texts_come_in_as_what_is_left_of_them(
    exported: list[bytes], ledger: Ledger
) -> None:
    """The hashes cover the digests alone; erasures that came later are recorded anew."""
    lines = list(exported)
    header = json.loads(exported[0])
    lines[0] = json.dumps({**header, "erased_later": ["a", "b", "nobody"]}).encode()
    for place, line in enumerate(exported):
        document = json.loads(line)
        if "text" in document:
            content = bytes.fromhex(document.pop("salt")) + document.pop("text").encode()
            document["text_sha256"] = hashlib.sha256(content).hexdigest()
            lines[place] = json.dumps(document, ensure_ascii=False).encode()
            assert lines[place] != line
            # Data and metadata have to stay what they are, byte for byte.
            for name in ("data", "metadata"):
                stored = json.dumps(document[name], ensure_ascii=False, separators=(",", ":"))
                lines[place] = lines[place].replace(
                    json.dumps(document[name], ensure_ascii=False).encode(), stored.encode()
                )
    report = ledger.import_events(lines)
    assert (report.events, report.carried_over) == (header["events"], 2)
    assert report.head_position == header["events"] + 2
    assert [row.owner for row in ledger.accounts()] == ["(erased)"] * 2
    assert {entry.description for entry in ledger.history("a").entries} == {"", "(erased)"}
