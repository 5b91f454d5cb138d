"""``export``: what is written, where, and what is refused."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from ledger.cli.output_files import new_file
from tests.support.pages import Page
from tests.support.program import Refused, Run

PERIOD = ("--from", "2024-01-01", "--to", "2024-12-31")


def without_moment(html: str) -> str:
    """A page without the line that says when it was made."""
    return re.sub(r"<div><dt>Made</dt>.*", "", html)


def test_a_page_is_written_for_its_owner_alone_and_it_is_told_what_it_is_of(
    run: Run, small_books: Path
) -> None:
    done = run("export", "year.html", *PERIOD)
    assert (done.status, done.out) == (0, "")
    head = run("head").out.strip()
    entries = sum(each["entries"] for each in run("report", *PERIOD, "--json").json["totals"])
    assert done.err == (
        f"{entries} entries of 5 accounts from 2024-01-01 to the end of 2024-12-31 written to "
        "year.html\n"
    )
    path = small_books.parent / "year.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {each.name for each in path.parent.iterdir()} == {"books.db", "year.html"}
    assert f"ledger verify --expect-head {head}" in Page.read(path).text
    assert run("verify", "--expect-head", head).status == 0


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    "typed",
    [
        "export - --to html",
        "export - --to HTML --to 2024-12-31",
        "export - --to 2024-12-31 --to html",
        "export - --to html --to html",
    ],
)
def test_the_format_and_the_end_of_the_period_may_come_in_any_order(run: Run, typed: str) -> None:
    done = run(*typed.split())
    assert done.status == 0, done.err
    assert " exported" in done.err
    assert Page(done.out).title == (
        "Accounts, up to 2024-12-31"
        if "2024" in typed
        else "Accounts, all entries, 2024-03-01 to 2024-03-07"
    )


def test_a_page_on_stdout_is_the_one_in_a_file_whose_name_says_what_it_is(
    run: Run, small_books: Path
) -> None:
    assert run("export", "Year.HTM", "acc-001").status == 0
    written = (small_books.parent / "Year.HTM").read_text("utf-8")
    printed = run("export", "-", "acc-001", "--to", "html", "--quiet")
    assert printed.err == ""
    assert without_moment(printed.out) == without_moment(written)


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        (
            "notes.txt",
            "'notes.txt' does not say which format to export to",
            "ledger export notes.html",
        ),
        ("a.html --to htm", "'htm' is neither a format", "ledger export a.html --to html"),
        (
            "a.html --to htmll --to 2024-05",
            None,
            "ledger export a.html --to html --to 2024-05",
        ),
        (
            "a.html --to 2024-05 --to 2024-06",
            "two ends of the period are given: 2024-05 and 2024-06",
            "ledger export a.html --to 2024-05",
        ),
    ],
)
def test_what_says_too_little_or_too_much_is_answered_with_what_to_type(
    refused: Refused, run: Run, typed: str, message: str | None, hint: str
) -> None:
    error = refused(2, "invalid_usage", "export", *typed.split())
    assert message is None or message in error["message"]
    assert error["hint"].endswith(f": {hint} --json")
    assert run(*hint.split()[1:]).status == 0


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("typed", "status", "code", "hint"),
    [
        ("books.db --to html", 2, "invalid_option", "name another file"),
        ("books.db --to html --force", 2, "invalid_option", "name another file"),
        ("books.db-wal --to html --force", 2, "invalid_option", "name another file"),
        ("books.db-journal --to html", 2, "invalid_option", "name another file"),
        (". --to html --force", 2, "invalid_option", "name a file"),
        ("no/such/folder.html", 2, "invalid_option", "name another file"),
        (
            "a.html --from 2024-05 --to 2024-04",
            2,
            "invalid_option",
            "export a.html --from 2024-04 --to 2024-05",
        ),
        ("a.html --to 2024-13", 2, "invalid_time", "write the year"),
        ("a.html nobody", 4, "no_such_account", "the ledger has acc-001"),
        ("a.html acc", 4, "no_such_account", "ledger export a.html acc-00"),
    ],
)
def test_what_cannot_be_exported_or_written_to_is_refused(
    refused: Refused, typed: str, status: int, code: str, hint: str
) -> None:
    assert hint in refused(status, code, "export", *typed.split())["hint"]


@pytest.mark.usefixtures("small_books")
def test_whoever_means_the_log_is_shown_how_to_export_it(refused: Refused) -> None:
    error = refused(2, "invalid_usage", "export", "books.jsonl")
    assert error["hint"] == "to export the log: ledger export-events books.jsonl"


def test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for(
    run: Run, refused: Refused, small_books: Path
) -> None:
    kept = small_books.parent / "kept.html"
    kept.write_text("something dear\n")
    hint = refused(2, "invalid_option", "export", "kept.html")["hint"]
    assert hint.endswith(": ledger export kept.html --json --force")
    assert run("export", "kept.html", "--force").status == 0
    assert Page.read(kept).title == "Accounts, all entries, 2024-03-01 to 2024-03-07"


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "year.html"
    seen = list[Path]()
    with (  # noqa: PT012 - it comes in the midst of writing
        pytest.raises(KeyboardInterrupt),
        new_file(str(target), str(tmp_path / "books.db"), force=False) as file,
    ):
        file.write(b"<!doctype html>")
        seen += tmp_path.iterdir()
        raise KeyboardInterrupt
    assert len(seen) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_books")
def test_where_what_a_page_needs_is_missing_it_is_said_how_to_install_it(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "without").mkdir()
    missing = "raise ModuleNotFoundError(\"No module named 'jinja2'\", name='jinja2')\n"
    (tmp_path / "without" / "jinja2.py").write_text(missing)
    env = {"PYTHONPATH": str(tmp_path / "without")}
    outcome = run("export", "year.html", "--json", env=env)
    assert (outcome.status, outcome.error["code"]) == (1, "missing_package")
    assert outcome.error["message"] == "the package jinja2 is not installed"
    assert re.fullmatch(
        r"install it: /\S+/python[0-9.]* -m pip install jinja2", outcome.error["hint"]
    )
    assert not (tmp_path / "year.html").exists()


def test_the_page_of_a_test_ledger_says_so(run: Run, tmp_path: Path) -> None:
    env = {"LEDGER_CLOCK": "2026-01-01T09:00:00Z+1s", "LEDGER_SEED": "7"}
    assert run("open", "a", "--owner", "Ana", env=env).status == 0
    done = run("export", "page.html", env=env)
    assert " written to page.html TEST\n" in done.err
    page = Page.read(tmp_path / "page.html")
    assert page.title.endswith(" (TEST)")
    assert "its clock and its chance are made up (clock 2026-01-01T09:00:00Z+1s, seed 7)" in (
        page.text
    )
    again = run("export", "-", "--to", "html", env=env)
    assert again.out == (tmp_path / "page.html").read_text("utf-8")  # every time the same
