"""Exports to hledger, beancount and CSV: what is written, what is said of it, and by whom it is
read."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_csv_formulas import FORMULAS, HARMLESS, read_back
from tests.cli.test_sample_data import CLUB
from tests.support.journals import hledger
from tests.support.journals.hledger import needs_hledger
from tests.support.program import PROGRAM, Run


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@needs_hledger
@pytest.mark.usefixtures("club")
def test_hledger_reads_the_year_of_the_club(run: Run, tmp_path: Path) -> None:
    done = run("export", "year.journal")
    assert (done.status, done.out) == (0, "")
    assert "note: 2 entries that were reversed are left out\n" in done.err
    path = tmp_path / "year.journal"
    found = {account: (str(held), unit) for account, (held, unit) in hledger.balances(path).items()}
    assert found == CLUB
    printed = [one for one in hledger.printed(path) if one.tag("kind") != "confirmation"]
    entries = [each for one in printed for each in one.entries]
    assert len(entries) == int(done.err.split()[0])


@pytest.mark.usefixtures("club")
def test_bean_check_reads_the_year_of_the_club(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("beancount")
    done = run("export", "half.bean", "--from", "2025-03", "--to", "2025-08")
    assert done.status == 0
    assert done.err.splitlines()[1:] == [
        "note: beancount does not take the ids of 13 accounts, such as club:checking, which is "
        "called Assets:Club:Checking there; the id stands beside each name",
        "note: 12 categories have other names in beancount, such as equipment, which is called "
        "Expenses:Equipment there; the category stands beside each name",
        "note: 2 entries that were reversed are left out",
    ]
    checked = subprocess.run(
        [PROGRAM.with_name("bean-check"), tmp_path / "half.bean"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("file", "begins"),
    [
        ("a.hledger", "; ledger "),
        ("a.JOURNAL", "; ledger "),
        ("a.beancount", "; ledger "),
        ("a.bean", "; ledger "),
        ("a.csv", "position,account_id,owner,version,"),
    ],
)
def test_the_name_of_the_file_says_the_format(
    run: Run, small_books: Path, file: str, begins: str
) -> None:
    assert run("export", file, "--quiet").err == ""
    assert (small_books.parent / file).read_text("utf-8").startswith(begins)


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("to", ["hledger", "beancount"])
def test_a_journal_ends_with_the_head(run: Run, to: str) -> None:
    done = run("export", "-", "--to", to)
    assert done.out.splitlines()[-1] == f"; head {run('head').out.strip()}"


@pytest.mark.usefixtures("small_books")
def test_where_only_some_accounts_are_wanted_transfers_go_elsewhere(run: Run) -> None:
    out = run("export", "-", "acc-001", "--to", "hledger").out
    assert "Assets:acc-001  -20.00 USD" in out
    assert "Equity:Transfers  20.00 USD" in out
    assert "acc-002" not in out


@pytest.mark.parametrize(
    "period", [(), ("--to", "1999-12"), ("--from", "2024-06", "--to", "2024-07")]
)
@pytest.mark.parametrize("to", [pytest.param("hledger", marks=needs_hledger), "beancount", "csv"])
def test_without_accounts_or_entries_there_is_a_file_all_the_same(
    run: Run, small_books: Path, to: str, period: tuple[str, ...]
) -> None:
    if not period:
        small_books.unlink()
        assert run("book", "create").status == 0
    done = run("export", "-", "--to", to, *period)
    assert (done.status, done.err.split()[:2]) == (0, ["0", "entries"])
    if to == "hledger":
        path = small_books.parent / "none.journal"
        path.write_text(done.out, encoding="utf-8")
        held = hledger.balances(path)
    elif to == "beancount":
        from tests.support.journals.beancount import Loaded

        held = Loaded(done.out).balances()
    else:
        assert rows(done.out) == []
        return
    assert len(held) == (4 if "2024-06" in period else 0)


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("small_books")
def test_csv_has_every_entry_with_all_that_others_show_of_it(run: Run) -> None:
    assert run("reverse", "acc-001", "2").status == 0
    assert run("amend-entry", "acc-001", "3", "-m", "Stamps, 10", "--tag", "a=b").status == 0
    done = run("export", "-", "--to", "csv", "--quiet")
    assert done.err == ""
    assert "\r\n" in done.out
    exported = rows(done.out)
    found = rows(run("find", "--with-reversed", "--format", "csv").out)
    assert [{key: row[key] for key in found[0]} for row in exported] == found
    owners = {
        row["account_id"]: row["owner"] for row in rows(run("accounts", "--format", "csv").out)
    }
    assert all(row["owner"] == owners[row["account_id"]] for row in exported)
    last = {row["account_id"]: row["balance"] for row in exported}
    balances = dict(line.split("\t")[:2] for line in run("balance").out.splitlines())
    assert {each: last.get(each, "0.00") for each in balances} == balances
    transfers = [row["transfer_id"] for row in exported if row["event_type"].startswith("Transfer")]
    assert len(transfers) == 2
    assert len(set(transfers)) == 1
    assert transfers[0]


@pytest.mark.usefixtures("small_books")
def test_balances_in_csv_go_on_from_those_before_the_period(run: Run) -> None:
    period = ("--from", "2024-03-06T09:00", "--to", "2024-03-07")
    whole = rows(run("export", "-", "--to", "csv").out)
    part = rows(run("export", "-", "--to", "csv", *period).out)
    days = ("2024-03-06", "2024-03-07")
    assert part == [row for row in whole if row["effective_at"][:10] in days]
    assert len(part) == 3


@pytest.mark.usefixtures("small_books")
def test_no_text_in_csv_is_a_formula(run: Run) -> None:
    texts = [*FORMULAS, *HARMLESS]
    lines = [
        {"command": "deposit", "account": "acc-002", "amount": "1", "description": text}
        for text in texts
    ]
    assert run("batch", "-", stdin="\n".join(map(json.dumps, lines))).status == 0
    cells = [row["description"] for row in rows(run("export", "-", "--to", "csv").out)]
    found = [read_back(cell) for cell in cells[-len(texts) :]]
    assert found == [text.replace("\t", "\\t").replace("\r", "\\r") for text in texts]
    assert not [cell for cell in cells if cell[:1] in "=@+" and cell not in ("", "+3")]
