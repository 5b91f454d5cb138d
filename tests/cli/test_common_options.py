"""Options that every command has: before its name or after it, and what ``--quiet`` leaves out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger import Ledger
from tests.support.fork_server import ForkServer
from tests.support.program import Outcome, Run


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("--db books.db", ""),
        ("--db other.db", "--db books.db"),
        ("--json --db books.db", ""),
        ("--db books.db", "--json"),
        ("--db books.db --format json", "--json"),
        ("--format=json", "--db=books.db"),
        ("--quiet --debug --db books.db", "-q"),
    ],
)
@pytest.mark.usefixtures("small_books")
def test_common_options_stand_before_the_command_or_after_it(
    run: Run, before: str, after: str
) -> None:
    done = run(*before.split(), "balance", "acc-001", *after.split(), env={"LEDGER_DB": "none.db"})
    assert (done.status, done.err) == (0, "")
    if "json" in before + after:
        assert done.json["balance"] == "124.75"
    else:
        assert done.out == "124.75\n"


@pytest.mark.parametrize(
    "arguments",
    [
        "--json balance --format csv",
        "balance --json --format table",
        "--format csv balance --format plain",
        "--format csv --json balance",
    ],
)
@pytest.mark.usefixtures("small_books")
def test_two_different_formats_are_a_usage_error(run: Run, arguments: str) -> None:
    done = run(*arguments.split())
    assert (done.status, done.out) == (2, "")
    assert "two formats are given" in done.err


@pytest.mark.parametrize(
    "command",
    [
        "batch line.jsonl",
        "batch line.jsonl --dry-run",
        "export year.html",
        "export-events log.jsonl",
        "import-events export.jsonl --db copy.db",
        "rebuild-projections",
        "accounts",
        "balance",
        "verify",
        "import bank.csv --account acc-001 --yes",
        "import bank.csv --account acc-001 --dry-run",
    ],
)
def test_quiet_leaves_out_notes_and_summaries(
    environ: dict[str, str],
    fork_server: ForkServer,
    small_books: Path,
    tmp_path: Path,
    command: str,
) -> None:
    with Ledger.open(small_books, defer_projections=True) as ledger:
        ledger.deposit("acc-001", "1")  # so that some commands say what they do not include
        (tmp_path / "export.jsonl").write_bytes(b"\n".join(ledger.export_events()))
    line = '{"command": "deposit", "account": "acc-001", "amount": "1"}'
    (tmp_path / "line.jsonl").write_text(line)
    (tmp_path / "bank.csv").write_text("Date,Payee,Amount\n2024-03-20,Tea,-1.00\n")
    files = [path for path in tmp_path.iterdir() if path.is_file()]

    def run_in(name: str, *more: str) -> Outcome:
        folder = tmp_path / name
        folder.mkdir()
        for path in files:
            shutil.copy(path, folder)
        env = {**environ, "LEDGER_DB": "books.db"}
        return fork_server.run(*command.split(), *more, env=env, cwd=folder)

    loud, quiet = run_in("loud"), run_in("quiet", "--quiet")
    assert loud.err != ""
    assert (quiet.status, quiet.err) == (loud.status, "")
    if command != "verify":  # which then answers only what is wrong
        assert quiet.out == loud.out


@pytest.mark.usefixtures("small_books")
def test_quiet_leaves_errors_and_refusals_as_they_are(run: Run) -> None:
    for arguments in (["withdraw", "acc-001", "1000"], ["balance", "nobody"], ["fly"]):
        loud, quiet = run(*arguments), run("--quiet", *arguments)
        assert quiet.status == loud.status
        assert quiet.err.splitlines()[0] == loud.err.splitlines()[0]
    line = '{"command": "withdraw", "account": "acc-001", "amount": "1000"}'
    done = run("-q", "batch", "-", "--continue-on-error", stdin=line)
    assert done.status == 3
    assert done.err.startswith("line 1: account acc-001 holds")
    assert "carried out" not in done.err
