"""What every aggregate and every event is; the store and the projections know no more than this.

An aggregate of another kind needs a subclass of `Aggregate` that names its events: from then on its
streams are loaded, snapshotted, verified, exported and imported as an account's are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar

import msgspec

from ledger.errors import BrokenUpcasters, NotFound

JsonObject = dict[str, Any]

Upcaster = Callable[[JsonObject], JsonObject]
"""Turns an event's data of one schema version into the next one's; its argument stays as it is."""


ERASED: Final = "(erased)"
"""What stands where a free text was, once it has been erased."""


class Event(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """An immutable event, in the past tense, with all that is needed to understand it.

    Its one free text is stored beside the rest of its data, so that it can be erased; see
    `ledger.eventstore.codec`.

    Attributes:
        schema_version: of the fields as they stand in the class.
        upcasters: lift stored data of an older version: the first from version 1 to 2, and so on.
        label: what people call the event.
        text_field: the name of its free text; empty where it has none.
        text_since: the schema version from which on the text stands beside the data; in older ones
            it is a part of them, for ever.
        amount_fields: the names of its fields that hold minor units.
        time_fields: the names of its fields that hold instants (µs UTC).
        stamped_by_clock_alone: it may be recorded earlier than the event before it.
        dated_by_another: its effective time is another event's, which a wrong clock may have put
            into the future.
    """

    schema_version: ClassVar[int] = 1
    upcasters: ClassVar[tuple[Upcaster, ...]] = ()
    label: ClassVar[str] = ""
    text_field: ClassVar[str] = ""
    text_since: ClassVar[int] = 1
    amount_fields: ClassVar[tuple[str, ...]] = ()
    time_fields: ClassVar[tuple[str, ...]] = ()
    stamped_by_clock_alone: ClassVar[bool] = False
    dated_by_another: ClassVar[bool] = False

    @property
    def what(self) -> str:
        """What people call it, with its counterparty."""
        return self.label

    @property
    def words(self) -> str:
        """Its free text, as a list of events shows it."""
        return (getattr(self, self.text_field) or "") if self.text_field else ""

    @property
    def counterparty(self) -> str | None:
        """The other stream that it is about."""
        return None

    @property
    def signed_amount(self) -> int:
        """What it adds to the balance, in minor units; negative when money leaves."""
        return 0


class UnknownEvent(Event, frozen=True, gc=False):
    """An event of an aggregate whose class this process has not loaded; its data stay unread.

    Attributes:
        kind: the name of its type.
        text: its free text.
    """

    kind: str
    text: str | None = None

    @property
    def what(self) -> str:
        return self.kind

    @property
    def words(self) -> str:
        return self.text or ""


State = TypeVar("State", bound=msgspec.Struct)
AnyEvent = TypeVar("AnyEvent", bound=Event)


class Dated(NamedTuple, Generic[AnyEvent]):
    """An event of a stream with its version and effective time (µs UTC)."""

    version: int
    effective_at: int
    event: AnyEvent


EventsAfter = Callable[[str, int, int], Iterable[Dated[AnyEvent]]]
"""Given a stream id, an instant (µs UTC) and a version: the stream's events up to that version that
are effective after the instant, in any order."""

BEFORE_ALL_TIMES: Final = -(2**63)
"""µs UTC."""


def unknown_past(stream_id: str, _at: int, _version: int) -> Iterable[Dated[Any]]:
    raise ValueError(f"the past of {stream_id} was not given, and a backdated command needs it")


class Aggregate(ABC, Generic[State, AnyEvent]):
    """A consistency boundary: one stream, one set of rules.

    Command methods check the rules against the current state and *produce* events; they change
    nothing. `apply` is the fold, the only place where state changes, and it never refuses: what is
    recorded has happened.

    Args:
        stream_id: the id of its stream.
        state: after event number ``version``; None before the first one.
        version: how many of its events have been applied; 0 is *no stream*.
        events_after: where it asks for its own past, as a backdated command needs it.

    Attributes:
        aggregate_type: the name that its streams are stored under.
        event_types: all that can be in such a stream.
        state_type: of ``state``.
        fold_revision: to be raised whenever the fold or the state comes to mean something else, so
            that snapshots of the old fold are ignored.
        state_version: of the state as it stands in the class. It is kept where the events that led
            to it were archived, so it is to be raised whenever the state comes to mean something
            else. 0 where none is ever kept: such streams are not archived.
        state_upcasters: lift a kept state of an older version: the first from version 1 to 2.
    """

    aggregate_type: ClassVar[str]
    event_types: ClassVar[tuple[type[Event], ...]]
    state_type: ClassVar[type[msgspec.Struct]]
    fold_revision: ClassVar[int] = 1
    state_version: ClassVar[int] = 0
    state_upcasters: ClassVar[tuple[Upcaster, ...]] = ()

    __slots__ = ("_events_after", "_state", "stream_id", "version")

    def __init_subclass__(cls, *, has_rules: bool = True) -> None:
        if not has_rules:  # it is part of one
            return
        others = {kind.__name__: kind for each in AGGREGATES.values() for kind in each.event_types}
        for event_type in cls.event_types:
            check_upcasters(event_type)
            if others.get(event_type.__name__, event_type) is not event_type:
                raise ValueError(f"another aggregate has an event type {event_type.__name__}")
        if AGGREGATES.get(cls.aggregate_type, cls) is not cls:
            raise ValueError(f"there is another aggregate of the type {cls.aggregate_type}")
        AGGREGATES[cls.aggregate_type] = cls

    def __init__(
        self,
        stream_id: str,
        state: State | None = None,
        version: int = 0,
        events_after: EventsAfter[AnyEvent] = unknown_past,
    ) -> None:
        self.stream_id = stream_id
        self.version = version
        self._state = state
        self._events_after = events_after

    @property
    def state(self) -> State:
        """The state at the version reached.

        Raises:
            NotFound: no event has been applied.
        """
        if self._state is None:
            raise NotFound(f"nothing has happened to the {self.aggregate_type} {self.stream_id}")
        return self._state

    @property
    def highest_effective_at(self) -> int:
        """The highest effective time (µs UTC) of the events applied; there is at least one.

        Only what has snapshots needs it.
        """
        raise NotImplementedError

    @abstractmethod
    def apply(self, event: AnyEvent, effective_at: int) -> None:
        """Fold one event, effective at an instant (µs UTC), into the state.

        Raises:
            AttributeError: it cannot be the first one of a stream, and is.
        """

    def check(self, event: AnyEvent, effective_at: int) -> None:
        """Ask the rules whether an event from elsewhere could have been produced here.

        Raises:
            LedgerError: the rules refuse it.
        """


AGGREGATES: Final[dict[str, type[Aggregate[Any, Any]]]] = {}
"""The kinds of aggregates that this process knows, by their type's name."""


def check_upcasters(event_type: type[Event]) -> None:
    """See that the chain of an event type's upcasters ends at its current schema version.

    Raises:
        BrokenUpcasters: a version has no upcaster, or one leads past the current version.
    """
    name, current = event_type.__name__, event_type.schema_version
    last = len(event_type.upcasters) + 1
    if last < current:
        raise BrokenUpcasters(f"no upcaster lifts {name} from version {last}")
    if last > current:
        raise BrokenUpcasters(
            f"the upcaster of {name} {current} leads past the current version {current}"
        )
