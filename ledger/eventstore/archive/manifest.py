"""Manifests: what is in each file of an archive, as JSON that a person can read.

The store knows the digest of each manifest, and a manifest the digest of its segment's file.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec

from ledger.domain.instant import format_instant, parse_instant
from ledger.eventstore.archive.files import damaged, manifest_name, open_file, unreadable
from ledger.eventstore.archive.records import SegmentRecord
from ledger.eventstore.records import RecordedEvent
from ledger.json_text import what_is_wrong

BLOCK_EVENTS: Final = 1_000
"""Events of each block but the last."""

_LARGEST: Final = 1 << 28
"""Bytes; more than a segment needs whose every event is of a stream of its own."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Place = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class StreamRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The events of one stream in a segment; there is no gap between them.

    Attributes:
        first_version, last_version: both are in it.
        effective_from, effective_to: the earliest and the latest effective time (ISO 8601).
    """

    first_version: Place
    last_version: Place
    effective_from: str
    effective_to: str

    @property
    def lowest_effective_at(self) -> int:
        """The earliest effective time, µs UTC."""
        return parse_instant(self.effective_from)

    @property
    def highest_effective_at(self) -> int:
        """The latest effective time, µs UTC."""
        return parse_instant(self.effective_to)


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is in a segment.

    Attributes:
        first_position, last_position: both are in it, and all between them.
        previous_hash, last_hash: of the position before the first, and of the last; in hex.
        last_recorded_at: when the last one was recorded (ISO 8601).
        file: the name of its file.
        size, sha256: of the file, in bytes and in hex.
        blocks: where in the file each block of events begins: a gzip file by itself.
        events_per_block: of all blocks but the last.
    """

    format: Literal["ledger-archive"] = "ledger-archive"
    format_version: Literal[1] = 1
    ledger_id: str
    first_position: Place
    last_position: Place
    events: Place
    previous_hash: Digest
    last_hash: Digest
    last_recorded_at: str
    file: str
    size: Count
    sha256: Digest
    events_per_block: Place
    blocks: list[Count]
    streams: dict[str, StreamRange]


def manifest_text(manifest: Manifest) -> bytes:
    """A manifest as its file has it."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read_manifest(folder: str, record: SegmentRecord, ledger_id: str) -> Manifest:
    """The manifest of a segment.

    Raises:
        ArchiveMissing: it is not there.
        DamagedArchive: it is not the one that the store knows, or not of this ledger.
        StorageFailure: it cannot be read.
    """
    name = manifest_name(record.file)
    with open_file(folder, record, name) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            text = file.read(min(size, _LARGEST) + 1)
        except OSError as error:
            raise unreadable(file.name, error) from None
    if len(text) > _LARGEST or sha256(text).digest() != record.manifest_sha256:
        raise damaged(folder, record, f"{name} is not the manifest that the ledger knows")
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
        _check(manifest, record, ledger_id)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise damaged(folder, record, f"{name} is wrong: {what_is_wrong(error, text)}") from None
    return manifest


def _check(manifest: Manifest, record: SegmentRecord, ledger_id: str) -> None:
    """See that a manifest says what the store remembers.

    Raises:
        ValueError: it does not.
    """
    if manifest.ledger_id != ledger_id:
        raise ValueError(f"it is of another ledger, {manifest.ledger_id[:40]!a}")
    first, last = record.first_position, record.last_position
    blocks = -(-(last - first + 1) // manifest.events_per_block)
    for name, found, expected in (
        ("first_position", manifest.first_position, first),
        ("last_position", manifest.last_position, last),
        ("events", manifest.events, last - first + 1),
        ("previous_hash", manifest.previous_hash, record.previous_hash.hex()),
        ("last_hash", manifest.last_hash, record.hash.hex()),
        ("last_recorded_at", parse_instant(manifest.last_recorded_at), record.recorded_at),
        ("file", manifest.file, record.file),
        ("number of blocks", len(manifest.blocks), blocks),
    ):
        if found != expected:
            raise ValueError(f"its {name} is {found!a}, not {expected!a}")
    if manifest.blocks != sorted({*manifest.blocks}) or manifest.blocks[-1] >= manifest.size:
        raise ValueError("its blocks are not in order")


class StreamRanges:
    """The ranges of the streams of the events seen so far."""

    def __init__(self) -> None:
        self._ranges: dict[str, _Range] = {}

    def see(self, event: RecordedEvent) -> None:
        """Take the next event.

        Raises:
            ValueError: its version does not follow from the one before it.
        """
        at, version = event.effective_at, event.version
        known = self._ranges.get(event.stream_id)
        if known is None:
            self._ranges[event.stream_id] = _Range(version, version, at, at)
            return
        if version != known.last + 1:
            raise ValueError(
                f"version {version} of {event.stream_id!a} comes after version {known.last}"
            )
        known.last = version
        known.earliest = min(known.earliest, at)
        known.latest = max(known.latest, at)

    def ranges(self) -> dict[str, StreamRange]:
        """Those of all streams, by id."""
        return {
            stream_id: StreamRange(
                each.first, each.last, format_instant(each.earliest), format_instant(each.latest)
            )
            for stream_id, each in sorted(self._ranges.items())
        }


class _Range(msgspec.Struct, gc=False):
    first: int
    last: int
    earliest: int
    latest: int
