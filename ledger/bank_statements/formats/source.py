"""The text of a file, and the errors that all formats share."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final, NamedTuple

from ledger.bank_statements.rules.character_sets import is_character_set
from ledger.errors import InvalidLine, LedgerError

_ENVELOPE: Final = re.compile(r"^\x01|\x03$", re.MULTILINE)
"""What SWIFT begins and ends a message with."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LAST_RESORT: Final = "cp1252"
_SHOWN: Final = 60
"""Characters of a file that a message quotes."""

BY_HAND: Final = "correct the line in the file, or remove the entry from it and record it by hand"
"""Advice for an entry that cannot be read."""
AGAIN: Final = "download the statement from the bank again"
"""Advice for a file that is not whole."""


class Source(NamedTuple):
    """The text of a file with ``\\n`` at the end of its lines, and a note on its encoding."""

    text: str
    notes: tuple[str, ...] = ()


def read_source(content: bytes, given: str | None = None, declared: str | None = None) -> Source:
    """Decode a file.

    Args:
        given: the encoding that a person names, which is one.
        declared: the one that the file names. Files that are UTF-8 often name another, and text in
            another is hardly ever valid UTF-8, so that is tried first.

    Raises:
        InvalidInput: it is not text, or not in the encoding; the error names the line.
    """
    encoding = given or _known(content)
    if encoding is None:
        known = declared if declared and is_character_set(declared) else None
        encoding = next(
            (each for each in ("utf-8", known or _LAST_RESORT) if _decodes(content, each)),
            known or _LAST_RESORT,
        )
    try:
        text = content.decode(encoding)
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise InvalidLine(
            f"byte {content[start : start + 1].hex()} is not valid {encoding}",
            advice='name the encoding of the file with a rule such as: encoding = "latin-1"',
            rule="encoding",
        ).at_line(content.count(b"\n", 0, start) + 1) from None
    # DOS programs end a file with 1A.
    text = text.removeprefix("\ufeff").removesuffix("\x1a")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _ENVELOPE.sub("", text)
    control = _CONTROL.search(text)
    if control is not None:
        raise InvalidLine(
            f"there is a control character {control.group()!r} here",
            advice=f"the file may be damaged: {AGAIN}",
        ).at_line(line_at(text, control.start()))
    guessed = encoding == _LAST_RESORT and encoding not in (given, declared)
    note = "the file is not UTF-8, so it is read as Windows-1252 (cp1252)"
    return Source(text, (note,) if guessed else ())


def head_of(content: bytes, size: int = 16_384) -> str:
    """The first characters of a file in any encoding, for telling what it is."""
    encoding = _known(content[:4]) or "latin-1"
    return content[:size].decode(encoding, errors="replace").lstrip("\ufeff\x01")


def _known(content: bytes) -> str | None:
    """The encoding that the first bytes of a file show."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    if content.startswith(BOM_UTF8):
        return "utf-8-sig"
    if content[1:2] == content[3:4] == b"\x00":
        return "utf-16-le"
    if content[:1] == content[2:3] == b"\x00":
        return "utf-16-be"
    return None


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeError:
        return False
    return True


def line_at(text: str, index: int) -> int:
    """The number, from 1, of the line that a character of a text stands in."""
    return text.count("\n", 0, index) + 1


def quoted(text: str) -> str:
    """A text of a file as a message quotes it."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}...")


def unreadable(message: str, line: int, advice: str = BY_HAND) -> LedgerError:
    """The error for a line that cannot be read."""
    return InvalidLine(message, advice=advice).at_line(line)


def cut_off(what: str, line: int) -> LedgerError:
    """The error for a file that ends too early; ``what`` is missing."""
    return InvalidLine(f"the file is cut off or damaged: {what}", advice=AGAIN).at_line(line)
