"""How much a new kind of store has to do."""

from __future__ import annotations

from typing import Any, get_type_hints

from ledger.eventstore.publications import Publishes
from ledger.eventstore.snapshots import SnapshotStore
from ledger.eventstore.sqlite import SqliteStore
from ledger.eventstore.store import (
    CopiesToFile,
    DraftStore,
    Erases,
    EventStore,
    Inspectable,
    Repairable,
    SharedStore,
)
from ledger.eventstore.tables import ProjectionTables
from tests.support.memory_store import MemoryStore

MOST = 20


def members(protocol: type[Any]) -> list[str]:
    """What a protocol asks for, with what it asks of the objects that it hands out."""
    found = []
    for name, member in vars(protocol).items():
        if name.startswith("_"):
            continue
        found.append(name)
        if isinstance(member, property):
            given = get_type_hints(member.fget)["return"]
            if getattr(given, "_is_protocol", False):
                found += [f"{name}.{each}" for each in members(given)]
    return found


def test_a_store_has_few_members_nested_ones_counted() -> None:
    found = members(EventStore)
    assert {name.partition(".")[0] for name in found if "." in name} == {"snapshots", "tables"}
    assert len(members(SnapshotStore)) + len(members(ProjectionTables)) < len(found)
    assert len(found) <= MOST, f"{len(found)}: {', '.join(found)}"


def test_what_only_some_stores_have_is_no_part_of_what_all_have() -> None:
    common = set(members(EventStore))
    for capability in (SharedStore, CopiesToFile, Inspectable, Repairable, Erases, Publishes):
        assert not common & set(members(capability))


def test_every_store_says_which_of_these_it_has() -> None:
    sqlite = (SharedStore, CopiesToFile, Inspectable, Repairable, Erases, Publishes)
    assert all(issubclass(SqliteStore, each) for each in sqlite[1:-1])
    assert all(
        hasattr(SqliteStore, name) for each in sqlite for name in members(each) if "." not in name
    )
    assert set(members(DraftStore)) == {"publish"}
    assert issubclass(MemoryStore, Repairable)
    assert issubclass(MemoryStore, Erases)
    assert not issubclass(MemoryStore, CopiesToFile)
    assert not issubclass(MemoryStore, Inspectable)
