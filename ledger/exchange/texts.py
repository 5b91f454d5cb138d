"""Texts on their way into files whose readers give a meaning to some of what may stand in them."""

from __future__ import annotations

import re
from typing import Final

_ACTS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, line ends, and what turns the direction of writing around."""


def tame(text: str) -> str:
    """The text with escapes for what would break a line, act on a terminal, or turn letters around.

    Most texts stay as they are.
    """
    return text if text.isprintable() else _ACTS.sub(_escape, text)


def quoted(text: str) -> str:
    """The text as a JSON string of ASCII alone, from which it can be had back exactly."""
    from json.encoder import encode_basestring_ascii

    return encode_basestring_ascii(text)


def _escape(found: re.Match[str]) -> str:
    short = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}.get(found[0])
    if short:
        return short
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
