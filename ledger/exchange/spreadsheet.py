"""CSV (RFC 4180) that can be opened in a spreadsheet.

A spreadsheet takes a cell that begins with one of ``= + - @``, or in some countries with a
full-width form of them, for a formula, and may run what a stranger wrote into a description. An
apostrophe before it makes it a text; numbers need none. A cell that has apostrophes before such a
sign is given one more, so that a program gets every text back by taking one away wherever they
stand before such a sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from csv import writer
from typing import Final, Protocol

_FORMULA: Final = re.compile(
    r"(?![+-]?[0-9]+(?:\.[0-9]+)?\Z)"  # no number
    "'*\\s*[=+@\uff1d\uff0b\uff0d\uff20-]"
)


class _Out(Protocol):
    def write(self, text: str, /) -> object: ...


def row_writer(out: _Out, columns: Sequence[str]) -> Callable[[Iterable[str]], object]:
    """Write the header, and give what writes a row of cells."""
    begins_as_formula = _FORMULA.match
    write = writer(out).writerow
    write(columns)
    return lambda cells: write([f"'{cell}" if begins_as_formula(cell) else cell for cell in cells])
