from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from ledger.errors import (
    DamagedLedger,
    LedgerError,
    NoSuchLedger,
    NotALedger,
    StorageFailure,
)
from ledger.migration.format1.opening import open_source
from tests.support.format1.folders import snapshot
from tests.support.format1.golden import BOOKS, EXPORT
from tests.support.format1.writing import change, edited_export

OLDER_WORLD = Path(__file__).parents[4] / "sample_data" / "older_world.jsonl"


def another_applications(path: Path) -> None:
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE notes (text); INSERT INTO notes VALUES ('x')")
    connection.close()


def with_version(version: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        shutil.copyfile(BOOKS, path)
        connection = apsw.Connection(str(path))
        connection.pragma("user_version", version)
        connection.close()

    return make


def export_of_format(version: object) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        def edit(lines: list[str]) -> None:
            lines[0] = change(lines[0], format_version=version)

        edited_export(path, edit)

    return make


def header_with(**fields: object) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        def edit(lines: list[str]) -> None:
            lines[0] = change(lines[0], **fields)

        edited_export(path, edit)

    return make


def written(content: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content)

    return make


def begun(original: Path, size: int) -> Callable[[Path], None]:
    return written(original.read_bytes()[:size])


def spoilt_header(path: Path) -> None:
    content = bytearray(BOOKS.read_bytes())
    content[16:18] = b"\x00\x03"  # a page size that there is none of
    path.write_bytes(content)


REFUSED: list[tuple[str, Callable[[Path], object], type[LedgerError], str]] = [
    ("nothing", lambda path: None, NoSuchLedger, "there is nothing"),
    ("a dangling link", lambda path: path.symlink_to("gone"), NoSuchLedger, "there is nothing"),
    ("a folder", lambda path: path.mkdir(), NotALedger, "is a folder"),
    ("a pipe", os.mkfifo, NotALedger, "not a regular file"),
    ("an empty file", lambda path: path.touch(), NotALedger, "is an empty file"),
    ("spaces", written(b" \n\n"), NotALedger, "neither"),
    ("text", written(b"Dear diary\n"), NotALedger, "neither"),
    ("one endless line", written(b"x" * 2_000_000), NotALedger, "neither"),
    ("zeros", written(bytes(8_192)), NotALedger, "neither"),
    ("what is packed", written(b"\x1f\x8b\x08\x00" + bytes(600)), NotALedger, "neither"),
    ("other JSON", written(b'{"command":"open"}\n'), NotALedger, "neither"),
    ("a list", written(b"[1]\n"), NotALedger, "neither"),
    ("deep JSON", written(b"[" * 100_000), NotALedger, "neither"),
    ("no UTF-8", written(b'{"format":"\xff"}\n'), NotALedger, "neither"),
    ("another file", another_applications, NotALedger, "of another application"),
    ("format 0", with_version(0), NotALedger, "which no release has written"),
    ("format 2", with_version(2), NotALedger, "of format 2 already"),
    ("an archived ledger", with_version(3), NotALedger, "already, and has an archive"),
    ("format 4", with_version(4), NotALedger, "of format 4, which is newer"),
    ("an export of format 2", export_of_format(2), NotALedger, "of format 2 already"),
    ("an export of format 9", export_of_format(9), NotALedger, "of format 9, which is newer"),
    ("an export of format true", export_of_format(True), NotALedger, "neither"),
    ("an export of format 1.0", export_of_format("1"), NotALedger, "neither"),
    ("the older world", lambda path: shutil.copyfile(OLDER_WORLD, path), NotALedger, "older world"),
    ("no ledger id", header_with(ledger_id=None), DamagedLedger, "not the header"),
    ("no time", header_with(created_at="soon"), DamagedLedger, "not the header"),
    ("no hash", header_with(head="xyz"), DamagedLedger, "not the header"),
    ("less than none", header_with(events=-1), DamagedLedger, "not the header"),
    ("a spoilt header", spoilt_header, DamagedLedger, "its header is damaged"),
    ("a cut header", begun(BOOKS, 60), DamagedLedger, "is damaged"),
    ("a cut file", begun(BOOKS, 4_096), DamagedLedger, "is damaged"),
]


@pytest.mark.parametrize(("make", "error", "words"), [each[1:] for each in REFUSED],
                         ids=[each[0] for each in REFUSED])  # fmt: skip
def test_what_is_no_ledger_of_format_1_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], object], error: type[LedgerError], words: str
) -> None:
    path = tmp_path / "source"
    make(path)
    readable = path.is_file()
    before = snapshot(tmp_path) if readable else {}
    with pytest.raises(error, match=words) as caught:
        open_source(str(path))
    assert caught.value.advice
    if readable:
        assert snapshot(tmp_path) == before


@pytest.mark.parametrize("path", ["no\0name", "x" * 5_000, ""])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises((StorageFailure, NoSuchLedger)):
        open_source(path)


def test_a_link_leads_to_the_ledger_and_what_lies_beside_it(tmp_path: Path) -> None:
    for original in (BOOKS, EXPORT):
        link = tmp_path / f"link-{original.name}"
        link.symlink_to(original)
        with open_source(str(link)) as source:
            assert sum(1 for _ in source.events()) == 127


@pytest.mark.parametrize("name", ["100%.db", "a?b#c.db", "mode=rwc&x.db", "-wal"])
def test_a_name_may_have_any_marks(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copyfile(BOOKS, path)
    with open_source(str(path)) as source:
        assert source.head.position == 127
    assert os.listdir(tmp_path) == [name]
