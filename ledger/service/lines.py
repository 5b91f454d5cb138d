"""Reading JSON Lines: numbered, with a byte-order mark, CRLF and blank lines forgiven."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator


def numbered_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """(1-based number, content) of every line that is not blank."""
    for number, line in enumerate(lines, 1):
        if number == 1:
            line = line.removeprefix(BOM_UTF8)
        line = line.strip()
        if line:
            yield number, line
