"""A ledger whose mistakes were put right, as every question and every format shows it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli.corrected_books import write_corrected_books
from tests.support.cli.terminal import Shown, run_on_terminal
from tests.support.program import PROGRAM, Run

LINKS = (
    "reverses",
    "reversed_by",
    "amends",
    "amended_by",
    "corrects",
    "corrected_by",
    "withdraws",
    "withdrawn_by",
    "confirmed",
    "corrects_elsewhere",
    "corrected_elsewhere",
)


@pytest.fixture
def corrected_books(books: Path) -> Path:
    write_corrected_books(books)
    return books


def links(entries: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """What is said of each version, without what is not."""
    return {
        entry["version"]: {name: entry[name] for name in LINKS if entry[name]} for entry in entries
    }


ALL = {
    1: {"amended_by": [12]},
    2: {"reversed_by": 5},
    3: {"reversed_by": 6, "corrected_by": 7},
    4: {"amended_by": [10]},
    5: {"reverses": 2},
    6: {"reverses": 3},
    7: {"corrects": 3},
    8: {"reversed_by": 9},
    9: {"reverses": 8},
    10: {"amends": 4},
    11: {},
    12: {"amends": 1},
    13: {"confirmed": "78.50"},
    14: {"withdrawn_by": 15, "confirmed": "78.50"},
    15: {"withdraws": 14},
    16: {},
    17: {},
    18: {},
}


def test_json_links_both_ways(run: Run, corrected_books: Path) -> None:
    entries = run("history", "club", "--json").json["entries"]
    assert links(entries) == ALL
    assert tuple(entries[0])[11 : 11 + len(LINKS)] == LINKS
    amounts = [entry["amount"] for entry in entries]
    assert amounts[9:13] == ["0.00", "0.00", "20.00", "0.00"]
    assert [entry["balance"] for entry in entries][10:13] == ["58.50", "78.50", "78.50"]


@pytest.mark.parametrize("limit", [1, 3, 9, 12, 13, 17])
def test_a_limit_changes_no_link(run: Run, corrected_books: Path, limit: int) -> None:
    found = run("history", "club", "--limit", str(limit), "--json").json["entries"]
    assert links(found) == {version: ALL[version] for version in list(ALL)[-limit:]}
    assert found == run("history", "club", "--json").json["entries"][-limit:]


def test_the_past_knows_only_what_was_known_then(run: Run, corrected_books: Path) -> None:
    early = run("history", "club", "--known-at", "2024-05-05", "--json").json["entries"]
    assert links(early) == {1: {}, 2: {"reversed_by": 5}, 3: {}, 4: {}, 5: {"reverses": 2}}
    bounced = run("history", "club", "--as-of", "2024-05-07", "--json").json["entries"]
    assert links(bounced)[8] == {}
    assert links(run("history", "club", "--as-of", "2024-05-08", "--json").json["entries"])[8]


def test_an_amendment_says_what_it_leaves_alone(run: Run, corrected_books: Path) -> None:
    entries = run("history", "club", "--json").json["entries"]
    amended, amendment = entries[3], entries[9]
    assert (amended["tags"], amended["amended_by"]) == ({"category": "cash"}, [10])
    assert (amendment["tags"], amendment["receipts"]) == ({"category": "cash"}, None)


def test_rows_have_the_links_after_the_rest_of_an_entry(run: Run, corrected_books: Path) -> None:
    rows = [line.split("\t") for line in run("history", "club").out.splitlines()]
    assert [row[11 : 11 + len(LINKS)] for row in rows[:3]] == [
        ["", "", "", "12", *[""] * 7],
        ["", "5", *[""] * 9],
        ["", "6", "", "", "", "7", *[""] * 5],
    ]
    assert rows[9][8:10] == ["category=cash", ""]
    header, *lines = run("statement", "club", "--format", "csv").out.splitlines()
    assert f",actor,{','.join(LINKS)}," in header
    assert [line.split(",")[0] for line in lines] == [
        "1",
        "7",
        "4",
        "8",
        "9",
        "13",
        "16",
        "17",
        "18",
    ]


def test_a_statement_leaves_out_what_was_undone_at_its_moment(
    run: Run, corrected_books: Path
) -> None:
    found = run("statement", "club", "--json").json
    assert [entry["version"] for entry in found["entries"]] == [1, 7, 4, 8, 9, 13, 16, 17, 18]
    assert (found["total_in"], found["total_out"]) == ("128.00", "128.00")
    assert list(found)[-1] == "left_out"
    assert found["left_out"] == 2
    opening = found["entries"][0]
    assert (opening["amount"], opening["effective_at"], opening["amended_by"]) == (
        "120.00",
        "2024-04-30T09:00:00.000000Z",
        [12],
    )
    later = run("statement", "club", "--from", "2024-05-08", "--json").json
    assert (later["opening_balance"], later["left_out"]) == ("86.50", 0)
    assert links(later["entries"])[9] == {"reverses": 8}


def on_terminal(environ: dict[str, str], folder: Path, *command: str) -> Shown:
    return run_on_terminal(
        [PROGRAM, *command], env={**environ, "NO_COLOR": "1"}, cwd=folder, columns=80
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("history club", "(reversed by 6, corrected by 7) (category=cash, amended by 10)"),
        ("statement club", "(corrects 3) (2 entries that were reversed are left out)"),
        ("replay club --step", "account amended +20.00 0.00 → 30.00"),
        ("events", "(reverses 2) (confirmed: 78.50 USD) (withdraws 14) (until 2024-05-05"),
    ],
)
def test_a_table_of_80_columns_breaks_no_word(
    run: Run,
    environ: dict[str, str],
    tmp_path: Path,
    corrected_books: Path,
    command: str,
    said: str,
) -> None:
    shown = on_terminal(environ, tmp_path, *command.split())
    assert shown.status == 0
    assert max(map(len, shown.lines)) <= 80
    broad = run(*command.split(), "--format", "table").out
    words = {word for word in broad.split() if not word.startswith("─")}
    tags = {word for word in words if "=" in word}  # as long as somebody made them
    assert words - tags <= set(shown.text.split())
    assert words >= set(said.split())


def test_nothing_of_the_log_is_beyond_any_format(run: Run, corrected_books: Path) -> None:
    kinds = {json.loads(line)["event_type"] for line in run("events", "--json").out.splitlines()}
    assert len(kinds) == 17
    for command in ("events", "events --raw", "replay club --step", "replay club", "history till"):
        for shown_as in ("table", "plain", "csv", "json"):
            done = run(*command.split(), "--format", shown_as)
            assert (done.status, done.err) == (0, ""), (command, shown_as)
            assert done.out


def test_events_have_their_amounts_as_decimals(run: Run, corrected_books: Path) -> None:
    found = [
        json.loads(line) for line in run("events", "--json", "--account", "club").out.splitlines()
    ]
    data = {event["version"]: event["data"] for event in found}
    assert (data[5]["amount"], data[6]["amount"]) == ("-50.00", "12.50")
    assert (data[11]["overdraft_limit"], data[12]["initial_balance"]) == ("30.00", "120.00")
    assert data[13]["balance"] == "78.50"


def test_a_log_with_them_goes_out_and_in_again(
    run: Run, corrected_books: Path, tmp_path: Path
) -> None:
    out = tmp_path / "log.jsonl"
    out.write_text(run("export-events").out)
    copy = tmp_path / "copy.db"
    assert run("import-events", str(out), "--db", str(copy)).status == 0
    assert run("head", "--db", str(copy)).out == run("head").out
    assert run("verify", "--db", str(copy)).status == 0
    for command in ("history", "statement"):
        assert (
            run(command, "club", "--db", str(copy), "--json").out
            == run(command, "club", "--json").out
        )


def test_an_entry_that_moved_to_another_account_is_linked_from_both(run: Run, books: Path) -> None:
    for account in ("cash", "bank"):
        run("open", account, "--owner", "Ana", "--at", "2026-01-01")
    run("deposit", "cash", "5", "-m", "Dues", "--at", "2026-02-01")
    run("correct", "cash", "2", "--account", "bank")
    for account, column, other in (
        ("cash", "corrected_elsewhere", "bank"),
        ("bank", "corrects_elsewhere", "cash"),
    ):
        entry = run("history", account, "--json").json["entries"][1]
        assert entry[column] == {"account_id": other, "version": 2}
        rows = csv.DictReader(run("history", account, "--format", "csv").out.splitlines())
        assert [row[column] for row in rows][1] == f"{other} 2"
    told = run("history", "cash", "--format", "table").out
    assert "Dues (reversed by 3, corrected by 2 of bank)" in told
    assert "Dues (corrects 2 of cash)" in run("history", "bank", "--format", "table").out
