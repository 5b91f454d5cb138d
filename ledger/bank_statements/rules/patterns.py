"""Rules that match texts: a text as it is, or a pattern between slashes, ``/regular expression/``.

Patterns are regular expressions without what may take for ever. Python's can backtrack for years
over a text of forty characters, so a pattern is refused unless its shape bounds the work: what is
repeated is a single character, and the ways to match are few. That leaves what descriptions need:
``REWE|EDEKA``, ``^VISA .* Berlin``, ``[0-9]{4}``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

LONGEST_PATTERN: Final = 500
SEARCHED: Final = 400
"""Characters of a text in which a pattern is looked for."""

_MOST_WAYS: Final = 1_000
_WAYS_OF_REPEATING: Final = 20
_TOKEN: Final = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?:)?)|(?P<close>\))"
    r"|(?P<or>\|)|(?P<repeat>[*+]|\{[0-9]*(?:,[0-9]*)?\})|(?P<maybe>\?)|(?P<one>.)",
    re.DOTALL,
)


@lru_cache(maxsize=1_000)
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, to be searched for without regard to capitals.

    Raises:
        ValueError: it is not a regular expression, or one that may take too long.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"it has {len(pattern):,} characters, and {LONGEST_PATTERN} are the most")
    if not pattern:
        raise ValueError("it is empty")
    try:
        found = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"it is not a regular expression: {error}") from None
    if _ways(pattern) > _MOST_WAYS:
        raise ValueError(
            "it can match in too many ways and might take too long; write several patterns, "
            "or fewer * and +"
        )
    return found


def _ways(pattern: str) -> int:
    """A bound of the ways to match at one place, where each repetition counts as a fixed number.

    Raises:
        ValueError: a group is repeated or referred to, or is of a special kind.
    """
    # Of each open group: the ways of the branches before this one, and of this one so far.
    open_groups: list[tuple[int, int]] = []
    before, here = 0, 1
    last = 1
    last_is_group = False
    kind: str | None = None
    for found in _TOKEN.finditer(pattern):
        earlier, kind = kind, found.lastgroup
        if earlier == "open" and kind == "maybe":
            raise ValueError("groups may begin with ( or (?: only")
        if kind == "open":
            open_groups.append((before, here))
            before, here = 0, 1
        elif kind == "close":
            last, last_is_group = before + here, True
            before, here = open_groups.pop()
            here *= last
        elif kind == "or":
            before, here = before + here, 1
        elif kind == "repeat":
            if last_is_group:
                raise ValueError("only a single character can be repeated, as in .* or [0-9]+")
            here *= 1 if found.group()[1:-1].isdigit() else _WAYS_OF_REPEATING
        elif kind == "maybe":
            here = here // last * (last + 1)
        else:
            if kind == "escape" and found.group()[1] in "123456789":
                raise ValueError("it refers back to a group")
            last, last_is_group = 1, False
    return before + here


def is_in(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a pattern is found in a text."""
    return pattern.search(text, 0, SEARCHED) is not None


def pattern_in(text: str) -> str | None:
    """The pattern between the slashes; None for a text without them."""
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == "/" else None


def matches(wanted: Sequence[str], cell: str) -> bool:
    """Whether a cell is one of some texts, without regard to capitals, or has one of the patterns.

    Args:
        wanted: texts, and patterns between slashes.
    """
    for text in wanted:
        pattern = pattern_in(text)
        if pattern is None:
            if text.strip().casefold() == cell.casefold():
                return True
        elif is_in(compiled(pattern), cell):
            return True
    return False
