"""``amend``, ``reopen``, and overdrafts: what they answer, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, Refused, Run


@pytest.fixture
def cash(books: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Accounts of 2024: one with entries, one without, and one that is closed."""
    monkeypatch.setenv("LEDGER_ACTOR", "builder")
    with Ledger.open(books) as ledger:
        ledger.open_account("cash", "Ana", initial_balance="10", at="2024-01-01")
        ledger.open_account("new", "Ana", initial_balance="10.50", at="2024-01-01")
        ledger.open_account("gone", "Ana", at="2024-01-01")
        ledger.deposit("cash", "5", at="2024-02-01")
        ledger.withdraw("cash", "12", at="2024-03-01T12:00")
        ledger.close_account("gone", at="2024-03-01")
    return books


IN_WORDS = {
    "amend cash --owner Ben": "amended cash: its owner is Ben; cash now holds 3.00 USD",
    "amend cash --opened-at 2023-01-01": (
        "amended cash: opened on 2023-01-01 00:00:00 with 10.00 USD; cash now holds 3.00 USD"
    ),
    "amend cash --initial-balance 20": (
        "amended cash: opened on 2024-01-01 00:00:00 with 20.00 USD; cash now holds 13.00 USD"
    ),
    "amend new --currency BTC --decimals 8": (
        "amended new: opened on 2024-01-01 00:00:00 with 10.50000000 BTC; "
        "new now holds 10.50000000 BTC"
    ),
    "amend cash --overdraft 500 --at 2024-02-01": (
        "amended cash: its overdraft limit is 500.00 USD from 2024-02-01 00:00:00; "
        "cash now holds 3.00 USD"
    ),
    "amend cash --overdraft unlimited --at 2024-01-01 --opened-at 2023-12-01": (
        "amended cash: opened on 2023-12-01 00:00:00 with 10.00 USD, its overdraft limit is "
        "unlimited from 2024-01-01 00:00:00; cash now holds 3.00 USD"
    ),
    "reopen gone --reason mistake": (
        "reopened gone from 2024-03-01 00:00:00 on; gone now holds 0.00 USD"
    ),
}


@pytest.mark.parametrize("typed", IN_WORDS)
@pytest.mark.usefixtures("cash")
def test_a_person_is_told_what_is_different(
    run: Run, environ: dict[str, str], tmp_path: Path, typed: str
) -> None:
    shown = run_on_terminal([PROGRAM, *typed.split(" ")], env=environ, cwd=tmp_path)
    assert (shown.status, shown.lines) == (0, [IN_WORDS[typed]])


@pytest.mark.parametrize(
    ("typed", "events"),
    [
        ("amend cash --owner Ben --overdraft 5", ["AccountAmended"]),
        ("amend cash --initial-balance 20 --owner Ben", ["OpeningAmended", "AccountAmended"]),
        ("reopen gone", ["AccountReopened"]),
    ],
)
@pytest.mark.usefixtures("cash")
def test_json_has_the_account_and_what_was_recorded(
    run: Run, typed: str, events: list[str]
) -> None:
    name, account, *_ = typed.split(" ")
    document = run(*typed.split(" "), "--idempotency-key", "k", "--json").json
    assert (document["command"], document["account_id"]) == (name, account)
    assert document["accounts"] == [
        {key: document[key] for key in ("account_id", "balance", "currency", "version")}
    ]
    assert [each["event_type"] for each in document["events"]] == events
    again = run(*typed.split(" "), "--idempotency-key", "k", "--json").json
    assert again == {**document, "replayed": True}


@pytest.mark.usefixtures("cash")
def test_an_opening_is_amended_as_if_it_had_been_so_at_once(run: Run) -> None:
    assert run("deposit", "cash", "1", "--at", "2023-06-01").status == 3
    assert run("amend", "cash", "--opened-at", "2023-06-01").out == "cash\t3.00\tUSD\t4\n"
    assert run("deposit", "cash", "1", "--at", "2023-06-01").status == 0
    assert run("balance", "cash", "--as-of", "2023-06-01").out == "11.00\n"


@pytest.mark.usefixtures("cash")
def test_an_opening_may_move_before_1970(run: Run) -> None:
    amended = run("amend", "cash", "--opened-at", "1968-05-01", "--format", "table")
    assert "opened on 1968-05-01 00:00:00 with 10.00 USD" in amended.out
    assert run("deposit", "cash", "2.50", "--at", "1969-07-20T20:17:40.5Z").status == 0
    assert run("balance", "cash", "--as-of", "1968-04").status == 4
    assert run("balance", "cash", "--as-of", "1968-05-01").out == "10.00\n"
    assert run("balance", "cash", "--as-of", "1969-07-19").out == "10.00\n"
    assert run("balance", "cash", "--as-of", "1969-12").out == "12.50\n"
    assert run("balance", "cash").out == "5.50\n"
    entries = run("history", "cash", "--as-of", "1969-12", "--json").json["entries"]
    assert [(each["effective_at"], each["balance"]) for each in entries] == [
        ("1968-05-01T00:00:00.000000Z", "10.00"),
        ("1969-07-20T20:17:40.500000Z", "12.50"),
    ]
    shown = run("statement", "cash", "--to", "1969-12", "--format", "table").out
    assert "1968-05-01 00:00:00" in shown
    assert "1969-07-20 20:17:40" in shown
    (account,) = (each for each in run("accounts", "--json").json if each["account_id"] == "cash")
    assert account["opened_at"] == "1968-05-01T00:00:00.000000Z"
    assert run("accounts", "--format", "table").out.count("1968-05-01") == 1
    assert run("verify", "--quiet").status == 0


@pytest.mark.usefixtures("cash")
def test_an_opening_may_move_to_the_year_1_and_no_further_back(run: Run, refused: Refused) -> None:
    assert run("amend", "cash", "--opened-at", "0001-01-01T00:00:00Z").status == 0
    assert run("balance", "cash", "--as-of", "0001-01-01").out == "10.00\n"
    refused(2, "invalid_time", "amend", "cash", "--opened-at", "0001-01-01T00:00:00+01:00")
    refused(2, "invalid_time", "amend", "cash", "--opened-at", "0000-12-31")


@pytest.mark.usefixtures("cash")
def test_an_overdraft_counts_from_its_moment_on(run: Run, environ: dict[str, str]) -> None:
    assert run("amend", "cash", "--overdraft", "100", "--at", "2024-03-01").status == 0
    assert run("withdraw", "cash", "20", "--at", "2024-02-29").status == 3
    assert run("withdraw", "cash", "20", "--at", "2024-03-02").status == 0
    assert run("balance", "cash").out == "-17.00\n"


def test_an_account_opens_with_an_overdraft(run: Run) -> None:
    opening = ("--owner", "Ana", "--at", "2024-01-01", "--overdraft")
    assert run("open", "some", *opening, "50").status == 0
    assert run("open", "any", *opening, "unlimited").status == 0
    assert run("withdraw", "some", "50", "--at", "2024-01-02").out == "some\t-50.00\tUSD\t2\n"
    assert run("withdraw", "some", "0.01").status == 3
    assert run("withdraw", "any", "1000000").status == 0


@pytest.mark.usefixtures("cash")
def test_programs_see_the_limit_and_what_each_amendment_sets(run: Run) -> None:
    for words in (
        "--owner Ben --overdraft 7.5",
        "--overdraft unlimited",
        "--opened-at 2023-12-01 --initial-balance 11",
    ):
        assert run("amend", "cash", *words.split()).status == 0
    report = run("history", "cash", "--json").json
    assert list(report["state"].items())[-1] == ("overdraft_limit", "unlimited")
    names = ["owner", "overdraft_limit", "opened_at", "initial_balance", "currency"]
    assert all(list(entry)[-5:] == names for entry in report["entries"])
    nothing = [None] * 5
    assert [[entry[name] for name in names] for entry in report["entries"]] == [
        *[nothing] * 3,
        ["Ben", "7.50", None, None, None],
        [None, "unlimited", None, None, None],
        [None, None, "2023-12-01T00:00:00.000000Z", "11.00", "USD"],
    ]
    last = run("history", "cash", "--limit", "1").out.rstrip("\n").split("\t")
    assert last[-5:] == ["", "", "2023-12-01T00:00:00+00:00", "11.00", "USD"]
    accounts = {each["account_id"]: each for each in run("accounts", "--json").json}
    assert list(accounts["cash"].items())[-1] == ("overdraft_limit", "unlimited")
    assert accounts["new"]["overdraft_limit"] == "0.00"
    assert [line.split("\t")[-1] for line in run("accounts").out.splitlines()] == [
        "unlimited",
        "0.00",
        "0.00",
    ]
    assert run("replay", "cash", "--json").json["state"]["overdraft_limit"] == "unlimited"


@pytest.mark.usefixtures("cash")
def test_an_owner_that_an_amendment_set_and_that_was_erased_is_null(run: Run) -> None:
    assert run("amend", "cash", "--owner", "Ben").status == 0
    assert run("erase", "cash", "--reason", "left", "--yes").status == 0
    entries = run("history", "cash", "--json").json["entries"]
    assert entries[3]["event_type"] == "AccountAmended"
    assert entries[3]["owner"] is None


def test_what_goes_past_an_unlimited_overdraft_is_told_no_limit_that_none_can_be(
    run: Run, refused: Refused
) -> None:
    most = "92233720368547758.07"
    opening = ("--owner", "Ana", "--at", "2024-01-01", "--overdraft", "unlimited")
    assert run("open", "any", *opening).status == 0
    assert run("withdraw", "any", most, "--at", "2024-02-01").status == 0
    for more in ((), ("--at", "2024-01-15")):
        error = refused(3, "insufficient_funds", "withdraw", "any", "1", *more)
        assert error["message"].endswith(f", and even an unlimited overdraft ends at {most}")
        assert "--overdraft" not in error["hint"]


@pytest.mark.usefixtures("cash")
def test_a_closed_account_is_reopened_from_its_closing_on_or_later(run: Run) -> None:
    reopened = run("reopen", "gone", "--at", "2024-03-01", "--json").json
    assert reopened["events"][0]["effective_at"] == "2024-03-01T00:00:00.000000Z"
    assert run("deposit", "gone", "5", "--at", "2024-03-02").status == 0


REFUSED = {
    "amend cash": (2, "invalid_usage", "ledger amend --help"),
    "amend cash --at 2024-01-01": (2, "invalid_usage", "ledger amend --help"),
    "amend cash --opened-at 2024-01-01": (2, "invalid_usage", "ledger amend --help"),
    "amend cash --opened-at 2024-02-02": (
        3,
        "before_opening",
        "ledger amend cash --opened-at 2024-02-01T00:00:00Z",
    ),
    "amend cash --opened-at 2999-01-01": (2, "invalid_time", ""),
    "amend cash --opened-at 2023-01-01 --at 2023-02-01": (2, "invalid_usage", "--help"),
    "amend cash --initial-balance 6.99": (
        3,
        "insufficient_funds",
        "ledger amend cash --overdraft 0.01 --at 2024-03-01T12:00:00Z",
    ),
    "amend cash --initial-balance -1": (2, "invalid_amount", ""),
    "amend cash --initial-balance ten": (2, "invalid_amount", ""),
    "amend cash --currency EUR": (3, "currency_mismatch", "reverse the entries first"),
    "amend new --currency EUR --decimals 3": (2, "invalid_currency", ""),
    "amend new --currency JPY": (2, "invalid_amount", ""),
    "amend cash --overdraft -5": (2, "invalid_amount", "unlimited"),
    "amend cash --overdraft much": (2, "invalid_amount", "unlimited"),
    "amend cahs --owner Ben": (4, "no_such_account", "did you mean cash? ledger amend cash"),
    "amend cash --owner Ben --expected-version 9": (5, "version_conflict", "ledger history cash"),
    "amend gone --initial-balance 5": (3, "account_closed", "ledger reopen gone"),
    "reopen cash": (3, "account_already_open", "ledger history cash"),
    "reopen gone --at 2024-02-01": (2, "invalid_time", "ledger reopen gone"),
    "open x --owner Ana --overdraft -1": (2, "invalid_amount", "unlimited"),
}


@pytest.mark.parametrize("typed", REFUSED)
@pytest.mark.usefixtures("cash")
def test_what_cannot_be_is_refused_with_what_to_type(refused: Refused, typed: str) -> None:
    status, code, hint = REFUSED[typed]
    assert hint in refused(status, code, *typed.split(" "))["hint"]


@pytest.mark.usefixtures("cash")
def test_a_limit_below_a_balance_of_the_past_is_refused_with_the_least(run: Run) -> None:
    run("amend", "cash", "--overdraft", "100", "--at", "2024-03-01")
    run("withdraw", "cash", "20", "--at", "2024-03-02")
    done = run("amend", "cash", "--overdraft", "5", "--at", "2024-03-03", "--json")
    assert (done.status, done.error["code"]) == (3, "insufficient_funds")
    assert "ledger amend cash --overdraft 17.00 --at 2024-03-03" in done.error["hint"]


def test_a_hinted_limit_is_enough_for_all_that_came_later(run: Run) -> None:
    run("open", "c", "--owner", "C", "--at", "2024-01-01")
    for typed in (
        "amend c --overdraft 20 --at 2024-06-01",
        "withdraw c 18 --at 2024-07-01",
        "deposit c 18 --at 2024-07-02",
        "deposit c 5 --at 2024-02-01",
    ):
        assert run(*typed.split(" ")).status == 0
    typed = "withdraw c 10 --at 2024-03-01"
    hint = run(*typed.split(" ")).err.splitlines()[-1].rpartition(": ")[2]
    assert hint == "ledger amend c --overdraft 23.00 --at 2024-03-01T00:00:00Z"
    assert run(*hint.split(" ")[1:]).status == 0
    assert run(*typed.split(" ")).status == 0


@pytest.mark.parametrize(
    "typed",
    ["reverse a 2", "correct a 2 --at 2024-04-01T12:00", "amend a --overdraft 3 --at 2024-02-01"],
)
def test_a_hinted_limit_is_enough_for_a_change_of_the_past(run: Run, typed: str) -> None:
    run("open", "a", "--owner", "A", "--at", "2024-01-01")
    for before in (
        "deposit a 10 --at 2024-02-01",
        "amend a --overdraft 30 --at 2024-02-15",
        "withdraw a 15 --at 2024-03-01",
        "withdraw a 20 --at 2024-04-01",
        "deposit a 20 --at 2024-04-02",
    ):
        assert run(*before.split(" ")).status == 0
    refused = run(*typed.split(" "))
    assert refused.status == 3
    hint = refused.err.splitlines()[-1].rpartition(": ")[2]
    assert run(*hint.split(" ")[1:]).status == 0, hint
    if not typed.startswith("amend"):
        assert run(*typed.split(" ")).status == 0


@pytest.mark.usefixtures("cash")
def test_limits_of_later_moments_that_are_replaced_are_told(run: Run) -> None:
    for limit, since in (("500", "2024-06-01"), ("unlimited", "2024-07-01T08:30")):
        done = run("amend", "new", "--overdraft", limit, "--at", since)
        assert (done.status, done.err) == (0, "")
    assert run("amend", "new", "--owner", "Ben", "--at", "2024-02-01").err == ""
    done = run("amend", "new", "--overdraft", "10", "--at", "2024-03-01")
    told = (
        "note: this also replaces the overdraft of 500.00 from 2024-06-01 on; to keep it: "
        "ledger amend new --overdraft 500.00 --at 2024-06-01T00:00:00Z\n"
        "note: this also replaces the unlimited overdraft from 2024-07-01 08:30:00 on; to keep it: "
        "ledger amend new --overdraft unlimited --at 2024-07-01T08:30:00Z\n"
    )
    assert (done.status, done.err) == (0, told)
    for note in told.splitlines():
        assert run(*note.rpartition(": ")[2].split(" ")[1:]).err == ""
    for since, amount in (("2024-03-02", "21"), ("2024-06-02", "511")):
        assert run("withdraw", "new", amount, "--at", since).status == 3
    assert run("withdraw", "new", "600", "--at", "2024-07-02").status == 0
    assert run("amend", "new", "--overdraft", "900", "--at", "2024-03-01", "--quiet").err == ""
    assert run("amend", "new", "--overdraft", "900").err == ""


@pytest.mark.usefixtures("cash")
def test_owners_of_later_moments_that_are_replaced_are_told(run: Run) -> None:
    def owner() -> object:
        rows = run("accounts", "--json").json
        return next(each["owner"] for each in rows if each["account_id"] == "new")

    for name, since in (("New", "2024-06-01"), ("Newer", "2024-07-01T08:30")):
        done = run("amend", "new", "--owner", name, "--at", since)
        assert (done.status, done.err) == (0, "")
    assert run("amend", "new", "--overdraft", "5", "--at", "2024-02-01").err == ""
    done = run("amend", "new", "--owner", "The Old", "--at", "2024-02-01")
    told = (
        "note: this also replaces the owner New from 2024-06-01 on; to keep it: "
        "ledger amend new --owner New --at 2024-06-01T00:00:00Z\n"
        "note: this also replaces the owner Newer from 2024-07-01 08:30:00 on; to keep it: "
        "ledger amend new --owner Newer --at 2024-07-01T08:30:00Z\n"
    )
    assert (done.status, done.err) == (0, told)
    assert owner() == "The Old"
    for note in told.splitlines():
        assert run(*note.rpartition(": ")[2].split(" ")[1:]).err == ""
    assert owner() == "Newer"
    for more in (["--at", "2024-07-01T08:30"], ["--at", "2024-08-01"], []):
        assert run("amend", "new", "--owner", "Ben", *more).err == ""
    again = ("amend", "new", "--owner", "Ana", "--at", "2024-02-01")
    assert run(*again, "--quiet").err == ""
    assert run(*again).err == ""
    both = run("amend", "new", "--owner", "Zoe", "--overdraft", "1", "--at", "2024-01-15")
    assert [line.partition(" from ")[0] for line in both.err.splitlines()] == [
        "note: this also replaces the owner Ana",
        "note: this also replaces the overdraft of 5.00",
    ]


# ── the note of an opening ──────────────────────────────────────────────────────────────────────


def test_an_opening_of_today_says_how_to_open_earlier(run: Run, environ: dict[str, str]) -> None:
    env = {"LEDGER_CLOCK": "2026-03-02T09:00:00Z+1s", "LEDGER_SEED": "7"}
    done = run("open", "cash", "--owner", "Ana", env=env)
    note = (
        "note: cash is open from now on; for earlier entries, open it earlier: "
        "ledger amend cash --opened-at 2026-01-01\n"
    )
    assert done.err.endswith(note)
    assert done.err.count("note: cash") == 1
    assert run("deposit", "cash", "5", "--at", "2026-02-01", env=env).status == 3
    assert run("amend", "cash", "--opened-at", "2026-01-01", env=env).status == 0
    assert run("deposit", "cash", "5", "--at", "2026-02-01", env=env).status == 0


@pytest.mark.parametrize(
    ("zone", "until", "earlier"),
    [
        ("UTC", "2026-02-20", "2026-02-21"),
        ("America/New_York", "2026-02-20", "2026-02-21"),
        ("Pacific/Auckland", "2026-02-20", "2026-02-21"),
        ("UTC", "2026-02-20T12:00", "2026-02-21"),
        ("UTC", "2025-06", "2026-01-01"),
        ("UTC", "2026-03-01", "2026-03-02"),
        ("UTC", "2026-03-02T08:00", None),
        ("Pacific/Auckland", "2026-03-02", "2026-03-03"),
    ],
)
def test_an_opening_is_not_moved_into_a_locked_period(
    run: Run, zone: str, until: str, earlier: str | None
) -> None:
    env = {"LEDGER_CLOCK": "2026-03-02T13:00:00Z+1s", "LEDGER_SEED": "7"}
    assert run("book", "create", "--time-zone", zone, env=env).status == 0
    assert run("lock", until, env=env).status == 0
    note = run("open", "cash", "--owner", "Ana", env=env).err
    if earlier is None:
        assert note == "note: cash is open from now on\n"
        return
    hint = f"ledger amend cash --opened-at {earlier}"
    assert note == (
        f"note: cash is open from now on; for earlier entries, open it earlier: {hint}\n"
    )
    amended = run(*hint.split(" ")[1:], env=env)
    assert amended.status == 0, amended
    assert run("deposit", "cash", "5", "--at", earlier, env=env).status == 0


@pytest.mark.parametrize("more", [["--at", "2024-01-01"], ["--quiet"], ["--json"]])
@pytest.mark.usefixtures("cash")
def test_an_opening_says_no_more_than_it_must(run: Run, more: list[str]) -> None:
    assert run("open", "other", "--owner", "Ana", *more).err == ""
    keyed = ("open", "keyed", "--owner", "Ana", "--idempotency-key", "k")
    assert "note: keyed" in run(*keyed).err
    assert run(*keyed).err == ""


def test_an_overdrawn_account_is_evened_out_before_it_closes(run: Run) -> None:
    run("open", "till", "--owner", "Ana", "--overdraft", "50")
    run("withdraw", "till", "30")
    refused = run("close", "till")
    assert refused.status == 3
    told, hint = refused.err.splitlines()
    assert told == "error: account till is overdrawn by 30.00 USD"
    assert hint.startswith("hint: deposit or transfer what is missing, then close it: ")
    assert hint.endswith("deposit till 30.00")
