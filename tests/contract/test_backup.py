"""Copies of a store, made while others write. A store that can have none says so."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

import pytest

from ledger import Ledger
from ledger.errors import InvalidUsage
from ledger.eventstore.records import Head, KeyedRequest
from ledger.eventstore.store import CopiesToFile, EventStore
from tests.support.appends import appended, deposit, log_of, write
from tests.support.contract.store_kinds import StoreKind, location_of


class CopiedStore(CopiesToFile, EventStore, Protocol):
    """What both of them say."""


WORDS = "words " * 1_500
"""Enough of them that a few hundred events are not copied at one go."""


@pytest.fixture
def copied(store: EventStore) -> CopiedStore:
    """A store that has copies, with more in it than is copied at one go."""
    if not isinstance(store, CopiesToFile):
        pytest.skip("it cannot be copied into a file")
    store.append([write(store, "a", deposit())], keyed=KeyedRequest("k-1", b"f" * 32))
    store.append([write(store, "b", *(deposit(number, words=WORDS) for number in range(1, 600)))])
    return cast(CopiedStore, store)


def test_a_store_that_has_no_copies_refuses_and_writes_nothing(
    store: EventStore, tmp_path: Path
) -> None:
    if isinstance(store, CopiesToFile):
        pytest.skip("it can be copied into a file")
    with pytest.raises(InvalidUsage, match="cannot be copied into a file"):
        Ledger(store).backup(tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_copy_holds_all_that_the_store_held_when_it_began(
    kind: StoreKind, copied: CopiedStore, tmp_path: Path
) -> None:
    before, log = copied.head(), log_of(copied)
    seen: list[tuple[int, int]] = []
    written: list[Head] = []

    def told(done: int, total: int) -> None:
        if location_of(copied):
            with kind.second(copied) as other:  # nobody is kept waiting
                appended(other, "a")
                written.append(other.head())
        seen.append((done, total))

    def check(copy: EventStore) -> None:
        assert (copy.ledger_id, copy.head(), log_of(copy)) == (copied.ledger_id, before, log)
        assert next(copy.key_records("k-1"), None) == next(copied.key_records("k-1"), None)
        seen.append((0, 0))

    path = tmp_path / "copy"
    assert copied.backup(str(path), replace=False, check=check, progress=told) == before
    assert len(seen) > 2
    assert len(written) == (len(seen) - 1 if location_of(copied) else 0)
    assert seen[-2:] == [(seen[-2][1], seen[-2][1]), (0, 0)]
    assert copied.head().position == before.position + len(written)
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_check_refuses_is_not_kept(copied: CopiedStore, tmp_path: Path) -> None:
    path = tmp_path / "copy"

    def refuse(copy: EventStore) -> None:
        location = location_of(copy)
        assert location is not None
        assert Path(location).parent == tmp_path
        raise InterruptedError

    with pytest.raises(InterruptedError):
        copied.backup(str(path), replace=False, check=refuse)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"before")
    with pytest.raises(InterruptedError):
        copied.backup(str(path), replace=True, check=refuse)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
