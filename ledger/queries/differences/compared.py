"""The two states that are to be compared, each of this ledger or of another file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from ledger.commands.book_times import BookTimes
from ledger.commands.repository import AccountRepository
from ledger.errors import DamagedLedger, LedgerError
from ledger.eventstore.opening import open_store
from ledger.eventstore.records import Head
from ledger.eventstore.store import EventStore, head_at
from ledger.projections.projector import Projector
from ledger.queries.differences.known_states import (
    CheckHead,
    Lock,
    StateLike,
    known_state,
    other_location,
)
from ledger.queries.source import Source


class Compared(NamedTuple):
    """A state that is compared.

    Attributes:
        source: the ledger that it is of.
        position: the log up to it was known.
        path: of another file; None for this ledger, whose tables may be caught up.
        time_us, lock: see `State`.
        typed: how it was named, where it was not by its position.
    """

    source: Source
    position: int
    path: str | None = None
    time_us: int | None = None
    lock: Lock | None = None
    typed: str | None = None

    def head(self, position: int) -> Head:
        """Where the log ended when it was so long.

        Raises:
            DamagedLedger: an event is missing.
        """
        with named(self.path):
            found = head_at(self.source.store, position)
            if found is None:
                raise DamagedLedger(
                    f"the event at position {position} is missing",
                    advice="keep the ledger as it is, and find out what is wrong with it",
                    position=position,
                )
            return found


@contextmanager
def compared(
    source: Source,
    before: StateLike,
    after: StateLike,
    as_of: int | None,
    check_head: CheckHead,
    check_whole: Callable[[EventStore], None],
) -> Iterator[tuple[Compared, Compared, int | None]]:
    """Two states as somebody means them, and the moment (µs UTC) that is asked about.

    Other files are open within the block.

    Args:
        source: this ledger.
        check_whole: see `open_store`.

    Raises:
        InvalidOption, InvalidTime: there is no such state.
        NoSuchLedger, NotALedger, DamagedLedger: another file cannot be used; it is named.
    """
    found: list[Compared] = []
    with ExitStack() as stack:
        for meant in (before, after):
            path = other_location(meant)
            if path is None:
                state = known_state(source, meant, check_head, as_of)
                as_of = state.as_of_us if as_of is None else as_of
                found.append(
                    Compared(source, state.position, None, state.time_us, state.lock, state.typed)
                )
                continue
            with named(path):
                other = stack.enter_context(_opened(path, source, check_whole))
                found.append(Compared(other, other.store.head().position, path))
        yield found[0], found[1], as_of


@contextmanager
def _opened(path: str, like: Source, check_whole: Callable[[EventStore], None]) -> Iterator[Source]:
    """Another file as something to ask."""
    store = open_store(path, like.store.surroundings.clock, check=check_whole)
    try:
        times = BookTimes(store)
        yield Source(store, AccountRepository(store), Projector(store), times)
    finally:
        store.close()


@contextmanager
def named(path: str | None) -> Iterator[None]:
    """Have an error say which of two files it is about, where it is not this ledger's."""
    try:
        yield
    except LedgerError as error:
        if path is not None and "other_file" not in error.details:
            if path not in error.message:
                error.message = f"{path}: {error.untold}"
            error.details["other_file"] = path
        raise
