"""The files that commands read their lines from; ``-`` is stdin."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, Final

from ledger.commands.input_lines import bounded_lines
from ledger.errors import InvalidOption

_PART: Final = 1_048_576


@contextmanager
def opened_for_reading(path: str, what: str, *, ahead: bool = False) -> Iterator[Iterable[bytes]]:
    """The lines of a file; ``-`` is stdin.

    Args:
        what: stands on each line, as messages call it.
        ahead: whether to read what may come slowly, such as a pipe, to its end first.

    Raises:
        InvalidOption: it cannot be read.
        InvalidLine: a line is longer than any could be meant to be.
    """
    with ExitStack() as stack:
        file = _opened(path, stack)
        lines = _lines(file, path, what)
        if ahead and not _is_at_hand(file):
            from ledger.cli.reading_ahead import read_ahead

            lines = stack.enter_context(read_ahead(lines))
        yield lines


def read_file(path: str, largest: int) -> bytes:
    """All that is in a file; ``-`` is stdin. Of one that is larger, a byte more than may be.

    Args:
        largest: bytes.

    Raises:
        InvalidOption: it cannot be read.
    """
    read = bytearray()
    with ExitStack() as stack:
        file = _opened(path, stack)
        try:
            while part := file.read(min(_PART, largest + 1 - len(read))):
                read += part
        except OSError as error:
            raise _unreadable(path, error) from None
    return bytes(read)


def _opened(path: str, stack: ExitStack) -> BinaryIO:
    if path == "-":
        if sys.stdin is None:
            raise InvalidOption("stdin is closed", advice="name a file, or pipe something in")
        return sys.stdin.buffer
    try:
        return stack.enter_context(open(path, "rb"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _is_at_hand(file: BinaryIO) -> bool:
    """Whether reading never has to wait for the next line."""
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except OSError:
        return False


def _lines(file: BinaryIO, path: str, what: str) -> Iterator[bytes]:
    try:
        yield from bounded_lines(file, what)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError | ValueError) -> InvalidOption:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return InvalidOption(f"{path!a} cannot be read: {reason}", advice="check the path")
