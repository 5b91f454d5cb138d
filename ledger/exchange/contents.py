"""What the events of an exported log must hold, for which right hashes do not vouch.

Whoever writes a log anew makes its hashes right, too.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.commands.recorded_contents import flaws
from ledger.commands.transfer_terms import is_imported, terms_of
from ledger.domain.currency import pinned_decimals
from ledger.domain.events import AccountOpened, OpeningAmended, TransferReceived, TransferSent
from ledger.errors import InvalidLine, InvalidTime
from ledger.eventstore.records import RecordedEvent

_EXPORT_AGAIN: Final = "the export was changed after it was written; export the ledger again"


class ContentCheck:
    """Looks at events in the order of the log."""

    def __init__(self) -> None:
        self._sent: tuple[RecordedEvent, TransferSent] | None = None
        """The last event, where it is a sending side."""

    def check(self, recorded: RecordedEvent, event: Any) -> None:
        """See that the next event can be imported.

        Raises:
            InvalidInput: it holds a currency, tag, receipt, time zone or position that cannot be,
                or is not what the other side of its transfer says.
        """
        if isinstance(event, AccountOpened | OpeningAmended):
            pinned_decimals(event.currency, event.decimals)
        for flaw in flaws(event, recorded.position):
            if not isinstance(flaw, InvalidTime):  # whose advice may help here
                flaw.advice = _EXPORT_AGAIN
            raise flaw
        sent, self._sent = self._sent, None
        if isinstance(event, TransferSent):
            self._sent = recorded, event
        elif isinstance(event, TransferReceived) and sent is not None:
            _compare(*sent, recorded, event)


def _compare(
    sent_event: RecordedEvent,
    sent: TransferSent,
    received_event: RecordedEvent,
    received: TransferReceived,
) -> None:
    if sent.transfer_id != received.transfer_id or is_imported(received_event):
        return
    one, other = terms_of(sent_event, sent), terms_of(received_event, received)
    # Of one side an erasure, which is applied later, may have taken away the text already.
    if one != other._replace(description=one.description):
        raise InvalidLine(
            f"the two sides of transfer {sent.transfer_id} differ",
            advice=_EXPORT_AGAIN,
            transfer_id=sent.transfer_id,
        )
