"""The page of the club's year: its figures are the commands', in a file and in a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from tests.support.clock import Clock
from tests.support.pages import Page
from tests.support.program import Run

YEAR = ("--from", "2025-01-01", "--to", "2025-12-31")
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), "")

FRAME = """<!doctype html><meta charset="utf-8"><title>frame</title>
<iframe src="year.html" style="width:320px;height:600px;border:0"></iframe>
<iframe src="large.html" style="width:320px;height:600px;border:0"></iframe><pre></pre>
<script>
const look = (page) => {
  const room = page.documentElement.clientWidth
  const cells = [...page.querySelectorAll("td, th")]
  const shown = cells.filter((cell) => cell.textContent && !cell.closest("thead"))
  const beyond = shown.filter((cell) => {
    const text = page.createRange()
    text.selectNodeContents(cell)
    const {left, right, width} = text.getBoundingClientRect()
    return width == 0 || left < 0 || right > room
  })
  const boxes = [...page.querySelectorAll("table, .wide, td, dd")]
  const overfull = boxes.filter((box) => box.scrollWidth > box.clientWidth + 1)
  return {
    width: page.scrollingElement.scrollWidth,
    cut: [...beyond, ...overfull].map((each) => each.textContent).slice(0, 5),
    figures: page.querySelectorAll("td.n").length,
    svg: [...page.querySelectorAll("svg")].map((each) => each.getBoundingClientRect().height),
  }
}
addEventListener("load", () => {
  const pages = [...document.querySelectorAll("iframe")].map((each) => each.contentDocument)
  document.querySelector("pre").textContent = JSON.stringify({
    looks: pages.map(look),
    html: pages[0].documentElement.outerHTML,
  })
})
</script>
"""
"""Shows pages as a small telephone does, and tells how they look."""


@pytest.fixture(scope="module")
def written(club_year: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the year."""
    path = tmp_path_factory.mktemp("page") / "year.html"
    with Ledger.open(club_year) as ledger, open(path, "w", encoding="utf-8") as out:
        ledger.export("html", out, from_time=YEAR[1], to_time=YEAR[3])
    return path


def report(run: Run, by: str) -> Any:
    return run("report", "--by", by, *YEAR, "--json").json["rows"]


@pytest.mark.usefixtures("club")
def test_the_figures_are_those_of_the_commands(run: Run, written: Path) -> None:
    page = Page.read(written)
    accounts, months = report(run, "account"), report(run, "month")
    for unit in ("USD", "JPY", "KWD"):
        rows = {row[0]: row[1:] for row in page.rows(f"Accounts in {unit}")[:-1]}
        assert {name: (row[-4], row[-3], row[-2], row[-1]) for name, row in rows.items()} == {
            each["account"]: (
                each["in"],
                each["out"],
                each["transfers"] if float(each["transfers"]) else "",
                each["closing_balance"],
            )
            for each in accounts
            if each["currency"] == unit
        }
        assert [(row[0], *row[-3:]) for row in page.rows(f"By month, in {unit}")[:-1]] == [
            (each["month"], each["in"], each["out"], each["closing_balance"])
            for each in months
            if each["currency"] == unit
        ]
    balances = run("balance", "--as-of", "2025-12-31", "--json").json
    summaries = [page.rows(caption) for caption in page.tables if caption.startswith("Accounts in")]
    held = {row[0]: row[-1] for rows in summaries for row in rows}
    assert {each["account_id"]: each["balance"] for each in balances}.items() <= held.items()


@pytest.mark.usefixtures("club")
def test_each_statement_is_the_one_of_the_command(run: Run, written: Path) -> None:
    page = Page.read(written)
    statements = run("statement", "--all", *YEAR, "--json").json
    sums = {each["account"]: each for each in report(run, "account")}
    assert len(statements) == 13
    for each in statements:
        first, *rows, last = page.rows(f"{each['account_id']}, in {each['currency']}")
        assert (first[-1], last[-1]) == (each["opening_balance"], each["closing_balance"])
        assert [(int(row[0]), row[1], row[-1]) for row in rows] == [
            (entry["version"], entry["effective_at"][:10], entry["balance"])
            for entry in each["entries"]
        ]
        assert [row[-2] for row in rows if row[-2]] == [
            entry["amount"] for entry in each["entries"] if float(entry["amount"])
        ]
        moved = sums[each["account_id"]]
        opened, transfers = moved["initial_balances"], moved["transfers"]
        said = f"Opened with {opened}, in " if float(opened) else "In "
        said += f"{moved['in']}, out {moved['out']}"
        said += f", transfers {transfers}" if float(transfers) else ""
        assert f"\n{said} {each['currency']}" in page.text


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")
def test_a_browser_shows_it_on_a_small_screen_without_an_error_and_without_asking_anybody(
    written: Path, tmp_path: Path
) -> None:
    large = written.with_name("large.html")
    clock = Clock("2026-12-31T12:00")
    with Ledger.in_memory(clock=clock) as books, open(large, "w", encoding="utf-8") as out:
        books.open_account("a", "Ana", "EUR", "999999.99", at="2025-01-01")
        for month in range(24):
            day = f"{2025 + month // 12}-{month % 12 + 1:02}-10"
            tags = {"category": "dues"}
            books.deposit("a", "999999.99", tags=tags, description="Dues", at=day)
            books.withdraw("a", "999999.99", tags=tags, at=day)
        books.confirm("a", "999999.99", at="2026-11-30", source="bank")
        books.export("html", out, group_digits=True)
    frame_file = written.with_name("frame.html")
    frame_file.write_text(FRAME)
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            f"file://{frame_file}",
        ],
        capture_output=True,
        timeout=120,
        check=True,
    )
    # What the page's policy forbids, which is all that would be loaded, is told there, too.
    assert re.findall(rb".*CONSOLE.*", done.stderr) == []
    frame = Page(done.stdout.decode())
    shown, _ = json.JSONDecoder().raw_decode(frame.text, frame.text.index("{"))
    for look in shown["looks"]:
        assert look["width"] <= 320
        assert look["cut"] == []
        assert look["figures"] > 150
        assert min(look["svg"]) > 50
    assert Page(shown["html"]).tables == Page.read(written).tables
