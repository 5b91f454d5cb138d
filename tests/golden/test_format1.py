"""What version 0.1 wrote can be read, and is answered as 0.1 answered; see format1/README.md.

Only the command line is used, and nothing is compared that is a matter of wording. An answer may
say more than it did, never anything else.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.format1.asking import Question, ask, run

FORMAT1 = Path(__file__).parent / "format1"
EXPORT = FORMAT1 / "books.jsonl"

QUESTIONS: list[Question] = json.loads((FORMAT1 / "answers.json").read_text("utf-8"))
GROUPS = list(dict.fromkeys(question["group"] for question in QUESTIONS))

WORDING = frozenset({"message", "hint", "details", "notes", "expected", "found"})

VERIFY: Question = {"group": "", "argv": ["verify", "--workers", "1"]}


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """The ledger of 0.1, to be asked and changed."""
    return Path(shutil.copyfile(FORMAT1 / "books.db", tmp_path / "books.db"))


@pytest.fixture
def imported(tmp_path: Path) -> Path:
    """A ledger made from the export of 0.1's."""
    path = tmp_path / "imported.db"
    status, out, err = run(path, ["import-events", "--json", str(EXPORT)])
    assert status == 0, err
    header = json.loads(EXPORT.read_bytes().splitlines()[0])
    assert json.loads(out)["head"] == {"position": header["events"], "hash": header["head"]}
    return path


def exported(books: Path) -> bytes:
    status, out, err = run(books, ["export-events"])
    assert status == 0, err
    return out


def differences(kept: Any, now: Any, where: str = "answer") -> Iterator[str]:
    """What a kept answer says that is said otherwise today, or not at all."""
    if isinstance(kept, dict) and isinstance(now, dict):
        for field in kept.keys() - WORDING:
            if field in now:
                yield from differences(kept[field], now[field], f"{where}.{field}")
            else:
                yield f"{where}.{field} is gone"
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for number, (before, after) in enumerate(zip(kept, now, strict=True)):
            yield from differences(before, after, f"{where}[{number}]")
    elif kept != now or type(kept) is not type(now):
        yield f"{where} was {kept!r} and is {now!r}"


def check(books: Path, questions: list[Question]) -> None:
    before = exported(books)
    wrong = []
    for question in questions:
        found = list(differences(question["answer"], ask(books, question)))
        if found:
            wrong.append((question["argv"], question.get("tz", "UTC"), found))
    assert not wrong, f"{len(wrong)} of {len(questions)} answers differ; the first: {wrong[:3]}"
    assert exported(books) == before, "a question has changed the log"


@pytest.mark.parametrize("group", GROUPS)
def test_a_question_is_answered_as_it_was(books: Path, group: str) -> None:
    check(books, [question for question in QUESTIONS if question["group"] == group])


# Snapshots and the file are made anew by an import; the rest has to be the same.
@pytest.mark.parametrize("group", ["all accounts", "Berlin", "repeated keys", "refusals"])
def test_a_question_is_answered_so_after_an_import_too(imported: Path, group: str) -> None:
    check(
        imported,
        [
            question
            for question in QUESTIONS
            if question["group"] == group and question["argv"][0] not in ("snapshots", "verify")
        ],
    )


def test_the_export_is_the_same_byte_for_byte(books: Path, imported: Path) -> None:
    assert exported(books) == EXPORT.read_bytes()
    assert exported(imported) == EXPORT.read_bytes()


def test_it_is_clean(books: Path, imported: Path) -> None:
    for path in (books, imported):
        found = ask(path, VERIFY)
        assert found["clean"], found


def test_damages_are_found_where_they_were(tmp_path: Path) -> None:
    damaged = Path(shutil.copyfile(FORMAT1 / "damaged.db", tmp_path / "damaged.db"))
    kept = json.loads((FORMAT1 / "damaged.findings.json").read_text("utf-8"))
    now = ask(damaged, VERIFY)

    def places(answer: Any) -> list[tuple[str, str, str]]:
        return sorted(
            (finding["check"], str(finding["position"]), str(finding["account_id"]))
            for finding in answer["shown"]["findings"]
        )

    assert places(now) == places(kept)
    assert (now["exit"], now["code"]) == (kept["exit"], kept["code"])


def test_the_questions_are_all_there() -> None:
    """A golden file that was cut short would agree with anything."""
    commands = {question["argv"][0] for question in QUESTIONS}
    assert commands >= {"balance", "history", "statement", "accounts", "replay", "events", "verify"}
    assert len(QUESTIONS) == 1198
