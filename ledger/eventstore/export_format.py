"""The export format: JSON Lines, a header and then the log, from which the same ledger can be made.

The header says which ledger it is and where its log ends. The ``data`` and ``metadata`` of an event
stand in its line exactly as they are stored, byte for byte, since the hashes cover them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from ledger.domain.aggregate import BEFORE_ALL_TIMES
from ledger.domain.instant import format_instant, parse_instant
from ledger.errors import InvalidLine, OlderFormat
from ledger.eventstore.records import Head, RecordedEvent
from ledger.json_text import check_names, what_is_wrong

FORMAT: Final = "ledger-events"

OLDER_EXPORTS: Final = (1,)
"""Format versions that can be migrated from."""

_EXPORT_AGAIN: Final = "the file was changed after it was exported; export the ledger again"


class ExportHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The first line.

    Attributes:
        events: how many lines follow.
        erased_later: the accounts of which an erasure stands after the end of this part of a log.
        head: the hash of the last one, in hex.
    """

    format: Literal["ledger-events"] = "ledger-events"
    format_version: Literal[2] = 2
    ledger_id: str
    events: int
    head: str
    erased_later: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


class EventDocument(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One event as JSON, as it is stored: a line of an export, and of ``ledger events --raw``.

    Attributes:
        text: the free text; None where there is none, or none any more.
        salt: hex, where there is a text.
        text_sha256: hex, where the text was erased.
    """

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
    text: str | None = None
    salt: str | None = None
    text_sha256: str | None = None


class ArchivedDocument(EventDocument, frozen=True, gc=False, omit_defaults=True):
    """An event in a segment of an archive, where its stream may have begun in an earlier one.

    Attributes:
        backdated: whether an earlier event of the stream has a later effective time.
    """

    backdated: bool = False


_encode: Final = msgspec.json.Encoder().encode


def event_line(event: RecordedEvent) -> bytes:
    """An event as one line of JSON, without its end."""
    return _encode(EventDocument(*_shown(event)))


def archived_line(event: RecordedEvent) -> bytes:
    """An event as one line of a segment, without its end; an import reads it as an export's."""
    return _encode(ArchivedDocument(*_shown(event, event.backdated)))


def _shown(event: RecordedEvent, *more: bool) -> tuple[Any, ...]:
    """The fields of an event's document, in their order, and more after them."""
    text = event.text
    return (
        event.position,
        event.event_id,
        event.stream_id,
        event.aggregate_type,
        event.event_type,
        event.schema_version,
        event.version,
        msgspec.Raw(event.data),
        msgspec.Raw(event.metadata),
        format_instant(event.effective_at),
        format_instant(event.recorded_at),
        event.hash.hex(),
        text if isinstance(text, str) else None,
        None if event.salt is None else event.salt.hex(),
        None if text is None or isinstance(text, str) else text.hex(),
        *more,
    )


def header_line(ledger_id: str, head: Head, erased_later: Sequence[str] = ()) -> bytes:
    """The header as one line of JSON, without its end."""
    return _encode(
        ExportHeader(
            ledger_id=ledger_id,
            events=head.position,
            head=head.hash.hex(),
            erased_later=tuple(erased_later) or msgspec.UNSET,
        )
    )


def read_header(line: bytes) -> ExportHeader:
    """The first line of an export.

    Raises:
        InvalidLine: it is none, or one of a newer format.
    """
    _refuse_older(line)
    try:
        header = msgspec.json.decode(line, type=ExportHeader)
        check_names(line)
        return header
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidLine(
            f"this is not the header of an export: {what_is_wrong(error, line)}",
            advice="it may come from a newer ledger; install that version",
        ).at_line(1) from None


class _Version(msgspec.Struct):
    format_version: int = 0


def _refuse_older(line: bytes) -> None:
    try:
        version = msgspec.json.decode(line, type=_Version).format_version
    except msgspec.MsgspecError:
        return
    if version in OLDER_EXPORTS:
        raise OlderFormat(
            "this log was exported by an older release", advice="migrate it", format=version
        )


_decode: Final = msgspec.json.Decoder(EventDocument).decode
_decode_archived: Final = msgspec.json.Decoder(ArchivedDocument).decode


def read_events(
    lines: Iterable[tuple[int, bytes]],
    decode: Callable[[bytes], EventDocument] = _decode,
    advice: str = _EXPORT_AGAIN,
) -> Iterator[tuple[int, RecordedEvent]]:
    """The events of an export, with their line numbers; hashes are not checked here.

    Args:
        lines: (line number, content) of the lines after the header.
        decode: what takes an event out of its line.
        advice: what to do about a line that is none.

    Raises:
        InvalidLine: a line is no event.
    """
    highest: dict[str, int] = {}
    for number, line in lines:
        try:
            document = decode(line)
            check_names(line)
            effective_at = parse_instant(document.effective_at)
            before = highest.get(document.aggregate_id, BEFORE_ALL_TIMES)
            highest[document.aggregate_id] = max(before, effective_at)
            event = event_in(document, effective_at, backdated=effective_at < before)
            if event.event_id != document.event_id:
                raise ValueError("its event_id does not belong to its hash")
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise InvalidLine(
                f"this is not an exported event: {what_is_wrong(error, line)}",
                advice=advice,
            ).at_line(number) from None
        yield number, event


def archived_event(line: bytes) -> RecordedEvent:
    """The event on a line of a segment; its hash is not checked here.

    Raises:
        ValueError: there is none; or one of msgspec's errors.
        RecursionError: it is nested too deeply.
    """
    document = _decode_archived(line)
    at = parse_instant(document.effective_at)
    return event_in(document, at, backdated=document.backdated)


def bare_archived_event(line: bytes) -> RecordedEvent:
    """The same without what most folds do not need; that is empty, 0 or False."""
    document = _decode_archived(line)
    return RecordedEvent(
        document.position,
        document.aggregate_id,
        document.aggregate_type,
        document.version,
        document.event_type,
        document.schema_version,
        bytes(document.data).decode(),
        _text_in(document),
        None,
        "",
        parse_instant(document.effective_at),
        0,
        False,
        b"",
    )


def event_in(document: EventDocument, effective_at: int, *, backdated: bool) -> RecordedEvent:
    """The event that a document shows.

    Args:
        effective_at: that of the document, read already (µs UTC).

    Raises:
        ValueError: a field cannot be read.
    """
    return RecordedEvent(
        document.position,
        document.aggregate_id,
        document.aggregate_type,
        document.version,
        document.event_type,
        document.schema_version,
        bytes(document.data).decode(),
        _text_in(document),
        None if document.salt is None else _bytes_of("salt", document.salt),
        bytes(document.metadata).decode(),
        effective_at,
        parse_instant(document.recorded_at),
        backdated,
        _bytes_of("hash", document.hash),
    )


def _text_in(document: EventDocument) -> str | bytes | None:
    if document.text_sha256 is None:
        return document.text
    if document.text is not None:
        raise ValueError("it has both a text and the digest of an erased one")
    return _bytes_of("text_sha256", document.text_sha256)


def _bytes_of(field: str, digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ValueError(f"{field} does not consist of hex digits") from None
