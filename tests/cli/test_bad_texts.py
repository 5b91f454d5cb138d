"""Descriptions and names: kept exactly as given, and shown so that no terminal obeys them."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from pathlib import Path

import pytest

from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, Outcome, Refused, Run

SHOWN = {
    "[red]not red[/red]": "[red]not red[/red]",
    "[/x] [bold": "[/x] [bold",
    ":bank: :smile:": ":bank: :smile:",
    'a, "b"; c': 'a, "b"; c',
    "naïve 日本語 😀 עברית": "naïve 日本語 😀 עברית",
    "\x1b[31mred\x1b[0m": r"\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "\x9b31m\x85": r"\x9b31m\x85",
    "back\x08space\x7f": r"back\x08space\x7f",
    "two\nlines\r\nand\ta tab": r"two\nlines\r\nand\ta tab",
    "lines\u2028for\u2029some": r"lines\u2028for\u2029some",
    "\u202e00.1\u202c": r"\u202e00.1\u202c",
    "\u2066a\u2069\u2067b\u2069": r"\u2066a\u2069\u2067b\u2069",
    "\u200fmark\u200e\u061c": r"\u200fmark\u200e\u061c",
}
"""Texts, and how they are shown."""

BIDI_CONTROLS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.fixture
def odd_books(run: Run, small_books: Path) -> Path:
    """The small ledger with a deposit to acc-002 for each of the texts."""
    lines = [
        json.dumps({"command": "deposit", "account": "acc-002", "amount": "1", "description": text})
        for text in SHOWN
    ]
    assert run("batch", "-", stdin="\n".join(lines)).status == 0
    return small_books


def obeyed(out: str) -> set[str]:
    """The characters of an answer that a terminal would obey instead of showing them."""
    return {mark for mark in out if unicodedata.category(mark) == "Cc" or mark in BIDI_CONTROLS} - {
        "\n"
    }


@pytest.mark.usefixtures("odd_books")
def test_json_gives_every_text_back_exactly(run: Run) -> None:
    outcome = run("history", "acc-002", "--json")
    entries = outcome.json["entries"]
    assert [entry["description"] for entry in entries[-len(SHOWN) :]] == list(SHOWN)
    assert "\x1b" not in outcome.out
    lines = run("events", "--account", "acc-002", "--json").out.rstrip("\n").split("\n")
    events = [json.loads(line) for line in lines]
    assert [event["data"]["description"] for event in events[-len(SHOWN) :]] == list(SHOWN)


@pytest.mark.usefixtures("odd_books")
def test_plain_shows_every_text_on_its_line_with_controls_escaped(run: Run) -> None:
    out = run("history", "acc-002", "--format", "plain").out
    rows = [line.split("\t") for line in out.rstrip("\n").split("\n")]
    assert {len(row) for row in rows} == {27}
    assert [row[4] for row in rows[-len(SHOWN) :]] == list(SHOWN.values())
    assert obeyed(out) == {"\t"}


@pytest.mark.usefixtures("odd_books")
def test_csv_shows_every_text_in_its_field_with_controls_escaped(run: Run) -> None:
    out = run("history", "acc-002", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [row["description"] for row in rows[-len(SHOWN) :]] == list(SHOWN.values())
    assert obeyed(out) <= {"\r"}


@pytest.mark.usefixtures("odd_books")
@pytest.mark.parametrize("command", [("history", "acc-002"), ("events", "--account", "acc-002")])
def test_a_table_shows_every_text_with_controls_escaped(run: Run, command: tuple[str, ...]) -> None:
    out = run(*command, "--format", "table").out
    assert [text for text in SHOWN.values() if text not in out] == []
    assert obeyed(out) == set()


@pytest.mark.usefixtures("odd_books")
def test_a_terminal_gets_every_text_with_controls_escaped(
    environ: dict[str, str], tmp_path: Path
) -> None:
    shown = run_on_terminal(
        [PROGRAM, "history", "acc-002", "--format", "table"],
        env={**environ, "NO_COLOR": "1"},
        cwd=tmp_path,
        columns=200,
    )
    assert shown.status == 0
    assert [text for text in SHOWN.values() if text not in shown.text] == []
    assert obeyed(shown.text) == set()


def test_a_text_typed_as_an_argument_is_kept_exactly_too(run: Run, small_books: Path) -> None:
    text = "".join(SHOWN)
    assert run("deposit", "acc-002", "1", "-m", text).status == 0
    assert run("open", "new", "--owner", text).status == 0
    entry = run("history", "acc-002", "--json", "--limit", "1").json["entries"][0]
    assert entry["description"] == text
    account = next(row for row in run("accounts", "--json").json if row["account_id"] == "new")
    assert account["owner"] == text
    told = run("open", "newer", "--owner", text, "--format", "table").out
    assert obeyed(told) == set()


def _description(outcome: Outcome, shown_as: str) -> str:
    if shown_as == "json":
        text: str = outcome.json["entries"][0]["description"]
        return text
    if shown_as == "csv":
        (row,) = csv.DictReader(io.StringIO(outcome.out, newline=""))
        return row["description"]
    return outcome.out.rstrip("\n").split("\t")[4]


def test_ten_thousand_characters_are_shown_whole_and_one_more_is_refused(
    run: Run, refused: Refused, small_books: Path
) -> None:
    text = "ab cd\\" * 1_666 + "last"
    assert len(text) == 10_000
    error = refused(2, "invalid_text", "deposit", "acc-002", "1", "-m", text + "x")
    assert "10001 characters, and 10000 are the most" in error["message"]
    assert run("deposit", "acc-002", "1", "-m", text).status == 0
    for shown_as in ("plain", "csv", "json"):
        outcome = run("history", "acc-002", "--limit", "1", "--format", shown_as)
        assert _description(outcome, shown_as) == text
    wide = {"COLUMNS": "12000"}
    assert text in run("history", "acc-002", "--limit", "1", "--format", "table", env=wide).out


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("deposit", b"acc-\xff", "5"), "invalid_text"),
        (("balance", b"acc-\xff"), "invalid_text"),
        (("history", b"acc-\xff", "--at-version", "1"), "invalid_text"),
        (("events", "--account", b"acc-\xff"), "invalid_text"),
        (("snapshot", "acc-001", b"acc-\xff"), "invalid_text"),
        (("transfer", "acc-001", b"acc-\xff", "5"), "invalid_text"),
        (("deposit", "acc-001", b"5\xff"), "invalid_text"),
        (("deposit", "acc-001", "5", "-m", b"caf\xe9"), "invalid_text"),
        (("deposit", "acc-001", "5", "--idempotency-key", b"k\xff"), "invalid_text"),
        (("deposit", "acc-001", "5", "--at", b"2026\xff"), "invalid_text"),
        (("open", "new", "--owner", b"Jos\xe9"), "invalid_text"),
        (("close", "acc-001", "--reason", b"\xff"), "invalid_text"),
        (("rebuild-projections", b"account_balances\xff"), "invalid_text"),
        (("balance", "--db", b"\xff.db"), "invalid_option"),
        (("open", "new", "--owner", "Nia", "--db", b"\xff.db"), "invalid_option"),
        (("batch", b"\xff.jsonl"), "invalid_option"),
        ((b"balance\xff",), "invalid_usage"),
        (("balance", b"--\xff"), "invalid_usage"),
    ],
    ids=str,
)
def test_bytes_that_are_not_utf_8_are_refused(
    refused: Refused, arguments: tuple[str | bytes, ...], code: str
) -> None:
    error = refused(2, code, *arguments)
    assert r"\udc" in error["message"]


def test_a_file_may_have_any_name(run: Run, small_books: Path) -> None:
    assert run("export-events", b"caf\xe9.jsonl").status == 0
    assert run("import-events", b"caf\xe9.jsonl", "--db", "copy.db").status == 0


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("open", "new", "--owner", ""), "the owner's name is empty"),
        (("open", "new", "--owner", " \t "), "the owner's name is empty"),
        (("open", "new", "--owner", "x" * 1_001), "1001 characters, and 1000 are the most"),
        (("transfer", "acc-001", "acc-002", "5", "-m", "x" * 10_001), "10001 characters"),
        (("deposit", "acc-001", "5", "--idempotency-key", " "), "the idempotency key is empty"),
        (("deposit", "acc-001", "5", "--idempotency-key", "k" * 256), "256 characters"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_names_and_keys_have_a_length(
    refused: Refused, arguments: tuple[str, ...], why: str
) -> None:
    assert why in refused(2, "invalid_text", *arguments)["message"]


@pytest.mark.usefixtures("small_books")
def test_a_nul_in_a_text_is_refused(refused: Refused) -> None:
    for line in (
        {"command": "deposit", "account": "acc-001", "amount": "5", "description": "a\0b"},
        {"command": "open", "account": "new", "owner": "a\0b"},
    ):
        error = refused(2, "invalid_text", "batch", "-", stdin=json.dumps(line))
        assert "NUL" in error["message"]


@pytest.mark.usefixtures("small_books")
def test_an_actor_that_is_not_utf_8_is_refused(refused: Refused) -> None:
    env = {"LEDGER_ACTOR": "caf\udce9"}  # the byte E9
    error = refused(2, "invalid_text", "deposit", "acc-001", "5", env=env)
    assert "the actor" in error["message"]
    assert "LEDGER_ACTOR" in error["hint"]
