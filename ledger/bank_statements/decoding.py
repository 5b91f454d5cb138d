"""From the bytes of a statement to its text."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final, NamedTuple

from ledger.errors import InvalidLine

_SIGNATURES: Final = {
    b"PK\x03\x04": "a ZIP file, as spreadsheets are inside",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
    b"SQLite format 3": "an SQLite database",
}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_AS_CSV: Final = "download the statement from the bank as CSV"


class Decoded(NamedTuple):
    """The text, the encoding that it was in, and a note where that was a last resort."""

    text: str
    encoding: str
    note: str = ""


def decode(content: bytes, encoding: str | None = None) -> Decoded:
    """Decode a statement: UTF-8, or UTF-16 with its mark, else Windows-1252, unless told.

    Raises:
        InvalidLine: it is empty, no text, or not in the encoding; the line is named.
    """
    for signature, what in _SIGNATURES.items():
        if content.startswith(signature):
            raise InvalidLine(f"the file is no CSV but {what}", advice=_AS_CSV)
    decoded = _decode(content, encoding)
    # DOS programs end a file with it.
    text = decoded.text.removeprefix("\ufeff").removesuffix("\x1a")
    if not text.strip():
        raise InvalidLine("the file is empty", advice=_AS_CSV)
    _check_characters(text)
    return decoded._replace(text=text)


def _check_characters(text: str) -> None:
    strange = _CONTROL.search(text)
    if strange is not None:
        raise InvalidLine(
            f"there is a control character {strange.group()!r}, as in no CSV",
            advice=f"is the file whole, and a text? Else {_AS_CSV}",
        ).at_line(_line(text, strange.start()))


def _decode(content: bytes, encoding: str | None) -> Decoded:
    if encoding is None:
        if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            encoding = "utf-16"
        elif content.startswith(BOM_UTF8):
            encoding = "utf-8-sig"
    if encoding is not None:
        try:
            return Decoded(content.decode(encoding), encoding)
        except UnicodeError as error:
            raise _undecodable(content, error, encoding) from None
    _check_characters(content.removesuffix(b"\x1a").decode("latin-1"))
    try:
        return Decoded(content.decode(), "utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return Decoded(
            content.decode("cp1252"),
            "cp1252",
            "the file is not UTF-8; it is read as Windows-1252 (cp1252)",
        )
    except UnicodeDecodeError as error:
        raise _undecodable(content, error, "utf-8 or cp1252") from None


def _undecodable(content: bytes, raised: UnicodeError, encoding: str) -> InvalidLine:
    start = raised.start if isinstance(raised, UnicodeDecodeError) else 0
    error = InvalidLine(
        f"byte {content[start : start + 1].hex()} is not {encoding}",
        advice='say how the file is encoded by a rule such as: encoding = "latin-1"',
    )
    error.at_line(_line(content[:start].decode("latin-1"), start))
    return error


def _line(text: str, place: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:place])) + 1
