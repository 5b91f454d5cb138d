"""The metadata of a migrated event: what the older ledger knew of it, in today's form.

There is no ``run``: nobody drew one when the event was written, and whatever acts on a run of today
must not take a migrated event for a part of it. Instead ``migrated`` says which event of the older
ledger it was; see `ledger.eventstore.migrated_events`. All else is as it was, but for what must not
outlive an erasure: the request that came with an idempotency key says nothing of the free text any
more.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.commands.command import Command
from ledger.commands.idempotency import request_of
from ledger.errors import InvalidInput
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.json_members import rewrite_members
from ledger.migration.format1.requests import request_parts, request_without_text
from ledger.migration.metadata_members import keep_of_imported, unrounded_members, with_members
from ledger.migration.statement_keys import TodaysKey
from ledger.times.book_zone import BookZone

_ADDED: Final = frozenset(("migrated", "run", "unrounded", "via"))
"""What the older ledger did not know; whatever is there by such a name is something else."""

_REWRITTEN: Final = tuple(
    f'"{name}"' for name in ("request", "idempotency_key", "imported", *sorted(_ADDED))
)
"""Without any of these, metadata stay as they are but for what is added."""

_EDITED_BY: Final = "batch"
"""How an entry of a bank's statement comes to have other words than the statement."""

_TEXTS_OF: Final = {"open": {"owner": ""}}
"""The texts that a command cannot be without; a request has none."""

_UTC: Final = BookZone.of("UTC")
"""The older ledger kept all times in it."""

_encode: Final = msgspec.json.Encoder().encode


def todays_metadata(event: Format1Event, mark: str, key: TodaysKey | None, *, lifted: bool) -> str:
    """An event's metadata as they are stored in the new ledger.

    Args:
        mark: says which event of the older ledger it was.
        key: the idempotency key of today, where one came with the event.
        lifted: whether the event's data is stored anew, so that its text can be erased; then what
            the older world noted of people beside it is left out.
    """
    metadata = event.metadata
    if any(name in metadata for name in _REWRITTEN):
        metadata = _rewritten(metadata, key, lifted)
    added = []
    if key is not None and not key.sure:  # in no other way can its words be others
        added.append(f'"via":"{_EDITED_BY}"')
    if lifted:
        added += unrounded_members(event.event_type, event.schema_version, event.data)
    return with_members(metadata, [*added, f'"migrated":"{mark}"'])


def _rewritten(metadata: str, key: TodaysKey | None, lifted: bool) -> str:
    def change(name: str, value: str) -> str | None:
        if name in _ADDED:
            return None
        if name == "request":
            return todays_request(value)
        if name == "imported" and lifted:
            return rewrite_members(value, keep_of_imported)
        if name == "idempotency_key" and key is not None:
            return _encode(key.key).decode()
        return value

    return rewrite_members(metadata, change)


def todays_request(request: str) -> str:
    """A stored request as the same command has it today, so that it is known when it comes again.

    What no command of today could be stays as it was, without its text.
    """
    members = request_parts(request).members
    try:
        fields = {**members, **_TEXTS_OF.get(members.get("command", ""), {})}
        command = msgspec.convert(fields, Command)
        at = None if command.at is None else _UTC.moment(command.at, now=0)
        return request_of(command, "", at).text.decode()
    except (msgspec.ValidationError, InvalidInput, ValueError):
        return request_without_text(request)
