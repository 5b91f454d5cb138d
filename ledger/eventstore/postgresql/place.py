"""Where a ledger is on a server: a database by its URL, and a schema in it.

A password in a URL is kept apart from the rest at once, so that no text which shows a place can
show it. The process remembers it, and finds it again for a URL without it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from ledger.errors import InvalidOption

DEFAULT_SCHEMA: Final = "ledger"

ESCAPED: Final = "in it @ / # ? % of a name or a password are written %40 %2F %23 %3F %25"

_SECRETS: Final = ("password", "sslpassword")
_SEARCH_PATH: Final = re.compile(r"(?:-c\s*|--)search_path=((?:\\.|[^\s\\])*)")
_PARAMETERS: Final = re.compile(r"\?(?=[a-z_]{4,}=)")
_HOST: Final = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::\d*)?")
_LONGEST_NAME: Final = 63
"""Bytes; PostgreSQL cuts longer ones."""

_remembered: dict[str, dict[str, str]] = {}


def without_secrets(url: str) -> str:
    """A URL as it may be shown; what is left out is remembered for this process."""
    start, user, hosts, path, query = _parts(url)
    if not _is_list_of_hosts(hosts):
        return f"{start}{hosts.partition(':')[0]}:…"  # what follows may be a password
    secrets: dict[str, str] = {}
    name, colon, password = user.removesuffix("@").partition(":")
    if colon:
        secrets["password"] = unquote(password)
        user = name.replace("@", "%40") + "@"
    kept = []
    for item in query.split("&") if query else ():
        key, _, value = item.partition("=")
        if unquote(key) in _SECRETS:
            secrets[unquote(key)] = unquote(value)
        else:
            kept.append(item)
    shown = start + user + hosts + path
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


def take_out_secrets(url: str, text: str) -> str:
    """A text without the secrets of a URL that may stand in it, as it is or escaped."""
    for secret, shown in _secrets_in(url):
        for written in (secret, ascii(secret)[1:-1], json.dumps(secret)[1:-1]):
            text = text.replace(written, shown)
    start, user, *_ = _parts(url)
    name, colon, _ = user.partition(":")
    if colon:  # it may have been cut before its password ends
        text = re.sub(rf"({re.escape(f'{start}{name}:')})[^\s'\"]+", r"\1…", text)
    return text


def _secrets_in(url: str) -> Iterator[tuple[str, str]]:
    """Each secret with the marks around it, and what is shown in its place."""
    _, user, hosts, path, query = _parts(url)
    if not _is_list_of_hosts(hosts):
        host, colon, rest = hosts.partition(":")
        yield f"{host}{colon}{rest}{path}", f"{host}{colon}…"
    _, colon, password = user.removesuffix("@").partition(":")
    if colon:
        yield f":{password}@", "@"
    for item in query.split("&") if query else ():
        key = item.partition("=")[0]
        if unquote(key) in _SECRETS:
            yield item, f"{key}=…"


class _Parts(NamedTuple):
    """Of a URL, as they are written; put together again they are all of it but the question mark.

    Attributes:
        start: the scheme with its slashes.
        user: with the password, up to the @ that ends them.
    """

    start: str
    user: str
    hosts: str
    path: str
    query: str


def _parts(url: str) -> _Parts:
    """The parts of a URL, whose password may hold marks that should have been written otherwise."""
    scheme = url.index("://") + 3
    start, rest = url[:scheme], url[scheme:]
    parameters = _PARAMETERS.search(rest)
    after = rest.rfind("@", 0, parameters.start() if parameters else len(rest)) + 1
    if not after and not _is_list_of_hosts(_hosts(rest)):  # the password has the question mark
        after = rest.rfind("@") + 1
    address, _, query = rest[after:].partition("?")
    hosts, slash, database = address.partition("/")
    return _Parts(start, rest[:after], hosts, slash + database, query)


def _hosts(rest: str) -> str:
    return re.split("[/?]", rest, maxsplit=1)[0]


def _is_list_of_hosts(text: str) -> bool:
    return all(_HOST.fullmatch(each) for each in text.split(","))


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
        parts = _parts(self.shown)
        if not _is_list_of_hosts(parts.hosts):
            raise no_url(self.shown, "after the colon there is neither a port nor PASSWORD@HOST")
        if "\0" in url or "\n" in url:
            raise no_url(f"{self.shown!a}")
        given = _options_in(parts.query)
        found = list(_SEARCH_PATH.finditer(given))
        self.schema = _first_name(found[-1][1]) if found else DEFAULT_SCHEMA
        if self.schema == "$user":
            raise InvalidOption(
                f"{self.shown} names another schema for every user",
                advice="name one for all, such as ?options=-csearch_path%3Dledger",
            )
        if not self.schema or len(self.schema.encode()) > _LONGEST_NAME or '"' in self.schema:
            raise InvalidOption(
                f"{self.shown} names no schema that a ledger could be in",
                advice="name one, such as ?options=-csearch_path%3Dledger; a space in a name is "
                "written %5C%20",
            )
        if self.schema.startswith("pg_") or self.schema == "information_schema":
            raise InvalidOption(
                f"the schema {self.schema} is the server's own", advice="name another one"
            )
        path = self.schema.replace("\\", "\\\\").replace(" ", "\\ ")
        others = _SEARCH_PATH.sub("", given)  # the server would take offence at some of them
        self.options = f'{others} -csearch_path="{path}"'.strip()


def no_url(shown: str, why: str = "") -> InvalidOption:
    """The error of what is no URL of a database."""
    return InvalidOption(
        f"{shown} is no URL of a database{': ' * bool(why)}{why}",
        advice=f"name it as postgresql://USER@HOST/DATABASE; {ESCAPED}",
    )


def _options_in(query: str) -> str:
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
