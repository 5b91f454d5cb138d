"""``ledger erase``, as people and scripts use it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from ledger import Ledger
from tests.support import program
from tests.support.cli.terminal import Terminal
from tests.support.erasure.members import OF_ANNE, OF_OTHERS, texts_of, write
from tests.support.erasure.traces import traces
from tests.support.file_content import tree
from tests.support.fork_server import ForkServer
from tests.support.program import PROGRAM, SAMPLE_DATA, Outcome, environment

Run = Callable[..., Outcome]

YES = ("erase", "anne", "--reason", "asked for it", "--yes")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path, tmp_path / "books.db", LEDGER_ACTOR="tester")


@pytest.fixture
def run(environ: dict[str, str], tmp_path: Path, fork_server: ForkServer) -> Run:
    def run_it(*arguments: str, **env: str) -> Outcome:
        return fork_server.run(*arguments, env={**environ, **env}, cwd=tmp_path)

    return run_it


@pytest.fixture
def books(path: str) -> str:
    """The path of a ledger with all kinds of texts."""
    with Ledger.open(path) as ledger:
        write(ledger)
    return path


def left(path: str) -> set[str]:
    with Ledger.open(path, create=False) as ledger:
        return texts_of(ledger)


@pytest.fixture
def typed(environ: dict[str, str], tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run ``ledger`` on a terminal, with an answer typed into it."""

    def run_it(answer: str, *arguments: str) -> tuple[int, str]:
        keyboard, device = pty.openpty()
        os.write(keyboard, answer.encode())
        shown = Terminal(100)
        with subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=device,
            stdout=shown.device,
            stderr=shown.device,
            env={"TERM": "dumb", **environ},
            cwd=tmp_path,
            start_new_session=True,
        ) as process:
            text = shown.read_all()
            status = process.wait(timeout=60)
        os.close(device)
        os.close(keyboard)
        return status, text

    return run_it


# ── asking ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("answer", ["y\n", "yes\n", "Y\n", " yes \n"])
def test_a_person_is_told_what_goes_and_asked(
    books: str, typed: Callable[..., tuple[int, str]], answer: str
) -> None:
    status, text = typed(answer, "erase", "anne", "--reason", "asked for it")
    assert status == 0
    question, *_ = text.split("[y/N]")
    assert "9 texts of anne, and 4 texts of its transfers on ben (1), club (3)" in question
    assert "cannot be taken back" in question
    assert "erased 9 texts of anne, and 4 texts" in text
    assert "older backups and exports" in text
    assert left(books) == {*OF_OTHERS, "Turnverein", "asked for it"}


@pytest.mark.parametrize("answer", ["n\n", "\n", "no\n", "yess\n", "\x04"])
def test_anything_but_yes_changes_nothing(
    books: str, typed: Callable[..., tuple[int, str]], answer: str
) -> None:
    status, text = typed(answer, "erase", "anne", "--reason", "asked for it")
    assert status == 3
    assert "nothing was changed" in text
    assert left(books) >= {*OF_ANNE}


def test_yes_asks_nothing_even_on_a_terminal(
    books: str, typed: Callable[..., tuple[int, str]]
) -> None:
    status, text = typed("", *YES)
    assert (status, "[y/N]" in text) == (0, False)


def test_without_a_terminal_it_has_to_be_said(run: Run, books: str, tmp_path: Path) -> None:
    before = tree(tmp_path)
    refused = run("erase", "anne", "--reason", "asked for it", "--json")
    assert (refused.status, refused.out) == (2, "")
    assert refused.error["code"] == "invalid_usage"
    assert tree(tmp_path) == before
    hint = refused.error["hint"]
    assert hint.endswith("ledger erase anne --reason 'asked for it' --json --yes")
    done = subprocess.run(
        hint.partition(": ")[2],
        shell=True,
        env=environment(tmp_path, books),
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["texts"] == 9


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


def test_the_answer_for_programs(run: Run, books: str) -> None:
    done = run(*YES, "--json")
    assert done.status == 0
    document = done.json
    (event,) = document.pop("events")
    assert event["event_type"] == "PersonalDataErased"
    assert document == {
        "command": "erase",
        "account_id": "anne",
        "erased": True,
        "texts": 9,
        "texts_elsewhere": 4,
        "elsewhere": [{"account_id": "ben", "texts": 1}, {"account_id": "club", "texts": 3}],
        "emptied_projections": [],
        "source_head": False,
        "traces": None,
        "test": False,
        "rewritten": [],
        "left_over": [],
    }
    assert done.err.startswith("note: older backups and exports")
    again = run(*YES, "--json", "--quiet")
    assert (again.json["erased"], again.json["texts"], again.json["events"]) == (False, 0, [])
    assert (again.status, again.err) == (0, "")


def test_the_answer_in_rows(run: Run, books: str) -> None:
    assert run(*YES).out == "anne\ttrue\t9\t4\t\n"
    assert run(*YES, "--format", "csv").out.splitlines() == [
        "account_id,erased,texts,texts_elsewhere,traces",
        "anne,false,0,0,",
    ]
    assert run(*YES, "--format", "table").out == "nothing was left to erase of anne\n"


def test_what_a_killed_command_left_is_named(run: Run, books: str) -> None:
    left_over = [f"{books}.new-0123456789ab", f"{books}.new-0123456789ab-wal"]
    for each in left_over:
        Path(each).write_bytes(b"Anne")
    os.link(books, f"{books}.new-ba9876543210")  # a name more of the ledger, which is erased

    done = run(*YES, "--json")

    assert done.status == 0
    assert done.json["left_over"] == left_over
    assert f"killed commands left files that may hold texts: {', '.join(left_over)}" in done.err
    assert f"rm {' '.join(left_over)}\n" in done.err
    assert run(*YES, "--json", "--db", "none.db").status == 4


def test_nothing_is_left_and_everything_else_goes_on(run: Run, books: str) -> None:
    assert run(*YES).status == 0
    assert traces(books, OF_ANNE) == set()
    assert run("verify").status == 0
    assert run("backup", "copy.db").status == 0
    assert run("export-events", "log.jsonl").status == 0
    folder = Path(books).parent
    assert traces(str(folder / "copy.db"), OF_ANNE) == set()
    assert traces(str(folder / "log.jsonl"), OF_ANNE) == set()
    everything = ("plain", "csv", "json", "table")
    shown_as = dict.fromkeys(
        ("history anne", "statement anne", "accounts", "replay anne --step"), everything
    )
    for command, forms in {**shown_as, "events": everything[:3]}.items():
        for form in forms:
            shown = run(*command.split(), "--format", form)
            assert shown.status == 0, shown
            assert not [text for text in OF_ANNE if text in shown.out + shown.err]


def test_events_show_null(run: Run, books: str) -> None:
    assert run(*YES).status == 0
    lines = [
        json.loads(line) for line in run("events", "--account", "anne", "--json").out.splitlines()
    ]
    assert lines[0]["data"]["owner"] is None
    assert lines[1]["data"]["description"] is None
    assert lines[-1]["data"] == {"reason": "asked for it"}


def test_projections_of_others_are_told(run: Run, books: str, environ: dict[str, str]) -> None:
    with apsw.Connection(books) as file:
        file.execute('CREATE TABLE "words" ("word" TEXT PRIMARY KEY) STRICT, WITHOUT ROWID')
        file.execute("INSERT INTO words VALUES (?)", (OF_ANNE[0],))
        file.execute("INSERT INTO projections VALUES ('words', 1, 5)")
        for name in ("idempotency_keys", "snapshots", "streams", 'x" y', "gone"):
            file.execute("INSERT INTO projections VALUES (?, 1, 5)", (name,))
    done = run(*YES, "--json")
    assert done.status == 0, done
    assert "words" in done.json["emptied_projections"]
    assert "had to be emptied" in done.err
    assert traces(books, OF_ANNE) == set()
    with apsw.Connection(books) as file:
        assert file.execute("SELECT count(*) FROM idempotency_keys").fetchone() == (1,)
        assert file.execute("SELECT DISTINCT position FROM projections WHERE version = 1").get == 0


def test_a_test_ledger_says_that_guesses_can_be_checked(path: str, run: Run) -> None:
    from ledger.domain.book_events import TestLedger

    test = TestLedger("2026-03-01T09:00:00Z+1s", "7")
    with Ledger.open(path, test=test) as ledger:
        ledger.open_account("anne", "Anne")
        assert ledger.erase("anne", "asked for it").guessable


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("nobody", "--reason", "x", "--yes"), 4, "no_such_account"),
        (("anne", "--yes"), 2, "invalid_usage"),
        (("--reason", "x", "--yes"), 2, "invalid_usage"),
        (("$book", "--reason", "x", "--yes"), 2, "invalid_account_id"),
        (("anne", "--reason", "x" * 10_001, "--yes"), 2, "invalid_text"),
    ],
)
def test_what_is_refused_changes_nothing(
    run: Run, books: str, tmp_path: Path, arguments: tuple[str, ...], status: int, code: str
) -> None:
    before = tree(tmp_path)
    refused = run("erase", *arguments, "--json")
    assert (refused.status, refused.out, refused.error["code"]) == (status, "", code)
    assert refused.error["hint"]
    assert tree(tmp_path) == before


def test_without_a_ledger_none_is_made(run: Run, tmp_path: Path) -> None:
    assert run(*YES, "--json").error["code"] == "no_such_ledger"
    assert list(tmp_path.iterdir()) == []


def test_the_older_world_is_refused_with_what_to_type(run: Run, tmp_path: Path) -> None:
    assert run("import-events", str(SAMPLE_DATA / "older_world.jsonl")).status == 0
    account = run("accounts").out.split("\t")[0]
    before = tree(tmp_path)
    refused = run("erase", account, "--reason", "x", "--yes", "--json")
    assert (refused.status, refused.error["code"]) == (3, "not_erasable")
    assert refused.error["hint"].endswith(f"ledger migrate {tmp_path}/books.db new.db --lift")
    assert tree(tmp_path) == before


@pytest.fixture
def reader(books: str) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(books)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM events").fetchall()
    yield connection
    connection.close()


def test_traces_are_told_with_what_to_type(
    run: Run, books: str, reader: apsw.Connection, tmp_path: Path
) -> None:
    done = run(*YES, "--json", LEDGER_LOCK_TIMEOUT="0.2")
    assert done.status == 5
    assert done.json["erased"]
    assert "has been using" in done.json["traces"]
    warning, hint = done.err.splitlines()[-2:]
    assert "traces of them may be left in" in warning
    assert f"{books}-wal" in warning
    reader.close()
    env = environment(tmp_path, books)
    again = program.run(
        *hint.partition(": ledger ")[2].replace("'asked for it'", "x").split(), env=env
    )
    assert (again.status, again.json["erased"], again.json["traces"]) == (0, False, None)
    assert traces(books, OF_ANNE) == set()


# ── statements ──────────────────────────────────────────────────────────────────────────────────


def test_an_import_over_erased_entries_says_so(run: Run, books: str, tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text("Date,Text,Amount\n2026-01-09,Beitrag,5.55\n")
    command = ("import", "--yes", "bank.csv", "--account", "anne")
    assert run(*command).status == 0
    assert run(*YES).status == 0
    done = run(*command)
    assert "line 2: taken for an entry of that date and amount that is there already" in done.err
    assert "its description was erased" in done.err
    assert "imported 0 (in 0.00, out 0.00 USD), already there 1, refused 0" in done.err
    hint = next(line for line in done.err.splitlines() if line.startswith("line 2"))
    typed = hint.partition("record it: ledger ")[2].split()
    assert typed[:3] == ["deposit", "anne", "5.55"]
    assert run(*typed).status == 0
    document = json.loads(run(*command, "--json").out.splitlines()[-1])
    assert document["outcome"] == "already there"
    assert document["unsure"] == "its description was erased"
