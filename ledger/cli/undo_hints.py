"""What to type instead of undoing a run that did more than record entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import takewhile
from typing import Final

from ledger.cli.entries import Entries
from ledger.cli.environment import Environment
from ledger.cli.file_hints import followed_by
from ledger.cli.retyped import command
from ledger.cli.taken_back import TakingBack
from ledger.domain.book import BOOK_STREAM
from ledger.domain.book_events import BookCreated, PeriodUnlocked
from ledger.domain.events import EntryAmended, EntryReversed, Movement
from ledger.domain.validation import is_id
from ledger.errors import LedgerError
from ledger.eventstore.codec import decode_event
from ledger.eventstore.metadata import came_via, written_by
from ledger.eventstore.records import RecordedEvent
from ledger.ledger import Ledger

_FEW: Final = 5
"""So many commands are named; of more, where to look."""


def instead_of_undoing(env: Environment, error: LedgerError) -> str:
    """The commands that take back what a run did, the last of it first."""
    first, last = error.details["from_position"], error.details["to_position"]
    with suppress(LedgerError), env.ledger() as ledger:
        log = ledger.events(raw=True, from_position=int(str(first)))
        until = takewhile(lambda recorded: recorded.position <= int(str(last)), log)
        run = _of_first_run(until)
        accounts = {each.stream_id for each in run} - {BOOK_STREAM}
        if not all(map(is_id, accounts)):  # a file made by hand; no command takes such an id
            return error.advice
        if all(written_by(each.metadata).command == "undo" for each in run):
            return _Run(env, ledger, run).recorded_again(error.advice)
        return _Run(env, ledger, run).taken_back(error.advice)
    return error.advice


def _of_first_run(log: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    found: list[RecordedEvent] = []
    for recorded in log:
        if not found or written_by(recorded.metadata).run == written_by(found[0].metadata).run:
            found.append(recorded)
    return found


class _Run:
    """What a run recorded, in the order of the log."""

    def __init__(self, env: Environment, ledger: Ledger, run: Sequence[RecordedEvent]) -> None:
        self._env = env
        self._ledger = ledger
        self._run = run
        self._at = {recorded.position: recorded for recorded in run}
        self._back = TakingBack(env, ledger)

    def taken_back(self, advice: str) -> str:
        """The commands that take it back."""
        entries = [each for each in self._run if _is_entry(each)]
        others = [each for each in self._run if self._is_no_entry(each)]
        if len(others) > _FEW:
            return f"{advice}; to see what it did: {self._log()}"
        if not entries and len(others) == 1 and others[0].event_type == "AccountOpened":
            return followed_by(advice, self._back.opened(others[0].stream_id))
        many = len(entries) > _FEW
        if many:
            advice += f"; to see its {len(entries)} entries: {self._where(entries)}"
        # The last goes first, since it may need what was before.
        wanted = sorted(others if many else [*entries, *others], key=_position, reverse=True)
        commands = [each for recorded in wanted for each in self._commands(recorded)]
        if not commands:
            if any(each.event_type == "PeriodLocked" for each in others):
                log = command(self._env, "events")
                return f"the period is unlocked already; to see what was before: {log}"
            return advice
        return f"{advice}{'; then' if many else ''}: {'; then: '.join(commands)}"

    def recorded_again(self, advice: str) -> str:
        """The commands that record again what it reversed, where it was an undo."""
        undone: list[tuple[Entries, int]] = []
        for recorded in filter(self._is_no_entry, self._run):
            event = decode_event(recorded)
            assert isinstance(event, EntryReversed)
            undone.append((self._back.entries(recorded.stream_id), event.reverses))
        if came_via(self._recorded(*undone[0]).metadata) == "import":
            return "the file can be imported again"
        if len(undone) > _FEW:
            return f"{advice}; to see them: {self._where(self._run)}"
        again = (self._back.reversed(found, version) for found, version in undone)
        return followed_by(advice, "; then: ".join(filter(None, again)))

    def _commands(self, recorded: RecordedEvent) -> list[str]:
        account, version = recorded.stream_id, recorded.version
        if not _is_entry(recorded):
            return self._back.commands(account, version)
        if self._back.entries(account).entries[version].reversed_by:
            return []
        return [command(self._env, "reverse", account, str(version))]

    def _is_no_entry(self, recorded: RecordedEvent) -> bool:
        """Whether it is something else; of two sides of a transfer the sent one."""
        event = decode_event(recorded)
        if isinstance(event, Movement | BookCreated | PeriodUnlocked):  # no run of its own
            return False
        before = self._at.get(recorded.position - 1)
        if before is None or before.event_type != recorded.event_type:
            return True
        if isinstance(event, EntryReversed | EntryAmended):
            version = event.reverses if isinstance(event, EntryReversed) else event.amends
            entry = self._back.entries(recorded.stream_id).entries[version].event
            return entry.direction < 0 or getattr(entry, "counterparty", "") != before.stream_id
        return True

    def _recorded(self, found: Entries, version: int) -> RecordedEvent:
        return next(self._ledger.events(raw=True, from_position=found.positions[version]))

    def _where(self, entries: Sequence[RecordedEvent]) -> str:
        """The commands that show some entries."""
        accounts = list(dict.fromkeys(each.stream_id for each in entries))
        if len(accounts) > _FEW:
            return self._log()
        return "; ".join(command(self._env, "history", account) for account in accounts)

    def _log(self) -> str:
        since = str(self._run[0].position)
        return command(self._env, "events", "--from-position", since)


def _position(recorded: RecordedEvent) -> int:
    return recorded.position


def _is_entry(recorded: RecordedEvent) -> bool:
    """Whether it is an entry by itself; of two sides of a transfer the sent one."""
    event = decode_event(recorded)
    if not isinstance(event, Movement) or written_by(recorded.metadata).command == "correct":
        return False
    return not (event.between_accounts and event.direction > 0)
