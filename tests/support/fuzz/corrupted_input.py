"""Input files with corrupted bytes: refused as a whole, or accepted."""

from __future__ import annotations

import random
from collections.abc import Mapping

from tests.support.file_content import content
from tests.support.fuzz.argument_vectors import assert_log_goes_on
from tests.support.fuzz.byte_mutations import corrupt
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import check_exit
from tests.support.program import PROJECT, SAMPLE_DATA

_STATEMENTS = PROJECT / "tests" / "cli" / "statements"

_CSV = b"""command,account,owner,initial_balance,amount,description,from,to,at,\
idempotency_key,expected_version
open,x,Ana,5.00,,,,,2024-03-20,,
deposit,x,,,5.00,"a, b
c",,,2024-03-21,k1,1
transfer,,,,1.00,,a,b,,,8
"""

_RULES = b"""delimiter = ","
date = "Date"
date_format = "%m/%d/%Y"
time_zone = "UTC"
amount = "Amount"
decimal_mark = "."
thousands_mark = ","
description = "{Description}"
header = true
skip_top = 0
newest_first = false
currency = "USD"
encoding = "utf-8"
"""


def _lines(name: str, first: int, last: int) -> bytes:
    lines = (SAMPLE_DATA / name).read_bytes().splitlines(keepends=True)
    return b"".join(lines[first:last])


def corpora(export: bytes) -> Mapping[str, tuple[tuple[str, ...], tuple[bytes, ...]]]:
    """By kind: the command that takes a file of it from stdin, and valid ones."""
    statements = tuple(path.read_bytes() for path in sorted(_STATEMENTS.glob("*.csv")))
    rules = tuple(path.read_bytes() for path in sorted(_STATEMENTS.glob("*.toml")))
    return {
        "batches": (
            ("batch", "-"),
            (_lines("club_year.jsonl", 0, 12), _lines("club_year.jsonl", 900, 912)),
        ),
        "CSV batches": (("batch", "-", "--input-format", "csv"), (_CSV,)),
        "older logs": (
            ("import-events", "-", "--db", "new.db"),
            (_lines("older_world.jsonl", 0, 12),),
        ),
        "exports": (("import-events", "-", "--db", "new.db"), (export,)),
        "statements": (
            ("import", "-", "--account", "a"),
            ((SAMPLE_DATA / "bank_statement.csv").read_bytes(), *statements),
        ),
        "rules files": (("import", "bank.csv", "--account", "a", "--rules", "-"), (_RULES, *rules)),
    }


def check_corrupted_input(runner: CaseRunner, counts: CaseCounts, export: bytes, seed: int) -> None:
    """Corrupt a file by a seed, and give it to its command."""
    dice = random.Random(seed)
    found = corpora(export)
    kind = dice.choice(sorted(found))
    command, files = found[kind]
    runner.clear()
    (runner.cwd / "bank.csv").write_bytes((SAMPLE_DATA / "bank_statement.csv").read_bytes())
    before = content(runner.books)
    data = corrupt(dice.choice(files), dice)
    how = [each for each in ("--json", "--dry-run", "--continue-on-error") if dice.random() < 0.4]
    if command[0] == "import-events":
        how = [each for each in how if each == "--json"]
    outcome = runner.run(*command, *how, stdin=data)
    counts.ran(f"corrupted {kind}", outcome)
    check_exit(outcome)
    kept = "--dry-run" not in how and (outcome.status == 0 or "--continue-on-error" in how)
    if kept and command[0] != "import-events":
        assert_log_goes_on(before, content(runner.books))
        return
    assert content(runner.books) == before, (kind, data, outcome)
    made = runner.cwd / "new.db"
    assert made.exists() == (kept and command[0] == "import-events"), (kind, data, outcome)
    if kept and kind == "exports":
        again = runner.run("export-events", "--db", "new.db")
        assert again.bytes_out.splitlines() == export.splitlines(), (data, outcome)
