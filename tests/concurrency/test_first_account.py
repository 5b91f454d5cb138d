"""Several people begin at once, where there is no ledger yet: they end up with one."""

from __future__ import annotations

import json
from pathlib import Path

from ledger import Ledger
from tests.support.concurrency.background_command import ended, start

PEOPLE = 4


def test_whoever_opens_a_first_account_at_the_same_time_gets_it(tmp_path: Path) -> None:
    books = tmp_path / "books.db"
    processes = [
        start(books, "open", f"acc-{number}", "--owner", "Ana", "--json", timeout="60")
        for number in range(PEOPLE)
    ]
    answers = [ended(process) for process in processes]
    assert [(status, err) for status, _, err in answers] == [(0, b"")] * PEOPLE
    positions = sorted(json.loads(out)["events"][0]["position"] for _, out, _ in answers)
    assert positions == list(range(1, PEOPLE + 1))
    with Ledger.open(books, create=False) as ledger:
        assert ledger.account_ids() == [f"acc-{number}" for number in range(PEOPLE)]
        assert ledger.verify(workers=1).clean
    assert [path.name for path in tmp_path.iterdir()] == ["books.db"]


def test_whoever_opens_the_same_first_account_with_the_same_key_opens_it_once(
    tmp_path: Path,
) -> None:
    books = tmp_path / "books.db"
    command = ("open", "acc", "--owner", "Ana", "--idempotency-key", "first", "--json")
    answers = [
        ended(process) for process in [start(books, *command, timeout="60") for _ in range(PEOPLE)]
    ]
    assert [(status, err) for status, _, err in answers] == [(0, b"")] * PEOPLE
    documents = [json.loads(out) for _, out, _ in answers]
    assert sum(document["replayed"] for document in documents) == PEOPLE - 1
    assert len({document["events"][0]["event_id"] for document in documents}) == 1


def test_whoever_opens_the_same_first_account_without_a_key_is_told_that_it_is_there(
    tmp_path: Path,
) -> None:
    books = tmp_path / "books.db"
    processes = [
        start(books, "open", "acc", "--owner", f"Owner {number}", "--json", timeout="60")
        for number in range(PEOPLE)
    ]
    answers = [ended(process) for process in processes]
    assert sorted(status for status, _, _ in answers) == [0] + [3] * (PEOPLE - 1)
    codes = {json.loads(err)["error"]["code"] for status, _, err in answers if status}
    assert codes == {"account_already_open"}
