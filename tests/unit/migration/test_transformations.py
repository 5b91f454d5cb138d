"""A function that replaces events on their way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ledger import Ledger
from ledger.domain.events import MoneyDeposited
from ledger.errors import VerificationFailed
from ledger.migration.source_event import SourceEvent
from tests.support.format1.golden import BOOKS
from tests.support.format1.writing import event
from tests.unit.migration.conftest import Log, MakeSource, opening, stored


def transformed(old: Path, tmp_path: Path, transform: Any, **how: Any) -> Log:
    path = tmp_path / "new.db"
    Ledger.migrate(old, path, transform=transform, time_zone="UTC", **how)
    with Ledger.open(path, create=False) as ledger:
        assert ledger.verify().clean
    return stored(path)


def essence(log: Log) -> list[Any]:
    """All but what is drawn anew in every migration."""
    fields = ("aggregate_id", "version", "schema_version", "data", "text", "recorded_at")
    return [[each.get(name) for name in fields] for each in log[2:]]


def test_the_very_same_event_is_kept_as_without_a_function(tmp_path: Path) -> None:
    kept = transformed(BOOKS, tmp_path, lambda given: [given])
    plain = tmp_path / "plain.db"
    Ledger.migrate(BOOKS, plain, time_zone="UTC")
    assert essence(kept) == essence(stored(plain))


def test_an_event_may_become_several_or_none(source: MakeSource, tmp_path: Path) -> None:
    def halves(given: SourceEvent) -> Iterable[SourceEvent]:
        if not isinstance(given.event, MoneyDeposited):
            return [given]
        if given.event.description == "drop":
            return []
        half = replace(given.event, amount=given.event.amount // 2)
        return [replace(given, event=half), replace(given, event=half)]

    dropped = '{"amount":7,"currency":"USD","description":"drop"}'
    old = source([opening(1), event(2), event(3, data=dropped), event(4)])
    log = transformed(old, tmp_path, halves)
    assert [(each["version"], each["data"].get("amount")) for each in log[2:]] == [
        (1, None),
        (2, 50),
        (3, 50),
        (4, 50),
        (5, 50),
    ]
    assert {each["text"] for each in log[3:]} == {"Päy"}
    marks = [each["metadata"]["migrated"].partition(":")[0] for each in log[2:]]
    assert marks == ["1", "2", "2", "4", "4"]


def test_an_account_may_get_another_id(tmp_path: Path) -> None:
    def renamed(given: SourceEvent) -> Iterable[SourceEvent]:
        known = given.event
        for field in ("account_id", "to_account", "from_account"):
            if getattr(known, field, None) == "acc-002":
                known = replace(known, **{field: "new-002"})
        if given.stream_id == "acc-002":
            return [replace(given, stream_id="new-002", event=known)]
        return [given if known is given.event else replace(given, event=known)]

    path = tmp_path / "new.db"
    Ledger.migrate(BOOKS, path, transform=renamed, time_zone="UTC")
    with Ledger.open(path, create=False) as ledger:
        balances = {each.account_id: each.balance_minor for each in ledger.accounts()}
        assert "acc-002" not in balances
        assert balances["new-002"] == 19_733
        assert ledger.verify(expect_head="13:" + "0" * 16).noted_head == "missing"


def test_a_changed_event_of_the_older_world_is_stored_in_todays_version(tmp_path: Path) -> None:
    def shouted(given: SourceEvent) -> Iterable[SourceEvent]:
        if given.stream_id == "acc-004" and isinstance(given.event, MoneyDeposited):
            louder = given.event.description.upper()
            return [replace(given, event=replace(given.event, description=louder))]
        return [given]

    log = transformed(BOOKS, tmp_path, shouted)
    of_account = [each for each in log if each["aggregate_id"] == "acc-004"]
    assert {each["schema_version"] for each in of_account} == {1, 3}
    changed = [each for each in of_account if each["schema_version"] == 3]
    assert "INTEREST" in {each["text"] for each in changed}
    assert all("metadata" not in each["metadata"]["imported"] for each in changed)


def test_heads_of_the_source_are_known_wherever_their_events_went(
    source: MakeSource, tmp_path: Path
) -> None:
    old = source([opening(1), *(event(position) for position in range(2, 6))])
    hashes = [json.loads(line)["hash"] for line in old.read_text("utf-8").splitlines()[1:]]

    def doubled(given: SourceEvent) -> Iterable[SourceEvent]:
        if not isinstance(given.event, MoneyDeposited):
            return [given]
        return [given, replace(given, event=given.event)]

    transformed(old, tmp_path, doubled)
    with Ledger.open(tmp_path / "new.db", create=False) as ledger:
        for position, digits in enumerate(hashes, 1):
            found = ledger.verify(expect_head=f"{position}:{digits[:16]}")
            assert (found.clean, found.noted_head) == (True, "of_source")


def test_what_breaks_the_rules_is_refused(source: MakeSource, tmp_path: Path) -> None:
    def emptied(given: SourceEvent) -> Iterable[SourceEvent]:
        return [] if given.stream_id == "a" and given.event.label == "opened" else [given]

    old = source([opening(1), event(2)])
    with pytest.raises(VerificationFailed, match="transformation") as raised:
        Ledger.migrate(old, tmp_path / "new.db", transform=emptied, time_zone="UTC")
    details: Any = raised.value.details
    assert "rules" in {each["check"] for each in details["findings"]}
    assert list(tmp_path.iterdir()) == [old]


def test_a_function_that_raises_or_gives_no_event_leaves_nothing(
    source: MakeSource, tmp_path: Path
) -> None:
    def wrong(given: SourceEvent) -> Iterable[SourceEvent]:
        return [replace(given, event="deposit")]

    def raising(given: SourceEvent) -> Iterable[SourceEvent]:
        raise ZeroDivisionError

    old = source([opening(1)])
    for transform, error in ((wrong, TypeError), (raising, ZeroDivisionError)):
        with pytest.raises(error):
            Ledger.migrate(old, tmp_path / "new.db", transform=transform, time_zone="UTC")
    assert list(tmp_path.iterdir()) == [old]
