"""Texts with NUL characters, which the server cannot keep as they are.

NUL and the character after it are each kept as two characters, the first of which is in no other
text. That leaves the order of texts, and what is found in them, as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

_MARK: Final = "\x01"


def stored(text: str) -> str:
    """A text as the server keeps it."""
    if "\0" in text or _MARK in text:
        return text.replace(_MARK, "\x01\x03").replace("\0", "\x01\x02")
    return text


def told(text: str) -> str:
    """A text as it was before it was stored."""
    if _MARK in text:
        return text.replace("\x01\x02", "\0").replace("\x01\x03", _MARK)
    return text


def all_stored(values: Sequence[Any]) -> list[Any]:
    """Values as the server keeps them."""
    return [stored(value) if type(value) is str else value for value in values]


def all_told(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values as they were before they were stored."""
    for value in row:
        if type(value) is str and _MARK in value:
            return tuple([told(each) if type(each) is str else each for each in row])
    return row
