"""What a projection is, and how to write one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import msgspec

from ledger.errors import InvalidUsage
from ledger.eventstore.records import RecordedEvent
from ledger.eventstore.tables import Key, ProjectionTable

if TYPE_CHECKING:
    from ledger.domain.account import BankAccount

DecodedEvent = tuple[RecordedEvent, Any]
"""An event as recorded, and as its aggregate knows it today (a `ledger.domain.aggregate.Event`)."""

Row = TypeVar("Row", bound=msgspec.Struct)


class Rows(dict[Key, Row | None], Generic[Row]):
    """The rows of a projection, by key, as a fold sees and changes them.

    ``rows[key]`` is None where there is no such row. A row may be changed in place; ``rows[key] =
    row`` adds or replaces one, ``del rows[key]`` removes it. To look through all rows is of no use:
    only those are here that were asked for.
    """

    def __missing__(self, key: Key) -> Row | None:
        return None

    def __contains__(self, key: object) -> bool:
        return isinstance(key, (str, int, tuple)) and self[key] is not None

    def __delitem__(self, key: Key) -> None:
        self[key] = None

    def get(self, key: Key, default: Any = None) -> Any:
        """The row of a key, or the default where there is none."""
        row = self[key]
        return default if row is None else row

    def pop(self, key: Key, default: Any = None) -> Any:
        """Remove the row of a key, and give it; the default where there is none."""
        row = self.get(key, default)
        del self[key]
        return row

    def setdefault(self, key: Key, default: Any = None) -> Any:
        """The row of a key; the default becomes the row where there is none."""
        row = self[key]
        if row is None:
            row = self[key] = default
        return row


class Projection(Generic[Row]):
    """A name, a version, rows, and a fold that keeps the rows up with the log.

    A projection of your own has the class attributes below and the method `fold`::

        class Spending(msgspec.Struct):
            month: str
            counterparty: str
            amount: int

        class SpendingByMonth(Projection[Spending]):
            name = "spending_by_month"
            row = Spending
            key_columns = ("month", "counterparty")

            def fold(self, rows, event, recorded): ...

    Each event is folded once, in the order of the log, and rows are written with the position that
    they were folded up to. A fold must depend on nothing but the rows and the events: it is run
    anew when the projection is rebuilt. It must not raise for any event that it does not care for.

    Attributes:
        name: of the projection and of its table: a-z, 0-9 and ``_``, starting with a letter.
        version: of the fold and the row. Raise it when either comes to mean something else; the
            projection then has to be rebuilt before it is kept up again.
        row: the struct type of a row; its fields are str, int (64 bits), or one of these or None.
        key_columns: the fields that tell one row from another; the first one unless said otherwise.
            The key of a row is the value of the one, or a tuple of the values of several.
        bare: True where the fold needs nothing of a recorded event but position, stream, version,
            type and effective time. A rebuild is faster then, and all else is empty in it.
        on_demand: True where it is caught up by the questions that need it, and not by writes. It
            may have as many rows as the log has events: nothing ever holds them all in memory.
        indexes: the columns of each index of its table, for those questions.
        table: made of these.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    row: ClassVar[type[msgspec.Struct]]
    key_columns: ClassVar[tuple[str, ...]] = ()
    bare: ClassVar[bool] = False
    on_demand: ClassVar[bool] = False
    indexes: ClassVar[tuple[tuple[str, ...], ...]] = ()
    table: ClassVar[ProjectionTable]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if hasattr(cls, "name") and hasattr(cls, "row"):
            cls.table = ProjectionTable(
                cls.name, cls.version, cls.row, cls.key_columns, cls.indexes
            )

    def fold(self, rows: Rows[Row], event: Any, recorded: RecordedEvent) -> None:
        """Change the rows that an event touches: any number of them."""
        raise NotImplementedError(f"{type(self).__name__} has no fold")

    def merge(self, one: Row, other: Row) -> Row | None:
        """The row of a key of which two parts of the log have one each; None where none is left.

        With this method a rebuild folds the log in several processes, though streams share rows. A
        part has whole streams, and their events in the order of the log; of events in different
        parts it is not known which came first, so the result must not depend on that, nor on which
        of the two rows is given first.
        """
        raise NotImplementedError(f"{type(self).__name__} has no merge")

    def fold_all(self, rows: Rows[Row], events: Iterable[DecodedEvent]) -> None:
        """Fold events in order. One may be written instead of `fold`, to save a call per event."""
        fold = self.fold
        for recorded, event in events:
            fold(rows, event, recorded)

    def keys_before(self, events: Sequence[DecodedEvent]) -> tuple[set[Any], set[Any]]:
        """Keys whose rows are worth reading before events are folded, all at once.

        Returns:
            Keys that the fold is going to ask for, and those of them that have no row yet for sure.
        """
        return set(), set()

    @property
    def divisible(self) -> bool:
        """Whether parts of the log can be folded apart from each other."""
        return type(self).merge is not Projection.merge


class StreamProjection(Projection[Row]):
    """A projection with one row at most for each stream, whose key is the stream's id.

    One of your own has the class attributes of a `Projection` and the method `fold_row`.
    """

    divisible = True

    def fold_row(self, row: Row | None, event: Any, recorded: RecordedEvent) -> Row | None:
        """The stream's row after an event; None for no row. It may change the row it is given."""
        raise NotImplementedError(f"{type(self).__name__} has no fold_row")

    def fold_all(self, rows: Rows[Row], events: Iterable[DecodedEvent]) -> None:
        fold_row = self.fold_row
        for recorded, event in events:
            stream_id = recorded.stream_id
            rows[stream_id] = fold_row(rows[stream_id], event, recorded)

    def keys_before(self, events: Sequence[DecodedEvent]) -> tuple[set[Any], set[Any]]:
        streams = {recorded.stream_id for recorded, _ in events}
        begun = {recorded.stream_id for recorded, _ in events if recorded.version == 1}
        return streams, begun

    def expected_row(self, account: BankAccount, events: Iterable[DecodedEvent]) -> Row | None:
        """The row that an account must have, which is what its events give.

        Args:
            account: its aggregate. A projection that shows nothing else can make its row of that,
                so that two folds are compared.
            events: all of its events.
        """
        rows: Rows[Row] = Rows()
        self.fold_all(rows, events)
        return rows[account.stream_id]


def check_names(names: Sequence[str]) -> None:
    """See that no two projections have the same name.

    Raises:
        InvalidUsage: two of them have.
    """
    for name in names:
        if names.count(name) > 1:
            raise InvalidUsage(
                f"there are two projections of the name {name}",
                advice="give one of them another name",
                projection=name,
            )
