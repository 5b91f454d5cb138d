"""The keys that an import of a bank's statement drew in format 1.

A key is ``import:ACCOUNT:HASH:OCCURRENCE``. HASH is the start of the SHA-256 of three lines, joined
by ``\\n``: the entry's date or date and time as the statement had it, in ISO 8601; its signed
amount in minor units; and its description without differences of spaces, case and Unicode's
spellings. The event has the amount and the description, and the date only as an instant. In which
zone the statement was read is not stored, but the hash tells it: of all the dates that an instant
may have been, only the right one gives it.

It gives none where the line was edited on its way through a batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from hashlib import sha256
from typing import Final
from unicodedata import normalize

_KEY: Final = re.compile(r"import:(.+):([0-9a-f]{32}):[0-9]+", re.ASCII | re.DOTALL).fullmatch

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MIDNIGHT: Final = time()
_OFFSETS: Final = tuple(timedelta(minutes=15 * number) for number in range(-48, 57))
"""From UTC, all that have been in use since 1972."""

_SECONDS_OF_A_DAY: Final = 86_400


def content_hash_in(key: str, account_id: str) -> str:
    """The HASH in a key of an account's; empty where it is no such key."""
    found = _KEY(key)
    return found[2] if found and found[1] == account_id else ""


def moment_of(
    content_hash: str,
    *,
    effective_at: int,
    amount: int,
    description: str,
    opened_at: int | None,
    likely: timedelta,
) -> str | None:
    """The date, or date and time, that an entry had in its statement, as ISO 8601.

    Args:
        effective_at: µs UTC.
        amount: signed minor units.
        opened_at: when the account was opened (µs UTC); what a statement has before that on the
            same day was dated there.
        likely: the offset from UTC to try first.

    Returns:
        None where no date gives the hash.
    """
    words = " ".join(normalize("NFKC", description).casefold().split())
    at_opening = effective_at == opened_at
    for moment in _moments(effective_at, (likely, *_OFFSETS), at_opening=at_opening):
        content = f"{moment}\n{amount}\n{words}"
        if sha256(content.encode()).hexdigest().startswith(content_hash):
            return moment
    return None


def likely_moment(effective_at: int, offset: timedelta, *, at_opening: bool) -> str:
    """What the date in the statement most likely was, where no hash tells it."""
    local = _local(effective_at, offset)
    return (local.date() if at_opening or local.time() == _MIDNIGHT else local).isoformat()


def _moments(effective_at: int, offsets: Iterable[timedelta], *, at_opening: bool) -> Iterator[str]:
    """All that an instant may have been in a statement, the likely ones first."""
    days: set[date] = set()
    for offset in offsets:
        local = _local(effective_at, offset)
        if at_opening or local.time() == _MIDNIGHT:
            yield local.date().isoformat()
        yield local.isoformat()
        yield local.replace(tzinfo=timezone(offset)).isoformat()
        days.add(local.date())
    if at_opening:
        for day in sorted(days):
            midnight = datetime.combine(day, _MIDNIGHT)
            for second in range(_SECONDS_OF_A_DAY):
                yield (midnight + timedelta(seconds=second)).isoformat()


def _local(instant: int, offset: timedelta) -> datetime:
    """What clocks that differ from UTC by an offset show at an instant (µs UTC)."""
    moment = (_EPOCH + timedelta(microseconds=instant)).replace(tzinfo=None)
    try:
        return moment + offset
    except OverflowError:  # on the first and the last day of the calendar
        return moment
