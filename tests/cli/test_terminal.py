"""What the program does before a person: tables, colours, narrow windows, data shown as stored."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.cli.small_ledger import write_small_books
from tests.support.cli.terminal import ESCAPE, Shown, run_on_terminal
from tests.support.program import PROGRAM, Run

OnTerminal = Callable[..., Shown]

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def on_terminal(environ: dict[str, str], tmp_path: Path) -> OnTerminal:
    """Run ``ledger`` with arguments on a terminal."""

    def run_it(*arguments: str, columns: int = 100, **env: str) -> Shown:
        return run_on_terminal(
            [PROGRAM, *arguments], env={**environ, **env}, cwd=tmp_path, columns=columns
        )

    return run_it


def seen(shown: Shown) -> str:
    """What a person reads of it."""
    return COLOUR.sub("", shown.text)


@pytest.mark.parametrize(
    ("words", "env"),
    [
        ("accounts", {}),
        ("history acc-001", {"NO_COLOR": "1"}),
        ("deposit acc-001 x", {"TERM": "dumb"}),
        ("balance nobody", {}),
        ("deposit --help", {}),
    ],
)
@pytest.mark.usefixtures("small_books")
def test_a_fork_shows_what_the_installed_command_shows(
    environ: dict[str, str], tmp_path: Path, words: str, env: dict[str, str]
) -> None:
    """Most tests of terminals rely on it."""
    in_fork, started = (
        run_on_terminal(
            [PROGRAM, *words.split()],
            env={**environ, **env},
            cwd=tmp_path,
            columns=60,
            started=started,
        )
        for started in (False, True)
    )
    assert in_fork == started


# ── the default format ──────────────────────────────────────────────────────────────────────────


def test_a_terminal_gets_a_table_and_a_pipe_gets_plain_rows(
    on_terminal: OnTerminal, run: Run, small_books: Path
) -> None:
    lines = seen(on_terminal("accounts")).splitlines()
    assert lines[0].split() == [
        *("Account", "Owner", "Balance", "Entries", "Status", "Opened", "Last", "activity"),
    ]
    assert lines[2].split() == [
        *("acc-001", "Ana", "Souza", "124.75", "USD", "4", "active", "2024-03-01", "2024-03-07"),
    ]
    assert run("accounts").out.startswith("acc-001\tAna Souza\tUSD\t124.75\t")


def test_a_terminal_may_be_asked_for_plain_rows(
    on_terminal: OnTerminal, run: Run, small_books: Path
) -> None:
    assert on_terminal("accounts", "--format", "plain").text == run("accounts").out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("deposit acc-001 5", "deposited 5.00 USD: acc-001 now holds 129.75 USD\n"),
        ("withdraw jp-camp 5", "withdrew 5 JPY: jp-camp now holds 19995 JPY\n"),
        (
            "transfer acc-001 acc-002 0.5",
            "transferred 0.50 USD: acc-001 now holds 124.25 USD; acc-002 now holds 20.50 USD\n",
        ),
        (
            "open acc-003 --owner Dan --at 2024-03-01",
            "opened acc-003 for Dan: acc-003 now holds 0.00 USD\n",
        ),
        ("balance kw-fund", "1.250 KWD\n"),
        ("balance kw-fund --as-of 2024-03-05", "1.250 KWD as of 2024-03-05 23:59:59\n"),
    ],
)
def test_a_person_gets_a_sentence(
    on_terminal: OnTerminal, small_books: Path, command: str, words: str
) -> None:
    shown = on_terminal(*command.split())
    assert (shown.status, seen(shown)) == (0, words)


@pytest.mark.parametrize("reader", ["UTC", "America/New_York", "JST-9"])
def test_times_are_shown_in_the_zone_of_the_book(
    on_terminal: OnTerminal, books: Path, reader: str
) -> None:
    write_small_books(books, "Asia/Tokyo")
    shown = seen(on_terminal("history", "jp-camp", TZ=reader))
    assert "2024-03-03 18:00:00" in shown


def test_a_history_marks_what_was_recorded_later_than_it_happened(
    on_terminal: OnTerminal, small_books: Path
) -> None:
    text = seen(on_terminal("history", "acc-001", "--limit", "2"))
    first, omitted, *_, sent, backdated, balance = text.splitlines()
    assert first == "acc-001  Ana Souza  active, last # 5, now"
    assert omitted == "(3 earlier entries are not shown)"
    assert re.split(r" {2,}", sent.strip()) == [
        "4",
        "2024-03-07 09:00:00",
        "transfer to acc-002",
        "-20.00",
        "117.50",
        "Half the rent",
    ]
    assert "2024-03-02 12:00:00*" in backdated
    assert balance == "balance 124.75 USD   * recorded after an entry of a later date"


@pytest.mark.parametrize(
    ("points", "title"),
    [
        ("--as-of 2024-03-08", "last # 5, as of 2024-03-08 23:59:59"),
        (
            "--as-of 2024-03-08T12:00 --known-at 2024-03-09",
            "last # 4, as of 2024-03-08 12:00:00, known at 2024-03-09 23:59:59 (up to change 9)",
        ),
    ],
)
def test_the_title_of_a_history_says_which_past_it_is(
    on_terminal: OnTerminal, small_books: Path, points: str, title: str
) -> None:
    first, *_ = seen(on_terminal("history", "acc-001", *points.split(), columns=140)).splitlines()
    assert first == f"acc-001  Ana Souza  active, {title}"


def test_an_empty_answer_is_said_in_words_on_stderr(run: Run, small_books: Path) -> None:
    with Ledger.open(small_books) as ledger:
        for account in ("acc-001", "acc-002", "jp-camp", "kw-fund"):
            held = ledger.balance(account).balance
            if held.minor_units:
                ledger.withdraw(account, held)
            ledger.close_account(account)
    for command, words in (("balance", "no open accounts"), ("accounts --status active", "no acc")):
        done = run(*command.split(), "--format", "table")
        assert (done.status, done.out) == (0, "")
        assert done.err.startswith(words)


def test_a_replay_compares_all_that_is_known_of_an_account(
    on_terminal: OnTerminal, run: Run, small_books: Path
) -> None:
    assert run("snapshot", "acc-001").status == 0
    text = seen(on_terminal("replay", "acc-001", "--step", columns=140))
    steps, _, agreement = text.partition("acc-001 at version 5")
    assert re.search(r"3 +2024-03-06 09:00:00 +withdrawal +-12\.50 +150\.00 +137\.50", steps)
    assert "status active" in steps
    for way in ("fold from event 1", "from snapshot 5 on", "account_summaries", "account_balances"):
        assert re.search(rf"{way} +124\.75 .*agrees", agreement)


def test_balances_of_all_accounts_end_with_a_sum_for_each_currency(
    on_terminal: OnTerminal, small_books: Path
) -> None:
    *_, last = seen(on_terminal("balance")).splitlines()
    assert last == "total: 20000 JPY, 1.250 KWD, 144.75 USD"


# ── colours ─────────────────────────────────────────────────────────────────────────────────────

DRAWN = ["accounts", "history acc-001", "replay acc-001 --step", "events", "balance acc-001"]


@pytest.mark.parametrize("command", DRAWN)
def test_a_terminal_gets_colours(on_terminal: OnTerminal, small_books: Path, command: str) -> None:
    shown = on_terminal(*command.split())
    assert shown.status == 0
    assert COLOUR.search(shown.text)


UNWANTED = [
    *(({"NO_COLOR": "1"}, command) for command in (*DRAWN, "rebuild-projections")),
    ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "accounts"),
    ({"TERM": "dumb"}, "history acc-001"),
    ({"TERM": "dumb"}, "rebuild-projections"),
    ({"FORCE_COLOR": "0"}, "accounts"),
    ({"FORCE_COLOR": "0"}, "projections --catch-up"),
]


@pytest.mark.parametrize(("wish", "command"), UNWANTED, ids=str)
def test_no_escape_sequence_at_all_where_colours_are_not_wanted(
    on_terminal: OnTerminal, small_books: Path, wish: dict[str, str], command: str
) -> None:
    shown = on_terminal(*command.split(), **wish)
    assert shown.status == 0
    assert shown.text.strip()
    assert ESCAPE not in shown.text
    assert not shown.text.startswith("\n")  # as an undrawn progress bar would leave behind


def test_an_empty_no_color_means_nothing(on_terminal: OnTerminal, small_books: Path) -> None:
    assert ESCAPE in on_terminal("accounts", NO_COLOR="").text


@pytest.mark.parametrize(
    ("wish", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "0"}, False)]
)
def test_a_pipe_gets_colours_only_where_they_are_forced(
    run: Run, small_books: Path, wish: dict[str, str], coloured: bool
) -> None:
    done = run("accounts", "--format", "table", env=wish)
    assert done.status == 0
    assert (ESCAPE in done.out) is coloured


@pytest.mark.parametrize("shown_as", ["plain", "csv", "json"])
def test_no_other_format_is_ever_coloured(
    on_terminal: OnTerminal, small_books: Path, shown_as: str
) -> None:
    shown = on_terminal("history", "acc-001", "--format", shown_as, FORCE_COLOR="1")
    assert shown.status == 0
    assert ESCAPE not in shown.text


# ── narrow windows ──────────────────────────────────────────────────────────────────────────────


def words_in(text: str) -> list[str]:
    return [word for word in re.split(r"[\s─]+", text) if word]


@pytest.mark.parametrize("columns", [20, 40, 80])
@pytest.mark.parametrize(
    ("command", "kept"),
    [
        ("balance", ["acc-001", "124.75", "USD", "kw-fund", "1.250", "KWD"]),
        ("balance --as-of 2024-03-11", ["acc-001", "124.75", "old-box", "0.00"]),
        ("accounts", ["acc-001", "Ana", "124.75", "active", "2024-03-07", "closed"]),
        ("history acc-001", ["100.00", "-12.50", "2024-03-06", "09:00:00", "Paycheck", "Stamps"]),
        ("events", ["jp-camp", "+20000", "Paycheck", "2024-03-12"]),
        ("replay acc-001 --step", ["+50.00", "137.50", "withdrawal", "agrees"]),
        ("snapshot acc-001", ["acc-001", "5", "2024-03-10", "usable"]),
        ("projections", ["account_balances", "account_summaries", "12", "0"]),
    ],
)
def test_a_narrow_terminal_loses_nothing(
    on_terminal: OnTerminal, small_books: Path, columns: int, command: str, kept: list[str]
) -> None:
    shown = on_terminal(*command.split(), columns=columns, NO_COLOR="1")
    assert shown.status == 0
    words = words_in(shown.text)
    assert [word for word in kept if word not in words] == []


def test_what_does_not_fit_as_a_table_is_shown_in_blocks(
    on_terminal: OnTerminal, small_books: Path
) -> None:
    shown = on_terminal("accounts", "--status", "closed", columns=40, NO_COLOR="1")
    assert shown.lines == [
        "Account: old-box",
        "Owner: Nobody in particular",
        "Balance: 0.00 USD",
        "Entries: 0",
        "Status: closed",
        "Opened: 2024-03-11",
        "Last activity: 2024-03-12",
    ]


def test_only_words_run_over_several_lines(on_terminal: OnTerminal, run: Run, books: Path) -> None:
    text = "one two three four five six seven eight nine ten eleven twelve"
    for arguments in (
        ("open", "acc-001", "--owner", "Ana"),
        ("deposit", "acc-001", "5", "-m", text),
    ):
        assert run(*arguments).status == 0
    shown = on_terminal("history", "acc-001", columns=80, NO_COLOR="1")
    assert max(map(len, shown.lines)) <= 80
    _, entry, *more, _ = shown.lines[3:]
    assert re.match(r"2  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d  deposit +\+5\.00 +5\.00  one two", entry)
    assert all(line.startswith(" " * 20) for line in more)
    assert " ".join([entry, *more]).split()[-12:] == text.split()


# ── data is shown as it is stored ───────────────────────────────────────────────────────────────

MARKUP = [
    "[red]not red[/red]",
    "[/x]",
    "[bold",
    ":smile: :warning:",
    "[link=https://example.org]here[/link]",
    r"\[red] C:\temp",
    "{{braces}} %s ${HOME}",
    "Zoë 佐藤 🚣‍♀️",
]


def test_markup_in_data_is_only_text(on_terminal: OnTerminal, run: Run, books: Path) -> None:
    lines = [
        {"command": "open", "account": f"Assets:Bank:{number}", "owner": text}
        for number, text in enumerate(MARKUP)
    ]
    lines += [
        {"command": "deposit", "account": line["account"], "amount": "5", "description": text}
        for line, text in zip(lines, MARKUP, strict=True)
    ]
    assert run("batch", "-", stdin="\n".join(map(json.dumps, lines))).status == 0
    for command in ("accounts", "events"):
        found = seen(on_terminal(command, columns=160))
        for line in lines:
            text = line.get("owner" if command == "accounts" else "description", "")
            assert text in found
            assert line["account"] in found


def test_markup_in_a_title_or_a_sentence_is_only_text(on_terminal: OnTerminal, books: Path) -> None:
    account, owner = "Assets:Bank:Checking", "[red]A[/red] [/x] :smile:"
    opened = on_terminal("open", account, "--owner", owner, "--quiet")
    assert opened.text == f"opened {account} for {owner}: {account} now holds 0.00 USD\n"
    title, *_ = seen(on_terminal("history", account)).splitlines()
    assert title == f"{account}  {owner}  active, last # 1, now"
    assert f"owner {owner}, currency USD" in seen(
        on_terminal("replay", account, "--step", columns=140)
    )


def test_what_could_steer_the_terminal_is_shown_escaped(
    on_terminal: OnTerminal, run: Run, books: Path
) -> None:
    owner = "\x1b]0;title\x07 \x1b[2J\x9b31m\r\u202eeno"
    shown = r"\x1b]0;title\x07 \x1b[2J\x9b31m\r\u202eeno"
    assert run("open", "acc-001", "--owner", owner).status == 0
    assert run("deposit", "acc-001", "1", "-m", owner).status == 0
    for command in ("accounts", "history acc-001", "events", "replay acc-001 --step"):
        text = on_terminal(*command.split(), columns=200, NO_COLOR="1").text
        assert shown in text
        assert not set("\x1b\x07\x9b\r\u202e") & set(text)


def test_what_the_terminal_cannot_show_is_escaped(
    on_terminal: OnTerminal, run: Run, books: Path
) -> None:
    assert run("open", "acc-001", "--owner", "Zoë 佐藤").status == 0
    ascii_only = on_terminal("accounts", PYTHONIOENCODING="ascii", PYTHONUTF8="0", NO_COLOR="1")
    assert ascii_only.status == 0
    assert r"Zo\xeb \u4f50\u85e4" in ascii_only.text
    assert r"\u2500" not in ascii_only.text  # the lines of the table itself are plain, too


# ── progress, pipes ─────────────────────────────────────────────────────────────────────────────


def test_a_progress_bar_is_drawn_on_the_terminal_and_wiped_away(
    environ: dict[str, str], small_books: Path, tmp_path: Path
) -> None:
    with open(tmp_path / "out", "w+b") as out:
        shown = run_on_terminal(
            [PROGRAM, "rebuild-projections"], env=environ, cwd=tmp_path, stdout=out
        )
        out.seek(0)
        answer = out.read().decode()
    assert shown.status == 0
    assert "rebuilding" in shown.text
    assert "100%" in shown.text
    # The bar's line is erased, and what stays is the sentence.
    assert re.search(r"\x1b\[2K12 events folded into 10 rows by 1 process\n$", shown.text)
    assert (
        answer
        == "account_balances\t2\t12\t0\tfalse\ttrue\naccount_summaries\t3\t12\t0\tfalse\ttrue\n"
    )


def test_no_progress_bar_is_drawn_where_it_is_to_be_quiet(
    on_terminal: OnTerminal, small_books: Path
) -> None:
    for words in (["-q", "rebuild-projections"], ["rebuild-projections", "--quiet"]):
        shown = on_terminal(*words)
        assert (shown.status, "rebuilding" in shown.text) == (0, False)
        assert "account_balances" in shown.text


@pytest.mark.parametrize("command", ["rebuild-projections", "projections --catch-up"])
def test_no_progress_bar_goes_into_a_pipe(run: Run, small_books: Path, command: str) -> None:
    done = run(*command.split(), env={"FORCE_COLOR": "1"})
    assert done.status == 0
    assert ESCAPE not in done.err
    assert "folding" not in done.err.replace("folded", "")


@pytest.mark.parametrize(
    ("command", "reader"),
    [
        ("events", "head -n 1"),
        ("events --json", "head -n 1"),
        ("events --format csv", "head -n 1"),
        ("events --format table", "head -n 1"),
        ("export-events", "head -n 1"),
        ("replay dues:2025 --step", "head -n 1"),
        ("accounts", "true"),
        ("accounts --format table", "true"),
        ("history bar --json", "true"),
        ("--help", "true"),
        ("events --help", "true"),
    ],
)
def test_a_closed_pipe_ends_quietly(
    environ: dict[str, str], club: Path, command: str, reader: str
) -> None:
    script = f'ledger {command} | {reader}; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", script], env=environ, capture_output=True, timeout=60, check=True
    )
    *_, status = done.stdout.decode().splitlines()
    assert (status, done.stderr) == ("0", b"")


def test_a_write_whose_answer_nobody_reads_is_done(
    environ: dict[str, str], run: Run, small_books: Path
) -> None:
    script = 'ledger deposit acc-001 1.25 | true; echo "${PIPESTATUS[0]}"'
    done = subprocess.run(
        ["bash", "-c", script], env=environ, capture_output=True, timeout=60, check=True
    )
    assert (done.stdout, done.stderr) == (b"0\n", b"")
    assert run("balance", "acc-001").out == "126.00\n"


@pytest.mark.parametrize("columns", [30, 40, 60])
def test_no_word_of_a_title_or_a_summary_is_broken(
    on_terminal: OnTerminal, run: Run, books: Path, columns: int
) -> None:
    assert run("open", "a", "--owner", "Ana", "--overdraft", "unlimited").status == 0
    for amount in ("92233720368547756.57", "1.50"):
        assert run("withdraw", "a", amount).status == 0
    shown = on_terminal("statement", "a", columns=columns, NO_COLOR="1").text
    wide = on_terminal("statement", "a", columns=200, NO_COLOR="1").text
    assert max(map(len, shown.splitlines())) <= columns
    for figure in ("92233720368547756.57", "-92233720368547758.07", "92233720368547758.07"):
        assert figure in wide
        assert figure in shown
