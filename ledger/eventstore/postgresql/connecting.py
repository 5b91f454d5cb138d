"""Connections to a server, and how values travel on them."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Final

import psycopg
import psycopg.conninfo
from psycopg import RawCursor
from psycopg.types.numeric import Int8Dumper, NumericBinaryLoader
from psycopg.types.string import StrDumper

from ledger.eventstore.postgresql.errors import unreachable, words
from ledger.eventstore.postgresql.place import ServerPlace, no_url

Connection = psycopg.Connection[tuple[Any, ...]]

_PATIENCE: Final = 10
"""Seconds to wait for a server that does not answer, unless somebody says otherwise."""


class _WholeNumber(NumericBinaryLoader):
    """Sums of integers, which the server gives as decimals lest they leave 64 bits."""

    def load(self, data: Any) -> int:  # type: ignore[override] # nothing else is a numeric here
        return int(super().load(data))


def connect(place: ServerPlace) -> Connection:
    """Connect to the server of a place; every statement outside a transaction is one of its own.

    Raises:
        InvalidOption: the URL is none.
        NoSuchLedger: there is no such database.
        StorageFailure: the server cannot be reached, or refuses.
    """
    settings: dict[str, Any] = {
        "options": f"{place.options} -cstandard_conforming_strings=on",  # as statements are written
        "client_encoding": "utf8",
        "fallback_application_name": "ledger",
    }
    if "connect_timeout" not in place.url and "PGCONNECT_TIMEOUT" not in os.environ:
        settings["connect_timeout"] = _PATIENCE
    try:
        connection = psycopg.connect(
            place.url, autocommit=True, cursor_factory=RawCursor, **settings
        )
    except psycopg.ProgrammingError:  # its words may quote what is secret
        raise no_url(place.shown, _what_is_wrong(place.shown)) from None
    except psycopg.OperationalError as error:
        raise unreachable(error, place) from None  # its trace may hold what is secret
    # A value has one type whatever its size: else a statement would be prepared several times.
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_dumper(str, StrDumper)
    connection.adapters.register_loader("numeric", _WholeNumber)
    return connection


def _what_is_wrong(shown: str) -> str:
    """What the driver says of a URL without secrets."""
    try:
        psycopg.conninfo.conninfo_to_dict(shown)
    except psycopg.Error as error:
        return words(error)
    return ""


@lru_cache(maxsize=1_000)
def numbered(sql: str) -> str:
    """A statement with ``$1``, ``$2`` and so on in the place of each ``?``."""
    first, *others = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, 1))
