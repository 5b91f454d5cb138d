"""Running a batch: all or nothing, or as much of it as is accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Final

from ledger.commands.batch_input import READ_AHEAD, Entry, InputFormat, read_batch
from ledger.commands.bulk import BulkHandler
from ledger.commands.context import Context
from ledger.commands.results import BatchReport, WriteResult
from ledger.errors import InvalidInput, LedgerError, NotFound, RuleViolation, VersionConflict

OnLine = Callable[[int, WriteResult | LedgerError], None]
"""Told what became of a line; nothing is committed yet then."""

_REFUSALS: Final = (InvalidInput, RuleViolation, NotFound, VersionConflict)
"""What a line may be refused for; anything else that goes wrong ends the batch."""

HELD: Final = 10_000
"""Lines; more of them are not held in memory, however many a transaction has."""


def run_batch(
    lines: Iterable[bytes],
    input_format: InputFormat,
    bulk: BulkHandler,
    context: Context,
    *,
    on_line: OnLine | None,
    on_commit: Callable[[], None],
    continue_on_error: bool,
    commit_every: int | None,
    dry_run: bool,
) -> BatchReport:
    """Carry out the commands of a batch; see `Ledger.batch` for the arguments."""
    size = None if dry_run else commit_every
    ahead = min(READ_AHEAD, size or READ_AHEAD)
    entries = read_batch(lines, input_format, ahead)
    report = BatchReport()
    for run in _runs(entries, size):
        with bulk.transaction(on_line, keep=not dry_run):
            for line, entry in _read_ahead(run, ahead, bulk):
                try:
                    if isinstance(entry, LedgerError):
                        raise entry
                    bulk.handle(line, entry, context, report)
                except _REFUSALS as refusal:
                    refusal.at_line(line)
                    bulk.append()  # what came before it is told before it
                    if not continue_on_error:
                        raise
                    report.refused += 1
                    if on_line:
                        on_line(line, refusal)
                except LedgerError as failure:
                    raise failure.at_line(line) from failure.__cause__
        on_commit()
    return report


def _read_ahead(run: Iterable[Entry], ahead: int, bulk: BulkHandler) -> Iterator[Entry]:
    """The entries of a run, with what the next ones are about read together."""
    entries, failure = iter(run), None
    while failure is None:
        block: list[Entry] = []
        try:
            block.extend(islice(entries, ahead))
        except LedgerError as error:  # it is told in its place, after those before it
            failure = error
        bulk.read_ahead(each for _, each in block if not isinstance(each, LedgerError))
        yield from block
        if len(block) < ahead and failure is None:
            return
    raise failure


def _runs(entries: Iterator[Entry], size: int | None) -> Iterator[Iterable[Entry]]:
    """The entries in runs of a size; all in one where there is none."""
    if size is None:
        yield entries
        return
    for first in entries:
        # Read before the transaction begins: a slow writer of lines must not keep the write lock.
        ahead = [first, *islice(entries, min(size, HELD) - 1)]
        yield chain(ahead, islice(entries, size - len(ahead)) if size > HELD else ())
