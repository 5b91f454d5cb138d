"""Asking a ledger about several accounts at once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ledger.commands.arguments import TimeLike
from ledger.queries.source import Point, Source, account_ids

if TYPE_CHECKING:
    from ledger.eventstore.sql_views import SqlAnswer
    from ledger.queries.balance_tree import BranchBalance
    from ledger.queries.balances import AccountReport, BalanceReport
    from ledger.queries.finding.conditions import AmountLike
    from ledger.queries.finding.found import Found
    from ledger.queries.reports.lines import Report
    from ledger.queries.several_statements import Statements


class QuestionsOfAll:
    """What can be asked about several accounts; nothing here changes them.

    Times are ISO 8601 texts, datetimes or integer µs UTC; without a zone they are in the book's.
    """

    _source: Source

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
            prefix: only the account of that id, or where there is none, those whose ids start so.

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
                not; or of what an entry reverses, or is reversed by.
            accounts: ids of accounts, or what ids start with where there is no account of that id;
                one of them holds.
            tags: each as ``key=value``, or as ``key`` for any value.
            without_tags: the same; an opening, which cannot have tags, is never found so.
            least, most: of the amount, whether it comes in or goes out; of `Money`, only entries in
                its currency.
            from_time, to_time: both ends belong to the period.
            actor: who recorded it.
            without_receipt: only what could have a receipt and has none, and its reversal.
            with_reversed: whether entries that were reversed at their own moment are among them,
                and their reversals.
            known_at: count what was recorded up to then.
            limit: only the last so many entries.

        Raises:
            InvalidOption, InvalidTag, InvalidAmount, InvalidText, InvalidTime: nothing can be asked
                for like that.
        """
        from ledger.queries.finding.conditions import wanted
        from ledger.queries.finding.found import Found

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
        """Money in, out, and what was held, by period, account and tag; see `report_of`.

        Args:
            prefixes: ids of accounts, or what ids start with where there is no account of that id;
                none for all accounts.
            by: ``day``, ``week``, ``month``, ``quarter``, ``year``, ``account``, or ``tag:`` and a
                key; each divides the groups of the one before it.
            from_time, to_time: both ends belong to the period; left out, it has no such end.
            as_of: count what happened up to then.
            known_at: count what was recorded up to then.

        Raises:
            InvalidOption: it cannot be by that, or the period ends before it begins.
            NoSuchAccount: no account starts with one of the prefixes.
            DamagedLedger: the sums are not what the events give.
        """
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

    def sql(self, query: str, *, timeout: float = 30) -> AbstractContextManager[SqlAnswer]:
        """Ask in SQL, over the views `accounts`, `entries` and `event_log` and the functions
        `balances(as_of, known_at)` and `entries_at(as_of, known_at)`.

        Args:
            query: one SELECT; whatever would change something is refused.
            timeout: seconds of work after which it is given up.

        Raises:
            InvalidQuery: it is no query, is not allowed, or asks for too much; known when it
                begins, or while its rows are read.
            InvalidUsage: the ledger is kept where it cannot be asked in SQL.
        """
        from ledger.queries.sql import ask_sql

        return ask_sql(self._source, query, timeout)

    def report_groupings(self) -> list[str]:
        """All that a report can be by: periods, accounts, and the tags that entries have."""
        from ledger.queries.reports.report import by_which

        return by_which(self._source)

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
