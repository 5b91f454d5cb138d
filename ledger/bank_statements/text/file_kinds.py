"""Files that people mistake for CSV, and what they are."""

from __future__ import annotations

import re
from typing import Final

from ledger.errors import InvalidLine

AS_CSV: Final = "download the statement from the bank as CSV"
_SAVE_AS_CSV: Final = f"{AS_CSV}, or open it in a spreadsheet program and save it as CSV there"

_HTML: Final = "a web page (HTML)"
_JSON: Final = "JSON"
_SIGNATURES: Final = {
    b"PK\x03\x04": "a ZIP file, such as a spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old office document, such as a spreadsheet",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf\x27\x1c": "a compressed file",
    b"\x89PNG\r\n": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "an SQLite database",
    b"{\\rtf": "a text document (RTF)",
}
"""By the first bytes."""
_PDF: Final = re.compile(rb"%PDF-[0-9]\.[0-9]")
_PDF_WITHIN: Final = 1_024
"""Bytes; viewers look no further for its beginning either."""
_COMMENTS: Final = re.compile(r"\s*(?:<!--.*?(?:-->\s*|\Z))*+", re.DOTALL)
_HTML_TAGS: Final = (
    r"!doctype html|html|head|body|title|meta|link|script|style|base|table|thead|tbody|tr|td|th|div"
    r"|span|p|br|hr|h[1-6]|a|b|i|u|em|strong|font|center|pre|code|img|svg|ul|ol|li|dl|form|input"
    r"|button|label|select|iframe|noscript|main|section|article|header|footer|nav|aside"
)
_HTML_TAG: Final = re.compile(rf"<(?:{_HTML_TAGS})(?:\s[^<>]*)?/?>|<(?:!doctype)\s+html", re.I)
_TAG: Final = re.compile(r"<([A-Za-z_][\w:.-]*)(?:\s[^<>]*)?>")
_OBJECT: Final = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{])")
_ARRAY: Final = re.compile(r"\s*\[\s*(?:\]|\"|(?:-?[0-9][0-9.eE+-]*|true|false|null)\s*[,\]])")
_STRING: Final = re.compile(r'\s*"(?:[^"\\\r\n]|\\.)*+"\s*')


def check_signature(content: bytes) -> None:
    """Check that the first bytes of a file are not those of another kind.

    Raises:
        InvalidLine: they are; the error says what it is.
    """
    for signature, what in _SIGNATURES.items():
        if content.startswith(signature):
            raise _other(what, _SAVE_AS_CSV if "spreadsheet" in what else AS_CSV)
    if _PDF.search(content, 0, _PDF_WITHIN):
        raise _other("a PDF", AS_CSV)


def check_text(text: str) -> None:
    """Check that a text is neither a web page nor XML nor JSON.

    Raises:
        InvalidLine: it is.
    """
    what = _what(text)
    if what:
        raise _other(what, _SAVE_AS_CSV)


def _what(text: str) -> str:
    begun = _COMMENTS.match(text)
    start = begun.end() if begun else 0
    if _HTML_TAG.match(text, start):
        return _HTML
    if text.startswith("<?xml", start):
        return "XML"
    tag = _TAG.match(text, start)
    if tag is not None and f"</{tag[1]}" in text:
        return "XML"
    if text.lstrip().startswith("<!--"):
        return f"{_HTML} or XML"
    if _OBJECT.match(text) or _STRING.fullmatch(text):
        return _JSON
    return _JSON if _ARRAY.match(text) and text.rstrip().endswith("]") else ""


def _other(what: str, advice: str) -> InvalidLine:
    return InvalidLine(f"the file is not CSV but {what}", advice=advice)
