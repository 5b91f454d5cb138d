"""Account ids: which are refused, and that the others survive every way of showing them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.program import Refused, Run

BAD_IDS = {
    "empty": ("", "it is empty"),
    "too long": ("x" * 300, "it has 300 characters"),
    "a newline": ("acc\n001", r"it holds '\n'"),
    "a path": ("../x", "it holds '/'"),
    "an emoji": ("😀", "it holds"),
    "leading spaces": ("  acc-001", "it holds ' '"),
    "a trailing space": ("acc-001 ", "it holds ' '"),
    "a look-alike": ("аcc-001", r"it holds '\u0430'"),  # the first letter is Cyrillic
    "an escape": ("\x1b[31macc", r"it holds '\x1b'"),
}


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(("account", "why"), BAD_IDS.values(), ids=BAD_IDS)
def test_a_bad_id_is_refused_with_the_reason(refused: Refused, account: str, why: str) -> None:
    for command, *arguments in (("open", "--owner", "Nia", account), ("deposit", account, "5")):
        error = refused(2, "invalid_account_id", command, *arguments)
        assert why in error["message"]


@pytest.mark.usefixtures("small_books")
def test_an_id_that_looks_like_options_is_refused_as_both(refused: Refused) -> None:
    refused(2, "invalid_usage", "open", "-rf", "--owner", "Nia")
    refused(2, "invalid_usage", "deposit", "-rf", "5")
    for arguments in (("open", "--owner", "Nia", "--", "-rf"), ("deposit", "--", "-rf", "5")):
        error = refused(2, "invalid_account_id", *arguments)
        assert "it starts with '-'" in error["message"]


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("command", ["open", "deposit"])
def test_an_id_with_a_nul_is_refused(refused: Refused, command: str) -> None:
    line = {"command": command, "account": "acc\0", **SECOND_FIELD[command]}
    error = refused(2, "invalid_account_id", "batch", "-", stdin=json.dumps(line))
    assert r"it holds '\x00'" in error["message"]


SECOND_FIELD = {"open": {"owner": "Nia"}, "deposit": {"amount": "5"}}


def test_a_refused_id_never_reaches_the_terminal_raw(run: Run, small_books: Path) -> None:
    outcome = run("deposit", "\x1b[31m\u202e", "5")
    assert outcome.status == 2
    assert r"\x1b[31m\u202e" in outcome.err
    assert outcome.err.isascii()


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("shown_as", ["plain", "csv", "json", "table"])
def test_an_id_with_colons_and_an_owner_in_brackets_are_shown_as_they_are(
    run: Run, shown_as: str
) -> None:
    account, owner = "Assets:Bank:Checking", ":bank: [red]Ana[/red] [/x]"
    assert run("open", account, "--owner", owner).status == 0
    outcome = run("accounts", "--format", shown_as, env={"FORCE_COLOR": "1", "COLUMNS": "160"})
    assert account in outcome.out
    assert owner in outcome.out
