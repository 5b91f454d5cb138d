"""Exports that were edited: importing one makes the same ledger again, or none."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.support.fuzz.case_counts import CaseCounts
from tests.support.fuzz.case_runner import CaseRunner
from tests.support.fuzz.exit_contract import check_exit

OLDER_LINE = (
    b'{"event_id": "dc1a3999-8ec8-4cbb-84c0-963d9d1cd173", "aggregate_id": "p", '
    b'"aggregate_type": "BankAccount", "event_type": "AccountOpened", "data": {"account_id": "p", '
    b'"name": "Ana", "initial_balance": 5.0}, "metadata": {}, "version": 1, '
    b'"timestamp": "2024-01-04T01:47:33.511823"}'
)

HARMLESS = (
    "as it is",
    "CRLF",
    "blank lines",
    "byte-order mark",
    "spaces",
    "other order",
    "a field more",
)
HARMFUL = (
    "a line less",
    "a line twice",
    "two lines swapped",
    "no header",
    "header twice",
    "cut",
    "no field",
    "a value changed",
    "another ledger's line",
)
_STRANGE: tuple[Any, ...] = (None, 0, -1, 1.5, "", "x", [], {}, True, 2**63, "٣", 10**30, "\ud800")


def touched(export: list[bytes], way: str, dice: random.Random) -> bytes:
    """An export with one edit."""
    lines = list(export)
    place = dice.randrange(1, len(lines))
    end = b"\n"
    if way == "CRLF":
        end = b"\r\n"
    elif way == "blank lines":
        end = b"\n \n\n"
    elif way == "byte-order mark":
        lines[0] = b"\xef\xbb\xbf" + lines[0]
    elif way == "spaces":
        lines[place] = b"\t " + lines[place] + b" \r"
    elif way == "other order":
        lines[place] = _reordered(lines[place], dice)
    elif way == "a field more":
        lines[place] = lines[place][:-1] + b', "colour": {"red": [1e400]}}'
    elif way == "a line less":
        del lines[place]
    elif way == "a line twice":
        lines.insert(place, lines[place])
    elif way == "two lines swapped":
        other = place % (len(lines) - 1) + 1
        lines[place], lines[other] = lines[other], lines[place]
    elif way == "no header":
        del lines[0]
    elif way == "header twice":
        lines.insert(place, lines[0])
    elif way == "cut":
        lines[-1] = lines[-1][: dice.randrange(len(lines[-1]))]
    elif way in ("no field", "a value changed"):
        at = dice.randrange(len(lines))
        lines[at] = _changed(lines[at], way, dice)
    elif way == "another ledger's line":
        lines.insert(place, OLDER_LINE)
    return end.join(lines)


def _raw_fields(line: bytes) -> dict[str, str]:
    """The fields of a line, each with its very text."""
    fields, decoder, text = {}, json.JSONDecoder(), line.decode()
    place = 1
    while text[place - 1] != "}":
        name, place = decoder.raw_decode(text, place)
        _, end = decoder.raw_decode(text, place + 1)
        fields[name] = text[place + 1 : end]
        place = end + 1
    return fields


def _line(fields: dict[str, str]) -> bytes:
    return (
        "{" + ",".join(f"{json.dumps(name)}:{raw}" for name, raw in fields.items()) + "}"
    ).encode()


def _reordered(line: bytes, dice: random.Random) -> bytes:
    fields = list(_raw_fields(line).items())
    dice.shuffle(fields)
    return _line(dict(fields))


def _changed(line: bytes, way: str, dice: random.Random) -> bytes:
    """A line with a field removed or changed, in a way that matters."""
    fields = _raw_fields(line)
    name = dice.choice([each for each in sorted(fields) if each not in ("created_at", "format")])
    if way == "no field":
        del fields[name]
        return _line(fields)
    raw = fields[name]
    while raw == fields[name]:
        kind = dice.randrange(4)
        if kind == 0:
            raw = json.dumps(dice.choice(_STRANGE))
        elif kind == 1 and raw.isdigit():
            raw = str(int(raw) + dice.choice([-1, 1, 2**31, 2**63]))
        elif kind == 2 and raw.startswith("{"):
            raw = raw[:-1] + dice.choice(
                [',"amount":1}', " }", ',"x":NaN}', ',"x":' + "[" * 2_000 + "}"]
            )
        elif len(raw) > 2:
            at = dice.randrange(1, len(raw) - 1)
            raw = raw[:at] + dice.choice("09aZ:-\\") + raw[at + 1 :]
    fields[name] = raw
    return _line(fields)


def check_export(
    runner: CaseRunner, counts: CaseCounts, export: list[bytes], way: str, seed: int
) -> None:
    """Import an edited export into a new ledger: the result is the same ledger, or none."""
    runner.clear()
    log = touched(export, way, random.Random(seed))
    outcome = runner.run("import-events", "-", "--db", "new.db", "--json", stdin=log)
    counts.ran("exports touched", outcome)
    check_exit(outcome)
    made = runner.cwd / "new.db"
    if way in HARMLESS:
        assert outcome.status == 0, (way, outcome)
        again = runner.run("export-events", "--db", "new.db")
        assert again.bytes_out.splitlines() == export, way
        return
    if outcome.status == 0:  # then nothing that counts was touched after all
        again = runner.run("export-events", "--db", "new.db")
        assert again.bytes_out.splitlines() == export, (way, log)
        counts.note("exports touched in vain")
        return
    assert outcome.status in (2, 3, 6), (way, outcome)
    assert not made.exists(), (way, outcome)
    assert not outcome.out
