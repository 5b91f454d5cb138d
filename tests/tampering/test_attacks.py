"""Every attack on a ledger file is found, and verify says where."""

from __future__ import annotations

import json
import sqlite3
from typing import Final

import pytest

from ledger import Ledger
from ledger.verification.findings import Verification
from tests.support.log_editing import edit_file, run_sql
from tests.support.program import Run
from tests.support.tampering.attacks import ATTACKS, REPLACE, attack

Where = tuple[str, int | None, str | None]
"""A check, a position and an account."""

ROWS_OF_A: Final = [("projection", None, "a"), ("projection", None, "a")]
ROWS_OF_B: Final = [("projection", None, "b"), ("projection", None, "b")]
ROWS_OF_C: Final = [("projection", None, "c"), ("projection", None, "c")]
UNEVEN: Final = [("totals", None, None), ("totals", None, None)]

FOUND: Final[dict[str, list[Where]]] = {
    "amount": [("hash_chain", 4, "a"), ("snapshot", 5, "a"), ("snapshot", 15, "a"), *ROWS_OF_A],
    "amount-of-a-transfer": [
        ("hash_chain", 7, "b"),
        ("transfers", 7, "b"),
        ("snapshot", 10, "b"),
        *UNEVEN,
        *ROWS_OF_B,
    ],
    "account-of-a-transfer": [("hash_chain", 7, "b"), ("transfers", 7, "b")],
    "description": [("hash_chain", 4, "a")],
    "description-of-a-transfer": [("hash_chain", 6, "a"), ("transfers", 7, "b")],
    "description-taken-out": [("hash_chain", 4, "a")],
    "description-of-nothing": [("hash_chain", 10, "b")],
    "description-of-no-encoding": [("unreadable", 4, None), ("versions", 5, "a")],
    "salt": [("hash_chain", 4, "a")],
    "salt-taken-out": [("medium", None, None), ("hash_chain", 4, "a")],
    "salt-of-nothing": [("medium", None, None), ("hash_chain", 10, "b")],
    "text-of-another-type": [("medium", None, None), ("unreadable", 4, "a")],
    "digest-cut-short": [("medium", None, None), ("hash_chain", 4, "a"), ("erasure", 4, "a")],
    "time-zone": [("hash_chain", 1, "$book"), ("projection", None, None)],
    "name-of-the-book": [("hash_chain", 1, "$book")],
    "book-of-another-ledger": [("hash_chain", 1, "$book"), ("book", 1, "$book")],
    "decimals": [
        ("hash_chain", 3, "b"),
        ("rules", 3, "b"),
        ("snapshot", 10, "b"),
        *UNEVEN,
        *UNEVEN,
        *ROWS_OF_B,
    ],
    "owner": [("hash_chain", 3, "b"), ("snapshot", 10, "b"), ("projection", None, "b")],
    "currency": [
        ("hash_chain", 3, "b"),
        ("rules", 7, "b"),
        ("snapshot", 10, "b"),
        *UNEVEN,
        *ROWS_OF_B,
    ],
    "effective-time": [("hash_chain", 5, "a"), ("snapshot", 5, "a")],
    "effective-time-before-others": [
        ("hash_chain", 10, "b"),
        ("snapshot", 10, "b"),
        ("backdated", 11, "b"),
    ],
    "recorded-time": [("hash_chain", 10, "b"), ("snapshot", 10, "b"), ("recorded_times", 11, "b")],
    "backdated-mark": [("hash_chain", 8, "a"), ("backdated", 8, "a")],
    "actor": [("hash_chain", 14, "b")],
    "key-in-the-log": [
        ("hash_chain", 14, "b"),
        ("idempotency", 14, None),
        ("idempotency", 14, "b"),
    ],
    "hash": [("hash_chain", 6, "a")],
    "version": [("hash_chain", 15, "a"), ("versions", 15, "a")],
    "type": [("hash_chain", 15, "a"), ("snapshot", 15, "a"), *ROWS_OF_A],
    "type-that-is-none": [("hash_chain", 15, "a"), ("unreadable", 15, "a")],
    "data-that-is-none": [("hash_chain", 15, "a"), ("unreadable", 15, "a")],
    "data-of-no-encoding": [("unreadable", 15, None), *ROWS_OF_A],
    "metadata-that-is-none": [("hash_chain", 15, "a"), ("unreadable", 15, "a")],
    "schema-version": [("hash_chain", 15, "a"), ("unreadable", 15, "a")],
    "amount-below-zero": [
        ("hash_chain", 4, "a"),
        ("rules", 4, "a"),
        ("snapshot", 5, "a"),
        ("snapshot", 15, "a"),
        *ROWS_OF_A,
    ],
    "swap-contents": [("hash_chain", 10, "b"), ("snapshot", 10, "b"), ("hash_chain", 14, "b")],
    "swap-places": [
        ("hash_chain", 14, "a"),
        ("hash_chain", 15, "b"),
        ("recorded_times", 15, "b"),
        ("idempotency", 15, "b"),
    ],
    "delete-from-the-middle": [("positions", 5, None), ("versions", 6, "a")],
    "delete-two-from-the-middle": [
        ("positions", 9, None),
        ("versions", 11, "b"),
        ("backdated", 11, "b"),
        ("streams", None, "j"),
        ("projection", None, "j"),
        ("projection", None, "j"),
    ],
    "delete-the-book": [("positions", 1, None), ("streams", None, "$book")],
    "delete-the-first": [("positions", 2, None), ("versions", 4, "a"), *UNEVEN],
    "delete-the-last": [
        ("medium", 15, None),
        ("projection", 15, None),
        ("projection", 15, None),
        ("snapshot", None, "a"),
        *ROWS_OF_A,
    ],
    "delete-half-a-transfer": [
        ("transfers", 6, "a"),
        ("idempotency", 6, "a"),
        ("positions", 7, None),
        ("versions", 10, "b"),
        ("medium", None, None),
        *UNEVEN,
    ],
    "delete-a-stream": [("positions", 12, None), *ROWS_OF_C],
    "delete-a-streams-events": [
        ("positions", 12, None),
        ("streams", None, "c"),
        *ROWS_OF_C,
    ],
    "delete-a-streams-name": [
        ("medium", 12, None),
        ("unreadable", 12, None),
        ("medium", 13, None),
        *ROWS_OF_C,
    ],
    "rename-a-stream": [
        ("hash_chain", 12, "d"),
        ("rules", 12, "d"),
        ("hash_chain", 13, "d"),
        *ROWS_OF_C,
        ("projection", None, "d"),
        ("projection", None, "d"),
    ],
    "add-a-stream": [("streams", None, "ghost")],
    "type-of-a-stream": [
        ("hash_chain", 12, "c"),
        ("unknown_type", 12, "c"),
        ("hash_chain", 13, "c"),
    ],
    "insert": [("hash_chain", 16, "a")],
    "insert-before-the-first": [
        ("positions", 0, "a"),
        ("versions", 0, "a"),
        ("versions", 2, "a"),
        ("backdated", 2, "a"),
    ],
    "edit-a-balance": [("projection", None, "b")],
    "edit-a-summary": [("projection", None, "b")],
    "add-a-row": [("projection", None, "ghost")],
    "remove-a-row": [("projection", None, "c")],
    "drop-a-projection": [("projection", None, None)],
    "checkpoint-ahead": [("projection", 21, None)],
    "checkpoint-back": [("projection", None, "a")],
    "no-checkpoint": [("medium", None, None), ("projection", None, None)],
    "state-of-a-snapshot": [("snapshot", 10, "b")],
    "time-of-a-snapshot": [("snapshot", 10, "b")],
    "version-of-a-snapshot": [("snapshot", None, "b")],
    "snapshot-that-is-none": [("snapshot", 10, "b")],
    "fingerprint-of-a-key": [("idempotency", 4, "a")],
    "events-of-a-key": [("idempotency", 6, "a")],
    "forget-a-key": [("idempotency", 6, "a")],
    "add-a-key": [("idempotency", 10, None)],
    "rename-a-key": [("idempotency", 14, None), ("idempotency", 14, "b")],
    "ledgers-id": [("hash_chain", 1, "$book"), ("book", 1, "$book")],
    "hide-a-text-with-a-right-chain": [("unreadable", 15, "a")],
    "amount-twice-with-a-right-chain": [("unreadable", 15, "a")],
    "amount-twice-in-other-letters-with-a-right-chain": [("unreadable", 15, "a")],
    "tag-twice-with-a-right-chain": [("unreadable", 15, "a")],
    "amount-with-decimals-with-a-right-chain": [("unreadable", 15, "a")],
    "amount-with-an-exponent-with-a-right-chain": [("unreadable", 15, "a")],
    "amount-with-a-leading-zero-with-a-right-chain": [("unreadable", 15, "a")],
    "amount-that-is-no-number-with-a-right-chain": [("unreadable", 15, "a")],
    "half-a-character-with-a-right-chain": [("unreadable", 15, "a")],
    "byte-order-mark-with-a-right-chain": [("unreadable", 15, "a")],
    "two-of-it-with-a-right-chain": [("unreadable", 15, "a")],
    "blanks-around-it-with-a-right-chain": [("unreadable", 15, "a")],
    "a-line-end-after-the-metadata-with-a-right-chain": [("unreadable", 15, "a")],
    "actor-twice-with-a-right-chain": [("unreadable", 15, "a")],
    "request-with-an-amount-twice-with-a-right-chain": [("unreadable", 15, "a")],
    "overdraw-with-a-right-chain": [("rules", 15, "a")],
    "unknown-zone-with-a-right-chain": [("rules", 1, "$book")],
    "change-to-an-unknown-zone-with-a-right-chain": [("rules", 16, "$book")],
    "correct-what-comes-later-with-a-right-chain": [("rules", 16, "$book")],
    "correct-itself-with-a-right-chain": [("rules", 16, "$book")],
    "account-that-is-an-option-with-a-right-chain": [("rules", 12, "--help")],
    "account-that-is-shell-code-with-a-right-chain": [("rules", 12, "x$(touch pwned)")],
    "transfer-that-is-shell-code-with-a-right-chain": [("rules", 6, "a"), ("rules", 7, "b")],
    "tag-of-one-side-with-a-right-chain": [("transfers", 7, "b")],
    "another-tag-on-the-other-side-with-a-right-chain": [("transfers", 7, "b")],
    "receipt-of-one-side-with-a-right-chain": [("transfers", 7, "b")],
    "tag-without-a-key-with-a-right-chain": [("rules", 15, "a")],
    "tag-of-two-lines-with-a-right-chain": [("rules", 15, "a")],
    "long-tag-with-a-right-chain": [("rules", 15, "a")],
    "tag-in-two-characters-with-a-right-chain": [("rules", 15, "a")],
    "many-tags-with-a-right-chain": [("rules", 15, "a")],
    "receipt-of-less-than-nothing-with-a-right-chain": [("rules", 15, "a")],
    "receipt-without-a-digest-with-a-right-chain": [("rules", 15, "a")],
    "receipt-in-capitals-with-a-right-chain": [("rules", 15, "a")],
    "receipt-twice-with-a-right-chain": [("rules", 15, "a")],
}
"""What each attack leads to, and no more: none is found a second time in what follows from it."""

BEHIND_THE_HEAD: Final = {
    "cut-off-the-tail": [("head", 15, None)],
    "forge-from-the-middle-on": [("head", 15, None)],
}
"""What leaves a sound ledger behind, which is not the one that was."""


def verified(path: str, *, head: str | None = None, workers: int = 1) -> Verification:
    with Ledger.open(path, create=False, as_it_is=True) as ledger:
        return ledger.verify(expect_head=head, workers=workers)


def places(found: Verification) -> list[Where]:
    return sorted(
        ((each.check, each.position, each.account_id) for each in found.findings), key=str
    )


def test_every_attack_has_a_test() -> None:
    assert FOUND.keys() | BEHIND_THE_HEAD.keys() == ATTACKS.keys()


def test_nothing_is_found_without_an_attack(path: str, noted_head: str) -> None:
    found = verified(path, head=noted_head)

    assert (found.clean, found.findings, found.notes) == (True, (), ())
    assert (found.events, found.accounts, found.snapshots, found.idempotency_keys) == (15, 4, 3, 3)


@pytest.mark.parametrize("name", FOUND)
def test_an_attack_is_found_and_located(name: str, path: str) -> None:
    attack(path, name)

    found = verified(path)

    assert places(found) == sorted(FOUND[name], key=str)
    assert not found.clean
    for finding in found.findings:
        assert finding.message
        assert finding.expected != finding.found or finding.expected is None


@pytest.mark.parametrize("name", BEHIND_THE_HEAD)
def test_an_intact_log_that_is_another_is_found_by_the_noted_head(
    name: str, path: str, noted_head: str
) -> None:
    attack(path, name)

    assert verified(path).clean
    found = verified(path, head=noted_head)
    assert places(found) == BEHIND_THE_HEAD[name]
    assert found.findings[0].expected == noted_head
    assert (
        found.findings[0].found
        == {
            "cut-off-the-tail": f"the log ends at {found.head.short}",
            "forge-from-the-middle-on": found.head.short,
        }[name]
    )
    assert found.head.short != noted_head


def test_an_event_cannot_be_replaced(path: str) -> None:
    """SQLite's REPLACE deletes the old row without asking the trigger for deletions."""
    with pytest.raises(sqlite3.IntegrityError, match="events are append-only"):
        run_sql(path, REPLACE)

    assert verified(path).clean


def test_an_event_replaced_past_the_trigger_is_found(path: str) -> None:
    edit_file(path, REPLACE)

    assert places(verified(path)) == [("hash_chain", 4, "a")]


@pytest.mark.parametrize("name", ["amount", "delete-half-a-transfer", "key-in-the-log", "insert"])
@pytest.mark.usefixtures("forked_workers")
@pytest.mark.parametrize("workers", [2, 3])
def test_several_processes_find_the_same(name: str, workers: int, path: str) -> None:
    attack(path, name)

    assert verified(path, workers=workers) == verified(path)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_command_finds_what_the_api_finds(
    name: str, path: str, noted_head: str, run: Run
) -> None:
    attack(path, name)
    expected = verified(path, head=noted_head)

    outcome = run("verify", "--json", "--expect-head", noted_head)

    assert outcome.status == 6
    assert outcome.error["code"] == "verification_failed"
    assert outcome.error["details"] == {"findings": len(expected.findings)}
    assert not outcome.json["clean"]
    assert [
        (each["check"], each["position"], each["account_id"], each["expected"], each["found"])
        for each in outcome.json["findings"]
    ] == [
        (each.check, each.position, each.account_id, each.expected, each.found)
        for each in expected.findings
    ]
    assert json.loads(outcome.out)["head"] == expected.head.short
