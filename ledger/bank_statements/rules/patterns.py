"""Rules that match texts: a text as it is, or a pattern between slashes, ``/regular expression/``.

Patterns are regular expressions without what may take for ever. Python's can backtrack for years
over a text of forty characters, so a pattern is refused unless its shape bounds the work: what is
repeated is a single character, and the steps of a search over the worst of texts are few. That
leaves what descriptions need: ``REWE|EDEKA``, ``VISA .* Berlin``, ``INV-[0-9]{4}``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

LONGEST_PATTERN: Final = 500
SEARCHED: Final = 400
"""Characters of a text in which a pattern is looked for."""

_MOST_WORK: Final = 2_300_000
"""Of a search that ends in nothing; some milliseconds."""
_STEP: Final = 8
"""Work of trying a repetition or a choice once. That of comparing a character is 1."""
_REPEATED: Final = SEARCHED // 2
"""How often ``*`` and ``+`` repeat on average, over all places at which they may begin."""
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
        work = _Search(pattern).work
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"it is not a regular expression: {error}") from None
    if work > _MOST_WORK:
        raise ValueError(
            "it can match in too many ways and might take too long; begin it with ^, write .{0,20} "
            "where it has .* or .+, or make several patterns of it"
        )
    return found


class _Search:
    """Counts the work of the worst search: how often each part of a pattern is tried.

    Attributes:
        work: a bound of it, more or less.

    Raises:
        ValueError: a group is repeated or referred to, or is of a special kind.
    """

    def __init__(self, pattern: str) -> None:
        self._tokens = deque((str(found.lastgroup), found[0]) for found in _TOKEN.finditer(pattern))
        self.work = 0
        self._alternatives(SEARCHED, is_whole=True)

    def _next(self) -> str:
        return self._tokens[0][0] if self._tokens else ""

    def _alternatives(self, tried: int, *, is_whole: bool = False) -> int:
        """In how many ways one of several sequences matches, of which each is tried so often."""
        ways: list[int] = []
        first: list[str | None] = []
        while True:
            is_anchored = is_whole and self._next() == "one" and self._tokens[0][1] == "^"
            first.append(self._first())
            self.work += tried
            # Twice, since what repeats from one place alone repeats twice the average.
            ways.append(self._sequence(2 if is_anchored else tried))
            if self._next() != "or":
                break
            self._tokens.popleft()
        differ = None not in first and len(set(first)) == len(first)
        return max(ways) if differ else sum(ways)

    def _first(self) -> str | None:
        """The character that a sequence begins with, if it is always the same."""
        kinds = [kind for kind, _ in list(self._tokens)[:2]]
        if kinds[:1] != ["one"] or kinds[1:] in (["repeat"], ["maybe"]):
            return None
        text = self._tokens[0][1]
        return None if text in "^$." else text.casefold()

    def _sequence(self, tried: int) -> int:
        compared: set[str] = set()
        while self._next() not in ("", "or", "close"):
            kind, text = self._tokens.popleft()
            is_group = kind == "open"
            if is_group:
                if self._next() == "maybe":
                    raise ValueError("groups may begin with ( or (?: only")
                ways = self._alternatives(tried)
                self.work += 2 * _STEP * ways
                self._tokens.popleft()
                compared.clear()
            else:
                if kind == "escape" and text[1] in "123456789":
                    raise ValueError("it refers back to a group")
                # Where a text has a character that others do not, these are hardly ever compared.
                if self._next() in ("repeat", "maybe"):
                    pass
                elif kind != "one" or text == ".":
                    self.work += _STEP // 2 * tried
                elif text in compared or not compared:
                    self.work += tried
                compared.add(text)
                ways = tried
            if self._next() == "repeat":
                if is_group:
                    raise ValueError("only a single character can be repeated, as in .* or [0-9]+")
                ways = self._repeated(tried, self._tokens.popleft()[1])
                compared.clear()
                self._without_modifier()
            elif self._next() == "maybe":
                self._tokens.popleft()
                ways += tried
                self.work += (2 if is_group else 1) * _STEP * tried
                compared.clear()
                self._without_modifier()
            tried = ways
        return tried

    def _repeated(self, tried: int, text: str) -> int:
        least, comma, most = text.strip("{}").partition(",")
        if text in "*+" or (comma and not most) or not text.strip("{}"):
            self.work += tried * _REPEATED * _STEP
            return tried * _REPEATED
        highest = min(int(most or least), SEARCHED)
        ways = max(highest - int(least or 0), 0) + 1 if comma else 1
        self.work += tried * max(ways * _STEP, highest * _STEP // 2)
        return tried * ways

    def _without_modifier(self) -> None:
        """Leave out what makes a repetition lazy, or lets it give nothing back."""
        if self._next() == "maybe" or (self._next() == "repeat" and self._tokens[0][1] == "+"):
            self._tokens.popleft()


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
