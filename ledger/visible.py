"""Making stored text safe to show.

Control characters could move the cursor, change colours or break a line in two, and bidirectional
controls can make an amount read otherwise than it is ("Trojan Source", CVE-2021-42574). They are
shown as escapes and never sent.

What cannot be seen makes two names look the same, and can hide a text within another. People are
shown it as escapes, too: zero-width characters, soft hyphens, fillers, variation selectors, tag
characters and all else that Unicode has no glyph for. A few of them stay where people need them to
write, which is decided by what stands next to them:

- U+200D and U+200C between two letters of a script that joins its letters (Arabic to Malayalam,
  Myanmar, Khmer, Mongolian), and U+200D after a virama, the sign that joins Indic consonants;
- U+200D between two emoji, and U+FE0E or U+FE0F after an emoji or in a keycap;
- the variation selectors of Mongolian after a letter of it.

Programs get what cannot be seen as it is stored. All other text is shown exactly as stored.
"""

from __future__ import annotations

import re
from functools import cache
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

_UNSEEN: Final = (
    "\u00ad\u034f"  # soft hyphen, grapheme joiner
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # fillers and blanks that count as letters
    "\u180b-\u180f\u200b-\u200d\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # of hieroglyphs, music
    "\U000e0000-\U000e0fff"  # tags, variation selectors, and what is kept free for more of them
)
_JOINED: Final = (
    "\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufefc"  # Arabic, Syriac, Mandaic …
    "\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1820-\u18af"
)
_VIRAMAS: Final = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_EMOJI: Final = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe"
    "\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)


def visible(text: str) -> str:
    """The text as it is safe to show to people: what acts or cannot be seen is escaped."""
    if not text.isascii() and _unseen().search(text):
        text = _not_needed().sub(_escaped, text)
    return unbroken(text)


def unbroken(text: str) -> str:
    """The text for programs that read lines: control and bidirectional-control characters escaped,
    and all else as it is stored."""
    return text if text.isprintable() else text.translate(_ESCAPES)


@cache
def _unseen() -> re.Pattern[str]:
    return re.compile(f"[{_UNSEEN}]")


@cache
def _not_needed() -> re.Pattern[str]:
    """What cannot be seen, but for what is needed where it stands."""
    return re.compile(
        f"[{_UNSEEN}]"
        f"(?<!(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}]))"
        f"(?<!(?<=[{_VIRAMAS}])\u200d)"
        f"(?<!(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}]))"
        f"(?<!(?<=[{_EMOJI}])[\ufe0e\ufe0f])"
        "(?<!(?<=[0-9#*])\ufe0f(?=\u20e3))"
        "(?<!(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f])"
    )


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
