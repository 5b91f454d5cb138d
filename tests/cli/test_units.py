"""Units of one's own, and the decimals that every account keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.program import Refused, Run


def opened(run: Run, account: str, unit: str, decimals: int, balance: str = "0") -> str:
    options = ("--currency", unit, "--decimals", str(decimals), "--initial-balance", balance)
    done = run("open", account, "--owner", "Ana", *options, "--quiet")
    assert done.status == 0, done.err
    return done.out


@pytest.mark.parametrize(
    ("unit", "decimals", "smallest", "shown"),
    [
        ("POINTS", 0, "1", "1"),
        ("HOURS", 2, "0.25", "0.25"),
        ("BTC", 8, "0.00000001", "0.00000001"),
        ("A1B2C3D4E5F6", 12, "0.000000000001", "0.000000000001"),
    ],
)
def test_a_unit_of_ones_own_is_shown_with_its_decimals_everywhere(
    run: Run, unit: str, decimals: int, smallest: str, shown: str
) -> None:
    none = "0" if decimals == 0 else f"0.{'0' * decimals}"
    assert opened(run, "purse", unit, decimals) == f"purse\t{none}\t{unit}\t1\n"
    assert run("deposit", "purse", smallest).out == f"purse\t{shown}\t{unit}\t2\n"
    assert run("balance", "purse").out == f"{shown}\n"
    assert run("history", "purse", "--json").json["entries"][-1]["amount"] == shown
    assert run("statement", "purse", "--json").json["closing_balance"] == shown
    assert run("replay", "purse", "--json").json["agrees"] is True
    log = [json.loads(line)["data"] for line in run("events", "--json").out.splitlines()]
    assert (log[1]["decimals"], log[1]["initial_balance"]) == (decimals, none)
    assert log[2]["amount"] == shown
    found = run("verify", "--json").json
    assert (found["clean"], found["totals"][0]["balances"]) == (True, shown)
    assert f"+{shown}" in run("events", "--format", "table").out
    assert f"total: {shown} {unit}\n" in run("balance", "--format", "table").out
    too_fine = run("deposit", "purse", f"{smallest if decimals else '1.'}1", "--json")
    assert too_fine.error["code"] == "invalid_amount"
    exported = run("export-events").out
    assert run("import-events", "-", "--db", "copy.db", stdin=exported).status == 0
    assert run("accounts", "--db", "copy.db").out == run("accounts").out


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("currency", "decimals", "why"),
    [
        ("POINTS", "40", "POINTS cannot have 40 decimals"),
        ("POINTS", "-1", "POINTS cannot have -1 decimals"),
        ("JPY", "2", "JPY has 0 decimals, not 2"),
        ("usd", "2", "'usd' cannot be the name of a unit"),
        ("points", "2", "'points' cannot be the name of a unit"),
        ("12A", "2", "'12A' cannot be the name of a unit"),
        ("ABCDEFGHIJKLM", "2", "cannot be the name of a unit"),
        ("PO INTS", "2", "cannot be the name of a unit"),
        ("💰", "2", "cannot be the name of a unit"),
        ("", "2", "cannot be the name of a unit"),
        ("POINTS", None, "'POINTS' is not an ISO 4217 currency"),
    ],
)
def test_what_cannot_be_a_unit_is_refused(
    refused: Refused, currency: str, decimals: str | None, why: str
) -> None:
    options = () if decimals is None else ("--decimals", decimals)
    opening = ("open", "new", "--owner", "Nia", f"--currency={currency}")
    assert why in refused(2, "invalid_currency", *opening, *options)["message"]


def test_a_currency_may_be_given_the_decimals_that_it_has(run: Run, small_books: Path) -> None:
    assert opened(run, "yen", "JPY", 0, "5") == "yen\t5\tJPY\t1\n"


def test_one_unit_with_other_decimals_is_another_one(
    run: Run, refused: Refused, books: Path
) -> None:
    opened(run, "coarse", "HOURS", 0, "5")
    opened(run, "fine", "HOURS", 2, "5")
    opened(run, "finer", "HOURS", 2)
    error = refused(3, "currency_mismatch", "transfer", "coarse", "fine", "1")
    assert "with 0 decimals and fine with 2" in error["message"]
    assert run("transfer", "fine", "finer", "1.25").status == 0
    assert run("verify", "--quiet").status == 0


def test_a_line_of_a_batch_may_open_in_a_unit_of_ones_own(run: Run, books: Path) -> None:
    line = {"command": "open", "account": "a", "owner": "Ana", "currency": "HOURS", "decimals": 2}
    assert run("batch", "-", stdin=json.dumps(line)).status == 0
    rows = "command,account,owner,currency,decimals\nopen,b,Ben,HOURS,1\n"
    assert run("batch", "-", "--input-format", "csv", stdin=rows).status == 0
    assert run("balance").out.splitlines()[0].startswith("a\t0.00\tHOURS")
    assert run("balance").out.splitlines()[1].startswith("b\t0.0\tHOURS")
