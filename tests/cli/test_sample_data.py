"""The sample data: what the ledger makes of it, and that it can be made again."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.program import SAMPLE_DATA, Run
from tests.support.servers.books import copied

CLUB = {
    "bar": ("809.50", "USD"),
    "boat-fund": ("8690.49", "USD"),
    "club:checking": ("12282.79", "USD"),
    "club:savings": ("18557.71", "USD"),
    "dues:2025": ("200.00", "USD"),
    "jp-camp": ("331976", "JPY"),
    "junior-squad": ("779.80", "USD"),
    "kw-sponsor": ("1216.750", "KWD"),
    "kw-travel": ("164.075", "KWD"),
    "petty-cash": ("310.46", "USD"),
    "regatta-fund": ("2353.58", "USD"),
}
OLDER_WORLD = {
    "acc-001": "15.84",
    "acc-002": "224.73",
    "acc-003": "490.98",
    "acc-005": "69.33",
    "acc-006": "100.35",
    "acc-007": "19.63",
    "acc-008": "1304.90",
}


def held(run: Run) -> dict[str, tuple[str, str]]:
    rows = (row.split("\t") for row in run("balance").out.splitlines())
    return {account: (amount, currency) for account, amount, currency, *_ in rows}


# ── a year of a club ────────────────────────────────────────────────────────────────────────────


def test_the_year_ends_with_these_balances(run: Run, club: Path) -> None:
    assert held(run) == CLUB


def test_two_accounts_were_closed_in_the_year(run: Run, club: Path) -> None:
    closed = run("accounts", "--status", "closed", "--json").json
    assert [(row["account_id"], row["balance"]) for row in closed] == [
        ("gala-2025", "0.00"),
        ("jp-lodging", "0"),
    ]
    active = run("accounts", "--status", "active", "--json").json
    assert [row["account_id"] for row in active] == list(CLUB)


def test_the_savings_at_the_end_of_april(run: Run, club: Path) -> None:
    found = run("history", "club:savings", "--as-of", "2025-04-30", "--json").json
    assert found["state"]["balance"] == "20188.22"
    assert len(found["entries"]) == 9
    assert run("balance", "club:savings", "--as-of", "2025-04-30").out == "20188.22\n"


def test_the_balances_of_a_past_day_are_those_of_each_history(run: Run, club: Path) -> None:
    points = ("--as-of", "2025-06-30")
    rows = run("balance", *points, "--json").json
    assert len(rows) == 13
    for row in rows[::4]:
        found = run("history", row["account_id"], *points, "--json").json
        assert found["state"]["balance"] == row["balance"]
        assert found["entries"][-1]["balance"] == row["balance"]


@pytest.mark.parametrize("account", ["club:checking", "dues:2025", "gala-2025"])
def test_every_way_to_a_state_agrees(run: Run, club: Path, account: str) -> None:
    found = run("replay", account, "--json").json
    assert found["agrees"] is True
    assert found["state"] == found["projection"]


def test_the_log_holds_the_commands_of_the_file(run: Run, club: Path) -> None:
    with open(SAMPLE_DATA / "club_year.jsonl", encoding="utf-8") as lines:
        asked = Counter(json.loads(line)["command"] for line in lines)
    events = [json.loads(line) for line in run("events", "--json").out.splitlines()]
    found = Counter(event["event_type"] for event in events)
    assert found == {
        "BookCreated": 1,
        "PeriodLocked": asked["lock"],
        "AccountOpened": asked["open"],
        "MoneyDeposited": asked["deposit"],
        "MoneyWithdrawn": asked["withdraw"] + asked["correct"],
        "EntryReversed": asked["reverse"] + asked["correct"],
        "EntryAmended": asked["amend-entry"],
        "BalanceConfirmed": asked["confirm"],
        "TransferSent": asked["transfer"],
        "TransferReceived": asked["transfer"],
        "AccountClosed": asked["close"],
    }
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert len({event["metadata"]["correlation_id"] for event in events}) == 1


def test_a_batch_says_what_it_did_and_does_keyed_lines_only_once(
    run: Run, club_year: Path, books: Path
) -> None:
    copied(club_year, books)
    with open(SAMPLE_DATA / "club_year.jsonl", encoding="utf-8") as lines:
        keyed = [line for line in lines if "idempotency_key" in line]
    done = run("batch", "-", stdin="".join(keyed))
    count = len(keyed)
    assert (done.status, done.out) == (0, "")
    assert done.err == (
        f"{count} commands carried out, {count} of them done before: 0 changes recorded\n"
    )
    assert held(run) == CLUB


# ── an older world ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def older_world(run: Run, books: Path) -> None:
    done = run("import-events", str(SAMPLE_DATA / "older_world.jsonl"))
    assert (done.status, done.out) == (0, "")
    *_, first, head = done.err.splitlines()
    assert first == "200 events of 8 accounts imported; 13 amounts had to be rounded"
    assert head.startswith("head 201:")


@pytest.mark.usefixtures("older_world")
def test_the_older_world_ends_with_these_balances(run: Run) -> None:
    assert held(run) == {account: (amount, "USD") for account, amount in OLDER_WORLD.items()}
    (closed,) = run("accounts", "--status", "closed", "--json").json
    assert (closed["account_id"], closed["owner"]) == ("acc-004", "Dan Kim")


@pytest.mark.usefixtures("older_world")
def test_the_older_world_is_kept_as_it_is(run: Run) -> None:
    with open(SAMPLE_DATA / "older_world.jsonl", encoding="utf-8") as lines:
        older = [json.loads(line) for line in lines]
    stored = run("events", "--raw", "--json", "--from-position", "2").out
    events = [json.loads(line) for line in stored.splitlines()]
    for event, before in zip(events, older, strict=True):
        assert event["schema_version"] == 1
        for field in ("aggregate_id", "event_type", "version", "data"):
            assert event[field] == before[field]
        assert event["effective_at"] == before["timestamp"] + "Z"
        assert event["metadata"]["imported"]["event_id"] == before["event_id"]
        assert event["event_id"] != before["event_id"]
        assert (event["text"], event["salt"]) == (None, None)


@pytest.mark.usefixtures("older_world")
def test_the_older_world_is_shown_as_events_are_today(run: Run) -> None:
    found = run("events", "--json", "--from-position", "2").out.splitlines()
    for event in map(json.loads, found):
        assert event["schema_version"] == {"AccountOpened": 5, "AccountClosed": 2}.get(
            event["event_type"], 3
        )
        if "amount" in event["data"]:
            assert re.fullmatch(r"[0-9]+\.[0-9]{2}", event["data"]["amount"])


@pytest.mark.usefixtures("older_world")
def test_the_older_world_can_be_asked_and_go_on(run: Run) -> None:
    found = run("history", "acc-003", "--as-of", "2024-03-01", "--json").json
    assert found["state"]["owner"] == "Céline Dupré"
    assert 0 < len(found["entries"]) == found["state"]["version"]
    assert found["entries"][-1]["effective_at"] < "2024-03-02"
    assert run("deposit", "acc-003", "9.02").status == 0
    assert run("balance", "acc-003").out == "500.00\n"


@pytest.mark.usefixtures("older_world")
def test_the_older_world_is_imported_only_once(run: Run) -> None:
    again = run("import-events", str(SAMPLE_DATA / "older_world.jsonl"), "--json")
    assert (again.status, again.out) == (3, "")
    assert again.error["code"] == "import_refused"
    assert run("events", "--json").out.count("\n") == 201


# ── the generator ───────────────────────────────────────────────────────────────────────────────


def test_the_generator_makes_the_same_bytes_again(tmp_path: Path) -> None:
    shutil.copy(SAMPLE_DATA / "make_sample_data.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "make_sample_data.py"],
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=True,
    )
    receipts = sorted(path.relative_to(SAMPLE_DATA) for path in SAMPLE_DATA.glob("receipts/*"))
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.glob("receipts/*")) == receipts
    for name in (Path("club_year.jsonl"), Path("older_world.jsonl"), *receipts):
        assert (tmp_path / name).read_bytes() == (SAMPLE_DATA / name).read_bytes()
    for account, (amount, currency) in CLUB.items():
        assert f"{account:<14} {amount} {currency}\n" in done.stdout.decode()
