"""Asking for the time zone of a new ledger."""

from __future__ import annotations

from ledger.cli.streams import Streams
from ledger.errors import InvalidTime
from ledger.times.machine_zone import machine_zone
from ledger.times.zones import check_zone, is_utc


def asked_zone(streams: Streams) -> str | None:
    """The zone that a person names; None where the machine's own is of a place."""
    try:
        if not is_utc(machine_zone()):
            return None
    except InvalidTime as error:
        streams.say(error.message)
    while True:
        answer = streams.ask(
            "In which time zone are these books kept? Such as Europe/Berlin [UTC]:"
        )
        if answer is None:
            return "UTC"
        try:
            check_zone(answer)
        except InvalidTime as error:
            streams.say(f"{error.message}; {error.advice}")
        else:
            return answer
