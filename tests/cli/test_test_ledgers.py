"""Test ledgers: the same commands give the same log, wherever and whenever they are given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from ledger import Ledger
from ledger.domain.book_events import TestLedger
from tests.support.cli.terminal import run_on_terminal
from tests.support.fork_server import ForkServer
from tests.support.program import PROGRAM, PROJECT, SAMPLE_DATA, Refused, Run, environment
from tests.support.program import run as started

CLOCK: Final = "2026-07-01T09:00:00Z+1s"
SEED: Final = "7"
TEST: Final = {"LEDGER_CLOCK": CLOCK, "LEDGER_SEED": SEED}

CLUB: Final = "2040:0c4004719417bf39"
"""The head of the club's year in one batch."""
STATEMENT: Final = "2081:7c7226b1386a7959"
"""The head once the bank statement was imported into an account of the same ledger, too."""
ONE_BY_ONE: Final = "43:adf2ea3f8f0f6a57"
"""The head of some commands of the year, each given alone."""

PYTHONS: Final = [sys.executable, *filter(None, os.environ.get("LEDGER_PYTHONS", "").split(":"))]
"""Interpreters that have what the program needs; more than this one can be named."""

PLACES: Final = [
    {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"},
    {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"},
    {"TZ": "America/St_Johns", "LC_ALL": "POSIX", "PYTHONHASHSEED": "0"},
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "Africa/Casablanca", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"},
]

OPEN: Final = ("open", "acc-001", "--owner", "Ana", "--at", "2026-01-01")
IMPORT: Final = (
    *("import", "--yes", str(SAMPLE_DATA / "bank_statement.csv")),
    *("--account", "acc-001"),
)


def some_of_the_year() -> list[dict[str, Any]]:
    """The first commands, and the first transfer."""
    text = (SAMPLE_DATA / "club_year.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    return [*lines[:40], next(line for line in lines if line["command"] == "transfer")]


def words_of(line: Mapping[str, Any]) -> list[str]:
    """A line of a batch as a command of its own."""
    fields = dict(line)
    words = [fields.pop("command")]
    words += [fields.pop(name) for name in ("account", "from", "to", "amount") if name in fields]
    for key, value in fields.pop("tags", {}).items():
        words += ["--tag", f"{key}={value}"]
    for name, value in fields.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return words


def do(ledger: Ledger, line: Mapping[str, Any]) -> None:
    """A line of a batch as a call of the Python API."""
    fields = dict(line)
    match fields.pop("command"):
        case "open":
            ledger.open_account(fields.pop("account"), **fields)
        case "deposit":
            ledger.deposit(fields.pop("account"), **fields)
        case "withdraw":
            ledger.withdraw(fields.pop("account"), **fields)
        case "transfer":
            ledger.transfer(fields.pop("from"), fields.pop("to"), **fields)
        case other:
            raise AssertionError(other)


# ── one head everywhere ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place["TZ"])
def test_the_clubs_year_and_a_bank_statement_give_one_head(
    tmp_path: Path, place: dict[str, str], python: str
) -> None:
    env = {**environment(tmp_path, tmp_path / "books.db"), **TEST, **place}

    def run(*words: str) -> str:
        boot = f"import sys; sys.path.insert(0, {str(PROJECT)!r}); from ledger.__main__ import main"
        done = subprocess.run(
            [python, "-c", f"{boot}; main()", *words],
            env=env,
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    run("batch", str(SAMPLE_DATA / "club_year.jsonl"))
    run(*OPEN)
    run(*IMPORT)
    assert run("head") == f"{STATEMENT}\n"
    run("verify", "--quiet", "--expect-head", CLUB)


def test_one_process_that_uses_the_api_gives_the_same_heads(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "books.db", test=TestLedger(CLOCK, SEED)) as ledger:
        ledger.batch((SAMPLE_DATA / "club_year.jsonl").read_bytes().splitlines())
        assert ledger.head().short == CLUB
        ledger.open_account("acc-001", "Ana", at="2026-01-01")
        ledger.import_statement("acc-001", (SAMPLE_DATA / "bank_statement.csv").read_bytes())
        assert ledger.head().short == STATEMENT
    with Ledger.in_memory(test=TestLedger(CLOCK, SEED)) as ledger:
        ledger.batch((SAMPLE_DATA / "club_year.jsonl").read_bytes().splitlines())
        assert ledger.head().short == CLUB


def test_many_processes_and_one_give_the_same_head(tmp_path: Path, fork_server: ForkServer) -> None:
    lines = some_of_the_year()
    assert {line["command"] for line in lines} == {"open", "deposit", "withdraw", "transfer"}
    with Ledger.open(tmp_path / "one.db", test=TestLedger(CLOCK, SEED)) as ledger:
        for line in lines:
            do(ledger, line)
        assert ledger.head().short == ONE_BY_ONE
        assert len({event.salt for event in ledger.events(raw=True)}) > len(lines)
    env = {**environment(tmp_path, tmp_path / "many.db"), **TEST}
    for number, line in enumerate(lines):
        place = PLACES[number % len(PLACES)]
        if number < 2 * len(PLACES):
            done = started(*words_of(line), env={**env, **place})
        else:  # what the interpreter heeds as it starts has been heeded twice in each place
            in_a_fork = {**env, "TZ": place["TZ"]}
            done = fork_server.run(*words_of(line), cwd=tmp_path, env=in_a_fork)
        assert done.status == 0, done.err
    with Ledger.open(tmp_path / "many.db", test=TestLedger(CLOCK, SEED)) as ledger:
        assert ledger.head().short == ONE_BY_ONE
        assert ledger.verify().clean


def test_refused_commands_and_questions_leave_no_trace(run: Run) -> None:
    def head(*between: tuple[str, ...], db: str) -> str:
        env = {**TEST, "LEDGER_DB": db}
        assert run("open", "a", "--owner", "Ana", env=env).status == 0
        for words in between:
            run(*words, env=env)
        assert run("deposit", "a", "5", env=env).status == 0
        return run("head", env=env).out

    refused = (("withdraw", "a", "1"), ("open", "a", "--owner", "Ben"), ("verify",), ("book",))
    assert head(db="plain.db") == head(*refused, db="disturbed.db")


@pytest.mark.parametrize(
    "other",
    [{"LEDGER_CLOCK": "2026-07-01T09:00:00Z+2s"}, {"LEDGER_SEED": "8"}, {"LEDGER_ACTOR": "ana"}],
)
def test_another_clock_seed_or_actor_gives_another_head(
    environ: dict[str, str], run: Run, other: dict[str, str]
) -> None:
    del environ["LEDGER_ACTOR"]
    heads = set[str]()
    for env in (TEST, {**TEST, **other}):
        env = {**env, "LEDGER_DB": f"{len(heads)}.db"}
        run("open", "a", "--owner", "Ana", env=env)
        heads.add(run("head", env=env).out)
    assert len(heads) == 2


def test_actor_and_zone_are_those_of_a_test(environ: dict[str, str], run: Run) -> None:
    del environ["LEDGER_ACTOR"]
    environ.update(TEST, TZ="Asia/Tokyo")
    run("open", "a", "--owner", "Ana", "--at", "2026-03-01")
    book, opened = map(json.loads, run("events", "--json").out.splitlines())
    assert book["data"]["time_zone"] == "UTC"
    assert book["data"]["test"] == {"clock": CLOCK, "seed": SEED}
    assert {book["metadata"]["actor"], opened["metadata"]["actor"]} == {"test"}
    assert opened["effective_at"] == "2026-03-01T00:00:00.000000Z"
    assert opened["recorded_at"] == "2026-07-01T09:00:02.000000Z"


# ── who may use it ──────────────────────────────────────────────────────────────────────────────

READS: Final = [["head"], ["balance"], ["accounts"], ["book"], ["verify"], ["events"]]
WRITES: Final = [
    ["deposit", "acc-001", "5"],
    ["book", "rename", "x"],
    ["open", "b", "--owner", "B"],
]


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=" ".join)
def test_a_real_ledger_takes_no_test_clock(
    refused: Refused, small_books: Path, words: list[str]
) -> None:
    error = refused(2, "invalid_option", *words, env=TEST)
    assert "this is a real ledger" in error["message"]
    assert f"env -u LEDGER_CLOCK -u LEDGER_SEED ledger {' '.join(words[:1])}" in error["hint"]


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=" ".join)
@pytest.mark.parametrize(
    "given",
    [
        {},
        {**TEST, "LEDGER_SEED": "8"},
        {**TEST, "LEDGER_CLOCK": "2026-07-01T09:00:00Z+2s"},
        {**TEST, "LEDGER_CLOCK": "2026-07-01T09:00:00Z"},
    ],
    ids=["none", "other seed", "other tick", "no tick"],
)
def test_a_test_ledger_takes_only_its_own(
    run: Run, refused: Refused, words: list[str], given: dict[str, str]
) -> None:
    assert run("open", "acc-001", "--owner", "Ana", env=TEST).status == 0
    error = refused(2, "invalid_option", *words, env=given)
    assert error["message"].startswith(f"this is a test ledger with the clock {CLOCK}")
    assert f"LEDGER_CLOCK={CLOCK} LEDGER_SEED={SEED} ledger {words[0]}" in error["hint"]


@pytest.mark.parametrize(
    "given",
    [
        {"LEDGER_CLOCK": CLOCK},
        {"LEDGER_SEED": SEED},
        {"LEDGER_CLOCK": "", "LEDGER_SEED": SEED},
        {**TEST, "LEDGER_CLOCK": "now"},
        {**TEST, "LEDGER_CLOCK": "2026-01-01T09:00:00+01:00+1s"},
        {**TEST, "LEDGER_CLOCK": "2026-01-01T09:00:00Z-1s"},
        {**TEST, "LEDGER_CLOCK": "2026-01-01T09:00:00Z+1"},
        {**TEST, "LEDGER_CLOCK": "2026-02-30T09:00:00Z+1s"},
        {**TEST, "LEDGER_SEED": "é"},
        {**TEST, "LEDGER_SEED": "7" * 201},
    ],
    ids=str,
)
def test_half_a_test_ledger_is_refused_and_makes_none(
    refused: Refused, books: Path, given: dict[str, str]
) -> None:
    for words in (["open", "a", "--owner", "Ana"], ["book", "create"], ["head"]):
        error = refused(2, "invalid_option", *words, env=given)
        assert "LEDGER_CLOCK and LEDGER_SEED" in error["hint"]
    assert not books.exists()


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("name", ["LEDGER_CLOCK", "LEDGER_SEED"])
def test_a_real_ledger_takes_no_half_of_the_pair(refused: Refused, run: Run, name: str) -> None:
    error = refused(2, "invalid_option", "head", env={name: TEST[name]})
    assert error["hint"] == (
        f"this is a real ledger: leave it out: env -u {name} ledger head --json"
    )
    assert run(*error["hint"].split()[-3:][1:]).status == 0


@pytest.mark.parametrize("name", ["LEDGER_CLOCK", "LEDGER_SEED"])
def test_a_test_ledger_says_what_the_pair_is(run: Run, refused: Refused, name: str) -> None:
    assert run("open", "acc-001", "--owner", "Ana", env=TEST).status == 0
    error = refused(2, "invalid_option", "head", env={name: TEST[name]})
    assert error["hint"].endswith(f"LEDGER_CLOCK={CLOCK} LEDGER_SEED={SEED} ledger head --json")


def test_empty_variables_are_none(run: Run, small_books: Path) -> None:
    assert run("head", env={"LEDGER_CLOCK": "", "LEDGER_SEED": ""}).status == 0


# ── how it shows ────────────────────────────────────────────────────────────────────────────────


def test_reports_on_a_terminal_say_so(environ: dict[str, str], run: Run, tmp_path: Path) -> None:
    environ.update(TEST, NO_COLOR="1")
    first = run("open", "acc-001", "--owner", "Ana")
    assert "a new test ledger in" in first.err
    run("deposit", "acc-001", "5")
    for words in (
        ["head"],
        ["book"],
        ["balance"],
        ["balance", "acc-001"],
        ["accounts"],
        ["history", "acc-001"],
        ["statement", "acc-001"],
        ["verify"],
        ["doctor"],
        ["backup", "copy.db"],
    ):
        shown = run_on_terminal([PROGRAM, *words], env=environ, cwd=tmp_path)
        assert shown.status == 0, shown.text
        report = shown.text.partition("\nnote: ")[0]
        assert report.rstrip().endswith("TEST"), shown.text
    for form in ("plain", "csv", "json"):
        assert "TEST" not in run("balance", "--format", form).out
    assert run("book", "--json").json["test"] == {"clock": CLOCK, "seed": SEED}


def test_json_says_so_last(environ: dict[str, str], run: Run) -> None:
    environ.update(TEST)
    run("open", "acc-001", "--owner", "Ana")
    for words in (
        ["head"],
        ["balance", "acc-001"],
        ["history", "acc-001"],
        ["deposit", "acc-001", "5"],
        ["verify"],
        ["doctor"],
        ["backup", "copy.db"],
    ):
        answer = run(*words, "--json").json
        assert list(answer.items())[-1] == ("test", True), words


def test_a_diagnosis_needs_no_variables_to_know_it(
    environ: dict[str, str], run: Run, tmp_path: Path
) -> None:
    assert run("open", "acc-001", "--owner", "Ana", env=TEST).status == 0
    shown = run_on_terminal([PROGRAM, "doctor"], env={**environ, "NO_COLOR": "1"}, cwd=tmp_path)
    assert shown.status == 0, shown.text
    assert shown.text.rstrip().endswith("TEST")
    assert run("doctor", "--json").json["test"] is True


def test_a_real_ledger_does_not_say_so_whatever_the_variables(
    environ: dict[str, str], run: Run, small_books: Path
) -> None:
    assert "test" not in run("head", "--json").json
    assert "test" not in run("doctor", "--json", env=TEST).json
    assert run("doctor", "--json", env={"LEDGER_SEED": SEED}).status == 0
