"""Segments: what is written is read again to the letter, and nothing else is taken for it."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from ledger.domain.instant import LATEST
from ledger.errors import ArchiveMissing, BrokenChain, DamagedArchive, InvalidOption, LedgerError
from ledger.eventstore import standing
from ledger.eventstore.archive import segments, writing
from ledger.eventstore.archive.files import manifest_name
from ledger.eventstore.archive.own_files import OwnFiles
from ledger.eventstore.archive.records import SegmentRecord
from ledger.eventstore.archive.segments import Segment
from ledger.eventstore.archive.writing import write_segment
from ledger.eventstore.export_format import read_events
from ledger.eventstore.hash_chain import text_digest
from ledger.eventstore.records import Head, RecordedEvent
from tests.support.clock import Clock
from tests.support.eventstore.golden_log import EVENTS, LEDGER_ID, head_at
from tests.support.memory_store import MemoryStore

BLOCK = 7
FIRST, LAST = 20, len(EVENTS) - 10


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BLOCK_EVENTS", BLOCK)


def write(
    folder: Path,
    previous: Head,
    events: list[RecordedEvent],
    reached: Callable[[str], None] = lambda step: None,
) -> SegmentRecord:
    """Write a segment, and save something, so that it stays."""
    with OwnFiles(MemoryStore(LEDGER_ID, Clock())) as own:
        record = write_segment(str(folder), LEDGER_ID, previous, events, reached, own)
        standing.saving()
    return record


def written(folder: Path, first: int = FIRST, last: int = LAST) -> SegmentRecord:
    events = EVENTS[first - 1 : last]
    return write(folder, head_at(first - 1), events)


@pytest.fixture
def record(tmp_path: Path) -> SegmentRecord:
    return written(tmp_path)


@pytest.fixture(params=[1 << 20, 700], ids=["blocks", "parts of blocks"])
def segment(
    record: SegmentRecord, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Segment]:
    """A segment that is unpacked a whole block at a time, or less than that."""
    monkeypatch.setattr(segments, "_PIECE", request.param)
    segment = Segment(record.folder, record, LEDGER_ID)
    yield segment
    segment.close()


def in_segment(event: RecordedEvent) -> bool:
    return FIRST <= event.position <= LAST


@pytest.mark.parametrize(
    ("after", "to"),
    [
        *[(0, None), (FIRST - 1, LAST), (FIRST, FIRST + 1), (LAST - 1, None), (LAST, None)],
        *[(FIRST + BLOCK - 2, FIRST + 3 * BLOCK - 1), (0, FIRST - 1), (0, 2**80), (2**80, None)],
    ],
)
def test_events_are_read_by_their_positions(segment: Segment, after: int, to: int | None) -> None:
    wanted = [
        event
        for event in EVENTS
        if in_segment(event) and after < event.position and (to is None or event.position <= to)
    ]
    assert list(segment.read(after_position=after, to_position=to)) == wanted


@pytest.mark.parametrize("newest_first", [False, True])
def test_events_are_read_by_stream_and_version(segment: Segment, newest_first: bool) -> None:
    for stream_id in {event.stream_id for event in EVENTS}:
        own = [event for event in EVENTS if event.stream_id == stream_id and in_segment(event)]
        for after, to in ((0, 2), (0, None), (3, None), (2, 5), (0, 3), (9, 4)):
            wanted = [
                event
                for event in own
                if after < event.version and (to is None or event.version <= to)
            ]
            found = segment.read_stream(
                stream_id, after_version=after, to_version=to, newest_first=newest_first
            )
            assert list(found) == (wanted[::-1] if newest_first else wanted)
    assert list(segment.read_stream("nobody")) == []


def bare(event: RecordedEvent) -> RecordedEvent:
    return msgspec.structs.replace(
        event, salt=None, metadata="", recorded_at=0, backdated=False, hash=b""
    )


def test_events_of_some_streams_are_read_without_what_a_fold_does_not_need(
    segment: Segment,
) -> None:
    streams = sorted({event.stream_id for event in EVENTS})
    for wanted in (streams[:1], streams[1:3], streams, ["nobody"], []):
        own = [bare(event) for event in EVENTS if in_segment(event) and event.stream_id in wanted]
        assert list(segment.read(is_wanted=wanted.__contains__, bare=True)) == own
        for to in (FIRST - 1, FIRST + BLOCK, LAST, 2**62):
            for until in (min(event.effective_at for event in own), LATEST) if own else (LATEST,):
                found = segment.read_streams(wanted, to_position=to, effective_to=until)
                assert list(found) == [
                    event for event in own if event.position <= to and event.effective_at <= until
                ]


def test_a_stream_that_is_not_whole_is_refused_at_the_end_at_the_latest(
    record: SegmentRecord, segment: Segment
) -> None:
    content = Path(record.folder, record.file).read_bytes()
    streams = segment.manifest.streams
    stream_id = max(streams, key=lambda each: streams[each].last_version)
    for field, more, to in (
        ("first_version", 1, LAST - 1),
        ("last_version", 1, LAST),
        ("last_version", -1, LAST),
    ):
        claimed = msgspec.to_builtins(streams)
        claimed[stream_id][field] += more
        other = Segment(record.folder, sealed_anew(record, content, streams=claimed), LEDGER_ID)
        for found in (
            other.read_stream(stream_id),
            other.read_streams([stream_id], to_position=to, effective_to=LATEST),
            other.read_stream(stream_id, newest_first=True),
        ):
            with pytest.raises(DamagedArchive, match="tells of other events"):
                list(found)
        other.close()


def test_backdated_events_are_marked_as_such(segment: Segment) -> None:
    assert [event.position for event in segment.read() if event.backdated]


def test_a_segment_is_checked_as_a_whole(segment: Segment) -> None:
    segment.check()


def test_its_lines_are_those_of_an_export(record: SegmentRecord) -> None:
    lines = gzip.decompress(Path(record.folder, record.file).read_bytes()).splitlines()
    assert json.loads(lines[0]) == {
        "format": "ledger-archive-segment",
        "format_version": 1,
        "ledger_id": LEDGER_ID,
        "first_position": FIRST,
    }
    read = [event.hash for _, event in read_events(enumerate(lines[1:], 2))]
    assert read == [event.hash for event in EVENTS if in_segment(event)]


def test_the_manifest_says_what_is_in_it(segment: Segment) -> None:
    manifest = segment.manifest
    for stream_id, span in manifest.streams.items():
        own = [event for event in EVENTS if event.stream_id == stream_id and in_segment(event)]
        assert (span.first_version, span.last_version) == (own[0].version, own[-1].version)
        times = [event.effective_at for event in own]
        assert (span.lowest_effective_at, span.highest_effective_at) == (min(times), max(times))
    assert set(manifest.streams) == {event.stream_id for event in EVENTS if in_segment(event)}


def test_the_same_events_make_the_same_files_for_their_owner_alone(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    record = written(one)
    again = msgspec.structs.replace(written(other), folder=str(one))
    assert again == record == written(one)
    assert sorted(os.listdir(one)) == sorted([record.file, manifest_name(record.file)])
    for name in os.listdir(one):
        assert (one / name).read_bytes() == (other / name).read_bytes()
        assert (one / name).stat().st_mode & 0o777 == 0o600
    assert one.stat().st_mode & 0o777 == 0o700


def test_a_history_with_fewer_texts_has_files_of_its_own(tmp_path: Path) -> None:
    record = written(tmp_path)
    erased = [with_text_erased(event) for event in EVENTS]
    other = write(tmp_path, head_at(FIRST - 1), erased[FIRST - 1 : LAST])
    assert other.hash == record.hash
    assert len(os.listdir(tmp_path)) == 4
    all_of(record)
    all_of(other)


def with_text_erased(event: RecordedEvent) -> RecordedEvent:
    digest = text_digest(event.text, event.salt) or None
    return msgspec.structs.replace(event, text=digest, salt=None)


def test_each_step_is_told(tmp_path: Path) -> None:
    steps: list[tuple[str, int]] = []

    def reached(step: str) -> None:
        steps.append((step, len(os.listdir(tmp_path))))

    write(tmp_path, head_at(0), EVENTS[:9], reached)
    assert steps == [("segment written", 1), ("manifest written", 2), ("verified", 2)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda events: events[1:],
        lambda events: [*events[:3], *events[4:]],
        lambda events: [*events[:3], msgspec.structs.replace(events[3], data="{}"), *events[4:]],
        lambda events: [*events[:3], msgspec.structs.replace(events[3], version=99), *events[4:]],
    ],
    ids=["the first is missing", "one is missing", "one was changed", "a version"],
)
def test_events_that_do_not_follow_are_not_written(
    tmp_path: Path, spoil: Callable[[list[RecordedEvent]], list[RecordedEvent]]
) -> None:
    with pytest.raises(BrokenChain, match="hash chain is broken at position"):
        write(tmp_path, head_at(0), spoil(EVENTS[:9]), print)
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(InvalidOption) as refused:
            written(folder)
        assert str(tmp_path / "file") in refused.value.message
        assert refused.value.advice


# ── what is not as it was archived ──────────────────────────────────────────────────────────────


def all_of(record: SegmentRecord, ledger_id: str = LEDGER_ID) -> None:
    segment = Segment(record.folder, record, ledger_id)
    try:
        segment.check()
    finally:
        segment.close()


def refusal(record: SegmentRecord, ledger_id: str = LEDGER_ID) -> str:
    with pytest.raises(LedgerError) as refused:
        all_of(record, ledger_id)
    error = refused.value
    assert isinstance(error, DamagedArchive | ArchiveMissing)
    assert (error.details["segment"], error.details["folder"]) == (record.file, record.folder)
    assert record.file.removesuffix(".jsonl.gz") in error.message
    assert error.advice
    return error.message


def sealed_anew(record: SegmentRecord, content: bytes, **claims: object) -> SegmentRecord:
    """The segment with another content, and a manifest and a record that vouch for it."""
    path = Path(record.folder, record.file)
    path.write_bytes(content)
    manifest_path = Path(record.folder, manifest_name(record.file))
    manifest = json.loads(manifest_path.read_bytes())
    manifest |= {"size": len(content), "sha256": sha256(content).hexdigest(), **claims}
    text = json.dumps(manifest).encode()
    manifest_path.write_bytes(text)
    return msgspec.structs.replace(record, manifest_sha256=sha256(text).digest())


def in_its_place(make: Callable[[Path], None]) -> Callable[[Path], None]:
    def harm(path: Path) -> None:
        path.unlink()
        make(path)

    return harm


@pytest.mark.parametrize("name", ["segment", "manifest"])
@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda path: path.unlink(), "is not in"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), ""),
        (lambda path: path.write_bytes(b""), ""),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), ""),
        (lambda path: path.write_bytes(b"\x1e" + path.read_bytes()[1:]), ""),
        (lambda path: path.write_bytes(b"\x7fELF" * 400), ""),
        (lambda path: (path.rename(f"{path}.real"), path.symlink_to(f"{path}.real")), "is a link"),
        (in_its_place(os.mkdir), "is not a regular file"),
        (in_its_place(os.mkfifo), "is not a regular file"),
    ],
    ids=["missing", "cut", "empty", "longer", "a bit", "foreign", "link", "folder", "pipe"],
)
def test_a_file_that_is_not_as_it_was_is_refused_by_name(
    record: SegmentRecord, name: str, harm: Callable[[Path], object], told: str
) -> None:
    file = record.file if name == "segment" else manifest_name(record.file)
    harm(Path(record.folder, file))
    assert told in refusal(record)


def test_a_segment_of_another_ledger_is_refused(record: SegmentRecord) -> None:
    assert "of another ledger" in refusal(record, "00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("file", ["../books.db", "/etc/passwd", "", "x" * 300, "a\0b"])
def test_a_name_that_no_file_of_an_archive_has_is_refused(record: SegmentRecord, file: str) -> None:
    with pytest.raises(DamagedArchive):
        all_of(msgspec.structs.replace(record, file=file))


@pytest.mark.parametrize(
    "claims",
    [
        {"first_position": FIRST + 1},
        {"last_position": 2**63},
        {"last_position": 10**400},
        {"events": -1},
        {"events": LAST},
        {"previous_hash": "00" * 32},
        {"last_hash": "xx"},
        {"last_recorded_at": "yesterday"},
        {"last_recorded_at": "9999-99-99T00:00:00Z"},
        {"file": "../x"},
        {"size": 2**62},
        {"sha256": "00" * 32},
        {"events_per_block": 0},
        {"events_per_block": BLOCK - 1},
        {"blocks": []},
        {"blocks": [0]},
        {"format": "ledger-events"},
        {"format_version": 2},
        {"streams": {}},
        {"streams": None},
        {"more": 1},
    ],
    ids=str,
)
def test_a_manifest_with_other_claims_is_refused(
    record: SegmentRecord, claims: dict[str, object]
) -> None:
    path = Path(record.folder, record.file)
    refusal(sealed_anew(record, path.read_bytes(), **claims))


def test_blocks_that_begin_elsewhere_are_refused(record: SegmentRecord) -> None:
    segment = Segment(record.folder, record, LEDGER_ID)
    blocks = segment.manifest.blocks
    content = Path(record.folder, record.file).read_bytes()
    for other in (
        [0, *blocks[1:]],
        [*blocks[:-1], blocks[-1] + 1],
        [blocks[0] + 1, *blocks[1:]],
        blocks[::-1],
    ):
        refusal(sealed_anew(record, content, blocks=other))


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda lines: lines[1:], "first line"),
        (lambda lines: [lines[0], *lines[2:]], ""),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "stands where"),
        (lambda lines: [*lines, lines[-1]], "more in it"),
        (lambda lines: [*lines[:-1], b"{}"], "cannot be read"),
        (lambda lines: [*lines[:-1], b"[" * 100_000], "cannot be read"),
        (lambda lines: [*lines[:-1], b'{"position":' + b"9" * 5_000 + b"}"], "cannot be read"),
        (lambda lines: [line.replace(b'"data":{', b'"data":{"x":1,') for line in lines], "hash"),
        (lambda lines: [line.replace(b'"salt":"', b'"salt":"ff') for line in lines], "salt"),
    ],
    ids=["no header", "gap", "order", "twice", "no event", "nested", "huge", "altered", "salt"],
)
def test_a_segment_whose_events_were_changed_is_refused_though_all_digests_fit(
    tmp_path: Path, edit: Callable[[list[bytes]], list[bytes]], told: str
) -> None:
    record = written(tmp_path, FIRST, FIRST + 4)
    path = Path(record.folder, record.file)
    header, *events = gzip.decompress(path.read_bytes()).splitlines()
    lines = edit([header, *events])
    has_header = b"ledger-archive-segment" in lines[0]
    first = packed([header]) if has_header else packed([])
    content = first + packed(lines[has_header:])
    assert told in refusal(sealed_anew(record, content, blocks=[len(first)]))


def packed(lines: list[bytes]) -> bytes:
    packing = zlib.compressobj(wbits=31)
    return packing.compress(b"".join(line + b"\n" for line in lines)) + packing.flush()


@pytest.mark.parametrize("line", [b"x" * 60_000_000, b"\n" * 60_000_000], ids=["line", "lines"])
def test_what_unpacks_to_more_than_there_should_be_does_not_fill_the_memory(
    tmp_path: Path, line: bytes
) -> None:
    import tracemalloc

    record = written(tmp_path, FIRST, FIRST + 4)
    segment = Segment(record.folder, record, LEDGER_ID)
    begin = segment.manifest.blocks[0]
    content = Path(record.folder, record.file).read_bytes()[:begin] + packed([line])
    record = sealed_anew(record, content)
    del line
    tracemalloc.start()
    try:
        assert "more in it" in refusal(record)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
