"""What is asked before a bank's file is imported, on a terminal and elsewhere."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.support.cli.terminal import Shown, run_on_terminal
from tests.support.program import PROGRAM, Run

FEBRUARY = (
    "Date,Payee,Memo,Amount,Balance",
    '02/28/2025,Northwind Bicycles,Payroll,"1,412.80","1,704.30"',
    "02/14/2025,Corner Cafe,,-4.25,291.50",
    "02/14/2025,Corner Cafe,,-4.25,295.75",
    "02/12/2025,Shell 4711,card,-50.00,300.00",
    "02/03/2025,Own savings,,-100.00,350.00",
    "02/02/2025,Alder Street,Deposit back,300.00,450.00",
)
IMPORT = ("import", "bank.csv", "--account", "bank")


@pytest.fixture
def bank(run: Run, tmp_path: Path) -> Path:
    """A ledger that knows two of the entries in ``bank.csv`` by other words."""
    for account, balance in (("bank", "150"), ("savings", "0")):
        opening = ("--initial-balance", balance, "--at", "2025-01-01")
        assert run("open", account, "--owner", "Ana", *opening).status == 0
    assert run("withdraw", "bank", "50", "-m", "Petrol", "--at", "2025-02-10").status == 0
    assert run("transfer", "bank", "savings", "100", "--at", "2025-02-02").status == 0
    (tmp_path / "bank.csv").write_text("".join(f"{line}\n" for line in FEBRUARY))
    return tmp_path / "bank.csv"


def on_terminal(environ: dict[str, str], *arguments: str, typed: str = "") -> Shown:
    return run_on_terminal(
        [PROGRAM, *arguments], env=environ, cwd=Path(environ["HOME"]), typed=typed
    )


def amounts(run: Run) -> list[str]:
    return [each["amount"] for each in run("history", "bank", "--json").json["entries"][1:]]


@pytest.mark.usefixtures("bank")
def test_what_may_be_there_is_asked_and_what_is_guessed_is_shown(
    run: Run, environ: dict[str, str]
) -> None:
    shown = on_terminal(environ, *IMPORT, typed="y\ny\ny\n")
    assert shown.status == 0
    told = shown.text
    for line in (
        "2 entries of bank.csv may be in the ledger already.",
        "line 6: 2025-02-03  -100.00  Own savings",
        "  may be version 3, the transfer to savings of 2025-02-02",
        "line 5: 2025-02-12  -50.00  Shell 4711: card",
        "  may be version 2, the withdrawal of 2025-02-10 (Petrol)",
        "bank.csv into bank: 4 new entries, 2 there already",
        "2025-02-28  +1412.80  Northwind Bicycles: Payroll",
        "in 1712.80, out 8.50 USD",
        "bank holds 0.00 USD now, 1704.30 USD after it",
        "the bank's balance on 2025-02-28 is 1704.30 USD",
        "imported 4 (in 1712.80, out 8.50 USD), already there 2, refused 0, skipped 0",
    ):
        assert line in told, line
    assert amounts(run) == ["-50.00", "-100.00", "300.00", "-4.25", "-4.25", "1412.80"]
    (confirm,) = [line for line in shown.lines if "; to note that: ledger confirm" in line]
    typed = shlex.split(confirm.partition("; to note that: ledger ")[2])
    assert run(*typed).status == 0


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize("typed", ["y\ny\nn\n", "y\n\n", "\n", "y\ny\n\n"])
def test_nothing_is_imported_without_a_yes(run: Run, environ: dict[str, str], typed: str) -> None:
    before = amounts(run)
    shown = on_terminal(environ, *IMPORT, typed=typed)
    assert shown.status == 3
    assert shown.lines[-1].endswith("nothing was changed")
    assert amounts(run) == before


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize(("answer", "expected"), [("yy", 4), ("nn", 6)])
def test_one_answer_can_stand_for_all(
    run: Run, environ: dict[str, str], answer: str, expected: int
) -> None:
    run("amend", "bank", "--overdraft", "unlimited", "--at", "2025-01-01")
    shown = on_terminal(environ, *IMPORT, typed=f"what?\n{answer}\ny\n")
    assert f"Import these {expected}?" in shown.text
    assert shown.status == 0
    assert len(amounts(run)) == 2 + expected + 1  # with the limit


@pytest.mark.usefixtures("bank")
def test_options_decide_instead(run: Run, environ: dict[str, str]) -> None:
    decided = ("--duplicates", "skip", "--transfers", "skip")
    shown = on_terminal(environ, *IMPORT, *decided, typed="y\n")
    assert "may be in the ledger already" not in shown.text
    assert "line 5: it is not recorded again, but counts as version 2" in shown.text
    assert shown.status == 0
    again = on_terminal(environ, *IMPORT, *decided, typed="")
    assert again.status == 0, "where nothing is new, nothing is asked"
    assert again.lines[-1].startswith("imported 0 (in 0.00, out 0.00 USD), already there 6")


@pytest.mark.usefixtures("bank")
def test_rules_that_leave_nothing_open_are_not_asked_about(
    run: Run, environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bank.toml").write_text(run("import", "bank.csv", "--show-rules").out)
    decided = ("--rules", "bank.toml", "--duplicates", "skip", "--transfers", "skip")
    shown = on_terminal(environ, *IMPORT, *decided, typed="")
    assert shown.status == 0, shown.text
    assert shown.lines[-1].startswith("imported 4 ")


# ── without a terminal ──────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("bank")
def test_guesses_are_refused_in_a_pipe_with_what_to_type(run: Run) -> None:
    before = amounts(run)
    decided = ("--duplicates", "skip", "--transfers", "skip")
    refused = run(*IMPORT, *decided)
    assert refused.status == 2
    assert refused.out == ""
    assert amounts(run) == before
    error, hint = refused.err.splitlines()[-2:]
    assert error.startswith("error: how to read bank.csv was guessed")
    agreed, _, rules = hint.partition("; to see that as rules, which can be saved: ledger ")
    assert run(*shlex.split(rules)).out.startswith('delimiter = ","')
    assert run(*shlex.split(agreed.partition(": ledger ")[2])).status == 0
    assert len(amounts(run)) == 6


@pytest.mark.usefixtures("bank")
def test_what_may_be_there_is_refused_in_a_pipe_with_what_to_type(run: Run) -> None:
    before = amounts(run)
    for _ in range(2):  # a transfer, and what is like another entry
        refused = run(*IMPORT, "--yes", "--json") if amounts(run) == before else None
        assert refused is not None
        assert (refused.status, refused.error["code"]) == (2, "undecided_entry")
    done = run(*IMPORT, "--yes", "--duplicates", "skip", "--transfers", "skip", "--json")
    assert done.status == 0
    documents = [json.loads(line) for line in done.out.splitlines()]
    alike = [each for each in documents if "likeness" in each]
    assert [(each["line"], each["likeness"], each["version"]) for each in alike] == [
        (6, "transfer", 3),
        (5, "similar", 2),
    ]
    assert documents[-1] == {
        "outcome": "balance",
        "account_id": "bank",
        "day": "2025-02-28",
        "stated": "1704.30",
        "held": "1704.30",
        "currency": "USD",
        "agrees": True,
    }


@pytest.mark.usefixtures("bank")
def test_the_hint_of_an_undecided_entry_works(run: Run) -> None:
    transfer = run(*IMPORT, "--yes")
    hint = transfer.err.splitlines()[-1]
    skip = hint.partition("; if they are the same: ledger ")[2].partition("; if they are others")[0]
    assert "--transfers skip" in skip
    similar = run(*shlex.split(skip))
    assert "--duplicates skip" in similar.err.splitlines()[-1]


# ── the balance ─────────────────────────────────────────────────────────────────────────────────

DECIDED = ("--yes", "--duplicates", "skip", "--transfers", "skip")


@pytest.mark.usefixtures("bank")
def test_a_balance_that_is_expected_has_to_come_out(run: Run) -> None:
    before = amounts(run)
    refused = run(*IMPORT, *DECIDED, "--expect-balance", "1704.35")
    assert refused.status == 3
    assert "account bank would hold 1704.30 USD at the end of 2025-02-28, not 1704.35" in (
        refused.err
    )
    assert amounts(run) == before
    assert run(*IMPORT, *DECIDED, "--expect-balance", "1704.30").status == 0


def test_a_balance_that_differs_since_before_is_told_with_what_to_type(
    run: Run, bank: Path
) -> None:
    assert run("amend", "bank", "--initial-balance", "160").status == 0
    done = run(*IMPORT, *DECIDED)
    assert done.status == 0
    (note,) = [line for line in done.err.splitlines() if line.startswith("note: the bank says")]
    assert "bank holds 1714.30: the difference is -10.00" in note
    amend = note.partition(": ledger ")[2]
    assert run(*shlex.split(amend)).status == 0
    assert run("balance", "bank").out == "1704.30\n"


# ── what the ledger refuses ─────────────────────────────────────────────────────────────────────


def test_each_refusal_names_what_makes_the_import_work(run: Run, tmp_path: Path) -> None:
    assert run("open", "bank", "--owner", "Ana", "--at", "2025-02-10").status == 0
    (tmp_path / "bank.csv").write_text(
        "Date,Text,Amount\n2025-02-03,Fee,-1.50\n2025-02-13,Pay,5.00\n"
    )
    assert run("lock", "2025-01", "--yes").status == 0
    typed = []
    for _ in range(3):
        refused = run(*IMPORT, "--yes")
        if refused.status == 0:
            break
        assert refused.status == 3, refused.err
        hint = shlex.split(refused.err.splitlines()[-1].rpartition(": ledger ")[2])
        typed.append(hint[:3])
        assert run(*hint).status == 0, hint
    assert typed == [["amend", "bank", "--opened-at"], ["amend", "bank", "--overdraft"]]
    assert run("balance", "bank").out == "3.50\n"
    assert run("unlock", "--reason", "x", "--yes").status == 0
    assert run("lock", "2025-03", "--yes").status == 0
    (tmp_path / "bank.csv").write_text("Date,Text,Amount\n2025-02-20,Tea,-1.00\n")
    locked = run(*IMPORT, "--yes")
    assert locked.status == 3
    assert "line 2: the books are locked until the end of 2025-03-31" in locked.err
    assert "ledger unlock " in locked.err.splitlines()[-1]
