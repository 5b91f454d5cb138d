"""What a short command may load: imports are most of the time that it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PACKAGES = [path for path in sys.path if path.endswith("-packages")]
"""Where packages are installed; one environment may build on another."""

# Without `site`, no hook of the test environment loads anything before the program does.
CHILD = f"""
import sys
sys.path += {[str(ROOT), *PACKAGES]!r}
"""
RUN = """
from ledger.cli.main import run
try:
    status = run()
except SystemExit as end:  # so the shell's questions are answered
    status = end.code
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(status)
"""
DEPENDENCIES = """
import apsw, msgspec, typer
print(*sorted(sys.modules), file=sys.stderr)
"""

BEYOND_DEPENDENCIES = {"gc", "hashlib", "ledger", "uuid", "decimal", "datetime", "shlex"}
"""What the program may load of the standard library itself, besides what it is built on."""

NEVER = {
    "argparse",
    "asyncio",
    "concurrent",
    "csv",
    "dataclasses",
    "email",
    "http",
    "jinja2",
    "json",
    "logging",
    "multiprocessing",
    "pickle",
    "platformdirs",
    "pydantic",
    "random",
    "rich",
    "secrets",
    "sqlite3",
    "ssl",
    "tempfile",
    "unittest",
    "xml",
    "zoneinfo",
}
"""What would be noticed, whoever loads it: about 1 to 100 ms each."""


def inside(package: str, *modules: str) -> set[str]:
    return {package, *(f"{package}.{module}" for module in modules)}


OF_EVERY_COMMAND = (
    inside("ledger", "errors", "ledger", "visible")
    | inside(
        "ledger.api",
        "importing",
        "maintaining",
        "making",
        "migrating",
        "moving_money",
        "own_aggregates",
        "proving",
        "wiring",
    )
    | inside("ledger.times")
    | inside(
        "ledger.cli",
        "app",
        "completion",
        "environment",
        "interrupts",
        "main",
        "options",
        "shown_times",
        "streams",
    )
    | inside("ledger.cli.output", "answer", "documents", "rows")
    | inside(
        "ledger.commands",
        "arguments",
        "book",
        "book_times",
        "bookkeeping",
        "command",
        "context",
        "corrections",
        "dispatcher",
        "handler",
        "idempotency",
        "repeatable",
        "repository",
        "results",
        "six_steps",
    )
    | inside(
        "ledger.domain",
        "account",
        "account_past",
        "account_path",
        "account_state",
        "aggregate",
        "book",
        "book_events",
        "clock",
        "currency",
        "event_history",
        "events",
        "instant",
        "money",
        "receipts",
        "refusals",
        "tags",
        "transfer",
        "validation",
    )
    | inside(
        "ledger.eventstore",
        "appending",
        "codec",
        "hash_chain",
        "key_records",
        "archive_reader",
        "event_rows",
        "joining",
        "log_appender",
        "log_reader",
        "metadata",
        "opening",
        "paging",
        "records",
        "snapshot_reader",
        "snapshots",
        "standing",
        "store",
        "subscriptions",
        "surroundings",
        "tables",
    )
    | inside(
        "ledger.eventstore.sqlite",
        "archived",
        "beside",
        "errors",
        "files",
        "interrupting",
        "place",
        "reader",
        "schema",
        "session",
        "snapshots",
        "store",
        "tables",
    )
    | inside("ledger.projections", "balances", "folding", "projection", "projector", "summaries")
    | inside("ledger.queries", "questions", "questions_of_all", "source")
)
OF_A_DEPOSIT = OF_EVERY_COMMAND | {
    "ledger.cli.money",
    "ledger.cli.output.results",
    "ledger.cli.receipts",
}
OF_A_BALANCE = OF_EVERY_COMMAND | {
    "ledger.cli.balance",
    "ledger.cli.output.results",
    "ledger.queries.account_details",
    "ledger.queries.balances",
}


def loaded(program: str, environ: dict[str, str], *arguments: str) -> set[str]:
    """The modules that a program ends with."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", CHILD + program, *arguments],
        env=environ,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.decode().split())


def tops(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def needless(modules: set[str]) -> set[str]:
    return tops(modules) & NEVER


@pytest.fixture
def plain_run(environ: dict[str, str], small_books: Path) -> dict[str, str]:
    return environ


@pytest.mark.parametrize(
    ("command", "pinned"),
    [
        ("deposit acc-001 5 -m Paycheck", OF_A_DEPOSIT),
        ("withdraw acc-001 5 --expected-version 5", OF_A_DEPOSIT),
        ("transfer acc-001 acc-002 5 --idempotency-key k-1", OF_A_DEPOSIT),
        ("balance acc-001", OF_A_BALANCE),
        ("balance", OF_A_BALANCE),
    ],
)
def test_a_short_command_loads_what_it_needs_and_no_more(
    plain_run: dict[str, str], command: str, pinned: set[str]
) -> None:
    modules = loaded(RUN, plain_run, *command.split())
    ours = {module for module in modules if module.partition(".")[0] == "ledger"}
    assert not ours - pinned, (
        f"`ledger {command}` now loads {sorted(ours - pinned)} as well, on every run: import it "
        "where it is used, or add it here if every such command needs it"
    )
    assert not pinned - ours, (
        f"`ledger {command}` no longer loads {sorted(pinned - ours)}: take it out of the list here"
    )
    assert needless(modules) == set()


def test_a_path_on_the_command_line_needs_no_search_for_the_data_folder(
    environ: dict[str, str], small_books: Path
) -> None:
    del environ["LEDGER_DB"]
    modules = loaded(RUN, environ, "balance", "acc-001", "--db", str(small_books))
    assert needless(modules) == set()


def test_a_short_command_adds_little_to_its_dependencies(plain_run: dict[str, str]) -> None:
    base = tops(loaded(DEPENDENCIES, plain_run))
    for command in ("deposit acc-001 5", "balance acc-001"):
        added = tops(loaded(RUN, plain_run, *command.split())) - base
        public = {module for module in added if not module.startswith("_")}
        assert public <= BEYOND_DEPENDENCIES


@pytest.mark.parametrize("command", ["accounts", "history acc-001", "events", "replay acc-001"])
def test_nothing_is_drawn_with_rich_in_a_pipe(plain_run: dict[str, str], command: str) -> None:
    for arguments in (command.split(), [*command.split(), "--json"]):
        assert needless(loaded(RUN, plain_run, *arguments)) == set()


def test_help_opens_no_ledger_and_draws_without_rich(plain_run: dict[str, str]) -> None:
    for arguments in (
        *(["--help"], ["deposit", "--help"], ["--version"]),
        *(["help"], ["help", "deposit"], ["help", "times"]),
    ):
        modules = loaded(RUN, plain_run, *arguments)
        assert needless(modules) == set()
        assert "apsw" not in modules


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_loads_no_more_than_a_short_question(
    plain_run: dict[str, str], shell: str
) -> None:
    question = loaded(RUN, plain_run, "balance", "acc-001")
    of_events = {
        *("ledger.cli.events", "ledger.cli.shown_columns"),
        "ledger.cli.output.event_documents",
        "ledger.eventstore.export_format",
    }
    typed: list[tuple[list[str], set[str]]] = [
        ([""], set()),
        (["dep"], set()),
        (["balance", "a"], set()),
        (["balance", "--"], set()),
        (["events", "--fo"], of_events),
    ]
    for words, of_the_command in typed:
        more = loaded(RUN, {**plain_run, "_LEDGER_COMPLETE": shell}, *words) - question
        assert more <= {"shlex", "ledger.cli.shell_completion", *of_the_command}, words
