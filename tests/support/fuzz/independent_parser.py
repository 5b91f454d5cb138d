"""What a written command means, by `ledger help` alone: nothing of the program is used."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.support.clock import utc
from tests.support.model import Intent, Model

NEEDED = {
    "open": {"account", "owner"},
    "deposit": {"account", "amount"},
    "withdraw": {"account", "amount"},
    "transfer": {"from", "to", "amount"},
    "close": {"account"},
}
ALLOWED = {
    "open": {"currency", "decimals", "initial_balance"},
    "deposit": {"description"},
    "withdraw": {"description"},
    "transfer": {"description"},
    "close": {"reason"},
}
IN_LINES = {
    command: names | ({"currency"} if "description" in names else set())
    for command, names in ALLOWED.items()
}
"""The same for lines of batches: a command line has no option for the currency of a movement."""

EVERYWHERE = {"command", "at", "idempotency_key", "expected_version"}

TIMES: dict[str, int | None] = {
    "2024-03-20": utc("2024-03-20"),
    "2024-03-06T12:00:00Z": utc("2024-03-06T12:00:00"),
    "2024-03-06T12:00:00.000001+00:00": utc("2024-03-06T12:00:00.000001"),
    "2024-03-06 14:00+02:00": utc("2024-03-06T12:00:00"),
    "2024-03-04T12:00": utc("2024-03-04T12:00:00"),
    "1999-12-31": utc("1999-12-31"),
    "0001-01-01T00:00:00Z": -62_135_596_800_000_000,
    "9999-12-31": utc("9999-12-31"),
    "2024-02-30": None,
    "2024-13-01": None,
    "0000-01-01": None,
    "2024-03-06T25:00:00Z": None,
    "2024-03-06T12:00:00.0000001Z": None,
    "٢٠٢٤-٠٣-٠٦": None,
    "20240320": utc("2024-03-20"),
    "2024-03": None,
    "someday": None,
    "06.03.2024": None,
    "2024-W10-3": None,
    "1709283600": None,
    "2024-03-06T12:00:00Z\n": None,
    " 2024-03-06": None,
    "now": None,
    "null": None,
    "": None,
}
"""What people write for a time, in UTC, and what it is; None where it is none."""

CURRENCIES = {"USD": 2, "JPY": 0}
NUMBERS = ("expected_version", "decimals")

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


class _NotACommandError(Exception):
    """A line is not a command."""


def read_json(line: bytes) -> dict[str, Any] | None:
    """The fields of a command on a line of JSON, or None where it is no command."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in found}) != len(found):
            raise _NotACommandError
        return dict(found)

    def constant(_: str) -> object:
        raise _NotACommandError

    try:
        fields = json.loads(line.decode(), object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError, _NotACommandError):
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("command"), str):
        return None
    return fields if fields["command"] in NEEDED and _has_right_types(fields) else None


def _has_right_types(fields: dict[str, Any]) -> bool:
    command = fields["command"]
    names = set(fields)
    if not NEEDED[command] <= names <= NEEDED[command] | IN_LINES[command] | EVERYWHERE:
        return False
    for name, value in fields.items():
        if name in ("at", "idempotency_key", *NUMBERS) and value is None:
            continue
        if name in NUMBERS:
            if not isinstance(value, int) or isinstance(value, bool):
                return False
        elif not isinstance(value, str) or not _is_unicode(value):
            return False
    return True


def meaning(fields: Mapping[str, Any], model: Model, clock: int) -> tuple[Intent, set[str]]:
    """The command that fields of the right types are, and the codes it may be refused with."""
    reasons: set[str] = set()
    command = fields["command"]
    words = {"open": "owner", "close": "reason"}.get(command, "description")
    text = fields.get(words, "")
    ids = [fields[name] for name in ("account", "from", "to") if name in fields]
    if not all(_ID.fullmatch(each) for each in ids):
        reasons |= {"invalid_account_id", "no_such_account"}
    if len(text) > (1_000 if command == "open" else 10_000) or "\0" in text:
        reasons.add("invalid_text")
    if command == "open" and not text.strip():
        reasons.add("invalid_text")
    key = fields.get("idempotency_key")
    if key is not None and (not key.strip() or len(key) > 255 or "\0" in key):
        reasons.add("invalid_text")
    currency = fields.get("currency", "USD")
    if command != "open":
        state = model.state(ids[0])
        kept_in = None if state is None else state.currency.partition(":")[0]
        if "currency" in fields and currency and currency != kept_in:
            reasons.add("currency_mismatch")
        currency = "USD"
    elif not _is_a_unit(currency, fields.get("decimals")):
        reasons.add("invalid_currency")
        currency = "USD"
    elif currency not in CURRENCIES:
        currency += f":{fields['decimals']}"
    amount = fields.get("initial_balance", "0") if command == "open" else fields.get("amount", "")
    if command != "close" and len(amount) > 40:
        reasons.add("invalid_amount")
    at = fields.get("at")
    when = None if at is None else TIMES.get(at)
    if at is not None and when is None:
        reasons.add("invalid_time")
    if not all(_is_unicode(value) for value in fields.values() if isinstance(value, str)):
        reasons.add("invalid_text")
    intent = Intent(
        command,
        ids[0],
        amount,
        text,
        ids[1] if command == "transfer" else "",
        currency,
        when,
        key,
        fields.get("expected_version"),
        fields.get("decimals") if command == "open" else None,
    )
    against = model.reasons_against(intent, clock)
    if reasons and intent.key in model.keys:
        against.add("idempotency_key_reused")
    return intent, reasons | against


def _is_a_unit(currency: str, decimals: int | None) -> bool:
    """Whether accounts can be kept in it: a known currency, or a unit that says its decimals."""
    if currency in CURRENCIES:
        return decimals in (None, CURRENCIES[currency])
    if decimals is None or currency.upper() in CURRENCIES:
        return False
    return 0 <= decimals <= 12 and re.fullmatch("[A-Z][A-Z0-9]{0,11}", currency) is not None


def _is_unicode(text: str) -> bool:
    return not any(0xD800 <= ord(mark) <= 0xDFFF for mark in text)
