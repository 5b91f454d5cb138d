"""What a file is, by its content: names lie, and mail programs change them."""

from __future__ import annotations

import re
from typing import Final

from ledger.bank_statements.formats.source import head_of
from ledger.errors import InvalidLine

OFX: Final = "OFX"
ISO_20022: Final = "ISO 20022"
MT940: Final = "MT940"
QIF: Final = "QIF"

_PROLOG: Final = re.compile(
    r"(?:\s+|<\?(?!OFX)[^<>]*\?>|<!--[^<>]*-->|<!DOCTYPE\s[^<>\[]*>)*", re.I
)
_OFX: Final = re.compile(r"OFXHEADER\s*[:=]|<\?OFX\b|<OFX>", re.I)
_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_QIF: Final = re.compile(r"!(?:type|account|option|clear)\b", re.I)
_MT_HEAD: Final = 12
"""Lines that banks put before the first field: blocks of SWIFT, or names of their own."""
_MT_HEADING: Final = re.compile(r"[A-Z0-9 ]{0,60}|:?94[02]:?|\{.*", re.ASCII)
_MT_FIELD: Final = re.compile(r"^(?:\{4:)?:(20|21|25P?|28C?|60[FM]|34F|61):", re.M)


def recognise(content: bytes) -> str | None:
    """The format of a file; None for what may be a table.

    Raises:
        InvalidLine: it is a web page, or XML that is no statement.
    """
    head = head_of(content)
    start = head[_whole_prolog(head) :]
    if _OFX.match(start):
        return OFX
    if _QIF.match(start):
        return QIF
    if start.startswith("<"):
        return _xml(head, start)
    return MT940 if _is_swift(head) else None


def _whole_prolog(head: str) -> int:
    found = _PROLOG.match(head)
    return found.end() if found else 0


def _xml(head: str, start: str) -> str | None:
    root = _ROOT.match(start)
    name = root[1] if root else ""
    if name.lower() in ("html", "head", "body", "table", "meta", "script"):
        raise InvalidLine(
            "the file is not a statement but a web page (HTML)",
            advice="the bank may have sent an error instead of the statement; open the file to see "
            "what it says, and download the statement again",
        )
    declared = head.lstrip().startswith("<?xml")
    if start.startswith("<!DOCTYPE") or "iso:20022" in head or name == "Document":
        return ISO_20022
    if declared:
        raise InvalidLine(
            f"the file is XML ({name or 'without any element'}), but neither OFX nor a statement "
            "of ISO 20022 (camt)",
            advice="download the statement from the bank as camt.053, OFX, MT940 or CSV",
        )
    return None


def _is_swift(head: str) -> bool:
    """Whether a text has the first fields of an MT940, at the start of lines near its top."""
    lines = head.replace("\r\n", "\n").replace("\r", "\n")
    first = _MT_FIELD.search(lines)
    if first is None:
        return False
    before = [line.rstrip() for line in lines[: first.start()].split("\n")]
    if len(before) > _MT_HEAD or not all(map(_MT_HEADING.fullmatch, before)):
        return False
    return len({found[1][:2] for found in _MT_FIELD.finditer(lines[:4_000])}) > 1
