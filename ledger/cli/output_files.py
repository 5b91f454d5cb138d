"""Files that a command writes: whole or not at all, and for their owner alone."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ledger.errors import InvalidOption, StorageFailure
from ledger.eventstore import standing
from ledger.eventstore.opening import owner_of


@contextmanager
def new_file(path: str, ledger_file: str, *, force: bool) -> Iterator[BinaryIO]:
    """A file to be written under a temporary name, and renamed at the end, when it is whole.

    Like the ledger, it can be read by its owner alone. A link stays one: what it leads to is
    written.

    Args:
        force: whether a file at the path may be replaced.

    Raises:
        InvalidOption: no such file may be written at the path.
        StorageFailure: it cannot be written.
    """
    try:
        owner = owner_of(path)
    except OSError as error:  # the working folder may be gone
        raise _unwritable(path, error) from None
    if os.path.islink(path) and not os.path.exists(path):
        raise InvalidOption(
            f"{path!a} is a link to {os.path.realpath(path)}, where nothing is",
            advice="name the file itself, or remove the link",
        )
    if owner is not None:
        raise InvalidOption(
            f"{path!a} belongs to {owner}", advice="name another file, or - for stdout"
        )
    if os.path.lexists(path):
        _check_overwritable(path, ledger_file, force=force)
    target = os.path.realpath(path)
    temporary = standing.temporary_name(target)
    try:
        with open(temporary, "xb", opener=_for_its_owner) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        standing.saving()
        os.replace(temporary, target)
    except OSError as error:
        if not path or error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise _unwritable(path, error) from None
        raise StorageFailure(
            f"{path!a} cannot be written: {error.strerror}", advice="check the path and the disk"
        ) from None
    finally:
        standing.remove(temporary)


def write_lines(path: str, lines: Iterable[bytes], ledger_file: str, *, force: bool) -> int:
    """Write a log to a `new_file`.

    Args:
        force: whether a file at the path may be replaced.

    Returns:
        How many lines it has after the first.
    """
    count = -1  # the header is no event
    with new_file(path, ledger_file, force=force) as file:
        for line in lines:
            file.write(line + b"\n")
            count += 1
    return count


def _unwritable(path: str, error: OSError) -> InvalidOption:
    return InvalidOption(
        f"{path!a} cannot be written: {error.strerror}",
        advice="name another file, or - for stdout",
    )


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _check_overwritable(path: str, ledger_file: str, *, force: bool) -> None:
    regular = not os.path.exists(path) or os.path.isfile(path)
    there = os.path.exists(path) and os.path.exists(ledger_file)  # it may be on a server
    itself = there and os.path.samefile(path, ledger_file)
    if not force:
        if not regular or itself:
            raise InvalidOption(f"{path!a} exists already", advice="name another file")
        raise InvalidOption(
            f"{path!a} exists already",
            advice="name another file, or let this one be replaced",
            existing=path,
        )
    if not regular:
        raise InvalidOption(
            f"{path!a} is not a regular file", advice="name a file, or - for stdout"
        )
    if itself:
        raise InvalidOption(f"{path!a} is the ledger itself", advice="name another file")
