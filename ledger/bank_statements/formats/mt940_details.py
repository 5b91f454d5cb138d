"""Who and what an entry of an MT940 is about: its field ``:86:``."""

from __future__ import annotations

import re
from typing import Final

from ledger.bank_statements.formats.joining import described

_WIDTH: Final = 65
"""Characters of a full line, which goes on in the next one without a space."""
_PIECE: Final = 27
"""Characters of a full piece of a purpose, which does the same."""

_STRUCTURED: Final = re.compile(r"(?:[0-9]{3})?([?<>~^|])(?=[0-9]{2})", re.ASCII)
_PURPOSE: Final = (*range(20, 30), *range(60, 64))
_NAME: Final = (32, 33)
_BOOKING_TEXT: Final = 0
_SEPA: Final = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+", re.ASCII
)
_CODES: Final = re.compile(
    r"/(TRTP|TRCD|IBAN|BIC|NAME|CNTP|ORDP|BENM|REMI|EREF|PREF|MARF|CSID|PURP|ISDT|RTRN|ADDR|ACCW"
    r"|ULTD|ULTB|ULTC|RETR|SUBN|OCMT|CHGS|EXCH|INFO|SVCL|ID|BUSP|NRTX|UCRD|UDTR)/",
    re.ASCII,
)


def details_text(lines: list[str]) -> str:
    """The description in the lines of a field ``:86:``."""
    structured = _STRUCTURED.match(lines[0])
    if structured is not None:
        return _structured("".join(lines)[structured.end(1) - 1 :], structured[1])
    whole = "".join(lines)
    if len(set(_CODES.findall(whole))) > 1 or _CODES.match(whole):
        return _by_codes(whole)
    return _run_together(lines, _WIDTH)


def extension_text(lines: list[str]) -> str:
    """The description in a field ``:NS:``, for banks that have no ``:86:``.

    Two digits at the start of a line say what it is: up to 14 what for, 15 and 16 who.
    """
    found: dict[bool, list[str]] = {}
    is_name: bool | None = None
    for line in lines:
        numbered = line[:2].isdecimal() and line[:2].isascii()
        if numbered:
            number = int(line[:2])
            is_name = None if number > 16 else number > 14
        if is_name is not None:
            found.setdefault(is_name, []).append(line[2:] if numbered else line)
    return described("".join(found.get(True, ())), " ".join(found.get(False, ())))


def _structured(text: str, mark: str) -> str:
    """The German way: a mark, two digits that say what follows, and a piece of text."""
    _, *pieces = re.split(f"{re.escape(mark)}([0-9]{{2}})", text, flags=re.ASCII)
    found: dict[int, list[str]] = {}
    for number, piece in zip(pieces[::2], pieces[1::2], strict=True):
        found.setdefault(int(number), []).append(piece)
    purpose = _run_together([piece for each in _PURPOSE for piece in found.get(each, ())], _PIECE)
    name = "".join(piece for each in _NAME for piece in found.get(each, ()))
    text, *keyed = _SEPA.split(purpose)
    by_key = dict(zip(keyed[::2], keyed[1::2], strict=True))
    purpose = by_key.get("SVWZ") or text or by_key.get("EREF", "")
    return described(name, purpose) or described("", "".join(found.get(_BOOKING_TEXT, ())))


def _by_codes(text: str) -> str:
    """The Dutch way: codes between slashes, each with a text."""
    before, *parts = _CODES.split(text)
    found: dict[str, str] = {}
    for code, value in zip(parts[::2], parts[1::2], strict=True):
        found.setdefault(code, value.strip().rstrip("/"))
    purpose = found.get("REMI", "")
    if purpose.startswith(("USTD/", "STRD/")):
        purpose = purpose[5:].rpartition("/")[2] if purpose[0] == "S" else purpose[5:].lstrip("/")
    _, _, name, *_ = [*found.get("CNTP", "").split("/"), "", "", ""]
    name = found.get("NAME") or name
    return described(name, purpose or before.strip() or found.get("EREF", ""))


def _run_together(pieces: list[str], full: int) -> str:
    """Pieces of a text; one that fills its room goes on in the next one."""
    text = "".join(piece if len(piece) >= full else f"{piece} " for piece in pieces)
    return " ".join(text.split())
