"""Snapshots: each equals the fold at its version.

They are read one ahead, stream by stream, so that they are never all in memory.
"""

from __future__ import annotations

from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.instant import format_instant
from ledger.errors import DamagedLedger
from ledger.eventstore import snapshots
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.snapshots import Snapshot, fold_fingerprint
from ledger.eventstore.store import EventStore, stream_version
from ledger.verification.findings import Finding, amount_text


class SnapshotCheck:
    """Looks at snapshots as their streams reach them.

    Attributes:
        count: how many there are.
        passed_over: those that another version's fold made; they are used by nobody.
    """

    def __init__(self, store: EventStore, findings: list[Finding]) -> None:
        self._store = store
        self._findings = findings
        self.count = 0
        self.passed_over = 0

    def first_of(self, stream_id: str) -> Snapshot | None:
        """A stream's first snapshot."""
        return self._after(stream_id, 0)

    def at(
        self, snapshot: Snapshot | None, recorded: RecordedEvent, account: BankAccount | None
    ) -> Snapshot | None:
        """Look at what a stream has by one of its events, from a snapshot on.

        Args:
            account: as the event left it; None where that is not known.

        Returns:
            The next snapshot past the event, if there is one.
        """
        while snapshot is not None and snapshot.version <= recorded.version:
            self.count += 1
            if snapshot.fingerprint != fold_fingerprint(BankAccount):
                self.passed_over += 1
            elif account is not None and snapshot.version == recorded.version:
                self._compare(snapshot, recorded, account)
            elif account is not None:
                self._of_no_version(snapshot)
            snapshot = self._after(snapshot.stream_id, snapshot.version)
        return snapshot

    def beyond(self, snapshot: Snapshot | None) -> None:
        """Look at what a stream has past its end; others may have written on meanwhile."""
        last = 0
        while snapshot is not None:
            if snapshot.version > last:  # asked after the snapshot was read, never before
                last = stream_version(self._store, snapshot.stream_id)
            if snapshot.version > last:
                self.count += 1
                self._of_no_version(snapshot)
            snapshot = self._after(snapshot.stream_id, snapshot.version)

    def _after(self, stream_id: str, version: int) -> Snapshot | None:
        try:
            return next(self._store.snapshots.read(stream_id, after_version=version), None)
        except DamagedLedger as error:
            self._findings.append(
                Finding(check="snapshot", account_id=stream_id, message=error.message)
            )
            return None

    def _compare(self, snapshot: Snapshot, recorded: RecordedEvent, account: BankAccount) -> None:
        if snapshots.is_right(snapshot, account, recorded.recorded_at):
            return
        made = snapshots.take(account, recorded.recorded_at)
        expected, found = _terms(made, account.state), _terms(snapshot, _state_in(snapshot))
        for name in expected.keys() - found.keys():
            found[name] = "unreadable"
        differing = [name for name in expected if expected[name] != found[name]]
        self._find(
            snapshot,
            recorded.position,
            f"the snapshot at version {snapshot.version} is not the fold: it differs in its "
            + ", ".join(differing),
            ", ".join(f"{name} {expected[name]}" for name in differing),
            ", ".join(f"{name} {found[name]}" for name in differing),
        )

    def _of_no_version(self, snapshot: Snapshot) -> None:
        message = "there is a snapshot of a version that the account does not have"
        self._find(snapshot, None, message, "no snapshot", f"version {snapshot.version}")

    def _find(
        self, snapshot: Snapshot, position: int | None, message: str, expected: str, found: str
    ) -> None:
        self._findings.append(
            Finding(
                check="snapshot",
                position=position,
                account_id=snapshot.stream_id,
                message=message,
                expected=expected,
                found=found,
            )
        )


def _state_in(snapshot: Snapshot) -> AccountState | None:
    state: AccountState | None = snapshots.state_in(snapshot, BankAccount)
    return state


def _terms(snapshot: Snapshot, state: AccountState | None) -> dict[str, str]:
    """What a snapshot says, for people."""
    terms = {
        "highest effective time": format_instant(snapshot.highest_effective_at),
        "last recorded time": format_instant(snapshot.last_recorded_at),
    }
    if state is None:
        return terms
    return terms | {
        "owner": state.owner,
        "currency": state.currency,
        "balance": amount_text(state.balance, state.currency),
        "transactions": str(state.transaction_count),
        "opened": format_instant(state.opened_at),
        "last activity": format_instant(state.last_activity),
        "closed": "no" if state.closed_at is None else format_instant(state.closed_at),
    }
