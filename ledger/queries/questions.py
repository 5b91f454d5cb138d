"""Asking a ledger: one method for every question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import sleep
from typing import TYPE_CHECKING, Literal, overload

from ledger.commands.arguments import TimeLike
from ledger.commands.book import read_book
from ledger.domain.instant import to_datetime
from ledger.eventstore.records import Head, RecordedEvent
from ledger.eventstore.store import archive_of, archived_version
from ledger.eventstore.subscriptions import POLL_INTERVAL, follow
from ledger.queries.questions_of_all import QuestionsOfAll
from ledger.queries.source import check_exists

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.commands.ledger_events import LedgerEvent
    from ledger.domain.book import ZoneChange
    from ledger.eventstore.patience import Told
    from ledger.queries.balances import BalanceReport
    from ledger.queries.book import BookReport
    from ledger.queries.confirmations import ChangedBalance
    from ledger.queries.history import HistoryReport
    from ledger.queries.replay import Agreement, ReplayStep
    from ledger.queries.statements import Statement
    from ledger.times.book_zone import BookZone


class Questions(QuestionsOfAll):
    """What can be asked of a ledger; nothing here changes it.

    Times are ISO 8601 texts, datetimes or integer µs UTC; without a zone they are in the book's.
    """

    def balance(
        self, account_id: str, *, as_of: TimeLike = None, known_at: TimeLike = None
    ) -> BalanceReport:
        """What an account holds, or held.

        Args:
            account_id: the account's id.
            as_of: count what happened up to then, a date or month to its last instant; now if left
                out.
            known_at: count what was recorded up to then, likewise.

        Raises:
            NoSuchAccount: there is none of that id, or there was none then.
            InvalidTime: it is no such time.
        """
        from ledger.queries.balances import balance_of

        with self._one_state():
            return balance_of(self._source, account_id, self._point(as_of, known_at))

    def history(
        self,
        account_id: str,
        *,
        as_of: TimeLike = None,
        known_at: TimeLike = None,
        at_version: int | None = None,
        limit: int | None = None,
    ) -> HistoryReport:
        """The entries of an account up to a point, and its state then; see `history_of`.

        Args:
            account_id: the account's id.
            as_of: count what happened up to then, a date or month to its last instant; now if left
                out.
            known_at: count what was recorded up to then, likewise.
            at_version: count versions up to this one.
            limit: give only the last so many entries.

        Raises:
            NoSuchAccount: there is none of that id, or there was none then.
            InvalidOption: it has no such version.
            InvalidTime: it is no such time.
        """
        from ledger.queries.history import history_of

        with self._one_state():
            point = self._point(as_of, known_at)
            return history_of(self._source, account_id, point, at_version=at_version, limit=limit)

    def statement(
        self,
        account_id: str,
        *,
        from_time: TimeLike = None,
        to_time: TimeLike = None,
        known_at: TimeLike = None,
    ) -> Statement:
        """An account's entries in a period, between two balances; see `statement_of`.

        Args:
            account_id: the account's id.
            from_time: the first instant of the period, of a date or month its own first; all from
                the start if left out.
            to_time: the last instant, of a date or month its own last; now if left out.
            known_at: count what was recorded up to then, likewise.

        Raises:
            NoSuchAccount: there is none of that id, or there was none at the end of the period.
            InvalidOption: the period ends before it begins.
            InvalidTime: it is no such time.
        """
        from ledger.queries.statements import statement_of

        with self._one_state():
            return statement_of(
                self._source,
                account_id,
                self._point(to_time, known_at),
                from_time=self._source.times.period_start(from_time),
            )

    def broken_confirmations(self, account_ids: Iterable[str]) -> list[ChangedBalance]:
        """Confirmations of accounts that stand though the balance was changed since.

        Args:
            account_ids: the accounts to look at.

        Raises:
            NoSuchAccount: there is no such account.
        """
        from ledger.queries.confirmations import changed_balances

        with self._one_state():
            return changed_balances(self._source, account_ids)

    def replay(self, account_id: str, to_version: int | None = None) -> Iterator[ReplayStep]:
        """Fold an account from its first event, step by step.

        Args:
            account_id: the account's id.
            to_version: count versions up to this one; all if left out.

        Raises:
            NoSuchAccount: there is none of that id.
            InvalidOption: it has no such version.
        """
        from ledger.queries.replay import replay

        return replay(self._source, account_id, to_version)

    def agreement(self, account_id: str, to_version: int | None = None) -> Agreement:
        """Whether fold, snapshot and projections agree on an account.

        Args:
            account_id: the account's id.
            to_version: count versions up to this one; all if left out.

        Raises:
            NoSuchAccount: there is none of that id.
            InvalidOption: it has no such version.
        """
        from ledger.queries.replay import agreement_on

        return agreement_on(self._source, account_id, to_version)

    @property
    def is_test(self) -> bool:
        """Whether it is a test ledger, whose clock and chance are made up."""
        book = read_book(self._source.store)
        return bool(book.version) and book.state.test is not None

    def zone_changes(self) -> Sequence[ZoneChange]:
        """The time zones of the book, each with the instant that it holds from."""
        return self._source.times.zone_changes()

    @property
    def time_zone(self) -> BookZone:
        """The time zone of the book, with its history."""
        return self._source.times.zone

    @property
    def locked_until(self) -> datetime | None:
        """The moment (UTC) that the books were locked until when they were last looked at; None
        where nothing was locked."""
        return to_datetime(self._source.times.locked_until)

    @property
    def ledger_id(self) -> str:
        """Which ledger this is; a UUID."""
        return self._source.store.ledger_id

    def book(self) -> BookReport:
        """The ledger as a whole: its file, name, time zone, size, corrections and the like."""
        from ledger.queries.book import report_book

        return report_book(self._source)

    def head(self) -> Head:
        """The end of the log."""
        return self._source.store.head()

    @overload
    def events(
        self, *, from_position: int = 1, account_id: str | None = None, raw: Literal[False] = False
    ) -> Iterator[LedgerEvent]: ...
    @overload
    def events(
        self, *, from_position: int = 1, account_id: str | None = None, raw: Literal[True]
    ) -> Iterator[RecordedEvent]: ...
    def events(
        self, *, from_position: int = 1, account_id: str | None = None, raw: bool = False
    ) -> Iterator[LedgerEvent] | Iterator[RecordedEvent]:
        """The log from a position on, of one account or all.

        Args:
            from_position: 1-based.
            account_id: give the events of this account alone.
            raw: give events as they are stored, and not as they are understood today.

        Raises:
            NoSuchAccount: there is none of that id; known once the first event is asked for.
            UnreadableEvent: one cannot be read; never where ``raw`` is set.
        """
        found = self._recorded(from_position, account_id)
        return found if raw else self._lifted(found)

    def _recorded(self, from_position: int, account_id: str | None) -> Iterator[RecordedEvent]:
        if account_id is None:
            yield from self._source.store.read_all(after_position=from_position - 1)
            return
        check_exists(self._source, account_id)
        store = self._source.store
        archived = archived_version(store, account_id)  # first: more may be archived meanwhile
        archive = archive_of(store)
        after = archived if archive is not None and from_position > archive.position else 0
        for event in store.read_stream(account_id, after_version=after):
            if event.position >= from_position:
                yield event

    def _lifted(self, events: Iterable[RecordedEvent]) -> Iterator[LedgerEvent]:
        from ledger.queries.lifted import lifted

        return lifted(self._source, events)

    @overload
    def follow(
        self,
        *,
        from_position: int = 1,
        poll_interval: float = POLL_INTERVAL,
        pause: Callable[[float], None] = sleep,
        on_loss: Told | None = None,
        raw: Literal[False] = False,
    ) -> Iterator[LedgerEvent]: ...
    @overload
    def follow(
        self,
        *,
        from_position: int = 1,
        poll_interval: float = POLL_INTERVAL,
        pause: Callable[[float], None] = sleep,
        on_loss: Told | None = None,
        raw: Literal[True],
    ) -> Iterator[RecordedEvent]: ...
    def follow(
        self,
        *,
        from_position: int = 1,
        poll_interval: float = POLL_INTERVAL,
        pause: Callable[[float], None] = sleep,
        on_loss: Told | None = None,
        raw: bool = False,
    ) -> Iterator[LedgerEvent] | Iterator[RecordedEvent]:
        """The log from a position on, and then every new event, whichever process writes it.

        Args:
            from_position: 1-based.
            poll_interval: seconds between two looks at a log with nothing new.
            pause: what passes those seconds; it ends the following by raising.
            on_loss: told, with the error, that a server is away; it is waited for up to a minute.
            raw: give events as they are stored, and not as they are understood today.

        Raises:
            LedgerMoved: the log is not where it was any more.
            UnreadableEvent: an event cannot be read; never where ``raw`` is set.
            StorageFailure: the log cannot be read; a server was away for a minute.
        """
        found = follow(
            self._source.store,
            after_position=from_position - 1,
            poll_interval=poll_interval,
            pause=pause,
            on_loss=on_loss,
        )
        return found if raw else self._lifted(found)
