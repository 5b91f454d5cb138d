"""The tables of projections and their checkpoints."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import pytest

from ledger.errors import DamagedLedger
from ledger.eventstore.store import EventStore
from ledger.eventstore.tables import (
    Checkpoint,
    Key,
    ProjectionTable,
    ProjectionTables,
    columns_of,
)
from tests.support.contract.store_kinds import StoreKind


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


def by_key(
    tables: ProjectionTables, table: ProjectionTable, keys: Collection[Key]
) -> dict[Key, msgspec.Struct]:
    """The rows of those keys that exist."""
    return {table.key_of(found): found for found in tables.rows(table, keys)}


@pytest.fixture
def made(store: EventStore) -> EventStore:
    """A store with an empty table."""
    store.tables.create(SPEC)
    return store


def test_a_new_table_is_empty_and_at_position_0(made: EventStore) -> None:
    assert list(made.tables.rows(SPEC)) == []
    assert made.tables.checkpoints().get(SPEC.name) == Checkpoint(3, 0, columns_of(SPEC))


def test_a_table_that_was_never_made_has_no_checkpoint(store: EventStore) -> None:
    assert store.tables.checkpoints().get(SPEC.name) is None
    assert not store.tables.write(SPEC, {}, seen=(0, 1))
    assert store.tables.checkpoints().get(SPEC.name) is None


def test_rows_come_back_as_they_were_written(made: EventStore) -> None:
    written = {
        "b": Row("b", "\n\t'\"%", -(2**63), 2**63 - 1, "words"),
        "a": Row("a", "", 0, None),
        "ß": row("ß"),
    }
    made.tables.write(SPEC, written)

    assert by_key(made.tables, SPEC, ["a", "b", "ß", "nobody"]) == written
    assert by_key(made.tables, SPEC, []) == {}


def test_a_scan_gives_all_rows_by_key(made: EventStore) -> None:
    keys = ["b", "a", "ä", "B", "10", "9"]
    made.tables.write(SPEC, {key: row(key) for key in keys})

    assert list(made.tables.rows(SPEC)) == [row(key) for key in sorted(keys)]


def test_a_write_inserts_replaces_and_deletes_together(made: EventStore) -> None:
    made.tables.write(SPEC, {"a": row("a"), "b": row("b"), "c": row("c")})

    made.tables.write(SPEC, {"a": row("a", 9), "b": None, "d": row("d"), "nobody": None})

    assert list(made.tables.rows(SPEC)) == [row("a", 9), row("c"), row("d")]


def test_a_row_that_is_changed_after_it_was_written_does_not_change_in_the_table(
    made: EventStore,
) -> None:
    mine = row("a")
    made.tables.write(SPEC, {"a": mine})
    mine.number = 99
    for found in by_key(made.tables, SPEC, ["a"]).values():
        assert isinstance(found, Row)
        found.number = 98
    for found in made.tables.rows(SPEC):
        assert isinstance(found, Row)
        found.number = 97

    assert list(made.tables.rows(SPEC)) == [row("a")]


def test_tables_do_not_mix(made: EventStore) -> None:
    made.tables.create(OTHER)
    made.tables.write(OTHER, {"x": row("x")})
    made.tables.write(OTHER, {}, seen=(0, 5))

    assert list(made.tables.rows(SPEC)) == []
    assert made.tables.checkpoints().get(SPEC.name) == Checkpoint(3, 0, columns_of(SPEC))
    assert made.tables.checkpoints().get(OTHER.name) == Checkpoint(1, 5, columns_of(SPEC))


def test_making_a_table_again_empties_it_and_starts_over(made: EventStore) -> None:
    made.tables.write(SPEC, {"a": row("a")})
    made.tables.write(SPEC, {}, seen=(0, 7))

    made.tables.create(ProjectionTable("rows", 4, Row))

    assert list(made.tables.rows(SPEC)) == []
    assert made.tables.checkpoints().get(SPEC.name) == Checkpoint(4, 0, columns_of(SPEC))


def test_a_table_can_be_made_again_with_other_columns(made: EventStore) -> None:
    class Narrow(msgspec.Struct):
        key: str

    narrow = ProjectionTable("rows", 4, Narrow)
    made.tables.create(narrow)
    made.tables.write(narrow, {"a": Narrow("a")})

    assert list(made.tables.rows(narrow)) == [Narrow("a")]


def test_a_checkpoint_advances_only_from_where_it_is(made: EventStore) -> None:
    assert made.tables.write(SPEC, {}, seen=(0, 4))
    assert not made.tables.write(SPEC, {}, seen=(0, 9))
    assert not made.tables.write(SPEC, {}, seen=(3, 9))
    assert made.tables.checkpoints().get(SPEC.name) == Checkpoint(3, 4, columns_of(SPEC))
    assert made.tables.write(SPEC, {}, seen=(4, 9))
    assert made.tables.checkpoints().get(SPEC.name) == Checkpoint(3, 9, columns_of(SPEC))


def test_a_checkpoint_does_not_advance_for_another_version_of_the_projection(
    made: EventStore,
) -> None:
    assert not made.tables.write(ProjectionTable("rows", 4, Row), {}, seen=(0, 4))
    assert made.tables.checkpoints().get(SPEC.name) == Checkpoint(3, 0, columns_of(SPEC))


def test_of_two_connections_only_one_advances_a_checkpoint(
    kind: StoreKind, made: EventStore
) -> None:
    with kind.second(made) as other:
        assert other.tables.write(SPEC, {}, seen=(0, 4))
        assert not made.tables.write(SPEC, {}, seen=(0, 4))


def test_rows_and_checkpoint_of_a_failed_transaction_are_as_before(made: EventStore) -> None:
    made.tables.write(SPEC, {"a": row("a"), "b": row("b")})

    def transaction() -> None:
        with made.transaction():
            made.tables.write(SPEC, {"a": row("a", 1), "b": None, "c": row("c")})
            made.tables.write(SPEC, {}, seen=(0, 4))
            assert list(made.tables.rows(SPEC)) == [row("a", 1), row("c")]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transaction()

    assert list(made.tables.rows(SPEC)) == [row("a"), row("b")]
    assert made.tables.checkpoints().get(SPEC.name) == Checkpoint(3, 0, columns_of(SPEC))


def test_a_missing_table_is_named_with_the_way_to_get_it_back(store: EventStore) -> None:
    for use in (
        lambda: list(store.tables.rows(SPEC)),
        lambda: by_key(store.tables, SPEC, ["a"]),
        lambda: store.tables.write(SPEC, {"a": row("a")}),
        lambda: store.tables.write(SPEC, {"a": None}),
    ):
        with pytest.raises(DamagedLedger, match="the projection rows is missing") as missing:
            use()
        assert missing.value.advice == "make it again from the log"
        assert missing.value.details == {"projection": "rows"}


def test_what_another_wrote_between_two_transactions_is_seen(
    kind: StoreKind, made: EventStore
) -> None:
    def taken() -> tuple[object, object]:
        with made.transaction():
            return by_key(made.tables, SPEC, ["a"]), made.tables.checkpoints().get(SPEC.name)

    with made.transaction():
        made.tables.write(SPEC, {"a": row("a", 1)})
        made.tables.write(SPEC, {}, seen=(0, 4))
    assert taken() == ({"a": row("a", 1)}, Checkpoint(3, 4, columns_of(SPEC)))

    with kind.second(made) as other:
        other.tables.write(SPEC, {"a": row("a", 2)})
        other.tables.write(SPEC, {}, seen=(4, 5))
        assert taken() == ({"a": row("a", 2)}, Checkpoint(3, 5, columns_of(SPEC)))
        other.tables.create(SPEC)
    assert taken() == ({}, Checkpoint(3, 0, columns_of(SPEC)))


def test_rows_that_are_changed_but_not_written_stay_as_they_were(made: EventStore) -> None:
    made.tables.write(SPEC, {"a": row("a", 1)})
    with made.transaction():
        made.tables.write(SPEC, {"a": row("a", 2)})
        (mine,) = by_key(made.tables, SPEC, ["a"]).values()
        assert isinstance(mine, Row)
        mine.number = 3
        assert by_key(made.tables, SPEC, ["a"]) == {"a": row("a", 2)}
        made.tables.write(SPEC, {"a": None})
        assert by_key(made.tables, SPEC, ["a"]) == {}


def test_more_rows_than_are_kept_in_mind(made: EventStore) -> None:
    many = {f"k{number:04}": row(f"k{number:04}", number) for number in range(1_500)}
    with made.transaction():
        made.tables.write(SPEC, {"a": row("a")})
        made.tables.write(SPEC, many)
        assert by_key(made.tables, SPEC, [*many, "a"]) == {**many, "a": row("a")}


def test_what_was_undone_is_not_kept_in_mind(made: EventStore) -> None:
    def change_and_fail() -> None:
        with made.transaction():
            made.tables.write(SPEC, {"a": row("a", 2)})
            made.tables.write(SPEC, {}, seen=(0, 4))
            raise KeyError

    made.tables.write(SPEC, {"a": row("a", 1)})
    with pytest.raises(KeyError):
        change_and_fail()
    with made.transaction():
        assert by_key(made.tables, SPEC, ["a"]) == {"a": row("a", 1)}
        assert made.tables.checkpoints().get(SPEC.name) == Checkpoint(3, 0, columns_of(SPEC))


# ── keys of several columns ─────────────────────────────────────────────────────────────────────


class Total(msgspec.Struct):
    amount: int
    month: int
    account: str


TOTALS = ProjectionTable("totals", 1, Total, ("account", "month"))


def test_rows_are_told_apart_by_all_their_key_columns(store: EventStore) -> None:
    store.tables.create(TOTALS)
    rows: dict[Key, Total] = {
        (account, month): Total(month * 7, month, account)
        for account in ("b", "a", "ä")
        for month in (10, 9)
    }
    store.tables.write(TOTALS, rows)

    assert by_key(store.tables, TOTALS, [("a", 9), ("ä", 10), ("a", 11)]) == {
        ("a", 9): Total(63, 9, "a"),
        ("ä", 10): Total(70, 10, "ä"),
    }
    in_order = [("a", 9), ("a", 10), ("b", 9), ("b", 10), ("ä", 9), ("ä", 10)]
    assert list(store.tables.rows(TOTALS)) == [rows[key] for key in in_order]

    store.tables.write(TOTALS, {("a", 9): None, ("b", 10): Total(1, 10, "b")})

    assert by_key(store.tables, TOTALS, [("a", 9), ("a", 10), ("b", 10)]) == {
        ("a", 10): Total(70, 10, "a"),
        ("b", 10): Total(1, 10, "b"),
    }


class Odd(msgspec.Struct):
    value: str
    key: int


@pytest.mark.parametrize("key", [(), ("value", "key")])
def test_rows_are_found_whatever_their_keys_are(store: EventStore, key: tuple[str, ...]) -> None:
    table = ProjectionTable("odd", 1, Odd, key)
    texts = ["a\0b", "a", 'q"\\', "\U0001f600", "", "null", "1", "[1]", "\u2028"]
    rows = [Odd(text, place - 2**63) for place, text in enumerate(texts)]
    keyed: dict[Key, Odd] = {table.key_of(each): each for each in rows}
    store.tables.create(table)
    store.tables.write(table, keyed)
    unstored: list[Key] = ["\ud800", "A", "0"]
    if key:
        unstored = [(text, 1) for text in unstored if isinstance(text, str)]

    assert by_key(store.tables, table, list(keyed)) == keyed
    assert by_key(store.tables, table, [*keyed, *unstored]) == keyed


def test_many_rows_are_scanned_in_order_and_whole(store: EventStore) -> None:
    store.tables.create(TOTALS)
    rows: dict[Key, Total] = {
        (f"a{number % 7}", number): Total(number, number, f"a{number % 7}")
        for number in range(25_000)
    }
    store.tables.write(TOTALS, rows)

    found = [
        (row.account, row.month) for row in store.tables.rows(TOTALS) if isinstance(row, Total)
    ]

    assert len(found) == 25_000
    assert found == sorted(found)


def test_every_projection_that_the_store_has_is_listed(made: EventStore) -> None:
    made.tables.create(TOTALS)
    made.tables.write(TOTALS, {}, seen=(0, 3))

    assert dict(made.tables.checkpoints()) == {
        "rows": Checkpoint(3, 0, columns_of(SPEC)),
        "totals": Checkpoint(1, 3, columns_of(TOTALS)),
    }
