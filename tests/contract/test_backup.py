"""Copies of a store, made while others write. A store that can have none says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import InvalidUsage
from ledger.eventstore.records import KeyedRequest
from ledger.eventstore.store import EventStore
from tests.support.appends import appended, deposit, log_of, write
from tests.support.contract.store_kinds import StoreKind

WORDS = "words " * 1_500
"""Enough of them that a few hundred events are not copied at one go."""


@pytest.fixture
def copied(store: EventStore) -> EventStore:
    """A store that has copies."""
    if store.location is None:
        pytest.skip("it has no file to copy")
    store.append([write("a", deposit())], keyed=KeyedRequest("k-1", b"f" * 32))
    store.append([write("b", *(deposit(number, words=WORDS) for number in range(1, 600)))])
    return store


def nothing(_: EventStore) -> None:
    pass


def test_a_store_without_a_medium_refuses_and_writes_nothing(
    store: EventStore, tmp_path: Path
) -> None:
    if store.location is not None:
        pytest.skip("it has a file to copy")
    with pytest.raises(InvalidUsage, match="in memory"):
        store.backup(str(tmp_path / "copy"), replace=False, check=nothing)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_holds_all_that_the_store_held_when_it_began(
    kind: StoreKind, copied: EventStore, tmp_path: Path
) -> None:
    before, log = copied.head(), log_of(copied)
    seen = []

    def told(done: int, total: int) -> None:
        with kind.second(copied) as other:  # nobody is kept waiting
            appended(other, "a")
        seen.append((done, total))

    def check(copy: EventStore) -> None:
        assert (copy.identity, copy.head(), log_of(copy)) == (copied.identity, before, log)
        assert next(copy.key_records("k-1"), None) == next(copied.key_records("k-1"), None)
        seen.append((0, 0))

    path = tmp_path / "copy"
    assert copied.backup(str(path), replace=False, check=check, progress=told) == before
    assert len(seen) > 2
    assert seen[-2:] == [(seen[-2][1], seen[-2][1]), (0, 0)]
    assert copied.head().position == before.position + len(seen) - 1
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_check_refuses_is_not_kept(copied: EventStore, tmp_path: Path) -> None:
    path = tmp_path / "copy"

    def refuse(copy: EventStore) -> None:
        assert copy.location is not None
        assert Path(copy.location).parent == tmp_path
        raise InterruptedError

    with pytest.raises(InterruptedError):
        copied.backup(str(path), replace=False, check=refuse)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"before")
    with pytest.raises(InterruptedError):
        copied.backup(str(path), replace=True, check=refuse)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
