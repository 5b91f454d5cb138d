"""Every attack on a ledger file is found, and verify says where."""

from __future__ import annotations

import json
from typing import Final

import pytest

from ledger import Ledger
from ledger.verification.findings import Verification
from tests.support.program import Run
from tests.support.tampering.attacks import ATTACKS, attack, replace_an_event

Where = tuple[str, int | None, str | None]
"""A check, a position and an account."""

ROWS_OF_A: Final = [("projection", None, "a"), ("projection", None, "a")]
ROWS_OF_B: Final = [("projection", None, "b"), ("projection", None, "b")]
UNEVEN: Final = [("totals", None, None), ("totals", None, None)]

FOUND: Final[dict[str, list[Where]]] = {
    "amount": [("hash_chain", 3, "a"), ("snapshot", 4, "a"), ("snapshot", 14, "a"), *ROWS_OF_A],
    "amount-of-a-transfer": [
        ("hash_chain", 6, "b"),
        ("transfers", 6, "b"),
        ("snapshot", 9, "b"),
        *UNEVEN,
        *ROWS_OF_B,
    ],
    "account-of-a-transfer": [("hash_chain", 6, "b"), ("transfers", 6, "b")],
    "description": [("hash_chain", 3, "a")],
    "description-of-a-transfer": [("hash_chain", 5, "a"), ("transfers", 6, "b")],
    "owner": [("hash_chain", 2, "b"), ("snapshot", 9, "b"), ("projection", None, "b")],
    "currency": [
        ("hash_chain", 2, "b"),
        ("rules", 6, "b"),
        ("snapshot", 9, "b"),
        *UNEVEN,
        *ROWS_OF_B,
    ],
    "effective-time": [("hash_chain", 4, "a"), ("snapshot", 4, "a")],
    "effective-time-before-others": [
        ("hash_chain", 9, "b"),
        ("snapshot", 9, "b"),
        ("backdated", 10, "b"),
    ],
    "recorded-time": [("hash_chain", 9, "b"), ("snapshot", 9, "b"), ("recorded_times", 10, "b")],
    "backdated-mark": [("hash_chain", 7, "a"), ("backdated", 7, "a")],
    "actor": [("hash_chain", 13, "b")],
    "key-in-the-log": [
        ("hash_chain", 13, "b"),
        ("idempotency", 13, None),
        ("idempotency", 13, "b"),
    ],
    "hash": [("hash_chain", 5, "a")],
    "version": [("hash_chain", 14, "a"), ("versions", 14, "a")],
    "type": [("hash_chain", 14, "a"), ("snapshot", 14, "a"), *ROWS_OF_A],
    "type-that-is-none": [("hash_chain", 14, "a"), ("unreadable", 14, "a")],
    "data-that-is-none": [("hash_chain", 14, "a"), ("unreadable", 14, "a")],
    "data-of-no-encoding": [("unreadable", 14, None), *ROWS_OF_A],
    "metadata-that-is-none": [("hash_chain", 14, "a"), ("unreadable", 14, "a")],
    "schema-version": [("hash_chain", 14, "a"), ("unreadable", 14, "a")],
    "amount-below-zero": [
        ("hash_chain", 3, "a"),
        ("rules", 3, "a"),
        ("snapshot", 4, "a"),
        ("snapshot", 14, "a"),
        *ROWS_OF_A,
    ],
    "swap-contents": [("hash_chain", 9, "b"), ("snapshot", 9, "b"), ("hash_chain", 13, "b")],
    "swap-places": [
        ("hash_chain", 13, "a"),
        ("hash_chain", 14, "b"),
        ("recorded_times", 14, "b"),
        ("idempotency", 14, "b"),
    ],
    "delete-from-the-middle": [("positions", 4, None), ("versions", 5, "a")],
    "delete-two-from-the-middle": [
        ("positions", 8, None),
        ("versions", 10, "b"),
        ("backdated", 10, "b"),
        ("streams", None, "j"),
        ("projection", None, "j"),
        ("projection", None, "j"),
    ],
    "delete-the-first": [("positions", 1, None), ("versions", 3, "a"), *UNEVEN],
    "delete-the-last": [
        ("medium", 14, None),
        ("projection", 14, None),
        ("projection", 14, None),
        ("snapshot", None, "a"),
        *ROWS_OF_A,
    ],
    "delete-half-a-transfer": [
        ("transfers", 5, "a"),
        ("idempotency", 5, "a"),
        ("positions", 6, None),
        ("versions", 9, "b"),
        ("medium", None, None),
        *UNEVEN,
    ],
    "delete-a-stream": [("positions", 11, None), ("projection", None, "c")],
    "delete-a-streams-events": [
        ("positions", 11, None),
        ("streams", None, "c"),
        ("projection", None, "c"),
    ],
    "delete-a-streams-name": [
        ("medium", 11, None),
        ("unreadable", 11, None),
        ("medium", 12, None),
        ("projection", None, "c"),
    ],
    "rename-a-stream": [
        ("hash_chain", 11, "d"),
        ("hash_chain", 12, "d"),
        ("projection", None, "c"),
        ("projection", None, "d"),
    ],
    "add-a-stream": [("streams", None, "ghost")],
    "type-of-a-stream": [("hash_chain", 11, "c"), ("streams", 11, "c"), ("hash_chain", 12, "c")],
    "insert": [("hash_chain", 15, "a")],
    "insert-before-the-first": [
        ("positions", 0, "a"),
        ("versions", 0, "a"),
        ("versions", 1, "a"),
        ("backdated", 1, "a"),
    ],
    "edit-a-balance": [("projection", None, "b")],
    "edit-a-summary": [("projection", None, "b")],
    "add-a-row": [("projection", None, "ghost")],
    "remove-a-row": [("projection", None, "c")],
    "drop-a-projection": [("projection", None, None)],
    "checkpoint-ahead": [("projection", 20, None)],
    "checkpoint-back": [("projection", None, "a")],
    "no-checkpoint": [("projection", None, None)],
    "state-of-a-snapshot": [("snapshot", 9, "b")],
    "time-of-a-snapshot": [("snapshot", 9, "b")],
    "version-of-a-snapshot": [("snapshot", None, "b")],
    "snapshot-that-is-none": [("snapshot", 9, "b")],
    "fingerprint-of-a-key": [("idempotency", 3, "a")],
    "events-of-a-key": [("idempotency", 5, "a")],
    "forget-a-key": [("idempotency", 5, "a")],
    "add-a-key": [("idempotency", 9, None)],
    "rename-a-key": [("idempotency", 13, None), ("idempotency", 13, "b")],
    "ledgers-id": [("hash_chain", 1, "a")],
    "overdraw-with-a-right-chain": [("rules", 14, "a")],
}
"""What each attack leads to, and no more: none is found a second time in what follows from it."""

BEHIND_THE_HEAD: Final = {
    "cut-off-the-tail": [("head", 14, None)],
    "forge-from-the-middle-on": [("head", 14, None)],
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
    assert (found.events, found.accounts, found.snapshots, found.idempotency_keys) == (14, 4, 3, 3)


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


def test_an_event_replaced_past_the_triggers_is_found(path: str) -> None:
    replace_an_event(path)

    assert places(verified(path)) == [("hash_chain", 3, "a")]


@pytest.mark.parametrize("name", ["amount", "delete-half-a-transfer", "key-in-the-log", "insert"])
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
