"""Flags, arguments and settings that make no sense, and commands that come twice or too late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
import typer

from ledger.cli.app import app
from tests.support.file_content import tree
from tests.support.program import Refused, Run

HUGE = "9" * 23


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        ("deposit acc-001 5 --foo", "invalid_usage", "no such option: --foo"),
        ("balance acc-001 --as-off 2024-03-01", "invalid_usage", "--as-of"),
        ("depost acc-001 5", "invalid_usage", "Did you mean 'deposit'"),
        ("rebuild-projection", "invalid_usage", "Did you mean 'rebuild-projections'"),
        ("fly", "invalid_usage", "no such command 'fly'"),
        ("deposit", "invalid_usage", "missing argument 'ACCOUNT'"),
        ("deposit acc-001", "invalid_usage", "missing argument 'AMOUNT'"),
        ("transfer acc-001 acc-002", "invalid_usage", "missing argument 'AMOUNT'"),
        ("open new", "invalid_usage", "missing option '--owner'"),
        ("import-events", "invalid_usage", "missing argument 'FILE'"),
        ("history acc-001 acc-002", "invalid_usage", "unexpected extra argument"),
        ("balance acc-001 --as-of", "invalid_usage", "'--as-of' requires an argument"),
        ("balance --format xml", "invalid_usage", "'xml' is not one of table, plain, json, csv"),
        ("history acc-001 --limit -1", "invalid_usage", "-1 is not in the range"),
        ("history acc-001 --limit x", "invalid_usage", "'x' is not a whole number"),
        ("events --limit -1", "invalid_usage", "-1 is not in the range"),
        ("events --from-position 0", "invalid_usage", "0 is not in the range"),
        ("history acc-001 --at-version 0", "invalid_option", "acc-001 has no version 0"),
        ("history acc-001 --at-version 6", "invalid_option", "acc-001 has no version 6"),
        ("history acc-001 --at-version -1", "invalid_option", "acc-001 has no version -1"),
        (f"history acc-001 --at-version {HUGE}", "invalid_option", f"no version {HUGE}"),
        ("replay acc-001 --to-version 0", "invalid_option", "acc-001 has no version 0"),
        ("replay acc-001 --to-version 6", "invalid_option", "acc-001 has no version 6"),
        ("replay acc-001 --to-version 6 --step", "invalid_option", "acc-001 has no version 6"),
        ("deposit acc-001 5 --expected-version -1", "invalid_usage", "-1 is not in the range"),
        ("deposit acc-001 5 --expected-version x", "invalid_usage", "'x' is not a whole number"),
        ("accounts --status odd", "invalid_option", "'odd' is not a status"),
        ("snapshot", "invalid_usage", "name one or more accounts, or use --all"),
        ("snapshot --all acc-001", "invalid_usage", "name one or more accounts, or use --all"),
        ("statement", "invalid_usage", "name one or more accounts, or use --all"),
        ("statement --all acc-001", "invalid_usage", "name one or more accounts, or use --all"),
        ("balance -x:", "invalid_usage", "no such option: -x"),
        ("balance acc-001 -- -x:", "invalid_account_id", "it starts with '-'"),
        ("balance acc-001 -- -x", "invalid_account_id", "it starts with '-'"),
        ("accounts -- -x", "invalid_account_id", "it starts with '-'"),
        ("statement acc-001 -- -x:", "invalid_account_id", "it starts with '-'"),
        ("rebuild-projections --workers 0", "invalid_usage", "0 is not in the range"),
        (f"rebuild-projections --workers {HUGE}", "invalid_usage", "is not in the range"),
        ("open new --owner Nia --currency XYZ", "invalid_currency", "'XYZ' is not an ISO 4217"),
        ("open new --owner Nia --currency usd", "invalid_currency", "'usd' is not an ISO 4217"),
    ],
)
def test_a_wrong_flag_is_refused_with_the_reason(
    refused: Refused, arguments: str, code: str, why: str
) -> None:
    error = refused(2, code, *arguments.split())
    assert why in error["message"]


NUMBERS = [
    "open new --owner Nia --decimals {}",
    "deposit acc-001 5 --expected-version {}",
    "reverse acc-001 {}",
    "correct acc-001 {} --amount 6",
    "amend-entry acc-001 {} -m Stamps",
    "amend acc-001 --decimals {}",
    "confirm acc-001 {} --withdraw",
    "book correct-clock --from {} --reason late",
    "history acc-001 --at-version {}",
    "history acc-001 --limit {}",
    "replay acc-001 --to-version {}",
    "events --from-position {}",
    "events --limit {}",
    "export-events --to-position {}",
    "rebuild-projections --workers {}",
    "batch lines.jsonl --commit-every {}",
]


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("written", ["\u0662", "\uff12", "\u00b2", "+2", "1_0", "9" * 5000])
@pytest.mark.parametrize("command", NUMBERS)
def test_a_number_is_written_with_the_digits_0_to_9_alone(
    refused: Refused, command: str, written: str
) -> None:
    error = refused(2, "invalid_usage", *command.format(written).split(" "))
    assert ascii(written)[1:-1][:100] in error["message"] or written in error["message"]


def every_command(command: Any) -> Iterator[Any]:
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from every_command(inner)


def test_no_option_reads_a_number_in_another_way() -> None:
    """Typer reads digits of every script."""
    for command in every_command(typer.main.get_command(app)):
        for parameter in command.params:
            assert not parameter.type.name.startswith(("integer", "float")), parameter.name


def test_a_usage_error_points_to_the_help_of_its_command(refused: Refused) -> None:
    assert refused(2, "invalid_usage", "deposit", "--foo")["hint"] == "see: ledger deposit --help"
    assert refused(2, "invalid_usage", "fly")["hint"] == "see: ledger --help"


def test_the_program_alone_shows_its_help_as_an_error(run: Run) -> None:
    outcome = run()
    assert (outcome.status, outcome.out) == (2, "")
    assert "Usage: ledger" in outcome.err


def test_a_limit_beyond_all_bounds_is_no_limit(run: Run, small_books: Path) -> None:
    for command in (("history", "acc-001"), ("events",), ("events", "--account", "acc-001")):
        limited = run(*command, "--limit", HUGE)
        assert (limited.status, limited.out) == (0, run(*command).out)
    assert run("events", "--from-position", HUGE).out == ""
    assert run("history", "acc-001", "--limit", "0").out == ""


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("deposit nobody 5", "no_such_account"),
        ("withdraw nobody 5", "no_such_account"),
        ("transfer nobody acc-001 5", "no_such_account"),
        ("transfer acc-001 nobody 5", "no_such_account"),
        ("close nobody", "no_such_account"),
        ("balance nobody", "no_such_account"),
        ("balance acc-001 nobody jp-camp", "no_such_account"),
        ("balance nobody:", "no_such_account"),
        ("balance acc-001 nobody: --as-of 2024-03-05 --tree", "no_such_account"),
        ("accounts nobody", "no_such_account"),
        ("statement acc-001 nobody", "no_such_account"),
        ("statement acc-001 nobody:", "no_such_account"),
        ("history nobody", "no_such_account"),
        ("replay nobody", "no_such_account"),
        ("replay nobody --step", "no_such_account"),
        ("events --account nobody", "no_such_account"),
        ("events --account nobody --follow", "no_such_account"),
        ("snapshot acc-001 nobody", "no_such_account"),
        ("snapshots nobody", "no_such_account"),
        ("rebuild-projections account_balances nothing", "no_such_projection"),
    ],
)
def test_what_does_not_exist_is_named(refused: Refused, arguments: str, code: str) -> None:
    error = refused(4, code, *arguments.split())
    missing = "nothing" if code == "no_such_projection" else "nobody"
    assert missing in error["message"]
    assert {missing, f"{missing}:"} & set(error["details"].values())


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("flag", ["--as-of", "--known-at"])
def test_an_account_before_its_time_does_not_exist(refused: Refused, flag: str) -> None:
    error = refused(4, "no_such_account", "balance", "acc-001", flag, "2024-02-29")
    assert "2024-02-29T23:59:59+00:00" in error["message"]


# ── expected versions and keys ──────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize(
    ("arguments", "actual"),
    [
        (("deposit", "acc-001", "5", "--expected-version", "4"), 5),
        (("withdraw", "acc-001", "5", "--expected-version", "6"), 5),
        (("transfer", "acc-001", "acc-002", "5", "--expected-version", "2"), 5),
        (("close", "acc-001", "--expected-version", HUGE), 5),
        (("open", "acc-001", "--owner", "Nia", "--expected-version", "0"), 5),
        (("open", "new", "--owner", "Nia", "--expected-version", "1"), 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_another_version_than_expected_is_a_conflict(
    refused: Refused, arguments: tuple[str, ...], actual: int
) -> None:
    error = refused(5, "version_conflict", *arguments)
    assert error["details"]["actual_version"] == actual
    assert error["details"]["expected_version"] == int(arguments[-1])


def test_the_expected_version_lets_a_command_through_once(
    run: Run, refused: Refused, small_books: Path
) -> None:
    command = ("deposit", "acc-001", "5", "--expected-version", "5")
    assert run(*command, "--json").json["version"] == 6
    assert refused(5, "version_conflict", *command)["details"]["actual_version"] == 6


@pytest.mark.parametrize(
    ("other", "field"),
    [
        (("deposit", "acc-001", "6", "-m", "pay"), "amount"),
        (("deposit", "acc-002", "5", "-m", "pay"), "account"),
        (("deposit", "acc-001", "5", "-m", "Pay"), "description"),
        (("deposit", "acc-001", "5", "-m", "pay", "--at", "2024-03-12"), "at"),
        (("withdraw", "acc-001", "5", "-m", "pay"), "command"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_key_used_for_another_command_names_the_field_that_differs(
    run: Run, refused: Refused, small_books: Path, other: tuple[str, ...], field: str
) -> None:
    key = ("--idempotency-key", "march")
    assert run("deposit", "acc-001", "5", "-m", "pay", *key).status == 0
    error = refused(3, "idempotency_key_reused", *other, *key)
    assert error["details"]["fields"] == [field]
    assert f": {field} was " in error["message"]


def test_a_key_that_comes_again_answers_as_before_and_writes_nothing(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    key = ("--idempotency-key", "march", "--json")
    first = run("deposit", "acc-001", "5", *key).json
    before = tree(tmp_path)
    again = run("deposit", "acc-001", "5.00", *key)
    assert again.status == 0
    assert again.json == {**first, "replayed": True}
    assert first["replayed"] is False
    assert tree(tmp_path) == before


@pytest.mark.parametrize("spelling", ["5", "5.00", "005.0", "5.000"])
def test_a_key_that_comes_again_may_have_the_amount_in_another_spelling(
    run: Run, small_books: Path, spelling: str
) -> None:
    key = ("--idempotency-key", "march")
    assert run("withdraw", "acc-001", "5", *key).status == 0
    again = run("withdraw", "acc-001", spelling, *key, "--format", "table")
    assert (again.status, again.err) == (0, "")
    assert again.out.startswith("withdrew 5.00 USD: acc-001 now holds ")


def test_a_refused_command_does_not_burn_its_key(
    run: Run, refused: Refused, small_books: Path
) -> None:
    key = ("--idempotency-key", "march")
    refused(3, "insufficient_funds", "withdraw", "acc-002", "21", *key)
    assert run("withdraw", "acc-002", "20", *key, "--json").json["replayed"] is False


# ── the write lock ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("small_books")
@pytest.mark.parametrize("seconds", ["soon", "-1", "nan", "inf", "1e99"])
def test_a_lock_timeout_that_is_none_is_refused(refused: Refused, seconds: str) -> None:
    env = {"LEDGER_LOCK_TIMEOUT": seconds}
    error = refused(2, "invalid_option", "deposit", "acc-001", "5", env=env)
    assert "LEDGER_LOCK_TIMEOUT" in error["message"]


@pytest.mark.parametrize("every", [(), ("--continue-on-error", "--commit-every", "1")])
def test_a_lock_timeout_that_is_none_is_refused_before_there_is_a_ledger(
    refused: Refused, every: tuple[str, ...]
) -> None:
    line = b'{"command": "open", "account": "a", "owner": "Ana"}\n'
    refused(
        2,
        "invalid_option",
        "batch",
        "-",
        *every,
        stdin=line,
        env={"LEDGER_LOCK_TIMEOUT": "abc"},
    )


@contextmanager
def write_lock(path: Path) -> Iterator[None]:
    connection = apsw.Connection(str(path))
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.mark.parametrize(
    "command",
    [
        ("deposit", "acc-001", "5"),
        ("open", "new", "--owner", "Nia"),
        ("snapshot", "acc-001"),
        ("rebuild-projections",),
        ("batch", "-"),
        ("import-events", "-"),
    ],
    ids=lambda command: command[0],
)
def test_a_lock_that_is_held_too_long_is_a_conflict(
    run: Run, small_books: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    before = tree(tmp_path)
    with write_lock(small_books):
        outcome = run(
            *command,
            "--json",
            stdin='{"command": "deposit", "account": "acc-001", "amount": "5"}',
            env={"LEDGER_LOCK_TIMEOUT": "0.3"},
            prefix=("timeout", "8"),  # it would wait for ten seconds by itself
        )
    assert (outcome.status, outcome.out) == (5, "")
    assert outcome.error["code"] == "lock_timeout"
    assert "LEDGER_LOCK_TIMEOUT" in outcome.error["hint"]
    assert tree(tmp_path) == before


def test_the_ledger_can_be_asked_while_another_process_writes(run: Run, small_books: Path) -> None:
    with write_lock(small_books):
        assert run("balance", "acc-001").out == "124.75\n"
        assert run("events", "--limit", "1").status == 0
