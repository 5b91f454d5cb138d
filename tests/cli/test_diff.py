"""`diff` by the command line: what changed since the year was closed, in every format."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.domain.receipts import Receipt
from tests.support.cli.corrected_books import write_corrected_books
from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, Refused, Run

WIDTH = 80


@pytest.fixture
def closed(run: Run, books: Path) -> Path:
    """A year that was closed, and corrected later."""
    with Ledger.open(books) as ledger:
        ledger.open_account("bank", "Ana Souza", initial_balance="100", at="2025-01-01")
        ledger.open_account("club:cash", "Ana Souza", at="2025-01-01")
        ledger.deposit("bank", "50", at="2025-06-01", description="=Dues")
        ledger.lock("2025-12-31")
    assert run("unlock", "--reason", "an invoice was found", "--yes").status == 0
    with Ledger.open(books) as ledger:
        ledger.correct("bank", 2, amount="55")
        ledger.amend_account("club:cash", owner="Ben Okafor")
    return books


def test_unlocking_says_how_to_see_what_changes(run: Run, closed: Path) -> None:
    with Ledger.open(closed) as ledger:
        ledger.lock("2025-12-31")
    done = run("unlock", "--reason", "again", "--yes", "--format", "table")
    assert done.err == "note: to see what changes from now on: ledger diff\n"
    assert run("diff").status == 0


def test_alone_it_shows_what_changed_since_the_lock(run: Run, closed: Path) -> None:
    lines = run("diff", "--format", "table").out.splitlines()
    assert re.match(r"from the lock up to 2025-12-31, 5:[0-9a-f]{16}, recorded ", lines[0])
    assert lines[1].endswith("as of 2025-12-31 23:59:59")
    assert "an invoice was found" in lines[2]
    assert [line.split() for line in lines[5:-1]] == [
        ["bank", "then", "150.00", "USD"],
        [
            *("3", "2025-06-01", "00:00:00"),
            *("reversal", "of", "2", "-50.00", "(reversed:", "=Dues,", "corrected"),
            *("by", "4)"),
        ],
        [*("4", "2025-06-01", "00:00:00"), *("deposit", "+55.00", "=Dues", "(corrects", "2)")],
        ["now", "155.00", "USD", "(+5.00)"],
    ]
    assert lines[-1].startswith("head 9:")


def test_every_format_has_every_fact(run: Run, closed: Path) -> None:
    found = run("diff", "0", "--json").json
    assert (found["differs"], found["relation"]) == (True, "continued")
    assert (found["from"]["position"], found["to"]["position"]) == (0, 9)
    assert [each["reason"] for each in found["locks"]] == ["", "an invoice was found"]
    bank, cash = found["accounts"]
    assert (bank["before"], bank["after"]["balance"], bank["difference"]) == (
        *(None, "155.00", "155.00"),
    )
    assert [each["effect"] for each in bank["entries"]] == ["100.00", "55.00"]
    assert bank["entries"][1]["corrects"] == {"account_id": "bank", "version": 2}
    assert found["left_out"] == 1
    opened, renamed = cash["other_changes"]
    assert (opened["owner"], renamed["owner_before"], renamed["owner"]) == (
        *("Ana Souza", "Ana Souza", "Ben Okafor"),
    )
    rows = list(csv.DictReader(io.StringIO(run("diff", "0", "--format", "csv").out)))
    assert [(row["account_id"], row["after"], row["effect"]) for row in rows] == [
        ("bank", "155.00", "100.00"),
        ("bank", "155.00", "55.00"),
        ("club:cash", "0.00", "0.00"),
        ("club:cash", "0.00", "0.00"),
    ]
    assert (rows[1]["description"], rows[1]["corrects"]) == ("'=Dues", "bank 2")
    plain = run("diff", "bank").out.splitlines()
    assert [line.split("\t")[:6] for line in plain] == [
        ["bank", "150.00", "155.00", "5.00", "USD", "-50.00"],
        ["bank", "150.00", "155.00", "5.00", "USD", "55.00"],
    ]


@pytest.mark.parametrize("begin", [0, 8])
def test_machine_formats_show_every_kind_of_event(run: Run, books: Path, begin: int) -> None:
    """Of a ledger in which every mistake was put right, as of now and as of times between."""
    write_corrected_books(books)
    kinds: set[str] = set()
    for words in ((), ("--as-of", "2024-05-07"), ("club",)):
        found = run("diff", str(begin), *words, "--json").json
        changes = [
            (account["account_id"], change)
            for account in found["accounts"]
            for name in ("entries", "other_changes")
            for change in account[name]
        ]
        rows = list(
            csv.DictReader(io.StringIO(run("diff", str(begin), *words, "--format", "csv").out))
        )
        plain = run("diff", str(begin), *words, "--format", "plain").out.splitlines()
        assert len(rows) == len(plain) == len(changes) > 0
        for row, line, (account_id, change) in zip(rows, plain, changes, strict=True):
            assert list(row.values()) == line.split("\t")
            assert (row["account_id"], row["version"]) == (account_id, str(change["version"]))
            assert row["amended_by"] == " ".join(map(str, change["amended_by"]))
            assert row["reversed_description"] == (change["reversed_description"] or "")
            kinds.add(change["event_type"])
        assert run("diff", str(begin), *words, "--format", "table").status == 0
    amended = {c["version"]: c["amended_by"] for _, c in changes if c["amended_by"]}
    assert amended == {1: [12], 4: [10]}
    assert {"EntryReversed", "AccountOpened", "AccountAmended", "AccountReopened"} <= kinds


def test_two_files_show_every_kind_of_event(run: Run, books: Path, tmp_path: Path) -> None:
    write_corrected_books(books)
    copy, receipt = tmp_path / "copy.db", Receipt(4, "ab" * 32)
    assert run("backup", str(copy)).status == 0
    with Ledger.open(copy) as ledger:
        ledger.amend_entry("club", 4, {"description": "Float", "tags": {"category": "float"}})
        ledger.amend_entry("club", 4, {"receipts": [receipt]})
    with Ledger.open(books) as ledger:
        ledger.deposit("till", "1", at="2024-05-20", receipts=[receipt])
        ledger.reverse("till", 5, "Not ours", at="2024-05-21")
    rows = list(csv.DictReader(io.StringIO(run("diff", "copy.db", "--format", "csv").out)))
    assert [(row["side"], row["what"], row["amended_by"]) for row in rows] == [
        ("from", "transfer to till, amended", "10 19 20"),
        ("to", "deposit", ""),
        ("to", "reversal of 5", ""),
        ("from", "transfer from club, amended", "3 5 6"),
    ]
    assert [row["receipts"] for row in (rows[0], rows[1], rows[3])] == [f"4:{'ab' * 32}"] * 3


def test_a_reversal_says_what_it_reverses(run: Run, books: Path) -> None:
    """And nothing that is dated after the moment that is asked about is told."""
    with Ledger.open(books) as ledger:
        for account in ("bank", "cash"):
            ledger.open_account(account, "Ana", initial_balance="100", at="2025-01-01")
        ledger.deposit("bank", "50", at="2025-02-01", description="Dues")
        ledger.transfer("bank", "cash", "20", at="2025-02-02")
        begin = ledger.head().position
        ledger.reverse("bank", 2, "Bounced", at="2025-03-01")
        ledger.reverse("bank", 3)
        ledger.deposit("bank", "7", at="2025-02-03")
        ledger.reverse("bank", 6, at="2025-04-01")
    rows = list(csv.DictReader(io.StringIO(run("diff", str(begin), "bank", "--format", "csv").out)))
    assert [(row["what"], row["reversed_description"], row["reversed_by"]) for row in rows] == [
        ("reversal of 3", "", ""),
        ("deposit", "", "7"),
        ("reversal of 2", "Dues", ""),
        ("reversal of 6", "", ""),
    ]
    table = run("diff", str(begin), "bank", "--format", "table", env={"COLUMNS": "120"}).out
    assert "Bounced (reversed: Dues)" in table
    assert "(reversed: transfer to cash)" in table
    then = run("diff", str(begin), "bank", "--as-of", "2025-03-31", "--json").json
    (account,) = then["accounts"]
    assert [change["reversed_by"] for change in account["entries"]] == [None, None, None]


def test_a_correction_that_is_dated_later_is_not_told_before(run: Run, books: Path) -> None:
    with Ledger.open(books) as ledger:
        ledger.open_account("bank", "Ana", at="2025-01-01")
        ledger.deposit("bank", "50", at="2025-02-01")
        begin = ledger.head().position
        ledger.correct("bank", 2, amount="55", at="2025-04-01")
    for as_of, told in (("2025-03-31", None), ("2025-04-01", {"account_id": "bank", "version": 4})):
        (account,) = run("diff", str(begin), "--as-of", as_of, "--json").json["accounts"]
        assert account["entries"][0]["corrected_by"] == told


def test_nothing_differs(run: Run, closed: Path) -> None:
    assert run("diff", "9", "--json").json["differs"] is False
    done = run("diff", "9")
    assert (done.status, done.out) == (0, "")
    assert "no account differs" in run("diff", "9", "--format", "table").out


def test_where_nothing_changed_since_a_lock_the_one_before_is_named(run: Run, closed: Path) -> None:
    with Ledger.open(closed) as ledger:
        ledger.lock("2025-12-31")
        ledger.lock("2026-01-31")
    done = run("diff", "--format", "table")
    assert "from the lock up to 2026-01-31, " in done.out
    assert done.err == (
        "note: to see what changed since an earlier lock: ledger diff lock --as-of 2025-12-31\n"
    )
    assert "-50.00" in run("diff", "lock", "--as-of", "2025-12-31").out
    assert run("diff", "lock", "--as-of", "2025-12-31", "--format", "table").err == ""


def test_states_the_wrong_way_round_are_named_as_they_were_typed(
    refused: Refused, closed: Path
) -> None:
    for words in ("2020-03-01 2020-02-01", "today 2020-02-01"):
        error = refused(2, "invalid_option", "diff", *words.split())
        assert error["message"] == "{} is later than {}".format(*words.split())
    error = refused(2, "invalid_option", "diff", "lock", "3")
    assert error["message"] == "the lock is later than position 3"


def test_states_and_accounts_are_told_apart(run: Run, closed: Path) -> None:
    """Two states come first; whatever can be no state is an account."""
    with Ledger.open(closed) as ledger:
        ledger.open_account("1234", "Ana")
        ledger.open_account("fund.eur", "Ana")
        head = ledger.head().short
    for words, accounts in (
        (["bank"], {"bank"}),
        (["0", "club:"], {"club:cash"}),
        (["0", "fund.eur"], {"fund.eur"}),
        (["0", "now", "1234"], {"1234"}),
        (["0", head, "bank"], {"bank"}),
        (["2000-01-01", "today", "bank", "club:cash"], {"bank", "club:cash"}),
        (["0", "3"], {"bank", "club:cash"}),
    ):
        out = run("diff", *words).out
        assert {line.split("\t")[0] for line in out.splitlines()} == accounts, words


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("99", 2, "invalid_option"),
        ("0 99", 2, "invalid_option"),
        ("5 3", 2, "invalid_option"),
        ("3:0123456789abcdef", 2, "invalid_option"),
        ("3:01", 2, "invalid_option"),
        ("2025-13-01", 2, "invalid_time"),
        ("28.02.2025", 2, "invalid_option"),
        ("lock --as-of 2026-01-31", 2, "invalid_option"),
        ("0 nobody", 4, "no_such_account"),
        ("0 club:x:", 4, "no_such_account"),
        ("missing.db", 4, "no_such_ledger"),
        ("./missing", 4, "no_such_ledger"),
        ("odd.db", 2, "not_a_ledger"),
        ("other.db", 2, "invalid_option"),
        ("other.db missing.db", 4, "no_such_ledger"),
        ("odd.db other.db", 2, "not_a_ledger"),
    ],
)
def test_what_cannot_be_compared(
    refused: Refused, closed: Path, tmp_path: Path, words: str, status: int, code: str
) -> None:
    (tmp_path / "odd.db").write_text("no ledger at all")
    with Ledger.open(tmp_path / "other.db") as ledger:
        ledger.open_account("bank", "Ana")
    error = refused(status, code, "diff", *words.split())
    assert "--db" not in error["hint"]
    if code in ("no_such_ledger", "not_a_ledger"):
        assert error["details"]["other_file"] in words.split()
        assert error["details"]["other_file"] in error["message"]


def test_a_mistyped_account_is_answered_with_the_nearest(refused: Refused, closed: Path) -> None:
    error = refused(4, "no_such_account", "diff", "0", "bnak")
    assert "ledger diff 0 bank" in error["hint"]
    error = refused(4, "no_such_account", "diff", "bnak")
    assert "ledger diff lock bank" in error["hint"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("yearend.txt", "did you mean yearend.db? ledger diff yearend.db"),
        ("yearend", "did you mean yearend.db? ledger diff yearend.db"),
        ("lokc bank", "did you mean lock? ledger diff lock bank"),
        ("5 nwo bank", "did you mean now? ledger diff 5 now bank"),
        ("yaerend.db bank", "did you mean yearend.db? ledger diff yearend.db bank"),
        ("5 ./yearend", "did you mean ./yearend.db? ledger diff 5 ./yearend.db"),
        ("copy-of-it", "did you mean ./copy-of-its? ledger diff ./copy-of-its"),
        ("zzz.db", "name the file of a copy of this ledger"),
        ("5 now nobody", "the ledger has bank, club:cash"),
        ("zzz", "the ledger has bank, club:cash"),
    ],
)
def test_a_mistyped_state_is_answered_with_the_nearest(
    run: Run, closed: Path, tmp_path: Path, words: str, hint: str
) -> None:
    assert run("backup", "yearend.db").status == 0
    shutil.copy(tmp_path / "yearend.db", tmp_path / "copy-of-its")
    (tmp_path / "zzz.txt").write_text("no ledger")
    message, told = run("diff", *words.split()).err.splitlines()
    assert told == f"hint: {hint}"
    if ".db" not in words and "/" not in words:
        assert ("no file or account" in message) is ("nobody" not in words)
    _, found, again = hint.partition("? ledger ")
    assert not found or run(*again.split()).status == 0


def test_two_files_are_compared(run: Run, closed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert run("backup", str(copy)).status == 0
    assert "copy.db has nothing that this ledger does not have" in (
        run("diff", "copy.db", "--format", "table").out
    )
    before = run("diff", "copy.db", "5", "--format", "table").out
    assert "copy.db has 4 changes that this ledger at 5 does not have" in before
    assert "this ledger at 5 has nothing that copy.db does not have" in before
    for path, amount in ((closed, "1"), (copy, "2")):
        with Ledger.open(path) as ledger:
            ledger.deposit("bank", amount, at="2026-02-01")
    table = run("diff", "copy.db", "--format", "table").out
    assert "copy.db has 1 change that this ledger does not have" in table
    assert "both are the same up to 9:" in table
    found = run("diff", "copy.db", str(closed), "--json").json
    assert (found["relation"], found["to"]["path"]) == ("apart", str(closed))
    (bank,) = found["accounts"]
    assert [bank[name]["balance"] for name in ("common", "before", "after")] == [
        *("155.00", "157.00", "156.00"),
    ]
    assert [(each["side"], each["effect"]) for each in bank["entries"]] == [
        *(("from", "2.00"), ("to", "1.00")),
    ]


def test_it_fits_a_terminal(environ: dict[str, str], closed: Path, tmp_path: Path) -> None:
    done = run_on_terminal([PROGRAM, "diff", "0"], env=environ, cwd=tmp_path, columns=WIDTH)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", done.text).splitlines()
    assert "Account" in lines[4]
    assert max(map(len, lines)) <= WIDTH


def test_it_completes_states_and_accounts(run: Run, closed: Path) -> None:
    asked = {"env": {"_LEDGER_COMPLETE": "fish"}}
    assert {"lock", "bank", "club:cash"} == set(run("diff", "", **asked).out.split())
    assert {"now", "bank", "club:cash"} == set(run("diff", "0", "", **asked).out.split())
