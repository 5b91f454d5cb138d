"""The period of a page, in words."""

from __future__ import annotations

from typing import NamedTuple

from ledger.exchange.exports import Extract
from ledger.exchange.page.wording import period_words
from ledger.queries.account_sets import account_set
from ledger.queries.entry_rows import KNOWN, TABLE, entry_rows


class PeriodWords(NamedTuple):
    """What is said of a period.

    Attributes:
        name: ``2026-01-01 to 2026-12-31``.
        unfinished: the day on which the page is made where that is before the last one, else empty.
    """

    name: str
    unfinished: str


def period_of(part: Extract) -> PeriodWords:
    """The period of an extract; of all entries, from the first to the last one."""
    zone, to_us = part.zone, part.to_us
    if words := period_words(zone, part.from_us, to_us):
        made = zone.day_of(part.made_us)
        if to_us is None or made >= zone.day_of(to_us):
            return PeriodWords(words, "")
        return PeriodWords(f"{words}, as of {made}", made.isoformat())
    first, last = _ends(part, "is_entry = 1")
    if first is None or last is None:
        return PeriodWords("all entries", "")
    return PeriodWords(f"all entries, {zone.day_of(first)} to {zone.day_of(last)}", "")


def period_notes(part: Extract) -> tuple[str, ...]:
    """What to know of a period that is before all there is."""
    first, _ = _ends(part, "version = 1")
    if first is None or part.to_us is None or first <= part.to_us:
        return ()
    day = part.zone.day_of(first)
    return (f"no account was open yet in this period: the first one was opened on {day}",)


def _ends(part: Extract, which: str) -> tuple[int | None, int | None]:
    """When the first and the last one of some rows happened (µs UTC), of all times."""
    among, ids = account_set(part.source, part.accounts, check=False).condition("account_id")
    with entry_rows(part.source, part.point) as entries:
        ((first, last),) = entries.ask(
            f"SELECT min(effective_at), max(effective_at) FROM {TABLE} "
            f"WHERE {KNOWN} AND {which} AND {among}",
            (*entries.known, *ids),
        )
    return first, last
