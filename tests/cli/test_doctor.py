"""``ledger doctor``: what is wrong with a file, in plain words, and repair what is derived."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from ledger import Ledger
from tests.support.file_content import tree
from tests.support.log_editing import run_sql
from tests.support.program import PROGRAM, Outcome, Run


@pytest.fixture
def diagnosed(run: Run, tmp_path: Path) -> Callable[..., Any]:
    """Ask the doctor, and see that asking changed nothing; gives what it said."""

    def ask(status: int, *arguments: str, **how: Any) -> Any:
        before = tree(tmp_path)
        done = run("doctor", "--json", *arguments, **how)
        assert done.status == status, done
        assert tree(tmp_path) == before
        assert done.json["problems"]
        assert done.json["repaired"] == []
        assert all(each["message"] and each["advice"] for each in done.json["problems"])
        assert done.error["message"]
        assert done.error["hint"]
        return done.json

    return ask


def log_of(run: Run) -> str:
    return run("export-events").out


# ── nothing is wrong ────────────────────────────────────────────────────────────────────────────


def test_of_a_sound_ledger_it_says_so_and_changes_nothing(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    head = run("balance", "acc-001", "--json").json["head"]
    before = tree(tmp_path)
    for repair in ((), ("--repair",)):
        done = run("doctor", "--json", *repair)
        assert (done.status, done.err) == (0, "")
        assert done.json == {
            "path": str(small_books),
            "sound": True,
            "head": head,
            "trusted": head,
            "problems": [],
            "repaired": [],
            "notes": [],
        }
        assert run("doctor", "--format", "table", *repair).out == f"nothing is wrong\nhead {head}\n"
        assert run("doctor", *repair) == Outcome(0, "", "")
        assert tree(tmp_path) == before


# ── files that do not open ──────────────────────────────────────────────────────────────────────


def test_where_nothing_is_or_a_folder_it_says_so(
    diagnosed: Callable[..., Any], tmp_path: Path
) -> None:
    assert diagnosed(4)["problems"][0]["code"] == "no_such_ledger"
    assert "is a folder" in diagnosed(2, "--db", str(tmp_path))["problems"][0]["message"]


def test_the_advice_for_an_export_works(run: Run, small_books: Path, tmp_path: Path) -> None:
    assert run("export-events", "log.jsonl").status == 0
    done = run("doctor", "--db", "log.jsonl", "--json")
    words = done.json["problems"][0]["advice"].split(": ")[1].split()
    assert words[0] == "ledger"
    assert run(*words[1:]).status == 0
    assert run("balance", "acc-001", "--db", "new.db").out == "124.75\n"


def test_another_programs_database_and_a_newer_ledger_are_named(
    diagnosed: Callable[..., Any], books: Path, small_books: Path
) -> None:
    run_sql(books, "PRAGMA user_version = 4")
    found = diagnosed(2)
    assert "has file format 4" in found["problems"][0]["message"]
    assert "pip install -U eventledger" in found["problems"][0]["advice"]
    run_sql(books, "PRAGMA application_id = 7")
    assert "another application" in diagnosed(2)["problems"][0]["message"]


def test_a_file_that_is_cut_off_is_reported_with_how_much_is_there(
    diagnosed: Callable[..., Any], small_books: Path
) -> None:
    size = small_books.stat().st_size
    os.truncate(small_books, size - 8192)
    found = diagnosed(6)
    assert found["problems"][0]["code"] == "cut_off"
    assert f"{size - 8192} of {size} bytes" in found["problems"][0]["message"]
    os.truncate(small_books, 4096)
    assert diagnosed(6)["problems"][0]["code"] == "cut_off"


def test_missing_permissions_are_reported(
    diagnosed: Callable[..., Any], run: Run, small_books: Path
) -> None:
    small_books.chmod(0o000)
    done = run("doctor", "--json", bound=True)
    assert done.status == 1
    assert done.json["problems"][0]["code"] == "unreadable_file"
    small_books.chmod(0o400)
    done = run("doctor", "--json", bound=True)
    assert (done.status, done.json["sound"]) == (0, True)
    assert "not write to it" in done.json["notes"][0]


def test_writes_without_their_ledger_are_not_lost_sight_of(
    diagnosed: Callable[..., Any], books: Path
) -> None:
    books.with_name("books.db-wal").write_bytes(b"writes")
    (problem,) = diagnosed(4)["problems"]
    assert problem["code"] == "lone_wal"
    assert "put it back beside it" in problem["advice"]


# ── beside the file ─────────────────────────────────────────────────────────────────────────────


def test_what_killed_commands_left_is_named_and_is_no_fault(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    draft = tmp_path / "books.db.new-0123456789ab"
    draft.write_bytes(b"half")
    done = run("doctor", "--json")
    assert (done.status, done.json["sound"]) == (0, True)
    (note,) = done.json["notes"]
    assert note.startswith(str(draft))
    assert note.endswith("if nothing is writing it, remove it")
    assert run("doctor").err == f"note: {note}\n"


@pytest.mark.parametrize("shm", [True, False], ids=["killed", "copied"])
def test_writes_left_over_are_read_and_left_where_they_are(
    run: Run, small_books: Path, tmp_path: Path, shm: bool
) -> None:
    """A process was killed, or its files were copied without the one that SQLite shares."""
    folder = tmp_path / "copy"
    folder.mkdir()
    with Ledger.open(small_books) as ledger:
        ledger.deposit("acc-001", "1")
        for suffix in ("", "-wal", "-shm") if shm else ("", "-wal"):
            shutil.copy(f"{small_books}{suffix}", f"{folder}/books.db{suffix}")
    before = tree(folder)
    done = run("doctor", "--json", "--db", "copy/books.db")
    assert (done.status, done.json["sound"]) == (0, True)
    assert done.json["head"].startswith("13:")
    assert "the last writes are still in copy/books.db-wal" in done.json["notes"][0]
    after = tree(folder)
    assert after.keys() == before.keys()
    for name in ("books.db", "books.db-wal"):
        assert after[name] == before[name]
    assert run("balance", "acc-001", "--db", "copy/books.db").out == "125.75\n"


def test_a_held_lock_is_reported(run: Run, small_books: Path) -> None:
    holder = sqlite3.connect(small_books, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    done = run("doctor", "--json")
    assert (done.status, done.json["sound"]) == (0, True)
    assert "another process is writing to it right now" in done.json["notes"]
    changed_by_others = run("doctor", "--json")
    assert changed_by_others.status == 0
    holder.close()
    assert run("doctor", "--json").json["notes"] == []


def test_a_repair_waits_for_the_lock_no_longer_than_it_was_told(
    run: Run, small_books: Path
) -> None:
    run_sql(small_books, "UPDATE account_balances SET balance = 1")
    holder = sqlite3.connect(small_books, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    done = run("doctor", "--json", "--repair", env={"LEDGER_LOCK_TIMEOUT": "0.1"})
    holder.close()
    assert (done.status, done.error["code"]) == (5, "lock_timeout")
    assert run("doctor", "--repair").status == 0


# ── what is made from the log ───────────────────────────────────────────────────────────────────


@pytest.fixture
def kept_books(run: Run, small_books: Path) -> Path:
    """A ledger with a snapshot and an idempotency key."""
    assert run("snapshot", "acc-001").status == 0
    assert run("deposit", "acc-002", "1", "--idempotency-key", "k-1").status == 0
    return small_books


def test_a_trigger_that_does_something_else_is_put_right(run: Run, small_books: Path) -> None:
    run_sql(
        small_books,
        "DROP TRIGGER events_are_never_deleted",
        "CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events BEGIN SELECT 1; END",
    )
    assert run("doctor").status == 6
    assert run("doctor", "--repair").status == 0
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        run_sql(small_books, "DELETE FROM events")


def test_snapshots_of_another_fold_are_taken_anew(run: Run, kept_books: Path) -> None:
    run_sql(kept_books, "UPDATE snapshots SET fingerprint = 'older'")
    done = run("doctor", "--json")
    assert (done.status, done.json["sound"]) == (0, True)
    assert "made by another version of ledger" in done.json["notes"][0]
    repaired = run("doctor", "--repair", "--json").json
    assert repaired["repaired"] == ["rebuilt 1 snapshot, from the first event on"]
    assert [each["usable"] for each in run("snapshots", "--json").json] == [True]


def test_a_wrong_snapshot_is_not_the_beginning_of_the_new_one(run: Run, kept_books: Path) -> None:
    run_sql(kept_books, "UPDATE snapshots SET state = replace(state, '12475', '99999')")
    assert run("balance", "acc-001").out == "999.99\n"
    assert run("doctor", "--repair").status == 0
    assert run("balance", "acc-001").out == "124.75\n"


def test_in_plain_and_csv_what_is_wrong_are_rows(run: Run, small_books: Path) -> None:
    run_sql(small_books, "DROP VIEW event_log")
    row = ["medium", "the view event_log is missing"]
    row += ["it can be rebuilt from the log: ledger doctor --repair", "true", "", ""]
    plain = run("doctor")
    assert (plain.status, plain.out) == (6, "\t".join(row) + "\n")
    assert plain.err.startswith(f"error: 1 thing is wrong with {small_books}\nhint: ")
    table = run("doctor", "--format", "csv").out
    assert (
        table == "code,message,advice,repairable,position,account_id\r\n" + ",".join(row) + "\r\n"
    )
    told = run("doctor", "--format", "table", "--repair")
    assert told.out.startswith("nothing is wrong\nhead 12:")
    assert told.err == "repaired: restored the view event_log\n"


# ── the log ─────────────────────────────────────────────────────────────────────────────────────


def test_a_torn_page_is_reported_and_nothing_is_repaired(
    diagnosed: Callable[..., Any], small_books: Path
) -> None:
    content = bytearray(small_books.read_bytes())
    page = content.index(b"Paycheck") // 4096 * 4096
    content[page : page + 4096] = bytes(4096)
    small_books.write_bytes(content)
    for repair in ((), ("--repair",)):
        found = diagnosed(6, *repair)
        assert not all(each["repairable"] for each in found["problems"])


def test_an_index_that_lost_its_entries_is_built_again(run: Run, small_books: Path) -> None:
    """As a torn write leaves it: rows are there, and the index does not know them."""
    log = log_of(run)
    file = sqlite3.connect(small_books)
    (schema,) = file.execute(
        "SELECT sql FROM sqlite_schema WHERE name = 'events_backdated'"
    ).fetchone()
    (version,) = file.execute("PRAGMA schema_version").fetchone()
    with file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'backdated = 1', 'backdated = 0') "
            "WHERE name = 'events_backdated'"
        )
        file.execute(f"PRAGMA schema_version = {version + 1}")
    file.close()
    file = sqlite3.connect(small_books)
    with file:
        file.execute("REINDEX events_backdated")
        file.execute("PRAGMA writable_schema = ON")
        file.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'events_backdated'", (schema,))
        file.execute(f"PRAGMA schema_version = {version + 3}")
    file.close()
    found = run("doctor", "--json")
    assert found.status == 6
    assert all(each["repairable"] for each in found.json["problems"])
    repaired = run("doctor", "--json", "--repair")
    assert (repaired.status, repaired.json["repaired"]) == (0, ["rebuilt the indexes"])
    assert log_of(run) == log
    assert run("verify", "--quiet").status == 0


def test_what_can_be_trusted_of_a_changed_log_is_saved_as_the_advice_says(
    run: Run, diagnosed: Callable[..., Any], small_books: Path
) -> None:
    exported = log_of(run).splitlines()
    run_sql(
        small_books,
        "DROP TRIGGER events_are_never_updated",
        "UPDATE events SET text = replace(text, 'Stamps', 'Sweets') WHERE position = 7",
    )
    trusted = diagnosed(6)["trusted"]
    told = run("doctor", "--format", "table")
    assert f"the log can be trusted up to position 6 of 12, head {trusted}\n" in told.out
    for command in told.err.splitlines()[-1].partition("trusted: ")[2].split("; "):
        assert run(*command.split()[1:]).status == 0
    assert run("verify", "--quiet", "--db", "new.db", "--expect-head", trusted).status == 0
    assert run("export-events", "--db", "new.db").out.splitlines()[1:] == exported[1:7]


def test_an_export_ends_where_it_was_told_to(run: Run, small_books: Path) -> None:
    whole = log_of(run).splitlines()
    part = run("export-events", "--to-position", "4").out.splitlines()
    assert part[1:] == whole[1:5]
    assert json.loads(part[0])["events"] == 4
    assert run("export-events", "--to-position", "12").out.splitlines() == whole
    done = run("export-events", "--to-position", "13", "--json")
    assert (done.status, done.error["code"]) == (2, "invalid_option")


# ── a repair that is killed ─────────────────────────────────────────────────────────────────────


def test_a_repair_that_is_killed_leaves_the_file_no_worse(
    run: Run, environ: dict[str, str], books: Path
) -> None:
    with Ledger.open(books) as ledger:
        for number in range(10):
            ledger.open_account(f"acc-{number}", "Ana", initial_balance="10")
        lines = [
            json.dumps(
                {
                    "command": "deposit",
                    "account": f"acc-{number % 10}",
                    "amount": "0.01",
                    "idempotency_key": f"k-{number}",
                }
            ).encode()
            for number in range(2_000)
        ]
        ledger.batch(lines)
    log = log_of(run)
    run_sql(
        books,
        "DROP TRIGGER events_are_never_deleted",
        "DROP TABLE account_summaries",
        "UPDATE account_balances SET balance = 1",
        "UPDATE snapshots SET state = 'nonsense'",
        "DELETE FROM idempotency_keys WHERE key > 'k-2'",
    )
    other = shutil.copyfile(books, books.with_name("other.db"))
    began = monotonic()
    assert run("doctor", "--repair", "--db", str(other)).status == 0
    lasts = monotonic() - began
    ended = 0
    for share in (0.3, 0.5, 0.7, 0.9):
        with subprocess.Popen(
            [PROGRAM, "doctor", "--repair"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            sleep(lasts * share)
            process.kill()
            process.wait()
        ended += process.returncode == -signal.SIGKILL
        assert run("export-events", "--to-position", "2011").out == log
        found = run("doctor", "--json").json
        assert all(each["repairable"] for each in found["problems"])
    assert ended
    assert run("doctor", "--repair").status == 0
    assert run("verify", "--quiet").status == 0
    assert log_of(run) == log


def test_an_account_of_a_dropped_projection_is_not_up_to_date(run: Run, small_books: Path) -> None:
    """`projections` went by the checkpoint alone, which stays when the table is dropped."""
    run_sql(small_books, "DROP TABLE account_balances")
    missing, there = run("projections", "--json").json
    assert (missing["name"], missing["version"], missing["lag"]) == ("account_balances", 0, 12)
    assert missing["outdated"]
    assert not there["outdated"]
    asked = run("balance", "--json")
    assert asked.status == 6
    assert asked.error["message"] == "the projection account_balances is missing"
    assert re.search("ledger rebuild-projections account_balances$", asked.error["hint"])
    assert run("rebuild-projections", "account_balances").status == 0
    assert run("balance", "acc-001").out == "124.75\n"
