"""Accounts with ids that nobody can give them here: in logs from elsewhere, and in files made by
hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.domain.safe_ids import safe_id
from tests.support.log_editing import triggers_put_aside
from tests.support.older_world import opened
from tests.support.program import Refused, Run
from tests.support.tampering.attacks import chain_again, rename_an_account

HOSTILE = ["--help", "x'; touch pwned; '", "x\u202ey", "x" * 5_000]


@pytest.mark.parametrize("account", HOSTILE)
def test_an_older_log_s_account_has_an_id_that_is_told(
    run: Run, tmp_path: Path, account: str
) -> None:
    log = tmp_path / "older.jsonl"
    log.write_bytes(opened(account))
    done = run("import-events", str(log), "--json")
    told = json.loads(done.out)["renamed"]
    assert told == [{"was": account, "account_id": safe_id(account)}]
    assert run("history", safe_id(account), "--format", "plain").status == 0
    note = done.err.splitlines()[-1]
    assert note.startswith("note: 1 account whose id cannot be one here has another: ")
    assert note.endswith(f" is {safe_id(account)}")
    assert (note.isascii(), len(note) < 250) == (True, True)


def test_of_many_only_some_are_named(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "older.jsonl"
    log.write_bytes(b"\n".join(opened(f"box {number}") for number in range(12)))
    done = run("import-events", str(log))
    assert "note: 12 accounts whose id cannot be one here have others: 'box 0' is " in done.err
    assert done.err.endswith(" and 2 more, which --json lists\n")
    assert "'box 10'" not in done.err


@pytest.fixture(params=HOSTILE)
def by_hand(request: pytest.FixtureRequest, books: Path) -> str:
    """A ledger in which somebody called an account otherwise, and made all hashes right."""
    with Ledger.open(books) as ledger:
        ledger.open_account("a", "Ana", initial_balance="5")
        ledger.open_account("b", "Ben")
    account: str = request.param
    with triggers_put_aside(books) as file:
        for statement in rename_an_account("a", account):
            file.execute(statement)
        chain_again(file)
    return account


def test_no_command_takes_one_from_a_file_made_by_hand(
    run: Run, refused: Refused, by_hand: str
) -> None:
    for name, *arguments in (
        ("deposit", by_hand, "1"),
        ("withdraw", by_hand, "500"),
        ("transfer", "b", by_hand, "1"),
        ("transfer", by_hand, "b", "1"),
        ("close", by_hand),
        ("reopen", by_hand),
        ("reverse", by_hand, "1"),
        ("confirm", by_hand, "5"),
    ):
        error = refused(2, "invalid_account_id", name, "--", *arguments)
        assert by_hand not in error["hint"]
    assert run("balance", "--", by_hand).status == 0
    undone = run("undo", "--yes")
    assert (undone.status, by_hand in undone.err.partition("hint:")[2]) == (3, False)


def test_verify_names_one(run: Run, by_hand: str) -> None:
    done = run("verify", "--json")
    (finding,) = json.loads(done.out)["findings"]
    assert (done.status, finding["check"], finding["position"]) == (6, "rules", 2)
    assert (finding["account_id"], finding["found"]) == (by_hand, "invalid_account_id")
    assert "cannot be an account id" in finding["message"]
