"""The read side: every way in which a ledger is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import sleep
from typing import TYPE_CHECKING

from ledger.commands.arguments import TimeLike, instant_of
from ledger.eventstore.records import Head, Identity, RecordedEvent
from ledger.eventstore.subscriptions import POLL_INTERVAL, Subscriber, follow
from ledger.queries.results import (
    AccountReport,
    Agreement,
    BalanceReport,
    HistoryReport,
    ReplayStep,
)
from ledger.wiring import Wiring

if TYPE_CHECKING:
    from ledger.queries.statements import Statement
    from ledger.verification.findings import Verification
    from ledger.verification.verifying import Progress


class ReadSide(Wiring):
    """Accounts, now and at any point of the past, and the log itself."""

    def balance(
        self, account_id: str, *, as_of: TimeLike = None, known_at: TimeLike = None
    ) -> BalanceReport:
        """What an account holds, or held; see `Reader.balance`."""
        return self._reader.balance(account_id, **_points(as_of, known_at))

    def balances(self, *, as_of: TimeLike = None, known_at: TimeLike = None) -> list[BalanceReport]:
        """What every open account holds, or held; see `Reader.balances`."""
        return self._reader.balances(**_points(as_of, known_at))

    def accounts(self, status: str = "all") -> list[AccountReport]:
        """The summaries of all accounts; see `Reader.accounts`."""
        return self._reader.accounts(status)

    def history(
        self,
        account_id: str,
        *,
        as_of: TimeLike = None,
        known_at: TimeLike = None,
        at_version: int | None = None,
        limit: int | None = None,
    ) -> HistoryReport:
        """The entries of an account up to a point, and its state then; see `Reader.history`."""
        return self._reader.history(
            account_id, **_points(as_of, known_at), at_version=at_version, limit=limit
        )

    def statement(
        self,
        account_id: str,
        *,
        from_time: TimeLike = None,
        to_time: TimeLike = None,
        known_at: TimeLike = None,
    ) -> Statement:
        """An account's entries in a period, between two balances; see `statement_of`."""
        from ledger.queries.statements import statement_of

        return statement_of(
            self._store,
            self._loader,
            self._reader,
            account_id,
            from_time=instant_of(from_time),
            to_time=instant_of(to_time, end_of_day=True),
            known_at=instant_of(known_at, end_of_day=True),
        )

    def replay(self, account_id: str, to_version: int | None = None) -> Iterator[ReplayStep]:
        """Fold an account from its first event, step by step; see `Reader.replay`."""
        return self._reader.replay(account_id, to_version)

    def agreement(self, account_id: str, to_version: int | None = None) -> Agreement:
        """Whether fold, snapshot and projection agree; see `Reader.agreement`."""
        return self._reader.agreement(account_id, to_version)

    def account_ids(self, prefix: str = "") -> list[str]:
        """The ids of all accounts that ever were and start with a prefix, sorted."""
        return list(self._store.stream_ids(prefix))

    @property
    def identity(self) -> Identity:
        """Which ledger this is."""
        return self._store.identity

    def head(self) -> Head:
        """The end of the log."""
        return self._store.head()

    def events(
        self, *, from_position: int = 1, account_id: str | None = None
    ) -> Iterator[RecordedEvent]:
        """The log from a position on, of one account or all.

        Raises:
            NoSuchAccount: there is none of that id; known once the first event is asked for.
        """
        if account_id is None:
            yield from self._store.read_all(after_position=from_position - 1)
            return
        self._reader.check_exists(account_id)
        for event in self._store.read_stream(account_id):
            if event.position >= from_position:
                yield event

    def follow(
        self,
        *,
        from_position: int = 1,
        poll_interval: float = POLL_INTERVAL,
        pause: Callable[[float], None] = sleep,
    ) -> Iterator[RecordedEvent]:
        """The log from a position on, and then every new event, whichever process writes it.

        Args:
            poll_interval: seconds between two looks at a log with nothing new.
            pause: what passes those seconds; it ends the following by raising.
        """
        return follow(
            self._store,
            after_position=from_position - 1,
            poll_interval=poll_interval,
            pause=pause,
        )

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call a function with every event that this object commits, until the returned one is."""
        return self._subscribers.add(subscriber)

    def verify(
        self,
        *,
        expect_head: str | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Verification:
        """Check everything that the ledger holds, and name all that is wrong; see `verify`."""
        from ledger.verification.verifying import verify

        return verify(
            self._store,
            self._runner.projections,
            expect_head=expect_head,
            workers=workers,
            progress=progress,
        )

    def export_events(self, *, to_position: int | None = None) -> Iterator[bytes]:
        """The log in the export format, line by line without line ends; see `export_lines`."""
        from ledger.exchange.log_files import export_lines

        return export_lines(self._store, to_position)


def _points(as_of: TimeLike, known_at: TimeLike) -> dict[str, int | None]:
    return {
        "as_of": instant_of(as_of, end_of_day=True),
        "known_at": instant_of(known_at, end_of_day=True),
    }
