"""How a command travels where each question to the store takes a while: with a single look.

It is decided on what is read at one moment, and proposed to the store, which appends its events if
nothing of that has changed. Nobody waits for what is decided meanwhile. If it has changed, or if
the command writes more than can be proposed, it is decided again where nobody else can write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from ledger.commands.command import OpenAccount
from ledger.commands.results import WriteResult
from ledger.domain.account import BankAccount
from ledger.domain.book import BOOK_STREAM
from ledger.domain.validation import check_key, is_id
from ledger.errors import VersionConflict
from ledger.eventstore import snapshots
from ledger.eventstore.reading_together import Overtaken, Touched

if TYPE_CHECKING:
    from ledger.commands.command import Command
    from ledger.commands.context import Context
    from ledger.commands.six_steps import SixSteps
    from ledger.eventstore.reading_together import ReadsTogether

_PROPOSALS: Final = 2
"""The first one may rest on what the store remembers from before."""


class _SnapshotDue(Exception):
    """A snapshot is taken with the events that a command appends."""


def in_one_look(handler: SixSteps, command: Command, context: Context) -> WriteResult:
    """Carry out a command.

    Raises:
        LedgerError: it is refused; nothing has changed.
    """
    store = cast("ReadsTogether", handler.store)
    try:
        for _ in range(_PROPOSALS if _can_be_proposed(handler, command) else 0):
            try:
                return _propose(handler, store, command, context)
            except _SnapshotDue:
                break
            except Overtaken:
                continue
        with store.transaction_touching(_touched(handler, command)):
            handler.times.look()
            at, request = handler.asked(command)
            return handler.carry_out(command, context, request, at, handler.repository.load)
    except BaseException:  # the commit may have failed
        handler.repository.forget(command.accounts)
        raise


def _can_be_proposed(handler: SixSteps, command: Command) -> bool:
    """Whether what it writes does not hang on its place in the log, and is not a new stream."""
    if isinstance(command, OpenAccount) or handler.store.surroundings.repeatable:
        return False
    return handler.dispatcher.foresees_rows


def _propose(
    handler: SixSteps, store: ReadsTogether, command: Command, context: Context
) -> WriteResult:
    with store.proposal(_touched(handler, command)) as proposal:
        handler.times.look()
        at, request = handler.asked(command)
        prepared = handler.prepare(command, context, request, at, handler.repository.load)
        if isinstance(prepared, WriteResult):
            return prepared
        for each in prepared.decided[0]:  # a snapshot tells when the last event was recorded
            if handler.is_snapshot_due(each.account.version + 1):
                raise _SnapshotDue
        try:
            handler.append(prepared)
        except VersionConflict:  # what was read later than the look does not go with it
            raise Overtaken from None
    return handler.take_over(command, prepared, proposal.recorded)


def _touched(handler: SixSteps, command: Command) -> Touched:
    """What a command is going to look at."""
    accounts = [each for each in command.accounts if is_id(each)]
    kept = handler.repository.kept
    versions = {each: kept[each].account.version if each in kept else 0 for each in accounts}
    return Touched(
        versions | {BOOK_STREAM: handler.times.version},
        snapshots.fold_fingerprint(BankAccount),
        None if command.idempotency_key is None else check_key(command.idempotency_key),
        handler.dispatcher.rows_of(accounts),
    )
