"""Somebody's own projections at the command line: LEDGER_PROJECTIONS."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fork_server import shared
from tests.support.program import PROGRAM, Outcome

MODULE = """
import msgspec
from ledger import Projection, StreamProjection

class Row(msgspec.Struct):
    account_id: str
    entries: int

class Entries(StreamProjection):
    name = "own_entries"
    row = Row

    def fold_row(self, row, event, recorded):
        if row is None:
            row = Row(recorded.stream_id, 0)
        row.entries += 1
        return row

class Failing(Entries):
    name = "failing"

    def fold_row(self, row, event, recorded):
        raise ArithmeticError("it does not add up")

class Unmade(Entries):
    name = "unmade"

    def __init__(self, path):
        pass

thing = 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "club_totals.py").write_text(MODULE)
    (tmp_path / "modules" / "broken_totals.py").write_text("import no_such_module_at_all")
    (tmp_path / "modules" / "leaving_totals.py").write_text("raise SystemExit(0)")
    return tmp_path


def started(
    folder: Path,
    *arguments: str,
    projections: str = "",
    module: bool = False,
    path: str = "modules",
) -> Outcome:
    """Start the program in the folder, its own way or by ``python -m ledger``."""
    done = subprocess.run(
        [*([sys.executable, "-m", "ledger"] if module else [str(PROGRAM)]), *arguments],
        cwd=folder,
        env=_environment(folder, projections, path),
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def run(folder: Path, *arguments: str, projections: str = "") -> Outcome:
    """Run it in the folder, in a fork, which imports from the same places."""
    env = _environment(folder, projections, "modules")
    return shared().run(*arguments, cwd=folder, env=env)


def _environment(folder: Path, projections: str, path: str) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "LEDGER_DB": str(folder / "books.db"),
        "LEDGER_PROJECTIONS": projections,
        "PYTHONPATH": str(folder / path) if path else "",
    }


def lags(folder: Path, projections: str = "") -> list[str]:
    return run(folder, "projections", projections=projections).out.splitlines()


def test_it_is_kept_up_shown_rebuilt_and_verified(folder: Path) -> None:
    own = "club_totals:Entries"
    opened = started(folder, "open", "a", "--owner", "Ana", "--at", "2024-01-01", projections=own)
    assert opened.status == 0
    assert opened.err.startswith("note: a new ledger in ")
    assert opened.err.count("\n") == 1
    assert run(folder, "deposit", "a", "5", projections=own).status == 0
    assert lags(folder, own)[2:] == ["own_entries\t1\t3\t0\tfalse\ttrue"]
    for workers in ("1", "2"):
        rebuilt = started(
            folder, "rebuild-projections", "own_entries", "--workers", workers, projections=own
        )
        assert rebuilt.status == 0
        assert f"by {workers} process" in rebuilt.err
    assert run(folder, "verify", projections=own).status == 0
    assert run(folder, "doctor", projections=own).status == 0
    replayed = run(folder, "replay", "a", "--format", "table", projections=own)
    assert replayed.out.splitlines()[-1].split() == ["own_entries", "agrees"]


def test_without_it_the_projection_lags_and_it_catches_up_later(folder: Path) -> None:
    own = "club_totals:Entries"
    run(folder, "open", "a", "--owner", "Ana", projections=own)
    done = run(folder, "deposit", "a", "5")
    assert (done.status, done.err) == (0, "")
    assert lags(folder)[2:] == ["own_entries\t1\t2\t1\tfalse\tfalse"]
    refused = run(folder, "rebuild-projections", "own_entries")
    assert refused.status == 4
    assert "own_entries is not known here" in refused.err
    assert run(folder, "verify").status == 0
    assert run(folder, "projections", "--catch-up", projections=own).status == 0
    assert lags(folder, own)[2:] == ["own_entries\t1\t3\t0\tfalse\ttrue"]


def test_a_fold_that_raises_is_told_once_and_refuses_nothing(folder: Path) -> None:
    both = "club_totals:Failing, club_totals:Entries"
    for arguments in (("open", "a", "--owner", "Ana"), ("deposit", "a", "5")):
        done = run(folder, *arguments, projections=both)
        assert done.status == 0
        assert done.err.count("note: the projection ") == 1
        assert "the projection failing was left behind" in done.err
        assert "it does not add up" in done.err
    assert [line.split("\t")[:4] for line in lags(folder, both)] == [
        ["account_balances", "2", "3", "0"],
        ["account_summaries", "3", "3", "0"],
        ["failing", "1", "0", "3"],
        ["own_entries", "1", "3", "0"],
    ]
    caught_up = run(folder, "projections", "--catch-up", projections=both)
    assert caught_up.status == 6
    assert "it does not add up" in caught_up.err


def test_the_table_says_why_a_projection_is_behind(folder: Path) -> None:
    both = "club_totals:Failing, club_totals:Entries"
    run(folder, "open", "a", "--owner", "Ana", projections=both)
    run(folder, "deposit", "a", "5")
    shown = run(folder, "projections", "--format", "table", projections=both)
    assert (shown.status, shown.err) == (0, "")
    assert [line.split() for line in shown.out.splitlines()[4:6]] == [
        ["failing", "1", "0", "3", "behind"],
        ["own_entries", "1", "2", "1", "behind"],
    ]
    assert shown.out.splitlines()[6:] == [
        "note: the projection failing is left behind: the projection failing cannot handle "
        "event 1 (BookCreated version 1 of '$book'): it does not add up"
    ]
    assert "note" not in run(folder, "projections", projections=both).out


def test_a_fold_that_raises_is_to_be_corrected(folder: Path) -> None:
    own = "club_totals:Failing"
    run(folder, "open", "a", "--owner", "Ana", projections=own)
    for arguments in (
        ["projections", "--catch-up"],
        ["rebuild-projections"],
        ["rebuild-projections", "failing"],
        ["rebuild-projections", "--workers", "2"],
    ):
        refused = run(folder, *arguments, projections=own)
        assert refused.err.endswith(
            "hint: correct the fold of failing, then: ledger rebuild-projections failing\n"
        )
    module = folder / "modules" / "club_totals.py"
    module.write_text(
        module.read_text().replace('raise ArithmeticError("it does not add up")', "pass")
    )
    assert run(folder, "rebuild-projections", "failing", projections=own).status == 0


@pytest.mark.parametrize("name", ["own_entries", "account_balances"])
def test_two_of_one_name_are_refused_with_a_hint(folder: Path, name: str) -> None:
    module = folder / "modules" / "club_totals.py"
    module.write_text(module.read_text().replace("failing", name))
    refused = run(folder, "accounts", projections="club_totals:Failing,club_totals:Entries")
    assert refused.status == 2
    assert refused.err.splitlines()[-1] == (
        "hint: name each class once in LEDGER_PROJECTIONS, or give one of them another name"
    )


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("club_totals", "it is not of the form module:Class"),
        ("club_totals:", "it is not of the form module:Class"),
        (":Entries", "it is not of the form module:Class"),
        ("no_such_module:Entries", "no_such_module cannot be imported"),
        ("club_totals:Nothing", "club_totals has no Nothing"),
        ("club_totals:thing", "thing is no class of projections"),
        ("club_totals:Row", "Row is no class of projections"),
        ("club_totals:Unmade", "Unmade cannot be made"),
        ("club_totals:Entries,club_totals:Entries", "two projections of the name own_entries"),
        ("broken_totals:Entries", "No module named 'no_such_module_at_all'"),
        ("leaving_totals:Entries", "leaving_totals cannot be imported"),
        (".club_totals:Entries", "cannot be imported"),
    ],
)
def test_a_wrong_value_is_a_usage_error_that_says_what_is_wrong(
    named: str, why: str, folder: Path
) -> None:
    refused = run(folder, "open", "a", "--owner", "Ana", projections=named)
    assert refused.status == 2
    assert why in refused.err
    assert not (folder / "books.db").exists()


@pytest.mark.parametrize("module", [False, True])
def test_the_working_folder_is_no_place_to_import_from(module: bool, folder: Path) -> None:
    (folder / "club_totals.py").write_text("raise RuntimeError('run from the working folder')")
    refused = started(
        folder, "open", "a", "--owner", "A", projections="club_totals:E", module=module, path=""
    )
    assert refused.status == 2
    assert "No module named 'club_totals'" in refused.err
    own = "club_totals:Entries"
    for arguments in (
        ("open", "a", "--owner", "Ana"),
        ("rebuild-projections", "--workers", "2"),
    ):
        done = started(folder, *arguments, projections=own, module=module)
        assert (done.status, "working folder" in done.err) == (0, False)


def test_a_worker_runs_the_program_that_started_it(folder: Path) -> None:
    """Whatever else is called ledger, or prints where messages go."""
    (folder / "ledger.py").write_text("raise RuntimeError('run from the working folder')")
    noisy = f"print('imported'); {MODULE.strip()}".replace("; import", "\nimport", 1)
    (folder / "modules" / "club_totals.py").write_text(noisy)
    own = "club_totals:Entries"
    for module in (False, True):
        done = started(folder, "open", f"a{module}", "--owner", "Ana", projections=own)
        assert done.status == 0
        done = started(
            folder, "rebuild-projections", "--workers", "2", projections=own, module=False
        )
        assert (done.status, "by 2 processes" in done.err) == (0, True)


def test_nothing_is_loaded_where_none_is_named(folder: Path) -> None:
    code = "import sys; from ledger.cli.main import run; run(); print('club_totals' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.argv = ['ledger', 'accounts']; {code}"],
        env={"PYTHONPATH": str(folder / "modules"), "LEDGER_DB": str(folder / "books.db")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "False\n"
