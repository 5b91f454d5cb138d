"""The keys of entries that were imported from a bank's statement, in today's form.

Those of format 1 hold a digest of the entry's description, with which a guess can be tested. Those
of today, ``import:ACCOUNT:MOMENT:AMOUNT:NUMBER``, say nothing of it; see
`ledger.bank_statements.matching.deduplication`, which finds by them what is there already.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import NamedTuple

from ledger.domain.events import AccountOpened, Movement
from ledger.domain.instant import EPOCH
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.requests import keyed_request
from ledger.migration.format1.statement_keys import content_hash_in, likely_moment, moment_of
from ledger.times.zones import load_zone


class TodaysKey(NamedTuple):
    """A key of today, and whether the entry that came with it is as its statement had it."""

    key: str
    sure: bool = True


class StatementKeys:
    """Gives the events of a log, in their order, the keys of today.

    Args:
        zone: IANA name of the new book's, in which most statements will have been read.
    """

    def __init__(self, zone: str) -> None:
        self._zone = load_zone(zone)
        self._opened_at: dict[str, int] = {}
        self._numbers: Counter[str] = Counter()

    def see(self, event: Format1Event, known: object) -> None:
        """Learn from an event what later ones need; ``known`` is what it means today."""
        if type(known) is AccountOpened:
            self._opened_at[event.stream_id] = event.effective_at

    def todays_key(self, event: Format1Event, known: object, stream_id: str) -> TodaysKey | None:
        """The key of today for an event; None where none came with it.

        A key stays as it was where no statement's entry came with it.

        Args:
            known: what the event means today.
            stream_id: where it goes.
        """
        keyed = keyed_request(event)
        if keyed is None:
            return None
        content_hash = content_hash_in(keyed.key, event.stream_id)
        if not content_hash or not isinstance(known, Movement):
            return TodaysKey(keyed.key)
        at, opened_at = event.effective_at, self._opened_at.get(event.stream_id)
        offset = self._offset_at(at)
        moment = moment_of(
            content_hash,
            effective_at=at,
            amount=known.signed_amount,
            description=known.words,
            opened_at=opened_at,
            likely=offset,
        )
        likely = moment or likely_moment(at, offset, at_opening=at == opened_at)
        prefix = f"import:{stream_id}:{likely}:{known.signed_amount}:"
        self._numbers[prefix] += 1
        return TodaysKey(f"{prefix}{self._numbers[prefix]}", sure=moment is not None)

    def _offset_at(self, instant: int) -> timedelta:
        moment = EPOCH + timedelta(microseconds=instant)
        return moment.astimezone(self._zone).utcoffset() or timedelta()
