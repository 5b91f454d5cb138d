"""Asking: balances, histories and replays, now and at any point of the past."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec

from ledger.commands.repository import AccountRepository, LoadedAccount, fold
from ledger.domain.account import BankAccount
from ledger.domain.account_state import AccountState
from ledger.domain.instant import short_instant
from ledger.domain.money import Money
from ledger.domain.validation import check_account_id
from ledger.errors import DamagedLedger, InvalidOption, NoSuchAccount
from ledger.eventstore.codec import decode_event
from ledger.eventstore.records import Head
from ledger.eventstore.store import EventStore
from ledger.projections.balances import BalanceRow
from ledger.projections.projection import Projection
from ledger.projections.projector import BALANCES, SUMMARIES, Projector
from ledger.projections.summaries import SummaryRow
from ledger.queries.entries import entries_of
from ledger.queries.results import (
    AccountReport,
    Agreement,
    BalanceReport,
    HistoryReport,
    ReplayStep,
)


class Reader:
    """Answers questions about one store, each from one consistent state of it."""

    def __init__(self, store: EventStore, loader: AccountRepository, runner: Projector) -> None:
        self._store = store
        self._loader = loader
        self._runner = runner

    def balance(
        self, account_id: str, *, as_of: int | None = None, known_at: int | None = None
    ) -> BalanceReport:
        """What an account held.

        Args:
            as_of: count what was effective by then (µs UTC); None for all.
            known_at: count what was recorded by then (µs UTC); None for all.

        Raises:
            NoSuchAccount: there is none, or there was none then.
        """
        with self._store.reading():
            head = self._store.head()
            account = self.account_at(account_id, as_of=as_of, known_at=known_at).account
        balance = Money(account.state.balance, account.state.currency)
        return BalanceReport(account_id, balance, account.version, head, as_of, known_at)

    def balances(
        self, *, as_of: int | None = None, known_at: int | None = None
    ) -> list[BalanceReport]:
        """What every account held that was open, by id.

        Raises:
            ProjectionOutdated, DamagedLedger: the projection has to be rebuilt.
        """
        if as_of is None and known_at is None:
            rows = cast(Iterator[BalanceRow], self._store.views.scan(BALANCES.spec))
            with self._store.reading():
                head = self._head_seen_by(BALANCES)
                return [
                    BalanceReport(
                        row.account_id, Money(row.balance, row.currency), row.version, head
                    )
                    for row in rows
                ]
        reports = []
        with self._store.reading():
            head = self._store.head()
            for account_id in list(self._store.stream_ids()):
                account = self._load_at(account_id, as_of=as_of, known_at=known_at).account
                if account.version and account.state.closed_at is None:
                    balance = Money(account.state.balance, account.state.currency)
                    reports.append(
                        BalanceReport(account_id, balance, account.version, head, as_of, known_at)
                    )
        return reports

    def accounts(self, status: str = "all") -> list[AccountReport]:
        """The summaries of all accounts of a status (``active``, ``closed`` or ``all``), by id.

        Raises:
            ProjectionOutdated, DamagedLedger: the projection has to be rebuilt.
        """
        with self._store.reading():
            head = self._head_seen_by(SUMMARIES)
            return [
                AccountReport(**msgspec.structs.asdict(row), head=head)
                for row in cast(Iterator[SummaryRow], self._store.views.scan(SUMMARIES.spec))
                if status in ("all", row.status)
            ]

    def history(
        self,
        account_id: str,
        *,
        as_of: int | None = None,
        known_at: int | None = None,
        at_version: int | None = None,
        limit: int | None = None,
    ) -> HistoryReport:
        """The entries of an account that count at a point, and its state then.

        Args:
            as_of: count what was effective by then (µs UTC).
            known_at: count what was recorded by then (µs UTC).
            at_version: count versions up to this one.
            limit: give only the last so many entries; however long the stream is, no more of it is
                read than they need.

        Raises:
            NoSuchAccount: there is none, or there was none then.
            InvalidOption: it has no such version.
        """
        with self._store.reading():
            head = self._store.head()
            if at_version is not None:
                self._check_version(account_id, at_version)
            loaded = self.account_at(
                account_id, as_of=as_of, known_at=known_at, at_version=at_version
            )
            to_version = self._known_version(account_id, known_at, at_version)
            base = loaded.snapshot_version if limit is not None else 0
            events = list(
                self._store.read_stream(
                    account_id, after_version=base, to_version=to_version, effective_to=as_of
                )
            )
            counted = base + len(events)
            if limit is not None:
                missing = limit - len(events)
                if missing > 0 and base:
                    # All that a snapshot covers counts, so the rest is simply what comes before.
                    earlier = self._store.read_stream_backwards(
                        account_id, from_version=base, limit=missing
                    )
                    events = [*reversed(list(earlier)), *events]
                events = events[len(events) - min(limit, len(events)) :]
        account = loaded.account
        return HistoryReport(
            account_id,
            account.state,
            account.version,
            tuple(entries_of(events, account.state.balance)),
            counted - len(events),
            head,
            as_of,
            known_at,
        )

    def replay(self, account_id: str, to_version: int | None = None) -> Iterator[ReplayStep]:
        """Fold an account from its event 1, without a snapshot, step by step.

        Raises:
            NoSuchAccount: there is none.
            InvalidOption: it has no such version.
        """
        if to_version is not None:
            self._check_version(account_id, to_version)
        self.check_exists(account_id)
        loaded = LoadedAccount(BankAccount(account_id))
        for recorded in self._store.read_stream(account_id, to_version=to_version):
            account = loaded.account
            before = msgspec.structs.replace(account.state) if account.version else None
            fold(loaded, [recorded])
            after = msgspec.structs.replace(account.state)
            yield ReplayStep(recorded, decode_event(recorded), before, after)

    def agreement(self, account_id: str, to_version: int | None = None) -> Agreement:
        """Whether fold, snapshot and projection say the same of an account.

        Raises:
            NoSuchAccount: there is none.
            InvalidOption: it has no such version.
        """
        if to_version is not None:
            self._check_version(account_id, to_version)
        with self._store.reading():
            folded = self._loader.load_at(account_id, to_version=to_version, use_snapshot=False)
            if not folded.account.version:
                self._no_such(account_id)
            short = self._loader.load_at(account_id, to_version=to_version)
            newest = self._store.stream_version(account_id)
            summary, balance, lag, compared = None, None, 0, False
            if folded.account.version == newest:
                lag = max(self._runner.lag(SUMMARIES), self._runner.lag(BALANCES))
                compared = not lag
            if compared:
                summary = self._row(SUMMARIES, account_id)
                balance = self._row(BALANCES, account_id)
        account, fold = folded.account, folded.account.state
        disagreements = []
        if short.snapshot_version and short.account.state != fold:
            disagreements.append("snapshot")
        if compared and balance != _balance_row(account):
            disagreements.append(BALANCES.spec.name)
        if compared and summary != _summary_row(account):
            disagreements.append(SUMMARIES.spec.name)
        projected_balance = balance.balance if isinstance(balance, BalanceRow) else None
        if compared and balance is None and fold.closed_at is not None:
            projected_balance = 0
        return Agreement(
            account_id,
            account.version,
            fold,
            short.account.state if short.snapshot_version else None,
            short.snapshot_version or None,
            _state_in(summary) if isinstance(summary, SummaryRow) else None,
            projected_balance,
            lag,
            tuple(disagreements),
        )

    def check_exists(self, account_id: str) -> None:
        """See that there is such an account, without reading its events.

        Raises:
            NoSuchAccount: there is none.
        """
        if not self._store.stream_version(account_id):
            self._no_such(account_id)

    def account_at(
        self,
        account_id: str,
        *,
        as_of: int | None,
        known_at: int | None,
        at_version: int | None = None,
    ) -> LoadedAccount:
        """An account at a point.

        Raises:
            NoSuchAccount: there is none, or there was none then.
        """
        loaded = self._load_at(account_id, as_of=as_of, known_at=known_at, at_version=at_version)
        if loaded.account.version == 0:
            self._no_such(account_id, as_of, known_at)
        return loaded

    def _head_seen_by(self, projection: Projection) -> Head:
        """The end of the log that a projection's figures come from: it may lag."""
        lag, head = self._runner.lag(projection), self._store.head()
        seen = self._store.head_at(head.position - lag)
        if seen is None:
            raise DamagedLedger(
                f"the projection {projection.spec.name} has seen {head.position - lag} events, and "
                f"the log has {head.position}: its end was cut off, or the projection changed",
                advice="keep the file as it is, and have it diagnosed",
            )
        return seen

    def _row(self, projection: Projection, account_id: str) -> msgspec.Struct | None:
        return self._store.views.rows(projection.spec, [account_id]).get(account_id)

    def _load_at(
        self,
        account_id: str,
        *,
        as_of: int | None,
        known_at: int | None,
        at_version: int | None = None,
    ) -> LoadedAccount:
        to_version = self._known_version(account_id, known_at, at_version)
        return self._loader.load_at(account_id, to_version=to_version, as_of=as_of)

    def _known_version(
        self, account_id: str, known_at: int | None, at_version: int | None
    ) -> int | None:
        """Recorded times never run backwards, so what was known by an instant ends at a version."""
        if known_at is None:
            return at_version
        known = self._store.version_recorded_by(account_id, known_at)
        return known if at_version is None else min(known, at_version)

    def _check_version(self, account_id: str, version: int) -> None:
        self.check_exists(account_id)
        last = self._store.stream_version(account_id)
        if not 1 <= version <= last:
            raise InvalidOption(
                f"account {account_id} has no version {version}",
                advice=f"it has versions 1 to {last}",
                account_id=account_id,
                last_version=last,
            )

    def _no_such(
        self, account_id: str, as_of: int | None = None, known_at: int | None = None
    ) -> None:
        if not self._store.stream_version(account_id):
            check_account_id(account_id)
            _ = BankAccount(account_id).state
        point = " and ".join(
            f"{word} {short_instant(instant)}"
            for word, instant in (("as of", as_of), ("known at", known_at))
            if instant is not None
        )
        raise NoSuchAccount(
            f"there was no account {account_id} {point}",
            advice="see in its history when it was opened",
            account_id=account_id,
        )


def _balance_row(account: BankAccount) -> BalanceRow | None:
    """The row that the balance projection must have for an account."""
    state = account.state
    if state.closed_at is not None:
        return None
    return BalanceRow(account.stream_id, state.balance, state.currency, account.version)


def _summary_row(account: BankAccount) -> SummaryRow:
    """The row that the summary projection must have for an account."""
    state = account.state
    return SummaryRow(
        account.stream_id,
        state.owner,
        state.currency,
        state.balance,
        state.transaction_count,
        state.status,
        state.opened_at,
        state.last_activity,
        state.closed_at,
    )


def _state_in(row: SummaryRow) -> AccountState:
    """An account's state as the summary projection has it."""
    return AccountState(
        row.owner,
        row.currency,
        row.balance,
        row.transaction_count,
        row.opened_at,
        row.last_activity,
        row.closed_at,
    )
