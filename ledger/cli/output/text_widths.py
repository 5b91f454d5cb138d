"""How many columns of a terminal a text takes, and fitting it into fewer.

Rich knows the widths of all characters; it is asked only about texts that are not ASCII.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(r" *[^ ]+ *")


def width_of(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int, mark: str) -> str:
    """The beginning of a text that is wider, and a mark that says so."""
    return _beginning(text, width - len(mark)).rstrip(" ") + mark


def wrapped(text: str, width: int) -> list[str]:
    """A text over as many lines as it needs; only a word that is wider than a line is broken."""
    if width_of(text) <= width:
        return [text]
    starts = [0, *breaks(text, width), len(text)]
    return [text[start:end].rstrip(" ") for start, end in pairwise(starts)]


def breaks(text: str, width: int) -> list[int]:
    """Where the lines of a text begin that is wider than one, but for the first of them."""
    found: list[int] = []
    used = 0
    for match in _WORD.finditer(text):
        start, word = match.start(), match[0]
        if used + width_of(word.rstrip(" ")) > width:
            if start:
                found.append(start)
            used = 0
            while width_of(word.rstrip(" ")) > width:
                piece = _beginning(word, width) or word[0]  # so narrow that nothing fits
                start += len(piece)
                found.append(start)
                word = word[len(piece) :]
        used += width_of(word)
    return found


def _beginning(text: str, width: int) -> str:
    """As much of a text as is no wider."""
    if text.isascii():
        return text[:width]
    from rich.cells import get_character_cell_size

    for place, character in enumerate(text):
        width -= get_character_cell_size(character)
        if width < 0:
            return text[:place]
    return text
