"""Cutting lines whose quotes are not those of CSV: ``"a" ,"b"``, ``\\"``, ``"Ritter" Sport``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

_MOST_JOINED: Final = 50
"""Lines that a quoted text may run over."""
_LONGEST_JOINED: Final = 10_000
"""Characters of these."""
_MOST_TRIED: Final = 5_000
"""Lines of a file that are tried as the end of a quoted text."""
_FORMULA: Final = re.compile(r'="(.*)"', re.DOTALL)


class Cut(NamedTuple):
    """The cells of a text, and whether a quote at the start of one is taken for a character."""

    cells: list[str]
    is_open: bool


def unwrapped(cell: str) -> str:
    """The text in ``="…"``, with which spreadsheets are told to keep a text."""
    if cell[:2] != '="':
        return cell
    found = _FORMULA.fullmatch(cell)
    return cell if found is None else found[1].replace('""', '"').strip()


def cut(text: str, delimiter: str, quote: str, *, backslash: bool, width: int | None = None) -> Cut:
    """Cut a line, or a few that are joined, into cells.

    A quote closes a cell only before a delimiter or the end, with blanks between or none; elsewhere
    it is a character. So it is at the start of a cell that no quote closes.

    Args:
        backslash: whether a quote after one is a character.
        width: how many cells there should be, if known. It decides whether two quotes before a
            delimiter are a character, and whether a delimiter before a quote ends a cell.
    """
    text = text.rstrip("\r\n")
    best = None
    for pattern in _quoted_cells(delimiter, quote, backslash):
        found = _cut(text, delimiter, quote, pattern, backslash)
        if not found.is_open and width in (None, len(found.cells)):
            return found
        if best is None or width == len(found.cells):
            best = found
    assert best is not None
    return best


def _cut(text: str, delimiter: str, quote: str, quoted: re.Pattern[str], backslash: bool) -> Cut:
    cells: list[str] = []
    position, is_open = 0, False
    while True:
        found = quoted.match(text, position)
        if found is not None:
            cell = found["content"].replace(quote * 2, quote)
            if backslash:
                cell = cell.replace("\\" + quote, quote).replace("\\\\", "\\")
            position = found.end()
        else:
            end = text.find(delimiter, position)
            end = len(text) if end < 0 else end
            cell, position = text[position:end], end
        cell = cell.strip()
        if found is None and cell[:1] == quote:
            is_open = True
            if "narrow" not in quoted.groupindex:  # no quote after it closes a cell, either
                return Cut(
                    [*cells, cell, *map(str.strip, text[position:].split(delimiter)[1:])], True
                )
        cells.append(cell)
        if position >= len(text):
            return Cut(cells, is_open)
        position += 1


@cache
def _quoted_cells(delimiter: str, quote: str, backslash: bool) -> tuple[re.Pattern[str], ...]:
    """The regular expressions of a quoted cell, the better ones first.

    By the last one, no cell has a delimiter before a quote. It never looks past the start of the
    next quoted cell, so that it takes linear time, whatever fails.
    """
    blanks = "" if delimiter == " " else " *+" if delimiter == "\t" else r"[ \t]*+"
    point, mark = re.escape(delimiter), re.escape(quote)
    inner = rf"{mark}(?!{blanks}(?:{point}|\Z))"
    escaped = r"\\.|" if backslash else ""
    other = rf"[^{mark}\\]" if backslash else f"[^{mark}]"
    narrow = rf"{escaped}(?!(?P<narrow>{point}){blanks}{mark}){other}|{inner}"
    return tuple(
        re.compile(
            rf"{blanks}{mark}(?P<content>(?:{content})*+){mark}{blanks}(?={point}|\Z)", re.DOTALL
        )
        for content in (
            f"{escaped}{other}|{inner}",
            f"{escaped}{mark}{mark}|{other}|{inner}",
            narrow,
        )
    )


def cut_lines(
    lines: Sequence[str], delimiter: str, quote: str, *, backslash: bool
) -> Iterator[tuple[int, list[str]]]:
    """(index of its first line, cells) of each row that is not empty.

    Each row should have as many cells as the first one. A quoted text runs on into the next lines
    where the row has as many with them, and not without.
    """
    index, width, left = 0, None, _MOST_TRIED
    while index < len(lines):
        start = index
        cells, is_open = cut(lines[index], delimiter, quote, backslash=backslash, width=width)
        index += 1
        if is_open and len(cells) != width and left > 0:
            joined = lines[start]
            for after in range(start + 1, min(start + _MOST_JOINED, len(lines))):
                joined += lines[after]
                if len(joined) > _LONGEST_JOINED:
                    break
                if quote not in lines[after]:
                    continue
                left -= 1
                longer = cut(joined, delimiter, quote, backslash=backslash, width=width)
                if not longer.is_open and width in (None, len(longer.cells)):
                    cells, index = longer.cells, after + 1
                    break
        if any(cells):
            width = len(cells) if width is None else width
            yield start, cells
