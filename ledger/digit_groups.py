"""Amounts with their digits in groups of three, as people read them in every country.

The groups are separated as ISO 80000-1 has it, by a space and never by a comma or a point, which
one country reads as what parts the decimals in another. It is a narrow one at which no line is
broken; where the encoding does not have that, it is a plain space.
"""

from __future__ import annotations

import re
from typing import Final

NARROW: Final = "\u202f"

_WHOLE_PART: Final = re.compile(r"[0-9]+", re.ASCII)


def grouped(amount: str, encoding: str = "utf-8") -> str:
    """An amount such as ``-1234567.89 USD`` with the digits before its point in groups.

    Args:
        encoding: of the stream that it is shown on.
    """
    separator = NARROW
    try:
        NARROW.encode(encoding)
    except UnicodeEncodeError:
        separator = " "
    return _WHOLE_PART.sub(lambda found: f"{int(found[0]):,}".replace(",", separator), amount, 1)
