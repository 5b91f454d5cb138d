"""Finding the files that entries have as receipts, wherever they lie in a folder.

Files are known by their content, so names do not matter. Only a file of a size that is looked for
is read. Memory grows with the receipts and with the names in one folder, not with the number of
files or with their size.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import msgspec

from ledger.commands.receipts import receipt_of
from ledger.domain.receipts import Receipt
from ledger.errors import InvalidOption
from ledger.eventstore.records import Progress

MOST_NAMED: Final = 20
"""How many paths are named of what may be many; all are counted."""

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class FoundReceipt(msgspec.Struct, frozen=True):
    """A receipt and the first file, in the order of names, that has its content."""

    receipt: Receipt
    path: str


class MissingReceipt(msgspec.Struct, frozen=True):
    """A receipt whose content no file has that could be read.

    Attributes:
        same_size: files of its size that are no receipt that was looked for, 20 at most: one of
            them may be the receipt, edited or damaged.
        same_size_count: how many of these there are.
    """

    receipt: Receipt
    same_size: tuple[str, ...]
    same_size_count: int


class Unread(msgspec.Struct, frozen=True):
    """A folder or a file that could not be looked at, and why, in one sentence."""

    path: str
    message: str


class ReceiptSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What a search for receipts found.

    Attributes:
        folder: where it looked, and in all folders below.
        found, missing: each receipt that was looked for is in one of them once, in the order in
            which they were given.
        unread: what could not be looked at, 20 at most.
        unread_count: how many of these there are.
        files: how many files there are in the folder; neither links nor what is no file.
        files_read, bytes_read: how many of them had to be read, having a size that was looked for.
        links: how many links there are, none of which was followed.
    """

    folder: str
    found: tuple[FoundReceipt, ...]
    missing: tuple[MissingReceipt, ...]
    unread: tuple[Unread, ...]
    unread_count: int
    files: int
    files_read: int
    bytes_read: int
    links: int

    @property
    def complete(self) -> bool:
        """Whether every receipt was found."""
        return not self.missing

    @property
    def conclusive(self) -> bool:
        """Whether what is missing is certainly not there: it could not be in what was passed by."""
        return self.complete or not (self.unread_count or self.links)


def find_receipts(
    wanted: Iterable[Receipt],
    folder: str | os.PathLike[str],
    *,
    ledger_files: Collection[str] = (),
    progress: Progress | None = None,
) -> ReceiptSearch:
    """Look for receipts in a folder and in all below it.

    Links are not followed, so it never leaves the folder, which may itself be named by a link.

    Args:
        wanted: repeated ones count once.
        ledger_files: the files of an open ledger, which are passed by: closing one would release
            this process's locks on it.
        progress: called with (bytes done, bytes to do).

    Raises:
        InvalidOption: the folder cannot be read, or is none.
    """
    folder = os.fspath(folder)
    receipts = tuple(dict.fromkeys(wanted))
    sizes = frozenset(receipt.size for receipt in receipts)
    _check_folder(folder)
    total = 0
    if progress:
        total = sum(size for _, size in _Walk(folder, sizes, ledger_files).candidates())
    walk = _Walk(folder, sizes, ledger_files)
    return _Search(receipts, walk, progress, total).result()


def _check_folder(folder: str) -> None:
    try:
        os.close(os.open(folder, _FOLDER))
    except NotADirectoryError:
        reason = "it is not a folder"
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError:  # NUL, or a lone surrogate
        reason = "no folder can have that name"
    else:
        return
    raise InvalidOption(
        f"{folder!a} cannot be searched for receipts: {reason}",
        advice="name the folder in which they are kept",
        path=folder,
    )


class _Walk:
    """The files of some sizes in a folder and below, folder by folder in the order of names."""

    def __init__(self, folder: str, sizes: Collection[int], ledger_files: Collection[str]) -> None:
        self.folder = folder
        self.ledger_files = ledger_files
        self.unread: list[Unread] = []
        self.unread_count = 0
        self.files = 0
        self.links = 0
        self._sizes = sizes

    def candidates(self) -> Iterator[tuple[str, int]]:
        """The path and the size of each file that may be looked for."""
        pending = [self.folder]
        while pending:
            folder = pending.pop()
            files: list[tuple[str, int]] = []
            subfolders: list[str] = []
            try:
                self._read(folder, files, subfolders)
            except OSError as error:  # those that came before it are looked at
                self.pass_by(folder, f"{folder!a} cannot be read: {error.strerror}")
            for name, size in sorted(files):
                yield os.path.join(folder, name), size
            pending += (os.path.join(folder, name) for name in sorted(subfolders, reverse=True))

    def _read(self, folder: str, files: list[tuple[str, int]], subfolders: list[str]) -> None:
        # A folder that became a link since its name was read would lead out.
        flags = _FOLDER if folder is self.folder else _FOLDER | os.O_NOFOLLOW
        handle = os.open(folder, flags)
        try:
            with os.scandir(handle) as entries:
                for entry in entries:
                    try:
                        self._sort(entry, files, subfolders)
                    except FileNotFoundError:
                        continue  # taken away meanwhile
                    except OSError as error:
                        path = os.path.join(folder, entry.name)
                        self.pass_by(path, f"{path!a} cannot be looked at: {error.strerror}")
        finally:
            os.close(handle)

    def _sort(
        self, entry: os.DirEntry[str], files: list[tuple[str, int]], subfolders: list[str]
    ) -> None:
        if entry.is_symlink():
            self.links += 1
        elif entry.is_dir(follow_symlinks=False):
            subfolders.append(entry.name)
        elif entry.is_file(follow_symlinks=False):
            self.files += 1
            status = entry.stat(follow_symlinks=False)
            if status.st_size in self._sizes and not self._is_of_ledger(status):
                files.append((entry.name, status.st_size))

    def _is_of_ledger(self, status: os.stat_result) -> bool:
        for path in self.ledger_files:
            try:
                if os.path.samestat(os.stat(path), status):
                    return True
            except FileNotFoundError:
                continue
        return False

    def pass_by(self, path: str, message: str) -> None:
        self.unread_count += 1
        if len(self.unread) < MOST_NAMED:
            self.unread.append(Unread(path, message))


class _Search:
    """A search under way."""

    def __init__(
        self, wanted: tuple[Receipt, ...], walk: _Walk, progress: Progress | None, total: int
    ) -> None:
        self._wanted = wanted
        self._walk = walk
        self._progress = progress
        self._total = total
        self._done = 0
        self._paths: dict[Receipt, str] = {}
        self._open: dict[int, int] = {}
        """By size, how many receipts are still to be found; none that are 0."""
        for receipt in wanted:
            self._open[receipt.size] = self._open.get(receipt.size, 0) + 1
        self._others: dict[int, list[str]] = {}
        self._other_counts: dict[int, int] = {}
        self._files_read = 0
        self._bytes_read = 0

    def result(self) -> ReceiptSearch:
        """Search, and say what was found."""
        known = frozenset(self._wanted)
        for path, size in self._walk.candidates():
            start = self._done
            if size in self._open:
                self._look_at(path, size, known)
            self._advance(start + size - self._done)
        walk, found = self._walk, self._paths
        return ReceiptSearch(
            folder=walk.folder,
            found=tuple(FoundReceipt(each, found[each]) for each in self._wanted if each in found),
            missing=tuple(self._missing(each) for each in self._wanted if each not in found),
            unread=tuple(walk.unread),
            unread_count=walk.unread_count,
            files=walk.files,
            files_read=self._files_read,
            bytes_read=self._bytes_read,
            links=walk.links,
        )

    def _look_at(self, path: str, size: int, known: Collection[Receipt]) -> None:
        self._files_read += 1
        try:
            receipt = receipt_of(
                path,
                ledger_files=self._walk.ledger_files,
                follow_links=False,
                on_read=self._count,
            )
        except InvalidOption as error:
            self._walk.pass_by(path, error.message)
            return
        if receipt not in known:
            self._other_counts[receipt.size] = self._other_counts.get(receipt.size, 0) + 1
            others = self._others.setdefault(receipt.size, [])
            if len(others) < MOST_NAMED:
                others.append(path)
        elif receipt not in self._paths:
            self._paths[receipt] = path
            self._open[receipt.size] -= 1
            if not self._open[receipt.size]:
                del self._open[receipt.size]

    def _missing(self, receipt: Receipt) -> MissingReceipt:
        return MissingReceipt(
            receipt,
            tuple(self._others.get(receipt.size, ())),
            self._other_counts.get(receipt.size, 0),
        )

    def _count(self, size: int) -> None:
        self._bytes_read += size
        self._advance(size)

    def _advance(self, size: int) -> None:
        self._done += size
        if self._progress and size:
            self._progress(min(self._done, self._total), self._total)
