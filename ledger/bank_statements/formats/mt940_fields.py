"""The fields of an MT940 or MT942, and nothing of the file left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ledger.bank_statements.formats.source import quoted, unreadable

_FIELD: Final = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.ASCII)
_KNOWN: Final = frozenset(
    (
        *("13", "13D", "20", "21", "25", "25P", "28", "28C", "34F", "60F", "60M", "61"),
        *("62F", "62M", "64", "65", "86", "90C", "90D", "NS"),
    )
)
_BLOCKS: Final = re.compile(r"(?:\{[1-5S]:(?:[^{}]|\{[^{}]*\})*\})*(?:\{4:)?")
_LONGEST: Final = 5_000
"""Characters of the blocks in a line."""
_HEADING: Final = re.compile(r":?94[02]:?|[A-Z0-9 ]{0,60}", re.ASCII)
"""What banks write before a message instead of the blocks of SWIFT: names and numbers."""


class Field(NamedTuple):
    """A field: its tag, the line that it starts in, and its lines of text."""

    tag: str
    line: int
    lines: list[str]

    @property
    def text(self) -> str:
        """Its first line."""
        return self.lines[0].strip()


def read_fields(text: str) -> Iterator[Field]:
    """The fields of a file, in its order.

    Raises:
        InvalidLine: there is a field that is not known, or text outside of any field.
    """
    field: Field | None = None
    lines = text.split("\n")
    ends = _ends(lines)
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip()
        is_end = number in ends
        if is_end or line.startswith(("{1:", "{4:")) or (field is None and line[:1] in "{}"):
            if field is not None:
                yield field
            field = None
            line = line.lstrip("-").removeprefix("}")
            line = line[_end_of_blocks(line) :]
        found = _FIELD.fullmatch(line)
        if found is not None and found[1] in _KNOWN:
            if field is not None:
                yield field
            field = Field(found[1], number, [found[2]])
        elif field is not None and (found is None or field.tag == "86"):
            field.lines.append(raw)
        elif not _HEADING.fullmatch(line):
            what = f"the field :{found[1]}:" if found else quoted(line)
            raise unreadable(f"{what} does not belong to an MT940", number)
    if field is not None:
        yield field


def _ends(lines: list[str]) -> set[int]:
    """The lines that end a message: ``-``, where the next field begins another one.

    It can also be a part of a text that goes on in the next line.
    """
    ends = set()
    begins = True
    for number in range(len(lines), 0, -1):
        line = lines[number - 1].rstrip()
        if line.startswith("-}") or (begins and line and not line.strip("-")):
            ends.add(number)
        elif line.startswith("{"):
            begins = True
        elif (found := _FIELD.match(line)) is not None and found[1] in _KNOWN:
            begins = found[1] == "20"
    return ends


def _end_of_blocks(line: str) -> int:
    found = _BLOCKS.match(line[:_LONGEST])
    return found.end() if found else 0
