"""Making stored text safe to show.

Control characters could move the cursor, change colours or break a line in two, and bidirectional
controls can make an amount read otherwise than it is ("Trojan Source", CVE-2021-42574). They are
shown as escapes and never sent. Everything else is shown exactly as stored.
"""

from __future__ import annotations

from typing import Final

_SHORT: Final = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}

_ESCAPES: Final = {
    **{code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))},
    **_SHORT,
    **{
        code: f"\\u{code:04x}"
        for code in (
            *(0x2028, 0x2029),  # line and paragraph separator
            *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
        )
    },
}


def visible(text: str) -> str:
    """The text with control and bidirectional-control characters escaped."""
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPES)
