"""Whatever is killed, and at whatever point: every event arrives, in order, and with its id."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.publishing.conftest import Books, made
from tests.support.publishing.killed_publisher import POINTS
from tests.support.publishing.places import Place
from tests.support.publishing.rounds import broker_killed, publisher_killed
from tests.support.soak import PROPERTY

TIMES = int(os.environ.get("LEDGER_TEST_SERVERS") or 1)
"""How many times more rounds than usual."""

KILLS = {"file": 5, "nats": 5, "kafka": 3}
BROKER_KILLS = {"nats": 5, "kafka": 1}
"""Rounds of each point and target, where servers are asked for."""


@pytest.mark.parametrize(
    ("point", "new_place"),
    [*((point, "file") for point in POINTS), ("sent", "nats"), ("acknowledged", "nats")],
    indirect=["new_place"],
)
def test_a_killed_publisher_loses_nothing(
    point: str, new_place: Place, books: Books, tmp_path: Path
) -> None:
    publisher_killed(books.copy(tmp_path), new_place, books.events, point, Random(point))


@pytest.mark.parametrize("new_place", ["file", "nats"], indirect=True)
def test_a_publisher_that_notes_before_it_is_acknowledged_is_found_out(
    new_place: Place, books: Books, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match=r"are lost|ahead of it"):
        publisher_killed(
            books.copy(tmp_path), new_place, books.events, "noted", Random(1), "mutant"
        )


@pytest.mark.parametrize("new_place", ["nats"], indirect=True)
@pytest.mark.parametrize("point", ["sent"])
def test_a_killed_broker_loses_nothing(
    point: str, new_place: Place, books: Books, tmp_path: Path
) -> None:
    broker_killed(books.copy(tmp_path), new_place, books.events, point, Random(point))


# ── long runs ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.servers
@pytest.mark.parametrize("kind", KILLS)
@pytest.mark.parametrize("point", POINTS)
def test_killed_publishers_lose_nothing(
    point: str,
    kind: str,
    books: Books,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    figures: Counter[str] = Counter()
    for number in range(KILLS[kind] * TIMES):
        place, dice = made(request, kind, tmp_path), Random(f"{kind} {point} {number}")
        figures += publisher_killed(books.copy(tmp_path), place, books.events, point, dice)
    record_property(PROPERTY, told(figures))


@pytest.mark.servers
@pytest.mark.parametrize("kind", KILLS)
def test_mutants_are_found_out(
    kind: str,
    books: Books,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    figures: Counter[str] = Counter()
    for point in POINTS:
        for number in range(5):
            place, dice = made(request, kind, tmp_path), Random(f"{kind} {point} {number}")
            try:
                publisher_killed(books.copy(tmp_path), place, books.events, point, dice, "mutant")
            except AssertionError:
                figures[f"found out at {point}"] += 1
            else:
                figures[f"not found out at {point}"] += 1
    record_property(PROPERTY, told(figures))
    assert figures["found out at noted"] == 5


@pytest.mark.servers
@pytest.mark.parametrize("kind", BROKER_KILLS)
@pytest.mark.parametrize("point", POINTS)
def test_killed_brokers_lose_nothing(
    point: str,
    kind: str,
    books: Books,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    figures: Counter[str] = Counter()
    for number in range(BROKER_KILLS[kind] * TIMES):
        place, dice = made(request, kind, tmp_path), Random(f"{kind} {point} {number}")
        figures += broker_killed(books.copy(tmp_path), place, books.events, point, dice)
    record_property(PROPERTY, told(figures))


def told(figures: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(figures.items()))
