"""Idempotency keys of format 1, and the requests that came with them.

The log alone says what is remembered of a key: the table ``idempotency_keys`` of a ledger file is
made from it, and an export has none. All events of one keyed command follow one another, and the
metadata of each has ``idempotency_key`` and ``request``, the command in a canonical form. The
record of a key is the first and the last position of that run, and as its fingerprint the SHA-256
of the request's bytes as they stand in the metadata (of no bytes, where it is missing).

A request is one compact JSON object of texts, without ``idempotency_key`` and ``expected_version``:

``command``
    ``open``, ``deposit``, ``withdraw``, ``transfer`` or ``close``.
``account``, of a transfer ``from`` and ``to``
    Account ids.
``amount``, of ``open`` ``initial_balance``
    A decimal in its shortest form: ``50`` for 50.00, ``0.5`` for .50.
``currency``
    Of ``open`` alone, where it always stands.
``at``
    ISO 8601 with six decimals and ``Z``; missing where the command named no time.
``owner`` of ``open``, ``description`` of movements, ``reason`` of ``close``
    The free text in clear, empty where there was none. Releases under development wrote
    ``owner_sha256`` and so on in its place, the SHA-256 of the text in UTF-8 as hex, and nothing
    where the text is empty; a log may have both kinds. The text itself is in the event's data.

The order of the members differs between releases, and with it the fingerprint of what is the same
command: compare requests member by member. An import of a bank's statement drew its keys from the
content, ``import:ACCOUNT:HASH:OCCURRENCE``, where HASH is 128 bits of SHA-256 over the time, the
amount and the description: who knows the first two can test guesses of the third.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.json_text import check_names, what_is_wrong
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.json_members import rewrite_members

_TEXTS: Final = ("owner", "description", "reason")
_DIGEST: Final = "_sha256"
_DIGESTS: Final = tuple(f"{name}{_DIGEST}" for name in _TEXTS)


class KeyedRequest(msgspec.Struct, frozen=True):
    """A key, and the request that came with it.

    Attributes:
        request: JSON text as it is stored; empty where there is none.
    """

    key: str
    request: str


class RequestParts(msgspec.Struct, frozen=True):
    """A request taken apart.

    Attributes:
        members: all but what says something of its free text.
        text: None where the request does not have it.
        digest: the text's SHA-256 in hex; None where the request does not have it.
    """

    members: dict[str, str]
    text: str | None
    digest: str | None


class _Keyed(msgspec.Struct, frozen=True):
    idempotency_key: str | None = None
    request: msgspec.Raw = msgspec.Raw()


def keyed_request(event: Format1Event) -> KeyedRequest | None:
    """What an event alone says of the key it came with; None where it came with none."""
    if '"idempotency_key"' not in event.metadata:
        return None
    keyed = msgspec.json.decode(event.metadata, type=_Keyed)
    if keyed.idempotency_key is None:
        return None
    return KeyedRequest(keyed.idempotency_key, bytes(keyed.request).decode())


def check_metadata(metadata: str) -> None:
    """See that an event's metadata can be read, and the request in it, if there is one.

    Raises:
        ValueError: it is no JSON object, or its key or request is none.
    """
    try:
        msgspec.json.decode(metadata, type=dict[str, msgspec.Raw])
        keyed = msgspec.json.decode(metadata, type=_Keyed)
        check_names(metadata)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(what_is_wrong(error, metadata)) from None
    request_parts(bytes(keyed.request).decode())


def request_parts(request: str) -> RequestParts:
    """A stored request, taken apart.

    Raises:
        ValueError: it is no request.
    """
    try:
        members = msgspec.json.decode(request, type=dict[str, str]) if request else {}
    except msgspec.MsgspecError as error:
        raise ValueError(what_is_wrong(error, request)) from None
    text = next((members.pop(name) for name in _TEXTS if name in members), None)
    digest = next((members.pop(name) for name in _DIGESTS if name in members), None)
    return RequestParts(members, text, digest)


def request_without_text(request: str) -> str:
    """A stored request that says nothing of its free text; all else is as it was.

    Raises:
        ValueError: it is no JSON object.
    """
    return rewrite_members(
        request, lambda name, value: None if name in (*_TEXTS, *_DIGESTS) else value
    )
