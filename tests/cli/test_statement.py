"""``ledger statement``: a period of an account, between its two balances."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli.small_ledger import write_small_books
from tests.support.cli.terminal import ESCAPE, Shown, run_on_terminal
from tests.support.program import PROGRAM, Refused, Run

OnTerminal = Callable[..., Shown]

LINE = "balance ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█████▆▆▆▆▆▄  lowest 100.00, highest 157.25"
"""A mark is 4 h 39 min: four days at the bottom, a day at the top, a day below it, the end."""

PLAIN = """\
5\tMoneyDeposited\t7.25\t107.25\tReceipt found\t2024-03-02T12:00:00+00:00\t2024-03-10T09:00:00+00:00\t\t\t\tclerk\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\tUSD\tacc-001
2\tMoneyDeposited\t50.00\t157.25\tPaycheck\t2024-03-05T09:00:00+00:00\t2024-03-05T09:00:00+00:00\t\t\t\tclerk\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\tUSD\tacc-001
3\tMoneyWithdrawn\t-12.50\t144.75\tStamps\t2024-03-06T09:00:00+00:00\t2024-03-06T09:00:00+00:00\t\t\t\tclerk\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\tUSD\tacc-001
"""  # noqa: E501 - as long as the program writes it
LINKS = (
    '"reverses":null,"reversed_by":null,"amends":null,"amended_by":[],"corrects":null,'
    '"corrected_by":null,"withdraws":null,"withdrawn_by":null,"confirmed":null,'
    '"corrects_elsewhere":null,"corrected_elsewhere":null,'
    '"owner":null,"overdraft_limit":null,"opened_at":null,"initial_balance":null,"currency":null'
)
"""The links of an entry that is as it was recorded, and what it sets of the account: nothing."""
PERIOD = ("--from", "2024-03-02", "--to", "2024-03-06")


@pytest.fixture
def on_terminal(environ: dict[str, str], tmp_path: Path) -> OnTerminal:
    """Run ``ledger statement acc-001`` with more arguments on a terminal."""

    def run_it(*arguments: str, columns: int = 100, **env: str) -> Shown:
        return run_on_terminal(
            [PROGRAM, "statement", "acc-001", *arguments],
            env={**environ, **env},
            cwd=tmp_path,
            columns=columns,
        )

    return run_it


# ── for programs ────────────────────────────────────────────────────────────────────────────────


def test_json_has_the_period_both_balances_the_totals_and_the_entries(
    run: Run, small_books: Path
) -> None:
    done = run("statement", "acc-001", *PERIOD, "--known-at", "2024-03-10T10:00:00+01:00", "--json")
    assert (done.status, done.err) == (0, "")
    head = run("balance", "acc-001", "--json").json["head"]
    assert done.out == (
        '{"account_id":"acc-001","owner":"Ana Souza","currency":"USD",'
        '"from":"2024-03-02T00:00:00.000000Z","to":"2024-03-06T23:59:59.999999Z",'
        '"known_at":"2024-03-10T09:00:00.000000Z","opening_balance":"100.00","entries":['
        '{"version":5,"event_type":"MoneyDeposited","amount":"7.25","balance":"107.25",'
        '"description":"Receipt found","effective_at":"2024-03-02T12:00:00.000000Z",'
        '"recorded_at":"2024-03-10T09:00:00.000000Z",'
        '"counterparty":null,"tags":{},"receipts":[],"actor":"clerk",' + LINKS + "},"
        '{"version":2,"event_type":"MoneyDeposited","amount":"50.00","balance":"157.25",'
        '"description":"Paycheck","effective_at":"2024-03-05T09:00:00.000000Z",'
        '"recorded_at":"2024-03-05T09:00:00.000000Z",'
        '"counterparty":null,"tags":{},"receipts":[],"actor":"clerk",' + LINKS + "},"
        '{"version":3,"event_type":"MoneyWithdrawn","amount":"-12.50","balance":"144.75",'
        '"description":"Stamps","effective_at":"2024-03-06T09:00:00.000000Z",'
        '"recorded_at":"2024-03-06T09:00:00.000000Z",'
        '"counterparty":null,"tags":{},"receipts":[],"actor":"clerk",' + LINKS + "}],"
        '"total_in":"57.25","total_out":"12.50","closing_balance":"144.75",'
        f'"head":"{head}","known_position":10,"left_out":0}}\n'
    )


def test_json_of_a_whole_life_begins_with_the_opening(run: Run, small_books: Path) -> None:
    head = run("balance", "acc-001", "--json").json["head"]
    assert run("statement", "jp-camp", "--json").out == (
        '{"account_id":"jp-camp","owner":"Camp fund","currency":"JPY","from":null,"to":null,'
        '"known_at":null,"opening_balance":"0","entries":['
        '{"version":1,"event_type":"AccountOpened","amount":"20000","balance":"20000",'
        '"description":"","effective_at":"2024-03-03T09:00:00.000000Z",'
        '"recorded_at":"2024-03-03T09:00:00.000000Z",'
        '"counterparty":null,"tags":{},"receipts":[],"actor":"clerk",' + LINKS + "}],"
        '"total_in":"20000","total_out":"0","closing_balance":"20000",'
        f'"head":"{head}","known_position":null,"left_out":0}}\n'
    )


def test_plain_is_a_row_an_entry_without_a_header(run: Run, small_books: Path) -> None:
    assert run("statement", "acc-001", *PERIOD).out == PLAIN
    assert run("statement", "acc-001", "--from", "2030-01-01").out == ""


def test_csv_has_a_header(run: Run, small_books: Path) -> None:
    header = (
        "version,event_type,amount,balance,description,effective_at,recorded_at,"
        "counterparty,tags,receipts,actor,reverses,reversed_by,amends,amended_by,corrects,"
        "corrected_by,withdraws,withdrawn_by,confirmed,corrects_elsewhere,corrected_elsewhere,"
        "owner,overdraft_limit,opened_at,initial_balance,currency,account_id\r\n"
    )
    found = run("statement", "acc-001", *PERIOD, "--format", "csv").out
    assert found == header + PLAIN.replace("\t", ",").replace("\n", "\r\n")
    assert run("statement", "acc-001", "--from", "2030-01-01", "--format", "csv").out == header


@pytest.mark.parametrize(
    ("arguments", "opening", "versions", "closing"),
    [
        ("", "0.00", [1, 5, 2, 3, 4], "124.75"),
        ("--to 2024-03-01", "0.00", [1], "100.00"),
        ("--from 2024-02-01 --to 2024-03-01", "0.00", [1], "100.00"),
        ("--from 2024-03-01T09:00:00Z --to 2024-03-01T09:00:00Z", "0.00", [1], "100.00"),
        ("--from 2024-03-01T09:00:00.000001Z", "100.00", [5, 2, 3, 4], "124.75"),
        ("--from 2024-03-02 --known-at 2024-03-09", "100.00", [2, 3, 4], "117.50"),
        ("--to 2024-03-05 --known-at 2024-03-05", "0.00", [1, 2], "150.00"),
        ("--from 2030-01-01", "124.75", [], "124.75"),
    ],
)
def test_a_period_has_both_its_ends(
    run: Run, small_books: Path, arguments: str, opening: str, versions: list[int], closing: str
) -> None:
    found = run("statement", "acc-001", "--json", *arguments.split()).json
    assert [entry["version"] for entry in found["entries"]] == versions
    assert (found["opening_balance"], found["closing_balance"]) == (opening, closing)


@pytest.mark.parametrize("reader", ["UTC", "Asia/Tokyo", "EST5EDT"])
def test_a_bare_date_is_the_whole_day_of_the_book(run: Run, books: Path, reader: str) -> None:
    write_small_books(books, "Asia/Tokyo")
    day = "2024-03-02"
    found = run("statement", "acc-001", "--json", "--from", day, "--to", day, env={"TZ": reader})
    assert (found.json["from"], found.json["to"]) == (
        "2024-03-01T15:00:00.000000Z",
        "2024-03-02T14:59:59.999999Z",
    )


# ── for people ──────────────────────────────────────────────────────────────────────────────────


def rows(lines: list[str]) -> list[list[str]]:
    return [line.split() for line in lines]


def test_a_table_shows_the_entries_between_the_balances(
    on_terminal: OnTerminal, small_books: Path
) -> None:
    shown = on_terminal(*PERIOD, NO_COLOR="1")
    title, heading, rule, opening, *entries, closing, totals, line = shown.lines
    assert shown.status == 0
    assert title == "acc-001  Ana Souza  from 2024-03-02 00:00:00, to 2024-03-06 23:59:59"
    assert heading.split() == ["#", "When", "What", "Amount", "Balance", "Description"]
    assert set(rule) == {"─"}
    assert opening.split() == ["opening", "balance", "100.00"]
    assert rows(entries) == [
        ["5", "2024-03-02", "12:00:00*", "deposit", "+7.25", "107.25", "Receipt", "found"],
        ["2", "2024-03-05", "09:00:00", "deposit", "+50.00", "157.25", "Paycheck"],
        ["3", "2024-03-06", "09:00:00", "withdrawal", "-12.50", "144.75", "Stamps"],
    ]
    assert closing.split() == ["closing", "balance", "144.75"]
    ends = {heading.index("Balance") + 7}
    assert {each.rindex(".") + 3 for each in (opening, closing)} == ends
    assert totals == "in 57.25, out 12.50 USD   * recorded after an entry of a later date"
    assert line == f"balance {'▁' * 24}{'█' * 7}▆  lowest 100.00, highest 157.25"


@pytest.mark.parametrize(
    ("arguments", "period"),
    [
        ("", "all entries"),
        ("--from 2024-03-01", "from 2024-03-01 00:00:00"),
        ("--to 2024-03-06T01:00:00Z", "to 2024-03-06 01:00:00"),
        (
            "--to 2024-03-06 --known-at 2024-03-08",
            "to 2024-03-06 23:59:59, known at 2024-03-08 23:59:59 (up to change 9)",
        ),
    ],
)
def test_the_title_names_the_period(
    on_terminal: OnTerminal, small_books: Path, arguments: str, period: str
) -> None:
    shown = on_terminal(*arguments.split(), NO_COLOR="1")
    assert shown.lines[0] == f"acc-001  Ana Souza  {period}"


def test_a_line_draws_the_balance(on_terminal: OnTerminal, small_books: Path) -> None:
    assert on_terminal(NO_COLOR="1").lines[-1] == LINE
    coloured = on_terminal()
    assert ESCAPE in coloured.text
    assert LINE.partition("  ")[0] in coloured.text


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours_nothing_but_text_is_sent(
    on_terminal: OnTerminal, small_books: Path, env: dict[str, str]
) -> None:
    shown = on_terminal(**env)
    assert ESCAPE not in shown.text
    assert shown.lines[-1] == LINE


def test_a_narrow_terminal_gets_a_shorter_line(on_terminal: OnTerminal, small_books: Path) -> None:
    lines = on_terminal(columns=24, NO_COLOR="1").lines[-3:]
    assert lines == ["balance ▁▁▁▁▁▁▁▁▁▁███▆▆▄", "lowest 100.00, highest", "157.25"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_where_there_are_no_blocks_the_line_is_plain_ascii(
    on_terminal: OnTerminal, small_books: Path, encoding: str
) -> None:
    shown = on_terminal(PYTHONIOENCODING=encoding, NO_COLOR="1")
    assert shown.status == 0
    assert shown.text.isascii()
    assert "\\u" not in shown.text
    drawn = LINE.translate(str.maketrans("▁▄▆█", "_:+#"))
    assert shown.lines[-1] == drawn


def test_the_c_locale_breaks_nothing(on_terminal: OnTerminal, run: Run, small_books: Path) -> None:
    """Python takes UTF-8 for it, unless it is told not to."""
    assert on_terminal(LC_ALL="C", NO_COLOR="1").lines[-1] == LINE
    strict = on_terminal(LC_ALL="C", PYTHONUTF8="0", NO_COLOR="1")
    assert strict.status == 0
    assert strict.text.isascii()
    assert strict.lines[-1].startswith("balance ____")
    assert run("statement", "acc-001", *PERIOD, env={"LC_ALL": "C"}).out == PLAIN


def test_outside_a_terminal_no_line_is_drawn(run: Run, small_books: Path) -> None:
    done = run("statement", "acc-001", "--format", "table")
    assert done.out.splitlines()[-1].startswith("in 157.25, out 32.50 USD")
    assert "▁" not in done.out


@pytest.mark.parametrize("period", ["--from 2030-01-01", "--to 2024-03-01"])
def test_a_balance_that_never_changed_has_no_line(
    on_terminal: OnTerminal, small_books: Path, period: str
) -> None:
    shown = on_terminal(*period.split(), NO_COLOR="1")
    assert shown.status == 0
    assert shown.lines[-1].startswith("in ")
    assert "opening balance" in shown.text


def test_the_line_begins_with_the_opening_balance(
    on_terminal: OnTerminal, small_books: Path
) -> None:
    shown = on_terminal("--from", "2024-03-07", NO_COLOR="1")
    assert shown.lines[-1] == f"balance █{'▁' * 31}  lowest 124.75, highest 144.75"


def test_entries_of_one_instant_have_one_balance_in_the_line(
    on_terminal: OnTerminal, run: Run, small_books: Path
) -> None:
    """Between them was no time: what it was there is neither lowest nor highest."""
    day = "2024-03-20"
    assert run("withdraw", "acc-001", "24.75", "--at", day).status == 0
    assert run("deposit", "acc-001", "24.75", "--at", day).status == 0
    assert run("deposit", "acc-001", "1", "--at", "2024-03-21").status == 0
    shown = on_terminal("--from", day, NO_COLOR="1")
    assert [line.split()[5] for line in shown.lines[4:-3]] == ["100.00", "124.75", "125.75"]
    assert shown.lines[-1].endswith("▁█  lowest 124.75, highest 125.75")


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "code", "arguments"),
    [
        (2, "invalid_option", "acc-001 --from 2024-03-02 --to 2024-03-01"),
        (2, "invalid_option", "nobody --from 2024-03-02 --to 2024-03-01"),
        (2, "invalid_time", "acc-001 --from someday"),
        (2, "invalid_time", "acc-001 --to 2024-02-30"),
        (2, "invalid_time", "acc-001 --known-at 12:00"),
        (2, "invalid_account_id", "a/b"),
        (2, "invalid_usage", ""),
        (2, "invalid_usage", "acc-001 --form 2024-03-01"),
        (4, "no_such_account", "nobody"),
        (4, "no_such_account", "acc-001 --to 2024-02-29"),
        (4, "no_such_account", "acc-001 --from 2024-01-01 --to 2024-03-01T08:59:59Z"),
        (4, "no_such_account", "acc-001 --known-at 2024-02-29"),
        (4, "no_such_ledger", "acc-001 --db nowhere.db"),
    ],
)
def test_bad_input_is_refused(
    refused: Refused, small_books: Path, status: int, code: str, arguments: str
) -> None:
    refused(status, code, "statement", *arguments.split())


def test_a_period_the_wrong_way_round_says_which_way_is_right(run: Run, small_books: Path) -> None:
    done = run("statement", "acc-001", "--from", "2024-03-02", "--to", "2024-02-29")
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "error: the period ends before it begins: 2024-03-02T00:00:00+00:00 is later than "
        "2024-02-29T23:59:59+00:00\n"
        "hint: give the earlier time first: "
        "ledger statement acc-001 --from 2024-02-29 --to 2024-03-02\n"
    )


def test_before_the_opening_it_answers_as_balance_does(refused: Refused, small_books: Path) -> None:
    error: Any = refused(4, "no_such_account", "statement", "acc-001", "--to", "2024-02-29")
    assert error == refused(4, "no_such_account", "balance", "acc-001", "--as-of", "2024-02-29")


def test_a_balance_that_the_entries_do_not_explain_is_not_shown(
    run: Run, refused: Refused, small_books: Path
) -> None:
    assert run("snapshot", "acc-001").status == 0
    file = sqlite3.connect(small_books)
    with file:
        file.execute("""UPDATE snapshots SET state = replace(state, '12475', '12476')""")
    file.close()
    error = refused(6, "damaged_ledger", "statement", "acc-001")
    assert error["details"] == {
        "account_id": "acc-001",
        "opening_balance": "0.00",
        "closing_balance": "124.76",
        "currency": "USD",
    }
    assert run(*error["hint"].partition("ledger ")[2].split()).status == 6
