"""What is done once the log of a new ledger is written, whatever it was made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.eventstore.records import Progress
from ledger.eventstore.store import EventStore
from ledger.migration.figures import Figures
from ledger.migration.report import check_figures, refuse_findings, refuse_transformed
from ledger.migration.taking_snapshots import take_snapshots


class Completion:
    """Makes what is made of the new log, and sees that the log is right.

    Args:
        source: the path of the source, for messages.
        store: the new one.
        versions: the last one of each stream.
        figures: what the source holds.
        before: how many events of the new ledger come before those of the source.
        transformed: whether the events were replaced by others, so that figures may differ.
        show_verifying: called with (how much is verified, how much there is to verify).
    """

    def __init__(
        self,
        source: str,
        store: EventStore,
        versions: Mapping[str, int],
        figures: Figures,
        *,
        before: int,
        transformed: bool,
        show_verifying: Progress,
    ) -> None:
        self._source = source
        self._store = store
        self._versions = versions
        self._figures = figures
        self._before = before
        self._transformed = transformed
        self.show_verifying = show_verifying

    def take_snapshots(self, interval: int) -> None:
        """Take the snapshots that would be there had the events been appended one by one.

        Args:
            interval: in events of a stream; 0 for none.
        """
        take_snapshots(self._store, self._versions, interval)

    def check(self, findings: Sequence[Any], balances: Mapping[str, int]) -> None:
        """See that the new ledger is sound, and holds what the source does.

        Args:
            findings: what a verification of it has found.
            balances: minor units by account, as it tells them.

        Raises:
            VerificationFailed: there are findings.
            UnexpectedFailure: an account holds something else.
        """
        if self._transformed:
            refuse_transformed(self._source, findings)
            return
        refuse_findings(self._source, findings, before=self._before)
        check_figures(self._figures, balances)
