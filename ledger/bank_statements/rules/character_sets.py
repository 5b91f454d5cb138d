"""Encodings that a text can be in."""

from __future__ import annotations

import codecs
import re
from typing import Final

_CHARACTER_SETS: Final = re.compile(
    r"ascii|utf-(8(-sig)?|(16|32)(-[bl]e)?)|iso8859-\d+|cp\d+|mac-\w+|koi8-\w|kz1048|ptcp154"
    r"|hp-roman8|palmos|tis-620|big5\w*|gb\w+|hz|johab|euc_\w+|iso2022_\w+|shift_jis\w*"
)
"""Python's own names of them. What else it calls an encoding packs or escapes text, some of it in
quadratic time."""


def is_character_set(encoding: str) -> bool:
    """Whether text can be in an encoding of the name."""
    try:
        return _CHARACTER_SETS.fullmatch(codecs.lookup(encoding).name) is not None
    except (LookupError, ValueError):
        return False
