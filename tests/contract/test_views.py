"""Read-model tables and their checkpoints."""

from __future__ import annotations

import msgspec
import pytest

from ledger.errors import DamagedLedger
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import Checkpoint, ProjectionTable
from tests.contract.stores import StoreKind


class Row(msgspec.Struct):
    key: str
    text: str
    number: int
    perhaps: int | None
    words: str | None = None


SPEC = ProjectionTable("rows", 3, Row)
OTHER = ProjectionTable("other_rows", 1, Row)


def row(key: str, number: int = 0) -> Row:
    return Row(key, f"text of {key} ✓", number, None)


@pytest.fixture
def views(store: EventStore) -> EventStore:
    """A store with an empty view."""
    store.views.create(SPEC)
    return store


def test_a_new_view_is_empty_and_at_position_0(views: EventStore) -> None:
    assert list(views.views.scan(SPEC)) == []
    assert views.views.checkpoint(SPEC) == Checkpoint(3, 0)


def test_a_view_that_was_never_made_has_no_checkpoint(store: EventStore) -> None:
    assert store.views.checkpoint(SPEC) is None
    assert not store.views.advance(SPEC, 0, 1)
    assert store.views.checkpoint(SPEC) is None


def test_rows_come_back_as_they_were_written(views: EventStore) -> None:
    written = {
        "b": Row("b", "\n\t'\"%", -(2**63), 2**63 - 1, "words"),
        "a": Row("a", "", 0, None),
        "ß": row("ß"),
    }
    views.views.write(SPEC, written)

    assert views.views.rows(SPEC, ["a", "b", "ß", "nobody"]) == written
    assert views.views.rows(SPEC, []) == {}


def test_a_scan_gives_all_rows_by_key(views: EventStore) -> None:
    keys = ["b", "a", "ä", "B", "10", "9"]
    views.views.write(SPEC, {key: row(key) for key in keys})

    assert list(views.views.scan(SPEC)) == [row(key) for key in sorted(keys)]


def test_a_write_inserts_replaces_and_deletes_together(views: EventStore) -> None:
    views.views.write(SPEC, {"a": row("a"), "b": row("b"), "c": row("c")})

    views.views.write(SPEC, {"a": row("a", 9), "b": None, "d": row("d"), "nobody": None})

    assert list(views.views.scan(SPEC)) == [row("a", 9), row("c"), row("d")]


def test_a_row_that_is_changed_after_it_was_written_does_not_change_in_the_view(
    views: EventStore,
) -> None:
    mine = row("a")
    views.views.write(SPEC, {"a": mine})
    mine.number = 99
    for found in views.views.rows(SPEC, ["a"]).values():
        assert isinstance(found, Row)
        found.number = 98
    for found in views.views.scan(SPEC):
        assert isinstance(found, Row)
        found.number = 97

    assert list(views.views.scan(SPEC)) == [row("a")]


def test_views_do_not_mix(views: EventStore) -> None:
    views.views.create(OTHER)
    views.views.write(OTHER, {"x": row("x")})
    views.views.advance(OTHER, 0, 5)

    assert list(views.views.scan(SPEC)) == []
    assert views.views.checkpoint(SPEC) == Checkpoint(3, 0)
    assert views.views.checkpoint(OTHER) == Checkpoint(1, 5)


def test_making_a_view_again_empties_it_and_starts_over(views: EventStore) -> None:
    views.views.write(SPEC, {"a": row("a")})
    views.views.advance(SPEC, 0, 7)

    views.views.create(ProjectionTable("rows", 4, Row))

    assert list(views.views.scan(SPEC)) == []
    assert views.views.checkpoint(SPEC) == Checkpoint(4, 0)


def test_a_view_can_be_made_again_with_other_columns(views: EventStore) -> None:
    class Narrow(msgspec.Struct):
        key: str

    narrow = ProjectionTable("rows", 4, Narrow)
    views.views.create(narrow)
    views.views.write(narrow, {"a": Narrow("a")})

    assert list(views.views.scan(narrow)) == [Narrow("a")]


def test_a_checkpoint_advances_only_from_where_it_is(views: EventStore) -> None:
    assert views.views.advance(SPEC, 0, 4)
    assert not views.views.advance(SPEC, 0, 9)
    assert not views.views.advance(SPEC, 3, 9)
    assert views.views.checkpoint(SPEC) == Checkpoint(3, 4)
    assert views.views.advance(SPEC, 4, 9)
    assert views.views.checkpoint(SPEC) == Checkpoint(3, 9)


def test_a_checkpoint_does_not_advance_for_another_version_of_the_projection(
    views: EventStore,
) -> None:
    assert not views.views.advance(ProjectionTable("rows", 4, Row), 0, 4)
    assert views.views.checkpoint(SPEC) == Checkpoint(3, 0)


def test_of_two_connections_only_one_advances_a_checkpoint(
    kind: StoreKind, views: EventStore
) -> None:
    with kind.second(views) as other:
        assert other.views.advance(SPEC, 0, 4)
        assert not views.views.advance(SPEC, 0, 4)


def test_rows_and_checkpoint_of_a_failed_transaction_are_as_before(views: EventStore) -> None:
    views.views.write(SPEC, {"a": row("a"), "b": row("b")})

    def transaction() -> None:
        with views.transaction():
            views.views.write(SPEC, {"a": row("a", 1), "b": None, "c": row("c")})
            views.views.advance(SPEC, 0, 4)
            assert list(views.views.scan(SPEC)) == [row("a", 1), row("c")]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transaction()

    assert list(views.views.scan(SPEC)) == [row("a"), row("b")]
    assert views.views.checkpoint(SPEC) == Checkpoint(3, 0)


def test_a_missing_view_is_named_with_the_way_to_get_it_back(store: EventStore) -> None:
    for use in (
        lambda: list(store.views.scan(SPEC)),
        lambda: store.views.rows(SPEC, ["a"]),
        lambda: store.views.write(SPEC, {"a": row("a")}),
        lambda: store.views.write(SPEC, {"a": None}),
    ):
        with pytest.raises(DamagedLedger, match="the projection rows is missing") as missing:
            use()
        assert missing.value.details["projection"] == "rows"


def test_what_another_wrote_between_two_transactions_is_seen(
    kind: StoreKind, views: EventStore
) -> None:
    def taken() -> tuple[object, object]:
        with views.transaction():
            return views.views.rows(SPEC, ["a"]), views.views.checkpoint(SPEC)

    with views.transaction():
        views.views.write(SPEC, {"a": row("a", 1)})
        views.views.advance(SPEC, 0, 4)
    assert taken() == ({"a": row("a", 1)}, Checkpoint(3, 4))

    with kind.second(views) as other:
        other.views.write(SPEC, {"a": row("a", 2)})
        other.views.advance(SPEC, 4, 5)
        assert taken() == ({"a": row("a", 2)}, Checkpoint(3, 5))
        other.views.create(SPEC)
    assert taken() == ({}, Checkpoint(3, 0))


def test_rows_that_are_changed_but_not_written_stay_as_they_were(views: EventStore) -> None:
    views.views.write(SPEC, {"a": row("a", 1)})
    with views.transaction():
        views.views.write(SPEC, {"a": row("a", 2)})
        (mine,) = views.views.rows(SPEC, ["a"]).values()
        assert isinstance(mine, Row)
        mine.number = 3
        assert views.views.rows(SPEC, ["a"]) == {"a": row("a", 2)}
        views.views.write(SPEC, {"a": None})
        assert views.views.rows(SPEC, ["a"]) == {}


def test_more_rows_than_are_kept_in_mind(views: EventStore) -> None:
    many = {f"k{number:04}": row(f"k{number:04}", number) for number in range(1_500)}
    with views.transaction():
        views.views.write(SPEC, {"a": row("a")})
        views.views.write(SPEC, many)
        assert views.views.rows(SPEC, [*many, "a"]) == {**many, "a": row("a")}


def test_what_was_undone_is_not_kept_in_mind(views: EventStore) -> None:
    def change_and_fail() -> None:
        with views.transaction():
            views.views.write(SPEC, {"a": row("a", 2)})
            views.views.advance(SPEC, 0, 4)
            raise KeyError

    views.views.write(SPEC, {"a": row("a", 1)})
    with pytest.raises(KeyError):
        change_and_fail()
    with views.transaction():
        assert views.views.rows(SPEC, ["a"]) == {"a": row("a", 1)}
        assert views.views.checkpoint(SPEC) == Checkpoint(3, 0)
