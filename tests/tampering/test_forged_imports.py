"""An exported log whose hashes are right, and that holds what no ledger writes, is not imported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.program import Run
from tests.support.tampering.attacks import attack

REFUSED = {
    "unknown-zone": (
        "invalid_time",
        "line 2: the time zone 'Mars/Phobos' does not exist, or is newer than the time zone data "
        "installed here",
    ),
    "change-to-an-unknown-zone": (
        "invalid_time",
        "line 17: the time zone 'CET' does not exist, or is newer than the time zone data "
        "installed here",
    ),
    "correct-what-comes-later": (
        "invalid_option",
        "line 17: the correction of the clock names position 17, and stands itself at 16",
    ),
    "correct-itself": (
        "invalid_option",
        "line 17: the correction of the clock names position 16, and stands itself at 16",
    ),
    "account-that-is-an-option": (
        "invalid_account_id",
        "line 13: '--help' cannot be an account id: it starts with '-'",
    ),
    "account-that-is-shell-code": (
        "invalid_account_id",
        "line 13: 'x$(touch pwned)' cannot be an account id: it holds '$'",
    ),
    "transfer-that-is-shell-code": (
        "invalid_text",
        "line 7: 't;id' cannot be the id of a transfer: it holds ';'",
    ),
    "tag-of-one-side": ("invalid_line", "line 8: the two sides of transfer {} differ"),
    "another-tag-on-the-other-side": (
        "invalid_line",
        "line 8: the two sides of transfer {} differ",
    ),
    "receipt-of-one-side": ("invalid_line", "line 8: the two sides of transfer {} differ"),
    "tag-without-a-key": ("invalid_tag", "line 16: '' cannot be the key of a tag: it is empty"),
    "tag-of-two-lines": (
        "invalid_tag",
        "line 16: the value of the tag category holds a line break",
    ),
    "long-tag": (
        "invalid_tag",
        "line 16: the value of the tag category has 201 characters, and 200 are the most",
    ),
    "tag-in-two-characters": (
        "invalid_tag",
        "line 16: the tags hold text in another form than tags are stored in (NFC)",
    ),
    "many-tags": ("invalid_tag", "line 16: there are 21 tags, and 20 are the most on an entry"),
    "receipt-of-less-than-nothing": (
        "invalid_receipt",
        "line 16: -1 cannot be the size of a receipt",
    ),
    "receipt-without-a-digest": ("invalid_receipt", "line 16: 'none' is not a SHA-256"),
    **dict.fromkeys(
        ("amount-twice", "amount-twice-in-other-letters"),
        (
            "invalid_line",
            "line 16: this is not an exported event: the field 'amount' is given twice",
        ),
    ),
    "tag-twice": (
        "invalid_line",
        "line 16: this is not an exported event: the field 'fee' is given twice",
    ),
    "actor-twice": (
        "invalid_line",
        "line 16: this is not an exported event: the field 'actor' is given twice",
    ),
    "half-a-character": (
        "invalid_line",
        "line 16: this is not an exported event: it holds half a character, written as an escape "
        "such as \\ud83d",
    ),
    "amount-with-decimals": (
        "unreadable_event",
        "line 16: event 15 (MoneyDeposited version 6 of 'a') cannot be read: amount must be a "
        "whole number, not a number with decimals",
    ),
}
STATUS = {"unreadable_event": 6}
"""Where it is not that of a wrong line."""


def exported(path: str, folder: Path) -> tuple[Path, str]:
    """The log of a ledger as a file, and the id of its one transfer."""
    file = folder / "log.jsonl"
    with Ledger.open(path, create=False, as_it_is=True) as ledger:
        file.write_bytes(b"\n".join(ledger.export_events()))
        (transfer_id,) = {
            json.loads(event.data)["transfer_id"]
            for event in ledger.events(raw=True, account_id="a")
            if event.event_type == "TransferSent"
        }
    return file, transfer_id


@pytest.mark.parametrize("name", REFUSED)
def test_a_forged_log_is_not_imported(name: str, path: str, tmp_path: Path, run: Run) -> None:
    attack(path, f"{name}-with-a-right-chain")
    log, transfer_id = exported(path, tmp_path)
    code, message = REFUSED[name]
    copy = tmp_path / "copy.db"

    outcome = run("import-events", str(log), "--db", str(copy), "--json")

    assert (outcome.status, outcome.error["code"]) == (STATUS.get(code, 2), code)
    assert outcome.error["message"] == message.format(transfer_id)
    assert outcome.error["hint"]
    assert not copy.exists()
