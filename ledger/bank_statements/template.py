"""Descriptions put together from columns: ``{Payee}: {Memo}``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


class Piece(NamedTuple):
    """The text before a column in braces, and the column's name or number."""

    before: str
    field: str


def fields_of(template: str) -> tuple[list[Piece], str]:
    """The pieces of a template, and the text after the last one. ``{{`` is a brace itself.

    Raises:
        ValueError: a brace has no partner, or nothing stands between two.
    """
    pieces: list[Piece] = []
    text = ""
    for found in _PIECE.finditer(template):
        part, field = found.group(), found.group(1)
        if field is not None:
            if not field.strip():
                raise ValueError(f"{template!r} has braces without a column in them")
            pieces.append(Piece(text, field.strip()))
            text = ""
        elif part in ("{", "}"):
            raise ValueError(f"{template!r} has a brace without its partner")
        else:
            text += part[:1] if part in ("{{", "}}") else part
    return pieces, text


def fill(pieces: Sequence[Piece], end: str, values: Sequence[str]) -> str:
    """Put the values in. An empty one takes the text before it with it, and the last one the text
    after it, so that ``{Payee}: {Memo}`` without a memo is the payee alone."""
    filled = ""
    for number, (piece, value) in enumerate(zip(pieces, values, strict=True)):
        if value:
            filled += (piece.before if filled or number == 0 else "") + value
    if not pieces or values[-1]:
        filled += end
    return filled.strip()


def escape(name: str) -> str | None:
    """A column's name in braces; None for a name that cannot stand there."""
    return None if set("{}") & set(name) or not name.strip() else f"{{{name}}}"
