"""``ledger batch``: all or nothing, or what is accepted; JSON Lines or CSV; nothing told early."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.file_content import tree
from tests.support.program import PROGRAM, Run

OPENING = {"command": "open", "account": "a", "owner": "Ana", "initial_balance": "10.00"}


def lines(*commands: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(command).encode() + b"\n" for command in commands)


def deposit(amount: str, **more: object) -> dict[str, Any]:
    return {"command": "deposit", "account": "a", "amount": amount, **more}


def withdraw(amount: str, **more: object) -> dict[str, Any]:
    return {"command": "withdraw", "account": "a", "amount": amount, **more}


MIXED = lines(OPENING, withdraw("99.00"), deposit("5.00"), deposit("x"), deposit("1.00"))


def test_the_first_refusal_undoes_everything(run: Run, tmp_path: Path) -> None:
    before = tree(tmp_path)
    outcome = run("batch", "-", "--json", stdin=MIXED)
    assert (outcome.status, outcome.out) == (3, "")
    assert outcome.error["code"] == "insufficient_funds"
    assert outcome.error["details"]["line"] == 2
    assert tree(tmp_path) == before


def test_going_on_leaves_out_what_is_refused_and_tells_of_it(run: Run) -> None:
    outcome = run("batch", "-", "--continue-on-error", stdin=MIXED)
    assert (outcome.status, outcome.out) == (3, "")
    *told, summary = outcome.err.splitlines()
    assert told[-1].startswith("note: a new ledger in ")
    first, second = (line for line in told[:-1] if not line.startswith("hint: "))
    assert first.startswith("line 2: ")
    assert first.endswith("(insufficient_funds)")
    assert second.startswith("line 4: ")
    assert second.endswith("(invalid_amount)")
    assert summary == "3 commands carried out: 3 changes recorded; 2 refused"
    assert run("balance", "a").out == "16.00\n"


def test_json_gives_an_object_for_every_line_in_order(run: Run) -> None:
    outcome = run("batch", "-", "--continue-on-error", "--json", stdin=b"\n" + MIXED)
    documents = [json.loads(line) for line in outcome.out.splitlines()]
    assert [document["line"] for document in documents] == [2, 3, 4, 5, 6]
    assert [document.get("balance") for document in documents] == [
        "10.00",
        None,
        "15.00",
        None,
        "16.00",
    ]
    assert documents[1]["error"]["code"] == "insufficient_funds"
    assert documents[1]["error"]["details"]["balance"] == "10.00"
    assert set(documents[2]) == {
        "command",
        "account_id",
        "balance",
        "currency",
        "version",
        "events",
        "replayed",
        "line",
    }


def test_all_events_of_a_batch_share_a_correlation_id(run: Run) -> None:
    run("batch", "-", stdin=lines(OPENING, deposit("1.00"), deposit("2.00")))
    events = [json.loads(line) for line in run("events", "--json").out.splitlines()]
    assert len(events) == 4  # with the creation of the book
    assert len({event["metadata"]["run"] for event in events}) == 1
    assert len({event["metadata"]["correlation_id"] for event in events}) == 1


def test_a_rehearsal_checks_everything_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    run("batch", "-", stdin=lines(OPENING))
    before = tree(tmp_path)
    good = run("batch", "-", "--dry-run", stdin=lines(deposit("5.00"), withdraw("15.00")))
    assert (good.status, good.err) == (0, "2 commands would be carried out\n")
    bad = run("batch", "-", "--dry-run", stdin=lines(deposit("5.00"), withdraw("15.01")))
    assert bad.status == 3
    assert "line 2: " in bad.err
    assert tree(tmp_path) == before


def test_a_rehearsal_makes_no_ledger(run: Run, tmp_path: Path) -> None:
    before = tree(tmp_path)
    assert run("batch", "-", "--dry-run", stdin=lines(OPENING, deposit("5.00"))).status == 0
    assert tree(tmp_path) == before


def test_a_batch_of_refusals_alone_makes_no_ledger(run: Run, tmp_path: Path) -> None:
    before = tree(tmp_path)
    outcome = run("batch", "-", "--continue-on-error", stdin=lines(deposit("5.00")))
    assert (outcome.status, tree(tmp_path)) == (3, before)


CSV = (
    "command,account,owner,initial_balance,amount,description,from,to,expected_version\r\n"
    'open,a,"Souza, Ana",10.00,,,,,\r\n'
    "open,b,Ben,,,,,,0\r\n"
    'deposit,a,,,5.00,"two\r\nlines",,,1\r\n'
    "transfer,,,,2.50,,a,b,\r\n"
)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte-order mark"])
def test_csv_has_the_same_names_as_its_header(run: Run, tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "moves.csv").write_bytes(mark + CSV.encode())
    _, summary = run("batch", "moves.csv").err.splitlines()  # the first says where the ledger is
    assert summary == "4 commands carried out: 5 changes recorded"
    first, second = run("accounts", "--json").json
    assert (first["owner"], first["balance"]) == ("Souza, Ana", "12.50")
    assert (second["owner"], second["balance"]) == ("Ben", "2.50")
    assert run("history", "a", "--json").json["entries"][1]["description"] == "two\r\nlines"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("command,account,amonut\n", 1, "column 'amonut'"),
        ("command,amount,amount\n", 1, "twice"),
        ("account,amount\n", 1, "'command'"),
        ("command,account,amount\ndeposit,a,1.00\ndeposit,a\n", 3, "2 cells"),
        ("command,account,amount\nfly,a,1.00\n", 2, "no command fly"),
        ("command,account,amount\ndeposit,,1.00\n", 2, "account"),
        ('command,account,amount\ndeposit,"a,1.00\n', 2, "CSV"),
        ("command,account,amount,expected_version\ndeposit,a,1.00,x\n", 2, "expected_version"),
    ],
)
def test_csv_that_cannot_be_read_is_refused_at_its_line(
    run: Run, tmp_path: Path, text: str, line: int, why: str
) -> None:
    run("batch", "-", stdin=lines(OPENING))
    before = tree(tmp_path)
    outcome = run("batch", "-", "--input-format", "csv", "--json", stdin=text)
    assert (outcome.status, outcome.error["code"]) == (2, "invalid_line")
    assert outcome.error["details"]["line"] == line
    assert why in outcome.error["message"]
    assert tree(tmp_path) == before


def test_committing_now_and_then_wants_to_go_on(run: Run) -> None:
    outcome = run("batch", "-", "--commit-every", "10", "--json", stdin=MIXED)
    assert (outcome.status, outcome.error["code"]) == (2, "invalid_usage")


def test_a_batch_killed_between_commits_is_finished_by_running_it_again(
    run: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    commands = [{**OPENING, "idempotency_key": "open"}]
    commands += [deposit("1.00", idempotency_key=f"key-{number}") for number in range(500)]
    arguments = ["batch", "-", "--continue-on-error", "--commit-every", "50", "--json"]
    with subprocess.Popen(
        [PROGRAM, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environ,
        cwd=tmp_path,
    ) as batch:
        assert batch.stdin is not None
        assert batch.stdout is not None
        batch.stdin.write(lines(*commands[:230]))
        batch.stdin.flush()
        told = [json.loads(batch.stdout.readline()) for _ in range(200)]
        batch.send_signal(signal.SIGKILL)
    # What was told is there, and what was not told is not.
    assert run("balance", "a").out == told[-1]["balance"] + "\n" == "209.00\n"
    again = run(*arguments, stdin=lines(*commands))
    assert again.status == 0
    documents = [json.loads(line) for line in again.out.splitlines()]
    assert [each["replayed"] for each in documents] == [True] * 200 + [False] * 301
    assert run("balance", "a").out == "510.00\n"
