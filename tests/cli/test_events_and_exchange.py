"""Reading the log, and carrying it whole to another ledger and back."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from tests.support.fork_server import ForkServer
from tests.support.program import SAMPLE_DATA, Outcome, Run, environment
from tests.support.servers.books import copied


def positions(outcome: Outcome) -> list[int]:
    assert outcome.status == 0
    return [json.loads(line)["position"] for line in outcome.out.splitlines()]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("", list(range(1, 13))),
        ("--from-position 9", [9, 10, 11, 12]),
        ("--from-position 13", []),
        ("--limit 2", [1, 2]),
        ("--limit 0", []),
        ("--limit 99", list(range(1, 13))),
        ("--from-position 4 --limit 3", [4, 5, 6]),
        ("--account acc-001", [2, 6, 7, 8, 10]),
        ("--account acc-001 --from-position 7", [7, 8, 10]),
        ("--account acc-001 --from-position 7 --limit 1", [7]),
    ],
)
def test_the_log_can_be_narrowed_down(
    run: Run, small_books: Path, wanted: str, expected: list[int]
) -> None:
    assert positions(run("events", "--json", *wanted.split())) == expected


def test_there_is_no_hidden_limit(run: Run, club: Path) -> None:
    assert positions(run("events", "--json")) == list(range(1, 2041))
    assert run("events").out.count("\n") == 2040
    assert run("history", "dues:2025").out.count("\n") == 719


# ── the data of an event ────────────────────────────────────────────────────────────────────────


CLOSED = "2024-03-31T23:59:59.999999Z"

SHOWN = [
    ("TimeZoneChanged", {"time_zone": "Asia/Tokyo", "from": "2099-03-01T00:00:00.000000Z"}),
    ("AccountOpened", {"overdraft_limit": "unlimited", "initial_balance": "5.00"}),
    ("AccountAmended", {"overdraft_limit": "7.50"}),
    ("AccountAmended", {"overdraft_limit": "unlimited"}),
    ("AccountAmended", {"overdraft_limit": None, "owner": "Ben"}),
    ("OpeningAmended", {"opened_at": "1968-05-01T00:00:00.000000Z"}),
    ("OpeningAmended", {"overdraft_limit": "unlimited", "initial_balance": "5.00"}),
    ("BalanceConfirmed", {"balance": "5.00", "until": CLOSED}),
    ("PeriodLocked", {"until": CLOSED}),
    ("PeriodUnlocked", {"until": "2023-12-31T23:59:59.999999Z"}),
    ("PeriodUnlocked", {"until": None}),
]


@pytest.fixture(scope="module")
def _of_every_kind(tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer) -> Path:
    path = tmp_path_factory.mktemp("every") / "books.db"
    env = environment(path.parent, path)
    for words in (
        "book create --time-zone UTC",
        "open cash --owner Ana --initial-balance 5 --overdraft unlimited --at 2024-01-01",
        "amend cash --overdraft 7.50",
        "amend cash --overdraft unlimited",
        "amend cash --owner Ben",
        "amend cash --opened-at 1968-05-01",
        "confirm cash 5 --as-of 2024-03",
        "lock 2024-03 --yes",
        "unlock 2023-12 --reason late --yes",
        "unlock --reason later --yes",
        "book time-zone Asia/Tokyo --from 2099-03-01",
    ):
        assert fork_server.run(*words.split(), cwd=path.parent, env=env).status == 0
    return path


@pytest.fixture
def of_every_kind(_of_every_kind: Path, books: Path) -> None:
    """Events with times and limits in their data."""
    copied(_of_every_kind, books)


@pytest.mark.usefixtures("of_every_kind")
@pytest.mark.parametrize(("event_type", "fields"), SHOWN)
def test_times_are_iso_and_a_limit_that_is_none_says_so(
    run: Run, event_type: str, fields: dict[str, str | None]
) -> None:
    shown = [json.loads(line) for line in run("events", "--json").out.splitlines()]
    found = [each["data"] for each in shown if each["event_type"] == event_type]
    assert any(data.items() >= fields.items() for data in found), found
    for line in csv.DictReader(io.StringIO(run("events", "--format", "csv").out)):
        assert json.loads(line["data"]) == shown[int(line["position"]) - 1]["data"]


@pytest.mark.usefixtures("of_every_kind")
def test_raw_events_hold_microseconds_and_minor_units(run: Run) -> None:
    raw = [json.loads(line) for line in run("events", "--raw", "--json").out.splitlines()]
    data = [each["data"] for each in raw]
    assert {"until": 1711929599999999} in data
    assert {"overdraft_limit": 2**63 - 1} in data


# ── there and back ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def copy(tmp_path: Path) -> dict[str, str]:
    """The environment of another ledger, which does not exist yet."""
    return {"LEDGER_DB": str(tmp_path / "copy.db")}


def test_an_export_makes_the_same_ledger_again(
    run: Run, small_books: Path, copy: dict[str, str]
) -> None:
    keyed = ("deposit", "acc-001", "5.00", "-m", "Zoë", "--idempotency-key", "k-1")
    assert run(*keyed).status == 0
    exported = run("export-events", "books.jsonl")
    assert (exported.status, exported.out) == (0, "")
    assert exported.err == "13 events written to books.jsonl\n"

    imported = run("import-events", "books.jsonl", "--json", env=copy)
    assert imported.status == 0
    last = json.loads(run("events", "--json", "--from-position", "13").out)
    assert imported.json["head"] == f"13:{last['hash'][:16]}"
    assert (imported.json["source"], imported.json["events"]) == ("ledger-events", 13)
    assert imported.json["rounded"] == 0

    for question in ("events", "accounts", "balance"):
        assert run(question, "--json", env=copy).out == run(question, "--json").out
    history = ("history", "acc-001", "--as-of", "2024-03-08", "--known-at", "2024-03-09", "--json")
    assert run(*history, env=copy).out == run(*history).out
    assert run("replay", "acc-001", "--json", env=copy).json["agrees"] is True
    assert run("export-events", env=copy).out == (small_books.parent / "books.jsonl").read_text()

    again = run(*keyed, "--json", env=copy)
    assert again.json == run(*keyed, "--json").json
    assert again.json["replayed"] is True
    assert positions(run("events", "--json", env=copy))[-1] == 13


def test_a_key_is_still_refused_for_another_command_after_the_journey(
    run: Run, small_books: Path, copy: dict[str, str]
) -> None:
    assert run("deposit", "acc-001", "5.00", "--idempotency-key", "k-1").status == 0
    lines = run("export-events").out
    assert run("import-events", "-", stdin=lines, env=copy).status == 0
    other = ("deposit", "acc-001", "6.00", "--idempotency-key", "k-1", "--json")
    refused = run(*other, env=copy)
    assert refused.status == 3
    assert refused.error["details"]["fields"] == ["amount"]


def test_an_own_export_makes_its_book_and_not_a_second_one(
    run: Run, small_books: Path, copy: dict[str, str]
) -> None:
    exported = run("export-events").out
    assert run("import-events", "-", stdin=exported, env=copy).status == 0
    kinds = [
        json.loads(line)["event_type"]
        for line in run("events", "--json", env=copy).out.splitlines()
    ]
    assert kinds.count("BookCreated") == 1
    for path in (copy["LEDGER_DB"], str(small_books)):  # it holds events already
        again = run("import-events", "-", "--db", path, stdin=exported)
        assert (again.status, again.out) == (3, "")
    assert run("export-events", env=copy).out == exported
    assert run("verify", env=copy).status == 0


def test_a_log_of_the_older_world_makes_a_book_where_there_is_none_and_is_appended_where_one_is(
    run: Run, small_books: Path, copy: dict[str, str], tmp_path: Path
) -> None:
    log = (SAMPLE_DATA / "older_world.jsonl").read_text("utf-8")
    one = log.replace("acc-", "old-")
    assert run("import-events", "-", stdin=one, env=copy).status == 0
    assert positions(run("events", "--json", env=copy)) == list(range(1, 202))
    first = json.loads(run("events", "--json", "--limit", "1", env=copy).out)
    assert (first["event_type"], first["version"]) == ("BookCreated", 1)
    assert run("import-events", "-", stdin=one).status == 0
    assert positions(run("events", "--json")) == list(range(1, 213))
    assert run("verify").status == 0


def test_a_whole_year_survives_the_journey(run: Run, club: Path, copy: dict[str, str]) -> None:
    exported = run("export-events")
    assert run("import-events", "-", stdin=exported.out, env=copy).status == 0
    assert run("export-events", env=copy).out == exported.out
    assert run("accounts", env=copy).out == run("accounts").out
    # Snapshots and projections were made again, and agree.
    assert run("replay", "dues:2025", "--json", env=copy).json["snapshot_version"] == 719
    assert [row["lag"] for row in run("projections", "--json", env=copy).json] == [0, 0]


def test_an_import_may_leave_the_projections_for_later(
    run: Run, small_books: Path, copy: dict[str, str]
) -> None:
    lines = run("export-events").out
    imported = run("import-events", "-", "--defer-projections", stdin=lines, env=copy)
    assert imported.status == 0
    behind = run("accounts", env=copy)
    assert (behind.status, behind.out) == (0, "")
    assert "note: 12 changes are not included yet" in behind.err
    assert "ledger projections --catch-up" in behind.err
    assert run("balance", "acc-001", env=copy).out == "124.75\n"
    found = run("replay", "acc-001", "--json", env=copy).json
    assert (found["projection"], found["projection_lag"], found["agrees"]) == (None, 12, True)
    assert "12 events behind" in run("replay", "acc-001", "--format", "table", env=copy).out
    assert run("projections", "--catch-up", env=copy).status == 0
    assert run("accounts", env=copy).out == run("accounts").out


def test_an_export_to_stdout_is_the_one_to_a_file(run: Run, small_books: Path) -> None:
    assert run("export-events", "books.jsonl").status == 0
    to_file = (small_books.parent / "books.jsonl").read_text()
    assert run("export-events").out == to_file
    assert run("export-events", "-").out == to_file


def test_an_export_can_be_compressed_on_the_way(
    environ: dict[str, str], run: Run, small_books: Path
) -> None:
    script = "ledger export-events | gzip | gunzip | ledger import-events - --db copy.db"
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        env=environ,
        cwd=small_books.parent,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b"12 events of 5 accounts imported" in done.stderr
    assert run("accounts", "--db", "copy.db").out == run("accounts").out


def test_no_file_is_overwritten_unless_force_is_given(run: Run, small_books: Path) -> None:
    kept = small_books.parent / "kept.jsonl"
    kept.write_text("something dear\n")
    refused = run("export-events", "kept.jsonl", "--json")
    assert (refused.status, refused.error["code"]) == (2, "invalid_option")
    assert "--force" in refused.error["hint"]
    assert kept.read_text() == "something dear\n"

    assert run("export-events", "kept.jsonl", "--force").status == 0
    assert kept.read_text() == run("export-events").out


def test_an_export_leaves_nothing_else_behind(run: Run, small_books: Path) -> None:
    assert run("export-events", "books.jsonl").status == 0
    assert {path.name for path in small_books.parent.iterdir()} == {"books.db", "books.jsonl"}


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("name", ["", "no/such/folder", "books.db/x", "n" * 300])
def test_an_export_to_what_no_file_can_be_called_is_refused(run: Run, name: str) -> None:
    outcome = run("export-events", name, "--json")
    assert outcome.status == 2
    assert outcome.error["code"] == "invalid_option"
    assert repr(name) in outcome.error["message"]
