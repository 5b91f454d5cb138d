"""The soak: files with anything in any place, and anything beside them, until the time is up.

An answer is the right one, or an error, whatever was done to the file.

``pytest -m soak tests/hostile --soak-seconds 600``, and ``--soak-seed N`` to go the same way again.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from ledger import Ledger
from tests.hostile.conftest import RunBounded
from tests.support.hostile.schemas import DERIVED, KINDS, LOG, put
from tests.support.soak import Soak

QUESTIONS = ("balance a", "balance", "accounts", "history a", "statement b", "replay a", "head")
COMMANDS = (*QUESTIONS, "deposit a 1", "verify", "doctor", "export-events -", "backup copy.db")

BESIDE = ("-wal", "-shm", "-journal")


@pytest.mark.soak
def test_hostile_files_soak(run: RunBounded, books: Path, tmp_path: Path, soak: Soak) -> None:
    rng = random.Random(soak.seed)
    sound = shutil.copy(books, tmp_path / "sound")
    truth = {question: run(*question.split()).out for question in QUESTIONS}
    wals = other_logs(tmp_path)
    deadline = monotonic() + soak.seconds
    while monotonic() < deadline:
        clear(books)
        shutil.copy(sound, books)
        done = [hostile(rng, books, wals) for _ in range(rng.randint(1, 3))]
        held = books.read_bytes()
        answers = dict(truth)
        for command in rng.sample(COMMANDS, 4):
            ended = run(*command.split())
            assert ended.status in (0, 1, 2, 4, 6), (ended, done)
            if not ended.status and command.startswith("deposit"):
                answers.clear()  # they are others now
            if not ended.status and command in answers:
                assert ended.out == answers[command], (ended, done)
            if ended.status and not command.startswith("deposit"):
                assert books.read_bytes() == held, (command, done)
            held = books.read_bytes()
        repaired = run("doctor", "--repair")
        assert repaired.status in (0, 2, 6), (repaired, done)
        if not repaired.status:
            assert run("verify").status == 0, done
            assert run("balance", "b").out == truth["balance"].split("b\t")[1].split("\t")[0] + "\n"
            soak.figures["repaired"] += 1
        soak.figures["files"] += 1


def hostile(rng: random.Random, books: Path, wals: list[bytes]) -> str:
    """Do something to a file, and say what."""
    match rng.randrange(4):
        case 0 | 1:
            kind, place = rng.choice(list(KINDS)), rng.choice((*LOG, *DERIVED))
            with suppress(sqlite3.Error):  # what was there before may be gone
                put(books, kind, place)
            return f"{kind} at {place}"
        case 2:
            beside = books.with_name(f"books.db{rng.choice(BESIDE)}")
            content = rng.choice([*wals, b"", rng.randbytes(5_000)])
            beside.write_bytes(content)
            return f"{len(content)} bytes in {beside.name}"
        case _:
            column, table = (
                rng.choice(["sql", "name", "tbl_name", "rootpage", "type"]),
                rng.choice((*LOG, *DERIVED)),
            )
            value = rng.choice(["NULL", "5", "'x'", "x'00ff'", "'events'", "zeroblob(100000)"])
            connection = sqlite3.connect(books, isolation_level=None)
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA writable_schema = ON")
                connection.execute(
                    f"UPDATE sqlite_schema SET {column} = {value} WHERE name = '{table}'"
                )
            connection.close()
            return f"{column} of {table} is {value}"


def other_logs(folder: Path) -> list[bytes]:
    """Write-ahead logs of other ledgers."""
    logs = []
    for number in range(3):
        path = folder / f"other-{number}.db"
        with Ledger.open(path) as ledger:
            for account in range(number * 50 + 1):
                ledger.open_account(f"a{account}", "Ana", initial_balance="7")
            logs.append(path.with_name(f"{path.name}-wal").read_bytes())
        with Ledger.open(path) as ledger:
            ledger.deposit("a0", "1")
            logs.append(path.with_name(f"{path.name}-wal").read_bytes())
    return logs


def clear(books: Path) -> None:
    for path in books.parent.glob("books.db*"):
        path.unlink()
    books.with_name("copy.db").unlink(missing_ok=True)
