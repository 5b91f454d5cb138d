"""``migrate`` on the command line: what it says, in every format, and what it refuses."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from tests.golden.format1.todays_answers import RENAMED
from tests.support.format1.golden import BOOKS, DAMAGED, EXPORT, HEAD, LEDGER_ID
from tests.support.program import SAMPLE_DATA, Refused, Run

FIELDS = [
    "path",
    "ledger_id",
    "head",
    "events",
    "accounts",
    "time_zone",
    "kept_as_they_came",
    "size",
    "source",
    "source_ledger_id",
    "source_head",
    "source_format",
    "lifted",
    "renamed",
]


@pytest.fixture
def old(tmp_path: Path) -> str:
    shutil.copyfile(BOOKS, tmp_path / "old.db")
    return "old.db"


def test_what_a_person_is_told(run: Run, old: str) -> None:
    done = run("migrate", old, "new.db", "--format", "table", "--time-zone", "Asia/Tokyo")
    head = json.loads(run("verify", "--json", "--db", "new.db").out)["head"]
    assert done.out == (
        "127 events of 17 accounts carried over to new.db, and checked; its time zone is "
        f"Asia/Tokyo\n1 event of the older world stored in today's form\nhead {head}\n"
    )
    renamed, kept = done.err.splitlines()
    ((was, account),) = RENAMED.items()
    assert renamed == (
        f"note: 1 account whose id cannot be one here has another: {was!a} is {account}"
    )
    assert kept.startswith("note: events of the older world that are stored as they came: 42;")


def test_what_a_program_is_told(run: Run, old: str, tmp_path: Path) -> None:
    done = run("migrate", old, "new.db", "--json", "--time-zone", "Asia/Tokyo")
    document = json.loads(done.out)
    assert list(document) == FIELDS
    assert document["size"] == (tmp_path / "new.db").stat().st_size
    assert document == {
        **document,
        "path": "new.db",
        "events": 127,
        "accounts": 17,
        "time_zone": "Asia/Tokyo",
        "kept_as_they_came": 42,
        "source": old,
        "source_ledger_id": LEDGER_ID,
        "source_head": f"{HEAD[0]}:{HEAD[1][:16]}",
        "source_format": 1,
        "lifted": 1,
        "renamed": [{"was": was, "account_id": account} for was, account in RENAMED.items()],
    }
    book = json.loads(run("book", "--json", "--db", "new.db").out)
    assert document["ledger_id"] == book["ledger_id"] != LEDGER_ID


def test_the_book_tells_where_it_came_from_until_texts_are_erased(run: Run, old: str) -> None:
    def migrated_from() -> object:
        return json.loads(run("book", "--json", "--db", "new.db").out)["migrated_from"]

    run("migrate", old, "new.db")
    wanted = {"ledger_id": LEDGER_ID, "head": f"{HEAD[0]}:{HEAD[1][:16]}", "format": 1}
    assert migrated_from() == wanted
    assert run("erase", "kw-fund", "--reason", "asked to", "--yes", "--db", "new.db").status == 0
    assert migrated_from() == {**wanted, "head": None}


def test_rows(run: Run, old: str) -> None:
    plain = run("migrate", old, "plain.db", "--format", "plain")
    assert plain.out.split("\t")[0:12:3] == ["plain.db", "127", plain.out.split("\t")[6], LEDGER_ID]
    csv = run("migrate", old, "csv.db", "--format", "csv")
    assert csv.out.splitlines()[0] == ",".join(FIELDS)


def test_lifted_there_is_nothing_to_note(run: Run, old: str) -> None:
    done = run("migrate", old, "new.db", "--lift", "--json")
    assert json.loads(done.out)["kept_as_they_came"] == 0
    assert "stored as they came" not in done.err


def test_the_new_ledger_is_for_its_owner_alone(run: Run, old: str, tmp_path: Path) -> None:
    run("migrate", old, "new.db")
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600


def test_the_machines_time_zone_is_the_books(run: Run, old: str) -> None:
    done = run("migrate", old, "new.db", "--json", env={"TZ": "America/New_York"})
    assert json.loads(done.out)["time_zone"] == "America/New_York"
    done = run("--time-zone", "Asia/Tokyo", "migrate", old, "3.db", "--json")
    assert json.loads(done.out)["time_zone"] == "Asia/Tokyo"


def test_a_real_ledger_does_not_become_a_test_ledger(run: Run, old: str, tmp_path: Path) -> None:
    test = {"LEDGER_CLOCK": "2026-01-01T09:00:00Z+1s", "LEDGER_SEED": "7"}
    done = run("migrate", old, "1.db", "--json", env=test)
    assert (done.status, done.out) == (2, "")
    assert "as real as its source" in done.error["message"]
    assert not (tmp_path / "1.db").exists()
    env, *words = done.error["hint"].partition(": ")[2].split()
    assert (env, words[:4]) == ("env", ["-u", "LEDGER_CLOCK", "-u", "LEDGER_SEED"])
    assert run(*words[5:]).status == 0
    assert run("book", "--json", "--db", "1.db").json["test"] is None


@pytest.mark.parametrize("format", ["table", "plain", "csv", "json"])
def test_a_damaged_source_is_shown_as_verify_shows_one(
    run: Run, tmp_path: Path, format: str
) -> None:
    shutil.copyfile(DAMAGED, tmp_path / "old.db")
    done = run("migrate", "old.db", "new.db", "--format", format)
    assert done.status == 6
    assert "the hash does not follow from the event and the previous hash" in done.out
    if format == "json":
        document = json.loads(done.out)
        assert document["clean"] is False
        assert [each["position"] for each in document["findings"]] == [25]
        assert done.error["details"] == {"path": "old.db", "findings": 1}
    elif format == "csv":
        assert done.out.splitlines()[0] == "check,position,account_id,message,expected,found"
    if format != "json":
        assert done.err.splitlines() == [
            "error: old.db does not hold what was written to it: 1 finding, the first at position "
            "25 of account kw-fund: the hash does not follow from the event and the previous hash",
            "hint: keep the file as it is, and migrate a backup from before it was damaged",
        ]
    assert not (tmp_path / "new.db").exists()


def test_refusals(refused: Refused, old: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("something")
    shutil.copyfile(EXPORT, tmp_path / "old.jsonl")
    for status, code, *arguments in (
        (2, "invalid_option", old, "there"),
        (2, "invalid_option", old, old),
        (2, "invalid_option", old, "-"),
        (2, "invalid_option", old, ""),
        (2, "invalid_usage", old),
        (2, "invalid_usage", old, "new.db", "--db", "books.db"),
        (2, "invalid_time", old, "new.db", "--time-zone", "Mars/Phobos"),
        (2, "invalid_time", old, "new.db", "--time-zone", ""),
        (2, "invalid_time", "old.jsonl", "new.db", "--time-zone", "CET"),
        (2, "not_a_ledger", "there", "new.db"),
        (2, "not_a_ledger", ".", "new.db"),
        (4, "no_such_ledger", "nowhere.db", "new.db"),
        (4, "no_such_ledger", "-", "new.db"),
        (1, "storage_failure", old, "nowhere/new.db"),
    ):
        error = refused(status, code, "migrate", *arguments)
        assert "LEDGER_DB" not in error["hint"]


def test_the_way_out_of_a_refused_erasure_works_as_printed(run: Run, tmp_path: Path) -> None:
    def typed(hint: str) -> list[str]:
        return shlex.split(hint.partition(": ledger ")[2])

    assert run("import-events", str(SAMPLE_DATA / "older_world.jsonl")).status == 0
    erase = ("erase", "acc-001", "--reason", "asked to", "--yes")
    way_out = typed(run(*erase, "--json").error["hint"])
    done = run(*way_out)
    assert (done.status, done.err) == (0, "")
    assert (
        "200 events of the older world stored in today's form"
        in run(*way_out[:2], "other.db", "--lift", "--format", "table").out
    )
    balances = run("balance").out
    assert balances
    assert run("balance", "--db", way_out[2]).out == balances
    assert run(*erase, "--db", way_out[2]).status == 0
    assert run("verify", "--db", way_out[2]).status == 0


def test_todays_format_is_refused_with_what_to_type(run: Run, tmp_path: Path) -> None:
    assert run("import-events", str(SAMPLE_DATA / "older_world.jsonl")).status == 0
    (tmp_path / "today.jsonl").write_text(run("export-events", "-").out)
    for source in ("books.db", "today.jsonl"):
        refused = run("migrate", source, f"new-{source}.db", "--json")
        assert (refused.status, refused.error["code"]) == (2, "not_a_ledger")
        hint = refused.error["hint"]
        assert hint.endswith(f": ledger migrate {source} new-{source}.db --lift")
        done = run(*shlex.split(hint.partition(": ledger ")[2]), "--json")
        document = json.loads(done.out)
        assert (document["source_format"], document["lifted"]) == (2, 200)


def test_todays_format_keeps_its_time_zone(run: Run, tmp_path: Path) -> None:
    assert run("import-events", str(SAMPLE_DATA / "older_world.jsonl")).status == 0
    zone = json.loads(run("book", "--json").out)["time_zone"]
    migrate = ("migrate", "books.db", "new.db", "--lift", "--json")
    refused = run(*migrate, "--time-zone", "Asia/Tokyo")
    assert (refused.status, refused.error["code"]) == (2, "invalid_option")
    assert not (tmp_path / "new.db").exists()
    done = run(*migrate, env={"LEDGER_TIME_ZONE": "Asia/Tokyo"})
    assert json.loads(done.out)["time_zone"] == zone
