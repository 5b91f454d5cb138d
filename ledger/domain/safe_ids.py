"""Ids for what was called otherwise in a log that took any text for an id.

Such an id cannot stay: it would be typed in shells and shown in hints, see
`ledger.domain.validation`. The one in its place says as much of it as may be, and ends with a
digest of it: the same id always becomes the same one, and no two become one.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, Final

from msgspec.structs import replace

from ledger.domain.events import AccountOpened, TransferReceived, TransferSent
from ledger.domain.validation import is_id

_IDS: Final[dict[type, tuple[str, ...]]] = {
    AccountOpened: ("account_id",),
    TransferSent: ("transfer_id", "to_account"),
    TransferReceived: ("transfer_id", "from_account"),
}
"""Where events of such logs name accounts and transfers."""

_OTHERS: Final = re.compile(r"[^A-Za-z0-9]+", re.ASCII)
_KEPT: Final = 40
_DIGITS: Final = 16


def safe_id(given: str) -> str:
    """The id of an account or a transfer here; the very same where it can be one."""
    if is_id(given):
        return given
    words = _OTHERS.sub("-", given[: _KEPT * 4])[:_KEPT].strip("-")
    return f"{words or 'id'}-{sha256(given.encode()).hexdigest()[:_DIGITS]}"


def changed_ids(event: Any) -> dict[str, str]:
    """The fields of an event that hold what cannot be an id, each with the id in its place."""
    given = {name: getattr(event, name) for name in _IDS.get(event.__class__, ())}
    return {name: safe_id(each) for name, each in given.items() if not is_id(each)}


def with_safe_ids(event: Any) -> Any:
    """An event with ids that can be some; the very same where it has no others."""
    changed = changed_ids(event)
    return replace(event, **changed) if changed else event
