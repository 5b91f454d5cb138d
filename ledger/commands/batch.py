"""Running a batch: all or nothing, or as much of it as is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import chain, islice
from typing import Final

from ledger.commands.batch_input import Entry
from ledger.commands.batch_lines import Line, command_in
from ledger.commands.command import Command
from ledger.commands.results import BatchReport, WriteResult
from ledger.errors import InvalidInput, LedgerError, NotFound, RuleViolation, VersionConflict

Execute = Callable[[Command, str | None, int | None], WriteResult]
"""Carries out a command, with its idempotency key and its expected version."""

OnLine = Callable[[int, WriteResult | LedgerError], None]
"""Told what became of a line; nothing is committed yet then."""

# What a line may be refused for; anything else that goes wrong ends the batch.
_REFUSALS = (InvalidInput, RuleViolation, NotFound, VersionConflict)

_READ_AHEAD: Final = 10_000
"""Lines; more of them are not held in memory, however many a transaction has."""


class NothingIsKept(Exception):
    """Ends the transaction of a rehearsal."""


def run_batch(
    entries: Iterator[Entry],
    execute: Execute,
    bulk: Callable[[], AbstractContextManager[None]],
    *,
    on_line: OnLine | None,
    on_commit: Callable[[], None],
    continue_on_error: bool,
    commit_every: int | None,
    dry_run: bool,
) -> BatchReport:
    """Carry out the commands of a batch.

    Args:
        bulk: one transaction.
        on_line, on_commit: see `WriteSide.batch`.
        continue_on_error: leave out what is refused, and go on.
        commit_every: lines a transaction; None for one transaction.
        dry_run: carry out everything, and keep nothing.
    """
    report = BatchReport()
    for run in _runs(entries, None if dry_run else commit_every):
        try:
            with bulk():
                for number, entry in run:
                    outcome = _outcome(number, entry, execute)
                    report.count(outcome)
                    if isinstance(outcome, LedgerError) and not continue_on_error:
                        raise outcome
                    if on_line:
                        on_line(number, outcome)
                if dry_run:
                    raise NothingIsKept
        except NothingIsKept:
            pass
        on_commit()
    return report


def _outcome(number: int, line: Line | LedgerError, execute: Execute) -> WriteResult | LedgerError:
    """What became of one line: a result, or why it was refused."""
    if isinstance(line, LedgerError):
        return line
    try:
        return execute(command_in(line), line.idempotency_key, line.expected_version)
    except _REFUSALS as refusal:
        return refusal.at_line(number)
    except LedgerError as failure:
        raise failure.at_line(number) from failure.__cause__


def _runs(entries: Iterator[Entry], size: int | None) -> Iterator[Iterable[Entry]]:
    """The entries in runs of a size; all in one where there is none."""
    if size is None:
        yield entries
        return
    for first in entries:
        # Read before the transaction begins: a slow writer of lines must not keep the write lock.
        ahead = [first, *islice(entries, min(size, _READ_AHEAD) - 1)]
        yield chain(ahead, islice(entries, size - len(ahead)) if size > _READ_AHEAD else ())
