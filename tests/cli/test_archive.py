"""``ledger archive``, and everything that asks for what is in the archive."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import shutil
import sqlite3
from pathlib import Path

import pytest

from ledger.cli.environment import Environment
from ledger.cli.hints import hint_for
from ledger.errors import LockTimeout
from tests.support.fork_server import ForkServer
from tests.support.log_editing import edit_file
from tests.support.program import Run, environment

CLOCK = {"LEDGER_CLOCK": "2025-12-31T09:00:00Z+86400s", "LEDGER_SEED": "7"}
"""Of a test ledger: what is recorded first is of 1 January, and each change is a day later."""


@pytest.fixture
def clock(environ: dict[str, str]) -> None:
    environ |= CLOCK


@pytest.fixture(scope="module")
def _archived(tmp_path_factory: pytest.TempPathFactory, fork_server: ForkServer) -> Path:
    folder = tmp_path_factory.mktemp("archived")
    env = environment(folder, folder / "books.db") | CLOCK
    for line in (
        'open rent-account --owner "Ana Souza" --initial-balance 100',
        "open tea --owner Bo",
        "deposit rent-account 50 -m Paycheck --idempotency-key pay-1",
        "transfer rent-account tea 30 -m Tea --tag category=food",
        "withdraw rent-account 20 -m Rent",
        "archive old --to 2026-01-04 --json",
    ):
        done = fork_server.run(*shlex.split(line), stdin=b"", env=env, cwd=folder)
        assert done.status == 0, done
    (file,) = done.json["files"]
    assert done.json == {
        "folder": str(folder / "old"),
        "files": [file],
        "first_position": 1,
        "to_position": 4,
        "events": 4,
        "size_before": done.json["size_before"],
        "size_after": os.path.getsize(folder / "books.db"),
        "archived_size": os.path.getsize(folder / "old" / file),
        "test": True,
    }
    return folder


@pytest.fixture
def archived(_archived: Path, clock: None, tmp_path: Path) -> Path:
    """A ledger whose first entries are in an archive; gives the folder of that."""
    shutil.copytree(_archived, tmp_path, dirs_exist_ok=True)
    return tmp_path / "old"


QUESTIONS = (
    "history rent-account",
    "history rent-account --as-of 2026-01-03",
    "statement rent-account",
    "statement --all --from 2026-01",
    "events",
    "events --account rent-account",
    "find Paycheck",
    "report --by month",
    "balance --as-of 2026-01-03",
    "balance rent-account --known-at 2026-01-03",
    "replay tea",
    "diff 3",
    "export-events -",
    "rebuild-projections",
    "deposit rent-account 50 -m Paycheck --idempotency-key pay-1",
    "deposit rent-account 1 --at 2026-01-03",
    "reverse rent-account 2",
    "correct rent-account 2 --amount 51",
    "amend-entry rent-account 2 -m Salary",
    "amend rent-account --initial-balance 101",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_needs_the_archive_reads_it_where_it_is_or_is_refused_by_its_name(
    run: Run, archived: Path, question: str
) -> None:
    words = shlex.split(question)
    elsewhere = archived.with_name("elsewhere")
    shutil.move(archived, elsewhere)
    (file,) = [each for each in os.listdir(elsewhere) if each.endswith(".gz")]
    refused = run(*words, "--json")
    assert (refused.status, refused.out) == (4, ""), refused
    error = refused.error
    assert error["code"] == "archive_missing"
    assert error["details"]["segment"] == file
    assert file.partition(".")[0] in error["message"]
    assert "--archive DIR" in error["hint"]
    _, _, hinted = error["hint"].rpartition(": ")
    assert run(*shlex.split(hinted)[1:]).status == 0

    assert run(*words, "--archive", "elsewhere").status == 0, question


def test_the_archive_is_found_by_the_environment(
    run: Run, archived: Path, environ: dict[str, str]
) -> None:
    shutil.move(archived, archived.with_name("elsewhere"))
    environ["LEDGER_ARCHIVE"] = "elsewhere"
    assert run("history", "tea").status == 0
    assert run("history", "tea", "--archive", "old").status == 4


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("balance rent-account", "100.00\n"),
        ("balance rent-account --as-of 2026-01-06", "120.00\n"),
        ("deposit rent-account 5", "rent-account\t105.00\tUSD\t5\n"),
        ("accounts --format csv", None),
        ("snapshot --all", None),
        ("find Tea", None),
        ("confirm rent-account 100.00", None),
        ("lock 2026-01-05", None),
        ("verify", None),
        ("sql 'SELECT account, version, balance FROM entries ORDER BY version'", None),
        ("events --from-position 5", None),
        ("history rent-account --limit 1", None),
        ("open cafe --owner Cy", None),
    ],
)
def test_what_is_about_now_needs_no_archive(
    run: Run, archived: Path, question: str, answer: str | None
) -> None:
    run("find", "Tea")
    shutil.rmtree(archived)
    done = run(*shlex.split(question))
    assert done.status == 0, done
    assert answer is None or done.out == answer
    if question.startswith("deposit"):
        assert run("undo").status == 0


def test_a_doctor_says_which_files_are_missing(run: Run, archived: Path) -> None:
    assert "archive is not" not in run("doctor").err
    (file,) = archived.glob("*.gz")
    shutil.move(archived, archived.with_name("elsewhere"))
    done = run("doctor")
    assert done.status == 0
    assert (
        f"note: the archive is not all in '{archived}': 1 of its files is missing there, "
        f"{file.name} first; bring the folder back, or name the one that has them (--archive DIR)\n"
    ) in done.err
    assert "archive is not" not in run("doctor", "--archive", "elsewhere").err


def test_history_tells_how_many_entries_are_not_archived(run: Run, archived: Path) -> None:
    shutil.rmtree(archived)
    refused = run("history", "tea", "--json")
    _, _, hinted = refused.error["hint"].rpartition(": ")
    assert hinted == "ledger history tea --limit 1 --json"
    assert len(run(*shlex.split(hinted)[1:]).json["entries"]) == 1


@pytest.mark.parametrize(
    ("question", "again"),
    [
        ("history tea --limit 9", "ledger history tea --limit 1"),
        ("events", "ledger events --from-position 5"),
        ("events --account tea --raw", "ledger events --account tea --from-position 5 --raw"),
        ("events --follow --limit 2", "ledger events --from-position 5 --limit 2 --follow"),
    ],
)
@pytest.mark.parametrize("named", ["", " --archive nowhere"])
def test_what_is_not_archived_can_be_asked_for_without_the_folder(
    run: Run, archived: Path, question: str, again: str, named: str
) -> None:
    shutil.rmtree(archived)
    refused = run(*shlex.split(question + named))
    assert refused.status == 4
    assert refused.err.splitlines()[1].rpartition(": ")[2] == again
    assert run(*shlex.split(again)[1:]).out


@pytest.mark.parametrize("named", [(), ("--archive", "nowhere")])
def test_a_confirmed_balance_that_may_be_another_is_told_of_without_the_folder(
    run: Run, archived: Path, tmp_path: Path, named: tuple[str, ...]
) -> None:
    shutil.move(archived, tmp_path / "away")
    for question in (
        "confirm rent-account 120.00 --as-of 2026-01-06",
        "confirm rent-account 120.00 --as-of 2026-01-06",
    ):
        quiet = run(*shlex.split(question), *named)
        assert (quiet.status, "this may have" in quiet.err) == (0, False), quiet
    changed = run("deposit", "rent-account", "1", "--at", "2026-01-06", *named)
    (told,) = [each for each in changed.err.splitlines() if "this may have changed" in each]
    _, _, hinted = told.rpartition(": ")
    assert hinted == "ledger verify --archive DIR"
    seen = run(*shlex.split(hinted.replace("DIR", "away"))[1:])
    assert "the books say now that it held 121.00" in seen.err


@pytest.mark.parametrize("kind", ["packed", "unpacked", "manifest"])
def test_a_file_of_an_archive_is_no_log_to_import(
    run: Run, archived: Path, tmp_path: Path, kind: str
) -> None:
    (file,) = archived.glob("*.json" if kind == "manifest" else "*.gz")
    if kind == "unpacked":
        file = tmp_path / "part.jsonl"
        file.write_bytes(gzip.decompress(next(archived.glob("*.gz")).read_bytes()))
    refused = run("import-events", str(file), "--db", "new.db", "--json")
    assert (refused.status, refused.error["code"]) == (2, "invalid_line")
    assert "archive" in refused.error["message"]
    _, _, hinted = refused.error["hint"].rpartition(": ")
    assert run(*shlex.split(hinted.replace("BOOKS", "books.db"))[1:]).status == 0
    assert run("import-events", "log.jsonl", "--db", "new.db").status == 0


@pytest.mark.parametrize(
    ("damage", "query"),
    [
        ("UPDATE archived_streams SET state = 'xx'", "SELECT * FROM accounts"),
        ("UPDATE events SET data = 'xx' WHERE position = 5", "SELECT * FROM entries"),
    ],
)
def test_a_query_over_what_was_tampered_with_is_damage_and_no_mistake_of_who_asks(
    run: Run, archived: Path, damage: str, query: str
) -> None:
    mistaken = run("sql", "SELECT json_extract('xx', '$.a')", "--json")
    assert (mistaken.status, mistaken.error["code"]) == (2, "invalid_query")
    edit_file(archived.parent / "books.db", damage)
    done = run("sql", query, "--json")
    assert (done.status, done.error["code"]) == (6, "damaged_ledger"), done
    assert "malformed JSON" in done.error["message"]
    assert "doctor" in done.error["hint"]


def test_a_killed_run_is_repeated_and_a_finished_one_has_nothing_left(
    run: Run, archived: Path
) -> None:
    again = run("archive", "old", "--to", "2026-01-04", "--json")
    assert (again.status, again.error["code"]) == (3, "nothing_to_archive")
    later = run("archive", "old", "--to", "2026-01-06", "--json")
    assert (later.json["first_position"], later.json["to_position"]) == (5, 6)
    assert len(os.listdir(archived)) == 4


def test_what_archiving_itself_has_left_is_not_archived_alone(run: Run, archived: Path) -> None:
    assert run("archive", "old", "--to", "today").status == 0
    files = os.listdir(archived)
    for _ in range(2):
        again = run("archive", "old", "--to", "today", "--json")
        assert (again.status, again.error["code"]) == (3, "nothing_to_archive")
        assert "since the last time" in again.error["message"]
    assert os.listdir(archived) == files
    archived.rename(archived.with_name("new"))
    assert run("archive", "new", "--to", "today").status == 0  # where they are now is remembered
    assert run("history", "tea").status == 0
    assert run("archive", "new", "--to", "today").status == 3


def test_the_end_of_a_year_that_is_not_over_is_not_hinted_at(run: Run, archived: Path) -> None:
    for year, again in (("2999", ""), ("2025", "ledger archive old --to 2025-12 --json")):
        hint = run("archive", "old", "--to", year, "--json").error["hint"]
        assert hint.partition("ledger archive")[1:] == again.partition("ledger archive")[1:]


@pytest.mark.parametrize(
    ("to", "again"),
    [
        ("2030-01", "today"),
        ("2026-01", "today"),
        ("2026-01-09", "today"),
        ("2026-01-08T23:59:59", None),
        ("today", None),
    ],
)
def test_a_period_that_is_not_over_is_not_archived(
    run: Run, archived: Path, to: str, again: str | None
) -> None:
    files = os.listdir(archived)
    done = run("archive", "old", "--to", to, "--json")
    if again is None:
        assert done.status == 0
        return
    assert (done.status, done.error["code"]) == (2, "invalid_time")
    assert "has not passed" in done.error["message"]
    assert os.listdir(archived) == files
    _, _, hinted = done.error["hint"].rpartition(": ")
    assert hinted == f"ledger archive old --to {again} --json"
    assert run(*shlex.split(hinted)[1:]).status == 0


def test_a_month_that_is_not_over_is_answered_with_the_last_one_that_is(
    run: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    environ |= CLOCK | {"LEDGER_CLOCK": "2025-12-27T09:00:00Z+86400s"}
    for line in ("open tea --owner Bo", *["deposit tea 1"] * 4):
        assert run(*shlex.split(line)).status == 0
    for typed in (("--to", "2026-01"), ()):
        refused = run("archive", "a club's", *typed, "--json")
        assert (refused.status, refused.error["code"]) == (2, "invalid_time")
        _, _, hinted = refused.error["hint"].rpartition(": ")
        assert hinted == "ledger archive 'a club'\"'\"'s' --to 2025-12 --json"
    assert not (tmp_path / "a club's").exists()
    assert run(*shlex.split(hinted)[1:]).json["to_position"] == 4


def test_a_file_in_the_place_of_the_folder_is_a_mistake_of_who_types(
    run: Run, clock: None, tmp_path: Path
) -> None:
    assert run("open", "tea", "--owner", "Bo").status == 0
    (tmp_path / "taken").write_text("a file")
    for folder in ("taken", "taken/archive"):
        refused = run("archive", folder, "--to", "today", "--json")
        assert (refused.status, refused.error["code"]) == (2, "invalid_option")
        assert "taken' is not a folder" in refused.error["message"]


def test_an_archive_that_is_nowhere_is_missed_where_it_was_looked_for(
    run: Run, archived: Path, tmp_path: Path
) -> None:
    archived.rename(tmp_path / "away")
    (tmp_path / "empty").mkdir()
    refused = run("archive", "new", "--to", "today", "--archive", "empty", "--json")
    assert (refused.status, refused.error["code"]) == (4, "archive_missing")
    assert f"neither in '{tmp_path}/new' nor in '{tmp_path}/empty'" in refused.error["message"]


def test_a_publication_that_could_not_begin_is_not_waited_for(run: Run, archived: Path) -> None:
    shutil.move(archived, archived.with_name("elsewhere"))
    for was_there in (False, True):
        out = archived.with_name("out.jsonl")
        if was_there:
            out.touch()
        refused = run("publish", "file:out.jsonl", "--json")
        assert (refused.status, refused.error["code"]) == (4, "archive_missing")
        assert out.exists() is was_there
    assert run("publications", "--json").json == []
    shutil.move(archived.with_name("elsewhere"), archived)
    assert run("archive", "old", "--to", "2026-01-06").status == 0


@pytest.mark.parametrize("chosen", [0, 1])
@pytest.mark.parametrize("name", ["file:out.jsonl", "the auditor's"])
def test_what_is_to_be_published_first_is_told_with_commands_that_work(
    run: Run, archived: Path, tmp_path: Path, name: str, chosen: int
) -> None:
    target = f"file:{tmp_path}/out.jsonl"
    name = target if name.startswith("file:") else name
    assert run("publish", target, "--name", name, "--after", "4").status == 0
    with sqlite3.connect(tmp_path / "books.db") as books:
        (digest,) = books.execute("SELECT hash FROM archive").fetchone()
        books.execute("UPDATE publications SET position = 4, hash = ?", (digest,))
    refused = run("archive", "old", "--to", "2026-01-06", "--json")
    assert (refused.status, refused.error["code"]) == (3, "nothing_to_archive")
    hinted = [each.partition(": ")[2] for each in refused.error["hint"].split("; ")]
    assert [shlex.split(each)[1] for each in hinted] == ["publish", "publications"]
    assert run(*shlex.split(hinted[chosen])[1:]).status == 0
    assert run("archive", "old", "--to", "2026-01-06").status == 0


def test_the_archive_stays_in_one_folder(run: Run, archived: Path, tmp_path: Path) -> None:
    refused = run("archive", "new", "--to", "2026-01-05", "--json")
    assert (refused.status, refused.error["code"]) == (2, "invalid_option"), refused
    assert not (tmp_path / "new").exists()
    _, _, hinted = refused.error["hint"].rpartition(": ")
    assert run(*shlex.split(hinted)[1:]).json["folder"] == str(archived)

    archived.rename(tmp_path / "new")
    gone = run("archive", "old", "--to", "today", "--json")
    assert (gone.status, gone.error["code"]) == (4, "archive_missing")
    assert not archived.exists()
    there = run("archive", "old", "--to", "today", "--archive", "new", "--json")
    assert (there.status, there.error["code"]) == (2, "invalid_option")
    _, _, hinted = there.error["hint"].rpartition(": ")
    assert run(*shlex.split(hinted)[1:]).json["folder"] == str(tmp_path / "new")
    assert {each["folder"] for each in run("book", "--json").json["archive"]} == {
        str(tmp_path / "new")
    }
    assert run("history", "tea").status == 0


def test_files_of_an_archive_that_were_changed_are_not_joined(
    run: Run, archived: Path, tmp_path: Path
) -> None:
    archived.rename(tmp_path / "new")
    (file,) = (tmp_path / "new").glob("*.gz")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    refused = run("archive", "new", "--to", "2026-01-06", "--json")
    assert (refused.status, refused.error["code"]) == (6, "damaged_archive")


def test_a_check_tells_how_to_check_the_archive_too(
    run: Run, archived: Path, tmp_path: Path
) -> None:
    (told,) = [each for each in run("verify").err.splitlines() if "to check the archive" in each]
    _, _, hinted = told.rpartition(": ")
    checked = run(*shlex.split(hinted)[1:], "--json")
    assert (checked.status, checked.json["archive_checked"]) == (0, True)
    archived.rename(tmp_path / "new")
    assert "name the folder that has all of it (--archive DIR)" in run("verify").err


def test_a_folder_is_made_with_those_that_it_is_in(run: Run, clock: None, tmp_path: Path) -> None:
    assert run("open", "tea", "--owner", "Bo").status == 0
    assert run("archive", "club/older/books", "--to", "2026-01-02").status == 0
    assert len(os.listdir(tmp_path / "club" / "older" / "books")) == 2


@pytest.mark.parametrize(
    ("to", "what"), [("2025-06-30", "nothing was"), ("2026-01-04", "all that")]
)
def test_what_counts_is_when_entries_were_recorded(
    run: Run, archived: Path, to: str, what: str
) -> None:
    refused = run("archive", "old", "--to", to, "--json").error
    assert refused["message"].startswith(f"{what}")
    assert "when entries were recorded, not their dates" in refused["hint"]
    assert "the last change was recorded on 2026-01-08T09:00:00" in refused["hint"]


def test_who_archives_at_the_same_time_as_another_is_told_to_repeat_it() -> None:
    error = LockTimeout("another process has archived", advice="repeat it", archived_to=7)
    assert hint_for(Environment(), error) == "repeat it"


def test_a_person_is_told_what_was_done(run: Run, clock: None, tmp_path: Path) -> None:
    assert run("open", "tea", "--owner", "Bo").status == 0
    assert run("lock", "2026-01-02").status == 0
    done = run("archive", "old", "--format", "table")
    assert done.status == 0, done
    first, second = done.out.splitlines()
    assert first == f"2 changes archived in 1 file of {tmp_path}/old, and checked"
    assert second.startswith(f"{tmp_path}/books.db had ")
    (manifest,) = (each for each in os.listdir(tmp_path / "old") if each.endswith(".json"))
    assert json.loads((tmp_path / "old" / manifest).read_text())["last_position"] == 2


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("archive old", 2, "invalid_time"),
        ("archive old --to 2025-12", 3, "nothing_to_archive"),
        ("archive old --to yesteryear", 2, "invalid_time"),
        ("archive '' --to 2026-01", 2, "invalid_option"),
        ("archive", 2, "invalid_usage"),
        ("archive books.db --to today", 2, "invalid_option"),
    ],
)
def test_what_cannot_be_archived_is_refused(
    run: Run, clock: None, words: str, status: int, code: str
) -> None:
    assert run("open", "tea", "--owner", "Bo").status == 0
    done = run(*shlex.split(words), "--json")
    assert (done.status, done.error["code"]) == (status, code)
