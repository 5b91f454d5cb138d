"""From the bytes of a statement to its text."""

from __future__ import annotations

import codecs
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final, NamedTuple

from ledger.errors import InvalidLine

_OTHER_FILES: Final = {
    b"PK\x03\x04": "a ZIP file, such as a spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old office document, such as a spreadsheet",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
    b"SQLite format 3": "an SQLite database",
}
"""First bytes of files that people mistake for CSV."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_AS_CSV: Final = "download the statement from the bank as CSV"

LARGEST: Final = 64 * 1_048_576
"""Bytes of a statement; that of a year with a hundred thousand entries has a third of it."""

_CHARACTER_SETS: Final = re.compile(
    r"ascii|utf-(8(-sig)?|(16|32)(-[bl]e)?)|iso8859-\d+|cp\d+|mac-\w+|koi8-\w|kz1048|ptcp154"
    r"|hp-roman8|palmos|tis-620|big5\w*|gb\w+|hz|johab|euc_\w+|iso2022_\w+|shift_jis\w*"
)
"""Python's own names of them. What else it calls an encoding packs or escapes text, some of it in
quadratic time."""


class Decoded(NamedTuple):
    """The text, the encoding that it was in, and a note where that was a last resort."""

    text: str
    encoding: str
    note: str = ""


def is_character_set(encoding: str) -> bool:
    """Whether text can be in an encoding of the name."""
    try:
        return _CHARACTER_SETS.fullmatch(codecs.lookup(encoding).name) is not None
    except (LookupError, ValueError):
        return False


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """Decode a statement.

    Args:
        encoding: None to try UTF-8 (or UTF-16 after its byte order mark), then Windows-1252.

    Raises:
        InvalidLine: the file is empty, is not text, or is not in the encoding; the error names the
            line.
    """
    if len(content) > LARGEST:
        raise InvalidLine(f"the file has over {LARGEST // 1_048_576} MB", advice=_AS_CSV)
    for signature, what in _OTHER_FILES.items():
        if content.startswith(signature):
            raise InvalidLine(f"the file is not CSV but {what}", advice=_AS_CSV)
    candidates = (encoding,) if encoding is not None else _candidates(content)
    for candidate in candidates:
        try:
            text = content.decode(candidate)
            break
        except UnicodeError as error:
            failure = error
    else:
        if len(candidates) > 1:  # a binary file is better named as such
            _check_characters(content.removesuffix(b"\x1a").decode("latin-1"))
        raise _undecodable(content, failure, " or ".join(candidates)) from None
    # DOS programs end a file with the second one.
    text = text.removeprefix("\ufeff").removesuffix("\x1a")
    _check_characters(text)
    if not text.strip():
        raise InvalidLine("the file is empty", advice=_AS_CSV)
    note = "the file is not UTF-8, so it is read as Windows-1252 (cp1252)"
    return Decoded(text, candidate, note if encoding is None and candidate == "cp1252" else "")


def _candidates(content: bytes) -> tuple[str, ...]:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return ("utf-16",)
    return ("utf-8-sig",) if content.startswith(BOM_UTF8) else ("utf-8", "cp1252")


def _check_characters(text: str) -> None:
    control = _CONTROL.search(text)
    if control is not None:
        raise InvalidLine(
            f"there is a control character {control.group()!r} here; CSV has none",
            advice=f"the file may be damaged, or may not be CSV: {_AS_CSV}",
        ).at_line(_line(text, control.start()))


def _undecodable(content: bytes, failure: UnicodeError, encodings: str) -> InvalidLine:
    start = failure.start if isinstance(failure, UnicodeDecodeError) else 0
    error = InvalidLine(
        f"byte {content[start : start + 1].hex()} is not valid {encodings}",
        advice='name the encoding of the file with a rule such as: encoding = "latin-1"',
        rule="encoding",
    )
    error.at_line(_line(content[:start].decode("latin-1"), start))
    return error


def _line(text: str, index: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:index])) + 1
