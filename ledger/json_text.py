"""JSON that somebody else may have written: what is wrong with it, and names that come twice.

Of a name that an object has twice some readers take the first value and some the last. What must
mean one thing has each name once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

_decode: Final = msgspec.json.Decoder(float_hook=len).decode
"""Of a number with decimals only the place matters here, and it may be out of every range."""

_encode: Final = msgspec.json.Encoder().encode

# These patterns are compiled once something is wrong: most runs never need them.
_HALF_CHARACTER: Final = r"(?i)(?<!\\)(?:\\\\)*\\u(?:d[89ab][0-9a-f]{2}(?!\\u)|d[c-f][0-9a-f]{2})"

_KINDS: Final = {
    "int": "a whole number",
    "float": "a number with decimals",
    "decimal": "a number with decimals",
    "str": "a text",
    "object": "an object in braces",
    "array": "a list",
    "bool": "true or false",
    "null": "null",
    "bytes": "bytes",
}

_PLACE: Final = r"(?s)(?P<what>.*?)(?: - at `(?P<key>key in )?\$(?P<path>.*)`)?"

_EXPECTED: Final = r"Expected `(?P<wanted>[^`]*)`(?P<range>[^,]*)(?:, got `(?P<got>.*)`)?"

_NUMBER: Final = r"(?:Integer value|Number) out of range"

_NOT_UTF_8: Final = "it is not valid UTF-8"

_COMPLAINTS: Final = (
    (r"Object contains unknown field `(.*)`", r"it can have no field \1"),
    (r"Object missing required field `(.*)`", r"the field \1 is missing"),
    (_NUMBER, "it holds a number that is too large"),
    (r"Input data was truncated", "it ends too early"),
    (r"Invalid UTF-8 .*", _NOT_UTF_8),
    (r".*surrogate.*", "it holds half a character, written as an escape such as \\\\ud83d"),
    (r".*escape.*\(byte (\d+)\)", r"it holds an escape that JSON does not have (byte \1)"),
    (r".*trailing characters \(byte (\d+)\)", r"something follows its end (byte \1)"),
    (r".*invalid number \(byte (\d+)\)", r"it holds a number that is not one in JSON (byte \1)"),
    (r"JSON is malformed.*\(byte (\d+)\)", r"it is not valid JSON from byte \1 on"),
    (r"Invalid (?:enum )?value (.*)", r"\1 is none of its values"),
)
"""Patterns of msgspec's messages, and what is said instead."""


def what_is_wrong(error: Exception, text: str | bytes = b"") -> str:
    """What a decoder complains of, in words for people.

    Args:
        text: that was decoded, where it is JSON.
    """
    if isinstance(error, KeyError):
        return f"the field {error} is missing"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return _NOT_UTF_8
    if isinstance(error, ArithmeticError):
        return "it holds a number that cannot be read"
    if not isinstance(error, msgspec.MsgspecError):
        return str(error) or "it does not fit"
    found = re.fullmatch(_PLACE, str(error))
    assert found
    what, path = found["what"], (found["path"] or "").replace("[...]", "").lstrip(".")
    if ("truncated" in what or "escape" in what) and _holds_half_a_character(text):
        what = "surrogate"
    expected = re.fullmatch(_EXPECTED, what)
    if expected:
        subject = path or ("a value in it" if found["path"] else "it")
        return f"{'a name in ' if found['key'] else ''}{subject} {_must_be(expected)}"
    for pattern, words in _COMPLAINTS:
        complaint = re.fullmatch(pattern, what, re.DOTALL)
        if complaint:
            if pattern == _NUMBER and path:
                return f"{path} is too large a number"
            return complaint.expand(words) + (f" (in {path})" if path else "")
    return "it does not fit"


def _holds_half_a_character(text: str | bytes) -> bool:
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return re.search(_HALF_CHARACTER, text) is not None


def _must_be(expected: re.Match[str]) -> str:
    wanted, got = expected["wanted"], expected["got"]
    kinds = [kind for kind in wanted.split(" | ") if kind != "null"]
    if wanted == "object":
        return "is no object in braces"
    if got == "null":
        return "is null"
    if kinds == ["str"] and got in ("int", "float"):
        return "must stand in quotation marks"
    if kinds == ["int"] and got == "str":
        return "must be a number, without quotation marks"
    names = " or ".join(_KINDS.get(kind, kind) for kind in kinds)
    if expected["range"]:
        return f"must be {names}{expected['range']}"
    return f"must be {names}" + (f", not {_KINDS.get(got, got)}" if got else "")


def duplicate_name(text: str | bytes) -> str | None:
    """A name that some object in a JSON text has twice, however it is escaped; None for none.

    Args:
        text: that can be decoded.

    Raises:
        ValueError: it cannot be.
        RecursionError: it is nested too deeply.
    """
    if isinstance(text, str):
        text = text.encode()
    if b"\\u" not in text:
        # A decoder keeps one of two values. Written anew, the text then has fewer quotation marks;
        # they are never more, since nothing but such an escape stands for one.
        try:
            if text.count(b'"') == _encode(_decode(text)).count(b'"'):
                return None
        except (msgspec.MsgspecError, UnicodeError):  # such as a number of thousands of digits
            pass
    return _find_duplicate(text.decode())


def _find_duplicate(text: str) -> str | None:
    import json

    duplicates: list[str] = []

    def see(pairs: Sequence[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                duplicates.append(name)
                return
            seen.add(name)

    # Numbers stay texts: none is too long to be read then.
    json.loads(text, object_pairs_hook=see, parse_int=str, parse_float=str, parse_constant=str)
    return duplicates[0] if duplicates else None


def check_names(text: str | bytes) -> None:
    """See that no object in a JSON text has a name twice.

    Raises:
        ValueError: one has, or the text cannot be decoded.
        RecursionError: it is nested too deeply.
    """
    name = duplicate_name(text)
    if name is not None:
        shown = name if len(name) <= 40 else name[:37] + "..."
        raise ValueError(f"the field {shown!r} is given twice")
