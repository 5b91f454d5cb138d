"""Tables of more rows than are looked at beforehand: written as they come, and nothing lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.cli.environment import Environment
from ledger.cli.output.tables import Cell, Column, show_table
from tests.support.cli.terminal import run_on_terminal
from tests.support.program import PROGRAM, Run, environment
from tests.support.program import run as run_program

ENTRIES = 1_100
LATE = "late and long: " + "one two three four five six seven eight nine ten " * 3 + "eleven"
LATE_AMOUNTS = ["1234567890.34", "5.00"]


@pytest.fixture(scope="session")
def _long_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with an account of many entries, the last of which need more room than the rest."""
    folder = tmp_path_factory.mktemp("long")
    lines: list[dict[str, str]] = [{"command": "open", "account": "long", "owner": "Ana"}]
    lines += [
        {"command": "deposit", "account": "long", "amount": "1.00", "description": f"note {number}"}
        for number in range(ENTRIES)
    ]
    lines += [
        {"command": "deposit", "account": "long", "amount": amount, "description": LATE}
        for amount in LATE_AMOUNTS
    ]
    path = folder / "books.db"
    done = run_program(
        "batch",
        "-",
        stdin="\n".join(map(json.dumps, lines)).encode(),
        env=environment(folder, path),
    )
    assert done.status == 0, done.err
    return path


@pytest.fixture
def long_books(_long_books: Path, environ: dict[str, str]) -> dict[str, str]:
    environ["LEDGER_DB"] = str(_long_books)
    return environ


def entries_on_terminal(environ: dict[str, str], folder: Path, columns: int) -> list[str]:
    shown = run_on_terminal(
        [PROGRAM, "history", "long"],
        env={**environ, "NO_COLOR": "1"},
        cwd=folder,
        columns=columns,
    )
    assert shown.status == 0
    assert max(map(len, shown.lines)) <= columns
    return shown.lines


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_long_words_are_cut_and_never_a_number(
    long_books: dict[str, str], tmp_path: Path, columns: int
) -> None:
    lines = entries_on_terminal(long_books, tmp_path, columns)
    *entries, first_late, last, _balance = lines[3:]
    assert len(entries) == ENTRIES + 1
    assert all(f"note {number}" in entries[number + 1] for number in range(ENTRIES))
    for line, amount in zip((first_late, last), LATE_AMOUNTS, strict=True):
        assert re.search(rf" \+{amount} +12345\d+\.34  late and [^…]*…$", line)
        assert len(line) > columns - len("seven ")
    assert not any("…" in line for line in entries)


def test_a_table_too_wide_for_the_terminal_is_blocks_in_which_nothing_is_cut(
    long_books: dict[str, str], tmp_path: Path
) -> None:
    lines = entries_on_terminal(long_books, tmp_path, 40)
    assert "…" not in "".join(lines)
    last = lines[len(lines) - lines[::-1].index("") :]
    assert "Amount: +5.00" in last
    assert " ".join(LATE.split()) in " ".join(last)


@pytest.mark.parametrize("columns", [100, 80])
def test_in_a_pipe_it_is_no_wider_than_a_page_and_no_line_ends_in_spaces(
    long_books: dict[str, str], run: Run, columns: int
) -> None:
    env = {} if columns == 100 else {"COLUMNS": str(columns)}
    lines = run("history", "long", "--format", "table", env=env).out.splitlines()
    assert [line for line in lines if line.endswith(" ")] == []
    assert max(map(len, lines)) <= columns
    _, _, _, *entries, _ = lines
    assert len(entries) == ENTRIES + 3
    for line, amount in zip(entries[-2:], LATE_AMOUNTS, strict=True):
        assert re.search(rf" \+{amount} +12345\d+\.34  late and [^…]*…$", line)


@pytest.mark.parametrize("width", [46, 60])
@pytest.mark.parametrize("before", [3, 1_100])
def test_an_id_among_words_is_never_cut_and_a_long_word_is_cut_and_not_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, before: int, width: int
) -> None:
    env = Environment()
    account, word = "Assets:Bank:Checking-2026", "b" * 40
    columns = Column("What", words=True, whole=True), Column("Text", words=True)
    rows = [("transfer to a", "some words " * 9)] * before
    monkeypatch.setenv("COLUMNS", str(width))
    with open(tmp_path / "table", "w", encoding="utf-8") as env.stdout:
        show_table(env, columns, [*rows, (f"transfer to {account}", word)])
    text = (tmp_path / "table").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= width
    assert re.search(r"^transfer to +b+…$", text, re.MULTILINE)
    assert re.search(f"^{account}$", text, re.MULTILINE)


def test_an_id_that_comes_late_is_broken_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env = Environment()
    account = "Assets:Bank:Checking-2026:January"
    columns = Column("Account"), Column("What", words=True, whole=True), Column("#", number=True)
    monkeypatch.setenv("COLUMNS", "30")
    with open(tmp_path / "table", "w", encoding="utf-8") as env.stdout:
        rows = [("a", "transfer to b", "1")] * 1_100
        show_table(env, columns, [*rows, (account, f"transfer to {account}", "1234567")])
    lines = (tmp_path / "table").read_text(encoding="utf-8").splitlines()
    assert sum(account in line for line in lines) == 2
    assert sum("1234567" in line for line in lines) == 1


def test_rows_are_written_as_they_come(tmp_path: Path) -> None:
    env = Environment()
    behind = []
    with open(tmp_path / "table", "w", encoding="utf-8") as env.stdout:

        def rows() -> Iterator[tuple[Cell, str]]:
            for number in range(10_000):
                if number % 1_000 == 0:
                    env.stdout.flush()
                    written = (tmp_path / "table").read_text(encoding="utf-8").count("\n")
                    behind.append(number - written)
                yield Cell(f"acc-{number:05}", "bold"), f"Owner {number}"

        show_table(env, (Column("Account"), Column("Owner", words=True)), rows())
    assert max(behind) <= 1_200
    lines = (tmp_path / "table").read_text(encoding="utf-8").splitlines()
    assert lines[2::9_999] == ["acc-00000  Owner 0", "acc-09999  Owner 9999"]
