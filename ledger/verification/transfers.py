"""Transfers: two sides, of one append, that mirror each other.

The ledger writes both sides in one append, so they are neighbours in the log. A log of the older
world comes event by event, in whatever order it was in, and perhaps with one side only: what was
imported from there is paired by its id once the whole log has been seen, and a side that stays
alone is money that came in or went out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from ledger.domain.events import TransferReceived, TransferSent
from ledger.domain.instant import format_instant
from ledger.errors import UnreadableEvent
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import RecordedEvent
from ledger.verification.findings import ControlTotals, Finding, amount_text

SIDES: Final = frozenset(("TransferSent", "TransferReceived"))

Side = TransferSent | TransferReceived


class ImportedSide(msgspec.Struct, frozen=True, gc=False):
    """A side that came from the older world's log; the amount is in minor units."""

    sent: bool
    transfer_id: str
    account_id: str
    other_account: str
    amount: int
    currency: str


class _Imported(msgspec.Struct, frozen=True, gc=False):
    imported: msgspec.Raw = msgspec.Raw()


_metadata: Final = msgspec.json.Decoder(_Imported)


class TransferCheck:
    """Looks at neighbours in the log.

    Attributes:
        pairs: how many transfers were found whole.
        imported: the sides that are still to be paired.
    """

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = findings
        self._sent: tuple[RecordedEvent, TransferSent] | None = None
        self._ours = True
        self.pairs = 0
        self.imported: list[ImportedSide] = []

    @property
    def waiting(self) -> bool:
        """Whether a transfer that has been sent is still to be received."""
        return self._sent is not None and self._ours

    def begin_after(self, event: RecordedEvent) -> None:
        """Know the event before the first one; what is wrong with it is found elsewhere."""
        if event.event_type == "TransferSent" and not _is_imported(event):
            side = _read(event)
            self._sent = (event, side) if isinstance(side, TransferSent) else None
            self._ours = False

    def see(self, event: RecordedEvent, *, looking_ahead: bool = False) -> None:
        """Look at a side of a transfer, or at whatever follows a sending side.

        Args:
            looking_ahead: it is past the part of the log that is looked at here.
        """
        sent, self._sent = self._sent, None
        side = _read(event) if event.event_type in SIDES else None
        imported = side is not None and _is_imported(event)
        if sent is not None:
            followed = event.position == sent[0].position + 1
            if isinstance(side, TransferReceived) and followed and not imported:
                if side.transfer_id == sent[1].transfer_id:
                    if self._ours:
                        self._compare(*sent, event, side)
                    return
            elif event.event_type == "TransferReceived" and side is None:
                return  # it cannot be read, which is found elsewhere
            self._alone(*sent)
        if looking_ahead or side is None:
            return
        if imported:
            self._keep(event, side)
        elif isinstance(side, TransferSent):
            self._sent, self._ours = (event, side), True
        else:
            self._ours = True
            self._alone(event, side)

    def end(self) -> None:
        """Nothing follows."""
        if self._sent:
            self._alone(*self._sent)
            self._sent = None

    def _alone(self, event: RecordedEvent, side: Side) -> None:
        if not self._ours:
            return
        sent = isinstance(side, TransferSent)
        other = side.to_account if isinstance(side, TransferSent) else side.from_account
        amount = amount_text(side.amount, side.currency)
        self._findings.append(
            Finding(
                check="transfers",
                position=event.position,
                account_id=event.stream_id,
                message=f"transfer {side.transfer_id} was "
                + ("sent and not received" if sent else "received and not sent"),
                expected=f"{amount} {'received' if sent else 'sent'} by account {other} "
                f"at position {event.position + (1 if sent else -1)}",
                found="no such event",
            )
        )

    def _compare(
        self,
        sent_event: RecordedEvent,
        sent: TransferSent,
        received_event: RecordedEvent,
        received: TransferReceived,
    ) -> None:
        one = _Terms(
            sent_event.stream_id,
            sent.to_account,
            sent.amount,
            sent.currency,
            sent.description,
            sent_event.effective_at,
        )
        other = _Terms(
            received.from_account,
            received_event.stream_id,
            received.amount,
            received.currency,
            received.description,
            received_event.effective_at,
        )
        self.pairs += 1
        if one == other:
            return
        expected, found = one.texts(), other.texts()
        differing = [name for name in expected if expected[name] != found[name]]
        self._findings.append(
            Finding(
                check="transfers",
                position=received_event.position,
                account_id=received_event.stream_id,
                message=f"the sides of transfer {sent.transfer_id} differ in their "
                + ", ".join(differing),
                expected=", ".join(f"{name} {expected[name]}" for name in differing),
                found=", ".join(f"{name} {found[name]}" for name in differing),
            )
        )

    def _keep(self, event: RecordedEvent, side: Side) -> None:
        self.imported.append(
            ImportedSide(
                isinstance(side, TransferSent),
                side.transfer_id,
                event.stream_id,
                side.to_account if isinstance(side, TransferSent) else side.from_account,
                side.amount,
                side.currency,
            )
        )


def pair_imported(
    sides: Iterable[ImportedSide], totals: dict[str, ControlTotals]
) -> tuple[int, int]:
    """Pair what the older world's log had of transfers, and count the rest as money in and out.

    Returns:
        How many transfers have both sides, and how many sides stay alone.
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
    alone = [side for sides_left in waiting.values() for side in sides_left]
    for side in alone:
        total = totals.setdefault(side.currency, ControlTotals(side.currency))
        if side.sent:
            total.sent -= side.amount
            total.money_out += side.amount
        else:
            total.received -= side.amount
            total.money_in += side.amount
    return pairs, len(alone)


class _Terms(NamedTuple):
    """What both sides of a transfer say of it."""

    from_account: str
    to_account: str
    amount: int
    currency: str
    description: str
    at: int

    def texts(self) -> dict[str, str]:
        return {
            "from account": self.from_account,
            "to account": self.to_account,
            "amount": amount_text(self.amount, self.currency),
            "description": repr(self.description),
            "effective time": format_instant(self.at),
        }


def _read(event: RecordedEvent) -> Side | None:
    try:
        side = decode_event(event)
    except UnreadableEvent:
        return None
    return side if isinstance(side, (TransferSent, TransferReceived)) else None


def _is_imported(event: RecordedEvent) -> bool:
    if '"imported"' not in event.metadata:
        return False
    try:
        return bool(bytes(_metadata.decode(event.metadata).imported))
    except msgspec.MsgspecError:
        return False
