"""What was published makes the same ledger again, or the reason is told why it does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

from ledger import Ledger
from ledger.errors import BrokenChain, ImportRefused, InvalidLine, PublicationDiverged
from ledger.exchange.publishing.read_back import merged, of_ledger
from tests.publishing.conftest import Books


@pytest.fixture
def path(books: Books, tmp_path: Path) -> Path:
    return books.copy(tmp_path)


def bodies_of(path: Path, after: int | None = None) -> list[bytes]:
    """What is published of a ledger after a position."""
    file = path.with_suffix(".jsonl")
    file.unlink(missing_ok=True)
    target = f"file:{file}"
    with Ledger.open(path) as ledger, ledger.publisher(target, after=after or 0) as publisher:
        publisher.run()
    return file.read_bytes().splitlines()


def rebuilt(lines: list[bytes], head: str) -> Ledger:
    """The ledger that is made of published events; its head is the one that is expected."""
    copy = Ledger.in_memory(restoring=True)
    copy.import_events(lines)
    assert copy.head().short == head
    assert copy.verify(workers=1).clean
    return copy


@pytest.fixture
def lines(path: Path) -> list[bytes]:
    return bodies_of(path)


@pytest.fixture
def head(path: Path) -> str:
    with Ledger.open(path) as ledger:
        return ledger.head().short


def test_what_comes_again_is_dropped(lines: list[bytes], head: str) -> None:
    dice = Random(4)
    for _ in range(5):
        coming: list[bytes] = []
        for number, line in enumerate(lines):
            coming.append(line)
            if dice.random() < 0.3:
                coming += lines[dice.randint(0, number) : number + 1]
        rebuilt(coming, head)


def test_whatever_parts_a_broker_keeps_them_in_they_are_put_into_order(
    lines: list[bytes], head: str
) -> None:
    dice = Random(5)
    for count in (1, 2, 6):
        parts: list[list[bytes]] = [[] for _ in range(count)]
        start = 0
        while start < len(lines):
            end = dice.randint(start + 1, len(lines))
            for line in lines[dice.randint(0, start) : end]:
                parts[crc32(line.partition(b'"subject"')[2][:20]) % count].append(line)
            start = end
        rebuilt(list(merged({n: following(part) for n, part in enumerate(parts)})), head)


class following:  # noqa: N801 - it is called as a function
    def __init__(self, part: list[bytes]) -> None:
        self._coming: Iterator[bytes] = iter(part)

    def __call__(self) -> bytes | None:
        return next(self._coming, None)


def refusal(lines: list[bytes], kind: type[Exception]) -> str:
    with pytest.raises(kind) as refused:
        Ledger.in_memory(restoring=True).import_events(lines)
    return str(refused.value)


def test_what_is_missing_or_out_of_order_is_named(lines: list[bytes]) -> None:
    assert refusal(lines[:4] + lines[5:], InvalidLine).startswith(
        "line 5: position 5 of the log is missing"
    )
    swapped = [*lines[:4], lines[5], lines[4], *lines[6:]]
    assert "position 5 of the log is missing" in refusal(swapped, InvalidLine)
    assert "position 1 of the log is missing" in refusal(lines[3:], InvalidLine)
    assert "not a published event" in refusal([*lines[:4], b"{}", *lines[4:]], InvalidLine)
    assert "not a published event" in refusal([*lines[:-1], lines[-1][:50]], InvalidLine)


def test_what_was_changed_is_found(lines: list[bytes]) -> None:
    changed = [line.replace(b'"amount":150', b'"amount":151') for line in lines]
    assert "hash" in refusal(changed, BrokenChain)


def test_events_of_two_ledgers_are_not_mixed(lines: list[bytes], head: str, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "other.db"):
        pass
    others = bodies_of(tmp_path / "other.db")
    assert "several ledgers" in refusal(lines + others, ImportRefused)
    ledger_id = json.loads(lines[0])["source"].removeprefix("/ledger/")
    rebuilt(list(of_ledger([*others, *lines, *others], ledger_id)), head)
    parts = {0: following([*others, *lines[:9]]), 1: following([*lines[9:], *others])}
    rebuilt(list(merged(parts, ledger_id)), head)


def test_a_history_that_was_published_twice_in_two_ways_is_told(
    path: Path, books: Books, tmp_path: Path
) -> None:
    other = books.copy(tmp_path)
    for each, amount in ((path, "1"), (other, "2")):
        with Ledger.open(each) as ledger:
            ledger.deposit("bank", amount)
    one, two = bodies_of(path), bodies_of(other)
    assert "two different events of position" in refusal([*one, two[-1]], PublicationDiverged)


def test_an_erasure_reaches_what_was_published_before_it(path: Path, tmp_path: Path) -> None:
    before = bodies_of(path)
    with Ledger.open(path) as ledger:
        ledger.erase("bank", "moved away")
        events, head = list(ledger.events(raw=True)), ledger.head().short
    after = bodies_of(path, after=len(before))
    copy = rebuilt(before + after, head)
    assert list(copy.events(raw=True)) == events
    # So it is where some of it was published again since, without the texts.
    again = bodies_of(path, after=5)
    assert list(rebuilt(before + again, head).events(raw=True)) == events
    # And where nothing was published before.
    assert list(rebuilt(bodies_of(path), head).events(raw=True)) == events


def test_texts_that_are_gone_for_an_erasure_that_is_not_published_yet_are_told(path: Path) -> None:
    count = len(bodies_of(path))
    with Ledger.open(path) as ledger:
        ledger.erase("bank", "moved away")
    with pytest.raises(BrokenChain) as refused:
        Ledger.in_memory(restoring=True).import_events(bodies_of(path)[:count])
    assert "publish the rest" in refused.value.advice
