from __future__ import annotations

import fcntl
import os
import sys
import tracemalloc
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from ledger.domain.receipts import Receipt
from ledger.errors import InvalidOption
from ledger.verification.receipts import (
    MOST_NAMED,
    FoundReceipt,
    ReceiptSearch,
    find_receipts,
)
from tests.support.file_locks import can_lock
from tests.support.permissions import run_bound

MIB = 1 << 20

SEARCH = """
import sys
import msgspec
from ledger.domain.receipts import Receipt
from ledger.verification.receipts import find_receipts
wanted = msgspec.json.decode(sys.argv[2], type=list[Receipt])
print(msgspec.json.encode(find_receipts(wanted, sys.argv[1])).decode())
"""


def receipt(content: bytes) -> Receipt:
    return Receipt(len(content), sha256(content).hexdigest())


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def found(search: ReceiptSearch) -> dict[Receipt, str]:
    return {each.receipt: each.path for each in search.found}


def search_bound(folder: Path, wanted: Sequence[Receipt]) -> ReceiptSearch:
    """As somebody whom file permissions bind."""
    texts = [sys.executable, "-c", SEARCH, str(folder), msgspec.json.encode(wanted).decode()]
    return msgspec.json.decode(run_bound(texts, cwd=Path.cwd()).stdout, type=ReceiptSearch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "receipts"
    folder.mkdir()
    return folder


RENT, FOOD, BOOK = receipt(b"the rent"), receipt(b"food"), receipt(b"a book")


def test_receipts_are_found_by_their_content_wherever_they_lie(folder: Path) -> None:
    put(folder / "a.pdf", b"nothing that is looked for")
    put(folder / "2026" / "01" / "x.pdf", b"the rent")
    put(folder / "food.png", b"food")
    search = find_receipts([RENT, FOOD, RENT, BOOK], folder)
    assert search.folder == str(folder)
    assert search.found == (
        FoundReceipt(RENT, str(folder / "2026" / "01" / "x.pdf")),
        FoundReceipt(FOOD, str(folder / "food.png")),
    )
    (missing,) = search.missing
    assert (missing.receipt, missing.same_size, missing.same_size_count) == (BOOK, (), 0)
    assert not search.complete
    assert search.conclusive
    assert (search.files, search.files_read, search.bytes_read) == (3, 2, 12)


def test_all_found_is_complete(folder: Path) -> None:
    put(folder / "a", b"food")
    search = find_receipts(iter([FOOD]), str(folder))
    assert search.complete
    assert search.conclusive
    assert (search.missing, search.unread, search.unread_count) == ((), (), 0)


def test_nothing_wanted_reads_nothing(folder: Path) -> None:
    put(folder / "a", b"food")
    search = find_receipts([], folder)
    assert search.complete
    assert (search.files, search.files_read) == (1, 0)


def test_a_file_of_the_same_size_may_be_the_receipt_edited(folder: Path) -> None:
    edited = put(folder / "rent.pdf", b"the RENT")
    put(folder / "food", b"food")
    search = find_receipts([RENT, FOOD], folder)
    (missing,) = search.missing
    assert missing.receipt == RENT
    assert missing.same_size == (str(edited),)
    assert missing.same_size_count == 1


def test_a_found_receipt_is_not_taken_for_another_one_edited(folder: Path) -> None:
    put(folder / "a", b"food")
    put(folder / "copy", b"food")
    other = put(folder / "other", b"mood")
    wanted = [FOOD, receipt(b"good")]
    (missing,) = find_receipts(wanted, folder).missing
    assert missing.same_size == (str(other),)


def test_many_files_of_one_size_are_counted_and_some_named(folder: Path) -> None:
    for number in range(MOST_NAMED + 5):
        put(folder / f"{number:04}", b"%04d" % number)
    (missing,) = find_receipts([FOOD], folder).missing
    assert missing.same_size == tuple(str(folder / f"{number:04}") for number in range(MOST_NAMED))
    assert missing.same_size_count == MOST_NAMED + 5


def test_of_copies_the_first_by_name_is_told(folder: Path) -> None:
    for name in ("z", "m/a", "b", "m/b", "a/z"):
        put(folder / name, b"food")
    search = find_receipts([FOOD], folder)
    assert found(search) == {FOOD: str(folder / "b")}
    assert search.files_read == 1  # there is nothing else to find
    (folder / "b").unlink()
    (folder / "z").unlink()
    assert found(find_receipts([FOOD], folder)) == {FOOD: str(folder / "a" / "z")}


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "rent", b"the rent")
    (folder / "file").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    (folder / "round").symlink_to(folder)
    (folder / "dangling").symlink_to("nothing")
    search = find_receipts([RENT], folder)
    assert not search.complete
    assert not search.conclusive  # it may be where a link leads
    assert (search.links, search.files, search.unread_count) == (4, 0, 0)


def test_the_folder_itself_may_be_named_by_a_link(folder: Path, tmp_path: Path) -> None:
    put(folder / "a" / "b", b"food")
    (tmp_path / "link").symlink_to(folder)
    search = find_receipts([FOOD], tmp_path / "link")
    assert found(search) == {FOOD: str(tmp_path / "link" / "a" / "b")}


def test_pipes_are_passed_by_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    put(folder / "q", b"food")
    search = find_receipts([FOOD], folder)
    assert search.complete
    assert (search.files, search.unread_count) == (1, 0)


def test_unreadable_folders_and_files_are_told(folder: Path) -> None:
    hidden, deaf = folder / "hidden", folder / "locked.pdf"
    put(hidden / "rent", b"the rent")
    put(deaf, b"food").chmod(0)
    put(folder / "unwanted", b"another size").chmod(0)
    put(folder / "z" / "book", b"a book")
    hidden.chmod(0)
    try:
        search = search_bound(folder, [RENT, FOOD, BOOK])
    finally:
        hidden.chmod(0o700)
    assert found(search) == {BOOK: str(folder / "z" / "book")}
    assert [each.path for each in search.unread] == [str(deaf), str(hidden)]
    assert [each.message for each in search.unread] == [
        f"{str(deaf)!r} cannot be read: Permission denied",
        f"{str(hidden)!r} cannot be read: Permission denied",
    ]
    assert search.unread_count == 2
    assert not search.conclusive


def test_a_folder_that_can_be_listed_only_is_told_file_by_file(folder: Path) -> None:
    listed = folder / "listed"
    for number in range(MOST_NAMED + 5):
        put(listed / f"{number:02}", b"food")
    listed.chmod(0o400)
    try:
        search = search_bound(folder, [FOOD])
    finally:
        listed.chmod(0o700)
    assert not search.complete
    assert search.unread_count == MOST_NAMED + 5
    assert len(search.unread) == MOST_NAMED


def test_a_file_that_changes_while_it_is_read_is_told(folder: Path) -> None:
    path = put(folder / "rent", b"the rent")

    def change(done: int, total: int) -> None:
        path.write_bytes(b"the rent is paid")

    search = find_receipts([RENT], folder, progress=change)
    assert not search.complete
    assert [each.message for each in search.unread] == [f"{str(path)!r} changed while it was read"]
    assert not search.conclusive


def test_what_is_taken_away_meanwhile_is_no_trouble(folder: Path) -> None:
    put(folder / "a", b"food")
    put(folder / "b" / "c" / "d", b"a book")

    def take_away(done: int, total: int) -> None:
        (folder / "b" / "c" / "d").unlink(missing_ok=True)

    search = find_receipts([FOOD, BOOK], folder, progress=take_away)
    assert found(search) == {FOOD: str(folder / "a")}


def test_a_folder_that_becomes_a_link_does_not_lead_out(folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "outside" / "rent", b"the rent")
    put(folder / "a", b"food")
    (folder / "sub").mkdir()

    def exchange(done: int, total: int) -> None:
        if not (folder / "sub").is_symlink():
            (folder / "sub").rmdir()
            (folder / "sub").symlink_to(tmp_path / "outside")

    search = find_receipts([FOOD, RENT], folder, progress=exchange)
    assert found(search) == {FOOD: str(folder / "a")}
    assert [each.path for each in search.unread] == [str(folder / "sub")]


def test_huge_files_of_other_sizes_are_not_read(folder: Path) -> None:
    with (folder / "huge").open("wb") as file:
        file.truncate(5 * 1024 * MIB)
    put(folder / "z", b"food")
    search = find_receipts([FOOD], folder)
    assert search.complete
    assert search.bytes_read == 4


def test_memory_does_not_grow_with_the_files(folder: Path) -> None:
    with (folder / "large").open("wb") as file:
        file.truncate(48 * MIB)
    for number in range(40):
        for name in range(50):
            put(folder / f"{number:02}" / f"{name:02}{'x' * 200}", b"1234")
    wanted = [Receipt(48 * MIB, RENT.sha256), FOOD]
    tracemalloc.start()
    try:
        search = find_receipts(wanted, folder)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert search.files == search.files_read == 2_001
    assert peak < 4 * MIB


def test_a_deep_folder_is_walked_as_far_as_paths_can_name_it(folder: Path) -> None:
    put(folder / "z" / "food", b"food")
    here = os.open(folder, os.O_RDONLY)
    handles = [here]
    try:
        for _ in range(40):
            os.mkdir("d" * 200, dir_fd=here)
            here = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
            handles.append(here)
        search = find_receipts([FOOD], folder)
    finally:
        for handle in reversed(handles[:-1]):
            os.rmdir("d" * 200, dir_fd=handle)
        for handle in handles:
            os.close(handle)
    assert found(search) == {FOOD: str(folder / "z" / "food")}
    assert search.unread_count == 1
    assert "File name too long" in search.unread[0].message


def test_names_that_are_not_utf_8_are_found(folder: Path) -> None:
    name = os.fsencode(folder) + b"/\xff\n"
    put(Path(os.fsdecode(name)), b"food")
    assert found(find_receipts([FOOD], folder)) == {FOOD: os.fsdecode(name)}


def test_progress_tells_bytes_up_to_all_of_them(folder: Path) -> None:
    content = os.urandom(2 * MIB + 1)
    put(folder / "a", content)
    put(folder / "b", content)  # a copy, which need not be read
    put(folder / "c", b"mood")
    put(folder / "d", b"not looked for")
    calls: list[tuple[int, int]] = []
    find_receipts(
        [receipt(content), FOOD],
        folder,
        progress=lambda done, total: calls.append((done, total)),
    )
    total = 2 * (2 * MIB + 1) + 4
    assert [total for _, total in calls] == [total] * len(calls)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert calls[0] == (MIB, total)
    assert calls[-1] == (total, total)


def test_the_files_of_the_ledger_are_never_opened(folder: Path) -> None:
    books = put(folder / "books.db", b"food")
    put(folder / "books.db-wal", b"a book")
    with books.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        files = [str(books), str(folder / "books.db-wal"), str(folder / "books.db-shm")]
        search = find_receipts([FOOD, BOOK], folder, ledger_files=files)
        assert not can_lock(books)
    assert search.found == ()
    assert search.files_read == 0
    assert search.conclusive


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "No such file or directory"),
        ("file", "it is not a folder"),
        ("pipe", "it is not a folder"),
        ("dangling", "No such file or directory"),
        ("a\0b", "no folder can have that name"),
    ],
)
def test_a_folder_that_cannot_be_searched_is_refused(folder: Path, name: str, reason: str) -> None:
    put(folder / "file", b"food")
    os.mkfifo(folder / "pipe")
    (folder / "dangling").symlink_to("nothing")
    path = str(folder / name)
    with pytest.raises(InvalidOption) as refusal:
        find_receipts([FOOD], path)
    assert refusal.value.message == f"{path!a} cannot be searched for receipts: {reason}"
    assert refusal.value.details == {"path": path}
    assert refusal.value.advice


def test_no_folder_named_is_refused() -> None:
    with pytest.raises(InvalidOption, match="cannot be searched for receipts"):
        find_receipts([FOOD], "")
