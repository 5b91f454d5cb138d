"""`book`, its commands and `head`: the ledger as a whole."""

from __future__ import annotations

import csv
import io
import os
import re
import shlex
import shutil
from pathlib import Path
from time import time_ns

import pytest

from ledger import Ledger
from tests.support.cli.terminal import run_on_terminal
from tests.support.clock import DAY, Clock
from tests.support.program import PROGRAM, Refused, Run

FIELDS = [
    *("path", "absolute_path", "ledger_id", "name", "time_zone", "time_zones", "created_at"),
    *("size", "events", "accounts", "head", "last_recorded_at", "locked_until"),
    *("clock_corrections", "test", "migrated_from", "recorded_ahead", "dated_ahead", "archive"),
]


# ── head ────────────────────────────────────────────────────────────────────────────────────────


def test_the_head_is_what_verify_takes(run: Run, small_books: Path) -> None:
    head = run("head").out
    with Ledger.open(small_books) as ledger:
        found = ledger.head()
    assert head == f"{found.short}\n"
    assert run("verify", "--quiet", "--expect-head", head.strip()).status == 0
    document = run("head", "--json").json
    assert list(document) == ["position", "hash", "recorded_at"]
    assert (document["position"], document["hash"]) == (found.position, found.hash.hex())
    assert run("head", "--format", "csv").out.splitlines()[0] == "position,hash,recorded_at"
    run("deposit", "acc-001", "1")
    assert run("head").out != head


# ── book ────────────────────────────────────────────────────────────────────────────────────────


def test_the_book_tells_where_the_file_is_and_what_it_holds(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    document = run("--db", small_books.name, "book", "--json").json
    assert list(document) == FIELDS
    assert document["path"] == small_books.name
    assert document["absolute_path"] == str(small_books)
    assert document["accounts"] == 5
    assert document["head"] == run("head").out.strip()
    assert document["events"] == int(document["head"].partition(":")[0])
    assert document["size"] == small_books.stat().st_size
    assert document["time_zones"] == [{"from": None, "time_zone": document["time_zone"]}]
    for nothing in ("locked_until", "test", "migrated_from", "recorded_ahead", "dated_ahead"):
        assert document[nothing] is None
    with Ledger.open(small_books) as ledger:
        assert document["ledger_id"] == ledger.ledger_id


def test_every_format_tells_the_same(run: Run, small_books: Path) -> None:
    document = run("book", "--json").json
    header, row = csv.reader(io.StringIO(run("book", "--format", "csv").out))
    assert header == FIELDS
    assert row[2] == document["ledger_id"]
    assert run("book", "--format", "plain").out.rstrip("\n").split("\t") == row
    table = run("book", "--format", "table").out
    for told in ("ledger_id", "time_zone", "path"):
        assert document[told] in table
    assert f"head {document['head']}" in table


def test_where_there_is_no_ledger_none_is_made(refused: Refused) -> None:
    for command in (["head"], ["book"], ["book", "rename"], ["book", "correct-clock"]):
        more = ["club"] if command[-1] == "rename" else []
        refused(4, "no_such_ledger", *command, *more)


# ── book create ─────────────────────────────────────────────────────────────────────────────────


def test_a_ledger_is_created_without_an_account(run: Run, books: Path) -> None:
    done = run("book", "create", "--name", "Rowing club", "--time-zone", "Europe/Berlin", "--json")
    assert (done.status, done.err) == (0, "")
    assert (done.json["name"], done.json["time_zone"]) == ("Rowing club", "Europe/Berlin")
    assert (done.json["events"], done.json["accounts"]) == (1, 0)
    assert done.json == run("book", "--json").json
    assert run("accounts", "--json").json == []
    assert run("verify", "--quiet").status == 0
    assert "new ledger" not in run("open", "acc-001", "--owner", "Ana").err


def test_a_ledger_without_a_zone_has_the_machines(run: Run, books: Path) -> None:
    done = run("book", "create", "--json", env={"TZ": "Asia/Tokyo"})
    assert done.json["time_zone"] == "Asia/Tokyo"


def test_nothing_is_created_where_something_is(
    run: Run, refused: Refused, small_books: Path
) -> None:
    error = refused(2, "invalid_option", "book", "create")
    assert "ledger book" in error["hint"]


@pytest.mark.parametrize("zone", ["Mars/Phobos", "CET", "+01:00", "Europe", "", "../etc/passwd"])
def test_a_zone_that_is_none_creates_nothing(refused: Refused, books: Path, zone: str) -> None:
    refused(2, "invalid_time", "book", "create", "--time-zone", zone)
    assert not books.exists()


# ── what the first command tells ────────────────────────────────────────────────────────────────


def test_the_first_open_tells_once_where_the_ledger_is(
    run: Run, books: Path, tmp_path: Path
) -> None:
    then = ("--at", "2024-01-01")
    first = run("open", "a", "--owner", "Ana", *then, env={"TZ": "Europe/Berlin"})
    assert first.err == f"note: a new ledger in {books}, time zone Europe/Berlin\n"
    assert run("open", "b", "--owner", "Ana", *then).err == ""
    assert run("open", "a", "--owner", "Ana", "--db", "other.db", "--quiet").err == ""
    refused = run("open", "a", "--owner", "Ana", "--db", "third.db", "--currency", "usd")
    assert "new ledger" not in refused.err
    assert not (tmp_path / "third.db").exists()


def test_a_batch_that_makes_a_ledger_tells_it_too(run: Run, books: Path) -> None:
    line = '{"command":"open","account":"a","owner":"Ana"}\n'
    assert "new ledger" not in run("batch", "-", "--dry-run", stdin=line).err
    assert not books.exists()
    often = ("--commit-every", "1", "--continue-on-error")
    assert f"a new ledger in {books}" in run("batch", "-", *often, stdin=line).err
    assert "new ledger" not in run("batch", "-", stdin=line.replace('"a"', '"b"')).err


# ── rename ──────────────────────────────────────────────────────────────────────────────────────


def test_a_book_is_renamed_and_may_lose_its_name(run: Run, small_books: Path) -> None:
    done = run("book", "rename", "Ruderclub Łódź", "--json")
    assert list(done.json) == ["command", "name", "events"]
    assert (done.json["command"], done.json["name"]) == ("book rename", "Ruderclub Łódź")
    assert done.json["events"][0]["event_type"] == "BookRenamed"
    assert run("book", "--json").json["name"] == "Ruderclub Łódź"
    assert run("book", "rename", "").status == 0
    assert run("book", "--json").json["name"] == ""
    assert run("verify", "--quiet").status == 0


def test_a_name_that_is_none_is_refused(refused: Refused, small_books: Path) -> None:
    refused(2, "invalid_text", "book", "rename", "x" * 100_000)
    refused(2, "invalid_text", "book", "rename", b"\xff")


# ── time zone ───────────────────────────────────────────────────────────────────────────────────


def test_the_zone_changes_freely_while_there_is_no_entry(run: Run, books: Path) -> None:
    run("book", "create", env={"TZ": "Asia/Tokyo"})
    done = run("book", "time-zone", "Europe/Berlin", "--json")
    assert (done.json["time_zone"], done.json["from"]) == ("Europe/Berlin", None)
    assert run("book", "--json").json["time_zones"] == [
        {"from": None, "time_zone": "Europe/Berlin"}
    ]


def test_an_opening_without_money_keeps_its_day_too(
    run: Run, refused: Refused, books: Path
) -> None:
    run("open", "a", "--owner", "Ana", "--at", "2026-01-01")
    refused(2, "invalid_time", "book", "time-zone", "America/New_York")
    assert run("statement", "a", "--to", "2026-01-01").out


def test_afterwards_it_changes_from_a_moment_after_all_that_is_recorded(
    run: Run, refused: Refused, books: Path
) -> None:
    run("open", "a", "--owner", "Ana", "--at", "2026-01-01")
    run("deposit", "a", "5", "--at", "2026-03-01")
    refused(2, "invalid_time", "book", "time-zone", "Asia/Tokyo")
    # A moment by which something was recorded is refused, too: a date names what was known then.
    for since in ("2026-01-15", "2026-03-01", "2026-03", "2026-03-02", "today"):
        refused(2, "invalid_time", "book", "time-zone", "Asia/Tokyo", "--from", since)
    done = run("book", "time-zone", "Asia/Tokyo", "--from", "2100-03-02", "--json")
    assert done.json["from"] == "2100-03-02T00:00:00.000000Z"
    history = run("book", "--json").json["time_zones"]
    assert [each["time_zone"] for each in history] == ["UTC", "Asia/Tokyo"]
    refused(2, "invalid_time", "book", "time-zone", "UTC", "--from", "2100-03-01T12:00Z")
    assert "Asia/Tokyo" in run("book", "--format", "table").out
    assert run("balance", "a", "--as-of", "2026-02-28").out == "0.00\n"
    assert run("balance", "a", "--as-of", "2026-03-01").out == "5.00\n"
    assert run("verify", "--quiet").status == 0


def test_a_zone_or_time_that_is_none_changes_nothing(refused: Refused, small_books: Path) -> None:
    refused(2, "invalid_time", "book", "time-zone", "Mars/Phobos", "--from", "2030-01-01")
    refused(2, "invalid_time", "book", "time-zone", "Asia/Tokyo", "--from", "soon")
    refused(2, "invalid_usage", "book", "time-zone")


# ── one command of another ──────────────────────────────────────────────────────────────────────


def test_the_common_options_may_stand_anywhere(run: Run, small_books: Path) -> None:
    for words in (
        ["--json", "book", "rename", "x"],
        ["book", "--json", "rename", "x"],
        ["book", "rename", "x", "--json"],
    ):
        assert run(*words).json["name"] == "x"


def test_a_command_of_book_that_is_none_is_answered(run: Run, small_books: Path) -> None:
    done = run("book", "renam", "x")
    assert done.status == 2
    assert "rename" in done.err
    assert "hint: see: ledger book --help" in done.err


def test_a_hint_names_the_whole_command(run: Run, small_books: Path, lock_holder: None) -> None:
    done = run("book", "rename", "x", env={"LEDGER_LOCK_TIMEOUT": "0"})
    assert done.status == 5
    assert "LEDGER_LOCK_TIMEOUT=60 ledger book rename x" in done.err


@pytest.fixture
def lock_holder(small_books: Path) -> object:
    import apsw

    connection = apsw.Connection(str(small_books))
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.close()


def test_a_terminal_shows_the_path_as_given_and_whole(
    environ: dict[str, str], small_books: Path, tmp_path: Path
) -> None:
    shown = run_on_terminal([PROGRAM, "book", "--db", "books.db"], env=environ, cwd=tmp_path)
    assert shown.status == 0
    assert "books.db\n" in shown.text
    assert os.path.join(tmp_path, "books.db") in shown.text
    assert "TEST" not in shown.text


# ── help and completion ─────────────────────────────────────────────────────────────────────────

COMMANDS = ["create", "rename", "time-zone", "correct-clock"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_book_has_a_page(run: Run, command: str) -> None:
    page = run("book", command, "--help")
    assert (page.status, page.err) == (0, "")
    assert page.out.startswith(f"Usage: ledger book {command} [OPTIONS]")
    assert f"    ledger book {command} " in page.out.partition("Examples:\n")[2]
    assert max(map(len, page.out.partition("  Examples:")[0].splitlines())) <= 80
    assert page.out.count("--time-zone ZONE") == 1
    assert re.search(rf"^  {command} +[A-Z].*\.$", run("book", "--help").out, re.MULTILINE)


def examples(run: Run, command: str) -> list[list[str]]:
    _, _, after = run("book", command, "--help").out.partition("Examples:\n")
    return [shlex.split(line)[1:] for line in after.splitlines() if line.strip()]


def test_examples_that_change_a_book_work(run: Run, small_books: Path) -> None:
    for command in ("create", "rename", "time-zone"):
        for words in examples(run, command):
            done = run(*words)
            assert (done.status, done.err) == (0, ""), words


def test_examples_that_correct_a_clock_work(
    environ: dict[str, str], run: Run, books: Path, tmp_path: Path
) -> None:
    asked, scripted, withdrawn = examples(run, "correct-clock")
    clock = Clock(time_ns() // 1_000 - 10 * DAY)
    with Ledger.open(books, clock=clock) as ledger:
        ledger.open_account("acc-001", "Ana")
        for _ in range(5):
            ledger.deposit("acc-001", "1")
        clock.now += 1_000 * DAY
        ledger.deposit("acc-001", "1")
    shutil.copy(books, tmp_path / "other.db")
    shown = run_on_terminal([PROGRAM, *asked], env=environ, cwd=tmp_path, typed="yes\n")
    assert shown.status == 0, shown.text
    done = run(*scripted, "--db", "other.db")
    assert (done.status, done.err) == (0, "")
    with Ledger.open(tmp_path / "third.db", clock=clock) as ledger:
        clock.now = time_ns() // 1_000 - 10 * DAY
        ledger.correct_clock(trust_clock=True)
    clock.now = time_ns() // 1_000
    refused = run(*withdrawn, "--db", "third.db")
    assert refused.status == 3
    with Ledger.open(tmp_path / "fourth.db", clock=clock) as ledger:
        clock.now -= DAY
        ledger.correct_clock(trust_clock=True)
    assert run(*withdrawn, "--db", "fourth.db").status == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["book", ""], COMMANDS),
        (["book", "c"], ["create", "correct-clock"]),
        (["book", "--json", "re"], ["rename"]),
        (["boo"], ["book"]),
        (["book", "time-zone", "Europe/Berl"], ["Europe/Berlin"]),
        (["book", "create", "--time-zone", "Asia/Toky"], ["Asia/Tokyo"]),
        (["--time-zone", "Asia/Toky"], ["Asia/Tokyo"]),
        (["book", "correct-clock", "--w"], ["--withdraw"]),
        (["book", "correct-clock", "--format", "c"], ["csv"]),
        (["book", "nothing", ""], []),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else each,
)
def test_the_shell_is_offered(run: Run, words: list[str], expected: list[str]) -> None:
    offered = run(*words, env={"_LEDGER_COMPLETE": "bash"})
    assert (offered.status, offered.err) == (0, "")
    assert offered.out.splitlines() == expected
