"""Where a ledger is on a server: a database by its URL, and a schema in it.

A password in a URL is kept apart from the rest at once, so that no text which shows a place can
show it. The process remembers it, and finds it again for a URL without it.
"""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import quote, unquote

from ledger.errors import InvalidOption

DEFAULT_SCHEMA: Final = "ledger"

_SECRETS: Final = ("password", "sslpassword")
_SEARCH_PATH: Final = re.compile(r"(?:-c\s*|--)search_path=((?:\\.|[^\s\\])*)")
_LONGEST_NAME: Final = 63
"""Bytes; PostgreSQL cuts longer ones."""

_remembered: dict[str, dict[str, str]] = {}


def without_secrets(url: str) -> str:
    """A URL as it may be shown; what is left out is remembered for this process."""
    start, address, query = _parts(url)
    secrets: dict[str, str] = {}
    user, at, hosts = address.rpartition("@")
    name, colon, password = user.partition(":")
    if colon:
        secrets["password"] = unquote(password)
        address = f"{name}{at}{hosts}"
    kept = []
    for item in query.split("&") if query else ():
        key, _, value = item.partition("=")
        if unquote(key) in _SECRETS:
            secrets[unquote(key)] = unquote(value)
        else:
            kept.append(item)
    shown = start + address + _path_of(url)
    if kept:
        shown += "?" + "&".join(kept)
    if secrets:
        _remembered[shown] = secrets
    return shown


def with_secrets(url: str) -> str:
    """A URL with what this process remembers of it, to be handed to nobody but our own."""
    secrets = _remembered.get(url)
    if not secrets:
        return url
    given = "&".join(f"{key}={quote(value, safe='')}" for key, value in secrets.items())
    return f"{url}{'&' if '?' in url else '?'}{given}"


def has_password(url: str) -> bool:
    """Whether a URL without secrets was given with a password."""
    return "password" in _remembered.get(url, {})


def _parts(url: str) -> tuple[str, str, str]:
    """The scheme with its slashes, what names user and hosts, and the query."""
    start = url.index("://") + 3
    rest = url[start:]
    after = _credentials_end(rest)
    query = rest.find("?", after)
    address, told = (rest, "") if query < 0 else (rest[:query], rest[query + 1 :])
    slash = address.find("/", after)
    return url[:start], address if slash < 0 else address[:slash], told


def _credentials_end(rest: str) -> int:
    """Where the host begins; a password may hold marks that should have been written as %2F."""
    first, slash, query = rest.find("@"), rest.find("/"), rest.find("?")
    if first < 0:
        return 0
    if slash < 0 or first < slash:
        return rest.rfind("@", 0, len(rest) if slash < 0 else slash) + 1
    if 0 <= query < first:  # it belongs to a parameter
        return 0
    return rest.rfind("@", 0, len(rest) if query < 0 else query) + 1


def _path_of(url: str) -> str:
    start, address, _ = _parts(url)
    return url[len(start) + len(address) :].partition("?")[0]


class ServerPlace:
    """A schema of a database on a server.

    Args:
        url: as somebody gives it.

    Attributes:
        shown: the URL without its secrets.
        schema: the name of the schema.
        options: what the server is told of the connection, the search path last.

    Raises:
        InvalidOption: the URL names no schema that there can be, or no text of it can be one.
    """

    def __init__(self, url: str) -> None:
        self.shown = without_secrets(url)
        self.url = with_secrets(self.shown)
        if "\0" in url or "\n" in url:
            raise InvalidOption(
                f"{self.shown!a} is no URL of a database",
                advice="name it as postgresql://USER@HOST/DATABASE",
            )
        given = self._options()
        found = list(_SEARCH_PATH.finditer(given))
        self.schema = _first_name(found[-1][1]) if found else DEFAULT_SCHEMA
        if not self.schema or len(self.schema.encode()) > _LONGEST_NAME or '"' in self.schema:
            raise InvalidOption(
                f"{self.shown} names no schema that a ledger could be in",
                advice="name one, such as ?options=-csearch_path%3Dledger",
            )
        if self.schema.startswith("pg_") or self.schema == "information_schema":
            raise InvalidOption(
                f"the schema {self.schema} is the server's own", advice="name another one"
            )
        path = self.schema.replace("\\", "\\\\").replace(" ", "\\ ")
        self.options = f'{given} -csearch_path="{path}"'.strip()

    def _options(self) -> str:
        _, _, query = _parts(self.shown)
        for item in query.split("&") if query else ():
            key, _, value = item.partition("=")
            if unquote(key) == "options":
                return unquote(value)
        return os.environ.get("PGOPTIONS", "")


def _first_name(search_path: str) -> str:
    """The first schema of a search path; without quotation marks, a name is in lower case."""
    first = search_path.replace("\\ ", " ").split(",")[0].strip()
    if first[:1] == first[-1:] == '"' and len(first) > 1:
        return first[1:-1]
    return first.lower()
