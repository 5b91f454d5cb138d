"""Names as they are compared."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import combining, normalize

_LETTERS: Final = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "đ": "d", "ı": "i"})
"""Those that Unicode does not take for a letter with an accent."""


_NO_LETTER_OR_DIGIT: Final = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """A text in small letters, without accents, and with single spaces for what is not a letter or
    digit."""
    bare = text.casefold()
    if bare.isascii():
        return _NO_LETTER_OR_DIGIT.sub(" ", bare).strip()
    decomposed = normalize("NFKD", bare.translate(_LETTERS))
    bare = normalize("NFC", "".join(mark for mark in decomposed if not combining(mark)))
    return _NO_LETTER_OR_DIGIT.sub(" ", bare).strip()
