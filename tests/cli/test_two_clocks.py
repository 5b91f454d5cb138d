"""The two clocks: what had happened by a time, and what was known of it by then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli.small_ledger import write_small_books
from tests.support.program import Run

# Times without a zone are the book's, whatever the reader's zone is.
TOKYO = "Asia/Tokyo"
NEW_YORK = "America/New_York"


def versions(run: Run, *arguments: str) -> list[int]:
    found = run("history", *arguments, "--json").json
    return [entry["version"] for entry in found["entries"]]


def balance(run: Run, *arguments: str, reader: str = "UTC") -> str:
    done = run("balance", "acc-001", *arguments, env={"TZ": reader})
    assert (done.status, done.err) == (0, "")
    return done.out.strip()


@pytest.mark.parametrize(
    ("points", "amount"),
    [
        ("--as-of 2024-03-01", "100.00"),
        # Recorded on the 10th, it had happened at noon of the 2nd.
        ("--as-of 2024-03-02", "107.25"),
        ("--as-of 2024-03-02T12:00:00Z", "107.25"),
        ("--as-of 2024-03-02T11:59:59.999999Z", "100.00"),
        ("--as-of 2024-03-02 --known-at 2024-03-09", "100.00"),
        ("--as-of 2024-03-02 --known-at 2024-03-10T08:59:59.999999Z", "100.00"),
        ("--as-of 2024-03-02 --known-at 2024-03-10T09:00:00Z", "107.25"),
        ("--known-at 2024-03-09", "117.50"),
        ("--known-at 2024-03-10", "124.75"),
        ("--as-of 2024-03-07T10:59:59+02:00", "144.75"),
        ("--as-of 2024-03-07T11:00:00+02:00", "124.75"),
        ("--as-of 9999-12-30", "124.75"),
    ],
)
def test_a_balance_counts_what_had_happened_and_was_known(
    run: Run, small_books: Path, points: str, amount: str
) -> None:
    assert balance(run, *points.split()) == amount


@pytest.mark.parametrize(
    ("zone", "time", "instant"),
    [
        ("UTC", "2024-03-07", "2024-03-07T23:59:59.999999Z"),
        (TOKYO, "2024-03-07", "2024-03-07T14:59:59.999999Z"),
        (TOKYO, "2024-03-07T18:00", "2024-03-07T09:00:00.000000Z"),
        (TOKYO, "2024-03-07T18:00Z", "2024-03-07T18:00:00.000000Z"),
        (NEW_YORK, "2024-03-09", "2024-03-10T04:59:59.999999Z"),
        # The day on which the clocks go forward has 23 hours.
        (NEW_YORK, "2024-03-10", "2024-03-11T03:59:59.999999Z"),
    ],
)
@pytest.mark.parametrize("option", ["--as-of", "--known-at"])
def test_a_bare_date_includes_its_last_local_instant(
    run: Run, books: Path, option: str, zone: str, time: str, instant: str
) -> None:
    write_small_books(books, zone)
    found = run("balance", "acc-001", option, time, "--json").json
    assert found[option.strip("-").replace("-", "_")] == instant


@pytest.mark.parametrize(
    ("zone", "time", "instant"),
    [
        ("UTC", "2024-03-07", "2024-03-07T00:00:00.000000Z"),
        (TOKYO, "2024-03-07", "2024-03-06T15:00:00.000000Z"),
        (NEW_YORK, "2024-03-07", "2024-03-07T05:00:00.000000Z"),
        (TOKYO, "2024-03-07T09:30:00.25", "2024-03-07T00:30:00.250000Z"),
        (TOKYO, "2024-03-07T09:30:00+00:00", "2024-03-07T09:30:00.000000Z"),
    ],
)
def test_a_bare_date_means_its_first_local_instant_for_what_happened_then(
    run: Run, books: Path, zone: str, time: str, instant: str
) -> None:
    write_small_books(books, zone)
    done = run("deposit", "acc-001", "1", "--at", time, "--json")
    assert done.json["events"][0]["effective_at"] == instant


@pytest.mark.parametrize("reader", [TOKYO, NEW_YORK, "UTC"])
def test_the_same_date_is_another_moment_in_another_book_and_for_no_other_reader(
    run: Run, books: Path, reader: str
) -> None:
    at_noon = ("--as-of", "2024-03-07T12:00")
    for zone, amount in ((TOKYO, "144.75"), ("UTC", "124.75")):
        write_small_books(books, zone)
        assert balance(run, *at_noon, reader=reader) == amount
        books.unlink()


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("--as-of 2024-03-05", [1, 2, 5]),
        ("--as-of 2024-03-05 --known-at 2024-03-09", [1, 2]),
        ("--known-at 2024-03-06", [1, 2, 3]),
        ("--at-version 4", [1, 2, 3, 4]),
        ("--at-version 4 --as-of 2024-03-05", [1, 2]),
        ("--at-version 4 --known-at 2024-03-05", [1, 2]),
        ("--limit 2", [4, 5]),
        ("--limit 9", [1, 2, 3, 4, 5]),
        ("--limit 0", []),
        ("--as-of 2024-03-05 --limit 2", [2, 5]),
        ("--at-version 3 --limit 1", [3]),
    ],
)
def test_a_history_holds_the_entries_that_count_in_recorded_order(
    run: Run, small_books: Path, points: str, expected: list[int]
) -> None:
    assert versions(run, "acc-001", *points.split()) == expected


def test_the_state_in_a_history_is_the_one_at_its_point(run: Run, small_books: Path) -> None:
    found = run("history", "acc-001", "--as-of", "2024-03-05", "--limit", "1", "--json").json
    assert found["state"]["balance"] == "157.25"
    assert found["state"]["transaction_count"] == 2
    assert found["entries"][-1]["balance"] == "157.25"


def test_running_balances_lead_to_the_state_even_where_entries_are_left_out(
    run: Run, small_books: Path
) -> None:
    whole = run("history", "acc-001", "--json").json["entries"]
    assert [entry["amount"] for entry in whole] == ["100.00", "50.00", "-12.50", "-20.00", "7.25"]
    assert [entry["balance"] for entry in whole] == [
        "100.00",
        "150.00",
        "137.50",
        "117.50",
        "124.75",
    ]
    assert run("history", "acc-001", "--limit", "3", "--json").json["entries"] == whole[2:]


@pytest.mark.parametrize("command", ["balance", "history"])
@pytest.mark.parametrize(
    "points", ["--as-of 2024-02-29", "--known-at 2024-02-29", "--as-of 2024-03-01T08:59Z"]
)
def test_before_its_opening_there_was_no_such_account(
    run: Run, small_books: Path, command: str, points: str
) -> None:
    done = run(command, "acc-001", *points.split(), "--json")
    assert (done.status, done.out) == (4, "")
    assert done.error["code"] == "no_such_account"
    assert "there was no account acc-001" in done.error["message"]


def test_all_balances_are_of_the_accounts_that_were_open_then(run: Run, small_books: Path) -> None:
    def held(*points: str) -> dict[str, str]:
        rows = run("balance", *points).out.splitlines()
        return {row.split("\t")[0]: row.split("\t")[1] for row in rows}

    assert list(held()) == ["acc-001", "acc-002", "jp-camp", "kw-fund"]
    assert held("--as-of", "2024-03-02") == {"acc-001": "107.25", "acc-002": "0.00"}
    assert held("--as-of", "2024-03-02", "--known-at", "2024-03-01") == {"acc-001": "100.00"}
    assert held("--as-of", "2024-03-11")["old-box"] == "0.00"
    assert "old-box" not in held("--as-of", "2024-03-12")
    assert held("--as-of", "2024-02-29") == {}


def test_a_closed_account_keeps_its_past(run: Run, small_books: Path) -> None:
    assert run("balance", "old-box").out == "0.00\n"
    assert versions(run, "old-box") == [1, 2]
    before = run("history", "old-box", "--as-of", "2024-03-11", "--json").json
    assert before["state"]["status"] == "active"
    assert [entry["version"] for entry in before["entries"]] == [1]


@pytest.mark.parametrize("version", ["0", "6", "-1"])
def test_a_version_that_the_account_never_had_is_refused(
    run: Run, small_books: Path, version: str
) -> None:
    done = run("history", "acc-001", f"--at-version={version}", "--json")
    assert (done.status, done.error["code"]) == (2, "invalid_option")
    assert done.error["hint"] == "it has versions 1 to 5"


def test_a_backdated_entry_shows_in_what_is_asked_of_the_past_from_then_on(
    run: Run, small_books: Path
) -> None:
    assert balance(run, "--as-of", "2024-03-05") == "157.25"
    assert run("withdraw", "acc-001", "7.25", "--at", "2024-03-05").status == 0
    assert balance(run, "--as-of", "2024-03-05") == "150.00"
    assert balance(run, "--as-of", "2024-03-05", "--known-at", "2024-03-31") == "157.25"


def test_a_backdated_entry_moves_no_later_activity(run: Run, small_books: Path) -> None:
    assert run("deposit", "acc-001", "1", "--at", "2024-03-03").status == 0
    row = run("accounts", "--json").json[0]
    assert row["last_activity"] == "2024-03-07T09:00:00.000000Z"
    assert row["transaction_count"] == 5
