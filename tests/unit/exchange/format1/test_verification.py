from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from ledger.errors import VerificationFailed
from ledger.migration.format1.events import Format1Event
from ledger.migration.format1.findings import MOST_FINDINGS, Finding, SourceReport
from ledger.migration.format1.opening import open_source
from ledger.migration.format1.verification import verified_events, verify_source
from tests.support.format1.golden import BOOKS, DAMAGED, EXPORT, GOLDEN
from tests.support.format1.writing import (
    START,
    chained,
    change,
    edited_export,
    event,
    write_export,
)


def report(path: Path) -> SourceReport:
    with open_source(str(path)) as source:
        return verify_source(source)


def places(path: Path) -> list[tuple[str, int | None, str | None]]:
    return [(each.check, each.position, each.account_id) for each in report(path).findings]


def edited(path: Path, script: str) -> Path:
    """The golden file after somebody changed it."""
    shutil.copyfile(BOOKS, path)
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "delete")
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(f"PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; {script}")
    connection.close()
    return path


def accounts_at(*positions: int) -> list[str]:
    lines = EXPORT.read_text("utf-8").splitlines()
    return [json.loads(lines[position])["aggregate_id"] for position in positions]


@pytest.mark.parametrize("path", [BOOKS, EXPORT])
def test_the_golden_source_is_sound(path: Path) -> None:
    assert report(path) == SourceReport(127, 17, (), 0)
    assert report(path).clean


def test_the_damaged_one_is_refused_with_what_0_1_said_of_its_log() -> None:
    kept = json.loads((GOLDEN / "damaged.findings.json").read_text("utf-8"))
    derived = ("snapshot", "projection", "idempotency", "medium")
    of_the_log = [each for each in kept["shown"]["findings"] if each["check"] not in derived]
    assert len(of_the_log) == 1
    given: list[int] = []
    with (
        open_source(str(DAMAGED)) as source,
        pytest.raises(VerificationFailed, match=r"1 finding.* position 25 of account kw-fund") as e,
    ):
        given.extend(each.position for each in verified_events(source))
    assert given == list(range(1, 25))
    assert e.value.details["count"] == 1
    listed: Any = e.value.details["findings"]
    (found,) = listed
    for field in ("check", "position", "account_id", "expected", "found"):
        assert found[field] == of_the_log[0][field], field
    assert json.dumps(e.value.details)


Events = list[Format1Event]


def replaced(at: int, **fields: Any) -> Callable[[Events], None]:
    """Other values in one event, the 1-based how many-th."""

    def edit(events: Events) -> None:
        whole = {name: getattr(events[at - 1], name) for name in events[0].__struct_fields__}
        events[at - 1] = Format1Event(**{**whole, **fields})

    return edit


# All hashes are made anew after these, so it is not the chain that finds them.
FORGED: list[tuple[str, Callable[[Events], None], list[tuple[str, int]]]] = [
    ("nothing", lambda events: None, []),
    ("a version twice", replaced(3, version=2), [("versions", 3), ("versions", 4)]),
    ("no version 3", replaced(3, version=4), [("versions", 3), ("versions", 4)]),
    ("another type", replaced(3, aggregate_type="Other"), [("streams", 3)]),
    (
        "recorded before the one before",
        replaced(3, recorded_at=START + 1, effective_at=START + 1, backdated=True),
        [("recorded_times", 3)],
    ),
    ("recorded before it happened", replaced(4, recorded_at=START + 3), [("recorded_times", 4)]),
    ("backdated by nothing", replaced(3, backdated=True), [("hash_chain", 3)]),
    ("data that is a list", replaced(2, data="[1]"), [("unreadable", 2)]),
    ("data without its text", replaced(2, data='{"amount":1}'), [("unreadable", 2)]),
    ("a text that is none", replaced(2, data='{"description":1}'), [("unreadable", 2)]),
    ("an unknown event", replaced(2, event_type="MoneyBurnt"), [("unreadable", 2)]),
    ("a newer event", replaced(2, schema_version=3), [("unreadable", 2)]),
    ("metadata that is a text", replaced(2, metadata='"x"'), [("unreadable", 2)]),
    ("a key that is none", replaced(2, metadata='{"idempotency_key":1}'), [("unreadable", 2)]),
    ("a request that is none", replaced(2, metadata='{"request":[1]}'), [("unreadable", 2)]),
    ("position 0", replaced(1, position=0), [("positions", 0), ("positions", 1)]),
    ("a gap", replaced(4, position=5), [("positions", 4), ("head", -1)]),
]


@pytest.mark.parametrize(("edit", "expected"), [each[1:] for each in FORGED],
                         ids=[each[0] for each in FORGED])  # fmt: skip
def test_a_forged_log_is_found_out(
    tmp_path: Path, edit: Callable[[Events], None], expected: list[tuple[str, int]]
) -> None:
    events = [event(position) for position in range(1, 5)]
    edit(events)
    found = report(write_export(tmp_path / "x.jsonl", chained(events))).findings
    seen = [(each.check, -1 if each.position is None else each.position) for each in found]
    assert seen[: len(expected)] == expected
    if not expected or expected[0][0] != "positions":
        assert len(seen) == len(expected), found


LineEdit = Callable[[list[str]], object]

EDITED: list[tuple[str, LineEdit, list[tuple[str, int | None]]]] = [
    ("a line is gone", lambda lines: lines.pop(50), [("positions", 50), ("versions", None)]),
    ("the end is gone", lambda lines: lines.__delitem__(slice(100, None)), [("positions", 100)]),
    ("the last line is gone", lambda lines: lines.pop(), [("positions", 127)]),
    ("a line comes twice", lambda lines: lines.insert(50, lines[50]), [("positions", 50)]),
    ("no JSON", lambda lines: lines.__setitem__(127, lines[127][:-9]), [("unreadable", None)]),
    (
        "another event id",
        lambda lines: lines.__setitem__(127, change(lines[127], event_id="x")),
        [("unreadable", None)],
    ),
    (
        "another zone",
        lambda lines: lines.__setitem__(127, lines[127].replace('Z","hash', '+01:00","hash')),
        [("unreadable", None)],
    ),
    (
        "another account",
        lambda lines: lines.__setitem__(2, change(lines[2], aggregate_id="acc-999")),
        [("hash_chain", 2), ("versions", None)],
    ),
    (
        "another end",
        lambda lines: lines.__setitem__(0, change(lines[0], head="00" * 32)),
        [("head", None)],
    ),
    (
        "fewer events",
        lambda lines: lines.__setitem__(0, change(lines[0], events=126)),
        [("head", None)],
    ),
    (
        "another ledger",
        lambda lines: lines.__setitem__(0, change(lines[0], ledger_id="x")),
        [("hash_chain", 1)],
    ),
]


@pytest.mark.parametrize(("edit", "expected"), [each[1:] for each in EDITED],
                         ids=[each[0] for each in EDITED])  # fmt: skip
def test_an_edited_export_is_found_out(
    tmp_path: Path, edit: LineEdit, expected: list[tuple[str, int | None]]
) -> None:
    path = edited_export(tmp_path / "x.jsonl", edit)
    found = report(path).findings
    assert len(found) == len(expected), found
    for each, (check, position) in zip(found, expected, strict=True):
        assert each.check == check
        assert position is None or each.position == position
    with open_source(str(path)) as source, pytest.raises(VerificationFailed):
        list(verified_events(source))


def test_a_changed_hash_is_one_finding(tmp_path: Path) -> None:
    def edit(lines: list[str]) -> None:
        kept = json.loads(lines[60])
        digest = "f" * 64
        other = kept["event_id"]
        lines[60] = lines[60].replace(kept["hash"], digest).replace(other, event_id(digest))

    assert places(edited_export(tmp_path / "x.jsonl", edit)) == [
        ("hash_chain", 60, accounts_at(60)[0])
    ]


def event_id(digest: str) -> str:
    return event(1, hash=bytes.fromhex(digest)).event_id


def test_an_amount_changed_in_a_file_is_one_finding(tmp_path: Path) -> None:
    path = edited(
        tmp_path / "x.db",
        "UPDATE events SET data = replace(data, '5000', '9000') WHERE position = 12",
    )
    assert places(path) == [("hash_chain", 12, accounts_at(12)[0])]


def test_a_wrong_mark_is_found_in_a_file(tmp_path: Path) -> None:
    path = edited(tmp_path / "x.db", "UPDATE events SET backdated = 1 WHERE position = 12")
    found = report(path).findings
    assert [(each.check, each.position) for each in found] == [
        ("hash_chain", 12),
        ("backdated", 12),
    ]
    assert (found[1].expected, found[1].found) == ("not backdated", "backdated")


def test_events_that_are_gone_are_named_as_a_range(tmp_path: Path) -> None:
    path = edited(tmp_path / "x.db", "DELETE FROM events WHERE position BETWEEN 40 AND 42")
    (gap, *rest) = report(path).findings
    assert gap == Finding(
        check="positions",
        message="the events at positions 40 to 42 are missing",
        position=40,
        expected="40 to 42",
        found="none",
    )
    assert {each.check for each in rest} == {"versions"}


def test_a_log_whose_end_is_gone_was_longer_before(tmp_path: Path) -> None:
    path = edited(tmp_path / "x.db", "DELETE FROM events WHERE position > 125")
    (found,) = report(path).findings
    assert (found.check, found.position) == ("medium", 126)
    assert found.message == "the log ends at position 125, and was longer before"


def test_a_stream_without_events_is_found(tmp_path: Path) -> None:
    path = edited(tmp_path / "x.db", "INSERT INTO streams VALUES (99, 'ghost', 'BankAccount')")
    (found,) = report(path).findings
    assert (found.check, found.account_id) == ("streams", "ghost")


def test_events_of_no_stream_cannot_be_read(tmp_path: Path) -> None:
    path = edited(tmp_path / "x.db", "DELETE FROM streams WHERE stream_id = '0-empty'")
    (found, *_) = report(path).findings
    assert found.check == "unreadable"
    assert "stream number" in found.message


def test_a_page_that_is_spoilt_is_named_and_stepped_over(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    shutil.copyfile(BOOKS, path)
    connection = apsw.Connection(str(path))
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'events'").get
    connection.pragma("journal_mode", "delete")
    connection.close()
    content = bytearray(path.read_bytes())
    start = (root - 1) * 4_096
    assert content[start] == 5  # an inner page, whose cells lead to the leaves
    cell = start + int.from_bytes(content[start + 14 : start + 16], "big")
    leaf = int.from_bytes(content[cell : cell + 4], "big")
    content[(leaf - 1) * 4_096 : leaf * 4_096] = b"\xff" * 4_096
    path.write_bytes(content)
    found = report(path)
    unreadable = [each for each in found.findings if each.check == "unreadable"]
    assert len(unreadable) == 1
    assert unreadable[0].message.startswith("the file cannot be read at position ")
    assert 0 < found.events < 127
    assert not [each for each in found.findings if each.check == "hash_chain"]


def test_a_text_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    path = edited(
        tmp_path / "x.db",
        "UPDATE events SET data = CAST(x'7b22fffe7d' AS TEXT) WHERE position = 20",
    )
    (found, *_) = report(path).findings
    assert (found.check, found.position) == ("unreadable", 20)
    assert "not UTF-8" in found.message


def test_findings_are_bounded_and_counted(tmp_path: Path) -> None:
    events = [event(position, metadata="1") for position in range(1, MOST_FINDINGS + 51)]
    path = write_export(tmp_path / "x.jsonl", chained(events))
    found = report(path)
    assert (len(found.findings), found.count) == (MOST_FINDINGS, MOST_FINDINGS + 50)
    with open_source(str(path)) as source, pytest.raises(VerificationFailed) as caught:
        list(verified_events(source))
    assert caught.value.details["count"] == MOST_FINDINGS + 50
    assert f"{MOST_FINDINGS + 50} findings" in caught.value.message


def test_aggregates_that_are_no_accounts_are_let_through(tmp_path: Path) -> None:
    events = [
        event(1, stream_id="c", aggregate_type="Counter", event_type="Counted", data='{"by":1}')
    ]
    assert report(write_export(tmp_path / "x.jsonl", chained(events))).clean


def test_a_finding_is_plain_json() -> None:
    finding = Finding(check="positions", message="x", position=1)
    assert msgspec.json.encode(finding) == b'{"check":"positions","message":"x","position":1}'
