"""Small inputs that could take much are refused in a moment, in little memory, with a reason."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.program import Run

LITTLE_MEMORY = ("sh", "-c", 'ulimit -v 400000; exec "$0" "$@"')
"""In kilobytes of address space; what is mapped and not used counts, too."""

SECONDS = 20
"""Ten times what any of these may take."""

HEADER = b"Date,Amount,Text\n"
ROW = b"2026-01-02,5.00,lunch\n"
DEPOSIT = b'{"command": "deposit", "account": "a", "amount": "5", '

BOMBS = {
    "a key of many parts": ("rules", b".".join([b"a"] * 20_000) + b" = 1", "line 1 has"),
    "many blank rules": ("rules", b"\n" * 5_000_000, "it has over 65,536 bytes"),
    "a number without end": ("rules", b"skip_top = " + b"9" * 60_000, "line 1 has"),
    "lists without bottom": ("rules", b"date = " + b"[\n" * 30_000, "it is nested too deeply"),
    "a long date format": (
        "rules",
        b'date_format = """' + b"%d.%m.%Y\\\n" * 5_000 + b'"""',
        "date_format: the text has 40,000 characters, and 500 are the most",
    ),
    "many blank lines": (
        "import",
        HEADER + b"\n" * 20_000_000 + ROW,
        "the file has over 1,000,000 lines",
    ),
    "a quotation mark that stays open": (
        "import",
        HEADER + b'2026-01-02,5.00,"' + b"a\n" * 2_000_000,
        "the file has over 1,000,000 lines",
    ),
    "a line without end": (
        "import",
        HEADER + ROW + b"x" * 20_000_000,
        "line 3: this line has over 1,048,576 characters",
    ),
    "many columns": (
        "import",
        HEADER.strip() + b",x" * 100_000 + b"\n" + (ROW.strip() + b"," * 100_000 + b"\n") * 5,
        "no header has a date column and an amount column",
    ),
    "long cells": (
        "import",
        HEADER + (b"2026-01-02," + b"1 " * 60_000 + b",x\n") * 40,
        "is not an amount in USD",
    ),
    "a header of many tags": (
        "batch.csv",
        b"command," + b",".join(b"tag:k%d" % n for n in range(80_000)) + b"\nopen,\n",
        "line 2: this row has 2 cells, and the header 80001",
    ),
    "many names with escapes": (
        "batch",
        DEPOSIT + b'"tags": {' + b",".join(b'"\\u0061%d":"b"' % n for n in range(55_000)) + b"}}",
        "there are 55000 tags",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_a_moment_and_in_little_memory(
    name: str, run: Run, installed: Run, tmp_path: Path
) -> None:
    kind, content, why = BOMBS[name]
    bomb = tmp_path / ("bomb.csv" if kind == "batch.csv" else "bomb")
    bomb.write_bytes(content)
    statement = tmp_path / "statement"
    statement.write_bytes(HEADER + ROW)
    run("open", "a", "--owner", "Ana", "--at", "2026-01-01")
    arguments = {
        "rules": ["import", str(statement), "--show-rules", "--rules", str(bomb)],
        "import": ["import", str(bomb), "--account", "a"],
    }.get(kind, ["batch", str(bomb)])
    began = time.monotonic()

    outcome = installed(*arguments, prefix=LITTLE_MEMORY)

    assert time.monotonic() - began < SECONDS
    assert outcome.status == 2, outcome.err
    assert why in outcome.err
    assert len(outcome.err) < 5_000


def test_a_statement_without_end_is_not_read_to_its_end(installed: Run) -> None:
    outcome = installed("import", "/dev/zero", "--show-rules", prefix=LITTLE_MEMORY)
    assert outcome.status == 2
    assert "the file has over 64 MB" in outcome.err


@pytest.mark.parametrize(
    ("limit", "arguments"),
    [
        (5, ("balance",)),
        (5, ("deposit", "a", "5")),
        (7, ("verify",)),
        (9, ("backup", "copy.db")),
    ],
)
def test_too_few_files_are_named_as_what_they_are(
    limit: int, arguments: tuple[str, ...], run: Run, installed: Run
) -> None:
    run("open", "a", "--owner", "Ana")

    outcome = installed(*arguments, prefix=("sh", "-c", f'ulimit -n {limit}; exec "$0" "$@"'))

    assert outcome.status == 1
    assert outcome.err.startswith(f"error: only {limit} files may be open at once")
    assert "ulimit -n" in outcome.err


def test_too_little_memory_is_no_bug(installed: Run) -> None:
    little = ("sh", "-c", 'ulimit -v 60000; exec "$0" "$@"')
    outcome = installed("import", "/dev/zero", "--show-rules", prefix=little)
    assert outcome.status == 1
    assert "does not let this program have enough memory" in outcome.err
