"""Files of several accounts of the bank, and files whose entries share a line."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, Run

TWO = (
    "Date,Account number,Description,Amount\n2025-02-13,NL01,Salary,1000.00\n"
    "2025-02-14,NL02,Interest,5.00\n2025-02-15,NL01,Shop,-10.00\n"
)


@pytest.fixture
def two(run: Run, tmp_path: Path) -> Path:
    """Two accounts, and ``two.csv`` with entries of both."""
    for account in ("a", "b"):
        assert run("open", account, "--owner", "Ana", "--at", "2025-01-01").status == 0
    (tmp_path / "two.csv").write_text(TWO)
    return tmp_path / "two.csv"


@pytest.mark.usefixtures("two")
def test_a_file_of_several_accounts_is_mapped(run: Run) -> None:
    refused = run("import", "two.csv", "--account", "a", "--yes")
    assert refused.status == 2
    assert "NL01 (2), NL02 (1)" in refused.err
    one = shlex.split(refused.err.splitlines()[-1].partition("with --map for each: ledger ")[2])
    assert one[:4] == ["import", "two.csv", "--map", "NL01=a"]
    done = run(*one, "--map", "NL02=b")
    assert done.status == 0
    assert done.err.count("# guessed from two.csv") == 1
    assert done.err.splitlines()[-1].startswith("b: imported 1 (in 5.00")
    assert (run("balance", "a").out, run("balance", "b").out) == ("990.00\n", "5.00\n")


@pytest.mark.usefixtures("two")
def test_the_entries_of_accounts_that_are_not_named_are_told(run: Run) -> None:
    done = run("import", "two.csv", "--map", "NL01=a", "--yes")
    assert done.status == 0
    assert "# note: the entries of other accounts of the bank are left out: NL02 (1)" in done.err


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    "mapped", [("NL01=a", "NL02=a"), ("NL01=a", "NL 01=b"), ("NL01=a", "NL01=b")]
)
def test_a_number_or_an_account_is_named_once(run: Run, mapped: tuple[str, str]) -> None:
    options = [word for each in mapped for word in ("--map", each)]
    refused = run("import", "two.csv", *options, "--yes")
    assert (refused.status, "named twice" in refused.err) == (2, True)
    assert run("history", "a", "--json").json["state"]["version"] == 1


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("mapped", ["NL01", "=a", "NL01="])
def test_a_map_needs_both_of_its_sides(run: Run, mapped: str) -> None:
    refused = run("import", "two.csv", "--map", mapped)
    assert (refused.status, "NUMBER=ACCOUNT" in refused.err) == (2, True)
    both = run("import", "two.csv", "--account", "a", "--map", "NL01=b")
    assert "--account and --map exclude each other" in both.err
    balance = ("--map", "NL01=a", "--map", "NL02=b", "--expect-balance", "1")
    assert "of one account only" in run("import", "two.csv", *balance).err


ENTRY = (
    "<Ntry><Amt Ccy='USD'>{0}.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>"
    "<BookgDt><Dt>2025-02-03</Dt></BookgDt><AddtlNtryInf>{1}</AddtlNtryInf></Ntry>"
)


@pytest.mark.parametrize(("typed", "left"), [("y\nn\ny\n", ["7.00"]), ("n\ny\ny\n", ["5.00"])])
def test_entries_in_one_line_are_decided_one_by_one(
    run: Run, environ: dict[str, str], two: Path, typed: str, left: list[str]
) -> None:
    name = "m\x1b]0;x\x07.xml"
    (two.parent / name).write_text(
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><BkToCstmrStmt><Stmt>"
        "<Acct><Id><IBAN>X1</IBAN></Id></Acct>"
        f"{ENTRY.format(5, 'COFFEE')}{ENTRY.format(7, 'BAKERY')}"
        "</Stmt></BkToCstmrStmt></Document>"
    )
    run("amend", "a", "--overdraft", "unlimited", "--at", "2025-01-01")
    for amount in ("5", "7"):
        assert run("withdraw", "a", amount, "-m", "typed", "--at", "2025-02-01").status == 0
    shown = run_on_terminal(
        [PROGRAM, "import", name, "--account", "a"], env=environ, cwd=two.parent, typed=typed
    )
    assert shown.status == 0, shown.text
    assert "\x07" not in shown.text
    entries = run("history", "a", "--json").json["entries"]
    assert [each["amount"].lstrip("-") for each in entries[4:]] == left
