"""Asking a ledger: one method for every question."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from time import sleep
from typing import TYPE_CHECKING, Literal, overload

from ledger.commands.arguments import TimeLike
from ledger.commands.book import read_book
from ledger.domain.instant import to_datetime
from ledger.eventstore.records import Head, RecordedEvent
from ledger.eventstore.subscriptions import POLL_INTERVAL, follow
from ledger.queries.source import Point, Source, account_ids, check_exists

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.commands.ledger_events import LedgerEvent
    from ledger.queries.balances import AccountReport, BalanceReport
    from ledger.queries.book import BookReport
    from ledger.queries.confirmations import ChangedBalance
    from ledger.queries.history import HistoryReport
    from ledger.queries.replay import Agreement, ReplayStep
    from ledger.queries.reports.lines import Report
    from ledger.queries.statements import Statement
    from ledger.times.book_zone import BookZone, ZoneChange


class Questions:
    """What can be asked of a ledger; nothing here changes it.

    Times are ISO 8601 texts, datetimes or integer µs UTC; without a zone they are in the book's.
    """

    def __init__(self, source: Source) -> None:
        self._source = source

    def balance(
        self, account_id: str, *, as_of: TimeLike = None, known_at: TimeLike = None
    ) -> BalanceReport:
        """What an account holds, or held."""
        from ledger.queries.balances import balance_of

        with self._one_state():
            return balance_of(self._source, account_id, self._point(as_of, known_at))

    def balances(self, *, as_of: TimeLike = None, known_at: TimeLike = None) -> list[BalanceReport]:
        """What every open account holds, or held."""
        from ledger.queries.balances import balances_of_all

        return balances_of_all(self._source, self._point_of_all(as_of, known_at))

    def accounts(self, status: str = "all") -> list[AccountReport]:
        """The summaries of all accounts of a status: ``active``, ``closed`` or ``all``."""
        from ledger.queries.balances import accounts_with_status

        return accounts_with_status(self._source, status)

    def account_ids(self, prefix: str = "") -> list[str]:
        """The ids of all accounts that ever were and start with a prefix, sorted."""
        return account_ids(self._source, prefix)

    def history(
        self,
        account_id: str,
        *,
        as_of: TimeLike = None,
        known_at: TimeLike = None,
        at_version: int | None = None,
        limit: int | None = None,
    ) -> HistoryReport:
        """The entries of an account up to a point, and its state then; see `history_of`."""
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
        """An account's entries in a period, between two balances; see `statement_of`."""
        from ledger.queries.statements import statement_of

        with self._one_state():
            return statement_of(
                self._source,
                account_id,
                self._point(to_time, known_at),
                from_time=self._source.times.period_start(from_time),
            )

    def report(
        self,
        prefixes: str | Iterable[str] = (),
        *,
        by: str | Iterable[str] = (),
        from_time: TimeLike = None,
        to_time: TimeLike = None,
        as_of: TimeLike = None,
        known_at: TimeLike = None,
    ) -> Report:
        """Money in, out, and what was held, by period, account and tag; see `report_of`."""
        from ledger.queries.reports.report import report_of

        with self._one_state():
            point = self._point(as_of, known_at)
            begins = self._source.times.period_start(from_time)
            ends = self._source.times.period_end(to_time)
        return report_of(
            self._source,
            point,
            prefixes=(prefixes,) if isinstance(prefixes, str) else prefixes,
            by=(by,) if isinstance(by, str) else by,
            from_time=begins,
            to_time=ends,
        )

    def report_groupings(self) -> list[str]:
        """All that a report can be by: periods, accounts, and the tags that entries have."""
        from ledger.queries.reports.report import by_which

        return by_which(self._source)

    def broken_confirmations(self, account_ids: Iterable[str]) -> list[ChangedBalance]:
        """Confirmations of accounts that stand though the balance was changed since.

        Raises:
            NoSuchAccount: there is no such account.
        """
        from ledger.queries.confirmations import changed_balances

        with self._one_state():
            return changed_balances(self._source, account_ids)

    def replay(self, account_id: str, to_version: int | None = None) -> Iterator[ReplayStep]:
        """Fold an account from its first event, step by step."""
        from ledger.queries.replay import replay

        return replay(self._source, account_id, to_version)

    def agreement(self, account_id: str, to_version: int | None = None) -> Agreement:
        """Whether fold, snapshot and projections agree on an account."""
        from ledger.queries.replay import agreement_on

        return agreement_on(self._source, account_id, to_version)

    def _one_state(self) -> AbstractContextManager[None]:
        """Where a question's times mean what they mean to the figures that answer it."""
        return self._source.store.transaction(read_only=True)

    def _point(self, as_of: TimeLike, known_at: TimeLike) -> Point:
        times = self._source.times
        known = times.period_end(known_at)
        if known is None:
            return Point(times.period_end(as_of))
        from ledger.commands.known import position_known_by  # few questions are about the past

        return Point(times.period_end(as_of), known, position_known_by(self._source.store, known))

    def _point_of_all(self, as_of: TimeLike, known_at: TimeLike) -> Point:
        """The point of a question about all entries, whose rows are fixed by a position."""
        with self._one_state():
            return self._point(as_of, known_at)

    @property
    def is_test(self) -> bool:
        """Whether it is a test ledger, whose clock and chance are made up."""
        book = read_book(self._source.store)
        return bool(book.version) and book.state.test is not None

    def zone_changes(self) -> Sequence[ZoneChange]:
        """The time zones of the book, each with the instant that it holds from."""
        from ledger.times.book_zone import ZoneChange

        return tuple(ZoneChange(*each) for each in self._source.times.zone_changes())

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
        for event in self._source.store.read_stream(account_id):
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
        raw: Literal[False] = False,
    ) -> Iterator[LedgerEvent]: ...
    @overload
    def follow(
        self,
        *,
        from_position: int = 1,
        poll_interval: float = POLL_INTERVAL,
        pause: Callable[[float], None] = sleep,
        raw: Literal[True],
    ) -> Iterator[RecordedEvent]: ...
    def follow(
        self,
        *,
        from_position: int = 1,
        poll_interval: float = POLL_INTERVAL,
        pause: Callable[[float], None] = sleep,
        raw: bool = False,
    ) -> Iterator[LedgerEvent] | Iterator[RecordedEvent]:
        """The log from a position on, and then every new event, whichever process writes it.

        Args:
            from_position: 1-based.
            poll_interval: seconds between two looks at a log with nothing new.
            pause: what passes those seconds; it ends the following by raising.
            raw: give events as they are stored, and not as they are understood today.

        Raises:
            LedgerMoved: the log is not where it was any more.
            UnreadableEvent: an event cannot be read; never where ``raw`` is set.
        """
        found = follow(
            self._source.store,
            after_position=from_position - 1,
            poll_interval=poll_interval,
            pause=pause,
        )
        return found if raw else self._lifted(found)
