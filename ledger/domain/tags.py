"""Which tags an entry may have, and why.

A tag puts an entry into a category that reports add up: ``category=rent``. What looks the same must
count as the same, or a sum is split without anybody seeing it, and for ever.

A key is typed in shells, stands in the headings of reports and names columns. So it is made of
ASCII letters, digits and ``_ - .`` only, as account ids are: a Cyrillic ``с`` would make another
category of ``сategory``. Capitals are kept, but an entry cannot have two keys that differ in
nothing else.

A value is for people, in any script: one line that is seen as it is stored. Text that Unicode
counts as equal (an ``é`` in one character or in two) is stored in one form (NFC). Refused are
invisible characters, blanks that are not what they look like, and ``=``, with which nobody could
tell where the key ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from ledger.errors import InvalidTag

MAX_TAGS: Final = 20
MAX_TAG_KEY_LENGTH: Final = 40
MAX_TAG_VALUE_LENGTH: Final = 200

_KEY_CHARACTERS: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."
)
_EXAMPLE: Final = "write it as KEY=VALUE, such as category=rent"

_LONGEST_AS_TYPED: Final = 4 * MAX_TAG_VALUE_LENGTH
"""No character of a script in use is made of more than four."""

_BLANKS: Final = " \u3000"
"""The plain blank, and the wide one that Japanese keyboards type, which is seen to be another."""

_INVISIBLE: Final = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F),  # combining grapheme joiner
        (0x115F, 0x1160),  # Hangul fillers
        (0x17B4, 0x17B5),  # Khmer inherent vowels
        (0x180B, 0x180F),  # Mongolian variation selectors
        (0x2800, 0x2800),  # Braille blank
        (0x3164, 0x3164),  # Hangul filler
        (0xFE00, 0xFE0F),  # variation selectors
        (0xFFA0, 0xFFA0),  # half-width Hangul filler
        (0xE0100, 0xE01EF),  # variation selectors, supplement
    )
    for code in range(first, last + 1)
)
"""What is not seen though Unicode does not class it as a format character."""


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Give an entry's tags as they are stored: sorted by key, so that equal sets are equal bytes.

    Raises:
        InvalidTag: a key or a value is not allowed (see above), two keys differ in capitals only,
            or there are more than 20 tags.
    """
    if not tags:
        return {}
    if len(tags) > MAX_TAGS:
        raise InvalidTag(
            f"there are {len(tags)} tags, and {MAX_TAGS} are the most on an entry",
            advice="keep those that reports add up; all else can stand in the description",
            tags=len(tags),
        )
    checked = {
        check_tag_key(key): check_tag_value(key, value) for key, value in sorted(tags.items())
    }
    _refuse_twins(checked)
    return checked


def parse_tags(texts: Iterable[str]) -> dict[str, str]:
    """Read tags written ``KEY=VALUE``, as an entry stores them; saying one twice does no harm.

    Raises:
        InvalidTag: one of them is no tag, a key has two values, or as `check_tags` raises.
    """
    return check_tags(_one_of_each(parse_tag(text) for text in texts))


def parse_tag_changes(texts: Iterable[str]) -> dict[str, str]:
    """Read changes to an entry's tags: ``KEY=VALUE``, or ``KEY=`` to take the tag away.

    Raises:
        InvalidTag: one of them is neither, or a key has two values.
    """
    return _one_of_each(
        (check_tag_key(text[:-1]), "")
        if text.endswith("=") and text.index("=") == len(text) - 1
        else parse_tag(text)
        for text in texts
    )


def _one_of_each(parsed: Iterable[tuple[str, str]]) -> dict[str, str]:
    tags: dict[str, str] = {}
    for key, value in parsed:
        if tags.setdefault(key, value) != value:
            raise InvalidTag(
                f"the tag {key} has two values, {_shown(tags[key])} and {_shown(value)}",
                advice="give one value for each key",
                key=key,
            )
    return tags


def parse_tag(text: str) -> tuple[str, str]:
    """Read a tag written ``KEY=VALUE`` as its key and its value.

    Raises:
        InvalidTag: there is not exactly one ``=``, or the key or the value is not allowed.
    """
    key, equals, value = text.partition("=")
    if not equals:
        raise InvalidTag(f"{_shown(text)} is not a tag: it has no =", advice=_EXAMPLE)
    if not key:
        raise InvalidTag(f"{_shown(text)} is not a tag: it has no key", advice=_EXAMPLE)
    if "=" in value:
        raise InvalidTag(
            f"{_shown(text)} is not a tag: it has more than one =",
            advice=f"{_EXAMPLE}, without another = in it",
        )
    return check_tag_key(key), check_tag_value(key, value)


def check_tag_key(key: str) -> str:
    """Give a tag's key back, or refuse it.

    Raises:
        InvalidTag: it is empty, has over 40 characters, or one outside the alphabet above.
    """
    if not key:
        error = "it is empty"
    elif len(key) > MAX_TAG_KEY_LENGTH:
        error = f"it has {len(key)} characters, and {MAX_TAG_KEY_LENGTH} are the most"
    elif _KEY_CHARACTERS.issuperset(key):
        return key
    else:
        error = f"it holds {next(mark for mark in key if mark not in _KEY_CHARACTERS)!a}"
    raise InvalidTag(
        f"{_shown(key)} cannot be the key of a tag: {error}",
        advice=f"use the letters A-Z and a-z, digits and _ - . (at most {MAX_TAG_KEY_LENGTH})",
    )


def check_tag_value(key: str, value: str) -> str:
    """Give a tag's value as it is stored, or refuse it.

    Args:
        key: what it is the value of, checked already; for the message.

    Raises:
        InvalidTag: it is empty or over 200 characters, begins or ends with a blank, is not one
            line, is not valid Unicode, or holds ``=`` or what cannot be seen.
    """
    if not value.isascii() and len(value) <= _LONGEST_AS_TYPED:
        from unicodedata import normalize

        value = normalize("NFC", value)
    error, advice = _value_error(value)
    if error:
        raise InvalidTag(f"the value of the tag {key} {error}", advice=advice, key=key)
    return value


def _value_error(value: str) -> tuple[str, str]:
    """What is wrong with a value, and what to do about it; nothing where it is allowed."""
    if not value.strip():
        return "is empty", _EXAMPLE
    if len(value) > MAX_TAG_VALUE_LENGTH:
        error = f"has {len(value)} characters, and {MAX_TAG_VALUE_LENGTH} are the most"
        return error, "shorten it; what is long can stand in the description"
    if "=" in value:
        return "holds a second =", "write it without the ="
    if not (value.isascii() and value.isprintable()):
        for place, mark in enumerate(value):
            error = _strange(mark, is_first=not place)
            if error:
                return f"holds {error}", "write it in one line of characters that are seen"
    if value != value.strip():
        return "begins or ends with a blank", "leave the blank out"
    return "", ""


def _strange(mark: str, *, is_first: bool) -> str:
    """Why a character may not stand in a value; empty where it may."""
    from unicodedata import category

    kind = category(mark)
    if kind == "Cs":
        return "what is not valid Unicode"
    if mark in "\n\r\v\f\x85" or kind in ("Zl", "Zp"):
        return "a line break"
    if mark == "\0":
        return "a NUL character"
    if kind == "Cc":
        return f"the control character {_code_point(mark)}"
    if kind == "Cf" or mark in _INVISIBLE:
        return f"the invisible character {_code_point(mark)}"
    if kind == "Zs" and mark not in _BLANKS:
        return f"the blank {_code_point(mark)}, which looks like a plain one"
    if is_first and kind.startswith("M"):  # it would be seen as part of the = before it
        return f"the combining mark {_code_point(mark)} as its first character"
    return ""


def _refuse_twins(keys: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for key in keys:
        twin = seen.setdefault(key.lower(), key)
        if twin != key:
            raise InvalidTag(
                f"the tags {twin} and {key} differ in nothing but capitals",
                advice="write the key in one way everywhere, so that reports add it up as one",
                key=key,
            )


def _code_point(mark: str) -> str:
    return f"U+{ord(mark):04X}"


def _shown(text: str) -> str:
    """A text as a literal without surprises, cut where it is long."""
    return ascii(text if len(text) <= 60 else text[:57] + "...")
