"""``ledger backup``: a checked copy, or all as it was."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from ledger import Ledger
from ledger.eventstore.appending import follow_chain
from tests.support.cli.terminal import run_on_terminal
from tests.support.file_content import tree
from tests.support.program import PROGRAM, Refused, Run


def whole(path: Path) -> int:
    """See that a ledger is whole; gives its last position."""
    with Ledger.open(path, create=False) as ledger:
        events = list(follow_chain(ledger.ledger_id, ledger.events(raw=True)))
        assert [view.checkpoint for view in ledger.projections()] == [len(events)] * 2
        assert all(ledger.agreement(account).holds for account in ledger.account_ids())
    return len(events)


def test_a_backup_is_one_file_that_answers_as_the_ledger_does(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    done = run("backup", "copy.db", "--json")
    assert (done.status, done.err) == (0, "")
    copy = tmp_path / "copy.db"
    assert done.json == {
        "path": "copy.db",
        "events": 12,
        "head": run("balance", "acc-001", "--json").json["head"],
        "size": copy.stat().st_size,
        "archive_folders": [],
    }
    assert sorted(os.listdir(tmp_path)) == ["books.db", "copy.db"]
    assert copy.stat().st_mode & 0o777 == 0o600
    for question in ("balance", "accounts", "history acc-001", "export-events"):
        words = (*question.split(), "--json")
        assert run(*words, "--db", "copy.db").out == run(*words).out
    assert whole(copy) == 12


def test_a_backup_can_be_opened_where_nothing_can_be_written(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "cellar"
    folder.mkdir()
    assert run("backup", "cellar/copy.db").status == 0
    (folder / "copy.db").chmod(0o400)
    folder.chmod(0o500)
    asked = run("balance", "acc-001", "--db", "cellar/copy.db", bound=True)
    folder.chmod(0o700)
    assert (asked.status, asked.out) == (0, "124.75\n")


def test_it_says_what_it_did_in_each_format(run: Run, small_books: Path) -> None:
    head, size = run("balance", "acc-001", "--json").json["head"], small_books.stat().st_size
    assert run("backup", "1.db").out == f"1.db\t12\t{head}\t{size}\t[]\n"
    assert run("backup", "2.db", "--format", "csv").out == (
        f"path,events,head,size,archive_folders\r\n2.db,12,{head},{size},[]\r\n"
    )
    assert run("backup", "3.db", "--format", "table").out == (
        f"12 changes copied to 3.db, and checked\nhead {head}\n"
    )


def test_a_terminal_gets_the_same_in_words(
    environ: dict[str, str], small_books: Path, tmp_path: Path
) -> None:
    shown = run_on_terminal(
        [PROGRAM, "backup", "copy.db"], env={**environ, "NO_COLOR": "1"}, cwd=tmp_path
    )
    assert re.fullmatch(
        r"12 changes copied to copy\.db, and checked\nhead 12:[0-9a-f]{16}\n", shown.text
    )


def test_a_file_that_is_there_is_replaced_only_by_force(
    run: Run, refused: Refused, small_books: Path, tmp_path: Path
) -> None:
    assert run("backup", "copy.db").status == 0
    assert run("deposit", "acc-001", "1").status == 0
    error = refused(2, "invalid_option", "backup", "copy.db")
    assert error["hint"].startswith("name another file, or let this one be replaced: ")
    assert "--force" in error["hint"]
    assert run("backup", "copy.db", "--force").status == 0
    assert whole(tmp_path / "copy.db") == 13


def test_a_link_to_a_backup_stays_a_link(run: Run, small_books: Path, tmp_path: Path) -> None:
    (tmp_path / "cellar").mkdir()
    (tmp_path / "latest.db").symlink_to("cellar/copy.db")
    assert "is a link to" in run("backup", "latest.db").err
    assert run("backup", "cellar/copy.db").status == 0
    assert run("deposit", "acc-001", "1").status == 0
    assert run("backup", "latest.db").status == 2
    assert run("backup", "latest.db", "--force").status == 0
    assert (tmp_path / "latest.db").is_symlink()
    assert whole(tmp_path / "cellar/copy.db") == 13
    assert os.listdir(tmp_path / "cellar") == ["copy.db"]


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize(
    ("destination", "why"),
    [
        ("books.db", "is the ledger itself"),
        ("./books.db", "is the ledger itself"),
        ("soft.db", "is the ledger itself"),
        ("hard.db", "is the ledger itself"),
        ("books.db-wal", "belongs to "),
        ("books.db-shm", "belongs to "),
        ("books.db-journal", "belongs to "),
        ("folder", "is a folder"),
        ("folder/", "is a folder"),
        ("new-folder/", "is a folder"),
        (".", "is a folder"),
        ("", "is a folder"),
        ("pipe", "is not a regular file"),
        ("-", "cannot go to stdout"),
    ],
)
def test_what_must_not_be_replaced_is_left_alone(
    run: Run,
    small_books: Path,
    tmp_path: Path,
    destination: str,
    why: str,
    force: tuple[str, ...],
) -> None:
    (tmp_path / "soft.db").symlink_to("books.db")
    (tmp_path / "hard.db").hardlink_to(small_books)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    names = sorted(os.listdir(tmp_path))
    before = small_books.read_bytes()
    done = run("backup", destination, *force)
    assert (done.status, done.out) == (2, "")
    assert why in done.err
    assert "hint: " in done.err
    assert sorted(os.listdir(tmp_path)) == names
    assert small_books.read_bytes() == before


def test_a_file_that_is_in_use_is_not_pulled_away(
    run: Run, small_books: Path, tmp_path: Path
) -> None:
    """What SQLite keeps beside it would be taken for writes to the new one."""
    assert run("backup", "copy.db").status == 0
    with Ledger.open(tmp_path / "copy.db") as user:
        user.deposit("acc-001", "1")
        done = run("backup", "copy.db", "--force")
        assert done.status == 2
        assert "is in use, or was left so: copy.db-wal lies beside it" in done.err
        user.deposit("acc-001", "1")
    assert run("backup", "copy.db", "--force").status == 0
    assert whole(tmp_path / "copy.db") == 12


@pytest.mark.parametrize("folder", ["nowhere", "books.db", "locked"])
def test_a_folder_that_cannot_be_written_is_named(
    run: Run, small_books: Path, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    done = run("backup", f"{folder}/copy.db", bound=True)
    assert (done.status, done.out) == (1, "")
    assert f"no backup can be made at '{folder}/copy.db'" in done.err
    assert "hint: name a file in a folder that exists" in done.err


def damaged(path: Path, *statements: str) -> None:
    file = sqlite3.connect(path)
    with file:
        (trigger,) = file.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'events_are_never_updated'"
        ).fetchone()
        file.execute("DROP TRIGGER events_are_never_updated")
        for statement in statements:
            file.execute(statement)
        file.execute(trigger)
    file.close()


@pytest.mark.parametrize(
    "damage",
    [
        ["UPDATE events SET data = replace(data, '5000', '9000')"],
        ["UPDATE events SET text = replace(text, 'Paycheck', 'Bonus')"],
        ["UPDATE events SET event_type = 'Nonsense' WHERE position = 3"],
        ["DROP TRIGGER streams_are_never_updated"],
        ["DROP INDEX events_backdated"],
        ["UPDATE account_balances SET balance = 1"],
    ],
    ids=lambda damage: damage[0][:24],
)
def test_a_broken_ledger_does_not_replace_a_good_backup(
    refused: Refused, run: Run, small_books: Path, damage: list[str]
) -> None:
    assert run("backup", "copy.db").status == 0
    damaged(small_books, *damage)
    error: Any = refused(6, "damaged_ledger", "backup", "copy.db", "--force")
    assert "ledger doctor" in error["hint"]
    assert ".new-" not in error["message"]
    refused(6, "damaged_ledger", "backup", "other.db")


def test_torn_pages_do_not_get_into_a_backup(run: Run, small_books: Path, tmp_path: Path) -> None:
    assert run("backup", "copy.db").status == 0
    content = bytearray(small_books.read_bytes())
    page = content.index(b"Paycheck") // 4096 * 4096
    content[page : page + 4096] = bytes(4096)
    small_books.write_bytes(content)
    done = run("backup", "copy.db", "--force")
    assert done.status == 6
    assert whole(tmp_path / "copy.db") == 12


@pytest.mark.parametrize("blocks", [36, 56])
def test_a_disk_too_small_for_it_leaves_all_as_it_was(
    run: Run, small_books: Path, tmp_path: Path, blocks: int
) -> None:
    """Files may not grow beyond so many kilobytes."""
    (tmp_path / "copy.db").write_bytes(b"before")
    before = tree(tmp_path)
    limit = ("bash", "-c", f'ulimit -f {blocks}; exec "$0" "$@"')
    done = run("backup", "copy.db", "--force", prefix=limit)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: copy.db could not be ")
    assert "hint: " in done.err
    assert tree(tmp_path) == before


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger large enough that a copy of it takes a moment."""
    path = tmp_path_factory.mktemp("grown") / "grown.db"
    with Ledger.open(path) as ledger:
        for account in "ab":
            ledger.open_account(account, "Ana", initial_balance="10")
        line = b'{"command": "deposit", "account": "a", "amount": "0.01", "description": "%s"}'
        ledger.batch([line % (b"words " * 300)] * 3_000)
    return path


@pytest.mark.usefixtures("ctrl_c_works")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_whoever_ends_it_finds_the_old_backup_or_the_new_one(
    environ: dict[str, str], grown: Path, tmp_path: Path, sign: signal.Signals
) -> None:
    destination = tmp_path / "copy.db"
    environ = {**environ, "LEDGER_DB": str(grown)}
    began = monotonic()
    subprocess.run([PROGRAM, "backup", destination], env=environ, check=True, capture_output=True)
    lasts = monotonic() - began
    destination.unlink()
    ended = 0
    for share in (0.3, 0.5, 0.7, 0.8, 0.9):
        with Ledger.open(destination) as old:
            old.open_account("old", "Ana")
        with subprocess.Popen(
            [PROGRAM, "backup", destination, "--force"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            sleep(lasts * share)
            process.send_signal(sign)
            _, said = process.communicate(timeout=60)
        ended += process.returncode != 0
        # On a busy machine the signal may meet an interpreter that has not come to our code yet;
        # up to 3.11 one that strikes while a class is made is told as an error of that class.
        starting = b"Fatal Python error: init_" in said or b"Error calling __set_name__" in said
        assert process.returncode in (0, 130, -sign) or starting, said
        # It may have been ended when the new one had its name already.
        assert whole(destination) in ({2, 3_003} if process.returncode else {3_003})
        left = {path.name for path in tmp_path.iterdir()} - {destination.name}
        assert sign == signal.SIGKILL or not left
        assert all(name.startswith("copy.db.new-") for name in left)
        destination.unlink()
    assert ended


def test_backups_while_others_write_are_whole_and_nobody_waits(
    environ: dict[str, str], small_books: Path, tmp_path: Path
) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[2].split('|')\n"
        "from ledger import Ledger\n"
        "with Ledger.open(sys.argv[1], lock_timeout=5) as ledger:\n"
        "    for number in range(100_000):\n"
        "        ledger.transfer('acc-001', 'acc-002', '0.01')\n"
        "        ledger.transfer('acc-002', 'acc-001', '0.01')\n"
        "        print(ledger.head().position, flush=True)\n"
    )
    with (
        subprocess.Popen(
            [sys.executable, "-c", program, small_books, "|".join(sys.path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as writer,
        Ledger.open(small_books) as ledger,
    ):
        assert writer.stdout is not None
        positions = [int(writer.stdout.readline())]
        for number in range(5):
            report = ledger.backup(tmp_path / f"{number}.db")
            assert report.head.position >= positions[-1]
            assert report.head == ledger_head(tmp_path / f"{number}.db")
            positions.append(report.head.position)
            positions.append(int(writer.stdout.readline()))
        writer.kill()
        assert writer.stderr is not None
        assert writer.stderr.read() == b""
        last = positions[-1]
        assert ledger.head().position >= last > positions[0]
    assert [whole(tmp_path / f"{number}.db") for number in range(5)] == positions[1:-1:2]
    assert whole(small_books) >= last


def ledger_head(path: Path) -> object:
    with Ledger.open(path, create=False) as ledger:
        return ledger.head()
