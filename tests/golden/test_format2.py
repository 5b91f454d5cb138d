"""A file and an export of format 2 with every kind of event are answered as ever.

An answer may say more than when the files were made, and never anything else. The exports of the
file and of what is made from its export are the bytes that were kept.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ledger.domain.book_events import BookEvent
from ledger.domain.events import AccountEvent
from tests.golden.comparing import differences
from tests.golden.format1.asking import Question, ask, run

FORMAT2 = Path(__file__).parent / "format2"
EXPORT = FORMAT2 / "books.jsonl"
QUESTIONS: list[Question] = json.loads((FORMAT2 / "answers.json").read_text("utf-8"))
GROUPS = list(dict.fromkeys(question["group"] for question in QUESTIONS))

ABOUT_THE_FILE = ("snapshots", "projections")
"""What is not asked about the log, so that another file may have it otherwise."""
OF_THE_FILE = ("path", "absolute_path", "size", "snapshots", "snapshot", "snapshot_version")
"""Fields of which the same is true."""
WRITTEN_ELSEWHERE = {"ClockCorrectionWithdrawn", "LedgerMigrated", "LogArchived"}
"""Types of events that only a migration or an archive writes, or a clock that was right at last."""


@pytest.fixture(scope="module", params=["books.db", "books.jsonl"])
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden file, or what is made from the export; asked and never changed.

    What is made from the log may be of an earlier version, and then has to be made again.
    """
    path = tmp_path_factory.mktemp("format2") / "books.db"
    made = [["import-events", str(EXPORT)]]
    if request.param == "books.db":
        shutil.copyfile(FORMAT2 / "books.db", path)
        made = [["doctor", "--repair"], ["rebuild-projections"]]  # it has no views for SQL yet
    for command in made:
        status, _, err = run(path, command)
        assert status == 0, err
    return path


@pytest.mark.parametrize("group", GROUPS)
def test_a_question_is_answered_as_it_was(books: Path, group: str) -> None:
    wrong = []
    for question in QUESTIONS:
        if question["group"] != group or question["argv"][0] in ABOUT_THE_FILE:
            continue
        kept, answer = question["answer"], ask(books, question)
        if isinstance(kept, dict):
            kept = {field: value for field, value in kept.items() if field not in OF_THE_FILE}
        found = list(differences(kept, answer))
        if found:
            wrong.append((question["argv"], found))
    assert not wrong, f"{len(wrong)} answers differ; the first: {wrong[:3]}"


def test_the_log_is_exported_as_it_was(books: Path) -> None:
    status, out, _ = run(books, ["export-events"])
    assert (status, out) == (0, EXPORT.read_bytes())


def test_every_type_of_event_is_there() -> None:
    kept = {json.loads(line).get("event_type") for line in EXPORT.read_bytes().splitlines()}
    types = {each.__name__ for each in (*AccountEvent.__args__, *BookEvent.__args__)}
    assert types - kept == WRITTEN_ELSEWHERE
