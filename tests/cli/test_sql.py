"""``ledger sql``: one SELECT, its rows in every format, and all that it refuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support import program
from tests.support.file_content import tree
from tests.support.fork_server import ForkServer
from tests.support.permissions import run_bound
from tests.support.program import PROGRAM, Refused, Run
from tests.support.projections.examples import Counts

ONE_LONG_STEP = "SELECT instr(printf('%.*c', 900000, 'a'), printf('%.*c', 400000, 'a') || 'b')"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def test_rows_come_in_every_format(run: Run, small_books: Path) -> None:
    query = (
        "SELECT account, balance, balance_minor, NULL AS gap, x'00ff' AS bytes, account "
        "FROM accounts WHERE account LIKE 'acc-%'"
    )

    plain, csv = (run("sql", query, "--format", name).out for name in ("plain", "csv"))
    answer = run("sql", query, "--json")
    table = run("sql", query, "--format", "table")

    assert plain.splitlines()[0] == "acc-001\t124.75\t12475\t\t00ff\tacc-001"
    assert csv.splitlines()[0] == "account,balance,balance_minor,gap,bytes,account"
    assert answer.json[0] == {
        "account": "acc-001",
        "balance": "124.75",
        "balance_minor": 12475,
        "gap": None,
        "bytes": "00ff",
        "account_2": "acc-001",
    }
    assert table.out.splitlines()[-1].startswith("head ")
    assert (answer.err, table.err) == ("", "")


def test_no_rows_are_an_answer(run: Run, small_books: Path) -> None:
    none = "SELECT * FROM entries WHERE 0"
    assert run("sql", none, "--json").json == []
    assert run("sql", none).out == ""
    assert "no rows" in run("sql", none, "--format", "table").out


def test_a_query_comes_from_stdin(run: Run, small_books: Path) -> None:
    done = run("sql", "-", stdin="SELECT count(*)\nFROM accounts;\n")
    assert (done.status, done.out) == (0, "5\n")


def test_a_floating_point_number_is_shown_and_warned_of(run: Run, small_books: Path) -> None:
    done = run("sql", "SELECT avg(amount_minor) AS mean, 0.1 + 0.2 AS sum FROM entries", "--json")
    assert done.json[0]["sum"] == "0.30000000000000004"
    assert done.err == ("warning: mean, sum: floating-point numbers, which are no exact figures\n")


def test_a_cell_of_csv_is_no_formula(run: Run, small_books: Path) -> None:
    assert run("sql", "SELECT '=1+1' AS a, -5 AS b", "--format", "csv").out == "a,b\r\n'=1+1,-5\r\n"


def test_the_opening_of_an_erased_account_is_erased_in_every_table(run: Run, books: Path) -> None:
    run("open", "z", "--owner", "Zed", "--initial-balance", "5")
    run("withdraw", "z", "5", "--description", "All")
    run("close", "z")
    run("erase", "z", "--reason", "asked", "--yes")

    for table in ("entries", "entries_at()"):
        found = run("sql", f"SELECT description, erased FROM {table} ORDER BY version", "--json")
        assert found.json == [{"description": "(erased)", "erased": 1}] * 2


def test_the_past_is_a_table(run: Run, small_books: Path) -> None:
    with Ledger.open(small_books) as ledger:
        held = {each.account_id: each.balance_minor for each in ledger.balances(as_of="2024-03-03")}
        known = [(e.account_id, e.version) for e in ledger.find(known_at="2024-03-03T12:00:00Z")]

    then = run("sql", "SELECT account, balance_minor FROM balances('2024-03-03')", "--json").json
    entries = run(
        "sql",
        "SELECT account, version FROM entries_at(NULL, '2024-03-03T12:00:00Z') "
        "ORDER BY effective_at, account",
        "--json",
    ).json
    each_day = run(
        "sql",
        "WITH days(day) AS (VALUES ('2024-03-03'), (NULL)) "
        "SELECT day, count(*) AS there FROM days, balances(day) GROUP BY 1 ORDER BY 1",
        "--json",
    ).json
    now = run(
        "sql",
        "SELECT * FROM entries_at() EXCEPT SELECT "
        "date, account, version, kind, amount, balance, currency, counterparty, description, tags, "
        "receipts, actor, reversed, reverses, reversed_by, effective_at, recorded_at, "
        "amount_minor, balance_minor, decimals, backdated, erased, position FROM entries",
    )

    assert {each["account"]: each["balance_minor"] for each in then} == held
    assert [(each["account"], each["version"]) for each in entries] == known
    assert [each["day"] for each in each_day] == [None, "2024-03-03"]
    assert (now.status, now.out) == (0, "")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("PRAGMA table_info(entries)", "PRAGMA is not allowed"),
        ("ATTACH 'other.db' AS other", "ATTACH is not allowed"),
        ("INSERT INTO events DEFAULT VALUES", "INSERT is not allowed"),
        ("UPDATE projections SET position = 0", "UPDATE is not allowed"),
        ("DELETE FROM entries", "DELETE is not allowed"),
        ("CREATE TEMP TABLE t (x)", "CREATE is not allowed"),
        ("/* SELECT */ DROP VIEW entries", "DROP is not allowed"),
        ("VACUUM INTO 'copy.db'", "VACUUM is not allowed"),
        ("BEGIN", "BEGIN is not allowed"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT 1; /* quiet */ DROP TABLE events", "more than one statement"),
        ("SELECT 1; -- only a comment", ""),
        ("", "no query in it"),
        ("/* nothing */", "no query in it"),
        ("SELECT ?", "parameter"),
        ("SELECT amout FROM entries", "there is no column 'amout'"),
        ("SELECT 1 FROM entrys", "there is no table 'entrys'"),
        ("SELECT readfile('/etc/passwd')", "there is no function 'readfile'"),
        ("SELECT load_extension('x')", "the function load_extension is not allowed"),
        ("SELECT * FROM pragma_table_info('events')", "pragma_table_info cannot be read here"),
        ("SELECT * FROM idempotency_keys", "idempotency_keys cannot be read here"),
        ("SELEC 1", "cannot be understood at 'SELEC', character 1"),
        ("SELECT (1", "ends too early"),
        ("SELECT zeroblob(1000000000)", "too long"),
        ("SELECT length(randomblob(1000000000))", "too long"),
        ("SELECT printf('%.*c', 900000000, 'x')", "too long"),
        ("SELECT group_concat(hex(zeroblob(900000))) FROM entries a, entries b", "too long"),
        ("SELECT sum(9223372036854775807) FROM entries", "integer overflow"),
        ("SELECT CAST(x'ff' AS TEXT)", "not UTF-8"),
        ("SELECT * FROM balances('yesteryear')", "'yesteryear' is not a date"),
        ('SELECT 1 FROM entries WHERE account = "acc-001"', "there is no column 'acc-001'"),
    ],
)
def test_only_one_query_that_reads_is_answered(
    run: Run, small_books: Path, query: str, message: str
) -> None:
    before = tree(small_books.parent)
    done = run("sql", query)

    assert done.status == (2 if message else 0), done
    assert message in done.err
    assert "Traceback" not in done.err
    assert tree(small_books.parent) == before


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT amount_minor FROM accounts", "did you mean balance_minor?"),
        (
            "SELECT a.amount_minor FROM accounts a JOIN entries e USING (account)",
            "did you mean amount or balance_minor?",
        ),
        ("SELECT balances.ownr FROM balances()", "a text stands in single quotes"),
        ("SELECT * FROM balances(x'00')", "write the time as a text in single quotes"),
        ("-- c", "there is nothing in it but a comment: begin it with SELECT"),
        ("--c", "see: ledger sql --help"),
    ],
)
def test_a_hint_helps_with_this_very_query(
    run: Run, small_books: Path, query: str, hint: str
) -> None:
    done = run("sql", query)
    assert (done.status, done.err.splitlines()[1].startswith(f"hint: {hint}")) == (2, True), done


def test_a_query_that_begins_with_a_comment_comes_after_two_dashes(
    run: Run, small_books: Path
) -> None:
    query = "-- isn't it = ?\nSELECT 1=1"

    done = run("sql", query, "--json")

    hint = r"write two dashes before it: ledger sql --json -- $'-- isn\'t it = ?\nSELECT 1=1'"
    assert (done.status, json.loads(done.err)["error"]["hint"]) == (2, hint)
    assert run("sql", "--json", "--", query).json == [{"1=1": 1}]


def test_what_is_not_asked_well_is_refused(run: Run, small_books: Path) -> None:
    for stdin, message in (
        ("SELECT 1\0", "NUL"),
        (b"SELECT '\xff'", "Unicode"),
        (f"SELECT '{'x' * 1_000_000}'", "more than 1,000,000 bytes"),
    ):
        done = run("sql", "-", stdin=stdin)
        assert (done.status, message in done.err) == (2, True), done.err
    fits = f"SELECT length('{'x' * 900_000}')"
    assert run("sql", "-", stdin=fits).out == "900000\n"


@pytest.mark.parametrize("query", [ENDLESS, ONE_LONG_STEP])
def test_a_query_that_does_not_end_is_given_up(run: Run, small_books: Path, query: str) -> None:
    done = run("sql", query, "--timeout", "1")

    assert done.status == 2
    assert "the query took longer than 1 second" in done.err
    assert "--timeout 10" in done.err


LIMITED = ("prlimit", "--as=500000000")
"""Bytes; the program itself takes up some 300 MB of addresses."""


@pytest.mark.parametrize("query", [ENDLESS, ONE_LONG_STEP])
def test_a_query_is_interrupted(
    fork_server: ForkServer, small_books: Path, environ: dict[str, str], query: str
) -> None:
    asked = fork_server.run(
        *("sql", query),
        cwd=small_books.parent,
        env=environ,
        kill_after=0.5,
        kill_with=signal.SIGINT,
    )

    assert (asked.status, asked.err) == (130, "interrupted\n")
    assert 0.5 <= asked.seconds < 10


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="there is no prlimit")
def test_long_values_take_bounded_memory(
    run: Run, small_books: Path, environ: dict[str, str]
) -> None:
    """All rows together are longer than the room that is left, here and there."""
    many = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 120) "
    query = f"{many} SELECT zeroblob(900000) AS value FROM n"
    with program.start("sql", query, "--json", env=environ, prefix=LIMITED) as asked:
        assert asked.stdout
        assert asked.stderr
        lengths = [len(json.loads(line.strip(b"[],\n"))["value"]) for line in asked.stdout]
        assert asked.stderr.read() == b""
    assert (asked.returncode, lengths) == (0, [1_800_000] * 120)
    wide = run("sql", "SELECT zeroblob(900000), zeroblob(900000), zeroblob(900000)")
    assert "a row of the answer has more than 2,000,000 characters" in wide.err


def test_what_nobody_can_write_is_answered(
    run: Run, small_books: Path, environ: dict[str, str]
) -> None:
    small_books.chmod(0o400)
    small_books.parent.chmod(0o500)
    try:
        query = "SELECT count(*) FROM entries, balances('2024-03')"
        done = run_bound([PROGRAM, "sql", query], env=environ, cwd=small_books.parent)
    finally:
        small_books.parent.chmod(0o700)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert os.listdir(small_books.parent) == ["books.db"]


def test_no_ledger_and_a_damaged_one_are_told(
    run: Run, books: Path, refused: Refused, small_books: Path
) -> None:
    with sqlite3.connect(books) as connection:
        connection.execute("DROP VIEW entries")
        connection.execute("CREATE VIEW entries AS SELECT randomblob(10) AS amount")
    assert run("sql", "SELECT * FROM entries").status == 6
    books.unlink()
    assert run("sql", "SELECT 1").status == 4
    assert not books.exists()


def test_what_is_read_is_never_behind(run: Run, small_books: Path) -> None:
    count = "SELECT count(*), max(position) FROM entries"
    run("find", "Paycheck")
    first = run("sql", count).out
    run("deposit", "acc-001", "1.00")
    with sqlite3.connect(f"file:{small_books}?mode=ro", uri=True) as other:
        ((entries, position),) = other.execute(count).fetchall()
    assert first != f"{entries}\t{position}\n" == run("sql", count).out
    assert json.loads(run("head", "--json").out)["position"] == position


def test_a_projection_that_is_behind_is_told_of_where_its_table_is_read(
    run: Run, books: Path
) -> None:
    with Ledger.open(books, defer_projections=True, projections=[Counts]) as ledger:
        ledger.open_account("a", "Ana")
    with Ledger.open(books, defer_projections=True) as ledger:
        ledger.deposit("a", "1")

    def notes(query: str) -> list[str]:
        return run("sql", query).err.splitlines()

    catch_up = "ledger projections --catch-up"
    assert notes("SELECT * FROM Account_Balances JOIN account_summaries USING (account_id)") == [
        f"note: 2 changes are not included in {table} yet; to include them: {catch_up}"
        for table in ("account_balances", "account_summaries")
    ]
    assert notes("SELECT count(*) FROM counts") == [
        "note: 2 changes are not included in counts yet; to include them, name its class in "
        f"LEDGER_PROJECTIONS, then: {catch_up}"
    ]
    for query in (
        "SELECT * FROM accounts",
        "SELECT balance FROM balances()",
        "WITH account_balances AS (SELECT 1) SELECT * FROM account_balances",
    ):
        assert notes(query) == []
    run("projections", "--catch-up")
    assert notes("SELECT * FROM account_balances") == []


def test_days_are_told_where_the_balances_are_put_off(run: Run, small_books: Path) -> None:
    assert run("export-events", "log.jsonl").status == 0
    new = ("--db", str(small_books.parent / "new.db"))
    assert run("import-events", "log.jsonl", "--defer-projections", *new).status == 0
    assert run("sql", "SELECT count(*) FROM entries WHERE date IS NULL", *new).out == "0\n"
    assert run("verify", "--quiet", *new).status == 0
