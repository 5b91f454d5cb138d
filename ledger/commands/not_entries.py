"""The refusals of what can be done to entries alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ledger.domain.events import EntryAmended, EntryReversed, Movement
from ledger.errors import NotReversible
from ledger.eventstore.codec import decode_event, known_event_class
from ledger.eventstore.metadata import written_by
from ledger.eventstore.records import RecordedEvent

_NAMED: Final = 3
"""So many things that a run did are named; more are not."""


class _NoEntry(NamedTuple):
    """An event that is no entry.

    Attributes:
        what: what it is, to its account.
        did: what who recorded it did to an account, or to the version of an entry there.
        instead: what to do instead of reversing it.
    """

    what: str
    did: str
    instead: str


def not_an_entry(recorded: RecordedEvent) -> NotReversible:
    """The refusal where a version is named that is no entry."""
    found = _found(recorded)
    return NotReversible(
        f"version {recorded.version} of account {recorded.stream_id} is no entry, but {found.what}",
        advice=found.instead,
        **_details(recorded),
    )


def not_entries_alone(run: Sequence[RecordedEvent]) -> NotReversible | None:
    """The refusal to undo a run, where it recorded anything but entries; else None.

    Args:
        run: all that it recorded, in the order of the log.
    """
    others = [each for each in run if not _is_entry(each)]
    if not others:
        return None
    details = {
        **_details(others[-1]),
        "from_position": run[0].position,
        "to_position": run[-1].position,
    }
    if all(_command(each) == "undo" for each in run):
        return NotReversible(
            "your last run was an undo, which is not undone again",
            advice="record the entries again instead",
            **details,
        )
    others = [each for each in others if each.event_type != "BookCreated"] or others
    entries = any(_is_entry(each) and _command(each) != "correct" for each in run)
    done = list(dict.fromkeys(map(_done, others)))
    if len(done) > _NAMED:
        done[_NAMED:] = ["more"]
    named = " and ".join(filter(None, (", ".join(done[:-1]), done[-1])))
    alone = not entries and len({_kind(each) for each in others}) == 1
    return NotReversible(
        f"your last run did more than record entries: it {named}"
        if entries
        else f"only entries can be undone, and your last run {named}",
        advice=_found(others[-1]).instead if alone else "take each of these back by itself",
        **details,
    )


def _is_entry(recorded: RecordedEvent) -> bool:
    kind = known_event_class(recorded.event_type)
    return kind is not None and issubclass(kind, Movement)


def _details(recorded: RecordedEvent) -> dict[str, object]:
    return {
        "account_id": recorded.stream_id,
        "version": recorded.version,
        "event_type": recorded.event_type,
    }


def _command(recorded: RecordedEvent) -> str:
    return written_by(recorded.metadata).command


def _kind(recorded: RecordedEvent) -> str:
    corrects = recorded.event_type == "EntryReversed" and _command(recorded) == "correct"
    return "correction" if corrects else recorded.event_type


def _found(recorded: RecordedEvent) -> _NoEntry:
    name = recorded.event_type
    own = _NoEntry(name, f"recorded {name} for {{account}}", "what recorded it may take it back")
    return _NO_ENTRIES.get(_kind(recorded), own)


def _done(recorded: RecordedEvent) -> str:
    """What who recorded an event did."""
    event, entry = decode_event(recorded), 0
    if isinstance(event, EntryReversed | EntryAmended):
        entry = event.reverses if isinstance(event, EntryReversed) else event.amends
    return _found(recorded).did.format(account=recorded.stream_id, entry=entry)


_NO_ENTRIES: Final = {
    "AccountOpened": _NoEntry(
        "its opening", "opened {account}", "an opening is amended, not reversed"
    ),
    "OpeningAmended": _NoEntry(
        "an amendment of its opening",
        "amended the opening of {account}",
        "an opening is amended again, not reversed",
    ),
    "AccountAmended": _NoEntry(
        "an amendment of the account", "amended {account}", "amend the account again"
    ),
    "EntryReversed": _NoEntry(
        "a reversal",
        "reversed version {entry} of {account}",
        "a reversal is not reversed: record the entry again instead",
    ),
    "correction": _NoEntry(
        "the reversal of an entry that was corrected",
        "corrected version {entry} of {account}",
        "correct the entry again, to what it was",
    ),
    "EntryAmended": _NoEntry(
        "an amendment", "amended version {entry} of {account}", "amend the entry again"
    ),
    "AccountClosed": _NoEntry("its closing", "closed {account}", "reopen the account"),
    "AccountReopened": _NoEntry("its reopening", "reopened {account}", "close the account again"),
    "BalanceConfirmed": _NoEntry(
        "a confirmation", "confirmed the balance of {account}", "withdraw the confirmation"
    ),
    "ConfirmationWithdrawn": _NoEntry(
        "the withdrawing of a confirmation",
        "withdrew a confirmation of {account}",
        "confirm the balance again",
    ),
    "PersonalDataErased": _NoEntry(
        "the erasure of its texts",
        "erased the texts of {account}",
        "what was erased is gone for good",
    ),
    "BookCreated": _NoEntry(
        "", "created the ledger", "a ledger that is not wanted is a file that can be deleted"
    ),
    "BookRenamed": _NoEntry("", "renamed the ledger", "rename it again"),
    "TimeZoneChanged": _NoEntry("", "changed the time zone", "change it again"),
    "PeriodLocked": _NoEntry("", "locked a period", "unlock the period"),
    "ClockCorrected": _NoEntry("", "corrected the clock", "withdraw the correction"),
    "ClockCorrectionWithdrawn": _NoEntry(
        "", "withdrew a correction of the clock", "correct the clock again"
    ),
}
"""By event type; the book has no entries at all."""
