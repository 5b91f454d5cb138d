"""Comparing an answer with one that was kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WORDING = frozenset({"message", "hint", "details", "notes", "expected", "found"})
"""Fields that are a matter of wording."""


def differences(kept: Any, now: Any, where: str = "answer") -> Iterator[str]:
    """What a kept answer says that is said otherwise today, or not at all."""
    if isinstance(kept, dict) and isinstance(now, dict):
        for field in kept.keys() - WORDING:
            if field in now:
                yield from differences(kept[field], now[field], f"{where}.{field}")
            else:
                yield f"{where}.{field} is gone"
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for number, (before, after) in enumerate(zip(kept, now, strict=True)):
            yield from differences(before, after, f"{where}[{number}]")
    elif kept != now or type(kept) is not type(now):
        yield f"{where} was {kept!r} and is {now!r}"
