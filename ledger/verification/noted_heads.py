"""Heads noted earlier: whether the log they were the end of is still part of this one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ledger.errors import DamagedLedger, InvalidOption
from ledger.eventstore.records import Head
from ledger.eventstore.store import EventStore, head_at
from ledger.verification.findings import Finding

_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-fA-F]{8,64})", re.ASCII)


def parse_head(text: str) -> tuple[int, str]:
    """A noted head as its position and the hex digits of its hash.

    Raises:
        InvalidOption: it is not written ``POSITION:HASH`` with 8 to 64 digits of the hash.
    """
    match = _HEAD.fullmatch(text)
    if match is None:
        raise InvalidOption(
            f"{text!a} is not a head",
            advice="write it as reports do, POSITION:HASH, such as 1204:9f86d081884c7d65",
        )
    return int(match[1]), match[2].lower()


def missing_head(store: EventStore, head: Head, position: int, digits: str) -> Iterator[Finding]:
    """What is wrong where a head noted earlier is not part of the log.

    Args:
        head: the end of the log.
    """
    noted = f"{position}:{digits}"
    if position > head.position:
        yield Finding(
            check="head",
            message=f"the log is shorter than when the head {noted} was noted",
            position=head.position + 1,
            expected=noted,
            found=f"the log ends at {head.short}",
        )
        return
    try:
        then = head_at(store, position)
    except DamagedLedger as error:
        yield Finding(check="head", message=error.message, position=position, expected=noted)
        return
    if then is None:
        message, found = f"the event that was the head {noted} is missing", "none"
    elif then.hash.hex().startswith(digits):
        return
    else:
        message = f"the head {noted} is of another log, or the log was changed since it was noted"
        found = f"{position}:{then.hash.hex()[: len(digits)]}"
    yield Finding(check="head", message=message, position=position, expected=noted, found=found)
