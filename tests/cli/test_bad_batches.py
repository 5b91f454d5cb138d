"""Batches that cannot be carried out: refused as a whole, naming the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.file_content import tree
from tests.support.program import Refused, Run

GOOD = b'{"command": "deposit", "account": "acc-001", "amount": "5"}'
NOT_A_COMMAND = "this is not a command: "

UNREADABLE = {
    "no JSON": (b"deposit acc-001 5", NOT_A_COMMAND),
    "a truncated line": (GOOD[:30], NOT_A_COMMAND),
    "an array": (b"[]", NOT_A_COMMAND),
    "deep nesting": (b'{"command":' * 50_000, NOT_A_COMMAND),
    "a line of two mebibytes": (b" " * 2**21 + GOOD, "over 1,048,576 bytes"),
    "a field given twice": (
        GOOD.replace(b"{", b'{"amount": "9.99", '),
        "the field 'amount' is given twice",
    ),
    "two objects on a line": (GOOD + GOOD, NOT_A_COMMAND),
    "invalid UTF-8": (GOOD.replace(b"acc-001", b"caf\xe9"), NOT_A_COMMAND),
    "half a surrogate pair": (GOOD.replace(b"acc-001", rb"\ud800"), NOT_A_COMMAND),
    "an unknown command": (GOOD.replace(b'"deposit"', b'"fly"'), "no command fly"),
    "no command": (b'{"account": "acc-001", "amount": "5"}', "the field command is missing"),
    "an unknown field": (GOOD.replace(b"}", b', "colour": "red"}'), "no field colour"),
    "a missing field": (
        b'{"command": "deposit", "account": "acc-001"}',
        "the field amount is missing",
    ),
    "a number as amount": (GOOD.replace(b'"5"', b"5"), "amount must stand in quotation marks"),
    "a float as amount": (GOOD.replace(b'"5"', b"5.0"), "amount must stand in quotation marks"),
    "null as account": (GOOD.replace(b'"acc-001"', b"null"), "account is null"),
}


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(("line", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_line_is_refused_with_its_number(
    refused: Refused, line: bytes, why: str
) -> None:
    error = refused(2, "invalid_line", "batch", "-", stdin=b"\n".join([GOOD, b"", line]))
    assert error["message"].startswith("line 3: ")
    assert why in error["message"]
    assert error["details"]["line"] == 3


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ((b'"5"', b'"abc"'), 2, "invalid_amount"),
        ((b"acc-001", b"../x"), 2, "invalid_account_id"),
        ((b"acc-001", b"nobody"), 4, "no_such_account"),
        ((b"acc-001", b"old-box"), 3, "account_closed"),
        ((b"}", b', "expected_version": 5}'), 5, "version_conflict"),
        ((b'"deposit"', b'"close"'), 2, "invalid_line"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_refused_line_in_the_middle_undoes_those_before_it(
    refused: Refused, change: tuple[bytes, bytes], status: int, code: str
) -> None:
    lines = b"\n".join([GOOD, GOOD.replace(*change), GOOD])
    error = refused(status, code, "batch", "-", stdin=lines)
    assert error["message"].startswith("line 2: ")
    assert error["details"]["line"] == 2


@pytest.mark.usefixtures("small_books")
def test_money_that_an_earlier_line_took_is_gone_for_a_later_one(refused: Refused) -> None:
    withdrawal = b'{"command": "withdraw", "account": "acc-002", "amount": "11"}\n'
    error = refused(3, "insufficient_funds", "batch", "-", stdin=withdrawal * 2)
    assert error["details"]["line"] == 2
    assert error["details"]["balance"] == "9.00"


@pytest.mark.parametrize("command", ["batch", "import-events"])
@pytest.mark.parametrize("file", ["missing.jsonl", "folder", "", "/proc/self/mem"])
def test_a_file_that_cannot_be_read_is_named(
    refused: Refused, small_books: Path, command: str, file: str
) -> None:
    if file.startswith("/proc") and not Path(file).exists():
        pytest.skip("this system has no /proc")
    small_books.with_name("folder").mkdir()
    error = refused(2, "invalid_option", command, file)
    assert f"{file!r} cannot be read: " in error["message"]


@pytest.mark.parametrize("command", ["batch", "import-events"])
def test_a_closed_stdin_is_no_file(refused: Refused, small_books: Path, command: str) -> None:
    closing = ("sh", "-c", 'exec "$0" "$@" <&-')
    assert (
        "stdin is closed" in refused(2, "invalid_option", command, "-", prefix=closing)["message"]
    )


def test_an_empty_batch_does_nothing(run: Run, small_books: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    for nothing in (b"", b"\n \r\n\n"):
        outcome = run("batch", "-", "--json", stdin=nothing)
        assert (outcome.status, outcome.out) == (0, "")
        assert "0 commands carried out" in outcome.err
    assert tree(tmp_path) == before


def test_a_byte_order_mark_crlf_and_blank_lines_are_forgiven(run: Run, small_books: Path) -> None:
    file = small_books.with_name("from-elsewhere.jsonl")
    file.write_bytes(b"\xef\xbb\xbf\r\n" + GOOD + b"\r\n\r\n  \r\n" + GOOD)
    outcome = run("batch", file.name)
    assert (outcome.status, outcome.err) == (0, "2 commands carried out: 2 changes recorded\n")
    assert run("balance", "acc-001").out == "134.75\n"


def test_a_replayed_line_is_marked_as_such(run: Run, small_books: Path) -> None:
    keyed = GOOD.replace(b"}", b', "idempotency_key": "march"}')
    outcome = run("batch", "-", "--json", stdin=keyed + b"\n" + keyed)
    assert outcome.status == 0
    assert outcome.err == "2 commands carried out, 1 of them done before: 1 change recorded\n"


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("column", "code"),
    [("at", "invalid_time"), ("expected_version", "invalid_line")],
)
def test_a_cell_that_reads_null_is_not_an_empty_cell(
    refused: Refused, column: str, code: str
) -> None:
    rows = f"command,account,amount,{column}\ndeposit,acc-001,5,null\n"
    refused(2, code, "batch", "-", "--input-format", "csv", stdin=rows)


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("written", ["\u0662", "\uff12", "\u00b2", "+2", "1_0"])
def test_a_version_in_a_cell_has_the_digits_0_to_9_alone(refused: Refused, written: str) -> None:
    rows = f"command,account,version\nreverse,acc-001,{written}\n"
    refused(2, "invalid_line", "batch", "-", "--input-format", "csv", stdin=rows)


def test_a_key_in_a_cell_may_read_null(run: Run, small_books: Path) -> None:
    rows = "command,account,amount,idempotency_key\n" + "deposit,acc-001,5,null\n" * 2
    outcome = run("batch", "-", "--input-format", "csv", stdin=rows)
    assert outcome.err == "2 commands carried out, 1 of them done before: 1 change recorded\n"
