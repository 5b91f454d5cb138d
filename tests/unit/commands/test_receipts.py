from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.commands.receipts import receipt_of
from ledger.domain.receipts import Receipt, check_receipts
from ledger.errors import InvalidOption
from tests.support.file_locks import can_lock
from tests.support.permissions import run_bound

MIB = 1 << 20

SHOW = """
import sys
from ledger.commands.receipts import receipt_of
from ledger.errors import InvalidOption
try:
    print(receipt_of(sys.argv[1]).sha256)
except InvalidOption as error:
    print(error.message)
"""

APPEND = """
import sys
with open(sys.argv[1], "ab", buffering=0) as file:
    while True:
        file.write(b"x" * 4096)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def receipt_file(folder: Path) -> Path:
    path = folder / "receipt.pdf"
    path.write_bytes(b"a receipt")
    return path


def refusal(path: str | Path, call: Callable[[], object] | None = None) -> InvalidOption:
    with pytest.raises(InvalidOption) as caught:
        call() if call else receipt_of(path)
    error = caught.value
    assert error.details == {"path": str(path)}
    assert error.advice
    assert error.message.isprintable()
    assert not error.message.endswith(".")
    return error


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("size", [1, 9, MIB - 1, MIB, MIB + 1, 3 * MIB + 7])
def test_a_receipt_is_the_size_and_the_digest_of_a_file(folder: Path, size: int) -> None:
    path = folder / "file"
    content = os.urandom(size)
    path.write_bytes(content)
    receipt = receipt_of(path)
    assert receipt == Receipt(size, sha256(content).hexdigest())
    assert check_receipts([receipt]) == (receipt,)
    assert receipt_of(str(path)) == receipt


def test_a_large_file_does_not_fill_the_memory(folder: Path) -> None:
    size = 96 * MIB
    path = sparse(folder / "large", size)
    pieces: list[int] = []
    tracemalloc.start()
    try:
        receipt = receipt_of(path, on_read=pieces.append)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB
    assert sum(pieces) == receipt.size == size
    digest = sha256()
    for _ in range(96):
        digest.update(bytes(MIB))
    assert receipt.sha256 == digest.hexdigest()


def test_reading_5_gb_can_be_given_up_at_any_piece(folder: Path) -> None:
    path = sparse(folder / "huge", 5 * 1024 * MIB)

    def give_up(size: int) -> None:
        raise KeyboardInterrupt

    files = len(os.listdir("/dev/fd"))
    with pytest.raises(KeyboardInterrupt):
        receipt_of(path, on_read=give_up)
    assert len(os.listdir("/dev/fd")) == files


def test_what_a_listener_raises_is_not_blamed_on_the_file(receipt_file: Path) -> None:
    def fail(size: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        receipt_of(receipt_file, on_read=fail)


def test_a_link_stands_for_its_file(receipt_file: Path, folder: Path) -> None:
    (folder / "link").symlink_to(receipt_file)
    assert receipt_of(folder / "link") == receipt_of(receipt_file)


def test_a_link_is_not_followed_where_that_is_wanted(receipt_file: Path, folder: Path) -> None:
    link = folder / "link"
    link.symlink_to(receipt_file)
    error = refusal(link, lambda: receipt_of(link, follow_links=False))
    assert error.message == f"{str(link)!r} is a link, and a receipt is a file"
    assert receipt_of(receipt_file, follow_links=False).size == 9


def test_a_missing_file_is_refused(folder: Path) -> None:
    path = folder / "missing"
    assert refusal(path).message == f"{str(path)!r} cannot be read: No such file or directory"
    assert refusal(folder / "receipt" / "of" / "none").advice == "check the path"


def test_what_lies_below_a_file_is_refused(receipt_file: Path) -> None:
    assert "Not a directory" in refusal(receipt_file / "x").message


def test_a_dangling_link_is_told_from_a_missing_file(folder: Path) -> None:
    link = folder / "link"
    link.symlink_to("moved.pdf")
    error = refusal(link)
    assert error.message == f"{str(link)!r} is a link to 'moved.pdf', and no file is there"


def test_a_link_to_itself_is_refused(folder: Path) -> None:
    link = folder / "link"
    link.symlink_to("link")
    assert "Too many levels of symbolic links" in refusal(link).message


def test_an_empty_file_is_refused(folder: Path) -> None:
    path = folder / "empty"
    path.touch()
    assert refusal(path).message == f"{str(path)!r} is empty, and an empty file proves nothing"


def test_stdin_is_refused() -> None:
    assert "stdin cannot be a receipt" in refusal("-").message


def test_a_file_may_be_named_as_stdin_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "-").write_bytes(b"x")
    assert receipt_of("./-").size == 1


def test_a_path_must_be_one() -> None:
    assert refusal("").message == "no file is named as a receipt"
    assert refusal("a\0b").message == r"'a\x00b' cannot be read: no file can have that name"
    assert "no file can have that name" in refusal("\ud83d").message


def test_a_name_that_is_not_utf_8_is_read(folder: Path) -> None:
    path = os.fsencode(folder) + b"/\xff.pdf"
    Path(os.fsdecode(path)).write_bytes(b"x")
    assert receipt_of(os.fsdecode(path)).size == 1


def test_a_folder_is_refused(folder: Path) -> None:
    assert refusal(folder).message == f"{str(folder)!r} is a folder, and a receipt is a file"


def test_a_pipe_is_refused_without_waiting_for_a_writer(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    assert "is a pipe" in refusal(pipe).message
    (folder / "link").symlink_to(pipe)
    assert "is a pipe" in refusal(folder / "link").message


def test_a_pipe_with_a_writer_loses_nothing(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    ends = os.open(pipe, os.O_RDWR)
    try:
        os.write(ends, b"a line")
        assert "is a pipe" in refusal(pipe).message
        assert os.read(ends, 99) == b"a line"
    finally:
        os.close(ends)


def test_a_socket_and_a_device_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert "is a socket" in refusal("socket").message
    assert "is a device" in refusal(os.devnull).message
    assert "is a device" in refusal("/dev/zero").message


def test_a_pipe_that_takes_the_place_of_the_file_is_not_waited_for(
    receipt_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = os.open

    def exchange_and_open(path: str, flags: int) -> int:
        receipt_file.unlink()
        os.mkfifo(receipt_file)
        return really_open(path, flags)

    monkeypatch.setattr(os, "open", exchange_and_open)
    assert "is a pipe" in refusal(receipt_file).message


def test_an_unreadable_file_is_refused(receipt_file: Path) -> None:
    receipt_file.chmod(0)
    shown = run_bound([sys.executable, "-c", SHOW, receipt_file], cwd=Path.cwd())
    assert shown.stdout == f"{str(receipt_file)!r} cannot be read: Permission denied\n"


def test_a_file_in_an_unreadable_folder_is_refused(folder: Path) -> None:
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "file").write_bytes(b"x")
    (folder / "link").symlink_to(hidden / "file")
    hidden.chmod(0)
    try:
        for path in (hidden / "file", folder / "link"):
            shown = run_bound([sys.executable, "-c", SHOW, path], cwd=Path.cwd())
            assert shown.stdout == f"{str(path)!r} cannot be read: Permission denied\n"
    finally:
        hidden.chmod(0o700)


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def cut_off(path: Path) -> None:
    os.truncate(path, 5)


def write_over(path: Path) -> None:
    before = path.stat()
    with path.open("r+b") as file:
        file.write(b"B")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def put_another_in_its_place(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    before = path.stat()
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


CHANGES = [append, cut_off, write_over, put_another_in_its_place, Path.unlink]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("size", [9, 3 * MIB])
def test_a_file_that_changes_while_it_is_read_is_refused(
    folder: Path, change: Callable[[Path], None], size: int
) -> None:
    path = folder / "file"
    path.write_bytes(b"a" * size)
    changed: list[int] = []

    def change_once(size: int) -> None:
        if not changed:
            change(path)
        changed.append(size)

    error = refusal(path, lambda: receipt_of(path, on_read=change_once))
    assert error.message == f"{str(path)!r} changed while it was read"


def first_refusal(path: Path, deadline: float) -> str:
    """Why a file is refused; on a busy machine the writer may pause while it is read."""
    while time.monotonic() < deadline:
        try:
            receipt_of(path)
        except InvalidOption as error:
            return error.message
    return "never refused"


def test_a_file_that_another_process_goes_on_writing_is_refused(folder: Path) -> None:
    path = folder / "file"
    path.write_bytes(b"x" * 2 * MIB)
    with subprocess.Popen([sys.executable, "-c", APPEND, path]) as writer:
        try:
            size = path.stat().st_size
            deadline = time.monotonic() + 30
            while path.stat().st_size == size and time.monotonic() < deadline:
                time.sleep(0.01)
            assert "changed while it was read" in first_refusal(path, deadline)
        finally:
            writer.kill()
    assert receipt_of(path).size == path.stat().st_size


def test_a_file_that_grows_as_fast_as_it_is_read_has_an_end(folder: Path) -> None:
    path = folder / "file"
    path.write_bytes(b"x")
    pieces: list[int] = []

    def grow(size: int) -> None:
        pieces.append(size)
        append(path)
        assert len(pieces) < 9

    assert (
        "changed while it was read" in refusal(path, lambda: receipt_of(path, on_read=grow)).message
    )


def test_an_error_of_the_disk_in_the_middle_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "file"
    path.write_bytes(b"x" * 3 * MIB)
    really_read = os.read
    pieces: list[int] = []

    def read_once(file: int, size: int) -> bytes:
        if pieces:
            raise OSError(5, "Input/output error")
        return really_read(file, size)

    monkeypatch.setattr(os, "read", read_once)
    error = refusal(path, lambda: receipt_of(path, on_read=pieces.append))
    assert error.message == f"{str(path)!r} cannot be read: Input/output error"
    assert pieces == [MIB]


KERNEL = Path("/sys/class/net/lo")


@pytest.mark.skipif(not (KERNEL / "mtu").exists(), reason="only Linux has such files")
def test_a_file_that_does_not_hold_what_its_size_says_is_refused() -> None:
    error = refusal(KERNEL / "mtu")
    assert "it should have 4096 bytes, and 6 came" in error.message
    try:
        (KERNEL / "speed").read_bytes()
    except OSError:
        assert "Invalid argument" in refusal(KERNEL / "speed").message


def test_a_file_of_the_ledger_is_refused_and_its_locks_are_kept(path: str, folder: Path) -> None:
    books = Path(path)
    books.write_bytes(b"books")
    (folder / "link").symlink_to(books)
    os.link(books, folder / "hard")
    files = [str(folder / "books.db-wal"), path]
    with books.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        for name in ("books.db", "link", "hard"):
            alias = folder / name
            error = refusal(alias, partial(receipt_of, alias, ledger_files=files))
            assert "is a file of the ledger itself" in error.message
        assert not can_lock(books)
    assert can_lock(books)
