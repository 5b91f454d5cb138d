"""What an error says to do next: the command in it works as printed.

Every hint here comes from a ledger that was named with ``--db``, by a path that a shell would take
apart if it were not quoted.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

import ledger
from ledger import Ledger
from ledger.cli.app import SECTIONS
from tests.support.fork_server import ForkServer
from tests.support.program import PROJECT, Outcome, Run, decoded

NAME = "the club's books.db"
GOLDEN = PROJECT / "tests/golden/format1"
LARGEST = "92233720368547758.07"

AMBIGUOUS_DATES = "Date,Amount\n01/02/2024,5.00\n"
AMBIGUOUS_AMOUNTS = "Date,Amount\n2024-01-31,1.234\n"


def fill(books: Ledger) -> None:
    books.open_account("bank", "Club", initial_balance="10.00", at="2024-01-01")
    books.open_account("cash", "Club", initial_balance="50.00", at="2024-01-01")
    books.open_account("euro", "Club", "EUR", "5.00", at="2024-01-01")
    books.open_account("empty", "Club", at="2024-01-01")
    books.open_account("gone", "Club", at="2024-01-01")
    books.open_account("full", "Club", initial_balance=LARGEST, at="2024-01-01")
    books.deposit("empty", "5", at="2024-03-01")
    books.withdraw("empty", "5", at="2024-03-02")
    books.close_account("gone")
    books.deposit("cash", "5", idempotency_key="tip-17")


@pytest.fixture(scope="module")
def _place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hints")
    with Ledger.open(folder / NAME) as books:
        fill(books)
        (folder / "log.jsonl").write_bytes(b"\n".join(books.export_events()))
    (folder / "bad.jsonl").write_text('{"command": "dance"}\n')
    (folder / "ghost.jsonl").write_text(
        '{"command": "deposit", "account": "bnak", "amount": "1"}\n'
    )
    (folder / "dates.csv").write_text(AMBIGUOUS_DATES)
    (folder / "amounts.csv").write_text(AMBIGUOUS_AMOUNTS)
    return folder


@pytest.fixture
def place(_place: Path, tmp_path: Path) -> Path:
    """A folder with a ledger in it, and files that commands name."""
    return Path(shutil.copytree(_place, tmp_path / "place"))


def printed_commands(hint: str) -> list[str]:
    """The commands that a hint shows."""
    return re.findall(r"(?:^|[:?;] )((?:LEDGER_\w+=\S+ )?e?ledger .+?)(?=; |$)", hint)


InShell = Callable[..., Outcome]

WORDS_OF_IT = """ledger() {
    printf '%s\\0' "LEDGER_DB=$LEDGER_DB" "LEDGER_LOCK_TIMEOUT=${LEDGER_LOCK_TIMEOUT-}" "$@"
}
"""


@pytest.fixture
def in_shell(environ: dict[str, str], fork_server: ForkServer) -> InShell:
    """Run a line as a shell does, in a folder.

    A shell takes it apart; the program runs in a fork, unless the line has its output elsewhere or
    calls it by its second name.
    """

    def run_line(folder: Path, line: str, **more: str) -> Outcome:
        env = {**environ, "LEDGER_DB": "another.db", **more}
        apart = " > " in line or line.startswith("eledger")
        shell = subprocess.run(
            ["sh", "-c", line if apart else WORDS_OF_IT + line],
            env=env,
            cwd=folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        if apart:
            return Outcome(shell.returncode, decoded(shell.stdout), decoded(shell.stderr))
        assert (shell.returncode, shell.stderr) == (0, b""), (line, shell)
        database, patience, *words = decoded(shell.stdout).split("\0")[:-1]
        variables = (each.split("=", 1) for each in (database, patience) if each[-1] != "=")
        return fork_server.run(*words, cwd=folder, env={**env, **dict(variables)})

    return run_line


def changed(place: Path, *statements: str) -> None:
    connection = apsw.Connection(str(place / NAME))
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def change_an_event(place: Path) -> None:
    changed(place, "UPDATE events SET data = '{}' WHERE position = 3")


def change_a_hash(place: Path) -> None:
    changed(place, "UPDATE events SET hash = zeroblob(32) WHERE position = 2")


def drop_a_projection(place: Path) -> None:
    changed(place, "DROP TABLE account_balances")


def age_a_projection(place: Path) -> None:
    changed(place, "UPDATE projections SET version = 99")


def lock_a_period(place: Path) -> None:
    with Ledger.open(place / NAME) as books:
        books.lock("2024-03")


def remove_the_ledger(place: Path) -> None:
    (place / NAME).unlink()


def put_an_export_there(place: Path) -> None:
    shutil.copy(place / "log.jsonl", place / NAME)


def spend_it(place: Path) -> None:
    with Ledger.open(place / NAME) as books:
        books.withdraw("cash", "53")


def reverse_it(place: Path) -> None:
    with Ledger.open(place / NAME) as books:
        books.reverse("cash", 2)


def send_and_undo(place: Path) -> None:
    with Ledger.open(place / NAME) as books:
        books.transfer("cash", "bank", "5", "it's for tea", tags={"for": "tea"})
        books.reverse("cash", 3)


def amend_it(place: Path) -> None:
    with Ledger.open(place / NAME) as books:
        books.amend_account("cash", owner="Ana", overdraft="5")
        books.amend_account("cash", opened_at="2023-01-01", initial_balance="60")
        books.amend_entry("cash", 2, {"description": "it's a tip", "tags": {"for": "tea"}})


def overdraw_it(place: Path) -> None:
    with Ledger.open(place / NAME) as books:
        books.amend_account("cash", overdraft="100")
        books.withdraw("cash", "75")


CASES: dict[str, tuple[str, str, Callable[[Path], None] | None]] = {
    "a mistyped id": ("deposit bnak 5", "no_such_account", None),
    "two mistyped ids": ("transfer bnak csah 5 -m 'for tea'", "no_such_account", None),
    "an unknown id": ("balance zebra", "no_such_account", None),
    "none then": ("balance cash --as-of 2023-01-01", "no_such_account", None),
    "swapped": ("deposit 5 cash", "no_such_account", None),
    "a version first": ("correct 2 cash --amount 6", "invalid_usage", None),
    "swapped and mistyped": ("transfer bnak 5 csah", "no_such_account", None),
    "an impossible id": ("deposit 'ca sh' 5", "invalid_account_id", None),
    "too little then": ("withdraw cash 51 --at 2024-01-02", "insufficient_funds", None),
    "too much": ("deposit full 1", "balance_too_large", None),
    "closed": ("deposit gone 5", "account_closed", None),
    "closed with entries": ("amend gone --overdraft 5", "account_closed", None),
    "open": ("open cash --owner Ana", "account_already_open", None),
    "not empty": ("close bank", "balance_not_zero", None),
    "too early": ("deposit cash 5 --at 2023-12-31", "before_opening", None),
    "used later": ("close empty --at 2024-03-01", "later_activity", None),
    "two currencies": ("transfer cash euro 5", "currency_mismatch", None),
    "one account": ("transfer cash cash 5", "same_account", None),
    "a used key": ("deposit cash 6 --idempotency-key tip-17", "idempotency_key_reused", None),
    "a full ledger": ("import-events log.jsonl", "import_refused", None),
    "small letters": ("open new --owner 'Ana S.' --currency eur", "invalid_currency", None),
    "other decimals": (
        "open new --owner 'Ana S.' --currency JPY --decimals 2",
        "invalid_currency",
        None,
    ),
    "a unit in small letters": (
        "open new --owner Ana --currency points --decimals 0",
        "invalid_currency",
        None,
    ),
    "locked": ("deposit cash 5 --at 2024-02-01 -m 'for tea'", "locked", lock_a_period),
    "a balance that differs": (
        "confirm cash 6.00 --as-of 2024-01",
        "confirmation_differs",
        None,
    ),
    "nothing locked": ("unlock --reason 'a typo'", "nothing_to_unlock", None),
    "a wrong option": ("deposit cash 5 --foo", "invalid_usage", None),
    "no account": ("snapshot", "invalid_usage", None),
    "an existing file": ("export-events log.jsonl", "invalid_option", None),
    "an existing copy": ("backup log.jsonl", "invalid_option", None),
    "a period": ("statement cash --from 2024-02-01 --to 2024-01-01", "invalid_option", None),
    "a wrong line": ("batch bad.jsonl", "invalid_line", None),
    "ambiguous dates": ("import dates.csv --account cash", "invalid_time", None),
    "ambiguous amounts": ("import amounts.csv --account cash", "invalid_amount", None),
    "nothing there": ("balance cash", "no_such_ledger", remove_the_ledger),
    "no projection": ("rebuild-projections foo", "no_such_projection", None),
    "a version": ("deposit cash 5 --expected-version 9", "version_conflict", None),
    "a changed event": ("balance cash", "unreadable_event", change_an_event),
    "a changed hash": ("backup copy.db", "damaged_ledger", change_a_hash),
    "a failed check": ("verify", "verification_failed", change_a_hash),
    "a failed diagnosis": ("doctor", "verification_failed", change_a_hash),
    "a lost projection": ("deposit cash 5", "damaged_ledger", drop_a_projection),
    "an old projection": ("balance", "projection_outdated", age_a_projection),
    "a repairable problem": ("verify", "verification_failed", drop_a_projection),
    "disagreement": (
        "replay cash",
        "damaged_ledger",
        lambda place: changed(
            place, "UPDATE account_balances SET balance = 1 WHERE account_id = 'cash'"
        ),
    ),
    "an export": ("doctor", "not_a_ledger", put_an_export_there),
    "spent since": ("reverse cash 2", "insufficient_funds", spend_it),
    "reversed already": ("reverse cash 2", "already_reversed", reverse_it),
    "a reversal": ("reverse cash 3", "not_reversible", reverse_it),
    "a transfer that was reversed": (
        "correct cash 3 --amount 1",
        "already_reversed",
        send_and_undo,
    ),
    "a closing": ("reverse gone 2", "not_reversible", None),
    "an opening": ("reverse cash 1", "not_reversible", None),
    "an opening of nothing": ("reverse empty 1", "not_reversible", None),
    "another owner": ("reverse cash 3", "not_reversible", amend_it),
    "another opening": ("reverse cash 4", "not_reversible", amend_it),
    "another description": ("reverse cash 5", "not_reversible", amend_it),
    "no such version": ("correct cash 9 --amount 1", "no_such_entry", None),
    "no such transfer": ("reverse --transfer x", "no_such_entry", None),
    "half of a name": ("reverse cash", "invalid_usage", None),
    "nothing different": ("amend-entry cash 2", "invalid_usage", None),
    "reversed too early": ("reverse cash 2 --at 2024-01-01", "invalid_time", None),
    "reopened too early": ("reopen gone --at 2024-01-01", "invalid_time", None),
    "opened too late": ("amend empty --opened-at 2024-03-02", "before_opening", None),
    "too small a limit": ("amend cash --overdraft 1", "insufficient_funds", overdraw_it),
    "nothing to undo": ("undo", "nothing_to_undo", None),
    "an unwritable answer": ("deposit cash 5 > /dev/full", "output_failure", None),
}
"""What is typed, and the code it is refused with."""


@pytest.mark.parametrize("case", CASES)
def test_the_command_in_a_hint_works_as_printed(in_shell: InShell, place: Path, case: str) -> None:
    typed, code, prepare = CASES[case]
    if "/dev/full" in typed and not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    if prepare is not None:
        prepare(place)
    command, redirection, target = typed.partition(" > ")
    line = f'ledger {command} --db "{NAME}" --json{redirection}{target}'
    refused = in_shell(place, line)
    error = json.loads(refused.err.splitlines()[-1])["error"]
    assert error["code"] == code, error
    commands = printed_commands(error["hint"])
    assert commands, error["hint"]
    for each in commands:
        done = in_shell(place, each)
        assert done.status not in (2, 127), (each, done)
        assert "no_such_ledger" not in done.err, (each, done)
    assert not (place / "another.db").exists()


def test_so_many_codes_are_provoked() -> None:
    assert len({code for _, code, _ in CASES.values()}) >= 20


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("deposit bnak 40", "did you mean bank? ledger deposit bank 40"),
        ("deposit Bank 40", "did you mean bank? ledger deposit bank 40"),
        ("transfer bnak csah 40", "did you mean bank? ledger transfer bank cash 40"),
        ("snapshot cash bnak", "did you mean bank? ledger snapshot cash bank"),
        (
            "events --account bnak --limit 2",
            "did you mean bank? ledger events --account bank --limit 2",
        ),
        ("deposit 40 cash", "the amount comes last: ledger deposit cash 40"),
        ("withdraw 4.50 csah", "the amount comes last: ledger withdraw cash 4.50"),
        ("transfer 40 cash bank", "the amount comes last: ledger transfer cash bank 40"),
        ("transfer cash 40 bank", "the amount comes last: ledger transfer cash bank 40"),
        (
            "deposit 40 cash -m 'it''s ours' --at 2024-02-01",
            "the amount comes last: ledger deposit cash 40 --description 'its ours' "
            "--at 2024-02-01",
        ),
        (
            "deposit zebra 40",
            "the ledger has bank, cash, empty, euro, full and 1 more; to open zebra: "
            "ledger open zebra --owner NAME",
        ),
        *(
            (
                f"{words} zebra{more}",
                "the ledger has bank, cash, empty, euro, full and 1 more; to see all: "
                "ledger accounts",
            )
            for words, more in (("close", ""), ("history", ""), ("diff 0", ""), ("correct", " 2"))
        ),
        *(
            (f"{verb} {word} cash", f"the amount comes last: ledger {verb} cash AMOUNT")
            for verb in ("deposit", "withdraw")
            for word in ("40USD", "USD40", "1e2", "ten", "'$40'", "40,00", "4.005", "0")
        ),
        ("deposit 40USD csah", "the amount comes last: ledger deposit cash AMOUNT"),
        ("transfer bnak 40USD cash", "the amount comes last: ledger transfer bank cash AMOUNT"),
        ("transfer ten bank cash", "the amount comes last: ledger transfer bank cash AMOUNT"),
        ("reverse 2 cash", "the version comes last: ledger reverse cash 2"),
        ("reverse 2 csah --at today", "the version comes last: ledger reverse cash 2 --at today"),
        (
            "correct 2 cash -m 'for tea' --amount 5 --json",
            "the version comes last: ledger correct cash 2 --amount 5 --description 'for tea' "
            "--json",
        ),
        (
            "amend-entry --tag x= 2 cash",
            "the version comes last: ledger amend-entry cash 2 --tag x=",
        ),
        ("correct 2 zebra --amount 5", "see: ledger correct --help"),
        ("correct cash two --amount 5", "see: ledger correct --help"),
        ("reverse two cash", "see: ledger reverse --help"),
        ("deposit 40 40", None),
        ("deposit zebra giraffe", None),
        ("deposit bnak 5,00", "did you mean bank? ledger deposit bank 5,00"),
        ("deposit cash fourty", "write a plain number such as 50.00"),
    ],
)
def test_what_was_meant_is_shown_as_it_should_be_typed(
    in_shell: InShell, place: Path, typed: str, hint: str | None
) -> None:
    done = in_shell(place, f'LEDGER_DB="{NAME}" ledger {typed}')
    assert done.status in (2, 4)
    if hint is None:
        assert "the amount comes last" not in done.err
    elif "--json" in typed:
        assert done.error["hint"] == hint
    else:
        assert done.err.splitlines()[-1] == f"hint: {hint}"


def test_an_account_that_is_a_number_may_be_named_in_either_place(
    in_shell: InShell, place: Path
) -> None:
    with Ledger.open(place / NAME) as books:
        books.open_account("1000", "Club")
    done = in_shell(place, f'ledger deposit 1000 cash --db "{NAME}"')
    assert done.err.splitlines()[-1] == (
        "hint: the amount comes last: ledger deposit cash 1000 --db 'the club'\"'\"'s books.db'"
    )


def test_an_entry_of_an_account_that_is_a_number_may_be_named_in_either_order(
    in_shell: InShell, place: Path
) -> None:
    with Ledger.open(place / NAME) as books:
        books.open_account("1000", "Club")
        books.deposit("1000", "5")
    for typed in ("reverse 2 1000", "correct 2 1000 --amount 6"):
        done = in_shell(place, f'ledger {typed} --db "{NAME}"')
        (again,) = printed_commands(done.err.splitlines()[-1])
        swapped = typed.replace("2 1000", "1000 2")
        assert again == f"ledger {swapped} --db 'the club'\"'\"'s books.db'"
    assert in_shell(place, again).status == 0


def test_an_account_that_looks_like_the_amount_is_not_what_was_meant(
    in_shell: InShell, place: Path
) -> None:
    with Ledger.open(place / NAME) as books:
        books.open_account("40", "Club")
    done = in_shell(place, f"LEDGER_DB=\"{NAME}\" ledger deposit '$40' cash")
    assert done.err.splitlines()[-1] == ("hint: the amount comes last: ledger deposit cash AMOUNT")


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("transfer bank bank2 5", "the ledger has bank, till; to open bank2: "),
        ("transfer bank2 bank 5", "the ledger has bank, till; to open bank2: "),
        ("transfer bnak bank2 5", "did you mean bank? ledger transfer bank bank2 5"),
        ("transfer bank 5 bank2", "the amount comes last: ledger transfer bank bank2 5"),
        ("transfer 5 bank2 till", "the amount comes last: ledger transfer bank till 5"),
        ("transfer 5 till till", "the ledger has bank, till; to open 5: "),
        ("correct bank 2 --to bank3 --from bank", "the ledger has bank, till; to open bank3: "),
    ],
)
def test_no_transfer_is_made_one_from_an_account_to_itself(
    in_shell: InShell, tmp_path: Path, typed: str, hint: str
) -> None:
    with Ledger.open(tmp_path / "new.db") as books:
        for account in ("bank", "till"):
            books.open_account(account, "Club", initial_balance="10")
        books.transfer("bank", "till", "1")
    done = in_shell(tmp_path, f"LEDGER_DB=new.db ledger {typed}")
    assert done.err.splitlines()[-1].startswith(f"hint: {hint}")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ({"from": "cash", "to": "cash2", "amount": "5"}, "the ledger has "),
        (
            {"from": "cash", "to": "5", "amount": "cash2"},
            "to and amount are swapped: to cash2, amount 5",
        ),
        ({"from": "cash", "to": "5", "amount": "cash"}, "the ledger has "),
        ({"from": "csah", "to": "cash2", "amount": "5"}, "did you mean cash?"),
    ],
)
def test_nor_in_a_line(in_shell: InShell, place: Path, line: dict[str, str], hint: str) -> None:
    (place / "lines").write_text(json.dumps({"command": "transfer", **line}))
    done = in_shell(place, f'ledger batch lines --db "{NAME}"')
    assert done.err.splitlines()[-1].startswith(f"hint: {hint}")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_what_cannot_be_shown_as_it_is_is_quoted_for_the_shell(
    run: Run, books: Path, environ: dict[str, str], shell: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    text = "l1\nl2\t it's \\ \x1b[1m \u202eü\x9b0"
    with Ledger.open(books) as ledger_:
        ledger_.open_account("cash", "Club")
    refused = run("deposit", "csah", "5", "--description", text)
    (printed,) = printed_commands(refused.err.splitlines()[-1])
    assert printed.startswith(r"ledger deposit cash 5 --description $'l1\nl2\t it\'s ")
    typed = subprocess.run([shell, "-c", printed], env=environ, check=False, capture_output=True)
    assert typed.returncode == 0, typed
    with Ledger.open(books) as ledger_:
        assert ledger_.history("cash").entries[-1].description == text


def test_in_an_empty_ledger_opening_is_all_there_is(in_shell: InShell, tmp_path: Path) -> None:
    Ledger.open(tmp_path / "new.db").close()
    done = in_shell(tmp_path, "ledger deposit cash 5 --db new.db")
    assert done.err.splitlines()[-1] == (
        "hint: there are no accounts yet; to open cash: ledger open cash --owner NAME --db new.db"
    )


def test_in_a_file_the_near_id_is_named_alone(in_shell: InShell, place: Path) -> None:
    done = in_shell(place, f'ledger batch ghost.jsonl --db "{NAME}"')
    assert done.err.splitlines()[-2:] == [
        "error: line 1: there is no account 'bnak'",
        "hint: did you mean bank?",
    ]


def test_the_second_name_of_the_program_is_kept(in_shell: InShell, place: Path) -> None:
    done = in_shell(place, f'eledger deposit bnak 5 --db "{NAME}"')
    hint = done.err.splitlines()[-1]
    assert "eledger deposit bank 5" in hint
    assert in_shell(place, printed_commands(hint)[0]).status == 0


LINES = {
    "a mistyped id": (
        {"command": "deposit", "account": "bnak", "amount": "5"},
        "did you mean bank?",
    ),
    "an id opened before it": (
        {"command": "deposit", "account": "fre5h", "amount": "5"},
        "did you mean fresh?",
    ),
    "swapped": (
        {"command": "deposit", "account": "40", "amount": "cash"},
        "account and amount are swapped: account cash, amount 40",
    ),
    "swapped with a currency": (
        {"command": "withdraw", "account": "40USD", "amount": "csah"},
        "account and amount are swapped: account cash, and the amount in amount",
    ),
    "swapped with a sign": (
        {"command": "withdraw", "account": "$40", "amount": "cash"},
        "account and amount are swapped: account cash, and the amount in amount",
    ),
    "swapped in a transfer": (
        {"command": "transfer", "from": "bank", "to": "40", "amount": "cash"},
        "to and amount are swapped: to cash, amount 40",
    ),
    "closed": (
        {"command": "deposit", "account": "gone", "amount": "5"},
        "to see which there are: ledger accounts --status active",
    ),
}
OPENING = {"command": "open", "account": "fresh", "owner": "Ana"}


@pytest.mark.parametrize("input_format", ["jsonl", "csv"])
@pytest.mark.parametrize("case", LINES)
def test_a_refused_line_has_the_same_hint_whether_the_batch_goes_on_or_not(
    in_shell: InShell, place: Path, case: str, input_format: str
) -> None:
    line, expected = LINES[case]
    (place / "lines").write_text(written([OPENING, line], input_format))
    shutil.copy(place / NAME, place / "whole.db")
    typed = f'LEDGER_DB="{NAME}" ledger batch lines --input-format {input_format}'
    stopped = in_shell(place, typed).err.splitlines()[-1]
    assert stopped.startswith("hint: ")
    assert stopped.endswith(expected)
    for more in ("", " --commit-every 1", " --dry-run"):
        again = f"{typed} --continue-on-error{more}"
        shutil.copy(place / "whole.db", place / NAME)
        assert in_shell(place, again).err.splitlines()[1] == stopped
        shutil.copy(place / "whole.db", place / NAME)
        answers = in_shell(place, f"{again} --json").out.splitlines()
        assert json.loads(answers[1])["error"]["hint"] == stopped.removeprefix("hint: ")


def test_a_batch_does_not_compare_unknown_ids_for_ever(in_shell: InShell, place: Path) -> None:
    wrong = ["bnak", *(f"bank{number}" for number in range(300)), "bnak"]
    lines = [{"command": "deposit", "account": each, "amount": "5"} for each in wrong]
    (place / "lines").write_text(written(lines, "jsonl"))
    told = in_shell(
        place, f'LEDGER_DB="{NAME}" ledger batch lines --continue-on-error'
    ).err.splitlines()
    hints = [line for line in told if line.startswith("hint: ")]
    assert set(hints[:200]) == {hints[-1]} == {"hint: did you mean bank?"}
    assert set(hints[200:-1]) == {"hint: check the id, or open the account first"}


def written(lines: list[dict[str, str]], input_format: str) -> str:
    if input_format == "jsonl":
        return "".join(f"{json.dumps(line)}\n" for line in lines)
    names = list(dict.fromkeys(name for line in lines for name in line))
    rows = [names, *([line.get(name, "") for name in names] for line in lines)]
    return "".join(f"{','.join(row)}\n" for row in rows)


def test_one_typing_error_is_found_among_many_accounts(run: Run, books: Path) -> None:
    lines = [
        json.dumps({"command": "open", "account": f"member:{number:04}", "owner": "M"}).encode()
        for number in range(3_000)
    ]
    with Ledger.open(books) as ledger_:
        ledger_.batch(lines)
    for typed in ("membr:1234", "member:12345", "mmember:1234"):
        assert "member:1234" in run("balance", typed).err


def test_a_lock_that_is_not_had_is_asked_for_with_more_patience(
    in_shell: InShell, place: Path
) -> None:
    holder = sqlite3.connect(place / NAME, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    refused = in_shell(place, f'LEDGER_LOCK_TIMEOUT=0.1 ledger deposit cash 5 --db "{NAME}"')
    holder.execute("ROLLBACK")
    holder.close()
    assert refused.status == 5
    (again,) = printed_commands(refused.err.splitlines()[-1])
    assert again.startswith("LEDGER_LOCK_TIMEOUT=60 ledger deposit cash 5 --db ")
    assert in_shell(place, again).status == 0


def test_a_variable_that_cannot_be_used_is_named(in_shell: InShell, place: Path) -> None:
    done = in_shell(place, f'ledger deposit cash 5 --db "{NAME}"', LEDGER_ACTOR="x" * 10_001)
    assert done.err.endswith("hint: shorten it; it comes from LEDGER_ACTOR\n")


ON_ANY_LEDGER = (
    "accounts",
    "amend cash --owner Ana",
    "backup copy.db",
    "balance",
    "batch bad.jsonl",
    "deposit cash 5",
    "doctor",
    "events --follow",
    "export-events out.jsonl",
    "history cash",
    "import dates.csv --account cash",
    "import-events log.jsonl",
    "open new --owner Ana",
    "projections",
    "rebuild-projections",
    "replay cash",
    "snapshot --all",
    "snapshots",
    "statement cash",
    "reverse cash 2",
    "transfer cash bank 5",
    "undo",
    "verify",
)


@pytest.mark.parametrize("typed", ON_ANY_LEDGER)
def test_a_file_of_an_older_format_says_exactly_what_to_type(
    in_shell: InShell, place: Path, typed: str
) -> None:
    older = (GOLDEN / "books.db").read_bytes()
    (place / NAME).write_bytes(older)
    names = set(os.listdir(place))
    for taken in ("the club's books-2.db", "the club's books-3.db"):
        done = in_shell(place, f'ledger {typed} --db "{NAME}"')
        assert done.status == 2
        told = (done.out + done.err).splitlines()
        (hint,) = {line for each in told for line in printed_commands(each.replace("\t", "; "))}
        assert shlex.split(hint) == ["ledger", "migrate", NAME, taken]
        assert set(os.listdir(place)) == names
        assert (place / NAME).read_bytes() == older
        (place / taken).touch()  # a name that is taken is not proposed
        names.add(taken)


@pytest.mark.parametrize("typed", ["deposit cash 5", "open new --owner Ana", "batch ok.jsonl"])
def test_a_log_ahead_of_the_clock_first_asks_about_this_machine_s_clock(
    in_shell: InShell, place: Path, typed: str
) -> None:
    (place / "ok.jsonl").write_text('{"command": "deposit", "account": "cash", "amount": "1"}\n')
    ahead = time.time_ns() // 1_000 + 3_600_000_000
    with Ledger.open(place / NAME, clock=lambda: ahead) as books:
        books.deposit("cash", "1")
    done = in_shell(place, f'ledger {typed} --db "{NAME}"')
    assert done.status == 3
    *_, message, hint = done.err.splitlines()
    assert "the last entry was recorded at " in message
    assert hint.startswith("hint: see whether this machine's clock is right; if it is, ")
    (command,) = printed_commands(hint)
    assert shlex.split(command) == ["ledger", "book", "correct-clock", "--db", NAME]
    # Reading needs no clock, and a little ahead is not wrong.
    assert in_shell(place, f'ledger balance cash --db "{NAME}"').status == 0


def test_a_unit_of_ones_own_is_told_how_to_open(in_shell: InShell, place: Path) -> None:
    opening = f'ledger open purse --owner Ana --currency BTC --db "{NAME}"'
    done = in_shell(place, opening)
    assert done.status == 2
    assert done.err.endswith(
        "for a unit of your own, say how many decimals it has: --decimals 2, for example\n"
    )
    assert in_shell(place, f"{opening} --decimals 8").status == 0


@pytest.mark.parametrize("kind", ["foreign", "empty", "folder", "/dev/null"])
def test_where_the_path_came_from_is_said_once(
    in_shell: InShell, tmp_path: Path, kind: str
) -> None:
    foreign = apsw.Connection(str(tmp_path / "foreign"))
    foreign.execute("CREATE TABLE songs (title)")
    foreign.close()
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    done = in_shell(tmp_path, f"ledger doctor --db {kind}")
    assert done.err.count("the path was given with --db") == 1


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("deposit cash 5 --at", "ledger deposit"),
        ("deposit cash 5 -m", "ledger deposit"),
        ("balance --db", "ledger balance"),
        ("events --json --format", "ledger events"),
        ("--db", "ledger"),
    ],
)
def test_a_missing_value_is_looked_up_in_the_help_of_its_command(
    in_shell: InShell, place: Path, typed: str, command: str
) -> None:
    hint = in_shell(place, f"ledger {typed}").err
    assert f"see: {command} --help" in hint


def test_what_has_to_be_withdrawn_before_a_closing_is_withdrawn_then(
    in_shell: InShell, place: Path
) -> None:
    with Ledger.open(place / "plain.db") as books:
        books.open_account("b", "Ana", initial_balance="100.00", at="2026-01-01")
    closing = "ledger close b --at 2026-01-05 --db plain.db"
    hint = in_shell(place, closing).err.splitlines()[-1]
    assert hint.endswith(": ledger withdraw b 100.00 --at 2026-01-05 --db plain.db")
    for each in (*printed_commands(hint), closing):
        assert in_shell(place, each).status == 0, each


needs_full_device = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="there is no /dev/full here"
)


@needs_full_device
@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("--help", False),
        ("deposit --help", False),
        ("--version", False),
        ("accounts", False),
        ("projections", False),
        ("doctor --json", False),
        ("batch ghost.jsonl --dry-run --continue-on-error --json", False),
        ("deposit cash 5", True),
        ("projections --catch-up", True),
        ("doctor --repair --json", True),
    ],
)
def test_only_what_writes_speaks_of_what_was_done(
    in_shell: InShell, place: Path, typed: str, written: bool
) -> None:
    done = in_shell(place, f'LEDGER_DB="{NAME}" ledger {typed} > /dev/full')
    assert ("ask the ledger before you repeat it" in done.err) == written
    repeat = "free some space, or write elsewhere, and repeat the command"
    assert (repeat in done.err) != written


def test_one_of_a_thing_is_no_plural(in_shell: InShell, tmp_path: Path) -> None:
    for typed, told in (
        ("open a --owner Ana --db new.db", ""),
        ("export-events one.jsonl --to-position 1 --db new.db", "1 event written to one.jsonl\n"),
        ("import-events one.jsonl --db one.db", "1 event of 0 accounts imported\n"),
        ("rebuild-projections account_balances --db one.db", "1 event folded into 0 rows by "),
        ("export-events log.jsonl --db new.db", "2 events written to log.jsonl\n"),
        ("import-events log.jsonl --db copy.db", "2 events of 1 account imported\n"),
        ("verify --db copy.db", "clean: 2 changes of 1 account; head "),
        ("rebuild-projections account_balances --db copy.db", "2 events folded into 1 row by "),
    ):
        done = in_shell(tmp_path, f"ledger {typed}")
        assert told in done.out + done.err


# ── below the command line ──────────────────────────────────────────────────────────────────────

COMMANDS = "|".join(name for section in SECTIONS.values() for name in section)
SHELL_WORDS = re.compile(rf"\be?ledger ({COMMANDS})\b|(^|\s)--[a-z]|LEDGER_[A-Z]|pip install")
ROOT = Path(ledger.__file__).parent


def texts(module: Path) -> Iterator[tuple[int, str]]:
    """The texts in a module that a person may be shown: all but docstrings, keys and names."""
    tree = ast.parse(module.read_text("utf-8"))
    silent = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in silent
            and not re.fullmatch(r"LEDGER_[A-Z_]+", node.value)  # a variable's own name
        ):
            yield node.lineno, node.value


def test_nothing_below_the_command_line_speaks_shell() -> None:
    found = [
        f"{module.relative_to(ROOT)}:{line}: {text}"
        for module in sorted(ROOT.rglob("*.py"))
        if ROOT / "cli" not in module.parents
        and module.parent.name != "words"  # a bank may call a balance its ledger balance
        for line, text in texts(module)
        if SHELL_WORDS.search(text)
    ]
    assert found == []
