"""``ledger find``: entries of all accounts, in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from tests.support.permissions import run_bound
from tests.support.program import PROGRAM, Refused, Run


@pytest.fixture
def found(run: Run, small_books: Path) -> Any:
    """What is found, as ids and versions."""

    def find(*arguments: str) -> list[str]:
        done = run("find", *arguments, "--json")
        assert (done.status, done.err) == (0, ""), done
        return [f"{each['account_id']} {each['version']}" for each in done.json]

    return find


def test_entries_are_in_the_order_in_which_they_happened(found: Any) -> None:
    assert found() == [
        "acc-001 1",
        "acc-001 5",
        "jp-camp 1",
        "kw-fund 1",
        "acc-001 2",
        "acc-001 3",
        "acc-001 4",
        "acc-002 2",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("PAYcheck",), ["acc-001 2"]),
        (("acc-001",), ["acc-002 2"]),
        (("rent", "--account", "acc-002"), ["acc-002 2"]),
        (("--account", "jp", "--account", "kw-fund"), ["jp-camp 1", "kw-fund 1"]),
        (("--min", "1.25", "--max", "7.25"), ["acc-001 5", "kw-fund 1"]),
        (("--from", "2024-03-06", "--to", "2024-03"), ["acc-001 3", "acc-001 4", "acc-002 2"]),
        (("--actor", "clerk", "--limit", "1"), ["acc-002 2"]),
        (("--known-at", "2024-03-03T12:00:00Z"), ["acc-001 1", "jp-camp 1"]),
        (("--without-receipt", "--min", "50"), ["acc-001 2"]),
        (("nothing like it",), []),
    ],
)
def test_all_that_is_asked_for_holds(
    found: Any, arguments: tuple[str, ...], expected: list[str]
) -> None:
    assert found(*arguments) == expected


def test_every_format_has_every_fact(run: Run, small_books: Path) -> None:
    one = run("find", "half", "--account", "acc-001", "--json")
    assert one.out.endswith("}]\n")
    (entry,) = one.json
    assert {name: entry[name] for name in list(entry)[:7]} == {
        "account_id": "acc-001",
        "version": 4,
        "event_type": "TransferSent",
        "amount": "-20.00",
        "currency": "USD",
        "description": "Half the rent",
        "effective_at": "2024-03-07T09:00:00.000000Z",
    }
    table = list(csv.DictReader(io.StringIO(run("find", "--format", "csv").out)))
    assert list(table[0]) == list(entry)
    assert [row["amount"] for row in table][:3] == ["100.00", "7.25", "20000"]
    plain = run("find", "half", "--account", "acc-001").out
    assert plain.split("\t")[:6] == [
        "acc-001",
        "4",
        "TransferSent",
        "-20.00",
        "USD",
        "Half the rent",
    ]


def test_a_table_has_sums_by_currency_under_it(run: Run, small_books: Path) -> None:
    lines = run("find", "--format", "table").out.splitlines()
    assert lines[0].split() == ["Date", "Account", "#", "What", "Description", "Amount"]
    assert lines[-4:] == [
        "opening balances 20000, in 0, out 0 JPY  1 entry",
        "opening balances 1.250, in 0.000, out 0.000 KWD  1 entry",
        "opening balances 100.00, in 57.25, out 12.50 USD  6 entries",
        "(20.00 USD moved between these accounts: neither in nor out)",
    ]
    last = run("find", "--format", "table", "--limit", "1").out.splitlines()
    assert last[-3:] == [
        "in 0.00, out 0.00 USD  1 entry",
        "(transfers between these accounts: 20.00 in, 0.00 out USD)",
        "(earlier entries are not shown)",
    ]
    alone = run("find", "half", "--account", "acc-001", "--format", "table").out.splitlines()
    assert alone[-1] == "in 0.00, out 20.00 USD  1 entry"


def test_reversed_entries_are_left_out_and_counted(run: Run, small_books: Path) -> None:
    assert run("reverse", "acc-001", "3", "--reason", "twice").status == 0
    done = run("find", "stamps", "--format", "table")
    assert done.out.startswith("(1 entry that was reversed is left out)\n")
    assert done.err == "note: nothing was found\n"
    done = run("find", "stamps", "--json")
    assert (done.json, done.err) == ([], "note: 1 entry that was reversed is left out\n")
    both = run("find", "--with-reversed", "--account", "acc-001", "--min", "12.5", "--max", "12.5")
    assert [line.split("\t")[1] for line in both.out.splitlines()] == ["3", "6"]
    assert run("find", "twice", "-q").err == ""


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (("--account", "ac-"), "no account starts with ac-; did you mean acc-002 or acc-001?"),
        (("--account", "zzzz"), "no account starts with zzzz"),
        (("--tag", "catgory"), "no entry has the tag catgory; did you mean category?"),
        (
            ("--tag", "category=rnt"),
            "no entry has the tag category=rnt; did you mean category=rent?",
        ),
        (("--actor", "clark"), "no entry was recorded by clark; did you mean clerk?"),
    ],
)
def test_names_that_nothing_has_are_answered_with_near_ones(
    run: Run, small_books: Path, arguments: tuple[str, ...], note: str
) -> None:
    assert run("deposit", "acc-001", "1", "--tag", "category=rent").status == 0
    done = run("find", *arguments, "--json")
    assert (done.status, done.out, done.err) == (0, "[]\n", f"note: {note}\n")


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("invalid_option", ("--from", "2024-03", "--to", "2024-02")),
        ("invalid_option", ("--min", "2", "--max", "1")),
        ("invalid_option", ("",)),
        ("invalid_option", ("--account", "")),
        ("invalid_amount", ("--min", "1e3")),
        ("invalid_amount", ("--max=-1",)),
        ("invalid_tag", ("--tag", "a b")),
        ("invalid_time", ("--from", "soon")),
        ("invalid_time", ("--known-at", "2024-13")),
        ("invalid_usage", ("--limit", "-1")),
        ("invalid_text", ("x" * 10_001,)),
    ],
)
def test_what_cannot_be_asked_is_refused(
    refused: Refused, small_books: Path, code: str, arguments: tuple[str, ...]
) -> None:
    refused(2, code, "find", *arguments)


def test_erased_texts_are_not_found(run: Run, small_books: Path) -> None:
    with Ledger.open(small_books) as ledger:
        ledger.open_account("eve", "Eve")
        ledger.deposit("eve", "1", "secret")
        ledger.withdraw("eve", "1", "secret")
        ledger.close_account("eve")
        assert len(list(ledger.find("secret"))) == 2
        ledger.erase("eve", "asked for")
    assert run("find", "secret", "--json").json == []
    assert [each["description"] for each in run("find", "--account", "eve", "--json").json] == [
        None,
        None,
    ]


def test_a_ledger_that_cannot_be_written_is_searched_all_the_same(
    run: Run, small_books: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    assert len(run("find", "--json").json) == 8
    with Ledger.open(small_books) as ledger:
        ledger.deposit("acc-001", "3", "later")
    before = small_books.read_bytes()
    small_books.chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        done = run_bound([PROGRAM, "find", "--json"], env=environ, cwd=tmp_path)
    finally:
        tmp_path.chmod(0o700)
        small_books.chmod(0o600)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (len(found), found[-1]["description"]) == (9, "later")
    assert small_books.read_bytes() == before
