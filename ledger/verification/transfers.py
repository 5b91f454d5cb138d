"""Transfers: two sides that mirror each other.

The ledger writes both sides in one append, so they are neighbours in the log. A log of the older
world was imported event by event, in whatever order it had, and perhaps with one side only: its
sides are paired by their ids once the whole log has been seen, and a side that stays alone is money
that came in or went out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from ledger.commands.corrected_transfers import (
    CORRECTIONS,
    CorrectedTransfers,
    may_be_two_sides,
)
from ledger.commands.erased_texts import transfer_side
from ledger.commands.transfer_terms import TransferTerms, is_imported, terms_of
from ledger.domain.events import TransferReceived, TransferSent, TransferSide
from ledger.errors import UnreadableEvent, moment
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore
from ledger.verification.findings import Finding, amount_text

_SIDES: Final = frozenset(("TransferSent", "TransferReceived"))


class ImportedSide(msgspec.Struct, frozen=True, gc=False):
    """A side from a log of the older world; the amount is in minor units."""

    sent: bool
    transfer_id: str
    account_id: str
    other_account: str
    amount: int
    currency: str


class TransferCheck:
    """Looks at neighbours in the log.

    Attributes:
        pairs: how many transfers have both sides.
        imported: the sides that are still to be paired.
    """

    def __init__(self, store: EventStore) -> None:
        self._corrected = CorrectedTransfers(store)
        self._sent: tuple[RecordedEvent, TransferSent] | None = None
        """The last event, where it is a sending side."""
        self.pairs = 0
        self.imported: list[ImportedSide] = []

    def check(self, events: Iterable[RecordedEvent]) -> Iterator[Finding]:
        """What is wrong with the transfers among the next events."""
        corrected = self._corrected
        for event in events:
            if event.event_type in _SIDES or self._sent is not None:
                yield from self._check_one(event)
            if corrected.last is not None or event.event_type in CORRECTIONS:
                yield from _findings(corrected.see(event, _correction(event)))

    def end(self) -> Iterator[Finding]:
        """Nothing follows."""
        if self._sent is not None:
            yield _alone(*self._sent)
            self._sent = None
        yield from _findings(self._corrected.end())

    def _check_one(self, event: RecordedEvent) -> Iterator[Finding]:
        sent, self._sent = self._sent, None
        side = transfer_side(event)
        imported = side is not None and is_imported(event)
        if sent is not None:
            follows = event.position == sent[0].position + 1
            if isinstance(side, TransferReceived) and follows and not imported:
                if side.transfer_id == sent[1].transfer_id:
                    self.pairs += 1
                    yield from _difference(*sent, event, side)
                    return
            elif event.event_type == "TransferReceived" and side is None:
                return  # it cannot be read, which is found elsewhere
            yield _alone(*sent)
        if side is None:
            return
        if imported:
            self.imported.append(_imported_side(event, side))
        elif isinstance(side, TransferSent):
            self._sent = event, side
        else:
            yield _alone(event, side)


def are_two_sides(event: RecordedEvent, following: RecordedEvent) -> bool:
    """Whether two neighbours in the log may be the sides of one transfer, or put them right."""
    kinds = (event.event_type, following.event_type)
    return kinds == ("TransferSent", "TransferReceived") or may_be_two_sides(event, following)


def _correction(event: RecordedEvent) -> Any:
    """What an event means that may put a transfer right; None where it cannot be read."""
    if event.event_type not in CORRECTIONS:
        return event
    try:
        return decode_event(event)
    except UnreadableEvent:
        return None


def _findings(wrong: Iterable[tuple[RecordedEvent, str]]) -> Iterator[Finding]:
    for event, message in wrong:
        yield Finding.at(
            event,
            "transfers",
            message,
            expected="the same on both sides",
            found="something else",
        )


def _alone(event: RecordedEvent, side: TransferSide) -> Finding:
    sent = isinstance(side, TransferSent)
    amount = amount_text(side.amount, side.currency)
    return Finding.at(
        event,
        "transfers",
        f"transfer {side.transfer_id} was "
        + ("sent and not received" if sent else "received and not sent"),
        expected=f"{amount} {'received' if sent else 'sent'} by account {side.counterparty} "
        f"at position {event.position + (1 if sent else -1)}",
        found="no such event",
    )


def _difference(
    sent_event: RecordedEvent,
    sent: TransferSent,
    received_event: RecordedEvent,
    received: TransferReceived,
) -> Iterator[Finding]:
    one, other = terms_of(sent_event, sent), terms_of(received_event, received)
    if one == other:
        return
    expected, found = _texts(one), _texts(other)
    differing = [name for name in expected if expected[name] != found[name]]
    yield Finding.at(
        received_event,
        "transfers",
        f"the two sides of transfer {sent.transfer_id} differ: {', '.join(differing)}",
        expected=", ".join(f"{name} {expected[name]}" for name in differing),
        found=", ".join(f"{name} {found[name]}" for name in differing),
    )


def pair_imported(sides: Iterable[ImportedSide]) -> tuple[int, list[ImportedSide]]:
    """Pair the sides of transfers that were imported from a log of the older world.

    Returns:
        How many transfers have both sides, and the sides that stay alone.
    """
    waiting: dict[tuple[str, str, str, int, str, bool], list[ImportedSide]] = {}
    pairs = 0
    for side in sides:
        ends = (side.account_id, side.other_account)
        if not side.sent:
            ends = ends[::-1]
        counterpart = (side.transfer_id, *ends, side.amount, side.currency, not side.sent)
        if waiting.get(counterpart):
            waiting[counterpart].pop()
            pairs += 1
        else:
            waiting.setdefault((*counterpart[:5], side.sent), []).append(side)
    return pairs, [side for sides_left in waiting.values() for side in sides_left]


def _texts(terms: TransferTerms) -> dict[str, str]:
    return {
        "from account": terms.from_account,
        "to account": terms.to_account,
        "amount": amount_text(terms.amount, terms.currency),
        "description": repr(terms.description),
        "effective time": moment(terms.at),
        "tags": ", ".join(f"{key}={value}" for key, value in terms.tags.items()) or "none",
        "receipts": ", ".join(each.sha256 for each in terms.receipts) or "none",
    }


def _imported_side(event: RecordedEvent, side: TransferSide) -> ImportedSide:
    return ImportedSide(
        isinstance(side, TransferSent),
        side.transfer_id,
        event.stream_id,
        side.counterparty,
        side.amount,
        side.currency,
    )
