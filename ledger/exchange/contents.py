"""What the events of an exported log must hold, for which right hashes do not vouch.

Whoever writes a log anew makes its hashes right, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from ledger.commands.corrected_transfers import CorrectedTransfers
from ledger.commands.recorded_contents import flaws
from ledger.commands.recorded_rules import Locks, StreamRules, are_of_one_append, rules_of
from ledger.commands.transfer_terms import is_imported, terms_of
from ledger.domain.currency import pinned_decimals
from ledger.domain.events import AccountOpened, OpeningAmended, TransferReceived, TransferSent
from ledger.errors import InvalidLine, InvalidTime, LedgerError
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.store import EventStore

_EXPORT_AGAIN: Final = "the export was changed after it was written; export the ledger again"


class _Stream(NamedTuple):
    """What asks the rules of a stream's events, and the line of the last one."""

    rules: StreamRules
    line: int


class ContentCheck:
    """Looks at events in the order of the log.

    Args:
        store: holds what was looked at before, and nothing else.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._sent: tuple[RecordedEvent, TransferSent] | None = None
        """The last event, where it is a sending side."""
        self._corrected = CorrectedTransfers(store)
        self._streams: dict[str, _Stream] = {}
        self._locks = Locks()
        self._line = 0

    def check(self, recorded: RecordedEvent, event: Any, line: int) -> None:
        """See that the next event can be imported.

        Args:
            event: what it means.
            line: where it stands in the file.

        Raises:
            LedgerError: it holds what cannot be, is not what the other side of its transfer says,
                or is against the rules; or what was looked at before turns out to be. The line is
                named.
        """
        try:
            self._check_alone(recorded, event)
            self._ask_rules(recorded, event, line)
        except LedgerError as refusal:
            raise refusal.at_line(line) from None
        self._see_corrected(self._corrected.see(recorded, event), recorded, line)
        self._line = line

    def end(self) -> None:
        """See that nothing is missing, now that nothing follows.

        Raises:
            LedgerError: something is; the line is named.
        """
        self._see_corrected(self._corrected.end())
        for stream in self._streams.values():
            if stream.rules.unsettled is not None:
                _settle(stream)

    def _ask_rules(self, recorded: RecordedEvent, event: Any, line: int) -> None:
        stream = self._streams.get(recorded.stream_id)
        if stream is None:
            rules = rules_of(self._store, recorded)
            if rules is None:
                return
        else:
            rules = stream.rules
            changed = rules.unsettled
            if changed is not None and not are_of_one_append(changed, recorded):
                _settle(stream)
        if type(event) not in rules.aggregate.event_types:
            raise InvalidLine(
                f"a {recorded.aggregate_type} has no events {recorded.event_type}",
                advice=_EXPORT_AGAIN,
            )
        with _advice():
            rules.ask(event, recorded, self._locks)
        rules.aggregate.apply(event, recorded.effective_at)
        self._locks.see(recorded, event)
        self._streams[recorded.stream_id] = _Stream(rules, line)

    def _see_corrected(
        self,
        wrong: Iterable[tuple[RecordedEvent, str]],
        recorded: RecordedEvent | None = None,
        line: int = 0,
    ) -> None:
        for event, message in wrong:
            raise InvalidLine(message, advice=_EXPORT_AGAIN).at_line(
                line if event is recorded else self._line
            )

    def _check_alone(self, recorded: RecordedEvent, event: Any) -> None:
        if isinstance(event, AccountOpened | OpeningAmended):
            pinned_decimals(event.currency, event.decimals)
        for flaw in flaws(event, recorded.stream_id, recorded.position):
            if not isinstance(flaw, InvalidTime):  # whose advice may help here
                flaw.advice = _EXPORT_AGAIN
            raise flaw
        sent, self._sent = self._sent, None
        if isinstance(event, TransferSent):
            self._sent = recorded, event
        elif isinstance(event, TransferReceived) and sent is not None:
            _compare(*sent, recorded, event)


def _settle(stream: _Stream) -> None:
    try:
        with _advice():
            stream.rules.settle()
    except LedgerError as refusal:
        raise refusal.at_line(stream.line) from None


@contextmanager
def _advice() -> Iterator[None]:
    """Say of a refusal what to do about a whole log."""
    try:
        yield
    except LedgerError as refusal:
        refusal.advice = _EXPORT_AGAIN
        raise


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
