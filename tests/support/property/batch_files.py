"""Commands as the lines of a batch file, in both of its formats."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from tests.support.clock import iso
from tests.support.model import Intent

Line = dict[str, Any]


def line_of(intent: Intent) -> Line:
    line: Line = {"command": intent.command}
    if intent.command == "transfer":
        line |= {"from": intent.account, "to": intent.to}
    else:
        line["account"] = intent.account
    if intent.command == "open":
        line |= {"owner": intent.text, "currency": intent.currency}
        line["initial_balance"] = intent.amount
    elif intent.command == "close":
        line["reason"] = intent.text
    else:
        line |= {"amount": intent.amount, "description": intent.text}
    if intent.at is not None:
        line["at"] = iso(intent.at)
    if intent.key is not None:
        line["idempotency_key"] = intent.key
    if intent.expected is not None:
        line["expected_version"] = intent.expected
    return line


def json_lines(intents: Sequence[Intent]) -> list[bytes]:
    return [json.dumps(line_of(intent)).encode() + b"\n" for intent in intents]


def csv_file(intents: Sequence[Intent]) -> list[bytes]:
    lines = [line_of(intent) for intent in intents]
    names = sorted({name for line in lines for name in line})
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode().splitlines(keepends=True)
