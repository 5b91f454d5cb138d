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
    from ledger.domain.book import ZoneChange
    from ledger.queries.balance_tree import BranchBalance
    from ledger.queries.balances import AccountReport, BalanceReport
    from ledger.queries.book import BookReport
    from ledger.queries.confirmations import ChangedBalance
    from ledger.queries.find import Found
    from ledger.queries.find_conditions import AmountLike
    from ledger.queries.history import HistoryReport
    from ledger.queries.replay import Agreement, ReplayStep
    from ledger.queries.several_statements import Statements
    from ledger.queries.statements import Statement
    from ledger.times.book_zone import BookZone


class Questions:
    """What can be asked of a ledger; nothing here changes it.

    Times are ISO 8601 texts, datetimes or integer µs UTC; without a zone they are in the book's.
    """

    _source: Source

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

    def balances(
        self,
        accounts: str | Iterable[str] | None = None,
        *,
        as_of: TimeLike = None,
        known_at: TimeLike = None,
    ) -> list[BalanceReport]:
        """What each of some accounts holds, or held.

        Args:
            accounts: ids, and prefixes such as ``club:`` for all open accounts below ``club``;
                None for all open accounts.
            as_of: count what happened up to then, a date or month to its last instant; now if left
                out.
            known_at: count what was recorded up to then, likewise.

        Raises:
            NoSuchAccount: there is none of an id, or there was none then, or none below a prefix.
        """
        from ledger.queries.balances import balances_of

        chosen = (accounts,) if isinstance(accounts, str) else accounts
        return balances_of(self._source, self._point_of_all(as_of, known_at), chosen)

    def balance_tree(
        self,
        accounts: str | Iterable[str] | None = None,
        *,
        as_of: TimeLike = None,
        known_at: TimeLike = None,
    ) -> list[BranchBalance]:
        """What accounts hold or held, added up by the parts of their ids; see `added_up`.

        Args:
            accounts, as_of, known_at: as for `balances`.

        Raises:
            NoSuchAccount: as for `balances`.
        """
        from ledger.queries.balance_tree import added_up

        return added_up(self.balances(accounts, as_of=as_of, known_at=known_at))

    def accounts(self, status: str = "all", *, prefix: str = "") -> list[AccountReport]:
        """The summaries of all accounts of a status: ``active``, ``closed`` or ``all``.

        Args:
            status: ``active``, ``closed`` or ``all``.
            prefix: only accounts whose ids start with it.

        Raises:
            NoSuchAccount: there are accounts, but none that starts so.
        """
        from ledger.queries.balances import accounts_with_status

        return accounts_with_status(self._source, status, prefix)

    def account_ids(self, prefix: str = "") -> list[str]:
        """The ids of all accounts that ever were and start with a prefix, sorted.

        Args:
            prefix: how they begin; empty for all.
        """
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

    def statements(
        self,
        accounts: str | Iterable[str] | None = None,
        *,
        from_time: TimeLike = None,
        to_time: TimeLike = None,
        known_at: TimeLike = None,
    ) -> Statements:
        """The statements of several accounts for a period, each made when it is asked for.

        All are of one state of the ledger, whatever is recorded meanwhile.

        Args:
            accounts: ids, and prefixes such as ``club:`` for all accounts below ``club`` that were
                open in the period; None for all accounts that were.
            from_time, to_time: both ends belong to the period; left out, it has no such end.
            known_at: count what was recorded up to then.

        Raises:
            InvalidOption: the period ends before it begins.
            NoSuchAccount: there is none of an id, or there was none at the end of the period, or
                none below a prefix.
        """
        from ledger.queries.several_statements import Statements

        chosen = (accounts,) if isinstance(accounts, str) else accounts
        with self._one_state():
            begin = self._source.times.period_start(from_time)
            return Statements(self._source, self._point(to_time, known_at), begin, chosen)

    def find(
        self,
        text: str | None = None,
        *,
        accounts: str | Iterable[str] = (),
        tags: str | Iterable[str] = (),
        without_tags: str | Iterable[str] = (),
        least: AmountLike | None = None,
        most: AmountLike | None = None,
        from_time: TimeLike = None,
        to_time: TimeLike = None,
        actor: str | None = None,
        without_receipt: bool = False,
        with_reversed: bool = False,
        known_at: TimeLike = None,
        limit: int | None = None,
    ) -> Found:
        """Entries of all accounts for which all that is given holds, in the order they happened.

        Args:
            text: in the description or the id of the other account of a transfer, in capitals or
                not.
            accounts: ids of accounts, or what ids start with; one of them holds.
            tags: each as ``key=value``, or as ``key`` for any value.
            without_tags: the same; an opening, which cannot have tags, is never found so.
            least, most: of the amount, whether it comes in or goes out; of `Money`, only entries in
                its currency.
            from_time, to_time: both ends belong to the period.
            actor: who recorded it.
            without_receipt: only what could have a receipt and has none.
            with_reversed: whether entries that were reversed at their own moment are among them,
                and their reversals.
            known_at: count what was recorded up to then.
            limit: only the last so many entries.

        Raises:
            InvalidOption, InvalidTag, InvalidAmount, InvalidText, InvalidTime: nothing can be asked
                for like that.
        """
        from ledger.queries.find import Found
        from ledger.queries.find_conditions import wanted

        with self._one_state():
            point = self._point(to_time, known_at)
            from_us = self._source.times.period_start(from_time)
        return Found(
            self._source,
            wanted(
                point,
                from_us,
                text=text,
                accounts=accounts,
                tags=tags,
                without_tags=without_tags,
                least=least,
                most=most,
                actor=actor,
                without_receipt=without_receipt,
            ),
            with_reversed=with_reversed,
            limit=limit,
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
