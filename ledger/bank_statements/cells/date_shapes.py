"""The formats in which a date may be written, by its shape: 14.02.2025, Feb 14, 2025 and so on."""

from __future__ import annotations

import re
from typing import Final

from ledger.bank_statements.cells.date_parsing import parse_date
from ledger.bank_statements.words.month_names import NAME, bare, is_weekday, month_number

_LONGEST: Final = 100
_WITH_TIME: Final = re.compile(
    r"(?P<day>.+?)(?P<between>t|,?\ )(?P<hour>\d\d?):\d\d(?P<second>:\d\d(?P<fraction>[.,]\d+)?)?"
    r"(?P<half>\ ?[ap]\.?\ ?m\.?)?(?P<zone>\ ?(?:z|utc|gmt|[-+]\d\d(?::?\d\d)?))?",
    re.IGNORECASE | re.ASCII,
)
_YEAR_FIRST: Final = re.compile(r"\d{4}(?P<mark>[-/.] ?)\d\d?(?P=mark)\d\d?(?P<end>\.?)", re.ASCII)
_YEAR_LAST: Final = re.compile(r"\d\d?(?P<mark>[-/.] ?)\d\d?(?P=mark)\d{4}", re.ASCII)
_SHORT: Final = re.compile(r"\d\d?(?P<mark>[-/.])\d\d?(?P=mark)\d\d", re.ASCII)
_DAY_NAME: Final = re.compile(
    rf"\d\d?(?P<first>|\.? ?|[-/]| de )(?P<name>{NAME})\.?(?P<second>|,? |[-/.]| del? )"
    r"(?P<year>\d{4}|\d\d)"
)
_NAME_DAY: Final = re.compile(rf"(?P<name>{NAME})\.? \d\d?(?P<second>,? )\d{{4}}")
_YEAR_NAME: Final = re.compile(rf"\d{{4}}(?P<mark>[-/ ])(?P<name>{NAME})\.?(?P=mark)\d\d?")
_WEEKDAY: Final = re.compile(rf"(?P<name>{NAME}(?:-[^\W\d_]+)?)\.?(?P<mark>,? )(?P<rest>.+)")
_LONG_ABBREVIATIONS: Final = ("sept", "janv", "fevr", "juil", "sett")


def formats_of(text: str) -> list[str]:
    """The formats, as ``strptime`` has them, by which a text is a date, usual ones first."""
    text = " ".join(text.removeprefix("'").split()) if len(text) <= _LONGEST else ""
    timed = _WITH_TIME.fullmatch(text) if ":" in text else None
    day, clock = (text, "") if timed is None else (timed["day"], _clock(timed))
    found = _days(day)
    if not found:
        weekday = _WEEKDAY.fullmatch(day)
        if weekday is not None and is_weekday(weekday["name"]):
            found = [f"%a{weekday['mark']}{each}" for each in _days(weekday["rest"])]
    return [each + clock for each in found if parse_date(text, each + clock) is not None]


def _clock(timed: re.Match[str]) -> str:
    clock = ("%I" if timed["half"] else "%H") + ":%M"
    if timed["second"]:
        clock += ":%S" + (f"{timed['fraction'][0]}%f" if timed["fraction"] else "")
    for part, directive in (("half", "%p"), ("zone", "%z")):
        if timed[part]:
            clock += (" " if timed[part][0] == " " else "") + directive
    return timed["between"].upper() + clock


def _days(day: str) -> list[str]:
    """The formats by whose shape a text may be a day."""
    if len(day) == 8 and day.isdigit():
        # A year of three digits would be a day and a month.
        return [
            each
            for each in ("%Y%m%d", "%d%m%Y", "%m%d%Y")
            if str(getattr(parse_date(day, each), "year", ""))[:2] in ("19", "20")
        ]
    if re.fullmatch(r"\d{4}年\d\d?月\d\d?日", day):
        return ["%Y年%m月%d日"]
    if found := _YEAR_FIRST.fullmatch(day):
        mark = found["mark"]
        return [f"%Y{mark}%m{mark}%d{found['end']}"]
    if found := _YEAR_LAST.fullmatch(day):
        mark = found["mark"]
        day_first, month_first = f"%d{mark}%m{mark}%Y", f"%m{mark}%d{mark}%Y"
        return [day_first] if mark[0] == "." else [day_first, month_first]
    if found := _SHORT.fullmatch(day):
        mark = found["mark"]
        formats = [f"%d{mark}%m{mark}%y", f"%m{mark}%d{mark}%y", f"%y{mark}%m{mark}%d"]
        return formats if mark != "." else [formats[0], formats[2]]
    for shape in (_DAY_NAME, _NAME_DAY, _YEAR_NAME):
        found = shape.fullmatch(day)
        if found is not None and month_number(found["name"]) is not None:
            return [_named(shape, found)]
    return []


def _named(shape: re.Pattern[str], found: re.Match[str]) -> str:
    plain = bare(found["name"])
    name = "%b" if len(plain) <= 3 or plain in _LONG_ABBREVIATIONS else "%B"
    if shape is _DAY_NAME:
        year = "%Y" if len(found["year"]) == 4 else "%y"
        return f"%d{found['first']}{name}{found['second']}{year}"
    if shape is _NAME_DAY:
        return f"{name} %d{found['second']}%Y"
    return f"%Y{found['mark']}{name}{found['mark']}%d"


def is_year_first_short(date_format: str) -> bool:
    """Whether a format has the year first, with two digits."""
    return date_format.removeprefix("%a").lstrip(", ").startswith("%y")
