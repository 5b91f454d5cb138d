"""What lies beside a ledger is not read before it is known whose it is."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import socket
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from ledger import Ledger
from tests.hostile.conftest import RunBounded
from tests.support.hostile.schemas import put
from tests.support.program import PROGRAM, environment

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

SOMEBODY = 65_534
"""`nobody`, nearly everywhere."""

COMMANDS = (
    ("deposit", "a", "1"),
    ("balance", "a"),
    ("verify",),
    ("doctor",),
    ("doctor", "--repair"),
    ("backup", "copy.db"),
)

Put = Callable[[Path], None]


def a_link(path: Path) -> None:
    path.with_name("target").write_bytes(b"of somebody")
    path.symlink_to("target")


def a_link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def another_name(path: Path) -> None:
    path.with_name("target").write_bytes(b"of somebody")
    os.link(path.with_name("target"), path)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's path is short
        listener.bind(path.name)
        os.chdir(here)


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize(
    "put", [a_link, a_link_to_nowhere, another_name, a_folder, a_pipe, a_socket]
)
def test_what_is_no_file_of_its_own_is_refused(
    run: RunBounded, books: Path, suffix: str, put: Put
) -> None:
    put(books.with_name(f"books.db{suffix}"))
    held = books.read_bytes()

    for command in COMMANDS:
        refused = run(*command, "--json")
        assert (refused.status, refused.error["code"]) == (6, "foreign_file"), refused
        assert f"books.db{suffix} " in refused.error["message"]
    assert books.read_bytes() == held
    target = books.with_name("target")
    assert not target.exists() or target.read_bytes() == b"of somebody"

    follow_hint(refused.error["hint"], books.parent)
    assert run("deposit", "a", "1").status == 0


def journal_of_another(path: Path) -> bytes:
    """A journal that would put another content into a database when it is next opened."""
    other = path.with_name("forged.db")
    shutil.copy(path, other)
    with closing(apsw.Connection(str(other))) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute("PRAGMA cache_size = 1; PRAGMA cache_spill = ON; BEGIN IMMEDIATE")
        file.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        file.execute("UPDATE account_summaries SET owner = 'Mallory'")
        file.cache_flush()
        journal = path.with_name("forged.db-journal").read_bytes()
        file.execute("ROLLBACK")
    other.unlink()
    return journal


def test_a_journal_is_never_rolled_back_into_a_ledger(run: RunBounded, books: Path) -> None:
    journal = journal_of_another(books)
    with Ledger.open(books, create=False) as ledger:
        ledger.deposit("a", "1")
    held = books.read_bytes()
    books.with_name("books.db-journal").write_bytes(journal)

    for command in COMMANDS:
        refused = run(*command, "--json")
        assert refused.error["code"] == "foreign_file", refused
    assert books.read_bytes() == held
    follow_hint(refused.error["hint"], books.parent)
    assert run("balance", "a").out == "126.75\n"


@AS_ROOT
@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_another_users_file_is_refused_in_a_shared_folder(
    run: RunBounded, books: Path, suffix: str
) -> None:
    books.parent.chmod(0o777)
    beside = books.with_name(f"books.db{suffix}")
    beside.touch()
    os.chown(beside, SOMEBODY, SOMEBODY)

    for command in COMMANDS:
        refused = run(*command, "--json")
        assert refused.error["code"] == "foreign_file", refused
        assert f"{suffix} belongs to " in refused.error["message"]
        assert "mv " not in refused.error["hint"]  # it may hold what somebody was told is recorded
    beside.unlink()
    assert run("deposit", "a", "1").status == 0


@AS_ROOT
@pytest.mark.parametrize(
    ("mode", "group", "trusted"),
    [(0o660, SOMEBODY, True), (0o666, 0, True), (0o640, SOMEBODY, False), (0o660, 0, False)],
)
def test_a_file_of_who_may_write_the_ledger_is_taken(
    run: RunBounded, books: Path, mode: int, group: int, trusted: bool
) -> None:
    """Treasurers who share a ledger leave files beside it for one another."""
    os.chown(books, -1, group)
    books.chmod(mode)
    beside = books.with_name("books.db-wal")
    beside.touch()
    os.chown(beside, SOMEBODY, SOMEBODY)

    assert (run("balance", "a").status == 0) is trusted


@AS_ROOT
@pytest.mark.parametrize(("world", "trusted"), [(0, True), (0o007, False)])
def test_in_the_folder_of_a_group_its_members_files_are_taken(
    run: RunBounded, books: Path, world: int, trusted: bool
) -> None:
    """Whoever is no member cannot put one there, unless all the world can."""
    os.chown(books, -1, SOMEBODY)
    books.chmod(0o660)
    os.chown(books.parent, -1, SOMEBODY)
    books.parent.chmod(0o2770 | world)
    beside = books.with_name("books.db-wal")
    beside.touch()
    os.chown(beside, 12_345, SOMEBODY)

    assert (run("balance", "a").status == 0) is trusted


# ── a write-ahead log that its writer left behind ───────────────────────────────────────────────


def left_behind(source: Path, folder: Path) -> tuple[Path, Path]:
    """A ledger with a deposit that is only in the log, as a killed writer leaves them."""
    folder.mkdir()
    with Ledger.open(source, create=False) as ledger:
        ledger.deposit("a", "1000")
        for suffix in ("", "-wal"):
            shutil.copy(f"{source}{suffix}", folder / f"books.db{suffix}")
    return folder / "books.db", folder / "books.db-wal"


def test_its_own_log_is_taken_in(run: RunBounded, books: Path, tmp_path: Path) -> None:
    path, log = left_behind(books, tmp_path / "left")
    assert run("balance", "a", "--db", str(path)).out == "1125.75\n"
    assert not log.exists()


def test_its_own_log_is_taken_in_by_a_backup_of_its_base(
    run: RunBounded, books: Path, tmp_path: Path
) -> None:
    base = books.read_bytes()
    path, _ = left_behind(books, tmp_path / "left")
    path.write_bytes(base)
    assert run("balance", "a", "--db", str(path)).out == "1125.75\n"


def another_ledger(path: Path) -> None:
    path.unlink()
    with Ledger.open(path.with_name("other.db")) as ledger:
        for account in "abcj":
            ledger.open_account(account, "Somebody else", initial_balance="7")
        for _ in range(20):
            ledger.deposit("a", "1")
    path.with_name("other.db").rename(path)


def an_earlier_backup(path: Path) -> None:
    """The file as it was before the events before the last one."""
    path.write_bytes(path.with_name("earlier.db").read_bytes())


def a_shorter_ledger(path: Path) -> None:
    path.unlink()
    with Ledger.open(path.with_name("other.db")):
        pass
    path.with_name("other.db").rename(path)


@pytest.mark.parametrize("log_is", ["newer", "older"])
@pytest.mark.parametrize("replace", [another_ledger, an_earlier_backup, a_shorter_ledger])
def test_the_log_of_another_file_is_refused(
    run: RunBounded, books: Path, tmp_path: Path, replace: Put, log_is: str
) -> None:
    earlier = books.read_bytes()
    with Ledger.open(books, create=False) as ledger:
        for number in range(200):  # so many pages that those of before are no base for the log
            ledger.open_account(f"account-{number}", "Ana", initial_balance="1")
    path, log = left_behind(books, tmp_path / "left")
    path.with_name("earlier.db").write_bytes(earlier)
    content = log.read_bytes()
    if log_is == "newer":
        log.unlink()
    replace(path)
    log.write_bytes(content)
    if log_is == "older":
        os.utime(log, (1, 1))
    held = path.read_bytes()

    for command in COMMANDS:
        refused = run(*command, "--db", str(path), "--json")
        assert (refused.status, refused.error["code"]) == (6, "foreign_file"), refused
        assert "holds writes to another file than" in refused.error["message"]
    assert path.read_bytes() == held
    assert log.read_bytes() == content
    follow_hint(refused.error["hint"], path.parent)
    assert run("verify", "--db", str(path)).status == 0


def test_where_nobody_can_tell_nothing_is_carried_over(
    run: RunBounded, books: Path, tmp_path: Path
) -> None:
    put(books, "trigger", "events")
    with Ledger.open(tmp_path / "other.db") as ledger:
        ledger.open_account("a", "Somebody else")
        books.with_name("books.db-wal").write_bytes((tmp_path / "other.db-wal").read_bytes())
    held = books.read_bytes()

    for command in (*COMMANDS[:2], ("backup", "copy.db")):
        refused = run(*command, "--json")
        assert (refused.status, refused.error["code"]) == (6, "damaged_ledger"), refused
        assert "nobody can tell whether" in refused.error["message"]
        assert refused.error["hint"].endswith("have the ledger diagnosed: ledger doctor")
        assert books.read_bytes() == held
    assert run("doctor").status == 6
    assert books.read_bytes() == held


def test_who_holds_the_log_keeps_nobody_waiting_for_ever(
    run: RunBounded, books: Path, tmp_path: Path
) -> None:
    path, log = left_behind(books, tmp_path / "left")
    with log.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = run("balance", "a", "--db", str(path), "--json")
        assert (refused.status, refused.error["code"]) == (5, "lock_timeout"), refused
    assert run("balance", "a", "--db", str(path)).out == "1125.75\n"


def test_a_log_with_another_schema_is_another_ledgers(
    run: RunBounded, books: Path, tmp_path: Path
) -> None:
    with Ledger.open(tmp_path / "other.db") as ledger:
        for number in range(50):
            ledger.open_account(f"a{number}", "Somebody else")
    with closing(apsw.Connection(str(tmp_path / "other.db"))) as file:
        file.execute("CREATE TABLE notes (text)")  # so its log begins with the page of the schema
        shutil.copy(tmp_path / "other.db-wal", books.with_name("books.db-wal"))
    held = books.read_bytes()

    refused = run("balance", "a", "--json")
    assert (refused.status, refused.error["code"]) == (6, "foreign_file"), refused
    assert books.read_bytes() == held
    follow_hint(refused.error["hint"], books.parent)
    assert run("verify").status == 0


def test_of_a_changed_log_it_is_said_what_was_changed(
    run: RunBounded, books: Path, tmp_path: Path
) -> None:
    with closing(apsw.Connection(str(books))) as file:
        file.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
        file.execute("UPDATE events SET effective_at = effective_at - 1 WHERE position = 9")
    path, _ = left_behind(books, tmp_path / "left")

    found = run("verify", "--db", str(path), "--json")
    assert found.status == 6
    assert 9 in {each["position"] for each in found.json["findings"]}


def test_a_new_ledger_is_not_made_beside_the_writes_of_a_lost_one(
    run: RunBounded, books: Path, tmp_path: Path
) -> None:
    path, log = left_behind(books, tmp_path / "left")
    lost = path.read_bytes()
    path.unlink()

    refused = run("open", "x", "--owner", "X", "--db", str(path), "--json")
    assert (refused.status, refused.error["code"]) == (6, "foreign_file"), refused
    assert not path.exists()
    path.write_bytes(lost)
    assert run("balance", "a", "--db", str(path)).out == "1125.75\n"
    assert not log.exists()


# ── what is written ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize(
    "command",
    [
        "backup {}",
        "backup {} --force",
        "export-events {}",
        "export-events {} --force",
        "open x --owner X --db {}",
        "migrate books.db {}",
    ],
)
def test_nothing_is_written_under_the_name_of_what_lies_beside_a_file(
    run: RunBounded, tmp_path: Path, suffix: str, command: str
) -> None:
    (tmp_path / "theirs").write_bytes(b"of another program")
    name = f"theirs{suffix}"

    refused = run(*command.format(name).split())
    assert refused.status == 2, refused
    assert "belongs to" in refused.err or "migrate" in command
    assert sorted(path.name for path in tmp_path.iterdir()) == ["books.db", "theirs"]


@pytest.mark.parametrize("command", ["backup copy", "export-events copy"])
def test_what_holds_the_whole_ledger_is_for_its_owner_alone(
    run: RunBounded, tmp_path: Path, command: str
) -> None:
    assert run(*command.split()).status == 0
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


def follow_hint(hint: str, folder: Path) -> None:
    """Do what a hint says, as it is printed."""
    _, _, typed = hint.rpartition(": ")
    assert typed.startswith("mv "), hint
    subprocess.run(shlex.split(typed), cwd=folder, check=True)


@pytest.mark.parametrize("command", ["backup dangling --force", "export-events dangling --force"])
def test_nothing_is_written_through_a_link_to_nowhere(
    run: RunBounded, tmp_path: Path, command: str
) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    refused = run(*command.split())
    assert refused.status == 2
    assert "is a link to" in refused.err
    assert (tmp_path / "dangling").is_symlink()


@pytest.mark.parametrize("command", ["balance a", "doctor", "export-events y"])
def test_a_working_folder_that_is_gone_is_no_full_disk(
    books: Path, tmp_path: Path, command: str
) -> None:
    gone = tmp_path / "gone"
    line = f"mkdir {gone}; cd {gone}; rmdir {gone}; {PROGRAM} {command}"
    for ledger in ("x.db", str(books)):
        ended = subprocess.run(
            ["sh", "-c", line],
            env=environment(tmp_path, ledger),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "free some space" not in ended.stderr, ended
        if ledger == "x.db":
            assert ended.returncode == 4, ended
            assert "there is no ledger at x.db" in ended.stderr
