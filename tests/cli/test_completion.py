"""What the shells offer when Tab is pressed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from ledger import Ledger
from ledger.cli.app import SECTIONS
from ledger.cli.help import TOPICS
from ledger.commands.context import Context
from ledger.eventstore.opening import open_store
from ledger.times import system_clock
from tests.support.cli.shells import typed_into
from tests.support.program import PROGRAM, Run
from tests.support.reading_shell import ledger_in_forks

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash here")

Offered = Callable[..., list[str]]
COMMANDS = [name for commands in SECTIONS.values() for name in commands]

DRIVER = r"""
source completion.sh
COMP_WORDS=("$@")
COMP_CWORD=$(( $# - 1 ))
eval "function=$(complete -p ledger | sed -E 's/.* -F ([^ ]+) .*/\1/')"
"$function" ledger "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def colons(books: Path) -> None:
    """A ledger with colons in its accounts' ids."""
    with Ledger.open(books) as ledger:
        for account in ("club:checking", "club:savings", "dues:2025:q1", "bar", "boat-fund"):
            ledger.open_account(account, "Ana")


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What ``ledger --show-completion`` says in a bash, which it finds out by itself."""
    folder = tmp_path_factory.mktemp("shell")
    env = {"PATH": f"{PROGRAM.parent}:/usr/bin:/bin", "HOME": str(folder)}
    asked = ["bash", "-c", "ledger --show-completion; true"]
    done = subprocess.run(asked, env=env, capture_output=True, timeout=60, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.fixture
def offered(environ: dict[str, str], tmp_path: Path, script: str) -> Offered:
    """What bash is offered for words, as it splits them; the last one is being typed."""
    shell = tmp_path / "shell"
    shell.mkdir()
    (shell / "completion.sh").write_text(script)

    def ask(*words: str) -> list[str]:
        with ledger_in_forks() as programs:
            done = subprocess.run(
                ["bash", "--norc", "-c", DRIVER, "bash", *words],
                env={**environ, "PATH": f"{programs}:{environ['PATH']}"},
                cwd=shell,
                capture_output=True,
                timeout=60,
                check=True,
            )
        assert done.stderr == b""
        return [line for line in done.stdout.decode().splitlines() if line]

    return ask


@pytest.mark.usefixtures("colons")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ledger dep", ["deposit"]),
        ("ledger snap", ["snapshot", "snapshots"]),
        ("ledger --v", ["--version"]),
        ("ledger balance b", ["bar", "boat-fund"]),
        ("ledger balance zz", []),
        ("ledger balance cl", ["club:", "club:checking", "club:savings"]),
        ("ledger balance bar b", ["boat-fund"]),
        ("ledger accounts cl", ["club:", "club:checking", "club:savings"]),
        ("ledger statement club:checking club:", ["club:savings"]),
        ("ledger deposit bar 5 --idem", ["--idempotency-key"]),
        ("ledger deposit bar 5 --description x --a", ["--at", "--archive"]),
        ("ledger events --account b", ["bar", "boat-fund"]),
        ("ledger events --account = b", ["bar", "boat-fund"]),
        ("ledger transfer bar bo", ["boat-fund"]),
        ("ledger snapshot bar bo", ["boat-fund"]),
        ("ledger rebuild-projections account_b", ["account_balances"]),
        ("ledger rebuild-projections account_balances account_s", ["account_summaries"]),
        ("ledger accounts --status c", ["closed"]),
        ("ledger export year --to ht", ["html"]),
        ("ledger export year --to html --to ht", []),
        ("ledger export year.html bar bo", ["boat-fund"]),
        ("ledger accounts --format ", ["table", "plain", "json", "csv"]),
        ("ledger accounts --format = c", ["csv"]),
        # Bash takes a colon for the end of a word, and replaces only what comes after it.
        ("ledger balance club : ch", ["checking"]),
        ("ledger balance club :", ["checking", "savings"]),
        ("ledger balance dues : 2025 : q", ["q1"]),
        ("ledger balance dues : 20", ["2025:q1"]),
        ("ledger transfer club : checking club : s", ["savings"]),
        ("ledger transfer club : checking b", ["bar", "boat-fund"]),
        ("ledger events --account club : s", ["savings"]),
        ("ledger events --account = club : s", ["savings"]),
        ("ledger deposit club : checking 5 --at 2026-01-01T10 : 30 --idem", ["--idempotency-key"]),
        # Who has taken the colon out of COMP_WORDBREAKS gets whole ids.
        ("ledger balance club:ch", ["club:checking"]),
        ("ledger transfer club:checking club:", ["club:savings"]),
    ],
)
def test_bash_is_offered(offered: Offered, typed: str, expected: list[str]) -> None:
    assert offered(*typed.split(" ")) == expected


@pytest.mark.usefixtures("colons")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ledger find --account club", ["club:", "club:checking", "club:savings"]),
        ("ledger find --account club : s", ["savings"]),
        ("ledger find --tag ", ["category", "project"]),
        ("ledger find --without-tag c", ["category"]),
        ("ledger find --tag category =", ["food", "rent"]),
        ("ledger find --tag category = r", ["rent"]),
        ("ledger find --tag = category = r", ["rent"]),
        ("ledger find --tag category=r", ["category=rent"]),
        ("ledger find --actor cl", ["clerk"]),
    ],
)
def test_what_entries_have_is_offered(
    offered: Offered, books: Path, typed: str, expected: list[str]
) -> None:
    with Ledger(open_store(str(books), system_clock), context=Context("clerk", "run-1")) as ledger:
        ledger.deposit("bar", "1", tags={"category": "rent", "project": "x"})
        ledger.deposit("bar", "1", tags={"category": "food"})
    assert offered(*typed.split(" ")) == expected


def test_every_command_is_offered_in_the_order_of_the_help_page(offered: Offered) -> None:
    assert offered("ledger", "") == COMMANDS


def test_help_offers_commands_and_topics(offered: Offered) -> None:
    assert offered("ledger", "help", "") == [*dict.fromkeys([*COMMANDS, *TOPICS])]
    assert offered("ledger", "help", "se") == ["servers"]
    assert offered("ledger", "help", "book", "cr") == ["create"]
    assert offered("ledger", "help", "times", "") == []


def test_every_option_of_a_command_is_offered(offered: Offered) -> None:
    assert offered("ledger", "balance", "--") == [
        "--as-of",
        "--known-at",
        "--tree",
        "--db",
        "--archive",
        "--format",
        "--json",
        "--quiet",
        "--group-digits",
        "--time-zone",
        "--debug",
        "--help",
    ]


@pytest.mark.usefixtures("colons")
def test_a_closed_account_is_offered_too(offered: Offered, books: Path) -> None:
    with Ledger.open(books) as ledger:
        ledger.close_account("bar")
    assert offered("ledger", "history", "ba") == ["bar"]


@pytest.mark.usefixtures("colons")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        *(
            (f"{command} b", ["boat-fund", "box"])
            for command in ("deposit", "withdraw", "close", "confirm", "reverse", "correct")
        ),
        *((f"{command} b", ["bar", "boat-fund", "box"]) for command in ("history", "erase")),
        ("reopen b", ["bar"]),
        ("transfer b", ["boat-fund", "box"]),
        ("transfer boat-fund b", ["box"]),
        ("transfer boat-fund nobody 5 b", []),
        ("import x.csv --account b", ["boat-fund", "box"]),
        ("correct box 2 --account b", ["boat-fund"]),
        ("correct box 2 --from box --to b", ["boat-fund"]),
        ("snapshot bar b", ["boat-fund", "box"]),
        ("snapshot bar boat-fund b", ["box"]),
    ],
)
def test_only_accounts_that_make_sense_are_offered(
    run: Run, books: Path, typed: str, expected: list[str]
) -> None:
    with Ledger.open(books) as ledger:
        ledger.open_account("box", "Ana")
        ledger.close_account("bar")
    assert run(*typed.split(), env={"_LEDGER_COMPLETE": "fish"}).out.splitlines() == expected


def test_where_nobody_knows_which_are_closed_all_are_offered(run: Run, small_books: Path) -> None:
    asked = {"env": {"_LEDGER_COMPLETE": "fish"}}
    with apsw.Connection(str(small_books)) as file:
        file.execute("UPDATE projections SET version = 7 WHERE name = 'account_summaries'")
    assert run("deposit", "o", **asked).out.splitlines() == ["old-box"]
    assert run("reopen", "o", **asked).out == ""


@pytest.mark.parametrize("command", ["reverse", "correct", "amend-entry"])
def test_entries_that_stand_are_offered_newest_first(
    offered: Offered, books: Path, command: str
) -> None:
    with Ledger.open(books) as ledger:
        ledger.open_account("bar", "Ana")
        for amount in range(1, 13):
            ledger.deposit("bar", amount)
        ledger.reverse("bar", 12)
    every = [str(version) for version in range(13, 1, -1) if version != 12]
    assert offered("ledger", command, "bar", "") == every
    assert offered("ledger", command, "bar", "1") == ["13", "11", "10"]
    assert offered("ledger", command, "baz", "") == []


def test_confirmations_that_stand_are_offered_to_be_withdrawn(run: Run, small_books: Path) -> None:
    with Ledger.open(small_books) as ledger:
        ledger.confirm("acc-001", "100", "first", at="2024-03-01")
        ledger.confirm("acc-001", "124.75", "statement\t3", at="2024-03")
        ledger.confirm("acc-001", "124.75", at="2024-04")
        ledger.withdraw_confirmation("acc-001")
    asked = {"env": {"_LEDGER_COMPLETE": "fish"}}
    offered = run("confirm", "acc-001", "--withdraw", "", **asked).out
    assert offered.splitlines() == [
        "7\t124.75 USD at the end of 2024-03-31 statement 3",
        "6\t100.00 USD at the end of 2024-03-01 first",
    ]
    assert run("confirm", "--withdraw", "acc-001", "6", **asked).out.startswith("6\t100.00")
    for words in (("acc-001", ""), ("acc-002", "--withdraw", ""), ("nobody", "--withdraw", "")):
        assert run("confirm", *words, **asked).out == ""


def test_the_latest_transfers_that_stand_are_offered_to_be_reversed(
    run: Run, offered: Offered, books: Path
) -> None:
    with Ledger.open(books) as ledger:
        for account in ("bar", "boat"):
            ledger.open_account(account, "Ana", initial_balance="2000", at="2024-01-01")
        done = [
            str(
                ledger.transfer("bar", "boat", amount, f"No. {amount}", at="2024-01-03").transfer_id
            )
            for amount in range(1, 61)
        ]
        ledger.reverse_transfer(done[-1])
    shown = run("reverse", "--transfer", "", env={"_LEDGER_COMPLETE": "fish"}).out.splitlines()
    assert (
        shown[0] == f"{done[-2]}\tbar: transfer of 59.00 USD to boat on 2024-01-03 00:00:00 No. 59"
    )
    assert [line.partition("\t")[0] for line in shown] == done[-2:-52:-1]
    assert offered("ledger", "reverse", "--transfer", done[0][:12]) == [done[0]]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_entries_are_offered_with_their_text_on_one_line_each(
    run: Run, books: Path, shell: str
) -> None:
    with Ledger.open(books) as ledger:
        for account in ("bar", "boat"):
            ledger.open_account(account, "Ana", at="2024-01-01")
        ledger.deposit("bar", "5", "Tips,\n\t$(touch pwned)\x1b[31m \u202efor two", at="2024-01-02")
        ledger.transfer("bar", "boat", "2.50", at="2024-01-03")
    asked = run("reverse", "bar", "", env={"_LEDGER_COMPLETE": shell})
    assert asked.out.splitlines() == [
        "3\ttransfer of 2.50 USD to boat on 2024-01-03 00:00:00",
        "2\tdeposit of 5.00 USD on 2024-01-02 00:00:00 "
        "Tips, $(touch pwned)\\x1b[31m \\u202efor two",
    ]


def test_the_ledger_named_on_the_command_line_is_asked(
    offered: Offered, colons: None, tmp_path: Path
) -> None:
    with Ledger.open(tmp_path / "other.db") as ledger:
        ledger.open_account("elsewhere", "Ben")
    assert offered("ledger", "balance", "--db", "../other.db", "") == ["elsewhere"]


def test_without_a_ledger_nothing_is_offered_and_none_is_made(
    offered: Offered, books: Path
) -> None:
    assert offered("ledger", "balance", "") == []
    assert not books.exists()


def test_a_file_that_is_no_ledger_is_no_reason_to_complain(offered: Offered, books: Path) -> None:
    books.write_bytes(b"no ledger at all, but long enough to be looked at\n" * 20)
    assert offered("ledger", "balance", "") == []


ASKED_IN_OTHER_SHELLS = [
    ("ledger balance club:s", ["club:savings"]),
    ("ledger balance club:", ["club:checking", "club:savings"]),
    ("ledger transfer bar bo", ["boat-fund"]),
    ("ledger events --account b", ["bar", "boat-fund"]),
    ("ledger snap", ["snapshot", "snapshots"]),
    ("ledger hist", ["history"]),
    ("ledger deposit bar 5 --idem", ["--idempotency-key"]),
    ("ledger rebuild-projections account_b", ["account_balances"]),
    ("ledger accounts --status c", ["closed"]),
]


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish here")
@pytest.mark.usefixtures("colons")
@pytest.mark.parametrize(("typed", "expected"), ASKED_IN_OTHER_SHELLS)
def test_fish_is_offered(
    environ: dict[str, str], tmp_path: Path, typed: str, expected: list[str]
) -> None:
    asked = f"ledger --show-completion fish | source; complete -C {typed!r}"
    done = subprocess.run(
        ["fish", "--no-config", "-c", asked],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == b""
    lines = done.stdout.decode().splitlines()
    assert [line.partition("\t")[0] for line in lines if line] == expected


IN_ZSH = r"""
compdef() {}
compadd() { print -rl -- "${(@)candidates}" "--shown" "${(@)shown}" }
source =(ledger --show-completion zsh)
words=( "$@" )
CURRENT=$#
PREFIX=$words[CURRENT]
_ledger
"""


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh here")
@pytest.mark.usefixtures("colons")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        *ASKED_IN_OTHER_SHELLS,
        ("ledger events --account=b", ["--account=bar", "--account=boat-fund"]),
    ],
)
def test_zsh_is_offered(
    environ: dict[str, str], tmp_path: Path, typed: str, expected: list[str]
) -> None:
    done = subprocess.run(
        ["zsh", "-f", "-c", IN_ZSH, "zsh", *typed.split(" ")],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == b""
    words, _, shown = done.stdout.decode().partition("--shown\n")
    assert words.splitlines() == expected
    if typed == "ledger hist":
        assert shown.split(maxsplit=1)[1].rstrip() == SECTIONS["Past"]["history"][1]


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh here")
@pytest.mark.usefixtures("colons")
def test_tab_finishes_words_on_a_real_command_line_of_zsh(
    environ: dict[str, str], tmp_path: Path
) -> None:
    shown = typed_into(
        "zsh",
        environ,
        tmp_path,
        "ledger depo\tclub:ch\t13002.79",
        "ledger bal\tclub:ch\t --json",
    )
    assert b'"account_id":"club:checking","balance":"13002.79"' in shown


@pytest.mark.parametrize("setting", ["true", "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}"])
@pytest.mark.usefixtures("colons")
def test_tab_finishes_an_id_with_a_colon_on_a_real_command_line(
    environ: dict[str, str], tmp_path: Path, setting: str
) -> None:
    with Ledger.open(environ["LEDGER_DB"]) as ledger:
        ledger.deposit("club:checking", "13002.79")
    shown = typed_into("bash", environ, tmp_path, setting, "ledger balance club:ch\t --json")
    assert b'"account_id":"club:checking","balance":"13002.79"' in shown


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_script_that_cannot_be_written_is_an_error_like_any_other(
    environ: dict[str, str],
) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [PROGRAM, "--show-completion", "bash"],
            env=environ,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: the answer could not be written: No space left")


def test_publications_are_offered_by_name(offered: Offered, books: Path) -> None:
    with Ledger.open(books) as ledger:
        for name in ("archive", "array", "orders"):
            with ledger.publisher(f"file:{books.parent / name}", name=name) as publisher:
                publisher.run()
    assert offered("ledger", "publications", "--forget", "ar") == ["archive", "array"]
    assert offered("ledger", "publish", "file:x", "--name", "o") == ["orders"]
