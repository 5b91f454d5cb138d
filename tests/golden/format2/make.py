"""What the golden files of format 2 were made with: ``python -m tests.golden.format2.make FOLDER``.

It was run once. Whatever is made by a later version is another file: these stay as they are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ledger import Ledger
from ledger.commands.context import Context
from ledger.domain.receipts import Receipt
from ledger.eventstore.opening import open_store
from tests.golden.format1.asking import Question, ask
from tests.support.clock import Clock, utc
from tests.support.program import SAMPLE_DATA

TICKET = Receipt(1_234, "5e" * 32)
STATEMENT = b"""Date,Description,Amount
2026-03-02,Dues Ana,40.00
2026-03-02,Dues Ana,40.00
2026-03-05,Hall,-25.00
2026-03-09,Refund,3.50
"""

Done = tuple[str, str, Callable[[Ledger], object]]
"""When by the ledger's clock, in which run, and what."""


def days(first: str, *done: tuple[str, Callable[[Ledger], object]]) -> Iterator[Done]:
    """Things that are done a day after each other."""
    start = utc(first)
    for number, (run, what) in enumerate(done):
        yield (str(start + number * 86_400_000_000), run, what)


def lines(*fields: dict[str, Any]) -> list[bytes]:
    return [json.dumps(each).encode() for each in fields]


def older_world() -> list[bytes]:
    """The life of one account of the older world."""
    found = (SAMPLE_DATA / "older_world.jsonl").read_bytes().splitlines()
    return [line for line in found if b'"aggregate_id": "acc-002"' in line]


def confirm(books: Ledger, source: str, at: str | None) -> None:
    """Confirm whatever the bank account held."""
    books.confirm("bank", books.balance("bank", as_of=at).balance, source, at=at)


OPENED = days(
    "2026-02-01T09:00",
    ("a", lambda books: books.import_events(older_world())),
    ("b", lambda books: books.open_account("bank", "Rowing club", initial_balance="100")),
    ("c", lambda books: books.open_account("cash", "Ana Souza", overdraft="50")),
    ("d", lambda books: books.open_account("yen", "東京", "JPY", "5000", at="2026-01-15")),
    ("e", lambda books: books.open_account("hours", "Ben", "HOURS", "7.5", decimals=2)),
    ("f", lambda books: books.open_account("typo", "Bne", overdraft="unlimited")),
    ("g", lambda books: books.deposit("bank", "12.50", "Sale", tags={"category": "sale"})),
    ("h", lambda books: books.withdraw("cash", "20", "Tea", receipts=[TICKET])),
    ("i", lambda books: books.transfer("bank", "cash", "30", "Change", tags={"k": "v"})),
    ("j", lambda books: books.deposit("bank", "1.00", at="2026-02-03", idempotency_key="one")),
    ("k", lambda books: books.deposit("bank", "120", "Mistyped")),
    ("l", lambda books: books.withdraw("yen", "500", "")),
)
RIGHTED = days(
    "2026-03-10T09:00",
    ("n", lambda books: books.import_statement("bank", STATEMENT)),
    ("o", lambda books: books.reverse("bank", 6, "Entered twice")),
    ("p", lambda books: books.correct("bank", 5, amount="10.00", changes={"description": "Gift"})),
    ("q", lambda books: books.correct("cash", 3, amount="31")),
    ("r", lambda books: books.amend_entry("cash", 2, {"description": "Coffee"})),
    ("s", lambda books: books.correct("cash", 2, into="bank")),
    ("t", lambda books: books.amend_account("typo", owner="Ben", overdraft="10", at="2026-03-01")),
    ("u", lambda books: books.amend_account("bank", initial_balance="150", opened_at="2026-01-31")),
    ("v", lambda books: books.deposit("hours", "2")),
    ("w", lambda books: books.undo("counted twice")),
    ("x", lambda books: books.close_account("typo", "not wanted")),
    ("y", lambda books: books.reopen_account("typo", "wanted after all")),
    ("z", lambda books: confirm(books, "statement 2", "2026-03-09")),
    ("A", lambda books: books.withdraw_confirmation("bank", reason="misread")),
    ("B", lambda books: books.lock("2026-02-28", "told to the board")),
    ("C", lambda books: books.lock("2026-03-05", "too far")),
    ("D", lambda books: books.unlock("a bill was found", "2026-02-28")),
    (
        "E",
        lambda books: books.batch(
            lines(
                {"command": "reverse", "account": "yen", "version": 2, "at": "2026-03-20"},
                {"command": "deposit", "account": "yen", "amount": "7", "tags": {"k": "v"}},
            )
        ),
    ),
    ("F", lambda books: books.rename_book("Rowing club")),
    ("G", lambda books: books.change_time_zone("Europe/Berlin", "2026-04-10")),
    ("H", lambda books: books.erase("cash", "asked to")),
    ("I", lambda books: books.snapshot(["bank", "cash"])),
)
WRONG_CLOCK: list[Done] = [
    (str(utc("9998-06-01T09:00")), "J", lambda books: books.deposit("bank", "5", "ahead")),
    (
        str(utc("2026-04-20T09:00")),
        "K",
        lambda books: books.correct_clock("the clock was ahead", trust_clock=True),
    ),
    (str(utc("2026-04-20T10:00")), "L", lambda books: books.correct("bank", 19, at="2026-04-19")),
    (str(utc("2026-04-21T09:00")), "M", lambda books: confirm(books, "", None)),
]


def write(path: Path) -> None:
    """Make the ledger at a path."""
    clock = Clock("2026-01-31T09:00")
    with Ledger.draft(path, keep_empty=True, book={"time_zone": "UTC"}, clock=clock):
        pass
    store = open_store(str(path), clock)
    for time, run, command in (*OPENED, *RIGHTED, *WRONG_CLOCK):
        clock.now = int(time)
        books = Ledger(store, clock=clock, context=Context("clerk", f"run-{run}"))
        command(books)
    books.close()


MOMENTS = ("2026-02-05", "2026-03-01T12:00:00Z", "2026-03-21", "2026-12-31")
KNOWN = ("2026-02-12", "2026-03-12T10:00:00Z", "2026-03-26", "2027-01-01")


def questions() -> Iterator[Question]:
    """What is asked of the ledger."""

    def question(group: str, *argv: str) -> Question:
        return {"group": group, "argv": list(argv)}

    accounts = ("acc-002", "bank", "cash", "yen", "hours", "typo")
    for command in ("book", "head", "accounts", "projections", "snapshots", "events", "verify"):
        yield question(command, command)
    yield question("events", "events", "--raw")
    for account in accounts:
        for command in ("balance", "history", "statement", "replay"):
            yield question(account, command, account)
        for moment in MOMENTS:
            yield question(account, "history", account, "--as-of", moment)
            for known in KNOWN:
                yield question(account, "balance", account, "--as-of", moment, "--known-at", known)
        for known in KNOWN:
            yield question(account, "history", account, "--known-at", known)
        yield question(account, "statement", account, "--from", "2026-02-05", "--to", "2026-03-20")
    for moment in MOMENTS:
        yield question("all", "balance", "--as-of", moment)


def main(folder: Path) -> None:
    path = folder / "books.db"
    write(path)
    asked = list(questions())
    for question in asked:
        question["answer"] = ask(path, question)
    (folder / "answers.json").write_text(json.dumps(asked, ensure_ascii=False, indent=0) + "\n")
    with Ledger.open(path) as books:
        (folder / "books.jsonl").write_bytes(b"\n".join(books.export_events()) + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
