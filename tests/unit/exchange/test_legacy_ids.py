"""Accounts of the older world that were called by what cannot be an id."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.domain.safe_ids import safe_id
from ledger.errors import AccountMismatch, ImportRefused, NotErasable
from tests.support.older_world import closed, older, opened

HOSTILE = [
    "--help",
    "../../x",
    "x" * 100_000,
    "a\u200bb",
    "\u0430cc-001",
    "\u202eabc",
    "x$(touch pwned)",
    "petty cash",
]
HERE = {each: safe_id(each) for each in HOSTILE}


def moved(account: str, version: int, day: int, event_type: str, **data: object) -> bytes:
    return older(account, version, event_type, json.dumps(data), f"2024-01-{day:02}T09:00:00")


def deposit(account: str, version: int, day: int) -> bytes:
    return moved(account, version, day, "MoneyDeposited", amount=2.5, description="x")


def test_each_gets_an_id_that_is_told_and_nothing_else_is_changed(ledger: Ledger) -> None:
    lines = [line for each in HOSTILE for line in (opened(each), deposit(each, 2, 2))]
    report = ledger.import_events([*lines, opened("plain")])
    assert report.renamed == HERE
    assert {each.account_id for each in ledger.accounts()} == {*HERE.values(), "plain"}
    for was, account in HERE.items():
        ledger.deposit(account, "1")
        assert ledger.balance(account).balance.minor_units == 10_350
        opening, deposited, _ = ledger.events(raw=True, account_id=account)
        assert json.loads(opening.metadata)["imported"]["account_id"] == was
        assert (opening.schema_version, opening.text) == (5, "Olga")
        assert deposited.data == '{"amount": 2.5, "description": "x"}'
        assert deposited.schema_version == 1
    assert ledger.verify().findings == ()
    with Ledger.in_memory(restoring=True) as copy:
        copy.import_events(ledger.export_events())
        assert copy.head() == ledger.head()


def test_a_later_part_of_the_log_finds_its_account(ledger: Ledger) -> None:
    for version, line in enumerate([opened("petty cash"), deposit("petty cash", 2, 2)], start=1):
        report = ledger.import_events([line])
        assert report.renamed == {"petty cash": HERE["petty cash"]}
        assert ledger.balance(HERE["petty cash"]).version == version


def test_both_sides_of_a_transfer_follow(ledger: Ledger) -> None:
    terms = {"transfer_id": "t 1", "amount": 500, "currency": "USD", "description": "a b"}
    other = {**terms, "transfer_id": "2"}
    report = ledger.import_events(
        [
            opened("a b"),
            opened("c"),
            moved("a b", 2, 2, "TransferSent", to_account="c", **terms),
            moved("c", 2, 2, "TransferReceived", from_account="a b", **terms),
            moved("c", 3, 3, "TransferSent", to_account="gone; rm", **other),
        ]
    )
    assert report.renamed == {"a b": safe_id("a b")}
    assert ledger.verify().findings == ()
    paid, received, unmatched = (
        ledger.history(each).entries[number]
        for each, number in ((safe_id("a b"), 1), ("c", 1), ("c", 2))
    )
    assert (paid.counterparty, received.counterparty) == ("c", safe_id("a b"))
    assert (paid.description, unmatched.counterparty) == ("a b", safe_id("gone; rm"))
    ledger.reverse_transfer(safe_id("t 1"))
    assert ledger.balance("c").balance.minor_units == 9_500


def test_no_two_accounts_become_one(ledger: Ledger) -> None:
    lines = [opened("petty cash"), opened(HERE["petty cash"])]
    for order in (lines, lines[::-1]):
        with pytest.raises(ImportRefused, match=r"^line 2: two accounts of the log would both be"):
            ledger.import_events(order)
    ledger.open_account(HERE["petty cash"], "Ana")
    with pytest.raises(ImportRefused, match="does not follow"):
        ledger.import_events(lines[:1])


def test_an_opening_still_has_to_name_its_own_account(ledger: Ledger) -> None:
    with pytest.raises(AccountMismatch):
        ledger.import_events([opened("a b", aggregate_id="a c")])


def test_the_names_that_came_with_it_can_be_erased_in_a_lifted_ledger(
    path: str, tmp_path: Path
) -> None:
    account, lifted = safe_id("box 7"), str(tmp_path / "lifted.db")
    with Ledger.open(path) as ledger:
        lines = [opened("box 7", "0", event_id="1"), closed(2, 2, account="box 7", event_id="2")]
        ledger.import_events(lines)
        with pytest.raises(NotErasable):
            ledger.erase(account, "asked to")
    Ledger.migrate(path, lifted, lift=True)
    with Ledger.open(lifted) as ledger:
        ledger.erase(account, "asked to")
        assert ledger.verify().findings == ()
    held = Path(lifted).read_bytes()
    assert not [text for text in (b"Olga", b"box 7", b"teller-2") if text in held]
