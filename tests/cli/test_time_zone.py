"""The time zone of the ledger's book: one meaning of a date for everybody who reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fork_server import ForkServer
from tests.support.program import Run, environment
from tests.support.servers.books import copied

READERS = ("UTC", "Asia/Tokyo", "America/New_York", "Mars/Phobos", "EST5EDT")
"""What `TZ` says where the questions are asked."""


@pytest.fixture(scope="module")
def _berlin(tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer) -> Path:
    path = tmp_path_factory.mktemp("berlin") / "books.db"
    here = environment(path.parent, path, TZ="Europe/Berlin")
    for command in (
        ("open", "cash", "--owner", "Ana", "--at", "2024-03-01T10:00"),
        ("deposit", "cash", "1", "--at", "2024-03-01"),
        ("deposit", "cash", "2", "--at", "2024-10-27T02:30:00+02:00"),
        ("deposit", "cash", "4", "--at", "2024-10-27T02:30:00+01:00"),
        ("deposit", "cash", "8", "--at", "2024-12-31T23:59:59.999999"),
        ("deposit", "cash", "16", "--at", "2025-01-01"),
    ):
        done = fork_server.run(*command, cwd=path.parent, env=here)
        assert done.status == 0, done.err
    return path


@pytest.fixture
def berlin(_berlin: Path, books: Path) -> None:
    """A ledger made in Berlin, with entries around the end of a year and of summer time."""
    copied(_berlin, books)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    "question",
    [
        "balance cash --as-of 2024-12-31",
        "balance cash --as-of 2024-12",
        "history cash --as-of 2024-10-27",
        "history cash --format csv",
        "history cash --format table",
        "statement cash --from 2025-01 --to 2025-01-31 --format csv",
        "statement cash --from 2024-12 --format table",
        "statement cash --to 20241231 --json",
        "accounts",
        "accounts --format table",
        "balance --as-of 2024-03-01 --format csv",
    ],
)
def test_the_same_question_has_one_answer_everywhere(run: Run, question: str) -> None:
    answers = {run(*question.split(), env={"TZ": zone}).out for zone in READERS}
    assert len(answers) == 1
    assert answers != {""}


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("until", "amount"),
    [
        ("2024-02-29", None),
        ("2024-03-01", "1.00"),
        ("2024-10-26", "1.00"),
        ("2024-10-27", "7.00"),
        ("2024-12-31", "15.00"),
        ("2024-12", "15.00"),
        ("20250101", "31.00"),
        ("2024-12-31T23:59:59.999998", "7.00"),
        ("2024-12-31T22:59:59.999999Z", "15.00"),
    ],
)
def test_a_date_ends_where_the_book_says(run: Run, until: str, amount: str | None) -> None:
    done = run("balance", "cash", "--as-of", until, env={"TZ": "Asia/Tokyo"})
    assert (done.status, done.out.strip() or None) == ((0 if amount else 4), amount)


@pytest.mark.usefixtures("berlin")
def test_rows_have_the_offset_and_json_is_in_utc(run: Run) -> None:
    rows = [line.split("\t")[5] for line in run("history", "cash").out.splitlines()]
    assert rows == [
        "2024-03-01T10:00:00+01:00",
        "2024-03-01T10:00:00+01:00",  # a bare date on the day of the opening: the opening
        "2024-10-27T02:30:00+02:00",
        "2024-10-27T02:30:00+01:00",
        "2024-12-31T23:59:59.999999+01:00",
        "2025-01-01T00:00:00+01:00",
    ]
    entries = run("history", "cash", "--json").json["entries"]
    assert [entry["effective_at"] for entry in entries[-2:]] == [
        "2024-12-31T22:59:59.999999Z",
        "2024-12-31T23:00:00.000000Z",
    ]


@pytest.mark.usefixtures("berlin")
def test_what_is_shown_can_be_typed(run: Run) -> None:
    for line in run("history", "cash").out.splitlines()[1:]:
        at = line.split("\t")[5]
        assert (
            run("deposit", "cash", "1", "--at", at, "--json").json["events"][0]["effective_at"]
            == (run("balance", "cash", "--as-of", at, "--json").json["as_of"])
        )


@pytest.mark.usefixtures("berlin")
def test_another_zone_to_look_through_is_named(run: Run) -> None:
    plain = run("history", "cash", "--time-zone", "Asia/Tokyo").out.splitlines()
    assert plain[-1].split("\t")[5] == "2025-01-01T08:00:00+09:00"
    by_variable = run("history", "cash", env={"LEDGER_TIME_ZONE": "Asia/Tokyo"}).out.splitlines()
    assert by_variable == plain
    table = run("history", "cash", "--format", "table", "--time-zone", "Asia/Tokyo").out
    assert "2025-01-01 08:00:00" in table
    assert "times are shown in Asia/Tokyo" in table
    own = run("history", "cash", "--format", "table", "--time-zone", "Europe/Berlin").out
    assert own == run("history", "cash", "--format", "table").out


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "../etc/passwd", "europe/berlin", "CET"])
def test_a_zone_that_does_not_exist_is_refused_before_anything_is_done(run: Run, zone: str) -> None:
    done = run("deposit", "cash", "1", "--time-zone", zone)
    if zone == "":
        assert done.status == 0  # as if it were not given
        return
    assert (done.status, done.out) == (2, "")
    assert len(run("history", "cash").out.splitlines()) == 6


@pytest.mark.parametrize("zone", ["Mars/Phobos", "EST5EDT", "<+03>-3"])
def test_a_ledger_is_not_made_in_a_zone_that_nobody_knows(run: Run, zone: str, books: Path) -> None:
    done = run("open", "cash", "--owner", "Ana", env={"TZ": zone})
    assert (done.status, done.out) == (2, "")
    assert zone in done.err
    assert not books.exists()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("31.12.2024", "write it as 2024-12-31"),
        ("03/04/2024", "2024-03-04"),
        ("2024-2-4", "write it as 2024-02-04"),
        ("2024-12", ""),
        ("tomorrow", ""),
        ("2024-02-30", ""),
        ("2024-W05-1", "2024-01-29"),
        ("2024-03-31T02:30", "+01:00 or 2024-03-31T02:30:00+02:00"),
        ("2024-10-27T02:30", "+02:00 or 2024-10-27T02:30:00+01:00"),
    ],
)
def test_a_wrong_form_says_which_is_right(run: Run, at: str, said: str) -> None:
    done = run("deposit", "cash", "1", "--at", at)
    assert done.status == 2
    assert "hint: " in done.err
    assert said in done.err
    assert len(run("history", "cash").out.splitlines()) == 6


@pytest.mark.usefixtures("berlin")
def test_messages_tell_times_in_the_book_s_zone(run: Run) -> None:
    done = run("deposit", "cash", "1", "--at", "2024-02-01", env={"TZ": "Asia/Tokyo"})
    assert done.status == 3
    assert "opened on 2024-03-01T10:00:00+01:00, after 2024-02-01T00:00:00+01:00" in done.err
    found = run("withdraw", "cash", "50", "--at", "2024-12-31", "--json")
    assert "on 2024-12-31T00:00:00+01:00" in found.error["message"]
    assert found.error["details"]["at"] == "2024-12-30T23:00:00.000000Z"


def test_today_and_yesterday(run: Run) -> None:
    run("open", "cash", "--owner", "Ana", "--at", "2024-01-01", env={"TZ": "Pacific/Kiritimati"})
    run("deposit", "cash", "1", "--at", "yesterday")
    run("deposit", "cash", "2", "--at", "today")
    assert run("balance", "cash", "--as-of", "yesterday").out == "1.00\n"
    assert run("balance", "cash", "--as-of", "today").out == "3.00\n"


@pytest.mark.usefixtures("berlin")
def test_a_wrong_zone_is_told_with_where_it_comes_from(run: Run) -> None:
    by_variable = run("history", "cash", env={"LEDGER_TIME_ZONE": "Mars/Phobos"})
    assert by_variable.status == 2
    assert by_variable.err.startswith("error: LEDGER_TIME_ZONE: 'Mars/Phobos' is not a time zone\n")
    by_option = run("--time-zone", "Mars/Phobos", "history", "cash")
    assert by_option.err.startswith("error: 'Mars/Phobos' is not a time zone\n")
