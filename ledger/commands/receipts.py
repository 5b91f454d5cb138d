"""Taking the receipt of a file: its size and its SHA-256.

What is recorded stands for ever, so it must be true of one state of the file: a file that changes
while it is read is refused. What is no file is never opened, since opening can have effects (a
device) or wait for ever (a pipe).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

from ledger.domain.receipts import Receipt
from ledger.errors import InvalidOption

_PIECE: Final = 1 << 20
_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_OTHER_KINDS: Final = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFLNK: "a link",
}


def files_of_ledger(path: str) -> tuple[str, ...]:
    """The files that the ledger at a path is made of while it is in use."""
    return path, f"{path}-wal", f"{path}-shm"


def receipt_of(
    path: str | os.PathLike[str],
    *,
    ledger_files: Iterable[str] = (),
    follow_links: bool = True,
    on_read: Callable[[int], None] | None = None,
) -> Receipt:
    """Read a file to its end, in pieces.

    Args:
        ledger_files: the files of an open ledger. None of them is taken: it would change with the
            entry that names it, and closing it would release this process's locks on it.
        on_read: called with the number of bytes of each piece.

    Raises:
        InvalidOption: there is no such file, it is none, it is empty (all empty files are the same
            and prove nothing), it cannot be read, or it changed while it was read.
    """
    path = os.fspath(path)
    if not path:
        raise InvalidOption("no file is named as a receipt", advice="name one", path=path)
    if path == "-":
        raise InvalidOption(
            "stdin cannot be a receipt: nobody could read it again later",
            advice="save it as a file, and name that",
            path=path,
        )
    with _blaming(path):
        _check_kind(path, os.stat(path, follow_symlinks=follow_links))
        _refuse_ledger(path, ledger_files)
        file = os.open(path, _FLAGS if follow_links else _FLAGS | os.O_NOFOLLOW)
    try:
        return _read(path, file, on_read)
    finally:
        os.close(file)


def _check_kind(path: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _OTHER_KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise InvalidOption(
            f"{path!a} is {kind}, and a receipt is a file",
            advice="name a file that stays as it is",
            path=path,
        )


def _refuse_ledger(path: str, ledger_files: Iterable[str]) -> None:
    for other in ledger_files:
        if os.path.exists(other) and os.path.samefile(path, other):
            raise InvalidOption(
                f"{path!a} is a file of the ledger itself, which changes with every entry",
                advice="make a copy, and name that",
                path=path,
            )


def _read(path: str, file: int, on_read: Callable[[int], None] | None) -> Receipt:
    before = _status(path, file)
    _check_kind(path, before)  # it may be another since
    if not before.st_size:
        raise InvalidOption(
            f"{path!a} is empty, and an empty file proves nothing",
            advice="see whether it was saved or downloaded to its end",
            path=path,
        )
    digest, size = sha256(), 0
    for piece in _pieces(path, file):
        digest.update(piece)
        size += len(piece)
        if on_read:
            on_read(len(piece))
        if size > before.st_size:  # it may grow as fast as it is read
            break
    if _has_changed(path, before, _status(path, file)):
        raise InvalidOption(
            f"{path!a} changed while it was read",
            advice="wait until nothing writes to it, and try again",
            path=path,
        )
    if size != before.st_size:
        raise _unreadable(path, f"it should have {before.st_size} bytes, and {size} came")
    return Receipt(size, digest.hexdigest())


def _pieces(path: str, file: int) -> Iterator[bytes]:
    while True:
        with _blaming(path):
            piece = os.read(file, _PIECE)
        if not piece:
            return
        yield piece


def _status(path: str, file: int) -> os.stat_result:
    with _blaming(path):
        return os.fstat(file)


def _has_changed(path: str, before: os.stat_result, after: os.stat_result) -> bool:
    """Whether it was written to, or another file took its place, or it was taken away."""
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return True
    with _blaming(path):
        try:
            return not os.path.samestat(os.stat(path), after)
        except FileNotFoundError:
            return True


@contextmanager
def _blaming(path: str) -> Iterator[None]:
    """Tells of what goes wrong with the file in words."""
    try:
        yield
    except FileNotFoundError as error:
        if os.path.islink(path):
            raise InvalidOption(
                f"{path!a} is a link to {os.readlink(path)!a}, and no file is there",
                advice="name the file itself",
                path=path,
            ) from None
        raise _unreadable(path, error.strerror or str(error)) from None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except ValueError:  # NUL, or a lone surrogate
        raise _unreadable(path, "no file can have that name") from None


def _unreadable(path: str, reason: str) -> InvalidOption:
    return InvalidOption(f"{path!a} cannot be read: {reason}", advice="check the path", path=path)
