"""The files that commands read their lines from; ``-`` is stdin."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from ledger.commands.input_lines import bounded_lines
from ledger.errors import InvalidOption


@contextmanager
def opened_for_reading(path: str, *, ahead: bool = False) -> Iterator[Iterable[bytes]]:
    """The lines of a file; ``-`` is stdin.

    Args:
        ahead: whether to read what may come slowly, such as a pipe, to its end first.

    Raises:
        InvalidOption: it cannot be read.
        InvalidLine: a line is longer than any could be meant to be.
    """
    if path == "-":
        if sys.stdin is None:
            raise InvalidOption("stdin is closed", advice="name a file, or pipe something in")
        file: BinaryIO = sys.stdin.buffer
    with ExitStack() as stack:
        if path != "-":
            try:
                file = stack.enter_context(open(path, "rb"))
            except (OSError, ValueError) as error:
                raise _unreadable(path, error) from None
        lines = _lines(file, path)
        if ahead and not _is_at_hand(file):
            from ledger.cli.reading_ahead import read_ahead

            lines = stack.enter_context(read_ahead(lines))
        yield lines


def _is_at_hand(file: BinaryIO) -> bool:
    """Whether reading never has to wait for the next line."""
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except OSError:
        return False


def _lines(file: BinaryIO, path: str) -> Iterator[bytes]:
    try:
        yield from bounded_lines(file)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError | ValueError) -> InvalidOption:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return InvalidOption(f"{path!a} cannot be read: {reason}", advice="check the path")
