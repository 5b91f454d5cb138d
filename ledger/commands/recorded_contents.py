"""What no event can hold, whoever wrote it: right hashes vouch for no id, tag or time zone.

The rules of an aggregate see what came before an event. Here is what is wrong with an event by
itself, in a log that something else may have written.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ledger.domain.aggregate import Event
from ledger.domain.book_events import BookCreated, ClockCorrected, TimeZoneChanged
from ledger.domain.events import AccountOpened, TransferReceived, TransferSent
from ledger.domain.receipts import check_receipts
from ledger.domain.tags import check_tags
from ledger.domain.validation import check_account_id, check_transfer_id
from ledger.errors import InvalidOption, InvalidTag, InvalidTime, LedgerError


def flaws(event: Event, stream_id: str, position: int) -> Iterator[LedgerError]:
    """What is wrong with an event by itself.

    Args:
        stream_id: the stream it is in.
        position: where it stands in the log.
    """
    yield from _impossible_ids(event, stream_id)
    tags, receipts = getattr(event, "tags", None), getattr(event, "receipts", None)
    if tags:
        try:
            if check_tags(tags) != tags:
                yield InvalidTag(
                    "the tags hold text in another form than tags are stored in (NFC)",
                    advice="two that look the same would count as two",
                )
        except InvalidTag as refusal:
            yield refusal
    if receipts:
        try:
            check_receipts(receipts)
        except LedgerError as refusal:
            yield refusal
    if isinstance(event, BookCreated | TimeZoneChanged):
        yield from _unknown_zone(event.time_zone)
    elif isinstance(event, ClockCorrected) and event.from_position >= position:
        yield InvalidOption(
            f"the correction of the clock names position {event.from_position}, and stands itself "
            f"at {position}",
            advice="a clock is corrected for what was recorded before",
            from_position=event.from_position,
        )


def _impossible_ids(event: Event, stream_id: str) -> Iterator[LedgerError]:
    """What is wrong with the ids that an event brings in: of a stream, its opening brings it."""
    if isinstance(event, AccountOpened):
        checks = [partial(check_account_id, stream_id)]
    elif isinstance(event, TransferSent | TransferReceived):
        checks = [
            partial(check_transfer_id, event.transfer_id),
            partial(check_account_id, event.counterparty),
        ]
    else:
        return
    for check in checks:
        try:
            check()
        except LedgerError as refusal:
            yield refusal


def _unknown_zone(name: str) -> Iterator[LedgerError]:
    from ledger.times.zones import known_zones  # once for a log

    if name not in known_zones():
        yield InvalidTime(
            f"the time zone {name[:60]!a} does not exist, or is newer than the time zone data "
            "installed here",
            advice="upgrade tzdata, if there is such a place",
            time_zone=name,
        )
