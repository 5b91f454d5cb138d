"""The metadata of a migrated event: what the older ledger knew of it, in today's form.

There is no ``run``: nobody drew one when the event was written, and whatever acts on a run of today
must not take a migrated event for a part of it. Instead ``migrated`` says which event of the older
ledger it was, as a head of that one: ``POSITION:HASH`` with all digits. The id by which the event
was known there is made from that hash. All else is as it was, but for what must not outlive an
erasure: the request that came with an idempotency key says nothing of the free text any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from ledger.commands.command import Command
from ledger.commands.idempotency import request_of
from ledger.errors import InvalidInput
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.json_members import rewrite_members
from ledger.migration.format1.requests import request_parts, request_without_text
from ledger.times import parse_instant

_REWRITTEN: Final = ('"request"', '"idempotency_key"', '"imported"', '"migrated"', '"run"')
"""Without any of these, metadata stay as they are but for what is added."""

_TEXTS_OF: Final = {"open": {"owner": ""}}
"""The texts that a command cannot be without; a request has none."""

_KEPT_OF_IMPORTED: Final = frozenset(("event_id", "timestamp"))
"""What no erasure has to reach: an id and a time."""

_encode: Final = msgspec.json.Encoder().encode


def todays_metadata(
    event: Format1Event, *, key: Callable[[str], str] | None = None, lifted: bool
) -> str:
    """An event's metadata as they are stored in the new ledger.

    Args:
        key: gives the idempotency key of today; None to keep it.
        lifted: whether the event's data is stored anew, so that its text can be erased; then what
            the older world noted of people beside it is left out.
    """
    metadata = event.metadata
    if any(name in metadata for name in _REWRITTEN):
        metadata = _rewritten(event, key, lifted)
    start = metadata.rstrip().removesuffix("}")
    comma = "" if start.strip() == "{" else ","
    return f'{start}{comma}"migrated":"{event.position}:{event.hash.hex()}"}}'


def _rewritten(event: Format1Event, key: Callable[[str], str] | None, lifted: bool) -> str:
    def change(name: str, value: str) -> str | None:
        if name in ("migrated", "run"):
            return None
        if name == "request":
            return todays_request(value)
        if name == "imported" and lifted:
            return rewrite_members(value, keep_of_imported)
        if name == "idempotency_key" and key is not None and value != "null":
            return _encode(key(msgspec.json.decode(value, type=str))).decode()
        return value

    return rewrite_members(event.metadata, change)


def keep_of_imported(name: str, value: str) -> str | None:
    """A member of ``imported``, unless it may say something of a person."""
    return value if name in _KEPT_OF_IMPORTED else None


def todays_request(request: str) -> str:
    """A stored request as the same command has it today, so that it is known when it comes again.

    What no command of today could be stays as it was, without its text.
    """
    members = request_parts(request).members
    try:
        fields = {**members, **_TEXTS_OF.get(members.get("command", ""), {})}
        command = msgspec.convert(fields, Command)
        at = None if command.at is None else parse_instant(command.at)
        return request_of(command, "", at).text.decode()
    except (msgspec.ValidationError, InvalidInput, ValueError):
        return request_without_text(request)
