"""Reading dates by formats in the notation of ``strptime``, whatever the machine's locale.

``%b`` and ``%B`` are both any name or abbreviation of a month in the languages of statements,
``%a`` and ``%A`` those of a weekday; ``%f`` takes any number of digits, ``%z`` also ``UTC`` and
``GMT``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Final

from ledger.bank_statements.words.month_names import NAME, is_weekday, month_number

_LONGEST: Final = 100
"""Characters; no date has so many."""
_PIECE: Final = re.compile(r"%(.)|(\s+)|([^%\s])", re.DOTALL)
_DIRECTIVES: Final = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "d": "[0-9]{1,2}",
    "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": "[0-9]{1,2}",
    "f": "[0-9]+",
    "p": r"[ap]\.?\s?m\.?",
    "b": NAME,
    "a": rf"{NAME}(?:-[^\W\d_]+)?",
    "z": r"Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?",
}
_SAME: Final = {"B": "b", "h": "b", "A": "a"}
_TIME_OF_DAY: Final = re.compile("%[HIM]")

Parsed = date | datetime | None
Parse = Callable[[str], Parsed]


def parse_date(text: str, date_format: str) -> Parsed:
    """A date, or a date and time where the format has a time; None for what is not in the format.

    An apostrophe before it, with which spreadsheets keep a text, is ignored.
    """
    return None if len(text) > _LONGEST else _parser(date_format)(text.strip().removeprefix("'"))


@cache
def _parser(date_format: str) -> Parse:
    pattern = _pattern(date_format)
    with_time = _TIME_OF_DAY.search(date_format) is not None
    if pattern is None:
        return _by_strptime(date_format, with_time)

    def parse(text: str) -> Parsed:
        found = pattern.fullmatch(text)
        try:
            return None if found is None else _moment(found.groupdict(), with_time)
        except ValueError:
            return None

    return parse


def _by_strptime(date_format: str, with_time: bool) -> Parse:
    def parse(text: str) -> Parsed:
        try:
            moment = datetime.strptime(text, date_format)  # noqa: DTZ007 - the rules have the zone
        except (ValueError, re.error):
            return None
        return moment if with_time else moment.date()

    return parse


def _pattern(date_format: str) -> re.Pattern[str] | None:
    """The regular expression of a format; None for one with rarer directives."""
    source, seen, before = "", set[str](), ""
    pieces = list(_PIECE.finditer(date_format))
    for at, piece in enumerate(pieces):
        directive, blank, literal = piece.groups()
        if directive == "%":
            source += "%"
        elif directive is not None:
            directive = _SAME.get(directive, directive)
            if directive in seen or directive not in _DIRECTIVES:
                return None
            seen.add(directive)
            digits = _DIRECTIVES[directive]
            # Next to other digits, as in 20260101, a number has all of its own.
            after = pieces[at + 1].group() if at + 1 < len(pieces) else ""
            if digits == "[0-9]{1,2}" and (_is_number(before) or _is_number(after)):
                digits = "[0-9]{2}"
            source += rf"(?P<{directive}>{digits})" + (r"\.?" if directive in "ab" else "")
        else:
            source += r"\s+" if blank else re.escape(literal)
        before = piece.group()
    if not ({"d", "Y"} <= seen or {"d", "y"} <= seen) or not seen & {"m", "b"}:
        return None
    return re.compile(source, re.IGNORECASE)


def _is_number(piece: str) -> bool:
    return piece[:1] == "%" and piece[1:] in "YymdHIMSf"


def _moment(found: dict[str, str | None], with_time: bool) -> Parsed:
    def number(directive: str) -> int:
        return int(found.get(directive) or 0)

    month = month_number(found["b"] or "") if "b" in found else number("m")
    if month is None or not is_weekday(found.get("a") or "mon"):
        return None
    year = number("Y")
    if "y" in found:
        year = number("y") + (2000 if number("y") < 69 else 1900)
    if not with_time:
        return date(year, month, number("d"))
    hour = number("H")
    if "I" in found:
        hour = number("I")
        if not 1 <= hour <= 12:
            return None
        half = (found.get("p") or "").casefold()[:1]
        hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    microsecond = int((found.get("f") or "0")[:6].ljust(6, "0"))
    zone = _zone(found.get("z"))
    return datetime(
        year, month, number("d"), hour, number("M"), number("S"), microsecond, tzinfo=zone
    )


def _zone(offset: str | None) -> tzinfo | None:
    if offset is None:
        return None
    if offset[0] not in "+-":
        return UTC
    digits = offset[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(ahead if offset[0] == "+" else -ahead)
