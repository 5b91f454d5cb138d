"""From the bytes of a statement to its text."""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterable
from typing import Final, NamedTuple

from ledger.bank_statements.text.encodings import plausible_encodings
from ledger.bank_statements.text.file_kinds import AS_CSV, check_signature, check_text
from ledger.errors import InvalidLine

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

LARGEST: Final = 64 * 1_048_576
"""Bytes of a statement; that of a year with a hundred thousand entries has a third of it."""

_NAMES: Final = {
    "cp1250": "Windows-1250 (cp1250)",
    "cp1251": "Windows-1251 (cp1251)",
    "cp1252": "Windows-1252 (cp1252)",
    "mac_roman": "Mac Roman (mac_roman)",
}


class Decoded(NamedTuple):
    """The text, the encoding that it was in, and a note where that was a last resort."""

    text: str
    encoding: str
    note: str = ""


def decode(content: bytes, encoding: str | None = None, currency: str | None = None) -> Decoded:
    """Decode a statement.

    Args:
        encoding: None to find it: UTF-8, UTF-16, or the one in which the words look like words. A
            file that is UTF-8 is read as such whatever the rules say, with a note.
        currency: the account's, where it is known; it may show the language.

    Raises:
        InvalidLine: the file is empty, is not text, is not in the encoding, or may be in several;
            the error names the line.
    """
    if len(content) > LARGEST:
        raise InvalidLine(f"the file has over {LARGEST // 1_048_576} MB", advice=AS_CSV)
    check_signature(content)
    decoded = _decoded(content, encoding, currency)
    # DOS programs end a file with the second one.
    text = decoded.text.removeprefix("\ufeff").removesuffix("\x1a")
    _check_characters(text)
    check_text(text)
    if not text.strip():
        raise InvalidLine("the file is empty", advice=AS_CSV)
    return decoded._replace(text=text)


def _decoded(content: bytes, encoding: str | None, currency: str | None) -> Decoded:
    if encoding is None:
        for candidate in _unicode(content):
            _check_whole(content, candidate)
            try:
                return Decoded(content.decode(candidate), candidate)
            except UnicodeError as error:
                failure = error
        return _guessed(content, failure, currency)
    if not encoding.casefold().startswith("utf") and not content.isascii():
        try:
            note = f"the file is UTF-8, though the rules say {encoding}"
            return Decoded(content.decode("utf-8-sig"), encoding, note)
        except UnicodeDecodeError:
            pass
    _check_whole(content, _unicode(content)[0])
    try:
        return Decoded(content.decode(encoding), encoding)
    except UnicodeError as error:
        raise _undecodable(content, error, encoding, _suggested(content, currency)) from None


def _check_whole(content: bytes, encoding: str) -> None:
    """Check that no last character of several bytes is cut."""
    name = encoding.upper().replace("_", "-")[:6]
    size = {"UTF-16": 2, "UTF-32": 4}.get(name, 1)
    if len(content) % size and len(content.removesuffix(b"\x1a")) % size:
        text = content[: len(content) // size * size].decode(encoding, errors="replace")
        raise InvalidLine(
            f"the file is {name} and ends within a character, so it is cut off", advice=AS_CSV
        ).at_line(_line(text, len(text)))


def _unicode(content: bytes) -> tuple[str, ...]:
    """The encodings of Unicode in which a file may be."""
    if content.startswith((BOM_UTF32_LE, BOM_UTF32_BE)):
        return ("utf-32",)
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return ("utf-16",)
    if b"\0\0\0" in (content[:3], content[1:4]):
        return ("utf-32-be" if content[:1] == b"\0" else "utf-32-le",)
    if content.startswith(BOM_UTF8):
        return ("utf-8-sig",)
    first = content[:4_096]
    high, low = first[0::2].count(0), first[1::2].count(0)
    if max(high, low) * 10 > len(first) and not min(high, low):
        return ("utf-16-le" if low else "utf-16-be", "utf-8")
    return ("utf-8",)


def _guessed(content: bytes, failure: UnicodeError, currency: str | None) -> Decoded:
    """The text in the one encoding that is no Unicode in which it looks like a text.

    Raises:
        InvalidLine: there is none, or several.
    """
    _check_characters(content.removesuffix(b"\x1a").decode("latin-1"))
    if not isinstance(failure, UnicodeDecodeError) or failure.encoding.startswith("utf-16"):
        raise _undecodable(content, failure, "utf-16", "")
    _check_not_mixed(content, failure)
    found = plausible_encodings(content, currency)
    if len(found) == 1:
        encoding = found[0].encoding
        name = _NAMES.get(encoding, encoding)
        note = f"the file is not UTF-8; by its words it is read as {name}"
        return Decoded(content.decode(encoding), encoding, note)
    if not found:
        raise _undecodable(content, failure, "UTF-8, nor text in an encoding that is known", "")
    readings = " or ".join(f"{each.word!r} in {each.encoding}" for each in found)
    error = InvalidLine(
        f"the file is not UTF-8, and does not show which encoding it has: this is {readings}",
        advice=_rules(each.encoding for each in found),
        rule="encoding",
    )
    start = content.index(found[0].word.encode(found[0].encoding))
    error.at_line(_line(content[:start].decode("latin-1"), start))
    raise error


def _check_not_mixed(content: bytes, failure: UnicodeDecodeError) -> None:
    """Check that not some lines are UTF-8 and others not, nor that the last character is cut."""
    before = content[: failure.start]
    if failure.reason == "unexpected end of data" and not before.isascii():
        raise InvalidLine(
            "the file ends within a character, so it is cut off", advice=AS_CSV
        ).at_line(_line(before.decode(), failure.start))
    unicode, other = 0, 0
    for number, line in enumerate(content.splitlines(), 1):
        if line.isascii():
            continue
        try:
            line.decode()
            unicode = unicode or number
        except UnicodeDecodeError:
            other = other or number
        if unicode and other and not _is_shift_jis(content):
            raise InvalidLine(
                f"the file mixes encodings: line {unicode} is UTF-8, and this line is not",
                advice="was it put together from several files? Import each of them by itself, or "
                "save the file as UTF-8 in a text editor and correct this line there",
            ).at_line(other)


def _is_shift_jis(content: bytes) -> bool:
    return [each.encoding for each in plausible_encodings(content)] == ["cp932"]


def _suggested(content: bytes, currency: str | None) -> str:
    """The rule for the encoding that a file seems to have; empty where it shows none."""
    try:
        content.decode()
        return _rules(("utf-8",))
    except UnicodeDecodeError:
        return _rules(each.encoding for each in plausible_encodings(content, currency))


def _rules(encodings: Iterable[str]) -> str:
    rules = [f'encoding = "{encoding}"' for encoding in encodings]
    if not rules:
        return ""
    which = "one of these rules" if len(rules) > 1 else "this rule"
    return f"name the encoding of the file with {which}: {' or '.join(rules)}"


def _check_characters(text: str) -> None:
    found = _CONTROL.search(text)
    if found is not None:
        raise InvalidLine(
            f"there is a control character {found.group()!r} here; CSV has none",
            advice=f"the file may be damaged, or may not be CSV: {AS_CSV}",
        ).at_line(_line(text, found.start()))


def _undecodable(content: bytes, failure: UnicodeError, encodings: str, advice: str) -> InvalidLine:
    start = failure.start if isinstance(failure, UnicodeDecodeError) else 0
    error = InvalidLine(
        f"byte {content[start : start + 1].hex()} is not valid {encodings}",
        advice=advice
        or "save the file as UTF-8, or name its encoding with the rule encoding, as "
        'in: encoding = "cp1256"',
        rule="encoding",
    )
    error.at_line(_line(content[:start].decode("latin-1"), start))
    return error


def _line(text: str, index: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:index])) + 1
