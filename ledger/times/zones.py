"""The time zones that a book may keep: the places of the IANA database, and UTC.

They are read from the package ``tzdata`` alone, and never from the machine's own files, so that a
zone means the same wherever the same packages are installed.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, tzinfo
from functools import cache
from typing import Final

from ledger.errors import InvalidTime

ADVICE: Final = (
    "name a place whose clocks the book keeps, such as Europe/Berlin or America/New_York, or UTC"
)
_UTC: Final = r"(?i)(Etc/)?(UTC|UCT|GMT|Zulu|Universal|Greenwich)([+-]?0{1,2}(:?00)?)?"
_OFFSET: Final = r"(?i)\s*(UTC|GMT|Z)?\s*[+-]\s*\d{1,2}(:?\d\d)?\s*"
_ABBREVIATION: Final = r"[A-Z]{1,4}T(\d+[A-Z]{3,4})?|MSK|[A-Z]{3}\d+[A-Z]{3}"


def check_zone(name: str) -> None:
    """Whether a book may keep this time zone.

    A place (``Europe/Berlin``) or ``UTC`` will do. Abbreviations and other names without a place
    will not, though the database has a few: `CET` and `EST` are read differently by people, and
    have meant different things in different editions of the database.

    Raises:
        InvalidTime: it is no such zone; the advice proposes what may have been meant.
    """
    if name in known_zones():
        return
    if not name.strip():
        raise InvalidTime("the time zone is empty", advice=ADVICE, time_zone=name)
    likely = _likely(name)
    raise InvalidTime(
        f"{_shown(name)} {_objection(name)}",
        advice=f"did you mean {' or '.join(likely)}?" if likely else ADVICE,
        time_zone=name,
    )


def is_utc(name: str) -> bool:
    """Whether this is one of the many names of UTC (`GMT0`, `Zulu`)."""
    return re.fullmatch(_UTC, name) is not None


@cache
def known_zones() -> frozenset[str]:
    """The names of all time zones that a book may keep."""
    return frozenset({"UTC", *(name for name in _names() if "/" in name)})


@cache
def load_zone(name: str) -> tzinfo:
    """The rules of a time zone.

    Raises:
        InvalidTime: this machine does not know it.
    """
    if name in ("UTC", "Etc/UTC"):  # spares the import of zoneinfo
        return UTC
    if name not in known_zones():
        raise InvalidTime(
            f"the time zone {_shown(name)} is not known here",
            advice="it may be newer than the time zone data installed here: upgrade tzdata",
            time_zone=name,
        )
    from zoneinfo import ZoneInfo

    with open(_path(name), "rb") as data:
        return ZoneInfo.from_file(data, key=name)


def zone_file(name: str) -> str | None:
    """Where the rules of a time zone stand that `load_zone` knows; None of UTC, which has none."""
    return None if name in ("UTC", "Etc/UTC") else _path(name)


def _path(name: str) -> str:
    return os.path.join(_folder(), "zoneinfo", *name.split("/"))


def _folder() -> str:
    import tzdata

    return os.path.dirname(str(tzdata.__file__))


@cache
def _names() -> tuple[str, ...]:
    with open(os.path.join(_folder(), "zones"), encoding="ascii") as lines:
        return tuple(lines.read().split())


def _shown(name: str) -> str:
    return ascii(name if len(name) <= 60 else f"{name[:60]}…")


def _objection(name: str) -> str:
    if re.fullmatch(_OFFSET, name):
        return "is an offset, and not a time zone, which knows about summer time too"
    if re.fullmatch(_ABBREVIATION, name):
        return "is an abbreviation, and does not say whose clocks are meant"
    return "is not a time zone"


def _likely(name: str) -> list[str]:
    """At most three zones that may have been meant by something that is none."""
    wanted = _key(name)
    if is_utc(wanted):
        return ["UTC"]
    if re.fullmatch(_OFFSET, name) or re.fullmatch(_ABBREVIATION, name):
        return []
    places = {_key(known): known for known in sorted(known_zones())}
    if wanted in places:
        return [places[wanted]]
    if name in _names():
        return _place_of(name)
    by_city = [known for key, known in places.items() if key.rpartition("/")[2] == wanted]
    return by_city[:3] or _similar(wanted, places)


def _similar(wanted: str, places: dict[str, str]) -> list[str]:
    from difflib import get_close_matches

    if len(wanted) > 60:
        return []
    by_city = {key.rpartition("/")[2]: known for key, known in places.items() if len(key) > 3}
    found = [places[key] for key in get_close_matches(wanted, places, n=3, cutoff=0.75)]
    cities = get_close_matches(wanted.rpartition("/")[2], by_city, n=3, cutoff=0.85)
    return list(dict.fromkeys([*found, *(by_city[key] for key in cities)]))[:3]


def _key(name: str) -> str:
    """A name without its case and with one spelling of spaces, to compare by."""
    return "_".join(name.casefold().replace("_", " ").split())


def _place_of(name: str) -> list[str]:
    """The place that an older name of one word (`Japan`) stands for."""
    with open(os.path.join(_folder(), "zoneinfo", "tzdata.zi"), encoding="utf-8") as lines:
        links = [line.split() for line in lines if line.startswith("L ")]
    return [link[1] for link in links if link[2] == name and link[1] in known_zones()]
