"""``publish``, ``publications`` and reading back, as they are typed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.support.program import PROGRAM, PROJECT, Run

PATIENCE = 60
"""Seconds after which what has not come is taken for lost."""


def test_what_was_published_is_answered_in_all_formats(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    target = f"file:{tmp_path / 'out.jsonl'}"
    head = run("head").out.strip()
    answer = run("publish", "file:out.jsonl", "--name", "archive", "--json").json
    digest = answer.pop("hash")
    assert answer == {
        "command": "publish",
        "name": "archive",
        "target": target,
        "events": 12,
        "checkpoint": 12,
    }
    assert head == f"12:{digest[:16]}"
    assert run("publish", "file:out.jsonl", "--name", "archive").out == (
        f"archive\t{target}\t0\t12\t{digest}\n"
    )
    run("deposit", "acc-001", "1")
    assert run("publications", "--json").json == [
        {"name": "archive", "target": target, "checkpoint": 12, "lag": 1, "diverged": False}
    ]
    assert run("publications").out == f"archive\t{target}\t12\t1\tfalse\n"
    assert run("publications", "--format", "csv").out.splitlines()[0] == (
        "name,target,checkpoint,lag,diverged"
    )
    shown = run("publications", "--format", "table").out.splitlines()
    assert shown[0].split() == ["Publication", "Checkpoint", "Lag", "Target"]
    assert shown[2].split()[:4] == ["archive", "12", "1", "behind"]
    done = run("publish", "file:out.jsonl", "--name", "archive", "--format", "table").out
    assert done == f"1 event published to {target}, up to position 13\n"


def test_what_was_published_makes_the_same_ledger(run: Run, small_books: Path) -> None:
    run("publish", "file:out.jsonl")
    for name, source in (("one.db", "file:out.jsonl"), ("two.db", "out.jsonl")):
        made = run("import-events", source, "--db", name, "--json").json
        assert (made["source"], made["events"]) == ("published-events", 12)
        assert run("head", "--db", name).out == run("head").out
    refused = run("import-events", "file:out.jsonl", "--json")
    assert (refused.status, refused.error["code"]) == (3, "import_refused")


def test_of_several_ledgers_one_is_named(run: Run, small_books: Path, tmp_path: Path) -> None:
    run("publish", "file:one.jsonl")
    run("open", "a", "--owner", "Ana", "--db", "other.db")
    run("publish", "file:two.jsonl", "--db", "other.db")
    both = [(tmp_path / name).read_bytes() for name in ("two.jsonl", "one.jsonl")]
    (tmp_path / "both.jsonl").write_bytes(b"".join(both))
    refused = run("import-events", "both.jsonl", "--db", "new.db")
    assert (refused.status, "several ledgers" in refused.err) == (3, True)
    _, _, shown = refused.err.partition("made: ledger ")
    assert run(*shown.split()).status == 0
    assert run("head", "--db", "new.db").out == run("head", "--db", "other.db").out


def test_a_publication_is_forgotten_by_its_name(run: Run, small_books: Path) -> None:
    run("publish", "file:out.jsonl", "--name", "archive")
    wrong = run("publications", "--forget", "archives", "--json")
    assert (wrong.status, wrong.error["code"]) == (4, "no_such_publication")
    assert wrong.error["hint"].endswith(": ledger publications")
    assert run("publications", "--forget", "archive", "--json").json == []


def test_hints_show_commands_that_work(run: Run, small_books: Path) -> None:
    run("publish", "file:one.jsonl", "--name", "archive")
    refused = run("publish", "file:two.jsonl", "--name", "archive")
    assert refused.status == 2
    _, _, shown = refused.err.partition("begins: ledger ")
    assert run(*shown.split()).status == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_ends_at_once_and_says_what_it_did(
    number: signal.Signals,
    run: Run,
    small_books: Path,
    environ: dict[str, str],
    tmp_path: Path,
    ctrl_c_works: None,
) -> None:
    file = tmp_path / "out.jsonl"
    with subprocess.Popen(
        [PROGRAM, "publish", f"file:{file}", "--follow"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as following:
        wait_for(lambda: lines(file) == 12)
        run("deposit", "acc-001", "1")
        wait_for(lambda: lines(file) == 13)
        wait_for(lambda: run("publications", "--json").json[0]["lag"] == 0)
        begun = monotonic()
        following.send_signal(number)
        out, err = following.communicate(timeout=PATIENCE)
        assert monotonic() - begun < 10  # it takes a few hundredths
    assert (following.returncode, out) == (128 + number, b"")
    assert err.decode() == f"13 events published to file:{file}, up to position 13\n"


def lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0


def wait_for(happened: Callable[[], bool]) -> None:
    end = monotonic() + PATIENCE
    while not happened():
        assert monotonic() < end
        sleep(0.02)


@pytest.mark.parametrize(
    ("target", "module", "package"),
    [
        ("nats://localhost/LEDGER", "nats", "nats-py"),
        ("kafka://localhost/ledger", "confluent_kafka", "confluent-kafka"),
    ],
)
@pytest.mark.parametrize("words", [("publish",), ("import-events", "--db", "new.db")])
def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it(
    target: str,
    module: str,
    package: str,
    words: tuple[str, ...],
    small_books: Path,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    code = f"import sys; sys.path.insert(0, {str(PROJECT)!r}); sys.modules[{module!r}] = None; "
    code += "from ledger.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, words[0], target, *words[1:], "--json"],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"]) == (1, "missing_package")
    assert error["hint"] == f"install it: {sys.executable} -m pip install {package}"


def test_a_broker_that_is_away_is_told_with_the_command_to_go_on(
    run: Run, small_books: Path
) -> None:
    pytest.importorskip("nats")
    refused = run("publish", "nats://127.0.0.1:1/LEDGER", "--timeout", "5")
    assert refused.status == 1
    assert refused.err == (
        "error: no NATS server can be reached at 127.0.0.1:1: Connection refused\n"
        "hint: check that it runs and can be reached, then go on: "
        "ledger publish nats://127.0.0.1:1/LEDGER --timeout 5\n"
    )
    assert run("publications", "--json").json == []


def test_no_password_is_shown_or_kept(run: Run, small_books: Path) -> None:
    for target in ("nats://ana:secret@h/S", "kafka://ana:secret@h/t"):
        for words in (("publish", target), ("import-events", target, "--db", "new.db")):
            refused = run(*words, "--json")
            assert refused.status == 2
            assert "secret" not in refused.out + refused.err
    assert b"secret" not in small_books.read_bytes()
