"""For tests of what is built on a ledger, with whatever test runner.

Rules are tested on an aggregate alone: given what has happened, when a command comes, then these
events or this refusal::

    from ledger.commands.command import Withdraw
    from ledger.errors import InsufficientFunds
    from ledger.events import AccountOpened, MoneyWithdrawn
    from ledger.testing import given

    opened = AccountOpened("acc-001", "USD", 2, 100_00, owner="Ana Souza")

    given(opened).when(Withdraw("acc-001", "70.00")).then(MoneyWithdrawn(70_00, "USD"))
    given(opened, MoneyWithdrawn(70_00, "USD")).when(Withdraw("acc-001", "50.00")).then(
        InsufficientFunds, balance="30.00"
    )

An aggregate of one's own is named by ``of``, and its commands are functions::

    given(CartOpened(), of=Cart).when(lambda cart, at: cart.add("book")).then(BookAdded("book"))

Everything else is tested on a ledger in memory, whose clock and chance are the same each time::

    from ledger.testing import repeatable_ledger

    with repeatable_ledger() as ledger:
        ledger.open_account("acc-001", "Ana Souza", initial_balance="100.00")
        assert str(ledger.balance("acc-001").balance) == "100.00 USD"
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from ledger.domain.account import BankAccount
from ledger.domain.aggregate import Aggregate, Dated, Event, EventsAfter
from ledger.domain.book_events import TestLedger
from ledger.domain.instant import to_instant
from ledger.errors import LedgerError
from ledger.ledger import Ledger
from ledger.projections.folding import AnyProjection

START: Final = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z in µs UTC: when the first event of a past happened that has no time."""

_SECOND: Final = 1_000_000

Refusal = TypeVar("Refusal", bound=LedgerError)

Decide = Callable[[Any, int], Event | Sequence[Event]]
"""A command as a function: takes the aggregate and the time (µs UTC) that it is given at, and
returns what that leads to, or raises a `LedgerError`."""


class Happened(NamedTuple):
    """An event of a past, and when it happened: a datetime with a zone, or µs UTC."""

    event: Event
    at: datetime | int


class Decision:
    """What a command came to: events, or a refusal.

    Args:
        events: that it led to.
        refusal: why it led to none.
    """

    def __init__(self, events: Sequence[Event], refusal: LedgerError | None) -> None:
        self.events: Final = tuple(events)
        self.refusal: Final = refusal

    def then(self, *expected: Event | type[LedgerError], **details: object) -> None:
        """See that it led to exactly these events, or was refused.

        Args:
            expected: the events in their order, or the one class of the refusal.
            details: of the refusal, as for `then_refused`.

        Raises:
            AssertionError: it did not, or was not.
        """
        (first, *more) = expected or (None,)
        if isinstance(first, type) and not more:
            self.then_refused(first, **details)
            return
        self.then_accepted()
        assert self.events == expected, f"it led to {self.events}, not to {expected}"

    def then_accepted(self) -> None:
        """See that it was accepted, whatever it led to.

        Raises:
            AssertionError: it was refused.
        """
        if self.refusal is not None:
            raise AssertionError(f"it was refused: {self.refusal}") from self.refusal

    def then_refused(self, refusal: type[Refusal], **details: object) -> Refusal:
        """See that it was refused by a rule, and get the refusal.

        Args:
            refusal: its class.
            details: facts that it names, each with its value; there may be others.

        Raises:
            AssertionError: it was accepted, or refused by another rule or for another reason.
        """
        found = self.refusal
        assert found is not None, f"it was accepted, and led to {self.events}"
        assert type(found) is refusal, f"it was refused with {type(found).__name__}: {found}"
        named = {name: found.details.get(name) for name in details}
        assert named == details, f"the refusal names {found.details}"
        assert found.advice, "the refusal says nothing of what to do next"
        return found


class Given:
    """An aggregate with a past.

    Args:
        kind: the class of the aggregate.
        stream_id: its id.
        past: what has happened, in the order in which it was recorded.
    """

    def __init__(
        self, kind: type[Aggregate[Any, Any]], stream_id: str, past: Sequence[Happened]
    ) -> None:
        self.past: Final = [
            Dated(version, to_instant(at) if isinstance(at, datetime) else at, event)
            for version, (event, at) in enumerate(past, 1)
        ]
        self.aggregate: Final = kind(stream_id, None, 0, self.events_after())
        for each in self.past:
            self.aggregate.apply(each.event, each.effective_at)
            self.aggregate.version = each.version

    def events_after(self) -> EventsAfter[Any]:
        """What the aggregate is told where it asks for its own past."""

        def after(_: str, instant: int, version: int) -> list[Dated[Any]]:
            return [
                each
                for each in self.past
                if each.version <= version and each.effective_at > instant
            ]

        return after

    def when(self, command: Any, *, at: datetime | int | None = None) -> Decision:
        """Give it a command; that changes nothing.

        Args:
            command: one of the structs of `ledger.commands.command` that are about one account, or
                a function; see `Decide`.
            at: when it is given, a datetime with a zone or µs UTC; a second after all of the past
                if left out.

        Raises:
            AssertionError: deciding has changed the aggregate.
        """
        if at is None:
            at = max((each.effective_at for each in self.past), default=START - _SECOND) + _SECOND
        instant = to_instant(at) if isinstance(at, datetime) else at
        before = self._memory()
        events: Event | Sequence[Event] = ()
        refusal = None
        try:
            if hasattr(command, "decide"):
                events = command.decide([self.aggregate], instant, lambda: "id-1")
            else:
                events = command(self.aggregate, instant)
        except LedgerError as error:
            refusal = error
        assert self._memory() == before, "deciding has changed the aggregate"
        return Decision((events,) if isinstance(events, Event) else events, refusal)

    def _memory(self) -> tuple[int, bytes]:
        state = self.aggregate.state if self.aggregate.version else None
        return self.aggregate.version, msgspec.json.encode(state)


def given(
    *past: Event | Happened,
    of: type[Aggregate[Any, Any]] = BankAccount,
    stream_id: str = "acc-001",
) -> Given:
    """An aggregate to which something has happened.

    Args:
        past: events in the order in which they were recorded, as `Happened` where the time matters;
            the others happen a second apart.
        of: the class of the aggregate; an account if left out.
        stream_id: its id.
    """
    happened = list[Happened]()
    at = START
    for each in past:
        happened.append(each if isinstance(each, Happened) else Happened(each, at))
        last = happened[-1].at
        at = (to_instant(last) if isinstance(last, datetime) else last) + _SECOND
    return Given(of, stream_id, happened)


def repeatable_ledger(
    clock: str = "2026-01-01T09:00:00Z+1s",
    seed: str = "1",
    *,
    projections: Sequence[AnyProjection | type[AnyProjection]] = (),
) -> Ledger:
    """A ledger in memory that is the same whenever the same is done to it, hashes included.

    Args:
        clock: ``BASE+TICK``: the event at a position is recorded at the base and so many ticks.
        seed: what all that is drawn by chance is made from.
        projections: somebody's own ones, to be kept up beside the built-in ones.

    Raises:
        InvalidOption: the clock is none.
    """
    return Ledger.in_memory(test=TestLedger(clock, seed), projections=projections)
