"""Reading lines of a file: numbered, with a byte-order mark, CRLF and blank lines forgiven."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from ledger.errors import InvalidLine

LONGEST_LINE: Final = 1_048_576
"""Bytes; a command with the longest description there may be takes a tenth of it."""


MOST_BLANK_LINES: Final = 100_000
"""In a row; there is something wrong with a file that has more."""


def numbered_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """(1-based number, content) of every line that is not blank."""
    for number, line in enumerate(lines, 1):
        if number == 1:
            line = line.removeprefix(BOM_UTF8)
        line = line.strip()
        if line:
            yield number, line


def bounded_lines(file: BinaryIO, what: str = "event") -> Iterator[bytes]:
    """The lines of a file, none of which may fill the memory.

    Args:
        what: stands on each line.

    Raises:
        InvalidLine: one is longer than a mebibyte, and no more of it was read; or there are blank
            lines without end.
    """
    number, blank = 1, 0
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise InvalidLine(
                f"this line has over {LONGEST_LINE:,} bytes",
                advice=f"put each {what} on a line of its own",
            ).at_line(number)
        blank = 0 if line.strip() else blank + 1
        if blank > MOST_BLANK_LINES:
            raise InvalidLine(
                f"there are over {MOST_BLANK_LINES:,} blank lines before this one",
                advice="see whether the file is the right one, and remove them",
            ).at_line(number)
        yield line
        number += 1
