"""An export of format 1: JSON Lines, a header and then the log.

The header is ``{"format": "ledger-events", "format_version": 1, "ledger_id", "created_at",
"events", "head"}``: how many lines follow, and the hash of the last one in hex. In the line of an
event ``data`` and ``metadata`` stand byte for byte as they were stored, and times are ISO 8601 with
``Z``. Whether an event is backdated is not said, but follows from those before it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, BinaryIO, Final

import msgspec

from ledger.commands.input_lines import bounded_lines, numbered_lines
from ledger.domain.instant import to_instant
from ledger.errors import NotALedger, StorageFailure
from ledger.json_text import check_names, what_is_wrong
from ledger.migration.format1.events import Format1Event, SourceHead
from ledger.migration.format1.ledger_file import check_format, damaged
from ledger.migration.format1.source import FileState, Source, Unreadable, written_to

FORMAT_NAME: Final = "ledger-events"

_BEFORE_ALL_TIMES: Final = -(2**63)
"""µs UTC."""

_UNFIT: Final = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


class _Kind(msgspec.Struct, frozen=True):
    """What a line says of itself; None where it does not."""

    format: object = None
    format_version: object = None
    aggregate_id: object = None
    event_type: object = None


class _Header(msgspec.Struct, frozen=True):
    ledger_id: str
    created_at: str
    events: Annotated[int, msgspec.Meta(ge=0)]
    head: str


class _Line(msgspec.Struct, frozen=True, gc=False):
    position: int
    event_id: str
    aggregate_id: str
    aggregate_type: str
    event_type: str
    schema_version: Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
    version: int
    data: msgspec.Raw
    metadata: msgspec.Raw
    effective_at: str
    recorded_at: str
    hash: str


class ExportFile(Source):
    """An exported log.

    Args:
        path: of a regular file.

    Raises:
        NotALedger: it is something else, or of another format.
        DamagedLedger: its header cannot be read.
        StorageFailure: it cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        with self._open() as file:
            self._state = FileState.of(os.fstat(file.fileno()))
            _, first = next(numbered_lines(bounded_lines(file)), (0, b""))
        _check_kind(path, first)
        try:
            header = msgspec.json.decode(first, type=_Header)
            self.ledger_id = header.ledger_id
            self.created_at = _instant(header.created_at)
            self.head = SourceHead(header.events, bytes.fromhex(header.head))
        except _UNFIT as error:
            raise damaged(
                path, f"this is not the header of an export: {what_is_wrong(error, first)}"
            ) from None

    def records(self) -> Iterator[Format1Event | Unreadable]:
        decode = msgspec.json.Decoder(_Line).decode
        highest: dict[str, int] = {}
        with self._open() as file:
            if FileState.of(os.fstat(file.fileno())) != self._state:
                raise written_to(self.path)
            lines = numbered_lines(bounded_lines(file))
            next(lines)
            for number, line in lines:
                try:
                    event = _event(decode(line), highest)
                    check_names(line)
                except _UNFIT as error:
                    yield Unreadable(
                        f"line {number}: this is not an exported event: "
                        f"{what_is_wrong(error, line)}",
                        line=number,
                    )
                else:
                    yield event

    def check_unchanged(self) -> None:
        try:
            found = FileState.of(os.stat(self.path))
        except OSError:
            raise written_to(self.path) from None
        if found != self._state:
            raise written_to(self.path)

    def close(self) -> None:
        """Nothing is open between two readings."""

    def _open(self) -> BinaryIO:
        try:
            return open(self.path, "rb")
        except OSError as error:
            raise StorageFailure(
                f"{self.path} cannot be opened: {error.strerror}",
                advice="check that you may read it",
            ) from None


def _check_kind(path: str, first: bytes) -> None:
    try:
        kind = msgspec.json.decode(first, type=_Kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        kind = _Kind()
    if kind.format == FORMAT_NAME and type(kind.format_version) is int:
        check_format(path, kind.format_version)
        return
    if isinstance(kind.aggregate_id, str) and isinstance(kind.event_type, str):
        raise NotALedger(
            f"{path} is a log of the older world, which has no file format",
            advice="import its events into a ledger instead",
        )
    raise NotALedger(
        f"{path} is neither a ledger file nor an exported log",
        advice="check the path; if it is packed or encrypted, undo that first",
    )


def _event(line: _Line, highest: dict[str, int]) -> Format1Event:
    effective_at = _instant(line.effective_at)
    before = highest.get(line.aggregate_id, _BEFORE_ALL_TIMES)
    event = Format1Event(
        line.position,
        line.aggregate_id,
        line.aggregate_type,
        line.version,
        line.event_type,
        line.schema_version,
        bytes(line.data).decode(),
        bytes(line.metadata).decode(),
        effective_at,
        _instant(line.recorded_at),
        effective_at < before,
        bytes.fromhex(line.hash),
    )
    highest[line.aggregate_id] = max(before, effective_at)
    if event.event_id != line.event_id:
        raise ValueError("its event_id does not belong to its hash")
    return event


def _instant(text: str) -> int:
    if not text.endswith("Z"):
        raise ValueError(f"the time {text!r} is not in UTC")
    return to_instant(datetime.fromisoformat(text))
