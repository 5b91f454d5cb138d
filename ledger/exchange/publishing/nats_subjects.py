"""The subjects that events are published under: ``STREAM.<ledger id>.<account>``.

The levels of an account's id are levels of the subject, so ``LEDGER.*.assets.>`` is all below
``assets:``. What a subject cannot hold is written in percent signs and hex digits.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from urllib.parse import quote

_LONGEST: Final = 1_000
"""Bytes; a server takes lines of 4,096, and the subject is not alone in one."""

_NOTHING: Final = "%"
"""Stands for a level without a name; no other level is written so."""


def subject(stream: str, ledger_id: str, account_id: str) -> str:
    """Where the events of an account go."""
    levels = [quote(level, safe="").replace(".", "%2E") for level in account_id.split(":")]
    told = ".".join(level or _NOTHING for level in levels)
    if len(told) > _LONGEST:
        told = f"%{sha256(account_id.encode()).hexdigest()}"
    return f"{stream}.{ledger_id}.{told}"


def subjects_of(stream: str, ledger_id: str) -> str:
    """The pattern of all subjects of a ledger."""
    return f"{stream}.{ledger_id}.>"


def takes(pattern: str, wanted: str) -> bool:
    """Whether a subject is one of a pattern's."""
    parts, levels = pattern.split("."), wanted.split(".")
    for number, part in enumerate(parts):
        if part == ">":
            return len(levels) > number
        if number >= len(levels) or part not in ("*", levels[number]):
            return False
    return len(parts) == len(levels)
