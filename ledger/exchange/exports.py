"""What a ledger is exported to for other programs and for people, and what an export is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Final, NamedTuple, Protocol, cast

import msgspec

from ledger.commands.book import read_book
from ledger.domain.book import BookState
from ledger.errors import InvalidOption
from ledger.eventstore.records import Head
from ledger.queries.chosen_accounts import check_each
from ledger.queries.source import Point, Source, check_period
from ledger.times.book_zone import BookZone


class Out(Protocol):
    """Where an export goes."""

    def write(self, text: str, /) -> object:
        """Take the next part of it."""


class Extract(msgspec.Struct, frozen=True):
    """A part of a ledger, as it is at one position of its log, whatever is recorded meanwhile.

    Attributes:
        source: what questions are put to, at ``point``.
        point: as of the end of the period, and known at the head.
        from_us: the first instant of the period (µs UTC); None for no such end.
        accounts: ids, and prefixes such as ``club:``; empty for all accounts.
        book: as it was at the head.
        made_us: when the export is made (µs UTC).
        group_digits: whether people are shown the digits of amounts in groups.
    """

    source: Source
    head: Head
    point: Point
    from_us: int | None
    accounts: tuple[str, ...]
    book: BookState
    zone: BookZone
    made_us: int
    group_digits: bool = False

    @property
    def to_us(self) -> int | None:
        """The last instant of the period (µs UTC); None for no such end."""
        return self.point.as_of


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was exported.

    Attributes:
        head: the end of the log that all of it comes from.
        from_us, to_us: the period (µs UTC), both ends included; None where it has no such end.
        notes: what whoever uses it must know, such as names that had to be changed.
    """

    entries: int
    accounts: int
    head: Head
    from_us: int | None
    to_us: int | None
    notes: tuple[str, ...] = ()


Write = Callable[[Extract, Out], Exported]
"""Writes an extract in a format, part by part."""


class OutwardFormat(NamedTuple):
    """A format that ledgers are exported to.

    Attributes:
        endings: of files that are in this format and in no other.
        module: has a function ``write``, and is imported when the format is chosen.
    """

    name: str
    endings: tuple[str, ...]
    module: str


FORMATS: Final = {
    each.name: each
    for each in (
        OutwardFormat("html", (".html", ".htm"), "ledger.exchange.page"),
        OutwardFormat("hledger", (".journal", ".hledger"), "ledger.exchange.journals.hledger"),
        OutwardFormat("beancount", (".beancount", ".bean"), "ledger.exchange.journals.beancount"),
        OutwardFormat("csv", (".csv",), "ledger.exchange.entries_csv"),
    )
}
"""Every format, by name."""


def format_by_ending(path: str) -> str | None:
    """The format that a file is in by its name; None where that does not say."""
    name = path.lower()
    return next((each.name for each in FORMATS.values() if name.endswith(each.endings)), None)


def writer(name: str) -> Write:
    """What writes a format.

    Raises:
        InvalidOption: there is no such format.
        MissingPackage: what it needs is not installed.
    """
    if name not in FORMATS:
        raise InvalidOption(
            f"there is no format {name!a} to export to", advice=f"use {' or '.join(FORMATS)}"
        )
    return cast(Write, import_module(FORMATS[name].module).write)


def extract(
    source: Source,
    accounts: Iterable[str],
    from_us: int | None,
    to_us: int | None,
    *,
    group_digits: bool = False,
) -> Extract:
    """A part of a ledger, as it is now.

    Args:
        accounts: ids, and prefixes such as ``club:``; none for all accounts.
        from_us, to_us: the period (µs UTC), both ends included; None for no such end.
        group_digits: whether people are shown the digits of amounts in groups.

    Raises:
        InvalidOption: the period ends before it begins.
        NoSuchAccount: there is none of an id, or none below a prefix.
    """
    check_period(from_us, to_us)
    with source.store.transaction(read_only=True):
        head = source.store.head()
        return Extract(
            source=source,
            head=head,
            point=Point(to_us, None, head.position),
            from_us=from_us,
            accounts=tuple(check_each(source, accounts)),
            book=read_book(source.store).state,
            zone=source.times.zone,
            made_us=source.times.now(),
            group_digits=group_digits,
        )
