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


SUGGESTIONS = {
    "a command in capitals": (GOOD.replace(b'"deposit"', b'"Deposit"'), "did you mean deposit?"),
    "a misspelt command": (GOOD.replace(b'"deposit"', b'"depsoit"'), "did you mean deposit?"),
    "an underscore": (GOOD.replace(b'"deposit"', b'"amend_entry"'), "did you mean amend-entry?"),
    "no such command": (GOOD.replace(b'"deposit"', b'"fly"'), "commands are: open, deposit, "),
    "command misspelt": (GOOD.replace(b'"command"', b'"comand"'), "where it says comand?"),
    "a misspelt field": (GOOD.replace(b'"amount"', b'"amuont"'), "did you mean amount?"),
    "a shortened field": (GOOD.replace(b"}", b', "desc": "x"}'), "did you mean description?"),
    "a field of others": (GOOD.replace(b"}", b', "reason": "x"}'), "deposit has the fields acc"),
    "a missing field": (GOOD.replace(b', "amount": "5"', b""), '"amount": "50.00"'),
    "two of them": (
        b'{"command": "transfer", "from": "a"}',
        'transfer needs to and amount: "to": "acc-002", "amount": "50.00"',
    ),
    "a number": (GOOD.replace(b'"5"', b"5.50"), 'write "amount": "5.50"'),
    "a text": (GOOD.replace(b"}", b', "expected_version": "3"}'), 'write "expected_version": 3'),
    "tags": (GOOD.replace(b"}", b', "tags": "a=b"}'), '"tags": {"category": "rent"}'),
    "a tag": (GOOD.replace(b"}", b', "tags": {"a": 5}}'), '"tags": {"category": "rent"}'),
    "a receipt": (GOOD.replace(b"}", b', "receipts": [{"sise": 5}]}'), '"receipts": [{"size": '),
    "single quotes": (GOOD.replace(b'"', b"'"), "double quotation marks"),
    "no comma": (GOOD.replace(b', "amount"', b' "amount"'), "put a comma before it"),
    "a comma too many": (GOOD.replace(b"}", b",}"), "take away the comma before it"),
    "no quotation marks": (GOOD.replace(b'"amount"', b"amount"), "names between double quot"),
    "two objects": (GOOD + GOOD, "put each command on a line of its own"),
    "NaN": (GOOD.replace(b'"5"', b"NaN"), "between double quotation marks"),
    "Python": (GOOD.replace(b'"5"', b"None"), "write true, false or null"),
    "words": (b"deposit acc-001 5", 'a line looks like {"command": "deposit", '),
    "CSV": (b"command,account,amount", ": ledger batch - --input-format csv --json"),
}


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(("line", "hint"), SUGGESTIONS.values(), ids=SUGGESTIONS)
def test_a_wrong_line_is_answered_with_what_is_right(
    refused: Refused, line: bytes, hint: str
) -> None:
    error = refused(2, "invalid_line", "batch", "-", stdin=line)
    assert hint in error["hint"]
    for word in ("Object", "Expected", "`", "$", "msgspec", "byte", "malformed"):
        assert word not in error["message"] + error["hint"]


@pytest.mark.usefixtures("small_books")
def test_json_that_is_broken_is_shown_where(refused: Refused) -> None:
    line = GOOD.replace(b"acc-001", "Café".encode()).replace(b', "amount"', b' "amount"')
    error = refused(2, "invalid_line", "batch", "-", stdin=line)
    assert error["message"].endswith(
        'it is not valid JSON at character 42, where "amount": "5"} stands'
    )


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("rows", "line", "message", "hint"),
    [
        ("command,acount\n", 1, "a column 'acount'", "did you mean account?"),
        ("cmd,account\n", 1, "a column 'cmd'", "did you mean command?"),
        ("command;account\n", 1, "a column 'command;account'", "separate columns with commas"),
        ("command,colour\n", 1, "a column 'colour'", "columns are: command, account, "),
        ("command,account\ndeposti,a\n", 2, "no command deposti", "did you mean deposit?"),
        ("command,account,amount\ndeposit,a,\n", 2, "amount is missing", "50.00 in the column am"),
        ("command,reason\ndeposit,x\n", 2, "no field reason", "leave the cell reason empty"),
        ("command,account,version\nreverse,a,x\n", 2, "must be a whole number", "such as 4"),
        ("command,account,amount,receipts\ndeposit,a,5,x\n", 2, "no receipt", "SIZE:SHA256"),
        ('command,account\ndeposit,"a\n', 2, "never closed", "correct its quotation marks"),
        ('command,account\ndeposit,"a"b\n', 2, "next comma", "correct its quotation marks"),
    ],
)
def test_a_wrong_row_is_answered_with_what_is_right(
    refused: Refused, rows: str, line: int, message: str, hint: str
) -> None:
    error = refused(2, "invalid_line", "batch", "-", "--input-format", "csv", stdin=rows)
    assert error["details"]["line"] == line
    assert message in error["message"]
    assert hint in error["hint"]


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
