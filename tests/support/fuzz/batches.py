"""Batches: lines that are commands, almost commands or noise; and what each must lead to."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.file_content import content
from tests.support.fuzz.argument_values import FIELDS, commands
from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import STATUS_OF, check_exit
from tests.support.fuzz.independent_parser import (
    EVERYWHERE,
    IN_LINES,
    NEEDED,
    NUMBERS,
    meaning,
    read_json,
)
from tests.support.fuzz.stored_events import stored_events
from tests.support.model import Entry

NOW = 1_780_000_000_000_000
"""Some time in 2026 (µs UTC): after the starting ledger ends, before anything in the future."""

STRANGERS: tuple[Any, ...] = (
    None,
    True,
    0,
    5,
    -1,
    5.0,
    1.5,
    10**400,
    [],
    {},
    ["5"],
    {"amount": "5"},
    "",
    "\ud800",
    "\0",
)

SHAPES = (
    b"null",
    b"[]",
    b'"deposit"',
    b"{}",
    b"{",
    b"5",
    b"NaN",
    b"deposit a 5",
    b'{"command": "deposit", "account": "a", "amount": NaN}',
    b'{"command": "deposit", "account": "a", "amount": "5",}',
    b'{"command": "deposit", "account": "a", "amount": "5"} x',
    b'{"command": "deposit", "account": "a", "amount": "5"}\x00',
    b"{'command': 'deposit', 'account': 'a', 'amount': '5'}",
    b'{"command": "deposit", "account": "a", "amount": "5", "description": "\x01"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "description": "\x7f"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "description": "a\rb"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "description": "\xc0\x80"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "description": "\xf8"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "description": "\\x"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "description": "\\ud83c"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "description": "\\ud83c\\udfe6"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "amount": "5"}',
    b'{"command": "deposit", "account": "a", "\\u0061mount": "6", "amount": "5"}',
    b'{"command": "deposit", "account": "a", "\\u0061mount": "6"}',
    b'{"command": "deposit", "account": "a", "amount": "5", "expected_version": 1e3}',
    b'{"command": "deposit", "account": "a", "amount": "5", "expected_version": 007}',
    b'{"command": "deposit", "account": "a", "amount": "5", "expected_version": -0}',
    b"[" * 5_000,
    b'{"command":' * 3_000,
    b'{"command": "deposit", "account": "a", "amount": "5", "description": '
    + b"[" * 900
    + b"]" * 900
    + b"}",
)


@st.composite
def json_lines(draw: st.DrawFn) -> bytes:
    """One line of a batch, without its end."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.sampled_from(SHAPES))
    if kind == 1:
        return draw(st.binary(max_size=40)).replace(b"\n", b"")
    fields = draw(commands())
    if kind == 2:
        _confuse(draw, fields)
    names = list(fields)
    if draw(st.booleans()):
        names = draw(st.permutations(names))
    text = json.dumps(
        {name: fields[name] for name in names},
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\r :")])),
    )
    line = text.encode("utf-8", "surrogatepass")
    if kind == 3:
        line = line[: draw(st.integers(0, len(line)))]
    elif kind == 4:  # a name twice, with the same value or another
        twin = draw(st.sampled_from(sorted(fields)))
        value = draw(st.sampled_from([fields[twin], None, "5", 5, ""]))
        pair = f"{json.dumps(twin)}: {json.dumps(value)}".encode()
        line = (
            line[:-1] + b", " + pair + b"}"
            if draw(st.booleans())
            else b"{" + pair + b"," + line[1:]
        )
    return draw(st.sampled_from([b"", b"", b"", b" ", b"\r", b"\t"])) + line


def _confuse(draw: st.DrawFn, fields: dict[str, Any]) -> None:
    """Give a field a wrong type or an unknown name, or leave it out."""
    name = draw(st.sampled_from(sorted(fields)))
    change = draw(st.integers(0, 3))
    if change == 0:
        fields[name] = draw(st.sampled_from(STRANGERS))
    elif change == 1:
        del fields[name]
    elif change == 2:
        fields[draw(st.sampled_from([*FIELDS, "colour", "Amount", "command "]))] = "5"
    else:
        fields["command"] = draw(
            st.sampled_from(["fly", "DEPOSIT", "", "batch", None, 5, ["open"]])
        )


json_batches = st.tuples(
    st.lists(json_lines(), max_size=6),
    st.sampled_from([b"\n", b"\n", b"\r\n", b"\n\n", b"\n \n"]),
    st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
    st.sampled_from([b"", b"\n", b"\r\n"]),
).map(lambda parts: parts[2] + parts[1].join(parts[0]) + parts[3])


def check_json_batch(
    runner: CaseRunner, counts: CaseCounts, batch: bytes, keep_going: bool
) -> None:
    """Run a batch of JSON Lines, and check it against what its lines say."""
    readings = [
        (number, read_json(line))
        for number, line in enumerate(batch.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
        if line.strip()
    ]
    _check(runner, counts, "jsonl", batch, readings, keep_going)


def _check(
    runner: CaseRunner,
    counts: CaseCounts,
    kind: str,
    batch: bytes,
    readings: list[tuple[int, dict[str, Any] | None]],
    keep_going: bool,
) -> None:
    runner.clear()
    model = runner.start.model.copy()
    before = content(runner.books)
    how = ["--continue-on-error"] if keep_going else []
    outcome = runner.run("batch", "-", "--input-format", kind, "--json", *how, stdin=batch)
    counts.ran(f"batch {kind}", outcome)
    error = check_exit(outcome)
    answers = {answer["line"]: answer for answer in map(json.loads, outcome.bytes_out.splitlines())}
    refused = 0
    for number, fields in readings:
        reasons = {"invalid_line"}
        if fields is not None:
            intent, reasons = meaning(fields, model, NOW)
            if not reasons:
                if model.replays(intent) is None:
                    model.carry_out(intent, NOW)
                if keep_going:
                    assert "error" not in answers[number], (number, fields, outcome)
                continue
        if not keep_going:
            assert error["code"] in reasons, (number, fields, reasons, outcome)
            assert outcome.status == STATUS_OF[error["code"]], outcome
            assert error["details"]["line"] == number, outcome
            assert content(runner.books) == before
            assert not outcome.out
            return
        refused += 1
        assert answers[number]["error"]["code"] in reasons, (number, fields, reasons, outcome)
    assert outcome.status == (3 if refused else 0), outcome
    assert len(answers) == len(readings), outcome
    assert_log_is(runner, model.log)


def assert_log_is(runner: CaseRunner, log: list[Entry]) -> None:
    """The file holds exactly what the model does, except for the time of commands without one."""
    found = stored_events(runner.books)
    assert len(found) == len(log)
    for event, entry in zip(found, log, strict=True):
        assert event[:5] == (
            entry.account,
            entry.version,
            entry.event_type,
            entry.amount,
            entry.words,
        )
        assert event.effective == entry.effective or entry.effective >= NOW
        assert event.owner == entry.owner


# ── CSV ─────────────────────────────────────────────────────────────────────────────────────────

Rows = tuple[list[str], list[list[str]]]
"""A header, and the cells of rows below it."""


@st.composite
def csv_tables(draw: st.DrawFn) -> Rows:
    """A table of commands. A cell that is empty says nothing."""
    columns = draw(st.permutations(["command", *FIELDS]))
    rows = []
    for _ in range(draw(st.integers(0, 5))):
        fields = {name: str(value) for name, value in draw(commands()).items()}
        if draw(st.integers(0, 6)) == 0:
            fields[draw(st.sampled_from(sorted(FIELDS)))] = draw(
                st.sampled_from(
                    ["5", "05", "5.0", " 5", "+5", "٥", "5_0", "null", "true", "1e3", "9" * 41]
                )
            )
        row = [fields.get(name, "").encode(errors="replace").decode() for name in columns]
        if draw(st.integers(0, 9)) == 0:
            row = draw(st.sampled_from([row[:-1], [*row, ""], [*row, "more"]]))
        rows.append(row)
    return list(columns), rows


def written(table: Rows, end: str, always_quoted: bool) -> bytes:
    """A table as a CSV file, by RFC 4180."""

    def cell(text: str) -> str:
        if always_quoted or any(mark in text for mark in ',"\r\n'):
            return '"' + text.replace('"', '""') + '"'
        return text

    header, rows = table
    text = "".join(",".join(map(cell, row)) + end for row in [header, *rows])
    return text.encode()


def _fields_of(header: list[str], row: list[str]) -> dict[str, Any] | None:
    if len(row) != len(header):
        return None
    fields: dict[str, Any] = {name: cell for name, cell in zip(header, row, strict=True) if cell}
    command = fields.get("command")
    if command not in NEEDED:
        return None
    if not NEEDED[command] <= set(fields) <= NEEDED[command] | IN_LINES[command] | EVERYWHERE:
        return None
    for name in NUMBERS:
        if name not in fields:
            continue
        text = fields[name]
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 40):
            return None
        fields[name] = int(text)
    return fields


def check_csv_batch(
    runner: CaseRunner,
    counts: CaseCounts,
    table: Rows,
    end: str,
    always_quoted: bool,
    keep_going: bool,
) -> None:
    """Run a batch of CSV, and check it against what its cells say."""
    header, rows = table
    readings, line = [], 2
    for row in rows:
        readings.append((line, _fields_of(header, row)))
        line += written((row, []), end, always_quoted).count(b"\n")
    _check(runner, counts, "csv", written(table, end, always_quoted), readings, keep_going)
