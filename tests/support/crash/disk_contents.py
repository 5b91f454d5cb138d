"""What a disk really holds: what was synced, and a random part of the rest.

Files are told apart by their inode, so that one which was written under a temporary name is still
known under the name that it was given later.
"""

from __future__ import annotations

import os
from random import Random
from typing import Final, NamedTuple

SECTOR: Final = 512
"""Bytes; what a disk writes whole or not at all."""


class Change(NamedTuple):
    """A write that was not synced yet; of no data at all where the file was cut to ``offset``."""

    offset: int
    data: bytes | None


class File:
    """What is known of one file: its synced content, None where not even its name was synced."""

    def __init__(self, path: str, durable: bytes | None) -> None:
        self.path = path
        self.durable = durable
        self.content = bytearray(durable or b"")
        self.pending: list[Change] = []

    def change(self, change: Change) -> None:
        self.pending.append(change)
        _apply(self.content, change)

    def sync(self) -> None:
        self.durable = bytes(self.content)
        self.pending.clear()

    def after_power_cut(self, dice: Random, kept: float) -> bytes | None:
        """What is found in it when the power is back; None where it is gone.

        Args:
            kept: how much of what was not synced is there all the same, from 0 to 1.
        """
        if self.durable is None and dice.random() >= kept:
            return None
        content = bytearray(self.durable or b"")
        for change in self.pending:
            if dice.random() < kept:
                _apply(content, _torn(change, dice) if dice.random() >= kept else change)
        return bytes(content)


class DiskContents:
    """Follows all files that are opened, and can lose what was not synced."""

    def __init__(self) -> None:
        self._files: dict[int, File] = {}
        self._removed: dict[str, File] = {}
        self._is_new = False

    def before_opening(self, path: str) -> None:
        self._is_new = bool(path) and not os.path.exists(path)

    def opened(self, path: str) -> None:
        if not path:
            return  # a temporary file has no name to be found by
        found = os.stat(path)
        file = self._files.get(found.st_ino)
        if not self._is_new and file is not None and len(file.content) == found.st_size:
            file.path = path
            return
        durable = None
        if not self._is_new:
            with open(path, "rb") as content:
                durable = content.read()
        self._files[found.st_ino] = File(path, durable)

    def written(self, path: str, offset: int, data: bytes) -> None:
        if path:
            self._file(path).change(Change(offset, data))

    def truncated(self, path: str, size: int) -> None:
        if path:
            self._file(path).change(Change(size, None))

    def synced(self, path: str) -> None:
        if path:
            self._file(path).sync()

    def deleted(self, path: str, *, for_good: bool) -> None:
        file = self._file(path)
        self._files = {inode: each for inode, each in self._files.items() if each is not file}
        if not for_good:
            self._removed[path] = file

    def _file(self, path: str) -> File:
        return next(file for file in reversed(self._files.values()) if file.path == path)

    def cut_power(self, dice: Random, folder: str) -> int:
        """Leave in a folder what a power cut would have left; gives how many writes were lost.

        Nothing may have the files open any more.
        """
        kept = dice.choice([0.0, 0.5, 0.9, 1.0])
        lost = 0
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            file = self._files.get(os.stat(path).st_ino)
            if name.endswith("-shm"):
                os.unlink(path)
            elif file is not None:
                lost += len(file.pending)
                _put(path, file.after_power_cut(dice, kept))
        for path, file in self._removed.items():
            if not os.path.exists(path) and dice.random() >= kept:
                _put(path, file.after_power_cut(dice, kept))
        return lost


def _put(path: str, content: bytes | None) -> None:
    if content is None:
        os.unlink(path)
        return
    with open(path, "wb") as file:
        file.write(content)


def _apply(content: bytearray, change: Change) -> None:
    end = change.offset + len(change.data or b"")
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if change.data is None:
        del content[change.offset :]
    else:
        content[change.offset : end] = change.data


def _torn(change: Change, dice: Random) -> Change:
    """A write of which only the first sectors got to the disk."""
    if change.data is None:
        return change
    return Change(
        change.offset, change.data[: SECTOR * dice.randrange(1 + len(change.data) // SECTOR)]
    )
