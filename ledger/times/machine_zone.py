"""The time zone that this machine keeps, by its IANA name."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Final

from ledger.errors import InvalidTime
from ledger.times.zones import check_zone, is_utc, known_zones, load_zone

_ADVICE: Final = "say which time zone the book keeps, such as Europe/Berlin or UTC"
_SETTING: Final = "/etc/localtime"


def zone_of_new_book(name: str | None) -> str:
    """The time zone that a new book keeps: the named one, else the machine's.

    Raises:
        InvalidTime: there is no such zone, or the machine's settings name none.
    """
    if name is None:
        return machine_zone()
    check_zone(name)
    return name


def machine_zone() -> str:
    """The IANA name of the machine's time zone, for a book that is being created.

    `TZ` counts where it is set. It may name a zone, with a colon before it or as a file of the
    system's zones; set to nothing it is UTC, as it is to every other program. Rules (`EST5EDT`,
    `<+03>-3`) name no place and are refused, and so is what is unknown, which other programs
    silently take for UTC.

    Raises:
        InvalidTime: the machine has no time zone that a book may keep, or its settings disagree.
    """
    setting = os.environ.get("TZ")
    if setting is None or _is_the_machines_own_file(setting):
        return _configured()
    name = _name_of_file(setting.removeprefix(":"))
    if not name or is_utc(name):
        return "UTC"
    try:
        check_zone(name)
    except InvalidTime as error:
        raise InvalidTime(
            f"the environment variable TZ is {setting!a}, which names no time zone of a place",
            advice=error.advice,
            time_zone=setting,
        ) from None
    return name


def _is_the_machines_own_file(setting: str) -> bool:
    path = setting.removeprefix(":")
    return path == _SETTING or (path == "localtime" and os.path.exists(_SETTING))


def _name_of_file(setting: str) -> str:
    """The zone that a file among the system's zones stands for; else what was passed."""
    if not setting.startswith("/"):
        return setting
    for path in (setting, os.path.realpath(setting)):
        name = path.rpartition("/zoneinfo/")[2].removeprefix("posix/")
        if name in known_zones() or is_utc(name):
            return name
    return setting


def _configured() -> str:
    """What the machine is set to, `TZ` apart."""
    import logging

    import tzlocal

    # What it has to say there is said by the errors below.
    logging.getLogger("tzlocal").addHandler(logging.NullHandler())
    kept = os.environ.pop("TZ", None)  # tzlocal would look at it first
    try:
        name = tzlocal.get_localzone_name()
    except (LookupError, OSError, ValueError):
        raise _unclear(
            "this machine's settings do not say clearly in which time zone it is"
        ) from None
    finally:
        if kept is not None:
            os.environ["TZ"] = kept
    if not name:
        if os.path.exists(_SETTING):
            raise _unclear("this machine has a time zone, but not by name")
        return "UTC"  # as every program takes it where nothing is set
    if is_utc(name):
        name = "UTC"
    try:
        check_zone(name)
    except InvalidTime as error:
        raise InvalidTime(
            f"this machine's time zone is set to {name!a}, which names no time zone of a place",
            advice=error.advice,
            time_zone=name,
        ) from None
    check_local_clock(name)
    return name


def check_local_clock(name: str) -> None:
    """Whether the machine's local time is that of a zone, in winter and in summer.

    In a container the file with the zone's name often is the image's, and the rules the host's.

    Raises:
        InvalidTime: it is another.
    """
    zone = load_zone(name)
    year = datetime.now(UTC).year
    for month in (1, 7):
        moment = datetime(year, month, 1, tzinfo=UTC)
        told, kept = moment.astimezone(zone), time.localtime(moment.timestamp())
        if told.utcoffset() != moment.astimezone().utcoffset():
            shown = time.strftime("%Y-%m-%d %H:%M", kept)
            raise _unclear(
                f"this machine's settings disagree: its time zone is said to be {name}, where it "
                f"was {told:%Y-%m-%d %H:%M} when this machine's local time was {shown}"
            )


def _unclear(message: str) -> InvalidTime:
    return InvalidTime(message, advice=_ADVICE)
