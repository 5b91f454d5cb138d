"""Bank statements: the styles of several banks, rules, dry runs, refusals and unreadable files."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.bank_statements.zones import BERLIN, write_zone
from tests.support.file_content import tree
from tests.support.program import SAMPLE_DATA, Outcome, Run

STATEMENTS = Path(__file__).parent / "statements"
SAMPLE = SAMPLE_DATA / "bank_statement.csv"


def opened(run: Run, account: str, currency: str = "USD", at: str = "2025-01-01") -> None:
    assert (
        run("open", account, "--owner", "Ana Souza", "--currency", currency, "--at", at).status == 0
    )


def entries(run: Run, account: str) -> list[tuple[str, str, str]]:
    """(day, amount, description) of all entries but the opening, as recorded."""
    found = run("history", account, "--json").json["entries"][1:]
    return [(each["effective_at"][:10], each["amount"], each["description"]) for each in found]


def written(tmp_path: Path, *lines: str, name: str = "bank.csv") -> str:
    (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return name


def guessed(err: str) -> dict[str, Any]:
    """The rules at the start of stderr."""
    lines = err.splitlines()
    return tomllib.loads("\n".join(line for line in lines if " = " in line or line[:1] == "#"))


# ── styles of banks ─────────────────────────────────────────────────────────────────────────────

STYLES: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "german": (
        "EUR",
        [
            ("2025-01-31", "1773.35", "Ruderclub Süd e.V.: Erstattung – Fahrtkosten 50 €"),
            ("2025-02-14", "-12.35", "Bäckerei Krume: Kuchen"),
            ("2025-02-14", "-12.35", "Bäckerei Krume: Kuchen"),
            ("2025-03-03", "-980.00", 'Hausverwaltung Weiß: Miete "März"'),
            ("2025-03-28", "2150.00", "Ruderclub Süd e.V.: Gehalt März"),
            ("2025-03-31", "-4.50", "Bäckerei Krume: Brötchen; wie bestellt"),
        ],
    ),
    "us": (
        "USD",
        [
            ("2025-01-13", "1412.80", "PAYROLL, NORTHWIND BICYCLES"),
            ("2025-01-14", "-4.25", "CORNER CAFE"),
            ("2025-01-14", "-4.25", "CORNER CAFE"),
            ("2025-02-03", "-1150.00", "RENT"),
        ],
    ),
    "uk": (
        "GBP",
        [
            ("2025-02-14", "2200.00", "SALARY"),
            ("2025-02-14", "-1120.00", "RENT"),
            ("2025-02-28", "-5.00", "THE TEA\nROOM"),
            ("2025-02-28", "-31.40", "RIVERSIDE WATER"),
        ],
    ),
    "french": (
        "EUR",
        [
            ("2025-01-17", "2310.00", "VIREMENT SALAIRE"),
            ("2025-01-20", "-46.15", "CARTE ÉPICERIE DU PORT"),
            ("2025-01-21", "-850.00", "LOYER"),
        ],
    ),
    "spanish": (
        "EUR",
        [
            ("2025-02-03", "1980.00", "NÓMINA"),
            ("2025-02-15", "-73.20", "SUPERMERCADO EL SOL"),
        ],
    ),
    "portuguese": (
        "EUR",
        [
            ("2025-01-02", "1450.00", "ORDENADO"),
            ("2025-01-13", "-1.20", "CAFÉ CENTRAL"),
        ],
    ),
    "direction": (
        "EUR",
        [
            ("2025-03-04", "1800.00", "Lohn"),
            ("2025-03-05", "-45.00", "Stadtwerke"),
        ],
    ),
    "japan": (
        "JPY",
        [
            ("2025-02-03", "285000", "給与"),
            ("2025-02-10", "-92000", "家賃"),
            ("2025-02-14", "-580", "カフェ"),
        ],
    ),
}


def import_style(run: Run, style: str, *options: str) -> Outcome:
    rules = STATEMENTS / f"{style}.toml"
    named = ["--rules", str(rules)] if rules.exists() else []
    return run(
        "import", "--yes", str(STATEMENTS / f"{style}.csv"), "--account", "acc", *named, *options
    )


@pytest.mark.parametrize("style", STYLES)
def test_a_bank_statement_is_imported_once_with_guessed_or_saved_rules(
    run: Run, tmp_path: Path, style: str
) -> None:
    currency, expected = STYLES[style]
    opened(run, "acc", currency)
    done = import_style(run, style)
    assert (done.status, done.out) == (0, "")
    assert entries(run, "acc") == expected
    assert f"imported {len(expected)} (in " in done.err.splitlines()[-1]
    shown = import_style(run, style, "--show-rules", "--account", "acc")
    assert (shown.status, shown.err) == (0, "")
    (tmp_path / "saved.toml").write_text(shown.out, "utf-8")
    file = str(STATEMENTS / f"{style}.csv")
    again = run("import", "--yes", file, "--account", "acc", "--rules", "saved.toml")
    assert (again.status, guessed(again.err)) == (0, {})
    assert f"already there {len(expected)}, refused 0" in again.err.splitlines()[-1]
    assert run("events", "--json").out.count("\n") == 2 + len(
        expected
    )  # with the book and the opening


def test_what_is_guessed_is_shown_first_as_rules(run: Run) -> None:
    opened(run, "acc", "EUR")
    done = import_style(run, "german", "--dry-run")
    note, heading, *rest = done.err.splitlines()
    assert "cp1252" in note
    assert heading.startswith("# guessed from ")
    assert guessed(done.err) == {
        "encoding": "cp1252",
        "delimiter": ";",
        "quote": '"',
        "header": True,
        "date": "Buchungstag",
        "date_format": "%d.%m.%Y",
        "time_zone": "local",
        "amount": "Betrag (EUR)",
        "money_out": "negative",
        "decimal_mark": ",",
        "thousands_mark": ".",
        "description": "{Auftraggeber / Empfänger}: {Verwendungszweck}",
        "currency": "EUR",
    }
    assert rest[-3:] == [
        "line 12: skipped, it stands below the table, without a date",
        "acc would hold what the bank says for the end of 2025-03-31, 2914.15",
        "would import 6 (in 3923.35, out 1009.20 EUR), already there 0, refused 0, skipped 1",
    ]


def test_the_rules_can_be_seen_without_a_ledger(run: Run, books: Path) -> None:
    done = run("import", "--yes", str(SAMPLE), "--show-rules")
    assert (done.status, done.err) == (0, "")
    rules = tomllib.loads(done.out)
    assert rules["date_format"] == "%m/%d/%Y"
    assert not {"skip_top", "skip_bottom", "encoding"} & set(rules)
    assert not books.exists()


def test_lines_that_move_no_money_are_reported_and_counted(run: Run) -> None:
    opened(run, "acc")
    lines = import_style(run, "us").err.splitlines()
    assert "line 2: skipped, it has no amount" in lines
    assert "line 6: skipped, its amount is zero" in lines
    assert lines[-1].endswith("refused 0, skipped 2")


def test_a_statement_may_come_from_stdin(run: Run) -> None:
    opened(run, "acc")
    done = run(
        "import", "--yes", "-", "--account", "acc", stdin=(STATEMENTS / "us.csv").read_bytes()
    )
    assert done.status == 0
    assert len(entries(run, "acc")) == 4


def test_days_are_in_the_time_zone_of_the_rules(run: Run, tmp_path: Path) -> None:
    write_zone(tmp_path / "zones", "Europe/Berlin", BERLIN)
    written(tmp_path, 'time_zone = "Europe/Berlin"', name="bank.toml")
    written(tmp_path, "Date,Amount", "2025-07-01,1.00")
    opened(run, "acc")
    done = run(
        *("import", "--yes", "bank.csv", "--account", "acc", "--rules", "bank.toml"),
        env={"PYTHONTZPATH": str(tmp_path / "zones")},
    )
    assert done.status == 0
    (entry,) = run("history", "acc", "--json").json["entries"][1:]
    assert entry["effective_at"] == "2025-06-30T22:00:00.000000Z"


# ── the sample ──────────────────────────────────────────────────────────────────────────────────


def sample_rows() -> list[dict[str, str]]:
    with open(SAMPLE, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_sample_is_imported_with_its_own_running_balances(run: Run) -> None:
    opened(run, "acc-001", at="2026-01-01")
    done = run("import", "--yes", str(SAMPLE), "--account", "acc-001")
    assert done.status == 0
    rows = sample_rows()
    assert len(rows) == 40
    found = run("history", "acc-001", "--json").json["entries"][1:]
    assert [Decimal(each["balance"]) for each in found] == [
        Decimal(row["Running Bal."].replace(",", "")) for row in rows
    ]
    assert [each["description"] for each in found] == [row["Description"] for row in rows]


def test_the_sample_has_two_identical_purchases_on_one_day() -> None:
    content = [(row["Date"], row["Description"], row["Amount"]) for row in sample_rows()]
    assert len(content) - len(set(content)) == 1


# ── dry runs ────────────────────────────────────────────────────────────────────────────────────


def account_content(run: Run) -> Any:
    """Everything about the account but recorded times and event ids."""
    events = [json.loads(line) for line in run("events", "--json").out.splitlines()]
    kept = ("aggregate_id", "event_type", "version", "data", "effective_at")
    return (
        [{name: event[name] for name in kept} for event in events],
        [event["metadata"].get("idempotency_key") for event in events],
        run("accounts").out,
    )


def test_a_dry_run_writes_nothing_and_its_lines_have_the_same_effect_in_a_batch(
    run: Run, tmp_path: Path, books: Path
) -> None:
    opened(run, "acc", at="2025-01-13T10:00Z")
    before = tree(tmp_path)
    dry = import_style(run, "us", "--dry-run")
    assert dry.status == 0
    assert tree(tmp_path) == before
    assert dry.out == import_style(run, "us", "--dry-run", "--json").out
    shutil.copy(books, tmp_path / "other.db")
    assert import_style(run, "us").status == 0
    imported = account_content(run)
    shutil.copy(tmp_path / "other.db", books)
    assert run("batch", "-", stdin=dry.out).status == 0
    assert account_content(run) == imported
    assert import_style(run, "us", "--dry-run").out == ""


def test_a_dry_run_prints_and_reports_entries_that_would_be_refused(
    run: Run, tmp_path: Path
) -> None:
    opened(run, "acc")
    file = written(tmp_path, "Date,Amount", "2025-01-02,-1.00", "2025-01-03,2.00")
    done = run("import", "--yes", file, "--account", "acc", "--dry-run")
    assert done.status == 3
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [(line["command"], line["amount"]) for line in lines] == [
        ("withdraw", "1.00"),
        ("deposit", "2.00"),
    ]
    assert re.search(
        r"^line 2: account acc holds .* \(insufficient_funds\)$", done.err, re.MULTILINE
    )
    assert done.err.splitlines()[-1].startswith("would import 1 (in 2.00, out 0.00 USD)")
    assert entries(run, "acc") == []


# ── refusals ────────────────────────────────────────────────────────────────────────────────────

OVERDRAWN = (
    "Date,Text,Amount",
    "2025-01-02,Pay,5.00",
    "2025-01-03,Big,-5.01",
    "2025-01-04,Small,-5.00",
)


def test_the_first_refused_entry_stops_the_import(run: Run, tmp_path: Path) -> None:
    opened(run, "acc")
    file = written(tmp_path, *OVERDRAWN)
    before = tree(tmp_path)
    done = run("import", "--yes", file, "--account", "acc")
    assert (done.status, done.out) == (3, "")
    error, hint = done.err.splitlines()[-2:]
    assert error.startswith("error: line 3: account acc holds 5.00 USD")
    assert hint.startswith("hint: ")
    assert tree(tmp_path) == before


def test_the_first_refused_entry_is_one_document_in_json(run: Run, tmp_path: Path) -> None:
    opened(run, "acc")
    done = run("import", "--yes", written(tmp_path, *OVERDRAWN), "--account", "acc", "--json")
    assert (done.status, done.error["code"]) == (3, "insufficient_funds")
    assert done.error["details"]["line"] == 3


def test_accepted_entries_are_imported_and_each_refused_one_is_reported(
    run: Run, tmp_path: Path
) -> None:
    opened(run, "acc")
    file = written(tmp_path, *OVERDRAWN, "2999-01-01,Later,1.00")
    done = run("import", "--yes", file, "--account", "acc", "--continue-on-error")
    assert (done.status, done.out) == (3, "")
    *_, first, second, summary = done.err.splitlines()
    assert re.fullmatch(r"line 3: account acc holds 5.00 USD.* \(insufficient_funds\)", first)
    assert re.fullmatch(
        r"line 5: 2999-01-01T00:00:00\+00:00 is in the future \(invalid_time\)", second
    )
    assert summary == "imported 2 (in 5.00, out 5.00 USD), already there 0, refused 2, skipped 0"
    assert entries(run, "acc") == [("2025-01-02", "5.00", "Pay"), ("2025-01-04", "-5.00", "Small")]


def test_every_line_has_its_outcome_in_json(run: Run, tmp_path: Path) -> None:
    opened(run, "acc")
    written(tmp_path, *OVERDRAWN[:2], name="first.csv")
    assert run("import", "--yes", "first.csv", "--account", "acc").status == 0
    file = written(tmp_path, *OVERDRAWN, "2025-01-05,Nothing,0.00")
    done = run("import", "--yes", file, "--account", "acc", "--continue-on-error", "--json")
    assert done.status == 3
    assert done.err == (
        "imported 1 (in 0.00, out 5.00 USD), already there 1, refused 1, skipped 1\n"
    )
    rules, skipped, there, refused, imported = (json.loads(line) for line in done.out.splitlines())
    assert rules["outcome"] == "rules"
    assert (rules["rules"]["date"], "date" in rules["guessed"]) == ("Date", True)
    assert skipped == {"outcome": "skipped", "reason": "its amount is zero", "line": 5}
    assert (there["outcome"], there["line"]) == ("already there", 2)
    assert there["idempotency_key"].startswith("import:acc:")
    assert (refused["outcome"], refused["line"]) == ("refused", 3)
    assert set(refused["error"]) == {"code", "message", "hint", "details"}
    assert refused["error"]["code"] == "insufficient_funds"
    assert refused["error"]["details"]["line"] == 3
    assert list(imported) == [
        *("outcome", "command", "account_id", "balance", "currency", "version", "events"),
        *("replayed", "idempotency_key", "line"),
    ]
    assert (imported["outcome"], imported["line"], imported["balance"]) == ("imported", 4, "0.00")


@pytest.mark.parametrize("currency", ["USD", "JPY"])
def test_a_statement_in_another_currency_is_refused(run: Run, currency: str) -> None:
    opened(run, "acc", currency)
    done = import_style(run, "german", "--json")
    assert (done.status, done.error["code"]) == (3, "currency_mismatch")
    assert "is in EUR" in done.error["message"]
    assert entries(run, "acc") == []


def test_a_missing_account_or_ledger_is_refused(run: Run, books: Path) -> None:
    assert import_style(run, "us").status == 4
    assert not books.exists()
    opened(run, "acc-2")
    done = import_style(run, "us", "--json")
    assert (done.status, done.error["code"]) == (4, "no_such_account")


def test_the_account_must_be_named(run: Run) -> None:
    done = run("import", "--yes", str(SAMPLE))
    assert done.status == 2
    assert "hint: add --account ACCOUNT" in done.err


# ── bad files ───────────────────────────────────────────────────────────────────────────────────

HEAD = b"Date,Text,Amount\r\n2025-01-02,Pay,5.50\r\n"

BAD: list[tuple[str, bytes, str, str]] = [
    ("empty", b"", "invalid_line", "the file is empty"),
    ("blank", b"\xef\xbb\xbf\r\n", "invalid_line", "the file is empty"),
    ("binary", bytes(range(256)), "invalid_line", "line 1: there is a control character"),
    ("spreadsheet", b"PK\x03\x04" + bytes(100), "invalid_line", "a ZIP file"),
    ("nul", HEAD + b"2025-01-03,\x00,1.00\r\n", "invalid_line", "line 3: there is a control"),
    ("no header", HEAD[18:], "invalid_line", "line 1: no header has a date column"),
    ("ragged", HEAD + b"2025-01-03,Pay\r\n", "invalid_line", "line 3: there are 2 columns here"),
    (
        "date",
        HEAD + b"2025-02-30,Pay,1.00\r\n",
        "invalid_time",
        "line 3: '2025-02-30' is not a date",
    ),
    ("amount", HEAD + b"2025-01-03,Pay,many\r\n", "invalid_amount", "line 3: 'many' is not"),
    ("large", HEAD + b"2025-01-03,Pay," + b"9" * 30 + b"\r\n", "invalid_amount", "line 3: '9999"),
    ("fine", HEAD + b"2025-01-03,Pay,1.2345\r\n", "invalid_amount", "line 3: '1.2345' is not"),
    ("quote", HEAD + b'2025-01-03,"a, b,1.00\r\n', "invalid_line", "line 3: the row that starts"),
    ("cut off", HEAD + b"2025-01-03,Pay,1", "invalid_line", "line 3: the file seems to be cut off"),
    (
        "after a quoted line end",
        HEAD + b'2025-01-03,"a\r\nb",1.00\r\nsoon,Pay,1.00\r\n',
        "invalid_time",
        "line 5: 'soon' is not a date",
    ),
    (
        "day or month",
        b"Date,Amount\n03/04/2025,1.50\n",
        "invalid_time",
        "line 2: the dates do not show which part is the day",
    ),
    (
        "decimal mark",
        b"Date,Amount\n2025-01-02,1.500\n",
        "invalid_amount",
        "line 2: the amounts do not show which decimal mark",
    ),
]


@pytest.mark.parametrize(
    ("content", "code", "message"), [bad[1:] for bad in BAD], ids=[b[0] for b in BAD]
)
def test_an_unreadable_file_is_refused_with_its_line_and_advice(
    run: Run, tmp_path: Path, content: bytes, code: str, message: str
) -> None:
    opened(run, "acc")
    (tmp_path / "bank.csv").write_bytes(content)
    before = tree(tmp_path)
    done = run("import", "--yes", "bank.csv", "--account", "acc", "--continue-on-error", "--json")
    assert (done.status, done.out, done.error["code"]) == (2, "", code)
    assert message in done.error["message"]
    assert done.error["hint"]
    assert tree(tmp_path) == before


def test_the_rule_in_the_hint_settles_an_ambiguity(run: Run, tmp_path: Path) -> None:
    opened(run, "acc")
    file = written(tmp_path, "Date,Amount", "03/04/2025,1.50")
    refused = run("import", "--yes", file, "--account", "acc")
    assert refused.status == 2
    hint = refused.err.splitlines()[-1]
    rules = re.findall(r'date_format = "[^"]+"', hint)
    assert rules == ['date_format = "%d/%m/%Y"', 'date_format = "%m/%d/%Y"']
    written(tmp_path, rules[1], name="bank.toml")
    assert run("import", "--yes", file, "--account", "acc", "--rules", "bank.toml").status == 0
    assert entries(run, "acc") == [("2025-03-04", "1.50", "")]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ('date = "Date"\ndatum = 1', "bank.toml line 2: there is no rule 'datum'"),
        ("date = ", "bank.toml is not valid TOML"),
        ('delimiter = ";;"', "bank.toml line 1: delimiter"),
        (
            'date = "Day"',
            "line 1: no header has a date column and an amount column (date = 'Day')",
        ),
    ],
)
def test_bad_rules_are_refused(run: Run, tmp_path: Path, rules: str, message: str) -> None:
    opened(run, "acc")
    written(tmp_path, rules, name="bank.toml")
    file = written(tmp_path, "Date,Amount", "2025-01-02,1.50")
    done = run("import", "--yes", file, "--account", "acc", "--rules", "bank.toml", "--json")
    assert (done.status, done.out) == (2, "")
    assert message in done.error["message"]


def test_a_missing_file_is_refused(run: Run) -> None:
    for arguments in (["none.csv"], [str(SAMPLE), "--rules", "none.toml"]):
        done = run("import", "--yes", *arguments, "--account", "acc", "--json")
        assert (done.status, done.error["code"]) == (2, "invalid_option")


def test_control_characters_of_a_bank_never_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    opened(run, "acc")
    file = written(tmp_path, "Date,Amount,Memo\u202e", "2025-01-02,1.50,\u202eevil")
    done = run("import", "--yes", file, "--account", "acc")
    assert done.status == 0
    bad = run(
        "import", "--yes", written(tmp_path, "Date,Amount", "\u202e,1.50"), "--account", "acc"
    )
    assert bad.status == 2
    assert "\u202e" not in done.err + bad.err


def test_a_statement_whose_import_was_undone_is_imported_again(run: Run, tmp_path: Path) -> None:
    rows = (
        "Date,Text,Amount\n2026-02-10,Dues,100.00\n2026-02-10,Dues,100.00\n2026-02-11,Fee,-3.50\n"
    )
    (tmp_path / "bank.csv").write_text(rows)
    given = ("import", "--yes", "bank.csv", "--account", "acc")
    run("open", "acc", "--owner", "Ana", "--at", "2026-01-01")
    for _ in range(2):
        assert "imported 3 (in 200.00, out 3.50 USD), already there 0" in run(*given).err
        assert "imported 0 (in 0.00, out 0.00 USD), already there 3" in run(*given).err
        assert run("undo", "--yes").status == 0
        assert run("balance", "acc").out == "0.00\n"
