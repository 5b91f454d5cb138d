"""Logs that cannot be imported: refused as a whole, naming the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.program import PROJECT, SAMPLE_DATA, Refused, Run

NEW = ("import-events", "-", "--db", "new.db")
GOLDEN_EXPORT = PROJECT / "tests/golden/format1/books.jsonl"
OLDER = (SAMPLE_DATA / "older_world.jsonl").read_bytes().splitlines()


@pytest.fixture
def export(small_books: Path) -> list[bytes]:
    """The small ledger's export, line by line."""
    with Ledger.open(small_books, create=False) as ledger:
        return list(ledger.export_events())


def changed(lines: list[bytes], line: int, old: bytes, new: bytes) -> bytes:
    """The lines with one of them (1-based) changed."""
    assert old in lines[line - 1]
    return b"\n".join(
        content.replace(old, new) if number == line else content
        for number, content in enumerate(lines, 1)
    )


TAMPERED = {
    "an amount": (7, b'"amount":5000', b'"amount":9000'),
    "a description": (7, b"Paycheck", b"paycheck"),
    "the length of a salt": (7, b'"salt":"', b'"salt":"00'),
    "an account": (7, b'"aggregate_id":"acc-001"', b'"aggregate_id":"acc-002"'),
    "an actor": (7, b"clerk", b"clark"),
    "an effective time": (7, b'"effective_at":"2024-03-05', b'"effective_at":"2024-03-04'),
    "a recorded time": (7, b'"recorded_at":"2024-03-05', b'"recorded_at":"2024-03-06'),
    "a version": (7, b'"version":2', b'"version":3'),
    "a position": (7, b'"position":6', b'"position":7'),
    "the ledger's id": (1, b'"ledger_id":"', b'"ledger_id":"x'),
}


@pytest.mark.parametrize(("line", "old", "new"), TAMPERED.values(), ids=TAMPERED)
def test_a_tampered_export_breaks_the_chain_at_its_line(
    refused: Refused, export: list[bytes], line: int, old: bytes, new: bytes
) -> None:
    error = refused(6, "broken_chain", *NEW, stdin=changed(export, line, old, new))
    # The header holds no hash of its own: a change of the id shows in the first event.
    at_fault = max(line, 2)
    assert error["message"].startswith(f"line {at_fault}: the hash chain is broken")
    assert error["details"]["line"] == at_fault


def test_a_text_and_its_salt_are_covered_by_the_chain(
    refused: Refused, export: list[bytes]
) -> None:
    for change in (
        {"salt": "00" * 16},
        {"salt": None},
        {"text": None},
        {"text": None, "salt": None},
        {"text": None, "salt": None, "text_sha256": "00" * 32},
    ):
        document = json.loads(export[6]) | change
        lines = [*export[:6], json.dumps(document).encode(), *export[7:]]
        error = refused(6, "broken_chain", *NEW, stdin=b"\n".join(lines))
        assert error["details"]["line"] == 7


def test_an_export_of_an_older_release_is_to_be_migrated(refused: Refused, tmp_path: Path) -> None:
    older = GOLDEN_EXPORT.read_bytes()
    error = refused(2, "older_format", *NEW, stdin=older)
    assert error["hint"] == "save it as a file, and migrate it"
    (tmp_path / "old log.jsonl").write_bytes(older)
    error = refused(2, "older_format", "import-events", "old log.jsonl", "--db", "new.db")
    assert error["hint"] == "migrate it: ledger migrate 'old log.jsonl' 'old log.db'"
    (tmp_path / "old log.db").touch()
    error = refused(2, "older_format", "import-events", "old log.jsonl", "--db", "new.db")
    assert error["hint"] == "migrate it: ledger migrate 'old log.jsonl' 'old log-2.db'"


@pytest.mark.parametrize("kept", [0, 1])
def test_an_export_begins_with_its_book(
    refused: Refused, run: Run, small_books: Path, kept: int
) -> None:
    lines = run("export-events", "--to-position", str(kept)).out
    if kept:
        assert "\n1 event of 0 accounts imported\n" in run(*NEW, stdin=lines).err
        assert run("export-events", "--db", "new.db").out == lines
        return
    error = refused(2, "invalid_line", *NEW, stdin=lines)
    assert "does not begin with the creation of its own book" in error["message"]


def test_a_missing_doubled_or_swapped_line_breaks_the_chain(
    refused: Refused, export: list[bytes]
) -> None:
    missing = [*export[:4], *export[5:]]
    doubled = [*export[:5], *export[4:]]
    swapped = [*export[:4], export[5], export[4], *export[6:]]
    for lines, line in ((missing, 5), (doubled, 6), (swapped, 5)):
        error = refused(6, "broken_chain", *NEW, stdin=b"\n".join(lines))
        assert error["details"]["line"] == line


def test_an_export_that_does_not_end_as_its_header_says_is_refused(
    refused: Refused, export: list[bytes]
) -> None:
    longer = changed(export, 1, b'"events":12', b'"events":11')
    refused(6, "broken_chain", *NEW, stdin=longer)
    error = refused(2, "invalid_line", *NEW, stdin=b"\n".join(export[:-1]))
    assert "it has 11 of 12 events" in error["message"]


UNREADABLE_EXPORTS = {
    "a truncated line": (13, b'"hash"', b""),
    "no hash": (13, b'"hash":"', b'"hash":"no'),
    "no time": (7, b'"effective_at":"2024-03-05', b'"effective_at":"2024-02-30'),
    "a time without a zone": (7, b'00Z"', b'00"'),
    "invalid UTF-8": (7, b"Paycheck", b"caf\xe9"),
    "a missing field": (7, b'"event_type":"MoneyDeposited",', b""),
    "a newer format": (1, b'"format_version":2', b'"format_version":3'),
    "a header without an id": (1, b'"ledger_id"', b'"book_id"'),
    "a text that is also erased": (7, b'"text":', b'"text_sha256":"' + b"0" * 64 + b'","text":'),
    "a salt that is no hex": (7, b'"salt":"', b'"salt":"no'),
}


@pytest.mark.parametrize(
    ("line", "old", "new"), UNREADABLE_EXPORTS.values(), ids=UNREADABLE_EXPORTS
)
def test_an_unreadable_line_of_an_export_is_refused_with_its_number(
    refused: Refused, export: list[bytes], line: int, old: bytes, new: bytes
) -> None:
    error = refused(2, "invalid_line", *NEW, stdin=changed(export, line, old, new))
    assert error["message"].startswith(f"line {line}: ")
    assert error["details"]["line"] == line


def test_an_export_goes_into_an_empty_ledger_only(
    refused: Refused, export: list[bytes], small_books: Path
) -> None:
    error = refused(3, "import_refused", "import-events", "-", stdin=b"\n".join(export))
    assert "already holds events" in error["message"]
    assert "--db new.db" in error["hint"]


def test_an_export_with_a_byte_order_mark_crlf_and_blank_lines_is_taken(
    run: Run, export: list[bytes], small_books: Path
) -> None:
    outcome = run(*NEW, stdin=b"\xef\xbb\xbf" + b"\r\n\r\n".join(export))
    assert outcome.status == 0
    assert run("export-events", "--db", "new.db").out.encode().splitlines() == export


@pytest.mark.parametrize("nothing", [b"", b"\n\r\n  \n"])
def test_an_empty_file_is_refused(refused: Refused, nothing: bytes) -> None:
    assert refused(2, "invalid_line", *NEW, stdin=nothing)["message"] == "the file is empty"


OLDER_FAULTS = {
    "a truncated line": ((b'"timestamp"', b""), 2, "invalid_line"),
    "invalid UTF-8": ((b"nightly-job", b"caf\xe9"), 2, "invalid_line"),
    "no timestamp": ((b'"timestamp"', b'"time"'), 2, "invalid_line"),
    "another aggregate": ((b"BankAccount", b"Loan"), 2, "invalid_line"),
    "an unknown event": ((b"MoneyDeposited", b"MoneyFound"), 2, "invalid_line"),
    "an unknown schema version": (
        (b'"version"', b'"schema_version": 9, "version"'),
        2,
        "invalid_line",
    ),
    "an amount in words": ((b'"amount": 5.32', b'"amount": "five"'), 2, "invalid_line"),
    "an amount out of range": ((b'"amount": 5.32', b'"amount": 1e400'), 2, "invalid_line"),
    "a negative amount": ((b'"amount": 5.32', b'"amount": -5.32'), 2, "invalid_amount"),
    "an id with a line end": ((b"acc-001", rb"acc\n001"), 2, "invalid_line"),
    "an id of the ledger's own": ((b"acc-001", b"$book"), 2, "invalid_line"),
    "an event of today": (
        (b'"event_type": "MoneyDeposited"', b'"event_type": "PersonalDataErased"'),
        2,
        "invalid_line",
    ),
    "nothing, exactly": ((b'"amount": 5.32', b'"amount": 0.0'), 2, "invalid_amount"),
    "an event_id twice": (
        (b"13578e4a-75e0-4493-86b5-5d6c66957f1d", b"dc1a3999-8ec8-4cbb-84c0-963d9d1cd173"),
        3,
        "import_refused",
    ),
    "a day that is none": ((b"2024-01-06", b"2024-02-30"), 2, "invalid_time"),
    "the future": ((b"2024-01-06", b"9000-01-06"), 2, "invalid_time"),
    "a version twice": ((b'"version": 2', b'"version": 1'), 3, "import_refused"),
    "an account never opened": ((b"acc-001", b"acc-999"), 3, "import_refused"),
    "more than there is": ((b"MoneyDeposited", b"MoneyWithdrawn"), 3, "insufficient_funds"),
}


@pytest.mark.parametrize(("change", "status", "code"), OLDER_FAULTS.values(), ids=OLDER_FAULTS)
def test_a_fault_in_a_log_of_the_older_world_is_refused_with_its_line(
    refused: Refused, change: tuple[bytes, bytes], status: int, code: str
) -> None:
    error = refused(status, code, *NEW, stdin=changed(OLDER, 2, *change))
    assert error["message"].startswith("line 2: ")
    assert error["details"]["line"] == 2


def test_an_opening_of_another_account_is_refused_with_its_line(refused: Refused) -> None:
    line = changed(OLDER, 1, b'"account_id": "acc-001"', b'"account_id": "acc-002"')
    error = refused(3, "account_mismatch", *NEW, stdin=line)
    assert error["message"].startswith("line 1: ")
    assert (error["details"]["account_id"], error["details"]["named"]) == ("acc-001", "acc-002")


def test_an_event_that_was_imported_before_is_refused_with_its_position(
    run: Run, refused: Refused, books: Path
) -> None:
    assert run("import-events", "-", stdin=b"\n".join(OLDER)).status == 0
    again = OLDER[0].replace(b"acc-001", b"acc-100")
    error = refused(3, "import_refused", "import-events", "-", stdin=again)
    assert "was imported before: the event at position 2 has it" in error["message"]
    assert (error["details"]["line"], error["details"]["position"]) == (1, 2)


def test_an_amount_of_which_nothing_is_left_is_told_and_not_refused(run: Run, books: Path) -> None:
    log = changed(OLDER, 2, b'"amount": 5.32', b'"amount": 0.0049')
    done = run("import-events", "-", stdin=b"\n".join(log.splitlines()[:2]))
    assert done.status == 0
    *_, report, _ = done.err.splitlines()
    assert report == (
        "2 events of 1 account imported; 1 amount had to be rounded, 1 of them to nothing"
    )
    assert run("balance", "acc-001").out == "0.00\n"
    assert run("verify").status == 0


def test_a_log_of_the_older_world_is_imported_once(run: Run, refused: Refused, books: Path) -> None:
    log = b"\n".join(OLDER)
    assert run("import-events", "-", stdin=log).status == 0
    error = refused(3, "import_refused", "import-events", "-", stdin=log)
    assert error["details"]["line"] == 1
