"""``ledger sql`` on a server: what is refused, and in which words."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import psycopg
import pytest

from ledger import Ledger
from tests.support.documents import console_examples
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, environment

pytestmark = pytest.mark.servers

THE_PAST = (
    "SELECT * FROM balances() ORDER BY account",
    "SELECT * FROM balances('2026-01-01') ORDER BY account",
    "SELECT * FROM balances(NULL, '2026-01-01')  UNION ALL SELECT * FROM balances() ORDER BY 1",
    "SELECT * FROM entries_at() ORDER BY account, effective_at, version",
    "SELECT * FROM entries_at('2026-01') ORDER BY account, effective_at, version",
    "SELECT date, account, version FROM entries_at() "
    "EXCEPT SELECT date, account, version FROM entries",
    "WITH days(day) AS (VALUES ('2026-01-01'), ('2026-02'), (NULL)) "
    "SELECT day, account, balance FROM days, balances(day) ORDER BY coalesce(day, ''), account",
    "SELECT account, old.balance, now.balance FROM balances('2026-01') AS old "
    "JOIN balances() AS now USING (account) ORDER BY account",
    "SELECT account, (SELECT count(*) FROM entries_at(o.date) AS e WHERE e.account = o.account) "
    "AS n FROM entries_at() AS o ORDER BY 1, 2",
    "SELECT 100 / (SELECT count(*) FROM balances('2026-01')) AS each",
    "SELECT * FROM balances((SELECT max(date) FROM entries_at('2026-01'))) ORDER BY 1",
    "SELECT * FROM balances(coalesce((SELECT max(date) FROM entries_at()), 'never')) ORDER BY 1",
)
"""Queries that are right in both dialects; some fail as long as a function has no rows yet."""
ODD = "a\x01b\x01\x03c\x1f\x7f é☕"


@pytest.fixture
def place(postgresql_url: str) -> str:
    with Ledger.open(postgresql_url) as ledger:
        ledger.open_account("bank", ODD, initial_balance="100", at="2026-01-01")
        ledger.deposit("bank", "5", description=ODD, at="2026-01-02")
    return postgresql_url


def asked(fork_server: ForkServer, folder: Path, place: str, *words: str) -> Outcome:
    return fork_server.run(*words, cwd=folder, env=environment(folder, place))


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        ("SELECT $1", "it has a parameter, and nothing gives that a value", "write the value"),
        ("SELECT amout FROM entries", "there is no column 'amout'", "did you mean amount"),
        ('SELECT 1 FROM accounts WHERE account = "x y"', "no column 'x y'", "in single quotes"),
        ("SELECT e.ownr FROM entries e", "there is no column 'e.ownr'", "did you mean owner"),
        ("SELECT 1 FROM entrys", "there is no table 'entrys'", "did you mean entries"),
        ("SELECT nope(1)", "there is no function 'nope'", ""),
        ("SELECT 1/0", "division by zero", ""),
    ],
)
def test_what_is_wrong_with_a_query_is_said_as_of_a_file(
    fork_server: ForkServer, tmp_path: Path, place: str, query: str, message: str, hint: str
) -> None:
    done = asked(fork_server, tmp_path, place, "sql", query, "--json")
    assert (done.status, done.out) == (2, "")
    assert done.error["code"] == "invalid_query"
    assert message in done.error["message"]
    assert hint in done.error["hint"]
    assert "idempotency" not in done.err


def test_what_the_page_has_worth_copying_is_answered_here_too(
    fork_server: ForkServer, tmp_path: Path, place: str
) -> None:
    queries = [
        each.command
        for each in console_examples("sql")
        if each.command.startswith('ledger sql "')
        and each.prints[:1]
        and "error" not in each.prints[0]
    ]
    assert len(queries) > 5
    for query in queries:
        done = asked(fork_server, tmp_path, place, *shlex.split(query)[1:])
        assert done.status == 0, (query, done)


def test_a_mark_that_is_taken_for_true_or_false_is_explained(
    fork_server: ForkServer, tmp_path: Path, place: str
) -> None:
    for query in ("SELECT 1 FROM entries WHERE NOT reversed", "SELECT 1 FROM entries WHERE erased"):
        done = asked(fork_server, tmp_path, place, "sql", query, "--json")
        assert done.status == 2
        assert "write reversed = 0" in done.error["hint"]


def test_the_past_is_a_table_as_in_a_file(
    fork_server: ForkServer, tmp_path: Path, place: str
) -> None:
    with Ledger.open(place) as ledger:
        ledger.open_account("till", "Ana", at="2026-01-01")
        ledger.transfer("bank", "till", "30", tags={"k": "v"}, at="2026-02-03")
        ledger.reverse("bank", 2)
    assert asked(fork_server, tmp_path, place, "backup", "copy.db").status == 0
    for query in THE_PAST:
        on_file, on_server = (
            asked(fork_server, tmp_path, where, "sql", query, "--json")
            for where in ("copy.db", place)
        )
        assert on_server == on_file, query
        assert on_file.status == 0, on_file
        assert query.endswith("EXCEPT SELECT date, account, version FROM entries") or on_file.json


@pytest.mark.parametrize(
    ("query", "code", "message", "hint"),
    [
        ("SELECT * FROM balances('never')", "invalid_time", "'never' is not a date", "write the"),
        ("SELECT * FROM balances(7)", "invalid_query", "two times at most", "balances(day::text)"),
        ("SELECT * FROM balances", "invalid_query", "no table", "did you mean balances()"),
        ("SELECT * FROM entry_at()", "invalid_query", "no function", "did you mean entries_at()?"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(
    fork_server: ForkServer,
    tmp_path: Path,
    place: str,
    query: str,
    code: str,
    message: str,
    hint: str,
) -> None:
    done = asked(fork_server, tmp_path, place, "sql", query, "--json")
    assert (done.status, done.out, done.error["code"]) == (2, "", code)
    assert message in done.error["message"]
    assert hint in done.error["hint"]


def test_a_query_that_asks_for_other_times_each_time_ends(
    fork_server: ForkServer, tmp_path: Path, place: str
) -> None:
    query = "SELECT count(*) FROM balances(clock_timestamp()::text)"
    done = asked(fork_server, tmp_path, place, "sql", query, "--timeout", "1")
    assert (done.status, "longer than 1 second" in done.err) == (2, True), done


def test_other_clients_are_not_answered_wrongly(place: str) -> None:
    with psycopg.connect(place) as client, pytest.raises(psycopg.Error, match="`ledger sql` alone"):
        client.execute("SELECT * FROM balances()")


def test_the_views_show_texts_as_they_are(
    fork_server: ForkServer, tmp_path: Path, place: str
) -> None:
    for query, expected in (
        ("SELECT owner FROM accounts", [ODD]),
        ("SELECT owner FROM entries", [ODD, ODD]),
        ("SELECT description FROM entries WHERE kind = 'deposit'", [ODD]),
        ("SELECT text FROM event_log WHERE event_type = 'MoneyDeposited'", [ODD]),
    ):
        done = asked(fork_server, tmp_path, place, "sql", query, "--json")
        assert [value for row in json.loads(done.out) for value in row.values()] == expected
    with Ledger.open(place) as ledger:
        assert [each.owner for each in ledger.accounts()] == [ODD]
        assert ledger.verify(workers=1).clean


def test_what_the_server_cannot_hold_hides_nothing(
    fork_server: ForkServer, tmp_path: Path, postgresql_url: str
) -> None:
    log = tmp_path / "older.jsonl"  # today no text may have a NUL character
    log.write_text(
        '{"event_id":"6f1c0f5e-0000-4000-8000-000000000001","aggregate_id":"old",'
        '"aggregate_type":"BankAccount","event_type":"AccountOpened","data":{"account_id":"old",'
        '"name":"A\\u0000\\u0001\\\\u0000","initial_balance":100.0},"metadata":{},"version":1,'
        '"timestamp":"2024-01-01T00:00:00"}\n'
    )
    query = "SELECT owner, balance FROM entries JOIN accounts USING (account, owner, balance)"
    told = []
    for place in ("books.db", postgresql_url):
        assert asked(fork_server, tmp_path, place, "import-events", str(log)).status == 0
        (row,) = asked(fork_server, tmp_path, place, "sql", query, "--json").json
        told.append(row)
    assert told[0] == {"owner": "A\0\x01\\u0000", "balance": "100.00"}
    assert told[1] == {"owner": "A\N{SYMBOL FOR NULL}\x01\\u0000", "balance": "100.00"}
