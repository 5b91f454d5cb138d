"""The free text of an event of format 1, which stands inside its data.

=========================================  ==============  ==================
event                                      schema version  member of the data
=========================================  ==============  ==================
``AccountOpened``                          4               ``owner``
``MoneyDeposited``, ``MoneyWithdrawn``     2               ``description``
``TransferSent``, ``TransferReceived``     1               ``description``
``AccountClosed``                          1               ``reason``
=========================================  ==============  ==================

Schema versions below these are the older world's. Their data was stored as it came, so it may be
spaced and ordered in any way, its amounts are decimals, and the text of `AccountOpened` 1 is under
``name``; it is not taken apart here. The other versions may come from the older world too, which
`came_from_the_older_world` tells.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.errors import UnreadableEvent
from ledger.json_text import check_names, what_is_wrong
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.json_members import rewrite_members

ACCOUNT: Final = "BankAccount"
"""The aggregate type whose events these are; programs may have had others of their own."""

TEXT_MEMBERS: Final = {
    ("AccountOpened", 4): "owner",
    ("MoneyDeposited", 2): "description",
    ("MoneyWithdrawn", 2): "description",
    ("TransferSent", 1): "description",
    ("TransferReceived", 1): "description",
    ("AccountClosed", 1): "reason",
}
"""(event type, last schema version in format 1) → where its text is."""

_LAST_VERSIONS: Final = dict(TEXT_MEMBERS.keys())


def split_text(event: Format1Event) -> tuple[str, str | None]:
    """An event's data without its free text, and that text.

    Returns:
        The JSON text of the data, exactly as it is stored but for the member of the text; and the
        text, None where the event has none. Data of the older world's schema versions and of
        aggregates other than accounts stay whole, with None.

    Raises:
        UnreadableEvent: the data is no JSON object, format 1 knows no such event of an account, or
            its text is missing or no text.
    """
    try:
        check_names(event.data)
        return _split(event)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise UnreadableEvent(
            f"event {event.position} ({event.event_type} version {event.version} of "
            f"{event.stream_id!a}) cannot be read: {what_is_wrong(error, event.data)}",
            advice="keep the file as it is, and go back to a backup",
            position=event.position,
            account_id=event.stream_id,
        ) from None


def came_from_the_older_world(event: Format1Event) -> bool:
    """Whether an event was imported from the older world's log, and its data kept as it came.

    What else its line said stands in the metadata under ``imported``.
    """
    if '"imported"' not in event.metadata:
        return False
    return "imported" in msgspec.json.decode(event.metadata, type=dict[str, msgspec.Raw])


def _split(event: Format1Event) -> tuple[str, str | None]:
    member = _text_member(event) if event.aggregate_type == ACCOUNT else None
    if member is None:
        msgspec.json.decode(event.data, type=dict[str, msgspec.Raw])
        return event.data, None
    found: str | None = None

    def take(name: str, value: str) -> str | None:
        nonlocal found
        if name != member:
            return value
        found = value
        return None

    data = rewrite_members(event.data, take)
    if found is None:
        raise ValueError(f"the field {member!r} is missing")
    return data, msgspec.json.decode(found, type=str)


def _text_member(event: Format1Event) -> str | None:
    member = TEXT_MEMBERS.get((event.event_type, event.schema_version))
    if member is not None:
        return member
    last = _LAST_VERSIONS.get(event.event_type)
    if last is None:
        raise ValueError(f"there is no event type {event.event_type!a}")
    if not 1 <= event.schema_version < last:
        raise ValueError(f"{event.event_type} has no schema version {event.schema_version}")
    return None
