"""Numbers of things in words."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """So many of a thing, whose plural ends in s: ``1 event``, ``2 events``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
