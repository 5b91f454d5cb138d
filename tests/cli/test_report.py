"""``ledger report``: what a club reads at its annual meeting, and what its programs read."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import program
from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, SAMPLE_DATA, Refused, Run, environment

OnTerminal = Callable[..., str]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CATEGORIES = {
    "bar": "bar",
    "boat-fund": "boats and their insurance",
    "club:checking": "premises",
    "dues:2025": "dues",
    "gala-2025": "gala",
    "regatta-fund": "regatta",
}
YEAR = ("--from", "2025-01-01", "--to", "2025-12-31")


BY_QUARTER = """\
accounts bar, boat-fund and dues:…  from 2025-01-01, to 2025-12-31
Quarter, category            Opening  Initial        In       Out  Closing USD
──────────────────────────────────────────────────────────────────────────────
2025-Q1                         0.00  3500.00  18145.00  16790.00      4855.00
  bar                                    0.00   5269.00   2068.38
  boats and their insurance              0.00      0.00    815.12
  dues                                   0.00  11526.00    144.07
  (no category)                       3500.00   1350.00  13762.43
2025-Q2                      4855.00     0.00  20112.50  18328.81      6638.69
  bar                                    0.00   8899.50   1885.64
  boats and their insurance              0.00   1365.00    810.66
  dues                                   0.00   8498.00    143.50
  (no category)                          0.00   1350.00  15489.01
2025-Q3                      6638.69     0.00  27427.05  25760.31      8305.43
  bar                                    0.00   9786.00   1589.65
  boats and their insurance              0.00   1520.00   7689.10
  dues                                   0.00   8646.00    245.58
  (no category)                          0.00   7475.05  16235.98
2025-Q4                      8305.43     0.00  17076.00  15744.94      9636.49
  bar                                    0.00   5534.00   1443.63
  boats and their insurance              0.00   1210.00    814.68
  dues                                   0.00   8982.00    152.05
  (no category)                          0.00   1350.00  13334.58
total                           0.00  3500.00  82760.55  76624.06      9636.49
(1 entry that was reversed is left out)
"""
BY_CATEGORY = """\
accounts club:…  from 2025-01-01, to 2025-12-31
Category, account  Opening   Initial        In       Out  Transfers  Closing USD
────────────────────────────────────────────────────────────────────────────────
premises                        0.00   4586.50  42854.13       0.00
  club:checking                 0.00   4586.50  42854.13       0.00
(no category)               24980.00  59079.71  14951.58       0.00
  club:checking              6480.00  58822.00   9951.58   -4800.00
  club:savings              18500.00    257.71   5000.00   +4800.00
total                 0.00  24980.00  63666.21  57805.71       0.00     30840.50
(2 entries that were reversed are left out)
"""
BY_ACCOUNT = """\
accounts jp-… and kw-…  from 2025-01-01, to 2025-12-31
Account     Opening       In      Out  Transfers  Closing JPY
─────────────────────────────────────────────────────────────
jp-camp           0  2140000   794174   -1013850       331976
jp-lodging        0    24000  1037850   +1013850            0
total             0  2164000  1832024          0       331976

Account     Opening  Initial        In      Out  Transfers  Closing KWD
───────────────────────────────────────────────────────────────────────
kw-sponsor    0.000  500.000  1875.000  618.250   -540.000     1216.750
kw-travel     0.000    0.000     0.000  375.925   +540.000      164.075
total         0.000  500.000  1875.000  994.175      0.000     1380.825
"""
SUBTOTALS = [
    {
        "quarter": "2025-Q1",
        "currency": "USD",
        "opening_balance": "0.00",
        "initial_balances": "300.00",
        "in": "5269.00",
        "out": "4611.73",
        "transfers": "0.00",
        "closing_balance": "957.27",
        "entries": 78,
    },
    {
        "quarter": "2025-Q2",
        "currency": "USD",
        "opening_balance": "957.27",
        "initial_balances": "0.00",
        "in": "8899.50",
        "out": "9105.30",
        "transfers": "0.00",
        "closing_balance": "751.47",
        "entries": 77,
    },
    {
        "quarter": "2025-Q3",
        "currency": "USD",
        "opening_balance": "751.47",
        "initial_balances": "0.00",
        "in": "9786.00",
        "out": "9595.21",
        "transfers": "0.00",
        "closing_balance": "942.26",
        "entries": 75,
    },
    {
        "quarter": "2025-Q4",
        "currency": "USD",
        "opening_balance": "942.26",
        "initial_balances": "0.00",
        "in": "5534.00",
        "out": "5730.26",
        "transfers": "0.00",
        "closing_balance": "746.00",
        "entries": 72,
    },
]
TOTAL = {
    "currency": "USD",
    "opening_balance": "0.00",
    "initial_balances": "300.00",
    "in": "29488.50",
    "out": "29042.50",
    "transfers": "0.00",
    "closing_balance": "746.00",
    "entries": 302,
}
ROWS = [
    {
        "quarter": "2025-Q1",
        "tag:category": "bar",
        "currency": "USD",
        "opening_balance": None,
        "initial_balances": "0.00",
        "in": "5269.00",
        "out": "2068.38",
        "transfers": "0.00",
        "closing_balance": None,
        "entries": 74,
    },
    {
        "quarter": "2025-Q1",
        "tag:category": None,
        "currency": "USD",
        "opening_balance": None,
        "initial_balances": "300.00",
        "in": "0.00",
        "out": "2543.35",
        "transfers": "0.00",
        "closing_balance": None,
        "entries": 4,
    },
]


@pytest.fixture(scope="session")
def tagged_year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample year, never locked, with a category by account on most of what came and went."""
    path = tmp_path_factory.mktemp("tagged") / "club.db"
    lines = []
    for line in (SAMPLE_DATA / "club_year.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["command"] == "lock":
            continue
        entry.pop("tags", None)
        if entry["command"] in ("deposit", "withdraw") and entry["account"] in CATEGORIES:
            entry["tags"] = {"category": CATEGORIES[entry["account"]]}
        lines.append(json.dumps(entry))
    tagged = path.with_suffix(".jsonl")
    tagged.write_text("\n".join(lines), "utf-8")
    env = environment(path.parent, path)
    assert program.run("batch", str(tagged), env=env).status == 0
    assert program.run("reverse", "bar", "3", env=env).status == 0
    return path


@pytest.fixture
def meeting(tagged_year: Path, environ: dict[str, str]) -> Path:
    """That year as the ledger that the program uses."""
    environ["LEDGER_DB"] = str(tagged_year)
    return tagged_year


@pytest.fixture
def shown(environ: dict[str, str], tmp_path: Path) -> OnTerminal:
    """What a person reads of ``ledger report`` on a terminal."""

    def run_it(*arguments: str, columns: int) -> str:
        done = run_on_terminal(
            [PROGRAM, "report", *arguments], env=environ, cwd=tmp_path, columns=columns
        )
        assert done.status == 0, done.text
        text = COLOUR.sub("", done.text)
        assert max(map(len, text.splitlines())) <= columns
        return text

    return run_it


# ── for people ──────────────────────────────────────────────────────────────────────────────────


def test_the_meeting_reads_quarters_and_categories(meeting: Path, shown: OnTerminal) -> None:
    asked = ("bar", "boat-fund", "dues:", *YEAR, "--by", "quarter", "--by", "tag:category")
    assert shown(*asked, columns=80) == BY_QUARTER
    assert shown(*asked, columns=120) == BY_QUARTER


def test_the_meeting_reads_accounts_by_category(meeting: Path, shown: OnTerminal) -> None:
    asked = ("club:", *YEAR, "--by", "tag:category", "--by", "account")
    assert shown(*asked, columns=80) == BY_CATEGORY


def test_each_currency_has_a_table_of_its_own(meeting: Path, shown: OnTerminal) -> None:
    text = shown("jp-", "kw-", *YEAR, "--by", "account", columns=120)
    assert text == BY_ACCOUNT
    assert shown("jp-", "kw-", *YEAR, "--by", "account", columns=80) == BY_ACCOUNT


def test_the_whole_year_by_month_fits_eighty_columns(meeting: Path, shown: OnTerminal) -> None:
    text = shown(*YEAR, "--by", "month", "--by", "tag:category", columns=80)
    usd = text.split("\n\n")[-1]
    assert set(re.findall(r"^  ([^\s].*?)  ", usd, re.MULTILINE)) == {
        *CATEGORIES.values(),
        "(no category)",
    }
    numbers = re.findall(r"^2025-\d\d.*|^total.*", usd, re.MULTILINE)
    assert len(numbers) == 13
    assert len({len(line) for line in numbers}) == 1  # aligned to the last digit


@pytest.mark.parametrize("columns", [20, 30, 40])
def test_a_total_alone_is_shown_at_any_width(
    meeting: Path, shown: OnTerminal, columns: int
) -> None:
    text = shown(*YEAR, columns=columns)
    assert "bug" not in text
    assert re.search(r"^total$", text, re.MULTILINE)


# ── for programs ────────────────────────────────────────────────────────────────────────────────


def test_json_has_groups_subtotals_and_totals(run: Run, meeting: Path) -> None:
    asked = ("report", "bar", *YEAR, "--by", "quarter", "--by", "tag:category")
    found = run(*asked, "--json").json
    assert {name: found[name] for name in found if name not in ("rows", "head")} == {
        "accounts": ["bar"],
        "prefixes": [],
        "by": ["quarter", "tag:category"],
        "from": "2025-01-01T00:00:00.000000Z",
        "to": "2025-12-31T23:59:59.999999Z",
        "as_of": None,
        "known_at": None,
        "periods_until": None,
        "subtotals": SUBTOTALS,
        "totals": [TOTAL],
        "known_position": None,
        "left_out": 1,
    }
    assert found["head"] == run("balance", "bar", "--json").json["head"]
    assert found["rows"][:2] == ROWS


def test_plain_and_csv_have_a_line_for_each_smallest_group(run: Run, meeting: Path) -> None:
    asked = ("report", "bar", *YEAR, "--by", "quarter", "--by", "tag:category")
    rows = run(*asked, "--json").json["rows"]
    table = list(csv.reader(io.StringIO(run(*asked, "--format", "csv").out, newline="")))
    assert table[0] == list(rows[0])
    assert table[1:] == [["" if v is None else str(v) for v in row.values()] for row in rows]
    assert [line.split("\t") for line in run(*asked).out.splitlines()] == table[1:]


def test_what_was_known_then_is_still_said(run: Run, small_books: Path) -> None:
    asked = ("report", "acc-001", "--by", "month")
    now = run(*asked).out
    assert now == "2024-03\tUSD\t0.00\t100.00\t57.25\t32.50\t0.00\t124.75\t5\n"
    then = run(*asked, "--known-at", "2024-03-09", "--as-of", "2024-03-05").out
    assert then == "2024-03\tUSD\t0.00\t100.00\t50.00\t0.00\t0.00\t150.00\t2\n"


# ── refused, offered ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "code", "arguments", "hint"),
    [
        (2, "invalid_option", "--by mnth", "did you mean month? ledger report --by month"),
        (2, "invalid_option", "--by day --by day", "name it once: ledger report --by day"),
        (2, "invalid_option", "--by category", "tag:category? ledger report --by tag:category"),
        (2, "invalid_option", "--by catgory", "tag:category? ledger report --by tag:category"),
        (2, "invalid_option", "--by tag:catgory", "tag:category? ledger report --by tag:category"),
        (2, "invalid_tag", "--by tag:", "use the letters"),
        (4, "no_such_account", "bar dos:", "did you mean dues:? ledger report bar dues:"),
        (4, "no_such_account", "zzzz", "the ledger has bar, "),
        (
            *(2, "invalid_option", "--from 2025-06 --to 2025-01"),
            "give the earlier time first: ledger report --from 2025-01 --to 2025-06",
        ),
        (2, "invalid_option", "--from 2025-06 --as-of 2025-01", "give the earlier time first"),
        (2, "invalid_option", "--by day --from 0001-01-01", "ask for longer periods"),
    ],
)
def test_what_cannot_be_reported(
    refused: Refused, meeting: Path, status: int, code: str, arguments: str, hint: str
) -> None:
    error = refused(status, code, "report", *arguments.split())
    assert hint in error["hint"].replace(" --json", "")


def test_an_altered_table_is_refused_and_can_be_made_again(run: Run, small_books: Path) -> None:
    from tests.support.log_editing import edit_file

    before = run("report", "--by", "account").out
    edit_file(small_books, "UPDATE account_entries SET amount = 1 WHERE version = 2")
    done = run("report", "--by", "account", "--json")
    assert (done.status, done.out, done.error["code"]) == (6, "", "damaged_ledger")
    assert "the entries of account acc-001 do not add up to its balance" in done.error["message"]
    assert done.error["hint"].endswith(": ledger rebuild-projections account_entries")
    assert run("rebuild-projections", "account_entries").status == 0
    assert run("report", "--by", "account").out == before


def test_groups_tags_and_accounts_are_offered(run: Run, meeting: Path) -> None:
    def offered(*words: str) -> list[str]:
        return run("report", *words, env={"_LEDGER_COMPLETE": "bash"}).out.splitlines()

    assert offered("--by", "") == [
        "day", "week", "month", "quarter", "year", "account", "tag:category",
    ]  # fmt: skip
    assert offered("--by", "month", "--by", "m") == []
    assert offered("cl") == ["club:", "club:checking", "club:savings"]
    assert offered("club:", "cl") == ["club:checking", "club:savings"]
    listed = run("accounts", "cl", env={"_LEDGER_COMPLETE": "bash"}).out.splitlines()
    assert listed == ["club:", "club:checking", "club:savings"]
