"""A ledger file as it looks from outside: its bytes, its rights, and what lies beside it.

Nothing here may run while this process has the file open in SQLite: closing a file lets go of all
locks that a process has on it (POSIX), SQLite's included.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from glob import escape, glob
from typing import Final

from ledger.eventstore.records import Observation
from ledger.eventstore.sqlite.beside import BESIDE, has_content
from ledger.eventstore.sqlite.shared_folders import misplacement

_MAGIC: Final = b"SQLite format 3\x00"
_HEADER: Final = 100
_LOOKED_AT: Final = 65_536

# How other files begin that people have beside their ledger.
_PACKED: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
}


def inspect_location(path: str) -> list[Observation]:
    """All that can be seen."""
    try:
        return list(_symptoms(path))
    except (OSError, ValueError):  # what opening it says is all there is to say
        return []


def _symptoms(path: str) -> Iterator[Observation]:
    real = os.path.realpath(path)
    yield from _beside(path, real)
    yield from misplacement(path, real)
    if not os.path.isfile(real):
        return
    if not os.access(real, os.R_OK):
        yield Observation(
            "unreadable_file",
            f"you may not read {path}",
            "have its owner give you the right to read it",
        )
        return
    if not (os.access(real, os.W_OK) and os.access(os.path.dirname(real), os.W_OK)):
        yield Observation(
            "read_only",
            f"you may read {path}, and not write to it or its folder",
            "it can be asked, and commands are refused; check the permissions",
            harmless=True,
        )
    with open(real, "rb") as file:
        start = file.read(_LOOKED_AT)
        size = os.fstat(file.fileno()).st_size
    if start.startswith(_MAGIC):
        yield from _database(path, start[:_HEADER], size, unfinished=has_content(f"{real}-wal"))
    elif start:
        yield _foreign(path, start)


def _beside(path: str, real: str) -> Iterator[Observation]:
    for draft in sorted(glob(f"{escape(real)}.new-*")):
        if draft.endswith(BESIDE):
            continue
        yield Observation(
            "left_over_draft",
            f"{draft} was left by a command that was killed, or one is writing it now",
            "if nothing is writing it, remove it",
            harmless=True,
        )
    unfinished = has_content(f"{real}-wal")
    if not os.path.exists(real):
        if unfinished:
            yield Observation(
                "lone_wal",
                f"{path}-wal holds the last writes of a file that is not there any more",
                f"find {path} and put it back beside it, before anything else",
            )
        return
    if unfinished:
        yield Observation(
            "wal_beside",
            f"the last writes are still in {path}-wal: a command is running, or was killed",
            "keep both files together when you copy them; the next command takes the writes in",
            harmless=True,
        )


def _database(path: str, header: bytes, size: int, *, unfinished: bool) -> Iterator[Observation]:
    page = int.from_bytes(header[16:18], "big")
    page = 65_536 if page == 1 else page
    if len(header) < _HEADER or page < 512 or page & (page - 1):
        yield Observation(
            "damaged_header",
            f"{path} begins as an SQLite file does, and its header is damaged",
            "go back to a backup",
        )
        return
    wanted = page * int.from_bytes(header[28:32], "big")
    if size < wanted and not unfinished:
        yield Observation(
            "cut_off",
            f"{path} is cut off: {size} of {wanted} bytes are there",
            "copy it again from where it came, or go back to a backup",
        )


def _foreign(path: str, start: bytes) -> Observation:
    for magic, packer in _PACKED.items():
        if start.startswith(magic):
            return Observation("packed", f"{path} is packed by {packer}", "unpack it first")
    if not start.strip(b"\x00"):
        return Observation(
            "zeros",
            f"{path} begins with nothing but zeros: it was never written to the disk",
            "go back to a backup",
        )
    if start.startswith(b'{"format":"ledger-events"'):
        return Observation(
            "export",
            f"{path} is an exported log",
            "make a ledger of it by importing it into a new one",
        )
    if _is_text(start):
        return Observation("text", f"{path} is a text file, not a ledger", "check the path")
    return Observation(
        "foreign",
        f"{path} is no SQLite file: it is encrypted, another program's, or damaged at its start",
        "if it is encrypted, decrypt it first; else go back to a backup",
    )


def _is_text(start: bytes) -> bool:
    try:
        text = start[: _LOOKED_AT - 4].decode()  # a character may be cut at the end
    except UnicodeDecodeError:
        return False
    return all(sign.isprintable() or sign in "\t\r\n\f" for sign in text)
