"""Descriptions put together from columns: ``{Payee}: {Memo}``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_PART: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")


class Piece(NamedTuple):
    """The text before a column in braces, and the column's name or number."""

    before: str
    field: str


def parse_template(template: str) -> tuple[list[Piece], str]:
    """The pieces of a template, and the text after the last one. ``{{`` stands for a brace.

    Raises:
        ValueError: a brace is unmatched, or a pair of braces is empty.
    """
    pieces: list[Piece] = []
    text = ""
    for found in _PART.finditer(template):
        part, field = found.group(), found.group(1)
        if field is not None:
            if not field.strip():
                raise ValueError(f"{template!r} has braces without a column in them")
            pieces.append(Piece(text, field.strip()))
            text = ""
        elif part in ("{", "}"):
            raise ValueError(f"{template!r} has an unmatched brace")
        else:
            text += part[:1] if part in ("{{", "}}") else part
    return pieces, text


def fill_template(pieces: Sequence[Piece], end: str, values: Sequence[str]) -> str:
    """Put the values in.

    An empty value takes the text before it with it, and the last one the text after it, so that
    ``{Payee}: {Memo}`` without a memo is the payee alone.
    """
    filled = ""
    for number, (piece, value) in enumerate(zip(pieces, values, strict=True)):
        if value:
            filled += (piece.before if filled or number == 0 else "") + value
    if not pieces or values[-1]:
        filled += end
    return filled.strip()


def in_braces(name: str) -> str | None:
    """A column's name in braces; None for a name that cannot stand there."""
    return None if set("{}") & set(name) or not name.strip() else f"{{{name}}}"
