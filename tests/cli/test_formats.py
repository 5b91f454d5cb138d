"""The four ways to show an answer: plain for pipes, CSV, JSON, and tables for people."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import Run

# Commands that answer with rows.
LISTS = [
    "balance",
    "balance --as-of 2024-03-08",
    "accounts",
    "history acc-001",
    "replay acc-001",
    "events",
    "events --account acc-001 --limit 2",
    "snapshot acc-001 acc-002",
    "projections",
    "rebuild-projections",
]


def rows_in(document: Any) -> list[dict[str, Any]]:
    if isinstance(document, dict):
        return list(document.get("entries", [document]))
    return list(document)


def as_text(name: str, value: Any) -> str:
    """A value of JSON as a cell has it: a time in the ledger's zone, tags as `key=value`."""
    if value is None:
        return ""
    if name == "tags":
        return "; ".join(f"{key}={tag}" for key, tag in value.items())
    if name == "receipts":
        return " ".join(f"{receipt['size']}:{receipt['sha256']}" for receipt in value)
    if name == "amended_by":
        return " ".join(str(version) for version in value)
    if name.endswith(("_at", "_activity", "as_of")):
        return datetime.fromisoformat(value).isoformat()  # the small ledger's zone is UTC
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def documents(out: str) -> list[dict[str, Any]]:
    return [row for line in out.splitlines() for row in rows_in(json.loads(line))]


@pytest.mark.parametrize("command", LISTS)
def test_csv_and_plain_have_the_fields_of_json(run: Run, small_books: Path, command: str) -> None:
    words = command.split()
    found = documents(run(*words, "--json").out)
    header, *lines = csv.reader(io.StringIO(run(*words, "--format", "csv").out, newline=""))
    for row in found:
        row.pop("head", None)  # of the whole list, and no column
    values = [[as_text(*each) for each in row.items()] for row in found]
    assert header == list(found[0])
    assert lines == values
    plain = run(*words, "--format", "plain").out
    assert plain == "".join("\t".join(row) + "\n" for row in values)


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("deposit acc-001 1", "acc-001\t125.75\tUSD\t6\n"),
        ("withdraw jp-camp 1", "jp-camp\t19999\tJPY\t2\n"),
        ("open acc-003 --owner Dan --currency KWD --at 2026-01-01", "acc-003\t0.000\tKWD\t1\n"),
        (
            "transfer acc-001 acc-002 100",
            "acc-001\t24.75\tUSD\t6\nacc-002\t120.00\tUSD\t3\n",
        ),
    ],
)
def test_a_write_answers_with_a_row_for_each_account(
    run: Run, small_books: Path, command: str, rows: str
) -> None:
    done = run(*command.split())
    assert (done.status, done.out, done.err) == (0, rows, "")


def test_a_write_in_csv_has_the_same_row_under_a_header(run: Run, small_books: Path) -> None:
    done = run("deposit", "acc-001", "1", "--format", "csv")
    assert done.out == "account_id,balance,currency,version\r\nacc-001,125.75,USD,6\r\n"


def test_steps_of_a_replay_are_rows_too(run: Run, small_books: Path) -> None:
    words = ("replay", "acc-002", "--step")
    *steps, _ = documents(run(*words, "--json").out)
    values = [[as_text(*each) for each in step.items()] for step in steps]
    assert run(*words).out == "".join("\t".join(row) + "\n" for row in values)
    header, *lines = csv.reader(io.StringIO(run(*words, "--format", "csv").out, newline=""))
    assert (header, lines) == (list(steps[0]), values)


def test_one_balance_in_a_pipe_is_the_bare_amount(run: Run, small_books: Path) -> None:
    assert run("balance", "acc-001").out == "124.75\n"
    assert run("balance", "acc-001", "--as-of", "2024-03-05").out == "157.25\n"


def test_a_shell_can_use_a_balance_as_a_word(environ: dict[str, str], small_books: Path) -> None:
    script = 'total=$(ledger balance kw-fund) && printf "[%s]" "$total"'
    done = subprocess.run(
        ["sh", "-c", script], env=environ, capture_output=True, timeout=60, check=True
    )
    assert done.stdout == b"[1.250]"


@pytest.mark.parametrize("command", ["accounts", "history acc-001", "events", "balance acc-001"])
def test_plain_is_the_default_in_a_pipe(run: Run, small_books: Path, command: str) -> None:
    words = command.split()
    assert run(*words).out == run(*words, "--format", "plain").out


LONG = "long " * 1_999 + "words"
"""As many characters as a description may have."""


@pytest.fixture
def long_words(run: Run, small_books: Path) -> None:
    assert run("deposit", "acc-002", "1", "-m", LONG).status == 0


@pytest.mark.usefixtures("long_words")
@pytest.mark.parametrize("shown_as", ["plain", "csv", "json"])
@pytest.mark.parametrize("command", ["history acc-002", "events --account acc-002"])
def test_nothing_is_wrapped_or_cut_in_a_pipe(run: Run, command: str, shown_as: str) -> None:
    done = run(*command.split(), "--format", shown_as, env={"COLUMNS": "20", "LINES": "5"})
    assert done.status == 0
    (line,) = (each for each in done.out.splitlines() if LONG in each)
    assert "2" in line


@pytest.mark.usefixtures("long_words")
@pytest.mark.parametrize(
    ("env", "widest"),
    [
        ({}, 100),
        ({"COLUMNS": "80"}, 80),
        ({"COLUMNS": "120", "TERM": "dumb", "FORCE_COLOR": "0"}, 120),
        ({"COLUMNS": "wide"}, 100),
        ({"COLUMNS": "0"}, 100),
    ],
)
@pytest.mark.parametrize("command", ["history acc-002", "events"])
def test_a_table_in_a_pipe_is_no_wider_than_a_page(
    run: Run, env: dict[str, str], widest: int, command: str
) -> None:
    done = run(*command.split(), "--format", "table", env=env)
    lines = done.out.splitlines()
    assert done.status == 0
    assert widest - len("words") < max(map(len, lines)) <= widest
    assert [line for line in lines if line != line.rstrip()] == []
    assert done.out.split().count("long") == LONG.split().count("long")
    assert "Description" in done.out  # it is a table, and no block for each row


def test_what_would_break_a_line_is_escaped_in_plain_and_csv(run: Run, small_books: Path) -> None:
    text = 'tab\there, line\nend, \x1b[31mred, quote " and \u202e'
    shown = 'tab\\there, line\\nend, \\x1b[31mred, quote " and \\u202e'
    assert run("deposit", "acc-002", "1", "-m", text).status == 0
    assert run("history", "acc-002", "--limit", "1").out.split("\t")[4] == shown
    out = run("history", "acc-002", "--limit", "1", "--format", "csv").out
    _, row = csv.reader(io.StringIO(out, newline=""))
    assert row[4] == shown


def test_json_holds_texts_exactly(run: Run, small_books: Path) -> None:
    text = 'tab\t, line\n, \x1b[31mred, "quote", \u202e, Zoë 佐藤 🚣'
    assert run("deposit", "acc-002", "1", "-m", text).status == 0
    found = run("history", "acc-002", "--limit", "1", "--json").json
    assert found["entries"][0]["description"] == text


def test_format_names_may_be_written_in_capitals(run: Run, small_books: Path) -> None:
    assert run("accounts", "--format", "JSON").json[0]["account_id"] == "acc-001"


def test_an_empty_list_is_empty_in_every_format(run: Run, small_books: Path) -> None:
    assert run("snapshots").out == ""
    assert run("snapshots", "--json").out == "[]\n"
    assert run("snapshots", "--format", "csv").out.splitlines() == [
        "account_id,version,highest_effective_at,last_recorded_at,usable"
    ]
    table = run("snapshots", "--format", "table")
    assert (table.status, table.out, table.err) == (0, "", "no snapshots yet\n")
