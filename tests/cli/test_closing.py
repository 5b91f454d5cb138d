"""`confirm`, `lock` and `unlock`: closing a period, by the installed command."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.cli.app import SECTIONS
from tests.support.cli.terminal import Terminal, run_on_terminal, talk_on_terminal
from tests.support.older_world import deposited, opened
from tests.support.program import PROGRAM, Refused, Run

END = "2024-03-31T23:59:59.999999Z"
SHOWN_END = "2024-03-31T23:59:59.999999+00:00"


# ── confirm ─────────────────────────────────────────────────────────────────────────────────────


def test_a_balance_is_confirmed_in_every_format(run: Run, small_books: Path) -> None:
    given = ("confirm", "acc-001", "124.75", "--as-of", "2024-03", "--source", "statement 3")
    done = run(*given, "--json")
    assert (done.status, done.err) == (0, "")
    assert done.json["command"] == "confirm"
    assert (done.json["account_id"], done.json["balance"]) == ("acc-001", "124.75")
    (event,) = done.json["events"]
    assert (event["event_type"], event["effective_at"]) == ("BalanceConfirmed", END)
    assert run(*given).out == "acc-001\t124.75\tUSD\t7\n"
    header, row = csv.reader(io.StringIO(run(*given, "--format", "csv").out))
    assert dict(zip(header, row, strict=True))["version"] == "8"
    assert run(*given, "--format", "table").out == (
        "confirmed 124.75 USD at the end of 2024-03-31: acc-001 now holds 124.75 USD\n"
    )
    assert run("verify", "--quiet").status == 0


@pytest.mark.parametrize("day", ["2024-03-02", "20240302", "2024-03-02T23:59:59.999999Z"])
def test_a_day_is_confirmed_at_its_end(run: Run, small_books: Path, day: str) -> None:
    assert run("confirm", "acc-001", "107.25", "--as-of", day).status == 0


def test_now_and_today_can_be_confirmed(run: Run, small_books: Path) -> None:
    for more in ((), ("--as-of", "today")):
        assert run("confirm", "jp-camp", "20000", *more).status == 0


def test_a_closed_account_is_confirmed(run: Run, small_books: Path) -> None:
    assert run("confirm", "old-box", "0", "--as-of", "2024-03").status == 0


def test_a_balance_below_zero_is_confirmed_after_two_dashes(run: Run, small_books: Path) -> None:
    with Ledger.open(small_books) as ledger:
        ledger.open_account("bank", "Ana", overdraft="50")
        ledger.withdraw("bank", "12.50")
    done = run("confirm", "bank", "-12.50")
    assert done.status == 2
    assert "two dashes: -- -12.50" in done.err
    assert run("confirm", "bank", "--", "-12.50").out == "bank\t-12.50\tUSD\t3\n"


def test_a_confirmation_is_withdrawn(run: Run, refused: Refused, small_books: Path) -> None:
    for month, balance in (("2024-03-01", "100.00"), ("2024-03", "124.75")):
        assert run("confirm", "acc-001", balance, "--as-of", month).status == 0
    last = run("confirm", "acc-001", "--withdraw", "--reason", "another account", "--json")
    assert last.json["command"] == "withdraw-confirmation"
    assert last.json["events"][0]["effective_at"] == END
    error = refused(4, "no_such_entry", "confirm", "acc-001", "7", "--withdraw")
    assert "version 7" in error["message"]
    named = run("confirm", "acc-001", "6", "--withdraw", "--format", "table")
    assert named.out == (
        "withdrew the confirmation of the end of 2024-03-01: acc-001 now holds 124.75 USD\n"
    )
    refused(4, "no_such_entry", "confirm", "acc-001", "--withdraw")


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("jp-camp 20000.00", 2, "invalid_amount"),
        ("kw-fund 1.2501", 2, "invalid_amount"),
        ("acc-001 1e2", 2, "invalid_amount"),
        ("acc-001 100 --as-of 2024-02", 3, "before_opening"),
        ("acc-001 100 --as-of 2999-01-01", 2, "invalid_time"),
        ("acc-001 100 --as-of 2999-01", 2, "invalid_time"),
        ("acc-001 100 --as-of 2024-13", 2, "invalid_time"),
        ("acc-001 100 --as-of 2024-03", 3, "confirmation_differs"),
        ("nobody 100", 4, "no_such_account"),
        ("acc-001", 2, "invalid_usage"),
        ("acc-001 one --withdraw", 2, "invalid_usage"),
        ("acc-001 --withdraw --source bank", 2, "invalid_usage"),
        ("acc-001 --withdraw --as-of 2024-03", 2, "invalid_usage"),
        ("acc-001 100 --reason typo", 2, "invalid_usage"),
        ("acc-001 124.75 --expected-version 3", 5, "version_conflict"),
    ],
)
def test_what_cannot_be_confirmed(
    refused: Refused, small_books: Path, words: str, status: int, code: str
) -> None:
    refused(status, code, "confirm", *shlex.split(words))


# ── the diagnosis ───────────────────────────────────────────────────────────────────────────────


def candidates(refused: Refused, balance: str, *more: str) -> list[tuple[int, str, str | None]]:
    error = refused(3, "confirmation_differs", "confirm", "acc-001", balance, *more)
    assert error["details"]["confirmed"] == balance
    return [
        (each["version"], each["explanation"], each["right_amount"])
        for each in error["details"]["candidates"]
    ]


def test_a_difference_names_the_entry_that_explains_it(refused: Refused, small_books: Path) -> None:
    # +50.00 (2), −12.50 (3), −20.00 (4) and +7.25 (5), which happened on 2 March.
    assert candidates(refused, "74.75") == [(2, "only_here", None)]
    assert candidates(refused, "137.25") == [(3, "only_here", None)]
    assert candidates(refused, "164.75") == [(4, "wrong_way", None)]
    assert candidates(refused, "110.25") == [(5, "wrong_way", None)]
    assert candidates(refused, "119.35") == []
    assert candidates(refused, "142.75") == [(4, "swapped_digits", "2.00")]
    assert candidates(refused, "115.75") == [(3, "swapped_digits", "21.50")]
    assert candidates(refused, "125.02") == [(5, "swapped_digits", "7.52")]
    assert candidates(refused, "120.25") == [(5, "swapped_digits", "2.75")]
    assert candidates(refused, "133.75") == []


def test_only_what_had_happened_by_then_is_named(refused: Refused, small_books: Path) -> None:
    assert candidates(refused, "57.25", "--as-of", "2024-03-04") == []
    assert candidates(refused, "100.00", "--as-of", "2024-03-04") == [(5, "only_here", None)]


def test_the_initial_balance_may_be_the_reason(refused: Refused, small_books: Path) -> None:
    with Ledger.open(small_books) as ledger:
        ledger.amend_account("acc-001", initial_balance="150.60")
    error = refused(3, "confirmation_differs", "confirm", "acc-001", "130.35")
    assert "version 6 (initial balance of 150.60 on 2024-03-01" in error["hint"]
    assert [each["right_amount"] for each in error["details"]["candidates"]][-1] == "105.60"
    assert candidates(refused, "24.75")[0] == (6, "only_here", None)


def test_what_is_dated_later_may_be_the_reason(refused: Refused, small_books: Path) -> None:
    error = refused(
        3, "confirmation_differs", "confirm", "acc-001", "124.75", "--as-of", "2024-03-03"
    )
    assert "what is dated later makes it" in error["hint"]


def test_a_reversed_entry_may_be_the_reason(refused: Refused, small_books: Path) -> None:
    with Ledger.open(small_books) as ledger:
        ledger.reverse("acc-001", 2)
    assert candidates(refused, "124.75") == [(2, "reversed_here", None)]


def test_no_more_than_three_are_named_and_the_latest_first(
    refused: Refused, small_books: Path
) -> None:
    with Ledger.open(small_books) as ledger:
        for _ in range(5):
            ledger.deposit("acc-001", "3.00")
    found = [version for version, *_ in candidates(refused, "136.75")]
    assert found == [10, 9, 8]


def test_the_hint_corrects_swapped_digits_and_shows_the_entries(
    run: Run, refused: Refused, small_books: Path
) -> None:
    given = ("confirm", "acc-001", "115.75", "--as-of", "2024-03")
    hint = refused(3, "confirmation_differs", *given)["hint"]
    assert hint == (
        "the difference is -9.00: version 3 (withdrawal of 12.50 on 2024-03-06T09:00:00+00:00, "
        "Stamps) may have two digits swapped and be 21.50; "
        "to correct version 3: ledger correct acc-001 3 --amount 21.50; "
        "to see the entries: ledger history acc-001 --as-of 2024-03"
    )
    for line in re.findall(r": (ledger .+?)(?=;|$)", hint):
        words = shlex.split(line)[1:]
        if any(words[0] in commands for commands in SECTIONS.values()):
            assert run(*words).status == 0, line
    with Ledger.open(small_books) as ledger:
        if str(ledger.balance("acc-001").balance) == "124.75 USD":
            ledger.correct("acc-001", 3, amount="21.50")
    assert run(*given).status == 0


@pytest.mark.parametrize(
    ("balance", "what", "typed"),
    [
        ("74.75", "to reverse version 2", "reverse acc-001 2"),
        ("130.35", "to correct the initial balance", "amend acc-001 --initial-balance 105.60"),
        ("24.75", "to correct the initial balance", "amend acc-001 --initial-balance 0"),
        ("164.75", None, None),
        ("124.75 --as-of 2024-03-03", None, None),
    ],
)
def test_what_puts_a_difference_right_is_named_where_it_is_certain(
    run: Run, small_books: Path, balance: str, what: str | None, typed: str | None
) -> None:
    if balance == "130.35":
        assert run("amend", "acc-001", "--initial-balance", "150.60").status == 0
    hint = run("confirm", "acc-001", *balance.split(), "--json").error["hint"]
    if what is None or typed is None:
        assert len(re.findall(r": ledger ", hint)) == 1
        return
    assert f"; {what}: ledger {typed}; to see the entries: " in hint
    assert run(*typed.split()).status == 0
    assert run("confirm", "acc-001", balance).status == 0


def test_a_reversed_entry_that_differs_is_named_alone(run: Run, small_books: Path) -> None:
    assert run("reverse", "acc-001", "2").status == 0
    hint = run("confirm", "acc-001", "124.75", "--json").error["hint"]
    assert "version 2 (deposit of 50.00" in hint
    assert len(re.findall(r": ledger ", hint)) == 1


# ── what changes a confirmed balance ────────────────────────────────────────────────────────────


def test_what_changes_a_confirmed_balance_says_so(run: Run, small_books: Path) -> None:
    run("confirm", "acc-001", "124.75", "--as-of", "2024-03", "--source", "statement 3")
    run("confirm", "acc-002", "20", "--as-of", "2024-03-08T12:00Z")
    one = "note: this changes the balance of acc-001 that statement 3 confirmed for the end of "
    one += "2024-03-31 (124.75 USD)\n"
    other = "note: this changes the balance of acc-002 that was confirmed for "
    other += "2024-03-08T12:00:00+00:00 (20.00 USD)\n"
    for words, told in (
        ("deposit acc-001 5", ""),
        ("deposit acc-001 5 --at 2024-04-01", ""),
        ("deposit acc-001 5 --at 2024-03-31 --quiet", ""),
        ("deposit acc-001 5 --at 2024-03-31T23:59:59.999999Z", one),
        ("withdraw acc-001 5 --at 2024-04-02", ""),
        ("transfer acc-001 acc-002 5 --at 2024-03-08 --json", one + other),
        ("confirm jp-camp 20000 --as-of 2024-03", ""),
        ("withdraw acc-002 5 --at 2024-03-08", ""),  # as it was confirmed again
        ("withdraw acc-001 5 --at 2024-03-31", ""),
    ):
        done = run(*shlex.split(words))
        assert (done.status, done.err) == (0, told), words


def test_what_leaves_a_confirmed_balance_as_it_is_says_nothing(run: Run, small_books: Path) -> None:
    """Though another command had changed it before."""
    run("confirm", "acc-001", "124.75", "--as-of", "2024-03")
    assert "was confirmed" in run("deposit", "acc-001", "1", "--at", "2024-03-11").err
    for words in (
        "amend-entry acc-001 2 -m Pay",
        "correct acc-001 2 -m Paycheck",
        "amend acc-001 --owner Ana --at 2024-03-20",
        "amend acc-001 --overdraft 1 --at 2024-03-20",
        "amend acc-001 --opened-at 2023-12-01",
        "confirm acc-001 125.75 --as-of 2024-03",
    ):
        done = run(*words.split())
        assert (done.status, done.err.count("confirmed")) == (0, 0), (words, done.err)
    assert "was confirmed" in run("amend", "acc-001", "--initial-balance", "90").err


def test_an_import_that_changes_a_confirmed_balance_says_so(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    run("confirm", "acc-001", "124.75", "--as-of", "2024-03")
    (tmp_path / "bank.csv").write_text("Date,Amount\n2024-03-20,5.00\n2024-04-20,5.00\n")
    given = ("import", "--yes", "bank.csv", "--account", "acc-001")
    assert "confirmed" not in run(*given, "--dry-run").err
    assert "confirmed for the end of 2024-03-31 (124.75 USD)" in run(*given).err


def test_a_batch_that_changes_a_confirmed_balance_says_so(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    run("confirm", "acc-001", "124.75", "--as-of", "2024-03")
    lines = [
        {"command": "deposit", "account": "acc-001", "amount": "5", "at": "2024-04-20"},
        {"command": "deposit", "account": "acc-002", "amount": "5", "at": "2024-03-20"},
        {"command": "reverse", "account": "acc-001", "version": 3},
    ]
    (tmp_path / "lines.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "two.jsonl").write_text("\n".join(map(json.dumps, lines[:2])))
    told = "confirmed for the end of 2024-03-31 (124.75 USD)"
    for words, expected in (
        ("two.jsonl", 0),
        ("lines.jsonl --dry-run", 0),
        ("lines.jsonl --json", 1),
    ):
        done = run("batch", *words.split())
        assert (done.status, done.err.count(told)) == (0, expected), (words, done)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_verify_notes_confirmations_that_no_longer_hold(
    run: Run, small_books: Path, workers: str
) -> None:
    run("confirm", "acc-001", "124.75", "--as-of", "2024-03")
    run("confirm", "acc-002", "20", "--as-of", "2024-03")
    assert run("verify", "--json").json["notes"] == []
    run("deposit", "acc-001", "5", "--at", "2024-03-20")
    done = run("verify", "--json", "--workers", workers)
    assert (done.status, done.json["clean"]) == (0, True)
    assert done.json["notes"] == [
        "the balance of account acc-001 on 2024-03-31T23:59:59.999999+00:00 was confirmed "
        "(version 6) as 124.75 USD, and the books say now that it held 129.75 USD"
    ]
    run("confirm", "acc-001", "--withdraw")
    assert run("verify", "--json").json["notes"] == []


# ── lock and unlock ─────────────────────────────────────────────────────────────────────────────


def test_a_period_is_locked_and_unlocked_in_every_format(run: Run, small_books: Path) -> None:
    done = run("lock", "2024-03", "--reason", "closed", "--json")
    assert (done.status, done.err) == (0, "")
    assert list(done.json) == ["command", "locked_until", "events"]
    assert (done.json["command"], done.json["locked_until"]) == ("lock", END)
    assert done.json["events"][0]["event_type"] == "PeriodLocked"
    assert run("book", "--json").json["locked_until"] == END
    done = run("unlock", "2024-03-15", "--reason", "a late receipt", "--json")
    assert done.json["locked_until"] == "2024-03-15T23:59:59.999999Z"
    done = run("unlock", "--reason", "another", "--format", "csv")
    header, row = csv.reader(io.StringIO(done.out))
    assert (header, row) == (["command", "locked_until"], ["unlock", ""])
    assert run("book", "--json").json["locked_until"] is None
    assert run("lock", "2024-03-31").out == f"lock\t{SHOWN_END}\n"
    table = ("--format", "table")
    assert (
        run("lock", "2024-04", *table).out == "the books are locked up to the end of 2024-04-30\n"
    )
    assert run("unlock", "--reason", "x", *table).out == "nothing is locked now\n"
    assert run("verify", "--quiet").status == 0


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ("lock 2999-01-01", 2, "invalid_time"),
        ("lock today", 2, "invalid_time"),
        ("lock 2024-02", 2, "invalid_time"),
        ("lock 2024-02-29", 2, "invalid_time"),
        ("lock February", 2, "invalid_time"),
        ("lock ''", 2, "invalid_time"),
        ("lock", 2, "invalid_usage"),
        ("unlock", 2, "invalid_usage"),
        ("unlock --reason ''", 2, "invalid_text"),
        ("unlock --reason ' '", 2, "invalid_text"),
        ("unlock 2024-03 --reason x", 2, "invalid_time"),
        ("unlock 2024-02 --reason x", 2, "invalid_time"),
    ],
)
def test_what_cannot_be_locked_or_unlocked(
    refused: Refused, small_books: Path, words: str, status: int, code: str
) -> None:
    with Ledger.open(small_books) as ledger:
        ledger.lock("2024-02-29")
    refused(status, code, *shlex.split(words))


def test_nothing_is_unlocked_where_nothing_is_locked(refused: Refused, small_books: Path) -> None:
    error = refused(3, "nothing_to_unlock", "unlock", "--reason", "x")
    assert error["hint"].endswith(": ledger book")


@pytest.mark.parametrize("answer", ["yes", "no"])
@pytest.mark.parametrize("command", ["lock", "unlock"])
def test_on_a_terminal_it_is_asked_first(
    run: Run, environ: dict[str, str], small_books: Path, tmp_path: Path, command: str, answer: str
) -> None:
    locked = command == "unlock"
    if locked:
        run("lock", "2024-03")
    words = ["lock", "2024-03"] if command == "lock" else ["unlock", "--reason", "x"]
    shown = run_on_terminal([PROGRAM, *words], env=environ, cwd=tmp_path, typed=f"{answer}\n")
    assert "by anybody." in shown.text
    assert ("nothing was changed" in shown.text) == (answer == "no")
    assert shown.status == (3 if answer == "no" else 0)
    assert (run("book", "--json").json["locked_until"] is not None) == (
        locked if answer == "no" else not locked
    )


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), "Everything up to the end of 2024-03-31 can be changed again then, by anybody."),
        (
            ("2024-03-15",),
            "Everything after the end of 2024-03-15 and up to the end of 2024-03-31 can be changed "
            "again then, by anybody.",
        ),
    ],
)
def test_the_question_names_what_is_unlocked(
    run: Run, environ: dict[str, str], small_books: Path, words: tuple[str, ...], asked: str
) -> None:
    run("lock", "2024-03")
    shown = run_on_terminal(
        [PROGRAM, *("unlock", *words, "--reason", "x")],
        env=environ,
        cwd=small_books.parent,
        typed="no\n",
    )
    assert asked in shown.text


def test_it_is_asked_again_where_another_period_was_locked_meanwhile(
    run: Run, environ: dict[str, str], small_books: Path
) -> None:
    def lock_more() -> str:
        assert run("lock", "2024-04").status == 0
        return "yes\n"

    run("lock", "2024-03")
    shown = talk_on_terminal(
        [PROGRAM, "unlock", "--reason", "x"],
        ("up to the end of 2024-03-31", lock_more),
        ("up to the end of 2024-04-30", lambda: "no\n"),
        env=environ,
        cwd=small_books.parent,
    )
    assert "nothing was changed" in shown.text
    assert run("book", "--json").json["locked_until"] == "2024-04-30T23:59:59.999999Z"


def test_an_interrupt_at_the_question_changes_nothing_and_says_so(
    run: Run, environ: dict[str, str], small_books: Path
) -> None:
    terminal = Terminal(100)
    with subprocess.Popen(
        [PROGRAM, "lock", "2024-03"],
        stdin=terminal.device,
        stdout=terminal.device,
        stderr=terminal.device,
        env=environ,
        cwd=small_books.parent,
    ) as process:
        terminal.read_until("[y/N]")
        process.send_signal(signal.SIGINT)
        text = terminal.read_all()
    assert process.returncode == 130
    assert text.endswith("\ninterrupted: nothing was changed\n")
    assert run("book", "--json").json["locked_until"] is None


def test_yes_answers_before_it_is_asked_and_what_is_refused_is_not_asked(
    run: Run, environ: dict[str, str], small_books: Path, tmp_path: Path
) -> None:
    for words in (["lock", "2024-03", "--yes"], ["unlock", "--reason", "x", "--yes"]):
        shown = run_on_terminal([PROGRAM, *words], env=environ, cwd=tmp_path)
        assert (shown.status, "[y/N]" in shown.text) == (0, False)
    for words in (["lock", "2999-01"], ["unlock", "--reason", "x"]):
        shown = run_on_terminal([PROGRAM, *words], env=environ, cwd=tmp_path)
        assert shown.status in (2, 3)
        assert "[y/N]" not in shown.text


# ── what a lock refuses, and what it lets pass ──────────────────────────────────────────────────


def test_the_hint_at_a_lock_dates_it_later_or_unlocks(run: Run, small_books: Path) -> None:
    run("lock", "2024-03")
    refused = run("deposit", "acc-001", "5", "--at", "2024-03-20")
    assert refused.status == 3
    later, unlock = re.findall(r": (ledger .+?)(?=; |$)", refused.err.strip())
    assert later == "ledger deposit acc-001 5 --at 2024-04-01T00:00:00+00:00"
    assert run(*shlex.split(later)[1:]).status == 0
    assert run(*shlex.split(unlock)[1:]).status == 0
    assert run("deposit", "acc-001", "5", "--at", "2024-03-20").status == 0


def test_a_lock_lets_pass_what_changes_no_figure(run: Run, small_books: Path) -> None:
    run("lock", "2024-03")
    assert run("confirm", "acc-001", "124.75", "--as-of", "2024-03").status == 0
    assert run("confirm", "acc-001", "--withdraw").status == 0
    assert run("snapshot", "--all").status == 0
    assert run("erase", "acc-002", "--reason", "asked for it", "--yes").status == 0
    assert run("rebuild-projections").status == 0
    assert run("verify", "--quiet").status == 0


LINES = [
    {"command": "deposit", "account": "acc-001", "amount": "1"},
    {"command": "deposit", "account": "acc-001", "amount": "2", "at": "2024-03-20"},
    {"command": "deposit", "account": "acc-001", "amount": "4", "at": "2024-04-01"},
    {"command": "reverse", "account": "acc-001", "version": 2},
]


def test_a_batch_meets_a_lock_line_by_line(run: Run, small_books: Path) -> None:
    run("lock", "2024-03")
    lines = "\n".join(map(json.dumps, LINES))
    whole = run("batch", "-", stdin=lines)
    assert whole.status == 3
    assert whole.err.startswith("error: line 2: the books are locked until the end of 2024-03-31")
    assert "unlock the period first: ledger unlock 2024-03-19 --reason" in whole.err
    assert run("balance", "acc-001").out == "124.75\n"
    rest = run("batch", "-", "--continue-on-error", "--json", stdin=lines)
    assert rest.status == 3
    answers = [json.loads(line) for line in rest.out.splitlines()]
    assert [each["line"] for each in answers] == [1, 2, 3, 4]
    assert [each.get("error", {}).get("code") for each in answers] == [
        *(None, "locked", None, "locked"),
    ]
    assert run("balance", "acc-001").out == "129.75\n"


CLOSING: list[dict[str, object]] = [
    {"command": "confirm", "account": "acc-001", "amount": "124.75", "at": "2024-03"},
    {"command": "lock", "until": "2024-03", "reason": "closed", "idempotency_key": "march"},
    {"command": "deposit", "account": "acc-001", "amount": "1", "at": "2024-03-20"},
    {"command": "unlock", "until": "2024-03-15", "reason": "a late receipt"},
    {"command": "deposit", "account": "acc-001", "amount": "2", "at": "2024-03-20"},
    {"command": "unlock"},
    {"command": "lock", "until": "2999-01"},
    {"command": "lock", "until": "2024-04", "at": "2024-05-01"},
    {"command": "lock", "until": "2024-04", "expected_version": 1},
]


@pytest.mark.parametrize("written", ["jsonl", "csv"])
def test_a_batch_closes_periods(run: Run, small_books: Path, written: str) -> None:
    lines = "\n".join(map(json.dumps, CLOSING))
    if written == "csv":
        names = list(dict.fromkeys(name for line in CLOSING for name in line))
        rows = io.StringIO()
        table = csv.DictWriter(rows, names)
        table.writeheader()
        table.writerows(CLOSING)
        lines = rows.getvalue()
    given = ("batch", "-", "--input-format", written, "--continue-on-error", "--json")
    expected = [None, None, "locked", None, None, "invalid_text", "invalid_time"]
    expected += ["invalid_usage", "version_conflict"]
    for more in (("--dry-run",), ()):
        done = run(*given, *more, stdin=lines)
        answers = [json.loads(line) for line in done.out.splitlines()]
        assert [each.get("error", {}).get("code") for each in answers] == expected
        assert list(answers[1]) == ["command", "locked_until", "events", "replayed", "line"]
        assert (answers[1]["locked_until"], answers[1]["replayed"]) == (END, False)
        assert answers[3]["locked_until"] == "2024-03-15T23:59:59.999999Z"
    assert run("book", "--json").json["locked_until"] == "2024-03-15T23:59:59.999999Z"
    assert run("balance", "acc-001").out == "126.75\n"
    again = run("batch", "-", "--json", stdin=json.dumps(CLOSING[1]))
    assert (again.status, again.json["replayed"]) == (0, True)
    assert run("book", "--json").json["locked_until"] == "2024-03-15T23:59:59.999999Z"
    assert run("verify", "--quiet").status == 0
    assert {each["lag"] for each in run("projections", "--json").json} == {0}


def test_a_batch_that_is_refused_leaves_no_lock(run: Run, small_books: Path) -> None:
    lines = [CLOSING[1], {"command": "deposit", "account": "nobody", "amount": "1"}]
    assert run("batch", "-", stdin="\n".join(map(json.dumps, lines))).status == 4
    assert run("book", "--json").json["locked_until"] is None
    assert run("deposit", "acc-001", "5", "--at", "2024-03-20").status == 0


def test_an_import_of_a_statement_meets_a_lock_line_by_line(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    run("lock", "2024-03")
    (tmp_path / "bank.csv").write_text("Date,Amount\n2024-03-20,5.00\n2024-04-20,7.00\n")
    given = ("import", "--yes", "bank.csv", "--account", "acc-001")
    whole = run(*given)
    assert whole.status == 3
    assert "line 2: the books are locked until the end of 2024-03-31" in whole.err
    assert run("balance", "acc-001").out == "124.75\n"
    rest = run(*given, "--continue-on-error")
    assert rest.status == 3
    assert "(locked)" in rest.err
    assert run("balance", "acc-001").out == "131.75\n"


def test_an_import_of_older_events_meets_a_lock(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    older = [opened("old", "100.0"), deposited(2, "5", 3, account="old")]
    (tmp_path / "older.jsonl").write_bytes(b"\n".join(older))
    run("lock", "2024-03")
    refused = run("import-events", "older.jsonl")
    assert refused.status == 3
    assert "line 1: the books are locked until the end of 2024-03-31" in refused.err
    assert "hint: " in refused.err
    (unlock,) = re.findall(r": (ledger .+?)(?=; |$)", refused.err.strip().splitlines()[-1])
    assert run(*shlex.split(unlock)[1:]).status == 0
    assert run("import-events", "older.jsonl").status == 0


def test_an_export_with_locks_is_restored_whole(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    run("lock", "2024-03")
    run("unlock", "2024-02", "--reason", "a late receipt")
    run("deposit", "acc-001", "5", "--at", "2024-03-20")
    run("lock", "2024-04")
    run("export-events", "log.jsonl")
    copy = ("--db", str(tmp_path / "copy.db"))
    assert run("import-events", "log.jsonl", *copy).status == 0
    assert run("head", *copy).out == run("head").out
    assert run("verify", "--quiet", *copy).status == 0
    assert run("deposit", "acc-001", "5", "--at", "2024-04-20", *copy).status == 3
