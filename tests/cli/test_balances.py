"""``ledger balance`` of several accounts, of prefixes and as a tree; ``ledger accounts PREFIX``."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, Refused, Run

TREE = """\
Account       Balance       Accounts
────────────────────────────────────
club           105.50  EUR         3
                 2000  JPY         1
  (itself)      50.00  EUR         1
  bank          55.50  EUR         2
    (itself)     5.50  EUR         1
    giro        50.00  EUR         1
  camp           2000  JPY         1
club-b           1.00  EUR         1
member         -20.00  EUR         1
  ana          -20.00  EUR         1
total: 86.50 EUR, 2000 JPY
"""
AS_OF = ("--as-of", "2026-01-31")


@pytest.fixture
def club(books: Path) -> Path:
    """A ledger whose ids have parts; one account was closed in February."""
    with Ledger.open(books) as ledger:
        for account, currency, balance in (
            ("club", "EUR", "50"),
            ("club:bank", "EUR", "5.50"),
            ("club:bank:giro", "EUR", "30"),
            ("club:camp", "JPY", "2000"),
            ("club-b", "EUR", "1"),
            ("member:ana", "EUR", "0"),
            ("club:gone", "EUR", "0"),
        ):
            ledger.open_account(
                account, "Ana", currency, balance, overdraft="unlimited", at="2026-01-01"
            )
        ledger.close_account("club:gone", at="2026-02-02")
        ledger.transfer("member:ana", "club:bank:giro", "20", at="2026-02-03")
    return books


@pytest.mark.usefixtures("club")
def test_one_account_is_a_bare_amount_and_one_object(run: Run) -> None:
    for accounts in (["club"], ["club", "club"]):
        assert run("balance", *accounts).out == "50.00\n"
        assert run("balance", *accounts, "--json").json["account_id"] == "club"
    assert run("balance", "club:gone").out == "0.00\n"


@pytest.mark.usefixtures("club")
def test_several_are_rows_in_the_order_that_they_are_named_in(run: Run) -> None:
    chosen = ("club:gone", "club:bank:", "club")
    assert run("balance", *chosen).out == (
        "club:gone\t0.00\tEUR\t2\t\t\t\nclub:bank:giro\t50.00\tEUR\t2\t\t\t\n"
        "club\t50.00\tEUR\t1\t\t\t\n"
    )
    found = run("balance", *chosen, *AS_OF, "--json").json
    assert [(each["account_id"], each["balance"], each["as_of"]) for each in found] == [
        ("club:gone", "0.00", "2026-01-31T23:59:59.999999Z"),
        ("club:bank:giro", "30.00", "2026-01-31T23:59:59.999999Z"),
        ("club", "50.00", "2026-01-31T23:59:59.999999Z"),
    ]
    assert isinstance(run("balance", "member:", "--json").json, list)
    csv = run("balance", "member:", "--format", "csv").out
    assert csv == (
        "account_id,balance,currency,version,as_of,known_at,known_position\r\n"
        "member:ana,-20.00,EUR,2,,,\r\n"
    )


@pytest.mark.usefixtures("club")
def test_closed_accounts_are_left_out_unless_they_are_named(run: Run) -> None:
    ids = [line.split("\t")[0] for line in run("balance", "club:").out.splitlines()]
    assert ids == ["club:bank", "club:bank:giro", "club:camp"]
    then = [line.split("\t")[0] for line in run("balance", "club:", *AS_OF).out.splitlines()]
    assert then == ["club:bank", "club:bank:giro", "club:camp", "club:gone"]


@pytest.mark.usefixtures("club")
@pytest.mark.parametrize("columns", [80, 120])
def test_the_tree_is_indented_for_people(
    environ: dict[str, str], tmp_path: Path, columns: int
) -> None:
    shown = run_on_terminal(
        [PROGRAM, "balance", "--tree"],
        env={**environ, "NO_COLOR": "1"},
        cwd=tmp_path,
        columns=columns,
    )
    assert (shown.status, shown.text) == (0, TREE)


@pytest.mark.usefixtures("club")
def test_the_tree_has_whole_paths_for_programs(run: Run) -> None:
    found = run("balance", "--tree", "club:bank", "club:bank:", "--json")
    assert (found.status, found.err) == (0, "")
    assert [
        (*(each[name] for name in ("path", "depth", "balance", "accounts", "own_balance")),)
        for each in found.json
    ] == [
        ("club", 0, "55.50", 2, None),
        ("club:bank", 1, "55.50", 2, "5.50"),
        ("club:bank:giro", 2, "50.00", 1, "50.00"),
    ]
    header = "path,depth,balance,currency,accounts,own_balance,as_of,known_at,known_position"
    csv = run("balance", "--tree", "member:ana", "--format", "csv").out
    assert (
        csv == f"{header}\r\nmember,0,-20.00,EUR,1,,,,\r\nmember:ana,1,-20.00,EUR,1,-20.00,,,\r\n"
    )
    plain = run("balance", "--tree", "member:", *AS_OF).out.splitlines()
    moment = "2026-01-31T23:59:59.999999+00:00"
    assert plain[1] == f"member:ana\t1\t0.00\tEUR\t1\t0.00\t{moment}\t\t"


@pytest.mark.parametrize("more", [[], ["--tree"]])
def test_what_the_balances_are_of_breaks_no_time(
    environ: dict[str, str], club: Path, more: list[str]
) -> None:
    given = [*AS_OF, "--known-at", "2026-12-01", *more]
    environ["NO_COLOR"] = "1"
    shown = run_on_terminal([PROGRAM, "balance", *given], env=environ, cwd=club.parent, columns=80)
    known = "known at 2026-12-01 23:59:59 (up to change 11)"
    assert f"as of 2026-01-31 23:59:59 {known}" in [line.strip() for line in shown.lines]


def test_nothing_open_is_said_and_no_error(run: Run, books: Path) -> None:
    with Ledger.open(books) as ledger:
        ledger.open_account("club:gone", "Ana")
        ledger.close_account("club:gone")
    for command in (["balance"], ["balance", "club:"], ["balance", "--tree"]):
        done = run(*command, "--format", "table")
        assert (done.status, done.out, done.err) == (0, "", "no open accounts\n")
        assert run(*command, "--json").json == []


@pytest.mark.usefixtures("club")
@pytest.mark.parametrize(
    ("command", "question"),
    [
        ("balance club clbu:", "did you mean club: or club? ledger balance club club:"),
        ("balance club:bnk: --tree", "did you mean club:bank:, club:bank or club:bank:giro?"),
        ("balance memebr:ana club", "did you mean member:ana? ledger balance member:ana club"),
        ("statement member:an member:", "did you mean member:ana? ledger statement member:ana"),
        ("balance member club", "did you mean member: or member:ana? ledger balance member: club"),
        ("statement Member", "did you mean member: or member:ana? ledger statement member:"),
        ("diff 1 Member club", "did you mean member: or member:ana? ledger diff 1 member: club"),
        (
            "balance CLUB member",
            "did you mean club, club-b or club:bank? ledger balance club member:",
        ),
        ("history member", "did you mean member:ana? ledger history member:ana"),
        ("accounts membr", "did you mean member: or member:ana? ledger accounts member:"),
        ("balance xyz: club", "the ledger has club, club-b, club:bank, club:bank:giro, club:ca"),
    ],
)
def test_what_is_near_is_suggested(run: Run, refused: Refused, command: str, question: str) -> None:
    error = refused(4, "no_such_account", *command.split())
    assert error["hint"].startswith(question)
    if "did you mean" in question:
        works = shlex.split(error["hint"].partition("? ")[2])
        assert run(*works[1:]).status == 0


def test_accounts_are_listed_by_the_beginning_of_their_ids(run: Run, club: Path) -> None:
    assert [each["account_id"] for each in run("accounts", "club", "--json").json] == ["club"]
    listed = run("accounts", "club:b", "--json").json
    assert [each["account_id"] for each in listed] == ["club:bank", "club:bank:giro"]
    done = run("accounts", "member", "--status", "closed", "--format", "table")
    assert (done.status, done.out, done.err) == (0, "", "no accounts\n")


def test_an_empty_ledger_has_no_accounts_and_that_is_no_error(run: Run) -> None:
    run("book", "create")
    assert run("accounts", "club").status == 0
    assert run("balance", "--tree").status == 0
    assert "there are no accounts yet" in run("balance", "club:").err
