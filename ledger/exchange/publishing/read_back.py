"""Reading back what was published: each event once, and in the order of the log.

Published events come at least once, so some come again; and a broker may keep them in several
parts, of which each alone is in order.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Final

import msgspec

from ledger.errors import ImportRefused, InvalidLine, PublicationDiverged
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.exchange.export_format import read_events
from ledger.exchange.publishing.cloud_events import SOURCE, document
from ledger.exchange.publishing.targets import Target
from ledger.extras import needs
from ledger.json_text import what_is_wrong

_PUBLISH_AGAIN: Final = "publish the whole ledger again, to another target"


class _Place(msgspec.Struct):
    """What tells which event it is."""

    specversion: str
    source: str
    id: str
    position: int


_place: Final = msgspec.json.Decoder(_Place).decode


def read_published(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, RecordedEvent]]:
    """The events in published lines, with their line numbers; hashes are not checked here.

    Raises:
        InvalidLine: a line is no event.
    """
    return read_events(lines, document, _PUBLISH_AGAIN)


def ledger_of(line: bytes, number: int) -> str:
    """The id of the ledger that a published event is of.

    Raises:
        InvalidLine: it is none.
    """
    return _placed(line, number).source.removeprefix(SOURCE)


def each_once(
    store: EventStore, ledger_id: str, lines: Iterable[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    """The lines of events that do not come again.

    Args:
        store: has all events that were given out before.
        lines: with their numbers.

    Raises:
        InvalidLine: an event is missing.
        ImportRefused: an event is of another ledger.
        PublicationDiverged: an event comes again, and is another one.
    """
    reached = 0
    for number, line in lines:
        place = _placed(line, number)
        if place.source != SOURCE + ledger_id:
            raise ImportRefused(
                f"there are events of several ledgers: {ledger_id} and "
                f"{place.source.removeprefix(SOURCE)[:80]}",
                advice="say which one is to be made",
                ledger_id=ledger_id,
            ).at_line(number)
        if place.position == reached + 1:
            reached += 1
            yield number, line
        elif place.position > reached:
            before = f"follows position {reached}" if reached else "comes first"
            raise InvalidLine(
                f"position {reached + 1} of the log is missing: position {place.position} {before}",
                advice=_PUBLISH_AGAIN,
                position=reached + 1,
            ).at_line(number)
        elif _event_id(store, place.position) != place.id:
            raise PublicationDiverged(
                f"there are two different events of position {place.position}: the ledger was "
                "restored from an older state, and was published again from there",
                advice=_PUBLISH_AGAIN,
                position=place.position,
            ).at_line(number)


def _event_id(store: EventStore, position: int) -> str | None:
    found = next(store.read_all(after_position=position - 1, to_position=position), None)
    return None if found is None else found.event_id


def _placed(line: bytes, number: int) -> _Place:
    try:
        return _place(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidLine(
            f"this is not a published event: {what_is_wrong(error, line)}", advice=_PUBLISH_AGAIN
        ).at_line(number) from None


def of_ledger(lines: Iterable[bytes], ledger_id: str | None) -> Generator[bytes]:
    """Those lines that are events of a ledger, where one is named."""
    for line in lines:
        if ledger_id is None or not line.strip() or _is_of(line, ledger_id):
            yield line


def _is_of(line: bytes, ledger_id: str | None) -> bool:
    return ledger_id is None or _placed(line, 0).source == SOURCE + ledger_id


def merged(
    parts: Mapping[int, Callable[[], bytes | None]], ledger_id: str | None = None
) -> Iterator[bytes]:
    """The messages of several parts in the order of their positions, with those that come again.

    It holds one message of each part.

    Args:
        parts: give the next message of a part each time; None once it has ended.
        ledger_id: of the ledger whose messages are wanted; all where none is named.
    """
    waiting: dict[int, tuple[int, bytes]] = {}

    def take(part: int) -> None:
        body = parts[part]()
        while body is not None and not _is_of(body, ledger_id):
            body = parts[part]()
        if body is not None:
            waiting[part] = _placed(body, 0).position, body

    for part in parts:
        take(part)
    while waiting:
        # What comes again is behind; else the next one; else, where that is missing, the one after.
        part = min(waiting, key=lambda each: waiting[each][0])
        yield waiting.pop(part)[1]
        take(part)


def published_lines(
    target: Target, *, timeout: float, ledger_id: str | None = None
) -> Generator[bytes]:
    """What was published to a broker, up to what it has now, in the order of the log.

    Args:
        timeout: seconds that it has to answer, each time.
        ledger_id: of the ledger whose events are wanted, where there are those of several.

    Raises:
        NoSuchTarget: there is no such stream or topic.
        TargetFailure: it is away, or refuses.
        MissingPackage: what talks to it is not installed.
    """
    if target.scheme == "nats":
        with needs("nats-py", "nats"):
            from ledger.exchange.publishing.nats_reading import messages
        return _some(of_ledger(messages(target, timeout=timeout), ledger_id), target)
    with needs("confluent-kafka", "kafka"):
        from ledger.exchange.publishing.kafka_reading import partitions
    merge = partial(merged, ledger_id=ledger_id)
    return _some(partitions(target, merge=merge, timeout=timeout), target)


def _some(lines: Generator[bytes], target: Target) -> Generator[bytes]:
    """The same lines, of which there has to be one."""
    with closing(lines):
        line = next(lines, None)
        if line is None:
            raise InvalidLine(
                f"nothing was published to {target.text}", advice="name what was published to"
            )
        yield line
        yield from lines
