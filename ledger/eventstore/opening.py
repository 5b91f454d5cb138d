"""From a location to the store behind it: a path is a ledger file, a URL names a kind of store."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from ledger.errors import InvalidOption, LedgerError, NoSuchLedger
from ledger.eventstore.records import Clock, Observation
from ledger.eventstore.store import LOCK_TIMEOUT, DraftStore, EventStore

if TYPE_CHECKING:
    from ledger.eventstore.postgresql.store import PostgresqlStore

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.ASCII | re.IGNORECASE).match
_NO_FILE = re.compile(
    r"\s*(?:postgres(?:ql)?:|(?:host|hostaddr|port|dbname|user|password|service|sslmode)\s*=)"
).match
_NAMES_DATABASE = re.compile(r"postgres(?:ql)?://.*", re.IGNORECASE | re.DOTALL).search
_ON_A_SERVER: Final = ("postgresql", "postgres")


def open_store(
    location: str,
    clock: Clock,
    *,
    lock_timeout: float = LOCK_TIMEOUT,
    as_it_is: bool = False,
    mapped: bool = False,
    check: Callable[[EventStore], None] | None = None,
) -> EventStore:
    """Open the existing store at a location.

    Args:
        clock: gives the time in µs UTC.
        lock_timeout: seconds to wait for another writer.
        as_it_is: open it though parts of it are missing, to find out what is left.
        mapped: read it faster, in a process that may be ended by a medium that fails.
        check: raises where a store is not whole; asked where what a killed writer has left may be
            another store's.

    Raises:
        InvalidOption: there is no such kind of store.
        MissingPackage: what talks to the server is not installed.
        LedgerError: there is none, or it cannot be used; see `eventstore.sqlite.files.connect` and
            `eventstore.postgresql.store.PostgresqlStore.open`.
    """
    if is_on_server(location):
        return _on_server().open(location, clock, lock_timeout=lock_timeout, as_it_is=as_it_is)
    path = _path(location)
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.open(
        path, clock, lock_timeout=lock_timeout, as_it_is=as_it_is, mapped=mapped, check=check
    )


def store_exists(location: str) -> bool:
    """Whether there is something at a location, be it a store or not.

    Raises:
        LedgerError: a server does not say.
    """
    if is_on_server(location):
        try:
            open_store(location, lambda: 0, as_it_is=True).close()
        except NoSuchLedger:
            return False
        return True
    return os.path.lexists(_path(location))


def owner_of(path: str) -> str | None:
    """The store that a file of this name would be taken for a part of; None where there is none."""
    from ledger.eventstore.sqlite.beside import owner_of

    return owner_of(os.path.realpath(path))


def draft_store(location: str, ledger_id: str, clock: Clock) -> DraftStore:
    """Begin a new store for a location where there is none.

    Raises:
        InvalidOption: there is no such kind of store.
        MissingPackage: what talks to the server is not installed.
        LedgerAppeared: another process made one there meanwhile.
        StorageFailure: it cannot be written.
    """
    if is_on_server(location):
        return _on_server().draft(location, ledger_id, clock)
    path = _path(location)
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.draft(path, ledger_id, clock)


def memory_store(ledger_id: str, clock: Clock) -> EventStore:
    """A new store that is gone with the process."""
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.in_memory(ledger_id, clock)


def temporary_store(beside: EventStore) -> EventStore:
    """An empty store that may be larger than memory, for what is made of another one's log."""
    from ledger.eventstore.sqlite import SqliteStore

    return SqliteStore.temporary(beside.ledger_id, "a temporary file", beside.surroundings.clock)


def inspect_location(location: str) -> list[Observation]:
    """What is seen of a location from outside; it changes nothing, and raises nothing."""
    if is_on_server(location):
        try:
            store_exists(location)
        except LedgerError as error:
            return [Observation("unreachable", error.message, error.advice)]
        return []
    from ledger.eventstore.sqlite.inspection import inspect_location

    return inspect_location(location)


def stored_size(location: str) -> int | None:
    """The bytes of the file at a location, with what is beside it; None where there is none."""
    if is_on_server(location) or not os.path.exists(location):
        return None
    logged = f"{location}-wal"
    return os.path.getsize(location) + (os.path.getsize(logged) if os.path.exists(logged) else 0)


# ── locations ───────────────────────────────────────────────────────────────────────────────────


def is_on_server(location: str) -> bool:
    """Whether a location is a database on a server, and no file."""
    scheme = _SCHEME(location)
    return scheme is not None and scheme[1].lower() in _ON_A_SERVER


def shown_location(location: str) -> str:
    """A location as it may be shown to anybody: without a password.

    This process finds the password again where the location is opened.

    Raises:
        InvalidOption: it names a database, and is no URL.
    """
    if _SCHEME(location) is None:
        _refuse_settings(location)
        return location
    from ledger.eventstore.postgresql.place import without_secrets

    return without_secrets(location)


def without_passwords(text: str, words: Iterable[str]) -> str:
    """A text without the passwords of the databases that are named in some words.

    A URL that stands where a file should be named is shown by whoever does not find that file.
    """
    for word in words:
        if found := _NAMES_DATABASE(word):
            from ledger.eventstore.postgresql.place import take_out_secrets

            text = take_out_secrets(found[0], text)
    return text


def hides_password(location: str) -> bool:
    """Whether `shown_location` has left a password out of it."""
    if not is_on_server(location):
        return False
    from ledger.eventstore.postgresql.place import has_password

    return has_password(location)


def full_location(location: str) -> str:
    """A location with what `shown_location` has left out, for a process of our own."""
    if not is_on_server(location):
        return location
    from ledger.eventstore.postgresql.place import with_secrets

    return with_secrets(location)


def _on_server() -> type[PostgresqlStore]:
    from ledger.extras import needs  # a file needs nothing that may be missing

    with needs("psycopg", "postgresql"):
        from ledger.eventstore.postgresql.store import PostgresqlStore

    return PostgresqlStore


def _path(location: str) -> str:
    """The path that a location is.

    Raises:
        InvalidOption: it is a URL of no kind of store, or meant to be one.
    """
    scheme = _SCHEME(location)
    if scheme is None:
        _refuse_settings(location)
        return location
    if scheme[1].lower() == "sqlite" and scheme.end() < len(location):
        return location[scheme.end() :]
    raise InvalidOption(
        f"{shown_location(location)!a} names no ledger",
        advice="name the path of a file, such as books.db, or a database, such as "
        "postgresql://localhost/books",
    )


def _refuse_settings(location: str) -> None:
    """Refuse what names a database as other programs take it; a file would be made of that name."""
    if _NO_FILE(location) and not os.path.lexists(location):
        raise InvalidOption(  # it may have a password
            "that is not how a database is named here",
            advice="name it by its URL, such as postgresql://USER@HOST:PORT/DATABASE",
        )
