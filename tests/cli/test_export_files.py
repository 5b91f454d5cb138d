"""The file that an export goes to: behind a link, there already, or misnamed; and its period."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from ledger import Ledger
from tests.cli.test_hints import printed_commands
from tests.support.program import Run


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("typed", ["export latest.html", "export-events latest.html"])
def test_what_a_link_leads_to_is_replaced_and_the_link_stays(
    run: Run, tmp_path: Path, typed: str
) -> None:
    (tmp_path / "cellar").mkdir()
    (tmp_path / "latest.html").symlink_to("cellar/kept.html")
    kept = tmp_path / "cellar/kept.html"
    assert "is a link to" in run(*typed.split(), "--force").err
    kept.write_text("something dear\n")
    assert "exists already" in run(*typed.split()).err
    assert run(*typed.split(), "--force").status == 0
    assert (tmp_path / "latest.html").is_symlink()
    assert "acc-001" in kept.read_text("utf-8")
    assert os.listdir(tmp_path / "cellar") == ["kept.html"]


@pytest.fixture
def club_books(tmp_path: Path) -> Path:
    """A ledger of accounts and groups, some of whose names differ by capitals alone."""
    with Ledger.open(tmp_path / "books.db") as books:
        for account in ("bank:main", "Bank:old", "CASH", "cash"):
            books.open_account(account, "Ana", at="2025-01-01")
    (tmp_path / "there.html").write_text("something dear\n")
    return tmp_path


@pytest.mark.usefixtures("club_books")
@pytest.mark.parametrize(
    ("typed", "message", "hints"),
    [
        ("export books.db", "'books.db' is the ledger itself", ["export books.html"]),
        ("export '' --to csv", "the name of the file is empty", ["export accounts.csv"]),
        ("export .", "'.' does not say", ["export ./accounts.html"]),
        ("export there.pdf", "does not say which format", ["export there-2.html"]),
        ("export no/such.XLSX --to 2025-06", None, ["export such.csv --to 2025-06"]),
        ("export x.ledger", None, ["export x.journal"]),
        ("export - --to 2025-05", "nothing says", ["export - --to html --to 2025-05"]),
        (
            "export bank:main cash",
            "'bank:main' is an account, and no file is named",
            ["export bank-main.html bank:main cash"],
        ),
        ("export cash new.html", None, ["export new.html cash"]),
        ("export cash there.html", None, ["export there-2.html cash"]),
        (
            "export bank --to csv",
            "'bank' stands for accounts, and no file is named",
            ["export bank.csv bank:", "export ./bank --to csv"],
        ),
        (
            "export there.html --to csv --to 2025-06",
            "'there.html' is the name of a file in html, and csv is asked for",
            ["export there.csv --to 2025-06", "export there-2.html --to 2025-06"],
        ),
        ("export x.csv --to htm", "'htm' is neither a format", ["export x.csv --to csv"]),
        ("export x.csv --to html --to csv", "two formats", ["export x.csv --to csv"]),
        ("export there.html nobody", "there is no account 'nobody'", []),
        ("export there.html bank", None, ["export there.html bank: --force"]),
        ("export there.html --to 2025-13", "'2025-13' does not exist", []),
        ("export-events there.html --to-position 99", "the log has no position 99", []),
        ("export x.csv BANK:main", None, ["export x.csv bank:main"]),
        ("export x.csv Cash", None, ["export x.csv cash"]),
    ],
)
def test_what_is_wrong_with_the_file_or_comes_before_it_is_answered_with_what_works(
    run: Run, club_books: Path, typed: str, message: str | None, hints: list[str]
) -> None:
    if "there.html bank" in typed:
        typed += " --force"
    refused = run(*shlex.split(typed))
    assert (refused.status in (2, 4), refused.out) == (True, "")
    error, _, hint = refused.err.partition("\nhint: ")
    assert message is None or message in error
    assert printed_commands(hint.strip()) == [f"ledger {each}" for each in hints]
    for each in hints:
        assert run(*shlex.split(each)).status == 0, each
    assert "--force" in typed or (club_books / "there.html").read_text() == "something dear\n"


@pytest.mark.usefixtures("club_books")
@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("export x.csv --from 2025", "export x.csv --from 2025-01 --to 2025-12"),
        (
            "export - --to csv --to 2025",
            "export - --from 2025-01 --to csv --to 2025-12",
        ),
        ("report --from 2024 --to 2025", "report --from 2024-01 --to 2025-12"),
        ("find --from 2024-06 --to 2025", "find --from 2024-06 --to 2025-12"),
        ("statement cash --to 2025", "statement cash --from 2025-01 --to 2025-12"),
        ("balance --as-of 2025", "balance --as-of 2025-12"),
        ("confirm cash 0 --as-of 2025", "confirm cash 0 --as-of 2025-12"),
        ("lock 2025 --yes", "lock 2025-12 --yes"),
        ("lock 9999 --yes", ""),
        ("book time-zone Europe/Paris --from 9000", "book time-zone Europe/Paris --from 9000-01"),
    ],
)
def test_a_year_is_told_as_its_months(run: Run, typed: str, hint: str) -> None:
    refused = run(*shlex.split(typed))
    assert (refused.status, refused.out) == (2, "")
    assert " is a year, and a month or a day is needed\n" in refused.err
    assert printed_commands(refused.err.rstrip()) == ([f"ledger {hint}"] if hint else [])
    assert not hint or run(*shlex.split(hint)).status == 0


@pytest.mark.usefixtures("club_books")
def test_with_json_it_is_told_to_a_program_what_was_written_where(run: Run) -> None:
    typed = ("export", "a.bean", "--from", "2025-01", "--json")
    done = run(*typed)
    assert (done.status, done.err) == (0, "")
    assert {**done.json, "notes": len(done.json["notes"])} == {
        "format": "beancount",
        "path": "a.bean",
        "entries": 0,
        "accounts": 4,
        "from": "2025-01-01T00:00:00.000000Z",
        "to": None,
        "head": run("head").out.strip(),
        "notes": 1,
    }
    refused = run("export", "-", "--to", "CSV", "--to", "2025-06", "--json")
    assert (refused.status, refused.out, refused.error["code"]) == (2, "", "invalid_usage")
    (hint,) = printed_commands(refused.error["hint"])
    assert hint == "ledger export accounts.csv --to 2025-06 --json"
    assert run(*shlex.split(hint)[1:]).json["path"] == "accounts.csv"


@pytest.mark.usefixtures("club_books")
def test_of_a_log_it_is_told_to_a_program_which_one_was_written_where(run: Run) -> None:
    done = run("export-events", "log.jsonl", "--json")
    assert (done.status, done.err) == (0, "")
    assert done.json == {
        "path": "log.jsonl",
        "ledger_id": run("book", "--json").json["ledger_id"],
        "events": 5,
        "head": run("head").out.strip(),
    }


@pytest.mark.usefixtures("club_books")
def test_a_period_is_shown_as_other_commands_show_it(run: Run) -> None:
    env = {"LEDGER_TIME_ZONE": "America/Los_Angeles"}
    done = run("export", "a.csv", "--from", "2025-02", "--to", "2025-04", env=env)
    assert done.err.splitlines()[0] == (
        "0 entries of 4 accounts from 2025-01-31 16:00:00 to 2025-04-30 16:59:59 written to a.csv; "
        "times are shown in America/Los_Angeles"
    )
