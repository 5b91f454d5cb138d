"""Files with values that cannot be: the file is said to be damaged, and by what it is repaired.

SQLite has no checksum over its pages, so a bad disk can put anything anywhere. Each case was found
by damaging files at random (`tests/fuzz`).
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.program import Refused, Run

TEXT_OF_NO_ENCODING = "CAST(x'7bff7d' AS TEXT)"


def damage(path: Path, *statements: str) -> None:
    """Change stored values past triggers, types of columns and indexes, and leave no trace."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        kept = file.execute("SELECT * FROM sqlite_schema").fetchall()
    _redefine(
        path,
        "DELETE FROM sqlite_schema WHERE type = 'trigger'",
        "DELETE FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'events'",
        *(
            f"UPDATE sqlite_schema SET sql = replace(sql, '{constraint}', '{nothing}') "
            "WHERE type = 'table'"
            for constraint, nothing in (
                (") STRICT", ")"),
                ("UNIQUE (stream_no, version)", "CHECK (true)"),
                (" NOT NULL", ""),
                ("CHECK (length(hash) = 32)", ""),
            )
        ),
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert file.execute(statement).rowcount > 0, statement
    _redefine(path, "DELETE FROM sqlite_schema", *kept)


def _redefine(path: Path, *changes: str | tuple[object, ...]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA writable_schema = ON")
        (version,) = file.execute("PRAGMA schema_version").fetchone()
        for change in changes:
            if isinstance(change, str):
                file.execute(change)
            else:
                file.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", change)
        file.execute(f"PRAGMA schema_version = {version + 1}")


def test_a_rewritten_file_without_damage_is_clean(run: Run, small_books: Path) -> None:
    damage(small_books, "UPDATE events SET version = version")
    assert run("verify").status == 0


@pytest.mark.parametrize(
    "change",
    [
        f"data = {TEXT_OF_NO_ENCODING}",
        f"metadata = {TEXT_OF_NO_ENCODING}",
        "metadata = NULL",
        "effective_at = NULL",
        "recorded_at = 'noon'",
        "hash = NULL",
        "hash = 'none'",
        f"text = {TEXT_OF_NO_ENCODING}",
        "text = 5",
        "salt = 'salt'",
    ],
)
@pytest.mark.parametrize("position", [7, 12], ids=["in the middle", "at the end"])
def test_an_event_with_a_value_that_cannot_be_is_damage(
    run: Run, refused: Refused, small_books: Path, change: str, position: int
) -> None:
    damage(small_books, f"UPDATE events SET {change} WHERE position = {position}")
    for command in (("export-events",), ("verify",)):
        outcome = run(*command, "--json")
        assert outcome.status == 6, outcome
        assert outcome.error["code"] in ("damaged_ledger", "verification_failed"), outcome
        assert TEXT_OF_NO_ENCODING not in change or "not UTF-8" in outcome.err + outcome.out
    if position == 12 and change.startswith("hash"):
        refused(6, "damaged_ledger", "deposit", "acc-001", "5")


@pytest.mark.parametrize(
    "change", ["text = x'00'", "text = NULL", "salt = NULL", "salt = x'00'", "salt = zeroblob(16)"]
)
def test_a_text_that_its_salt_does_not_go_with_is_found(
    run: Run, refused: Refused, small_books: Path, change: str
) -> None:
    damage(small_books, f"UPDATE events SET {change} WHERE position = 7")
    found = run("verify")
    assert found.status == 6
    first, *more = [line.split("\t")[:3] for line in found.out.splitlines()]
    assert first == ["hash_chain", "7", "acc-001"]
    # The constraints of the file say so too, and a digest that nobody erased to is one.
    assert all(each in (["erasure", "7", "acc-001"], ["medium", "", ""]) for each in more)
    lines = run("export-events").out
    error = refused(6, "broken_chain", "import-events", "-", "--db", "new.db", stdin=lines)
    assert error["details"]["line"] == 8


@pytest.mark.parametrize("value", ["NULL", "1.5", "'much'", "x'00'"])
def test_a_row_of_a_projection_that_cannot_be_is_damage_and_made_again(
    run: Run, refused: Refused, small_books: Path, value: str
) -> None:
    damage(
        small_books,
        f"UPDATE account_balances SET balance = {value} WHERE account_id = 'acc-001'",
        f"UPDATE account_summaries SET balance = {value} WHERE account_id = 'acc-001'",
    )
    error = refused(6, "damaged_ledger", "balance")
    assert "rebuild-projections account_balances" in error["hint"]
    refused(6, "damaged_ledger", "accounts")
    error = refused(6, "damaged_ledger", "deposit", "acc-001", "5")
    assert "rebuild-projections account_balances" in error["hint"]
    assert run("rebuild-projections").status == 0
    assert run("balance").out.splitlines()[0].split("\t")[:2] == ["acc-001", "124.75"]


@pytest.mark.parametrize(
    ("place", "next_step"),
    [
        ("first_position = 99, last_position = 98", "ledger verify"),
        ("first_position = ''", "ledger doctor"),
    ],
)
def test_a_key_that_leads_to_no_event_is_damage(
    run: Run, refused: Refused, small_books: Path, place: str, next_step: str
) -> None:
    command = ("deposit", "acc-001", "5", "--idempotency-key", "march")
    assert run(*command).status == 0
    damage(small_books, f"UPDATE idempotency_keys SET {place}")
    error = refused(6, "damaged_ledger", *command)
    assert next_step in error["hint"]


def test_a_key_whose_fingerprint_is_a_number_is_found_and_made_again(
    run: Run, small_books: Path
) -> None:
    assert run("deposit", "acc-001", "1", "--idempotency-key", "k").status == 0
    with closing(sqlite3.connect(small_books)) as file:
        file.execute("PRAGMA writable_schema = ON")
        file.execute(
            "UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT, ', ''), 'BLOB ', '')"
            " WHERE name = 'idempotency_keys'"
        )
        file.commit()
    with closing(sqlite3.connect(small_books)) as file:
        file.execute("UPDATE idempotency_keys SET fingerprint = 5")
        file.commit()
    found = run("verify")
    assert found.status == 6
    assert "fingerprint 5" in found.out
    assert run("doctor", "--repair").status == 0
    assert run("verify", "--quiet").status == 0


def test_an_answer_that_an_error_cuts_off_cannot_be_taken_for_whole(run: Run, books: Path) -> None:
    deposit = {"command": "deposit", "account": "a", "amount": "1", "at": "2026-01-02"}
    lines = [
        {"command": "open", "account": each, "owner": "Ana", "at": "2026-01-01"}
        for each in ("a", "b")
    ]
    lines += [deposit] * 300 + [deposit | {"account": "b", "at": "2026-01-03"}]
    assert run("batch", "-", stdin="\n".join(map(json.dumps, lines))).status == 0
    asked = (("find",), ("diff", "1"), ("statement", "--all"))
    for command in asked:
        assert run(*command, "--json").json
    damage(
        books,
        "UPDATE account_entries SET recorded_at = 'noon' WHERE account_id = 'b'",
        "UPDATE events SET data = '{' WHERE position = 304",
    )
    for command in asked:
        done = run(*command, "--json")
        assert done.status == 6, command
        assert done.error["code"] in ("damaged_ledger", "unreadable_event")
        if command[0] == "diff":  # which sees before its first line that nothing adds up
            assert done.out == ""
            continue
        assert done.out.startswith(("[", "{"))
        with pytest.raises(json.JSONDecodeError):
            json.loads(done.out)
