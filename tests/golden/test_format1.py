"""What version 0.1 wrote can be migrated, and is answered as 0.1 answered; see format1/README.md.

Only the command line is used, and nothing is compared that is a matter of wording. An answer may
say more than it did, never anything else but what `TodaysAnswers` lists.
"""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.app import SECTIONS
from tests.golden.comparing import differences
from tests.golden.format1.asking import Question, ask, run
from tests.golden.format1.todays_answers import (
    BOOK_EVENTS,
    TodaysAnswers,
    is_about_snapshots,
    todays_question,
)

FORMAT1 = Path(__file__).parent / "format1"

QUESTIONS: list[Question] = json.loads((FORMAT1 / "answers.json").read_text("utf-8"))
GROUPS = list(dict.fromkeys(question["group"] for question in QUESTIONS))

VERIFY: Question = {"group": "", "argv": ["verify", "--workers", "1"]}

WAYS = ["books.db", "books.db --lift", "books.jsonl", "books.jsonl --lift"]
"""The first is asked everything, the others a fifth of it each, which saves half a minute."""


class Migrated:
    """A ledger of 0.1 after a migration, and what it is to answer.

    0.1 read bare dates where the reader was, and a book keeps one zone: there is one ledger for
    each zone in which questions were asked.
    """

    def __init__(self, folder: Path, way: str) -> None:
        source, *options = way.split()
        self.questions = QUESTIONS if way == WAYS[0] else QUESTIONS[WAYS.index(way) - 1 :: 5]
        self.books: dict[str, Path] = {}
        self.answers: dict[str, TodaysAnswers] = {}
        for zone in ("UTC", "Europe/Berlin"):
            path = folder / f"{zone.replace('/', '-')}.db"
            arguments = [str(FORMAT1 / source), str(path), "--time-zone", zone, *options]
            status, out, err = run(None, ["migrate", "--json", *arguments])
            assert status == 0, err
            self.answers[zone] = TodaysAnswers(exported(path), lifted="--lift" in options)
            assert json.loads(out)["head"] == self.answers[zone].head
            self.books[zone] = path


@pytest.fixture(scope="module", params=WAYS)
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Migrated:
    """Asked and never changed."""
    return Migrated(tmp_path_factory.mktemp("migrated"), request.param)


def exported(books: Path) -> list[bytes]:
    status, out, err = run(books, ["export-events"])
    assert status == 0, err
    return out.splitlines()


def without_entries(answer: Any) -> Any:
    """An answer without the projection that 0.1 did not have, which questions make."""
    if isinstance(answer, list):
        return [each for each in answer if each.get("name") != "account_entries"]
    return answer


@pytest.mark.parametrize("group", GROUPS)
def test_a_question_is_answered_as_it_was(migrated: Migrated, group: str) -> None:
    wrong = []
    for question in migrated.questions:
        if question["group"] != group or is_about_snapshots(question):
            continue
        zone = question.get("tz", "UTC")
        answer = without_entries(ask(migrated.books[zone], todays_question(question)))
        found = list(differences(migrated.answers[zone].of(question), answer))
        if found:
            wrong.append((question["argv"], zone, found))
    assert not wrong, f"{len(wrong)} answers differ; the first: {wrong[:3]}"
    for zone, path in migrated.books.items():
        _, out, _ = run(path, ["head"])
        assert out.decode().strip() == migrated.answers[zone].head, "a question has changed the log"


def test_it_is_clean(migrated: Migrated) -> None:
    for path in migrated.books.values():
        found = ask(path, VERIFY)
        assert found["clean"], found
        assert (found["events"], found["accounts"]) == (127 + BOOK_EVENTS, 17)


def test_damages_of_the_log_are_found_where_they_were(tmp_path: Path) -> None:
    """The other damages of the golden file are of what is made from the log, and made anew."""
    destination = tmp_path / "new.db"
    kept = json.loads((FORMAT1 / "damaged.findings.json").read_text("utf-8"))
    status, out, err = run(
        None, ["migrate", "--json", str(FORMAT1 / "damaged.db"), str(destination)]
    )
    error = json.loads(err)["error"]
    assert (status, error["code"]) == (kept["exit"], kept["code"])
    assert error["details"]["findings"] == 1

    def of_the_log(answer: Any) -> list[tuple[str, int, str, str, str]]:
        return [
            (each["check"], each["position"], each["account_id"], each["expected"], each["found"])
            for each in answer["findings"]
            if each["check"] not in ("idempotency", "snapshot", "medium", "projection")
        ]

    found = json.loads(out)
    assert len(found["findings"]) == 1
    assert of_the_log(found) == of_the_log(kept["shown"])
    assert list(tmp_path.iterdir()) == []


ARGUMENTS = {
    "open": ["new", "--owner", "X"],
    "close": ["shut"],
    "deposit": ["acc-002", "1"],
    "withdraw": ["acc-002", "1"],
    "transfer": ["acc-002", "shut", "1"],
    "batch": ["-"],
    "import": ["-", "--account", "acc-002"],
    "history": ["acc-002"],
    "statement": ["acc-002"],
    "replay": ["acc-002"],
    "backup": ["backup.db"],
    "snapshot": ["--all"],
    "erase": ["acc-002", "--reason", "asked to", "--yes"],
    "import-events": [str(FORMAT1 / "books.jsonl")],
    "amend": ["acc-002", "--owner", "X"],
    "reopen": ["shut"],
    "reverse": ["acc-002", "2"],
    "correct": ["acc-002", "2", "--amount", "1"],
    "amend-entry": ["acc-002", "2", "-m", "rent"],
    "confirm": ["acc-002", "1"],
    "lock": ["2024-01-31"],
    "unlock": ["--reason", "a mistake was found"],
    "sql": ["SELECT 1"],
    "archive": ["put-away"],
    "export": ["books.csv"],
    "publish": ["file:log.jsonl"],
}
"""What a command cannot be typed without."""


@pytest.mark.parametrize(
    "command",
    [
        name
        for commands in SECTIONS.values()
        for name in commands
        if name not in ("migrate", "help")
    ],
)
def test_every_other_command_refuses_a_file_of_format_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    books = Path(shutil.copyfile(FORMAT1 / "books.db", tmp_path / "books.db"))
    question: Question = {"group": "", "argv": [command, *ARGUMENTS.get(command, [])]}
    answer = ask(books, {**question, "stdin": '{"command": "deposit"}\n'})
    assert (answer["exit"], answer["code"]) == (2, "older_format")
    assert books.read_bytes() == (FORMAT1 / "books.db").read_bytes()
    assert list(tmp_path.iterdir()) == [books]


@pytest.mark.parametrize("name", ["books.db", "books.jsonl"])
def test_what_to_type_is_said_and_works_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(FORMAT1 / name, tmp_path / name)
    argv = ["import-events", name] if name.endswith("jsonl") else ["balance"]
    database = Path("new.db" if name.endswith("jsonl") else name)
    _, _, err = run(database, argv)
    program, *typed = shlex.split(err.splitlines()[-1].rpartition(": ")[2])
    assert (program, typed[0]) == ("ledger", "migrate")
    status, _, err = run(None, typed)
    assert status == 0, err
    assert ask(tmp_path / typed[-1], VERIFY)["clean"]


def test_its_export_is_not_imported(tmp_path: Path) -> None:
    books = tmp_path / "books.db"
    answer = ask(books, {"group": "", "argv": ["import-events", str(FORMAT1 / "books.jsonl")]})
    assert (answer["exit"], answer["code"]) == (2, "older_format")
    assert list(tmp_path.iterdir()) == []


def test_the_questions_are_all_there() -> None:
    """A golden file that was cut short would agree with anything."""
    commands = {question["argv"][0] for question in QUESTIONS}
    assert commands >= {"balance", "history", "statement", "accounts", "replay", "events", "verify"}
    assert len(QUESTIONS) == 1198
    assert sum(map(is_about_snapshots, QUESTIONS)) <= 12
