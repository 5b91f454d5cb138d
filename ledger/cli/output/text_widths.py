"""How many columns of a terminal a text takes, and fitting it into fewer.

Rich knows the widths of all characters; it is asked only about texts that are not ASCII.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final


class _Widths(dict[str, int]):
    """The widths of the characters that were met."""

    def __missing__(self, character: str) -> int:
        from rich.cells import get_character_cell_size

        self[character] = get_character_cell_size(character)
        return self[character]


_WIDTHS: Final = _Widths()


def width_of(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    if "\u200d" in text or "\ufe0f" in text:  # an emoji of several characters
        from rich.cells import cell_len

        return cell_len(text)
    return sum(map(_WIDTHS.__getitem__, text))


def cut(text: str, width: int, mark: str) -> str:
    """The beginning of a text that is wider, and a mark that says so."""
    return _beginning(text, width - len(mark)).rstrip(" ") + mark


def words_cut(text: str, width: int, mark: str) -> str:
    """A text in which every word that is wider than a line is cut."""
    if width_of(text) <= width:
        return text
    return " ".join(
        word if width_of(word) <= width else cut(word, width, mark) for word in text.split(" ")
    )


def wrapped(text: str, width: int) -> list[str]:
    """A text over as many lines as it needs; only a word that is wider than a line is broken."""
    if width_of(text) <= width:
        return [text]
    starts = [0, *breaks(text, width), len(text)]
    return [text[start:end].rstrip(" ") for start, end in pairwise(starts)]


def breaks(text: str, width: int) -> list[int]:
    """Where the lines of a text begin that is wider than one, but for the first of them."""
    found: list[int] = []
    start, last = 0, len(text.rstrip(" "))
    while True:
        end = start + (len(_beginning(text[start:], width)) or 1)
        if end >= last:
            return found
        space = text.rfind(" ", start, end + 1)
        start = space + 1 if space > start else end
        while text[start] == " ":
            start += 1
        found.append(start)


def _beginning(text: str, width: int) -> str:
    """As much of a text as is no wider."""
    if text.isascii():
        return text[:width]
    for place, character in enumerate(text):
        width -= _WIDTHS[character]
        if width < 0:
            return text[:place]
    return text
