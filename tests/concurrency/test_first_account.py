"""Several processes create the first account at once, in a ledger that does not exist yet."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import LedgerAppeared
from ledger.eventstore.sqlite.drafts import Draft
from tests.support.child_process import child
from tests.support.concurrency.background_command import end, start
from tests.support.program import Outcome

PROCESSES = 4


def only_one_made_it(answers: Sequence[Outcome]) -> None:
    """Who made the ledger is told where it is, once; nobody is told anything else."""
    told = [answer.err for answer in answers if answer.err]
    assert len(told) == 1
    assert re.fullmatch(r"note: a new ledger (in|at) \S+, time zone \S+\n", told[0])


def test_all_who_open_a_first_account_at_the_same_time_get_it(books: Path) -> None:
    processes = [
        start(books, "open", f"acc-{number}", "--owner", "Ana", "--json", timeout="60")
        for number in range(PROCESSES)
    ]
    answers = [end(process) for process in processes]
    assert [answer.status for answer in answers] == [0] * PROCESSES
    only_one_made_it(answers)
    positions = sorted(answer.json["events"][0]["position"] for answer in answers)
    assert positions == list(range(2, PROCESSES + 2))
    with Ledger.open(books, create=False) as ledger:
        assert ledger.account_ids() == [f"acc-{number}" for number in range(PROCESSES)]
        assert ledger.verify(workers=1).clean
    assert [path.name for path in books.parent.iterdir()] in (["books.db"], [])


@pytest.mark.files
def test_what_lies_beside_a_ledger_that_was_made_a_moment_ago_is_its_own(books: Path) -> None:
    with Ledger.open(books) as ledger:
        ledger.open_account("acc", "Ana")
        assert books.with_name("books.db-wal").stat().st_size
        draft = Draft(str(books))
        draft.create("0123456789abcdef0123456789abcdef").close()
        with pytest.raises(LedgerAppeared):
            draft.publish()


def test_the_same_first_account_opened_with_the_same_key_is_opened_once(
    books: Path,
) -> None:
    command = ("open", "acc", "--owner", "Ana", "--idempotency-key", "first", "--json")
    answers = [
        end(process) for process in [start(books, *command, timeout="60") for _ in range(PROCESSES)]
    ]
    assert [answer.status for answer in answers] == [0] * PROCESSES
    only_one_made_it(answers)
    documents = [answer.json for answer in answers]
    assert sum(document["replayed"] for document in documents) == PROCESSES - 1
    assert len({document["events"][0]["event_id"] for document in documents}) == 1


def test_the_same_first_account_opened_without_a_key_is_refused_to_all_but_one(
    books: Path,
) -> None:
    processes = [
        start(books, "open", "acc", "--owner", f"Owner {number}", "--json", timeout="60")
        for number in range(PROCESSES)
    ]
    answers = [end(process) for process in processes]
    assert sorted(answer.status for answer in answers) == [0] + [3] * (PROCESSES - 1)
    codes = {answer.error["code"] for answer in answers if answer.status}
    assert codes == {"account_already_open"}


def open_by_api(path: str, account: str) -> None:
    """Open an account once the standard input ends, and print the id of the ledger."""
    sys.stdin.read()
    with Ledger.open(path) as ledger:
        ledger.open_account(account, "Ana")
        print(ledger.ledger_id)


def test_processes_that_create_the_same_ledger_at_once_by_the_api_share_one(
    books: Path,
) -> None:
    path = str(books)
    children = [child(open_by_api, path, f"acc-{number}") for number in range(PROCESSES)]
    answers = [process.communicate(timeout=60) for process in children]
    assert [complaints for _, complaints in answers] == [""] * PROCESSES
    with Ledger.open(path, create=False) as ledger:
        assert {ledger_id.strip() for ledger_id, _ in answers} == {ledger.ledger_id}
        assert ledger.account_ids() == [f"acc-{number}" for number in range(PROCESSES)]
