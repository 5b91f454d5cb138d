"""``reverse``, ``correct``, ``amend-entry``, ``undo``: what they answer, and what they refuse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from tests.support.cli.terminal import Shown, run_on_terminal
from tests.support.program import PROGRAM, Refused, Run

HALL = b"Hall hire, 12.00\n"
DIGEST = hashlib.sha256(HALL).hexdigest()


@pytest.fixture
def cash(books: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Accounts of 2024; the entries of ``cash`` are a deposit (2), a transfer (3), a withdrawal (4)
    and a reversed deposit (5)."""
    monkeypatch.setenv("LEDGER_ACTOR", "builder")
    with Ledger.open(books) as ledger:
        for account, currency in (("cash", "USD"), ("bank", "USD"), ("shop", "USD"), ("eu", "EUR")):
            ledger.open_account(account, "Ana", currency, at="2024-01-01")
        tags = {"category": "pay", "project": "roof"}
        ledger.deposit("cash", "50.00", "Paycheck", tags=tags, at="2024-01-30")
        ledger.transfer("cash", "bank", "20", "Half the rent", at="2024-02-01")
        ledger.withdraw("cash", "12.00", "Hall hire", at="2024-02-03")
        ledger.deposit("cash", "9", at="2024-02-04")
        ledger.reverse("cash", 5)
        ledger.open_account("gone", "Ana", at="2024-01-01")
        ledger.transfer("cash", "gone", "1", at="2024-02-05")
        ledger.transfer("gone", "cash", "1", at="2024-02-05")
        ledger.close_account("gone", at="2024-02-05")
    return books


def entries(run: Run, account: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run("history", account, "--json").json["entries"]
    return found


def balances(run: Run) -> dict[str, str]:
    return {each["account_id"]: each["balance"] for each in run("accounts", "--json").json}


def on_terminal(environ: dict[str, str], *arguments: str, typed: str = "") -> Shown:
    here = Path(environ["HOME"])
    return run_on_terminal([PROGRAM, *arguments], env=environ, cwd=here, typed=typed)


# ── what they answer ────────────────────────────────────────────────────────────────────────────

IN_WORDS = {
    "reverse cash 2 --at 2024-03-01": (
        "reversed version 2: deposit of 50.00 USD on 2024-01-30 00:00:00; cash now holds -32.00 USD"
    ),
    "reverse cash 4 --reason twice": (
        "reversed version 4: withdrawal of 12.00 USD on 2024-02-03 00:00:00; "
        "cash now holds 30.00 USD"
    ),
    "reverse bank 2": (
        "reversed version 2: transfer of 20.00 USD from cash on 2024-02-01 00:00:00; "
        "bank now holds 0.00 USD; cash now holds 38.00 USD"
    ),
    "correct cash 2 --amount 60": (
        "corrected version 2: deposit of 50.00 USD on 2024-01-30 00:00:00 is now version 10 of "
        "cash, deposit of 60.00 USD on 2024-01-30 00:00:00; cash now holds 28.00 USD"
    ),
    "correct cash 4 --account shop --amount 0.50": (
        "corrected version 4: withdrawal of 12.00 USD on 2024-02-03 00:00:00 is now version 3 of "
        "shop, withdrawal of 0.50 USD on 2024-02-03 00:00:00; cash now holds 30.00 USD; "
        "shop now holds 8.50 USD"
    ),
    "correct bank 2 --to shop": (
        "corrected version 2: transfer of 20.00 USD from cash on 2024-02-01 00:00:00 is now "
        "version 10 of cash, transfer of 20.00 USD to shop on 2024-02-01 00:00:00; "
        "bank now holds 0.00 USD; cash now holds 18.00 USD; shop now holds 29.00 USD"
    ),
    "amend-entry cash 2 -m Pay --tag project= --tag category=wage": (
        "amended version 2: deposit of 50.00 USD on 2024-01-30 00:00:00 now has the description "
        "“Pay”, the tags category=wage; cash now holds 18.00 USD"
    ),
    'amend-entry bank 2 -m ""': (
        "amended version 2: transfer of 20.00 USD from cash on 2024-02-01 00:00:00 now has no "
        "description; bank now holds 20.00 USD; cash now holds 18.00 USD"
    ),
}


@pytest.mark.parametrize("typed", IN_WORDS)
def test_a_person_is_told_what_was_done(
    run: Run, environ: dict[str, str], cash: Path, typed: str
) -> None:
    with Ledger.open(cash) as ledger:
        ledger.deposit("shop", "9", at="2024-01-02")
        if "03-01" in typed:
            ledger.amend_account("cash", overdraft="100", at="2024-03-01")
    expected = IN_WORDS[typed]
    words = [word.strip('"') for word in typed.split(" ")]
    if "03-01" in typed:
        expected = expected.replace("version 10", "version 11")
    shown = on_terminal(environ, *words)
    assert shown.status == 0
    assert " ".join(shown.lines) == expected


@pytest.mark.usefixtures("cash")
def test_a_program_gets_a_row_for_each_account_the_named_one_first(run: Run) -> None:
    done = run("reverse", "bank", "2")
    assert (done.status, done.err) == (0, "")
    assert done.out == "bank\t0.00\tUSD\t3\ncash\t38.00\tUSD\t9\n"


@pytest.mark.parametrize(
    ("typed", "accounts", "events"),
    [
        ("reverse cash 4", ["cash"], ["EntryReversed"]),
        ("reverse bank 2", ["bank", "cash"], ["EntryReversed"] * 2),
        ("correct cash 2 --amount 60", ["cash"], ["EntryReversed", "MoneyDeposited"]),
        (
            "correct cash 4 --account shop --amount 1",
            ["cash", "shop"],
            ["EntryReversed", "MoneyWithdrawn"],
        ),
        (
            "correct bank 2 --to shop",
            ["bank", "cash", "shop"],
            ["EntryReversed"] * 2 + ["TransferSent", "TransferReceived"],
        ),
        (
            "correct bank 2 --from shop --to cash --amount 3",
            ["bank", "cash", "shop"],
            ["EntryReversed"] * 2 + ["TransferSent", "TransferReceived"],
        ),
        ("amend-entry bank 2 -m x", ["bank", "cash"], ["EntryAmended"] * 2),
    ],
)
def test_json_has_every_account_that_it_touched(
    run: Run, cash: Path, typed: str, accounts: list[str], events: list[str]
) -> None:
    with Ledger.open(cash) as ledger:
        ledger.deposit("shop", "9", at="2024-01-02")
    document = run(*typed.split(" "), "--json").json
    assert list(document) == [
        "command",
        "account_id",
        "balance",
        "currency",
        "version",
        "accounts",
        "events",
        "replayed",
        *(["transfer_id"] if events[-1] == "TransferReceived" else []),
    ]
    assert document["command"] == typed.split(" ")[0]
    assert [each["account_id"] for each in document["accounts"]] == accounts
    first = document["accounts"][0]
    assert {name: document[name] for name in first} == first
    assert [each["event_type"] for each in document["events"]] == events
    now = balances(run)
    assert {each["account_id"]: each["balance"] for each in document["accounts"]} == {
        account: now[account] for account in accounts
    }
    if "transfer_id" in document:
        assert run("reverse", "--transfer", document["transfer_id"]).status == 0


@pytest.mark.usefixtures("cash")
def test_a_transfer_is_reversed_by_its_id(run: Run) -> None:
    paid = run("transfer", "cash", "shop", "3", "--json").json
    undone = run("reverse", "--transfer", paid["transfer_id"], "--json").json
    assert [each["account_id"] for each in undone["accounts"]] == ["cash", "shop"]
    assert balances(run)["shop"] == "0.00"


@pytest.mark.usefixtures("cash")
def test_every_answer_about_the_past_is_as_if_the_entry_had_never_been(run: Run) -> None:
    assert run("reverse", "cash", "4").status == 0
    assert run("balance", "cash", "--as-of", "2024-02-04").out == "30.00\n"
    assert run("reverse", "bank", "2", "--at", "2024-02-10").status == 0
    assert run("balance", "bank", "--as-of", "2024-02-09").out == "20.00\n"
    assert run("balance", "bank", "--as-of", "2024-02-10").out == "0.00\n"


@pytest.mark.usefixtures("cash")
def test_what_is_not_typed_stays_as_it_was(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hall.txt").write_bytes(HALL)
    done = run(
        *("correct", "cash", "2", "--amount", "51", "--at", "2024-01-31"),
        *("--tag", "project=", "--receipt", "hall.txt"),
    )
    assert done.status == 0, done.err
    last = entries(run, "cash")[-1]
    assert (last["amount"], last["description"]) == ("51.00", "Paycheck")
    assert last["effective_at"] == "2024-01-31T00:00:00.000000Z"
    assert last["tags"] == {"category": "pay"}
    assert last["receipts"] == [{"size": len(HALL), "sha256": DIGEST}]
    assert run("amend-entry", "cash", str(last["version"]), "--no-receipt", DIGEST[:8]).status == 0
    (amended,) = (each for each in entries(run, "cash") if each["event_type"] == "EntryAmended")
    assert amended["receipts"] == []


@pytest.mark.usefixtures("cash")
def test_a_date_means_the_opening_on_its_day(run: Run) -> None:
    run("open", "new", "--owner", "Ana", "--at", "2024-03-01T15:00")
    run("deposit", "new", "5", "--at", "2024-03-02")
    corrected = run("correct", "new", "2", "--at", "2024-03-01", "--json").json
    assert corrected["events"][-1]["effective_at"] == "2024-03-01T15:00:00.000000Z"
    run("deposit", "new", "7", "--at", "2024-03-04T12:00")
    undone = run("reverse", "new", "5", "--at", "2024-03-04", "--json").json
    assert undone["events"][-1]["effective_at"] == "2024-03-04T12:00:00.000000Z"


@pytest.mark.parametrize(
    "typed", ["reverse bank 2", "correct cash 4 --amount 1", "amend-entry cash 4 -m x"]
)
@pytest.mark.usefixtures("cash")
def test_a_key_makes_it_happen_once(run: Run, typed: str) -> None:
    again = (*typed.split(" "), "--idempotency-key", "k", "--json")
    first, second = run(*again).json, run(*again).json
    assert (first.pop("replayed"), second.pop("replayed")) == (False, True)
    assert first == second


# ── what they refuse ────────────────────────────────────────────────────────────────────────────

REFUSED = {
    "reverse cash 5": (3, "already_reversed", "ledger deposit cash 9.00 --at 2024-02-04T"),
    "reverse cash 6": (3, "not_reversible", "ledger deposit cash 9.00 --at 2024-02-04T"),
    "reverse cash 1": (3, "not_reversible", "ledger close cash"),
    "reverse cash 99": (4, "no_such_entry", "ledger history cash"),
    "reverse csah 2": (4, "no_such_account", "did you mean cash? ledger reverse cash 2"),
    "reverse --transfer no-such": (4, "no_such_entry", "ledger events --json"),
    "reverse cash": (2, "invalid_usage", "ledger reverse --help"),
    "reverse cash 2 --transfer x": (2, "invalid_usage", "ledger reverse --help"),
    "reverse": (2, "invalid_usage", "ledger reverse --help"),
    "reverse cash two": (2, "invalid_usage", "ledger reverse --help"),
    "reverse cash 0": (2, "invalid_usage", "ledger reverse --help"),
    "reverse cash 2 --at 2024-01-29": (2, "invalid_time", "ledger reverse cash 2"),
    "reverse cash 2 --at 2999-01-01": (2, "invalid_time", ""),
    "reverse cash 2": (
        3,
        "insufficient_funds",
        "ledger amend cash --overdraft 32.00 --at 2024-02-01T00:00:00Z",
    ),
    "reverse gone 2": (3, "account_closed", "ledger reopen gone"),
    "reverse cash 7": (3, "account_closed", "ledger reopen gone"),
    "reverse cash 4 --expected-version 3": (5, "version_conflict", "ledger history cash"),
    "correct cash 4": (2, "invalid_usage", "ledger correct --help"),
    "correct cash 4 --amount 12": (2, "invalid_usage", "ledger correct --help"),
    "correct cash 4 --amount 1.234": (2, "invalid_amount", ""),
    "correct cash 4 --from bank": (2, "invalid_usage", "ledger correct --help"),
    "correct cash 3 --account shop": (2, "invalid_usage", "ledger correct --help"),
    "correct cash 3 --to cash": (3, "same_account", "ledger accounts"),
    "correct cash 4 --account eu": (3, "currency_mismatch", "ledger accounts"),
    "correct cash 3 --to shpo": (4, "no_such_account", "ledger correct cash 3 --to shop"),
    "correct cash 5 --amount 8": (3, "already_reversed", "ledger deposit cash 9.00"),
    "correct cash 4 --amount 31": (3, "insufficient_funds", "--overdraft 1.00 --at 2024-02-03"),
    "correct cash 4 --at 2023-12-31": (
        3,
        "before_opening",
        "ledger amend cash --opened-at 2023-12-31",
    ),
    "correct cash 4 --tag a": (2, "invalid_tag", ""),
    "correct cash 4 --receipt no.pdf": (2, "invalid_option", "check the path"),
    "amend-entry cash 2": (2, "invalid_usage", "ledger amend-entry --help"),
    "amend-entry cash 1 -m x": (3, "not_reversible", "ledger close cash"),
    "amend-entry cash 2 --no-receipt ab": (2, "invalid_usage", "ledger amend-entry --help"),
    "undo": (3, "nothing_to_undo", "ledger events --json"),
}


@pytest.mark.parametrize("typed", REFUSED)
@pytest.mark.usefixtures("cash")
def test_what_cannot_be_is_refused_with_what_to_type(refused: Refused, typed: str) -> None:
    status, code, hint = REFUSED[typed]
    error = refused(status, code, *typed.split(" "))
    assert hint in error["hint"]
    assert "--" not in error["message"]


# ── undo ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("cash")
def test_undo_takes_back_a_whole_run_and_only_once(run: Run) -> None:
    before = balances(run)
    lines = [{"command": "deposit", "account": "cash", "amount": "5"}]
    lines += [{"command": "transfer", "from": "cash", "to": "shop", "amount": "2"}]
    assert run("batch", "-", stdin="\n".join(map(json.dumps, lines))).status == 0
    done = run("undo", "--reason", "the wrong file", "--json")
    assert (done.status, done.err) == (0, "")
    document = done.json
    assert document["command"] == "undo"
    assert [each["account_id"] for each in document["accounts"]] == ["cash", "shop"]
    assert balances(run) == before
    again = run("undo", "--json")
    assert (again.status, again.error["code"]) == (3, "not_reversible")
    assert "ledger transfer cash shop 2.00 --at " in again.error["hint"]


@pytest.mark.usefixtures("cash")
def test_undo_goes_by_the_actor(run: Run) -> None:
    assert run("deposit", "cash", "5", env={"LEDGER_ACTOR": "ben"}).status == 0
    assert run("undo").status == 3
    assert run("undo", env={"LEDGER_ACTOR": "ben"}).status == 0
    assert balances(run)["cash"] == "18.00"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("open new --owner Ana --at 2024-01-01", "ledger amend --help"),
        ("open new --owner Ana --initial-balance 5", "ledger amend new --initial-balance 0"),
        ("close eu", "ledger reopen eu"),
        ("reopen gone", "ledger close gone"),
        (
            "amend cash --opened-at 2023-01-01 --initial-balance 5",
            "ledger amend cash --opened-at 2024-01-01T00:00:00Z --initial-balance 0.00",
        ),
        (
            "amend cash --owner Ben --overdraft unlimited --at 2024-06-01",
            "ledger amend cash --owner Ana --overdraft 0.00 --at 2024-06-01T00:00:00Z",
        ),
        (
            "amend-entry cash 2 -m Pay --tag project= --tag x=y",
            "ledger amend-entry cash 2 --description Paycheck --tag project=roof --tag x=",
        ),
        ("correct cash 2 --amount 60", "ledger correct cash 10 --amount 50.00"),
    ],
)
@pytest.mark.usefixtures("cash")
def test_undo_of_what_is_no_entry_names_the_command_to_type(
    run: Run, typed: str, hint: str
) -> None:
    assert run(*typed.split(" ")).status == 0
    done = run("undo", "--json")
    assert (done.status, done.error["code"]) == (3, "not_reversible")
    assert hint in done.error["hint"]


@pytest.mark.usefixtures("cash")
def test_undo_of_an_erasure_has_nothing_to_type(run: Run) -> None:
    assert run("erase", "shop", "--reason", "asked for it", "--yes").status == 0
    done = run("undo", "--json")
    assert (done.status, done.error["hint"]) == (3, "what was erased is gone for good")


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (
            lambda ledger: ledger.lock("2024-01-31"),
            "ledger unlock --reason 'it was ",
        ),
        (lambda ledger: ledger.confirm("cash", "18.00"), "ledger confirm cash --withdraw"),
        (lambda ledger: ledger.rename_book("Club"), "ledger book rename ''"),
    ],
)
def test_undo_of_a_lock_or_a_confirmation_names_the_command_to_type(
    run: Run, cash: Path, change: Callable[[Ledger], object], hint: str
) -> None:
    with Ledger.open(cash) as ledger:
        change(ledger)
    done = run("undo", "--json", env={"LEDGER_ACTOR": "builder"})
    assert (done.status, done.error["code"]) == (3, "not_reversible")
    assert hint in done.error["hint"]
    assert "$book" not in done.error["message"]


def test_undo_of_the_run_that_made_the_ledger_is_about_the_account(run: Run) -> None:
    assert run("open", "cash", "--owner", "Ana", "--at", "2024-01-01").status == 0
    done = run("undo", "--json")
    assert (done.status, done.error["details"]["account_id"]) == (3, "cash")


@pytest.mark.usefixtures("cash")
def test_undo_asks_on_a_terminal_with_the_count_and_the_total(
    run: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    rows = "".join(f"2024-03-01,Guest {number},1.50\n" for number in range(500))
    (tmp_path / "guests.csv").write_text(f"Date,Payee,Amount\n{rows}2024-03-02,Hall,-2.00\n")
    assert run("import", "--yes", "guests.csv", "--account", "shop").status == 0
    no = on_terminal(environ, "undo", typed="n\n")
    assert no.status == 3
    (told, *_) = no.lines
    assert told.startswith("Your last run, import on ")
    assert told.endswith(", recorded 501 entries on shop: 750.00 USD in, 2.00 USD out.")
    assert no.text.endswith("nothing was changed\n")
    assert balances(run)["shop"] == "748.00"
    yes = on_terminal(environ, "undo", typed="y\n")
    assert yes.status == 0
    assert yes.lines[-1].endswith("reversed 501 entries of your last run; shop now holds 0.00 USD")


@pytest.mark.usefixtures("cash")
def test_undo_asks_nothing_with_yes_or_without_a_terminal(
    run: Run, environ: dict[str, str]
) -> None:
    run("transfer", "cash", "shop", "3", "-m", "Tea")
    asked = on_terminal(environ, "undo", typed="n\n").lines[0]
    assert "recorded version 9 of cash: transfer of 3.00 USD to shop on " in asked, asked
    assert asked.endswith(" (Tea).")
    shown = on_terminal(environ, "undo", "--yes")
    assert shown.lines == [
        "reversed 1 entry of your last run; cash now holds 18.00 USD; shop now holds 0.00 USD"
    ]
    run("transfer", "cash", "shop", "3")
    assert run("undo").status == 0


# ── lines of a batch ────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("cash")
def test_a_batch_has_lines_for_all_of_them(run: Run) -> None:
    lines: list[dict[str, Any]] = [
        {"command": "reverse", "account": "bank", "version": 2, "reason": "twice"},
        {"command": "correct", "account": "cash", "version": 4, "amount": "10", "into": "cash"},
        {"command": "amend-entry", "account": "cash", "version": 2, "tags": {"project": ""}},
        {"command": "amend", "account": "cash", "owner": "Ben", "overdraft": "unlimited"},
        {"command": "reopen", "account": "gone"},
    ]
    done = run("batch", "-", "--json", stdin="\n".join(map(json.dumps, lines)))
    assert done.status == 0, done.err
    assert done.err == "5 commands carried out: 7 changes recorded\n"
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert [each["command"] for each in answers] == [each["command"] for each in lines]
    assert [each["account_id"] for each in answers[0]["accounts"]] == ["bank", "cash"]
    assert run("balance", "cash").out == "40.00\n"


@pytest.mark.usefixtures("cash")
def test_in_csv_an_empty_cell_leaves_a_tag_as_it_is(run: Run) -> None:
    rows = (
        "command,account,version,amount,tag:category,tag:project,without_receipts\n"
        "deposit,shop,,5,,,\n"
        "amend-entry,cash,2,,wage,,\n"
    )
    tags = entries(run, "cash")[1]["tags"]
    assert tags.keys() - {"category"}
    done = run("batch", "-", "--input-format", "csv", stdin=rows)
    assert done.status == 0, done.err
    assert entries(run, "shop")[-1]["tags"] == {}
    assert entries(run, "cash")[1]["tags"] == tags | {"category": "wage"}
    refused = run(
        "batch",
        "-",
        "--input-format",
        "csv",
        stdin="command,account,version,without_receipts\namend-entry,cash,2,ab cd\n",
    )
    assert (refused.status, "line 2: no receipt of the entry begins with 'ab'" in refused.err) == (
        2,
        True,
    )
