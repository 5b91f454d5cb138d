"""Input from a pipe is read to its end before the ledger is locked: what that must not change."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.program import Refused, Run

DEPOSIT = b'{"command": "deposit", "account": "acc-001", "amount": "0.01"}\n'
BAD = b'{"command": "deposit", "account": "nobody", "amount": "0.01"}\n'
TOO_LONG = b'{"command": "' + b"x" * 1_048_577 + b'"}\n'


def test_the_first_line_that_is_refused_is_named_whatever_comes_after_it(
    refused: Refused, small_books: Path
) -> None:
    error = refused(4, "no_such_account", "batch", stdin=DEPOSIT + BAD + TOO_LONG)
    assert error["details"]["line"] == 2


def test_a_line_that_is_too_long_is_reported_in_its_place(
    refused: Refused, small_books: Path
) -> None:
    error = refused(2, "invalid_line", "batch", stdin=DEPOSIT + TOO_LONG + BAD)
    assert error["details"]["line"] == 2


def test_more_lines_than_are_kept_in_memory_all_arrive(run: Run, small_books: Path) -> None:
    padded = DEPOSIT.replace(b"{", b"{" + 40_000 * b" ")
    outcome = run("batch", "--json", stdin=padded * 40)
    assert outcome.status == 0
    versions = [json.loads(line)["version"] for line in outcome.out.splitlines()]
    assert versions == list(range(versions[0], versions[0] + 40))


def test_input_that_finds_no_room_is_a_failure_that_says_what_to_do(
    refused: Refused, small_books: Path
) -> None:
    little_room = ("/bin/sh", "-c", 'ulimit -f 1000; exec "$0" "$@"')
    padded = DEPOSIT.replace(b"{", b"{" + 40_000 * b" ")
    error = refused(1, "storage_failure", "batch", stdin=padded * 40, prefix=little_room)
    assert "temporary file" in error["message"]
    assert "TMPDIR" in error["hint"]
